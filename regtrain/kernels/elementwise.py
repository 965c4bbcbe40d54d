"""Standardizing, bias, activation and dropout in one pass, and back with the sums for their gradients.

Arrays are rows by columns; the bias has one number per column. A row stays in the first cache while
the short loops below go over it, so each of them can be vectorized and none costs memory traffic.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["IDENTITY", "LEAKY", "LOGISTIC", "RELU", "TANH", "backward", "forward"]

Array = NDArray[Any]

IDENTITY, RELU, LEAKY, TANH, LOGISTIC = range(5)

_FLUSH = 64  # rows summed in the array's own type before they join the total in float64


@kernel
def mix(x: np.uint32) -> np.uint32:
    """A bijective hash of 32 bits (Wellons, "Prospecting for hash functions", lowbias32)."""
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@kernel
def row_word(seed: np.uint64, row: int) -> np.uint32:
    """What stands for a row in the counter of its numbers."""
    low, high = np.uint32(seed), np.uint32(seed >> np.uint64(32))
    first = mix(np.uint32(low + np.uint32(row) * np.uint32(0x9E3779B9)))
    return mix(np.uint32(np.uint32(first ^ high) + np.uint32(np.uint64(row) >> np.uint64(32))))


@kernel
def _drop(row: Array, word: np.uint32, threshold: np.uint32, scale: float) -> None:
    """Zero where the hash of the counter lies below the threshold; the rest is scaled up."""
    factor, zero = row.dtype.type(scale), row.dtype.type(0)
    for j in range(row.size):
        chance = mix(np.uint32(np.uint32(j) * np.uint32(0x85EBCA6B) + word))
        row[j] = row[j] * factor if chance >= threshold else zero


@kernel
def forward(
    x: Array,
    center: Array,
    factor: Array,
    z: Array,
    bias: Array,
    code: int,
    slope: float,
    threshold: np.uint32,
    seed: np.uint64,
    scale: float,
    first: int,
) -> None:
    """z <- dropout(activation((x - center) factor + bias)), in place where x is z.

    An empty bias is none, an empty center leaves x as it is (x is z then); threshold 0 is no dropout.
    ``first`` is the number of the first row, where an array is worked on in parts.
    """
    zero, leak = z.dtype.type(0), z.dtype.type(slope)
    for i in range(z.shape[0]):
        row = z[i]
        if center.size:
            source = x[i]
            for j in range(row.size):
                row[j] = (source[j] - center[j]) * factor[j]
        if bias.size:
            for j in range(row.size):
                row[j] += bias[j]
        if code == RELU:
            for j in range(row.size):
                row[j] = zero if row[j] < zero else row[j]  # so that NaN stays NaN
        elif code == LEAKY:
            for j in range(row.size):
                row[j] = row[j] * leak if row[j] < zero else row[j]
        if threshold:
            _drop(row, row_word(seed, first + i), threshold, scale)


@kernel
def backward(
    dy: Array,
    y: Array,
    bias_gradient: Array,
    x: Array,
    center: Array,
    along: Array,
    code: int,
    slope: float,
    threshold: np.uint32,
    seed: np.uint64,
    scale: float,
    first: int,
) -> None:
    """In place: the gradient with respect to the output becomes that with respect to z.

    ``bias_gradient`` gets its column sums, and ``along``, where it is not empty, those of its product
    with x - center. Everything is told from the output ``y``, so nothing but the seed has to be kept
    of the mask.
    """
    kind = dy.dtype.type
    zero, one, leak, unscale = kind(0), kind(1), kind(slope), kind(1 / scale)
    total = np.zeros(bias_gradient.size, np.float64)
    part = np.zeros(bias_gradient.size, dy.dtype)
    total_along = np.zeros(along.size, np.float64)
    part_along = np.zeros(along.size, dy.dtype)
    for i in range(dy.shape[0]):
        row, out = dy[i], y[i]
        if threshold:
            _drop(row, row_word(seed, first + i), threshold, scale)
        if code == RELU:
            for j in range(row.size):
                row[j] = row[j] if out[j] > zero else zero
        elif code == LEAKY:
            for j in range(row.size):
                row[j] = row[j] * leak if out[j] < zero else row[j]
        elif code == TANH:
            for j in range(row.size):
                h = out[j] * unscale
                row[j] *= one - h * h
        elif code == LOGISTIC:
            for j in range(row.size):
                h = out[j] * unscale
                row[j] *= h * (one - h)
        if part.size:
            for j in range(row.size):
                part[j] += row[j]
            if along.size:
                source = x[i]
                for j in range(row.size):
                    part_along[j] += row[j] * (source[j] - center[j])
            if i % _FLUSH == _FLUSH - 1:
                for j in range(part.size):
                    total[j] += part[j]
                    part[j] = zero
                for j in range(part_along.size):
                    total_along[j] += part_along[j]
                    part_along[j] = zero
    for j in range(part.size):
        bias_gradient[j] = total[j] + part[j]
    for j in range(part_along.size):
        along[j] = total_along[j] + part_along[j]
