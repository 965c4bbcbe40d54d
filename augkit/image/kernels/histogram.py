"""What is measured of an image (histograms, means, extremes) and the tables that follow from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._sums import sums_of_bytes
from augkit.image.kernels.table import Pixels, as_pixels, color_count, full_range

__all__ = ["autocontrast_table", "channel_means", "equalize_table", "histogram", "minmax"]


def histogram(image: Pixels, color_channels: int | None = None) -> NDArray[np.int64]:
    """Count the values of each of the first ``color_channels`` channels.

    Returns (C, 256) int64 for uint8 and (C, 65536) for uint16.

    Examples
    --------
    >>> import numpy as np
    >>> histogram(np.array([[3, 3, 255]], dtype=np.uint8))[0, [0, 3, 255]].tolist()
    [0, 2, 1]
    """
    pixels = as_pixels(image)
    if image.dtype == np.float32:
        raise TypeError("image has dtype float32; a histogram needs uint8 or uint16")
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    sets = 4 if channels == 1 else 2
    counts = np.zeros((sets, color, int(full_range(image.dtype)) + 1), np.int64)
    if pixels.size:
        _count(pixels.reshape(-1), channels, counts)
    total: NDArray[np.int64] = counts.sum(axis=0)
    return total


def channel_means(image: Pixels, color_channels: int | None = None) -> list[float]:
    """Return the mean of each of the first ``color_channels`` channels, in the image's own units.

    The sums of integers are exact; float32 is summed in float64 in a fixed order. An image
    without pixels has mean 0.

    Examples
    --------
    >>> import numpy as np
    >>> channel_means(np.array([[[1, 10], [2, 20]]], dtype=np.uint8))
    [1.5, 15.0]
    """
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    count = pixels.shape[0] * pixels.shape[1]
    if count == 0 or color == 0:
        return [0.0] * color
    if image.dtype == np.uint8:
        totals = np.empty(channels, np.int64)
        sums_of_bytes(pixels.ravel(), totals)
        return [total / count for total in totals.tolist()[:color]]
    values = pixels.reshape(-1)
    lanes = -(-_LANES // channels) * channels
    if image.dtype == np.float32:
        sums = np.zeros(lanes)
        _sum_float(values, sums)
    else:
        sums = np.zeros(lanes, np.int64)
        _sum_integer(values, np.empty(lanes, np.uint32), sums)
    _fold(sums, channels)
    means: list[float] = (sums[:color] / count).tolist()
    return means


def minmax(image: Pixels, color_channels: int | None = None) -> Pixels:
    """Return the smallest and largest value of each channel, shape (C, 2), in the image's dtype.

    Examples
    --------
    >>> import numpy as np
    >>> minmax(np.array([[[1, 10], [2, 5]]], dtype=np.uint8)).tolist()
    [[1, 2], [5, 10]]
    """
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    if pixels.size == 0:
        raise ValueError(f"image has shape {image.shape}; the extremes of no pixels do not exist")
    lanes = -(-_LANES // channels) * channels
    values = pixels.reshape(-1)
    first = np.resize(values[:channels], lanes)
    low, high = first.copy(), first
    _extremes(values, low, high)
    ends = np.stack([low.reshape(-1, channels).min(0), high.reshape(-1, channels).max(0)], axis=1)
    return ends[:color]


def equalize_table(counts: NDArray[np.int64]) -> Pixels:
    """Return the tables that flatten these histograms, one row per channel.

    For (C, 256) counts, uint8 tables by Pillow's ``ImageOps.equalize`` to the last level, which
    counts in whole pixels per level and so leaves channels of less than 256 pixels as they are.
    There are seldom enough pixels for that in 65536 levels: for (C, 65536) counts, uint16 tables
    by the same formula without the rounding of pixels per level. A single value is kept.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.arange(100, 164, dtype=np.uint8).repeat(16).reshape(32, 32)
    >>> equalize_table(histogram(ramp))[0, [100, 132, 163]].tolist()
    [0, 171, 255]
    """
    tables = np.empty(counts.shape, np.uint8 if counts.shape[1] == 256 else np.uint16)
    _equalize(counts, tables)
    return tables


def autocontrast_table(
    counts: NDArray[np.int64], cutoff: float | tuple[float, float] = 0.0
) -> Pixels:
    """Return the tables that stretch these histograms to the full range, one row per channel.

    Parameters
    ----------
    counts : int64 array, shape (C, 256) or (C, 65536)
    cutoff : float or pair of floats, percent
        How many of the darkest and brightest pixels may saturate (default none). The definition
        is Pillow's ``ImageOps.autocontrast`` to the last level.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([[50, 100, 150]], dtype=np.uint8)
    >>> autocontrast_table(histogram(image))[0, [50, 100, 150]].tolist()
    [0, 127, 255]
    """
    low_percent, high_percent = cutoff if isinstance(cutoff, tuple) else (cutoff, cutoff)
    if not (low_percent >= 0 and high_percent >= 0 and low_percent + high_percent <= 100):
        raise ValueError(f"cutoff must be percentages that sum to at most 100, got {cutoff!r}")
    tables = np.empty(counts.shape, np.uint8 if counts.shape[1] == 256 else np.uint16)
    _stretch(counts, float(low_percent), float(high_percent), tables)
    return tables


@kernel
def _equalize(counts: NDArray[np.int64], tables: Pixels) -> None:
    channels, levels = counts.shape
    for c in range(channels):
        total, used, last = 0, 0, 0
        for level in range(levels):
            if counts[c, level] > 0:
                total += counts[c, level]
                used, last = used + 1, level
        darker = total - counts[c, last] if used > 1 else 0
        step = darker // (levels - 1)
        below = 0
        for level in range(levels):
            value = level
            if levels == 256 and step > 0:
                value = (step // 2 + below) // step
            elif levels > 256 and darker > 0:
                value = (below * (levels - 1) + darker // 2) // darker
            tables[c, level] = min(value, levels - 1)
            below += counts[c, level]


@kernel
def _stretch(
    counts: NDArray[np.int64], low_percent: float, high_percent: float, tables: Pixels
) -> None:
    channels, levels = counts.shape
    for c in range(channels):
        total = 0
        for level in range(levels):
            total += counts[c, level]
        # How many pixels are cut at each end, and the first level that keeps some.
        low_cut, high_cut = int(total * low_percent // 100), int(total * high_percent // 100)
        low, high = 0, levels - 1
        while low < levels - 1 and low_cut >= counts[c, low]:
            low_cut -= counts[c, low]
            low += 1
        while high > 0 and high_cut >= counts[c, high]:
            high_cut -= counts[c, high]
            high -= 1
        scale = (levels - 1) / (high - low) if high > low else 1.0
        for level in range(levels):
            stretched = level * scale - low * scale if high > low else float(level)
            # Truncated, as in Pillow.
            tables[c, level] = int(min(max(stretched, 0.0), levels - 1.0))


# Sums and extremes run over the interleaved values in a fixed number of lanes (a multiple of the
# channels): the order of additions is part of the definition, not of the machine.
_LANES = 192


@kernel
def _count(source: Pixels, channels: int, counts: NDArray[np.int64]) -> None:
    # Sets of counters in turn: neighbouring pixels are often equal, and a counter that was just
    # written is slow to read back.
    total = source.shape[0] // channels
    color = counts.shape[1]
    done = 0
    if channels == 3 and color == 3:
        a, b, c = counts[0, 0], counts[0, 1], counts[0, 2]
        d, e, f = counts[1, 0], counts[1, 1], counts[1, 2]
        done = total // 2 * 2
        for i in range(0, 3 * done, 6):
            a[source[i]] += 1
            b[source[i + 1]] += 1
            c[source[i + 2]] += 1
            d[source[i + 3]] += 1
            e[source[i + 4]] += 1
            f[source[i + 5]] += 1
    elif channels == 1 and color == 1:
        a, b, c, d = counts[0, 0], counts[1, 0], counts[2, 0], counts[3, 0]
        done = total // 4 * 4
        for i in range(0, done, 4):
            a[source[i]] += 1
            b[source[i + 1]] += 1
            c[source[i + 2]] += 1
            d[source[i + 3]] += 1
    for i in range(done, total):
        for k in range(color):
            counts[i & 1, k, source[i * channels + k]] += 1


@kernel
def _sum_integer(values: Pixels, part: NDArray[np.uint32], sums: NDArray[np.int64]) -> None:
    lanes = sums.shape[0]
    total = values.shape[0]
    start = 0
    while start < total:
        # 65536 values of at most 65535 fit in 32 bits.
        stop = min(total, start + 65536 * lanes)
        for j in range(lanes):
            part[j] = np.uint32(0)
        for block in range(start, stop, lanes):
            row = values[block : min(block + lanes, stop)]
            for j in range(row.shape[0]):
                part[j] += np.uint32(row[j])
        for j in range(lanes):
            sums[j] += np.int64(part[j])
        start = stop


@kernel
def _sum_float(values: NDArray[np.float32], sums: NDArray[np.float64]) -> None:
    lanes = sums.shape[0]
    for block in range(0, values.shape[0], lanes):
        row = values[block : block + lanes]
        for j in range(row.shape[0]):
            sums[j] += np.float64(row[j])


@kernel
def _fold(sums: Pixels, channels: int) -> None:
    """Add up the lanes of each channel, in order, in the first of them."""
    for j in range(channels, sums.shape[0]):
        sums[j % channels] += sums[j]


@kernel
def _extremes(values: Pixels, low: Pixels, high: Pixels) -> None:
    lanes = low.shape[0]
    for block in range(0, values.shape[0], lanes):
        row = values[block : block + lanes]
        for j in range(row.shape[0]):
            low[j] = min(low[j], row[j])
            high[j] = max(high[j], row[j])
