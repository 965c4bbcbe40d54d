"""Copying the pixel that contains the mapped point: the fast path of nearest warps, for any dtype.

An affine matrix walks the source in equal steps. Where a row of the output enters and leaves the
source is then found by division. In between, many pixels are picked at a time. And of a source that is
mostly fill, as the mask of one thing is, only the rectangle is looked at that holds the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import span
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address, flat_item, load_int64
from augkit.image.kernels._lanes_copy import GROUP, copy_pixel, pick_steps
from augkit.image.kernels._locate import BLOCK, FAR, TIE, bordered, even, homogeneous, within
from augkit.image.kernels._sample_bytes import fill_pixels

__all__ = ["sample_1x1"]

Bytes = NDArray[np.uint8]

_POINT = 40  # bits after it: as many as keep systematic ties apart from rounding


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
    height, width = int(source.shape[0]), int(source.shape[1])
    size = len(zeros)
    left, top, right, bottom = 0, 0, width, height
    if border == 0 and coordinates.shape[0] == 0:
        left, top, right, bottom = _filled(source, fill)
    beyond = 3 // size if size < 3 else 0  # pixels that are read with the one that is wanted
    for i in range(out.shape[0]):
        first, stop = span(spans, i, int(out.shape[1]))
        count = stop - first
        target = address(out) + int(i * out.shape[1] + first) * size
        equal, at = even(coordinates, matrix, i, first, count, TIE, _POINT)
        if equal:
            x_at, x_step, y_at, y_step = at
            inner = x_at - (left << _POINT), x_step, y_at - (top << _POINT), y_step
            low, high = within(inner, _POINT, count, 0, right - left, bottom - top)
            base = address(source)
            for part in range(2):
                rim = (0, low) if part == 0 else (high, count)
                if border == 0:
                    fill_pixels(target + rim[0] * size, rim[1] - rim[0], address(fill), zeros)
                    continue
                for k in range(rim[0], rim[1]):
                    line = bordered((y_at + k * y_step) >> _POINT, height, border)
                    column = bordered((x_at + k * x_step) >> _POINT, width, border)
                    copy_pixel(base + (line * width + column) * size, target + k * size, zeros)
            start, end = within(at, _POINT, count, 0, width - beyond, height)
            start, end = max(start, low), min(end, high)
            several = (end - start) // GROUP
            start, end = (start, end) if several > 0 else (low, low)
            # Whole groups, one more that ends where they have to, and what is left on both sides.
            for here, groups in ((start, several), (end - GROUP, min(several, 1))):
                across, down = x_at + here * x_step, y_at + here * y_step
                into = target + here * size
                pick_steps(base, width * size, across, down, x_step, y_step, groups, into, zeros)
            for part in range(2):
                side = (low, start) if part == 0 else (end, high)
                for k in range(side[0], side[1]):
                    line, column = (y_at + k * y_step) >> _POINT, (x_at + k * x_step) >> _POINT
                    copy_pixel(base + (line * width + column) * size, target + k * size, zeros)
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
def _filled(source: Bytes, fill: Bytes) -> tuple[int, int, int, int]:
    """The rectangle (left, top, right, bottom) outside of which all pixels are the fill.

    All of the source where the bytes of the fill differ. Looks only at what lies outside.
    """
    height, width, size = source.shape
    for k in range(1, size):
        if fill[k] != fill[0]:
            return 0, 0, width, height
    blank, stride = int(fill[0]), width * size
    first = _differs(source, 0, source.size, blank)
    if first == source.size:
        return 0, 0, 0, 0
    top, bottom = first // stride, _differs_last(source, first, source.size, blank) // stride
    left, right = stride, 0
    for row in range(top * stride, (bottom + 1) * stride, stride):
        left = _differs(source, row, row + left, blank) - row
        right = max(_differs_last(source, row + right, row + stride, blank) + 1 - row, right)
    return left // size, top, (right + size - 1) // size, bottom + 1


@kernel
def _differs(source: Bytes, start: int, stop: int, blank: int) -> int:
    """The first of the bytes [start, stop) that is another than ``blank``; ``stop`` if none is."""
    eight = blank * 0x0101010101010101
    while start + 8 <= stop and load_int64(address(source) + start) == eight:
        start += 8
    while start < stop and flat_item(source, start) == blank:
        start += 1
    return start


@kernel
def _differs_last(source: Bytes, start: int, stop: int, blank: int) -> int:
    """The last of the bytes [start, stop) that is another than ``blank``; ``start - 1`` if none is."""
    eight = blank * 0x0101010101010101
    while start + 8 <= stop and load_int64(address(source) + stop - 8) == eight:
        stop -= 8
    while start < stop and flat_item(source, stop - 1) == blank:
        stop -= 1
    return stop - 1


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
    x, y, w = homogeneous(matrix, row, column)
    return _projected(x, y, w)


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
    x0, y0, w0 = homogeneous(matrix, row, start)
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
