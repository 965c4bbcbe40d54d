"""A measured error and how far the true one may be from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from augkit.core.random import stream_key

__all__ = ["Error"]

CONFIDENCE = 0.95
RESAMPLES = 2000


@dataclass(frozen=True)
class Error:
    """An error measured on examples, with its 95 % interval.

    Attributes:
        value: the error: a rate in [0, 1], or a mean over the examples.
        low, high: the ends of the interval.
        count: the number of examples.
    """

    value: float
    low: float
    high: float
    count: int

    @classmethod
    def of_rate(cls, wrong: int, count: int) -> Error:
        """The share of examples that are wrong, with Wilson's interval.

        E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
        JASA 22 (1927). Unlike the usual ± it stays inside [0, 1] and has a width at 0 errors.

        >>> error = Error.of_rate(0, 100)
        >>> error.value, error.low, round(error.high, 3)
        (0.0, 0.0, 0.037)
        """
        if count < 1 or not 0 <= wrong <= count:
            raise ValueError(f"wrong must be within 0 and count (at least 1), got {wrong}, {count}")
        z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
        rate = wrong / count
        middle = (rate + z * z / (2 * count)) / (1 + z * z / count)
        half = z / (1 + z * z / count) * sqrt(rate * (1 - rate) / count + (z / (2 * count)) ** 2)
        low = 0.0 if wrong == 0 else max(0.0, middle - half)
        high = 1.0 if wrong == count else min(1.0, middle + half)
        return cls(rate, low, high, count)

    @classmethod
    def of_values(cls, values: Any, *, seed: int = 0) -> Error:
        """The mean of one error per example, with a bootstrap interval (2000 resamples).

        >>> error = Error.of_values([1.0, 2.0, 3.0, 4.0])
        >>> error.value, error.low < 2.5 < error.high
        (2.5, True)
        """
        each = np.asarray(values, np.float64).ravel()
        if not each.size:
            raise ValueError("values must hold at least one error, got none")
        low, high = stream_key(seed, "bootstrap", each.size)
        random = np.random.Generator(np.random.Philox(key=low | high << 64))
        means = np.empty(RESAMPLES)
        block = max(1, 2_000_000 // each.size)
        for start in range(0, RESAMPLES, block):
            part = means[start : start + block]
            chosen = random.integers(0, each.size, (part.size, each.size))
            part[:] = each[chosen].mean(1)
        tail = (1 - CONFIDENCE) / 2
        ends = np.quantile(means, (tail, 1 - tail))
        return cls(float(each.mean()), float(ends[0]), float(ends[1]), each.size)

    def minus(self, other: Error) -> Error:
        """The difference of two errors from different examples.

        The interval joins those of both as R. G. Newcombe does, "Interval estimation for the
        difference between independent proportions", Statistics in Medicine 17 (1998), method 10.
        """
        value = self.value - other.value
        below = sqrt((self.value - self.low) ** 2 + (other.high - other.value) ** 2)
        above = sqrt((self.high - self.value) ** 2 + (other.value - other.low) ** 2)
        return Error(value, value - below, value + above, min(self.count, other.count))

    def shifted(self, by: float) -> Error:
        """The error measured from another zero."""
        return Error(self.value - by, self.low - by, self.high - by, self.count)
