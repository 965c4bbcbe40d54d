"""The two passes of resizing: filter tables, and resampling of any dtype in float32."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.exact import transpose

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


def resample(
    source: Pixels,
    y_first: NDArray[np.intp],
    y_weights: NDArray[np.float64],
    x_first: NDArray[np.intp],
    x_weights: NDArray[np.float64],
    limit: float,
    out: Pixels,
) -> None:
    """First across, then down, as Pillow: integers are rounded and clipped in between, too.

    ``limit`` is the largest value of an integer dtype, 0 for floating point. Blending whole lines
    is what compilers vectorise, so the pass across is one down between two transposes.
    """
    low = int(min(y_first[0], y_first[-1]))
    high = int(max(y_first[0], y_first[-1])) + y_weights.shape[1]
    channels = source.shape[2]
    upright = transpose(source[low:high])
    across = np.empty((x_first.size, (high - low) * channels), source.dtype)
    lines = upright.reshape(upright.shape[0], -1)
    blend_down(lines, x_first, x_weights.astype(np.float32), limit, across)
    turned = transpose(across.reshape(x_first.size, high - low, channels))
    lines = turned.reshape(high - low, -1)
    flat = out.reshape(out.shape[0], -1)
    blend_down(lines, y_first - low, y_weights.astype(np.float32), limit, flat)


@kernel
def blend_down(
    lines: Pixels, first: NDArray[np.intp], weights: NDArray[np.float32], limit: float, out: Pixels
) -> None:
    """Each line of ``out`` as a weighted sum of lines."""
    top, zero = np.float32(limit), np.float32(0.0)
    sums = np.empty(lines.shape[1], np.float32)
    for i in range(out.shape[0]):
        start = np.float32(0.5) if limit > 0.0 else zero
        for k in range(sums.size):
            sums[k] = start
        for t in range(weights.shape[1]):
            w, line = weights[i, t], first[i] + t
            if w != zero:
                for k in range(sums.size):
                    sums[k] += w * np.float32(lines[line, k])
        if limit > 0.0:
            for k in range(sums.size):
                out[i, k] = min(max(sums[k], zero), top)
        else:
            for k in range(sums.size):
                out[i, k] = sums[k]
