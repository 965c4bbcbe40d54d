"""Batch normalization over rows of columns: moments in one pass, and the backward pass in place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["backward", "moments"]

Array = NDArray[Any]

_FLUSH = 64  # rows summed in the array's own type before they join the total in float64


@kernel
def moments(x: Array, mean: Array, variance: Array) -> None:
    """Mean and (biased) variance of each column.

    Each few rows by themselves, while they are in the cache, about their own mean; joined in float64
    (Chan, Golub and LeVeque, 1979).
    """
    rows, columns = x.shape
    zero = x.dtype.type(0)
    sums = np.zeros(columns, x.dtype)
    squares = np.zeros(columns, x.dtype)
    center = np.zeros(columns, x.dtype)
    mean[:] = 0.0
    variance[:] = 0.0
    for start in range(0, rows, _FLUSH):
        stop = min(start + _FLUSH, rows)
        count = stop - start
        sums[:] = zero
        squares[:] = zero
        for i in range(start, stop):
            row = x[i]
            for j in range(columns):
                sums[j] += row[j]
        for j in range(columns):
            center[j] = sums[j] / count
        for i in range(start, stop):
            row = x[i]
            for j in range(columns):
                off = row[j] - center[j]
                squares[j] += off * off
        share, weight = count / stop, start * (count / stop)
        for j in range(columns):
            here = np.float64(sums[j]) / count
            shifted = here - center[j]
            off = here - mean[j]
            variance[j] += squares[j] - count * shifted * shifted + off * off * weight
            mean[j] += off * share
    for j in range(columns):
        variance[j] = max(variance[j], 0.0) / rows


@kernel
def backward(
    dy: Array,
    x: Array,
    center: Array,
    inverse: Array,
    scale: Array,
    d_shift: Array,
    along: Array,
    d_scale: Array,
) -> None:
    """In place: dy becomes the gradient of x; ``d_scale`` is written.

    ``d_shift`` = sum(dy) and ``along`` = sum(dy (x - center)) are there already. With
    h = (x - center) inverse: d_scale = sum(dy h), and
    dx = scale inverse (dy - mean(dy) - h mean(dy h)).
    """
    rows, columns = x.shape
    factor = np.empty(columns, x.dtype)
    slope = np.empty(columns, x.dtype)
    constant = np.empty(columns, x.dtype)
    for j in range(columns):
        d_scale[j] = along[j] * inverse[j]
        factor[j] = scale[j] * inverse[j]
        slope[j] = factor[j] * inverse[j] * d_scale[j] / rows
        constant[j] = factor[j] * d_shift[j] / rows
    for i in range(rows):
        row, gradient = x[i], dy[i]
        for j in range(columns):
            gradient[j] = factor[j] * gradient[j] - constant[j] - (row[j] - center[j]) * slope[j]
