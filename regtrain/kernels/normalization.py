"""Batch normalization over rows of columns: two-pass moments, and the backward pass in place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["backward", "moments", "standardize"]

Array = NDArray[Any]

_FLUSH = 64  # rows summed in the array's own type before they join the total in float64


@kernel
def moments(x: Array, mean: Array, variance: Array) -> None:
    """Mean and (biased) variance of each column, about the mean, totals in float64."""
    rows, columns = x.shape
    zero = x.dtype.type(0)
    total = np.zeros(columns, np.float64)
    part = np.zeros(columns, x.dtype)
    for start in range(0, rows, _FLUSH):
        part[:] = zero
        for i in range(start, min(start + _FLUSH, rows)):
            row = x[i]
            for j in range(columns):
                part[j] += row[j]
        for j in range(columns):
            total[j] += part[j]
    for j in range(columns):
        mean[j] = total[j] / rows
        total[j] = 0.0
    center = mean.astype(x.dtype)
    for start in range(0, rows, _FLUSH):
        part[:] = zero
        for i in range(start, min(start + _FLUSH, rows)):
            row = x[i]
            for j in range(columns):
                off = row[j] - center[j]
                part[j] += off * off
        for j in range(columns):
            total[j] += part[j]
    for j in range(columns):
        variance[j] = total[j] / rows


@kernel
def standardize(x: Array, mean: Array, scale: Array, y: Array) -> None:
    """y <- (x - mean) scale, column by column."""
    center, factor = mean.astype(x.dtype), scale.astype(x.dtype)
    for i in range(x.shape[0]):
        row, out = x[i], y[i]
        for j in range(row.size):
            out[j] = (row[j] - center[j]) * factor[j]


@kernel
def backward(
    dy: Array, x: Array, mean: Array, inverse: Array, scale: Array, d_shift: Array, d_scale: Array
) -> None:
    """In place: dy becomes the gradient of x; ``d_scale`` is written, ``d_shift`` is there already.

    With h = (x - mean) inverse: d_scale = sum(dy h), and
    dx = scale inverse (dy - mean(dy) - h mean(dy h)).
    """
    rows, columns = x.shape
    zero = x.dtype.type(0)
    total = np.zeros(columns, np.float64)
    part = np.zeros(columns, x.dtype)
    center, unit = mean.astype(x.dtype), inverse.astype(x.dtype)
    for start in range(0, rows, _FLUSH):
        part[:] = zero
        for i in range(start, min(start + _FLUSH, rows)):
            row, gradient = x[i], dy[i]
            for j in range(columns):
                part[j] += gradient[j] * (row[j] - center[j])
        for j in range(columns):
            total[j] += part[j]
    factor = np.empty(columns, x.dtype)
    along = np.empty(columns, x.dtype)
    constant = np.empty(columns, x.dtype)
    for j in range(columns):
        d_scale[j] = total[j] * inverse[j]
        factor[j] = scale[j] * inverse[j]
        along[j] = factor[j] * unit[j] * d_scale[j] / rows
        constant[j] = factor[j] * d_shift[j] / rows
    for i in range(rows):
        row, gradient = x[i], dy[i]
        for j in range(columns):
            gradient[j] = factor[j] * gradient[j] - constant[j] - (row[j] - center[j]) * along[j]
