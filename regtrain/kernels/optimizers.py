"""One step of each optimizer over the flat vectors, in one pass.

The first ``decayed`` parameters are multiplied by ``keep`` first (decoupled weight decay).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["adagrad", "adam", "add_l2", "descend", "max_norm", "momentum", "rmsprop"]

Array = NDArray[Any]


@kernel
def add_l2(p: Array, g: Array, l2: float, decayed: int) -> None:
    """The gradient of (l2 / 2) sum(p²) over the weights joins the gradient."""
    strength = p.dtype.type(l2)
    for i in range(decayed):
        g[i] += strength * p[i]


@kernel
def _decay(p: Array, keep: float, decayed: int) -> None:
    if keep != 1.0:
        factor = p.dtype.type(keep)
        for i in range(decayed):
            p[i] *= factor


@kernel
def descend(p: Array, g: Array, rate: float, keep: float, decayed: int) -> None:
    """p <- p - rate g."""
    _decay(p, keep, decayed)
    eta = p.dtype.type(rate)
    for i in range(p.size):
        p[i] -= eta * g[i]


@kernel
def momentum(
    p: Array, g: Array, v: Array, rate: float, mu: float, nesterov: bool, keep: float, decayed: int
) -> None:
    """v <- mu v + rate g; p <- p - v, or with Nesterov p <- p - (mu v + rate g)."""
    _decay(p, keep, decayed)
    eta, m = p.dtype.type(rate), p.dtype.type(mu)
    if nesterov:
        for i in range(p.size):
            v[i] = m * v[i] + eta * g[i]
            p[i] -= m * v[i] + eta * g[i]
    else:
        for i in range(p.size):
            v[i] = m * v[i] + eta * g[i]
            p[i] -= v[i]


@kernel
def adagrad(
    p: Array, g: Array, s: Array, rate: float, epsilon: float, keep: float, decayed: int
) -> None:
    """s <- s + g²; p <- p - rate g / (sqrt(s) + epsilon)."""
    _decay(p, keep, decayed)
    eta, eps = p.dtype.type(rate), p.dtype.type(epsilon)
    for i in range(p.size):
        s[i] += g[i] * g[i]
        p[i] -= eta * g[i] / (np.sqrt(s[i]) + eps)


@kernel
def rmsprop(
    p: Array,
    g: Array,
    s: Array,
    rate: float,
    beta: float,
    epsilon: float,
    keep: float,
    decayed: int,
) -> None:
    """s <- beta s + (1 - beta) g²; p <- p - rate g / (sqrt(s) + epsilon)."""
    _decay(p, keep, decayed)
    eta, eps = p.dtype.type(rate), p.dtype.type(epsilon)
    b, rest = p.dtype.type(beta), p.dtype.type(1 - beta)
    for i in range(p.size):
        s[i] = b * s[i] + rest * (g[i] * g[i])
        p[i] -= eta * g[i] / (np.sqrt(s[i]) + eps)


@kernel
def adam(
    p: Array,
    g: Array,
    m: Array,
    v: Array,
    rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    step: int,
    keep: float,
    decayed: int,
) -> None:
    """Adam with bias correction; ``step`` is 1 for the first."""
    _decay(p, keep, decayed)
    kind = p.dtype.type
    eta = kind(rate / (1 - beta1**step))
    root = kind(1 / np.sqrt(1 - beta2**step))
    b1, r1, b2, r2, eps = kind(beta1), kind(1 - beta1), kind(beta2), kind(1 - beta2), kind(epsilon)
    for i in range(p.size):
        m[i] = b1 * m[i] + r1 * g[i]
        v[i] = b2 * v[i] + r2 * (g[i] * g[i])
        p[i] -= eta * m[i] / (np.sqrt(v[i]) * root + eps)


@kernel
def max_norm(weights: Array, limit: float) -> None:
    """Each column (the weights into one unit) is scaled down to the norm ``limit`` at most."""
    square = np.zeros(weights.shape[1], np.float64)
    for i in range(weights.shape[0]):
        row = weights[i]
        for j in range(row.size):
            square[j] += row[j] * row[j]
    factor = np.ones(weights.shape[1], weights.dtype)
    for j in range(square.size):
        norm = np.sqrt(square[j])
        if norm > limit:
            factor[j] = limit / norm
    for i in range(weights.shape[0]):
        row = weights[i]
        for j in range(row.size):
            row[j] *= factor[j]
