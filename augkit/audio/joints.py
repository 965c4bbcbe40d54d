"""Where a piece fits best, compiled."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["best_place"]

_CENTRED = 1e-3  # what a piece at the edge of its reach has to fit better by; settles silence


@kernel
def best_place(
    sound: NDArray[np.float32], wanted: NDArray[np.float32], lags: int, offset: float, reach: float
) -> int:
    """The lag at which ``sound`` is most like ``wanted``: by normalized correlation.

    Args:
        sound: at least as many samples as ``wanted``, and ``lags - 1`` more.
        wanted: what is looked for.
        lags: how many are tried.
        offset: of the first lag from the one that is best where all fit as well; in samples.
        reach: the offset from which a lag has to fit better by a thousandth.

    Returns:
        The lag; -1 where all is silent.
    """
    count = wanted.size
    alike = np.zeros(lags, np.float32)
    for i in range(count):
        value = wanted[i]
        for lag in range(lags):
            alike[lag] += value * sound[i + lag]
    power = level = 0.0
    for i in range(count):
        power += sound[i] * sound[i]
        level += wanted[i] * wanted[i]
    level = _CENTRED * math.sqrt(level)
    powers = np.empty(lags)
    powers[0] = most = power
    for lag in range(1, lags):
        come, gone = np.float64(sound[lag + count - 1]), np.float64(sound[lag - 1])
        power += come * come - gone * gone
        powers[lag] = power
        most = max(most, power)
    best, highest = -1, -math.inf
    if most > 0.0:
        for lag in range(lags):
            away = (lag + offset) / reach
            fit = alike[lag] / math.sqrt(max(powers[lag], 0.0) + 1e-3 * most)
            fit -= level * away * away
            if fit > highest:
                best, highest = lag, fit
    return best
