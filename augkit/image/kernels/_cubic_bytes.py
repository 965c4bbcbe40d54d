"""Sampling 8-bit pixels of one to four channels by the cubic over 4 x 4 pixels: integer, vectorised.

Per block of a row: where the pixels look (fixed point), then addresses and weights (a loop that
compilers vectorise), then the blending (one vector step per pixel). Pixels at the source's edge
have their taps collected in a little patch first, and then go through the same step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import span
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address, blend_cubic, load_int32
from augkit.image.kernels._lanes_copy import copy_pixel
from augkit.image.kernels._locate import BLOCK, LOST, Positions, bordered, locate
from augkit.image.kernels._phases import PHASES
from augkit.image.kernels._room import Room

__all__ = ["sample_cubic"]

Bytes = NDArray[np.uint8]


_EDGE, _OUTSIDE = np.int32(-1), np.int32(-2)


@kernel
def _aim(
    x: Positions,
    y: Positions,
    count: int,
    shape: tuple[int, int, int],
    border: int,
    offsets: NDArray[np.int32],
) -> int:
    """Where the first of a pixel's 4 x 4 pixels lies in the source, in bytes.

    Or whether some of them (_EDGE) or all (_OUTSIDE) lie beyond its border; returns how many do.
    """
    height, width, channels = np.int32(shape[0]), np.int32(shape[1]), np.int32(shape[2])
    stride = np.int32(width * channels)
    columns = np.uint32(max(int(width) - 3, 0))
    rows = np.uint32(max(int(height) - 3, 0))
    # What is blended is read as 16 bytes, but never beyond the end of the image.
    last = np.int32(height * stride)
    if channels > 1:
        last = np.int32(last - 3 * stride - 16)
    low, right, bottom = np.int32(-4), width, height
    if border != 0:
        low, right, bottom = np.int32(LOST), np.int32(2147483647), np.int32(2147483647)
    whole_x, whole_y = x[0], y[0]
    beyond = 0
    for j in range(count):
        column, row = np.int32(whole_x[j] - 1), np.int32(whole_y[j] - 1)
        offset = np.int32(np.int32(row * stride) + np.int32(column * channels))
        inside = (np.uint32(column) < columns) & (np.uint32(row) < rows) & (offset <= last)
        seen = (column > low) & (column < right) & (row > low) & (row < bottom)
        offsets[j] = offset if inside else (_EDGE if seen else _OUTSIDE)
        beyond += not inside
    return beyond


@kernel
def _gather(
    source: Bytes,
    column: int,
    row: int,
    border: int,
    fill: int,
    patch: int,
    zeros: tuple[int, ...],
) -> None:
    """Collect 4 x 4 pixels from (column, row) on as lines of 16 bytes; ``fill`` and ``patch`` are addresses."""
    height, width = source.shape[:2]
    for k in range(4):
        at = bordered(column + k, width, border)
        for r in range(4):
            line = bordered(row + r, height, border)
            pixel = fill
            if at >= 0 and line >= 0:
                pixel = address(source) + (line * width + at) * len(zeros)
            copy_pixel(pixel, patch + r * 16 + k * len(zeros), zeros)


@kernel
def _row(
    base: int,
    stride: int,
    offsets: int,
    phases: int,
    across: int,
    down: int,
    count: int,
    target: int,
    zeros: tuple[int, ...],
) -> None:
    for _ in range(count):
        offset = load_int32(offsets)
        if offset >= 0:
            phase = load_int32(phases)
            x_weights, y_weights = across + int(phase & 0xFFFF), down + int(phase >> 16)
            blend_cubic(base + int(offset), stride, x_weights, y_weights, target, zeros)
        offsets += 4
        phases += 4
        target += len(zeros)


@kernel
def sample_cubic(
    source: Bytes,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    across: NDArray[np.int16],
    down: NDArray[np.int16],
    border: int,
    fill: Bytes,
    zeros: tuple[int, ...],
    room: Room,
    out: Bytes,
) -> None:
    """Sample, with weights from tables (`cubic_table`, those ``down`` twice)."""
    x, y = (room.whole[0], room.fractions[0]), (room.whole[1], room.fractions[1])
    offsets, phases, patch = room.whole[2], room.whole[3], room.patch
    edge = address(patch)
    channels = len(zeros)
    stride = int(source.shape[1]) * channels
    for i in range(out.shape[0]):
        first, stop = span(spans, i, int(out.shape[1]))
        for start in range(first, stop, BLOCK):
            count = min(stop - start, BLOCK)
            locate(coordinates, matrix, i, start, count, -0.5 + 0.5 / PHASES, x, y)
            _phase(x, y, count, phases)
            beyond = _aim(x, y, count, source.shape, border, offsets)
            # The last pixel is done apart: as four bytes it would run over what follows.
            if offsets[count - 1] >= 0:
                offsets[count - 1] = _EDGE
                beyond += 1
            target = address(out) + int(i * out.shape[1] + start) * channels
            if beyond < count:
                _row(
                    address(source),
                    stride,
                    address(offsets),
                    address(phases),
                    address(across),
                    address(down),
                    count,
                    target,
                    zeros,
                )
            for j in range(count):
                offset = offsets[j]
                if offset == _EDGE:
                    _gather(source, x[0][j] - 1, y[0][j] - 1, border, address(fill), edge, zeros)
                    x_weights = address(across) + int(phases[j] & 0xFFFF)
                    y_weights = address(down) + int(phases[j] >> 16)
                    blend_cubic(edge, 16, x_weights, y_weights, edge + 80, zeros)
                    for c in range(len(zeros)):
                        out[i, start + j, c] = patch[80 + c]
                elif offset == _OUTSIDE:
                    for c in range(len(zeros)):
                        out[i, start + j, c] = fill[c]


@kernel
def _phase(x: Positions, y: Positions, count: int, phases: NDArray[np.int32]) -> None:
    """Offsets of the weights in their tables, 16 bytes a phase: across low, down in the high bits."""
    x_fraction, y_fraction = x[1], y[1]
    for j in range(count):
        across = np.int32(x_fraction[j] >> np.uint32(23)) << np.int32(4)
        down = np.int32(y_fraction[j] >> np.uint32(23)) << np.int32(4 + 16)
        phases[j] = np.int32(across | down)
