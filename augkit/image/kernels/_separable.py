"""The two passes of resizing: filter tables, and resampling of any dtype in float32."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel

__all__ = ["CUBIC", "LANCZOS", "LINEAR", "coefficients", "resample"]

Pixels = NDArray[np.generic]

LINEAR, CUBIC, LANCZOS = 1, 2, 3


@kernel
def filter_value(kind: int, t: float) -> float:
    t = abs(t)
    if kind == LINEAR:
        return 1.0 - t if t < 1.0 else 0.0
    if kind == CUBIC:
        if t < 1.0:
            return (1.5 * t - 2.5) * t * t + 1.0
        return ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0 if t < 2.0 else 0.0
    if t == 0.0:
        return 1.0
    if t >= 3.0:
        return 0.0
    t *= math.pi
    return 3.0 * math.sin(t) * math.sin(t / 3.0) / (t * t)


@kernel
def coefficients(
    count: int,
    low: float,
    high: float,
    size: int,
    kind: int,
    support: float,
    antialias: bool,
    flip: bool,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Per output row or column, its first source one and the weights from there on (sum 1)."""
    scale = (high - low) / count
    stretch = max(scale, 1.0) if antialias else 1.0
    reach = support * stretch
    first = np.empty(count, np.intp)
    taps = 1
    for i in range(count):
        centre = low + (i + 0.5) * scale
        start = min(max(int(centre - reach + 0.5), 0), size - 1)
        stop = max(min(int(centre + reach + 0.5), size), start + 1)
        first[count - 1 - i if flip else i] = start
        taps = max(taps, stop - start)
    weights = np.zeros((count, taps))
    for i in range(count):
        centre = low + (i + 0.5) * scale
        k = count - 1 - i if flip else i
        stop = min(int(centre + reach + 0.5), size)
        # All have as many taps; where these would run over the edge, the first weights are 0.
        start, first[k] = first[k], min(first[k], size - taps)
        total = 0.0
        for t in range(start, max(stop, start + 1)):
            w = filter_value(kind, (t - centre + 0.5) / stretch)
            weights[k, t - first[k]] = w
            total += w
        for t in range(taps):
            weights[k, t] /= total
    return first, weights


@kernel
def resample(
    source: Pixels,
    y_first: NDArray[np.intp],
    y_weights: NDArray[np.float64],
    x_first: NDArray[np.intp],
    x_weights: NDArray[np.float64],
    limit: float,
    zeros: tuple[int, ...],
    out: Pixels,
) -> None:
    """First across, then down, as Pillow: integers are rounded and clipped in between, too.

    ``limit`` is the largest value of an integer dtype, 0 for floating point; ``zeros`` one zero per
    channel, or none where the number of channels is only known at run time.
    """
    channels = len(zeros) if len(zeros) > 0 else source.shape[2]
    rows, columns = y_weights.shape[1], x_weights.shape[1]
    low, high = y_first.min(), y_first.max() + rows
    width = out.shape[1]
    across = np.empty((high - low, width * channels), np.float32)
    total = np.empty(channels, np.float32)
    top, half = np.float32(limit), np.float32(0.5)
    x_factors = x_weights.astype(np.float32)
    for i in range(high - low):
        for j in range(width):
            total[:] = np.float32(0.0)
            for t in range(columns):
                w, column = x_factors[j, t], x_first[j] + t
                for c in range(channels):
                    total[c] += w * np.float32(source[low + i, column, c])
            for c in range(channels):
                value = total[c]
                if limit > 0.0:
                    value = np.floor(min(max(value + half, np.float32(0.0)), top))
                across[i, j * channels + c] = value
    sums = np.empty(width * channels, np.float32)
    flat = out.reshape(out.shape[0], width * channels)
    for i in range(out.shape[0]):
        sums[:] = half if limit > 0.0 else np.float32(0.0)
        for t in range(rows):
            w = np.float32(y_weights[i, t])
            if w != 0.0:
                line = across[y_first[i] - low + t]
                for k in range(sums.size):
                    sums[k] += w * line[k]
        if limit > 0.0:
            for k in range(sums.size):
                flat[i, k] = min(max(sums[k], np.float32(0.0)), top)
        else:
            for k in range(sums.size):
                flat[i, k] = sums[k]
