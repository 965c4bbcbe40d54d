"""The loss of each sample and its gradient, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["cross_entropy", "soft_cross_entropy"]

Array = NDArray[Any]


@kernel
def cross_entropy(
    logits: Array, labels: Array, smoothing: float, losses: Array, gradient: Array
) -> None:
    """log(sum(exp(z))) - sum(t z) for the target t of each row, and softmax(z) - t.

    t is 1 - smoothing at the label plus smoothing / classes everywhere.
    """
    kind = logits.dtype.type
    classes = logits.shape[1]
    share = kind(smoothing / classes)
    rest = kind(1 - smoothing)
    for i in range(logits.shape[0]):
        z, g = logits[i], gradient[i]
        highest = z[0]
        for j in range(1, classes):
            highest = max(highest, z[j])
        total, mean = kind(0), kind(0)
        for j in range(classes):
            g[j] = np.exp(z[j] - highest)
            total += g[j]
            mean += z[j] - highest
        label = labels[i]
        losses[i] = np.log(total) - rest * (z[label] - highest) - share * mean
        for j in range(classes):
            g[j] = g[j] / total - share
        g[label] -= rest


@kernel
def soft_cross_entropy(logits: Array, targets: Array, losses: Array, gradient: Array) -> None:
    """The same for a distribution over the classes in each row of ``targets``."""
    kind = logits.dtype.type
    for i in range(logits.shape[0]):
        z, g, t = logits[i], gradient[i], targets[i]
        highest = z[0]
        for j in range(1, z.size):
            highest = max(highest, z[j])
        total, dot, mass = kind(0), kind(0), kind(0)
        for j in range(z.size):
            g[j] = np.exp(z[j] - highest)
            total += g[j]
            dot += t[j] * (z[j] - highest)
            mass += t[j]
        losses[i] = mass * np.log(total) - dot
        for j in range(z.size):
            g[j] = mass * g[j] / total - t[j]
