"""The weights of a Gaussian blur."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["gaussian_half", "gaussian_kernel"]


def gaussian_kernel(sigma: float) -> NDArray[np.float64]:
    """Return a Gaussian of standard deviation ``sigma`` pixels, cut at 4 sigma, summing to 1.

    Examples
    --------
    >>> gaussian_kernel(0.5).round(3).tolist()
    [0.0, 0.106, 0.787, 0.106, 0.0]
    """
    half = gaussian_half(sigma)
    return np.array([*half[:0:-1], *half])


def gaussian_half(sigma: float) -> list[float]:
    """The weight in the middle of `gaussian_kernel`, and those of one side."""
    if not (sigma >= 0 and math.isfinite(sigma)):
        raise ValueError(f"sigma must be a finite number of pixels, at least 0; got {sigma!r}")
    radius = int(4.0 * sigma + 0.5)
    if radius == 0:
        return [1.0]
    # exp(-k**2 / (2 sigma**2)) one by one: each is the one before times an odd power of the first.
    factor = _exp_negative(0.5 / (sigma * sigma))
    weight, square, half = 1.0, factor * factor, [1.0]
    for _ in range(radius):
        weight *= factor
        half.append(weight)
        factor *= square
    total = math.fsum(half) + math.fsum(half[1:])
    return [weight / total for weight in half]


def _exp_negative(x: float) -> float:
    """Return exp(-x) from exact operations only: libraries differ in the last digit."""
    halvings = max(0, math.frexp(x)[1] + 4)  # no more than needed: each doubles the error
    y, series = x / 2.0**halvings, 1.0
    for k in range(12, 0, -1):
        series = 1.0 - y / k * series
    for _ in range(halvings):
        series *= series
    return series
