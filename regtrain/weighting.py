"""Examples with weights: an example of weight 3 is the same as three copies of it, to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

import numpy as np

from regtrain.layers.base import Array

__all__ = ["Moments", "checked_weights", "unfolded"]

# In the copies that are made of small data; of large data at most four times as many.
_NUMBERS = 1 << 24
_COPIES = 64  # of an example, on average


def checked_weights(weights: Any, count: int) -> Array:
    """Weights as float64, all 1 where None is given.

    Raises:
        ValueError: not one per example, negative, not finite, or all zero.
    """
    if weights is None:
        return np.ones(count)
    found = np.asarray(weights, np.float64)
    if found.shape != (count,):
        raise ValueError(
            f"sample_weight must be {count} numbers, one per example, got shape {found.shape}"
        )
    if not np.isfinite(found).all() or (found < 0).any():
        raise ValueError("sample_weight must be finite and at least 0")
    if not found.any():
        raise ValueError("sample_weight must not be all zero: nothing would be learned")
    return found


def unfolded(x: Array, y: Array, weights: Array) -> tuple[Array, Array | None]:
    """Rows to train on (with repetitions) and their weights, None where all are alike.

    Equal examples are brought together and their weights added; then each is repeated as often as
    its weight says, and what is left of the weight is shared by its copies. The order follows from
    the examples themselves. So it makes no difference in which order examples come, and whether one
    is repeated or weighted; and the number of steps is that of the repeated data.

    Args:
        x, y: examples (n, features) and targets (n, ...).
        weights: at least 0, not all 0.
    """
    first: dict[bytes, int] = {}
    total: dict[bytes, float] = {}
    for row in np.flatnonzero(weights).tolist():
        content = np.ascontiguousarray(x[row]).tobytes() + np.ascontiguousarray(y[row]).tobytes()
        name = blake2b(content, digest_size=16).digest()
        first.setdefault(name, row)
        total[name] = total.get(name, 0.0) + float(weights[row])
    names = sorted(first)
    rows = np.array([first[name] for name in names])
    shares = np.array([total[name] for name in names])
    most = max(4 * len(rows), min(_COPIES * len(rows), _NUMBERS // max(1, x.shape[1])))
    wanted = shares * min(1.0, most / shares.sum())
    copies = np.maximum(1, np.rint(wanted)).astype(np.int64)
    each = np.repeat(shares / copies, copies)
    return np.repeat(rows, copies), None if np.ptp(each) == 0 else each


@dataclass
class Moments:
    """Weighted mean and spread of columns, over parts that come one after the other.

    Joined by the formula of Chan, Golub and LeVeque (1979).

    >>> moments = Moments.none(1)
    >>> for part in ([[1.0], [2.0]], [[3.0]]):
    ...     moments = moments.joined(np.array(part), np.ones(len(part)))
    >>> moments.mean.tolist(), (moments.std**2 * 3).tolist()
    ([2.0], [2.0])
    """

    weight: float
    mean: Array
    square: Array

    @classmethod
    def none(cls, columns: int) -> Self:
        """Nothing seen yet."""
        return cls(0.0, np.zeros(columns), np.zeros(columns))

    def joined(self, x: Array, weights: Array) -> Moments:
        """With more rows."""
        weight = float(weights.sum())
        if not weight:
            return self
        share = (weights / weight)[:, None]
        mean = (share * x).sum(0, dtype=np.float64)
        square = weight * (share * (x - mean) ** 2).sum(0, dtype=np.float64)
        both = self.weight + weight
        off = mean - self.mean
        return Moments(
            both,
            self.mean + off * (weight / both),
            self.square + square + off**2 * (self.weight * weight / both),
        )

    @property
    def std(self) -> Array:
        """The standard deviation; 1 for what is constant."""
        variance = self.square / max(self.weight, np.finfo(float).tiny)
        return np.where(variance > 0, np.sqrt(variance), 1.0)
