"""Geometry that needs no interpolation (flips, quarter turns, whole shifts), and plain resizing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from augkit.image import matrix as mx
from augkit.image.base import Fill
from augkit.image.kernels.exact import flip_horizontal, flip_vertical, pad, rotate90, transpose
from augkit.image.kernels.resize import resize
from augkit.image.sample import Pixels

__all__ = ["Exact", "copied", "recognized", "resized"]


class Exact(NamedTuple):
    """A transpose first, then flips, then a whole shift: ``output = flipped(source) + (x, y)``."""

    transpose: bool
    flip_x: bool
    flip_y: bool
    x: int
    y: int


def recognized(matrix: mx.Matrix) -> Exact | None:
    """The exact form of a snapped matrix, if it has one."""
    a, b, c, d, e, f, g, h, i = matrix
    if g != 0.0 or h != 0.0 or i != 1.0 or c != int(c) or f != int(f):
        return None
    if b == d == 0.0 and (a == 1.0 or a == -1.0) and (e == 1.0 or e == -1.0):
        return Exact(False, a < 0, e < 0, int(c), int(f))
    if a == e == 0.0 and (b == 1.0 or b == -1.0) and (d == 1.0 or d == -1.0):
        return Exact(True, b < 0, d < 0, int(c), int(f))
    return None


def copied(array: Pixels, exact: Exact, size: tuple[int, int], border: str, fill: Fill) -> Pixels:
    """The exact geometry applied: a view where that is all, otherwise a new array."""
    transposed, flip_x, flip_y, x, y = exact
    height, width = size
    source_height, source_width = array.shape[:2]
    if transposed:
        source_height, source_width = source_width, source_height
    if source_height == height and source_width == width:
        if x == (width if flip_x else 0) and y == (height if flip_y else 0):
            return _turned(array, exact)
    elif not (transposed or flip_x or flip_y):
        if x <= 0 and y <= 0 and x + source_width >= width and y + source_height >= height:
            return array[-y : height - y, -x : width - x]
        if x >= 0 and y >= 0 and x + source_width <= width and y + source_height <= height:
            below, right = height - y - source_height, width - x - source_width
            return pad(array, (y, below, x, right), border, fill)
    # The flipped source lies at [left, left + source_width) of the output.
    left = exact.x - source_width if exact.flip_x else exact.x
    top = exact.y - source_height if exact.flip_y else exact.y
    x0, x1 = max(left, 0), min(left + source_width, width)
    y0, y1 = max(top, 0), min(top + source_height, height)
    inside = x0 == 0 and y0 == 0 and x1 == width and y1 == height
    if not inside and border != "constant":
        moved = _turned(array, exact)
        pads = (
            -min(-top, 0),
            max(height - top - source_height, 0),
            -min(-left, 0),
            max(width - left - source_width, 0),
        )
        moved = pad(moved, pads, border, fill)
        row, column = max(-top, 0), max(-left, 0)
        return moved[row : row + height, column : column + width]
    if x1 <= x0 or y1 <= y0:
        return _filled(array, size, fill)
    # Take only the part of the source that is seen, then turn it.
    columns = (
        slice(source_width - (x1 - left), source_width - (x0 - left))
        if exact.flip_x
        else slice(x0 - left, x1 - left)
    )
    rows = (
        slice(source_height - (y1 - top), source_height - (y0 - top))
        if exact.flip_y
        else slice(y0 - top, y1 - top)
    )
    part = array[columns, rows] if exact.transpose else array[rows, columns]
    moved = _turned(part, exact)
    if inside:
        return moved
    output = _filled(array, size, fill)
    output[y0:y1, x0:x1] = moved
    return output


def _turned(array: Pixels, exact: Exact) -> Pixels:
    if exact.transpose:
        if exact.flip_x and exact.flip_y:
            return flip_vertical(flip_horizontal(transpose(array)))
        if exact.flip_x:  # (x, y) -> (-y, x): a quarter turn clockwise as seen
            return rotate90(array, 3)
        return rotate90(array, 1) if exact.flip_y else transpose(array)
    if exact.flip_x and exact.flip_y:
        return rotate90(array, 2)
    if exact.flip_x:
        return flip_horizontal(array)
    return flip_vertical(array) if exact.flip_y else array


def _filled(array: Pixels, size: tuple[int, int], fill: Fill) -> Pixels:
    output = np.empty((*size, *array.shape[2:]), dtype=array.dtype)
    output[...] = fill
    return output


def resized(
    array: Pixels, matrix: mx.Matrix, size: tuple[int, int], interpolation: str, alpha: bool
) -> Pixels | None:
    """The separable resampling of a matrix that only scales, flips and shifts; None for others.

    Also None where the output shows something beyond the image.
    """
    a, b, c, d, e, f, *_ = matrix
    if b != 0.0 or d != 0.0 or not mx.is_affine(matrix):
        return None
    height, width = size
    x0, x1 = sorted((-c / a, (width - c) / a))
    y0, y1 = sorted((-f / e, (height - f) / e))
    source_height, source_width = array.shape[:2]
    slack = 1e-9 * max(source_height, source_width)
    if x0 < -slack or y0 < -slack or x1 > source_width + slack or y1 > source_height + slack:
        return None
    box = (max(x0, 0.0), max(y0, 0.0), min(x1, float(source_width)), min(y1, float(source_height)))
    return resize(
        array, size, box=box, interpolation=interpolation, flip_x=a < 0, flip_y=e < 0, alpha=alpha
    )
