"""Copying the pixel that contains the mapped point: the fast path of nearest warps, for any dtype.

An affine matrix walks the source in equal steps. Where a row of the output enters and leaves the
source is then found by division, and in between every pixel is two additions and a copy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address, flat_item
from augkit.image.kernels._lanes_copy import copy_pixel
from augkit.image.kernels._locate import BLOCK, FAR, TIE, bordered

__all__ = ["sample_1x1"]

Bytes = NDArray[np.uint8]

_POINT = 40
_ONE = 2.0**_POINT


@kernel
def sample_1x1(
    source: Bytes,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    border: int,
    fill: Bytes,
    zeros: tuple[int, ...],
    offsets: NDArray[np.int32],
    out: Bytes,
) -> None:
    """The pixel that contains the mapped point; pixels of any kind, as ``len(zeros)`` bytes.

    ``offsets`` is room for a block of a row.
    """
    height, width = source.shape[:2]
    size = len(zeros)
    affine = (
        coordinates.shape[0] == 0
        and matrix[2, 0] == 0.0
        and matrix[2, 1] == 0.0
        and matrix[2, 2] == 1.0
    )
    x_step, y_step = matrix[0, 0], matrix[1, 0]
    x_fixed, y_fixed = 0, 0
    if affine and max(abs(x_step), abs(y_step)) < FAR:
        x_fixed, y_fixed = int(np.rint(x_step * _ONE)), int(np.rint(y_step * _ONE))
    for i in range(out.shape[0]):
        first, stop = 0, out.shape[1]
        if spans.shape[0] > 0:
            first, stop = max(int(spans[i, 0]), 0), min(int(spans[i, 1]), stop)
        count = stop - first
        x, y = _mapped(matrix, i, first)
        reach = max(abs(x), abs(y), abs(x + x_step * count), abs(y + y_step * count))
        target = address(out) + int(i * out.shape[1] + first) * size
        if affine and reach < FAR:
            x_at, y_at = int(np.rint((x + TIE) * _ONE)), int(np.rint((y + TIE) * _ONE))
            low, high = _steps_within(x_at, x_fixed, width << _POINT, 0, count)
            low, high = _steps_within(y_at, y_fixed, height << _POINT, low, high)
            j = 0
            while j < count:
                if j == low and low < high:
                    base = address(source)
                    for k in range(low, high):
                        row = (y_at + k * y_fixed) >> _POINT
                        column = (x_at + k * x_fixed) >> _POINT
                        place = base + (row * width + column) * size
                        copy_pixel(place, target + k * size, zeros)
                    j = high
                    continue
                line = column = -1
                if border != 0:
                    line = bordered((y_at + j * y_fixed) >> _POINT, height, border)
                    column = bordered((x_at + j * x_fixed) >> _POINT, width, border)
                place = address(source) + (line * width + column) * size
                copy_pixel(place if line >= 0 else address(fill), target + j * size, zeros)
                j += 1
            continue
        for start in range(first, stop, BLOCK):
            count = min(stop - start, BLOCK)
            _aim(coordinates, matrix, i, start, count, source.shape[:2], size, offsets)
            for j in range(count):
                offset = int(offsets[j])
                if offset < 0 and border != 0:
                    x, y = _position(coordinates, matrix, i, start + j)
                    if abs(x) < FAR and abs(y) < FAR:
                        line = bordered(int(np.floor(y + TIE)), height, border)
                        column = bordered(int(np.floor(x + TIE)), width, border)
                        offset = (line * width + column) * size
                place = address(source) + offset if offset >= 0 else address(fill)
                copy_pixel(place, target, zeros)
                target += size


@kernel
def _steps_within(at: int, step: int, size: int, low: int, high: int) -> tuple[int, int]:
    """The k of [low, high) for which 0 <= at + k * step < size: an interval."""
    if step == 0:
        return low, high if 0 <= at < size else low
    if step > 0:
        enters, leaves = -(at // step), -((at - size) // step)
    else:
        enters, leaves = (at - size) // -step + 1, at // -step + 1
    low = max(low, enters)
    return low, max(min(high, leaves), low)


@kernel
def _mapped(matrix: NDArray[np.float64], row: int, column: int) -> tuple[float, float]:
    """Where an affine matrix maps the centre of an output pixel."""
    u, v = column + 0.5, row + 0.5
    x = matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]
    y = matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]
    return x, y


@kernel
def _projected(x: float, y: float, w: float) -> tuple[float, float]:
    """The point of homogeneous coordinates; NaN behind the horizon."""
    scale = 1.0 / w if w > 0.0 else np.nan  # one division: it takes the most time
    return x * scale, y * scale


@kernel
def _position(
    coordinates: NDArray[np.float32], matrix: NDArray[np.float64], row: int, column: int
) -> tuple[float, float]:
    """Where an output pixel looks; NaN behind a horizon."""
    if coordinates.shape[0] > 0:
        return float(coordinates[row, column, 0]), float(coordinates[row, column, 1])
    x, y = _mapped(matrix, row, column)
    return _projected(x, y, matrix[2, 0] * (column + 0.5) + _bottom(matrix, row))


@kernel
def _bottom(matrix: NDArray[np.float64], row: int) -> float:
    """What a row of the output adds to the divisor."""
    return float(matrix[2, 1] * (row + 0.5) + matrix[2, 2])


@kernel
def _aim(
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    row: int,
    start: int,
    count: int,
    shape: tuple[int, int],
    size: int,
    offsets: NDArray[np.int32],
) -> None:
    """Where the pixels lie in the source, in bytes; -1 beyond it. (A loop that is vectorised.)"""
    height, width = float(shape[0]), float(shape[1])
    stride, wide = np.int32(shape[1] * size), np.int32(size)
    mapped = coordinates.shape[0] > 0
    place = (row * coordinates.shape[1] + start) * 2
    x0, y0 = _mapped(matrix, row, start)
    w0 = matrix[2, 0] * (start + 0.5) + _bottom(matrix, row)
    x_step, y_step, w_step = matrix[0, 0], matrix[1, 0], matrix[2, 0]
    for j in range(count):
        if mapped:
            x = float(flat_item(coordinates, place + 2 * j))
            y = float(flat_item(coordinates, place + 2 * j + 1))
        else:
            x, y = _projected(x0 + x_step * j, y0 + y_step * j, w0 + w_step * j)
        x += TIE
        y += TIE
        # Comparisons with NaN are false. The casts are defined for what is inside only.
        inside = (x >= 0.0) & (x < width) & (y >= 0.0) & (y < height)
        column, line = np.int32(x if inside else 0.0), np.int32(y if inside else 0.0)
        offset = np.int32(np.int32(line * stride) + np.int32(column * wide))
        offsets[j] = offset if inside else np.int32(-1)
