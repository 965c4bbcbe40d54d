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
    dy: Array, x: Array, center: Array, factor: Array, constant: Array, slope: Array
) -> None:
    """In place: dy <- factor dy - constant - slope (x - center), column by column."""
    for i in range(x.shape[0]):
        row, gradient = x[i], dy[i]
        for j in range(gradient.size):
            gradient[j] = factor[j] * gradient[j] - constant[j] - (row[j] - center[j]) * slope[j]
