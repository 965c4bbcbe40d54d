"""Sampling 8-bit pixels of one to four channels: all integer, vectorised, the fast path of warps.

Per block of a row: where the pixels look (fixed point), then addresses and weights (a loop that
compilers vectorise), then the blending (one vector step per pixel). Pixels at the source's edge
have their taps collected in a little patch first, and then go through the same step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import blend_2x2, blend_4x4, copy_pixel
from augkit.image.kernels._locate import BLOCK, LOST, POINT, bordered, locate

__all__ = ["PHASES", "phase_table", "sample_2x2", "sample_4x4"]

Bytes = NDArray[np.uint8]

PHASES = 512
"""Steps per pixel of the weights in `sample_4x4`."""

_EDGE, _OUTSIDE = np.int32(-1), np.int32(-2)


@kernel
def phase_table(radius: float) -> NDArray[np.uint16]:
    """Four weights of the triangle of half-width ``radius`` (1 to 2) for each phase; sums 2^16."""
    table = np.empty((PHASES, 4), np.uint16)
    values = np.empty(4)
    for phase in range(PHASES):
        fraction = phase / PHASES
        total = 0.0
        for k in range(4):
            values[k] = max(1.0 - abs(k - 1 - fraction) / radius, 0.0)
            total += values[k]
        rest = 65536
        for k in range(4):
            w = int(values[k] / total * 65536.0 + 0.5)
            table[phase, k] = min(w, 65535)
            rest -= w
        largest = 1 if fraction < 0.5 else 2
        table[phase, largest] = min(table[phase, largest] + rest, 65535)
    return table


@kernel
def _gather(
    source: Bytes,
    column: int,
    row: int,
    taps: int,
    border: int,
    fill: Bytes,
    patch: Bytes,
) -> None:
    """Collect the taps from (column, row) on as lines of 16 bytes."""
    height, width, channels = source.shape
    for r in range(taps):
        line = bordered(row + r, height, border)
        for k in range(taps):
            at = bordered(column + k, width, border)
            for c in range(channels):
                value = fill[c] if line < 0 or at < 0 else source[line, at, c]
                patch[r * 16 + k * channels + c] = value


@kernel
def _aim(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    count: int,
    shape: tuple[int, int, int],
    taps: int,
    border: int,
    offsets: NDArray[np.int32],
) -> None:
    """Where the first of a pixel's ``taps`` x ``taps`` pixels lies in the source.

    In bytes; or whether some of them (_EDGE) or all (_OUTSIDE) lie beyond its border.
    """
    height, width, channels = np.int32(shape[0]), np.int32(shape[1]), np.int32(shape[2])
    before = np.int32(taps // 2 - 1)
    stride = np.int32(width * channels)
    columns, rows = np.uint32(max(width - taps + 1, 0)), np.uint32(max(height - taps + 1, 0))
    # The last line may be read to its end, not beyond.
    last = np.int32(height * stride - (taps - 1) * stride - (16 if taps == 4 else 8))
    if channels != 3:
        last = np.int32(height * stride)
    low_x = low_y = np.int32(-taps)
    high_x, high_y = width, height
    if border != 0:
        low_x = low_y = np.int32(LOST >> POINT)
        high_x = high_y = np.int32(2147483647)
    for j in range(count):
        # Two steps: the CPU has the shift by 32 for free, and no 64-bit arithmetic shift before AVX-512.
        column = np.int32(np.int32(np.int32(x[j] >> 32) >> (POINT - 32)) - before)
        row = np.int32(np.int32(np.int32(y[j] >> 32) >> (POINT - 32)) - before)
        offset = np.int32(np.int32(row * stride) + np.int32(column * channels))
        inside = (np.uint32(column) < columns) & (np.uint32(row) < rows) & (offset <= last)
        seen = (column > low_x) & (column < high_x) & (row > low_y) & (row < high_y)
        offsets[j] = offset if inside else (_EDGE if seen else _OUTSIDE)


@kernel
def _weigh_2x2(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    count: int,
    above: NDArray[np.uint32],
    below: NDArray[np.uint32],
) -> None:
    """Bilinear weights in 1/2^14, left and right in one word; the four add up exactly."""
    for j in range(count):
        u = np.int32(np.int32(x[j] >> (POINT - 14)) & 0x3FFF)
        v = np.int32(np.int32(y[j] >> (POINT - 14)) & 0x3FFF)
        both = np.int32(np.int32(np.int32(u * v) + np.int32(1 << 13)) >> 14)
        right = np.int32(u - both)
        left = np.int32(np.int32(np.int32(1 << 14) - v) - right)
        above[j] = np.uint32(left | np.int32(right << 16))
        below[j] = np.uint32(np.int32(v - both) | np.int32(both << 16))


@kernel
def sample_2x2(
    source: Bytes,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    border: int,
    fill: Bytes,
    zeros: tuple[int, ...],
    out: Bytes,
) -> None:
    """Bilinear sampling with weights of 1/2^14; ``zeros`` is a tuple of one zero per channel."""
    x, y = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    offsets = np.empty(BLOCK, np.int32)
    above, below = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    patch = np.zeros(48, np.uint8)
    channels = np.uintp(len(zeros))
    patch[40 : 40 + fill.size] = fill
    edge = np.uintp(patch.ctypes.data)
    base = np.uintp(source.ctypes.data)
    stride = np.uintp(source.shape[1]) * channels
    for i in range(out.shape[0]):
        first, last = 0, out.shape[1]
        if spans.shape[0] > 0:
            first, last = max(spans[i, 0], 0), min(spans[i, 1], last)
        for start in range(first, last, BLOCK):
            count = min(last - start, BLOCK)
            locate(coordinates, matrix, i, start, count, -0.5 + 2.0**-15, x, y)
            _aim(x, y, count, source.shape, 2, border, offsets)
            _weigh_2x2(x, y, count, above, below)
            target = np.uintp(out.ctypes.data) + np.uintp(i * out.shape[1] + start) * channels
            for j in range(count):
                # The last pixel is stored aside, since what follows it is not ours.
                to = target + np.uintp(j) * channels if j + 1 < count else edge + np.uintp(44)
                offset = offsets[j]
                if offset >= 0:
                    at = base + np.uintp(offset)
                    blend_2x2(at, at + stride, above[j], below[j], to, zeros)
                elif offset == _OUTSIDE:
                    copy_pixel(edge + np.uintp(40), to)
                else:
                    _gather(source, x[j] >> POINT, y[j] >> POINT, 2, border, fill, patch)
                    blend_2x2(edge, edge + np.uintp(16), above[j], below[j], to, zeros)
            for c in range(len(zeros)):
                out[i, start + count - 1, c] = patch[44 + c]


@kernel
def sample_4x4(
    source: Bytes,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    across: NDArray[np.uint16],
    down: NDArray[np.uint16],
    border: int,
    fill: Bytes,
    zeros: tuple[int, ...],
    out: Bytes,
) -> None:
    """Triangle filters over 4 x 4 pixels, with weights from tables (`phase_table`)."""
    x, y = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    offsets = np.empty(BLOCK, np.int32)
    patch = np.zeros(88, np.uint8)
    channels = np.uintp(len(zeros))
    patch[80 : 80 + fill.size] = fill
    edge = np.uintp(patch.ctypes.data)
    base = np.uintp(source.ctypes.data)
    stride = np.uintp(source.shape[1]) * channels
    twice = np.empty((PHASES, 8), np.uint16)
    for phase in range(PHASES):
        for k in range(8):
            twice[phase, k] = down[phase, k >> 1]
    across_base, down_base = np.uintp(across.ctypes.data), np.uintp(twice.ctypes.data)
    for i in range(out.shape[0]):
        first, last = 0, out.shape[1]
        if spans.shape[0] > 0:
            first, last = max(spans[i, 0], 0), min(spans[i, 1], last)
        for start in range(first, last, BLOCK):
            count = min(last - start, BLOCK)
            locate(coordinates, matrix, i, start, count, -0.5 + 0.5 / PHASES, x, y)
            _aim(x, y, count, source.shape, 4, border, offsets)
            target = np.uintp(out.ctypes.data) + np.uintp(i * out.shape[1] + start) * channels
            for j in range(count):
                to = target + np.uintp(j) * channels if j + 1 < count else edge + np.uintp(84)
                # Phases are 2^9 steps: eight bytes of weights across, sixteen down.
                x_weights = across_base + np.uintp((x[j] >> (POINT - 9 - 3)) & (511 << 3))
                y_weights = down_base + np.uintp((y[j] >> (POINT - 9 - 4)) & (511 << 4))
                offset = offsets[j]
                if offset >= 0:
                    blend_4x4(base + np.uintp(offset), stride, x_weights, y_weights, to, zeros)
                elif offset == _OUTSIDE:
                    copy_pixel(edge + np.uintp(80), to)
                else:
                    _gather(source, (x[j] >> POINT) - 1, (y[j] >> POINT) - 1, 4, border, fill, patch)
                    blend_4x4(edge, np.uintp(16), x_weights, y_weights, to, zeros)
            for c in range(len(zeros)):
                out[i, start + count - 1, c] = patch[84 + c]
