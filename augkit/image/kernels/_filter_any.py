"""Filters of any weights and dtype: clamped once at the end.

8-bit images are summed in integers, others in float32, without fused multiplication: the same
everywhere.

A row is filtered downwards into a padded line, and the line is filtered across, so an image is
read once and nothing image-sized lies between. Both directions are sums of shifted rows, which
compilers vectorize whatever the number of channels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._border import pad_line
from augkit.image.kernels._jit import kernel
from augkit.image.kernels.table import Number, Pixels

__all__ = ["convolve_float", "convolve_integer", "separable_float", "separable_integer"]


@kernel
def separable_integer(
    source: Pixels,
    channels: int,
    across: Pixels,
    shift_across: int,
    down: Pixels,
    shift_down: int,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: Pixels,
    white: Number,
    target: Pixels,
) -> None:
    height, length = source.shape
    radius = across.shape[0] // 2
    cast = across.dtype.type
    line = np.empty(length + 2 * radius * channels, across.dtype)
    edge = np.empty(channels, across.dtype)
    total = np.empty(length, across.dtype)
    zero = cast(0)
    half_down, half_across = cast((1 << shift_down) >> 1), cast((1 << shift_across) >> 1)
    for c in range(channels):
        edge[c] = (down.sum() * fill[c] + half_down) >> shift_down
    middle = line[radius * channels : radius * channels + length]
    for y in range(height):
        for x in range(length):
            total[x] = half_down
        for k in range(down.shape[0]):
            row = source[rows[y + k]] if rows[y + k] >= 0 else fill
            weight = down[k]
            for x in range(length):
                total[x] += weight * cast(row[x])
        for x in range(length):
            middle[x] = total[x] >> shift_down
        pad_line(line, channels, radius, columns, edge)
        for x in range(length):
            total[x] = half_across
        for k in range(across.shape[0]):
            row_k = line[k * channels : k * channels + length]
            weight = across[k]
            for x in range(length):
                total[x] += weight * row_k[x]
        into = target[y]
        for x in range(length):
            into[x] = min(max(total[x] >> shift_across, zero), white)


@kernel
def separable_float(
    source: Pixels,
    channels: int,
    across: NDArray[np.float32],
    down: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: Pixels,
    white: np.float32,
    target: Pixels,
) -> None:
    height, length = source.shape
    radius = across.shape[0] // 2
    line = np.empty(length + 2 * radius * channels, np.float32)
    edge = np.empty(channels, np.float32)
    for c in range(channels):
        edge[c] = np.float32(0)
        for k in range(down.shape[0]):
            edge[c] += down[k] * np.float32(fill[c])
    total = np.empty(length, np.float32)
    middle = line[radius * channels : radius * channels + length]
    for y in range(height):
        for x in range(length):
            middle[x] = np.float32(0)
        for k in range(down.shape[0]):
            row = source[rows[y + k]] if rows[y + k] >= 0 else fill
            weight = down[k]
            for x in range(length):
                middle[x] += weight * np.float32(row[x])
        pad_line(line, channels, radius, columns, edge)
        for x in range(length):
            total[x] = np.float32(0)
        for k in range(across.shape[0]):
            row_k = line[k * channels : k * channels + length]
            weight = across[k]
            for x in range(length):
                total[x] += weight * row_k[x]
        _clamp(total, white, target[y])


@kernel
def convolve_integer(
    padded: Pixels,
    dy: NDArray[np.int64],
    offsets: NDArray[np.int64],
    taps: Pixels,
    shift: int,
    white: Number,
    total: Pixels,
    target: Pixels,
) -> None:
    height, length = target.shape
    cast = total.dtype.type
    zero, half = cast(0), cast((1 << shift) >> 1)
    for y in range(height):
        for x in range(length):
            total[x] = half
        for k in range(0, taps.shape[0], 4):
            first = padded[y + dy[k], offsets[k] : offsets[k] + length]
            second = padded[y + dy[k + 1], offsets[k + 1] : offsets[k + 1] + length]
            third = padded[y + dy[k + 2], offsets[k + 2] : offsets[k + 2] + length]
            fourth = padded[y + dy[k + 3], offsets[k + 3] : offsets[k + 3] + length]
            a, b, c, d = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
            for x in range(length):
                total[x] += (
                    cast(a) * cast(first[x])
                    + cast(b) * cast(second[x])
                    + cast(c) * cast(third[x])
                    + cast(d) * cast(fourth[x])
                )
        into = target[y]
        for x in range(length):
            into[x] = min(max(total[x] >> shift, zero), white)


@kernel
def convolve_float(
    padded: Pixels,
    dy: NDArray[np.int64],
    offsets: NDArray[np.int64],
    taps: NDArray[np.float32],
    white: np.float32,
    target: Pixels,
) -> None:
    height, length = target.shape
    total = np.empty(length, np.float32)
    for y in range(height):
        for x in range(length):
            total[x] = np.float32(0)
        for k in range(0, taps.shape[0], 4):
            first = padded[y + dy[k], offsets[k] : offsets[k] + length]
            second = padded[y + dy[k + 1], offsets[k + 1] : offsets[k + 1] + length]
            third = padded[y + dy[k + 2], offsets[k + 2] : offsets[k + 2] + length]
            fourth = padded[y + dy[k + 3], offsets[k + 3] : offsets[k + 3] + length]
            a, b, c, d = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
            for x in range(length):
                total[x] += (
                    a * np.float32(first[x])
                    + b * np.float32(second[x])
                    + c * np.float32(third[x])
                    + d * np.float32(fourth[x])
                )
        _clamp(total, white, target[y])


@kernel
def _clamp(total: NDArray[np.float32], white: np.float32, row: Pixels) -> None:
    """Within black and white, and rounded where the row is of integers."""
    rounding = np.float32(0.5 if row.itemsize < 4 else 0.0)
    for x in range(total.size):
        row[x] = min(max(total[x] + rounding, np.float32(0)), white)
