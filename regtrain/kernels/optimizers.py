"""One step of each optimizer over (a part of) the flat vectors, in one pass.

Every kernel adds the gradient of the L2 term, ``l2 p``, to the gradient as it reads it, and multiplies
the parameter by ``keep`` first (decoupled weight decay): these steps are bound by memory, so both are
free. Neither is written back to the gradient.
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
def descend(p: Array, g: Array, rate: float, l2: float, keep: float) -> None:
    """p <- p - rate g."""
    kind = p.dtype.type
    eta, strength, kept = kind(rate), kind(l2), kind(keep)
    for i in range(p.size):
        p[i] = kept * p[i] - eta * (g[i] + strength * p[i])


@kernel
def momentum(
    p: Array, g: Array, v: Array, rate: float, mu: float, nesterov: bool, l2: float, keep: float
) -> None:
    """v <- mu v + rate g; p <- p - v, or with Nesterov p <- p - (mu v + rate g)."""
    kind = p.dtype.type
    eta, m, strength, kept = kind(rate), kind(mu), kind(l2), kind(keep)
    if nesterov:
        for i in range(p.size):
            step = eta * (g[i] + strength * p[i])
            v[i] = m * v[i] + step
            p[i] = kept * p[i] - (m * v[i] + step)
    else:
        for i in range(p.size):
            v[i] = m * v[i] + eta * (g[i] + strength * p[i])
            p[i] = kept * p[i] - v[i]


@kernel
def adagrad(
    p: Array, g: Array, s: Array, rate: float, epsilon: float, l2: float, keep: float
) -> None:
    """s <- s + g²; p <- p - rate g / (sqrt(s) + epsilon)."""
    kind = p.dtype.type
    eta, eps, strength, kept = kind(rate), kind(epsilon), kind(l2), kind(keep)
    for i in range(p.size):
        slope = g[i] + strength * p[i]
        s[i] += slope * slope
        p[i] = kept * p[i] - eta * slope / (np.sqrt(s[i]) + eps)


@kernel
def rmsprop(
    p: Array, g: Array, s: Array, rate: float, beta: float, epsilon: float, l2: float, keep: float
) -> None:
    """s <- beta s + (1 - beta) g²; p <- p - rate g / (sqrt(s) + epsilon)."""
    kind = p.dtype.type
    eta, eps, strength, kept = kind(rate), kind(epsilon), kind(l2), kind(keep)
    b, rest = kind(beta), kind(1 - beta)
    for i in range(p.size):
        slope = g[i] + strength * p[i]
        s[i] = b * s[i] + rest * (slope * slope)
        p[i] = kept * p[i] - eta * slope / (np.sqrt(s[i]) + eps)


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
    l2: float,
    keep: float,
) -> None:
    """Adam with bias correction; ``step`` is 1 for the first."""
    kind = p.dtype.type
    eta = kind(rate / (1 - beta1**step))
    root = kind(1 / np.sqrt(1 - beta2**step))
    b1, r1, b2, r2, eps = kind(beta1), kind(1 - beta1), kind(beta2), kind(1 - beta2), kind(epsilon)
    strength, kept = kind(l2), kind(keep)
    for i in range(p.size):
        slope = g[i] + strength * p[i]
        m[i] = b1 * m[i] + r1 * slope
        v[i] = b2 * v[i] + r2 * (slope * slope)
        p[i] = kept * p[i] - eta * m[i] / (np.sqrt(v[i]) * root + eps)


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
