"""What lies beyond the edges of an image that is filtered."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.table import Pixels, full_range

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BORDERS", "fill_line", "outside", "pad_line", "pad_lines"]

BORDERS = ("reflect101", "reflect", "replicate", "wrap", "constant")
"""What lies beyond the edge of ``abcd``: cb|abcd|cb, ba|abcd|dc, aa|abcd|dd, cd|abcd|ab, fill."""


@lru_cache(maxsize=64)
def outside(border: str, size: int, radius: int) -> NDArray[np.int64]:
    """Return the index that stands for each of ``-radius .. size + radius - 1``; -1 is fill."""
    at = np.arange(-radius, size + radius)
    if border == "constant":
        return np.where((at < 0) | (at >= size), -1, at)
    if border == "replicate":
        return np.clip(at, 0, size - 1)
    if border == "wrap":
        return at % size
    if border == "reflect":
        at = at % (2 * size)
        return np.minimum(at, 2 * size - 1 - at)
    if border == "reflect101":
        if size == 1:
            return np.zeros_like(at)
        at = at % (2 * size - 2)
        return np.minimum(at, 2 * size - 2 - at)
    raise ValueError(f"border is {border!r}; allowed are {', '.join(BORDERS)}")


def fill_line(
    dtype: np.dtype[np.generic], fill: float | Sequence[float], width: int, channels: int
) -> Pixels:
    """Return one row of fill."""
    if fill == 0.0:
        return np.zeros(width * channels, dtype)
    try:
        pixel = np.broadcast_to(np.asarray(fill, dtype=np.float64), (channels,))
    except ValueError:
        raise ValueError(
            f"fill must be one number or {channels}, one per channel; got {fill!r}"
        ) from None
    if not ((pixel >= 0) & (pixel <= full_range(dtype))).all():
        raise ValueError(
            f"fill must be within 0 and {full_range(dtype):g} of {dtype}, got {fill!r}"
        )
    if dtype != np.float32:
        pixel = np.rint(pixel)
    return np.tile(pixel.astype(dtype), width)


@kernel
def pad_line(
    line: Pixels,
    channels: int,
    radius: int,
    columns: NDArray[np.int64],
    edge: Pixels,
) -> None:
    """Fill both ends of a line whose middle is there."""
    last = columns.shape[0]
    for j in range(2 * radius):
        at = j if j < radius else last - 2 * radius + j
        for c in range(channels):
            if columns[at] < 0:
                line[at * channels + c] = edge[c]
            else:
                line[at * channels + c] = line[(columns[at] + radius) * channels + c]


@kernel
def pad_lines(
    source: Pixels,
    channels: int,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: Pixels,
    padded: Pixels,
) -> None:
    length = source.shape[1]
    radius = (padded.shape[1] - length) // (2 * channels)
    for y in range(padded.shape[0]):
        row = source[rows[y]] if rows[y] >= 0 else fill
        middle = padded[y, radius * channels : radius * channels + length]
        for x in range(length):
            middle[x] = row[x]
        pad_line(padded[y], channels, radius, columns, fill)
