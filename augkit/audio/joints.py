"""The compiled inside of joints: where a piece fits best, and the turn of its partials."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["best_place", "turn"]

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
    for i in range(count // 4 * 4, count):
        for lag in range(lags):
            alike[lag] += wanted[i] * sound[i + lag]
    for i in range(
        0, count // 4 * 4, 4
    ):  # four at a time: a sum is fetched and stored once for all
        w0, w1, w2, w3 = wanted[i], wanted[i + 1], wanted[i + 2], wanted[i + 3]
        row = sound[i : i + lags + 3]
        for lag in range(lags):
            alike[lag] += (w0 * row[lag] + w1 * row[lag + 1]) + (
                w2 * row[lag + 2] + w3 * row[lag + 3]
            )
    power = 0.0
    for i in range(count):
        power += sound[i] * sound[i]
    powers = np.empty(lags)
    most = 0.0
    for lag in range(lags):
        powers[lag] = power
        most = max(most, power)
        if lag + 1 < lags:
            gone, come = np.float64(sound[lag]), np.float64(sound[lag + count])
            power += come * come - gone * gone
    if most <= 0.0:
        return -1
    level = 0.0
    for i in range(count):
        level += wanted[i] * wanted[i]
    level = math.sqrt(level)
    best, highest = 0, -math.inf
    for lag in range(lags):
        away = (lag + offset) / reach
        fit = alike[lag] / math.sqrt(max(powers[lag], 0.0) + 1e-3 * most)
        fit -= _CENTRED * level * away * away
        if fit > highest:
            best, highest = lag, fit
    return best


@kernel
def turn(
    new: NDArray[np.complex64], old: NDArray[np.complex64], turns: NDArray[np.complex64]
) -> None:
    """Turn the partials of a spectrum into the phases of another one.

    Every peak turns, with the bins around it, as far as the other one has turned and what is
    between the two: the identity phase locking of the phase vocoder. All channels turn alike.

    Args:
        new: (channels, bins), turned in place.
        old: of what it is to fit; as it was before it was turned itself.
        turns: (bins,) by what ``old`` has been turned, and then ``new``: of length 1.
    """
    channels, bins = new.shape
    power = np.zeros(bins, np.float32)
    for channel in range(channels):
        for k in range(bins):
            value = new[channel, k]
            power[k] += value.real * value.real + value.imag * value.imag
    begin, peak = 0, -1
    for k in range(bins + 1):
        if k < bins:
            here = power[k]
            if (
                (k > 0 and power[k - 1] >= here)
                or (k > 1 and power[k - 2] >= here)
                or (k + 1 < bins and power[k + 1] > here)
                or (k + 2 < bins and power[k + 2] > here)
            ):
                continue
        if peak >= 0:  # the peak before reaches half way to this one
            end = (peak + k) // 2 + 1 if k < bins else bins
            between = np.complex64(0)
            for channel in range(channels):
                between += old[channel, peak] * new[channel, peak].conjugate()
            between *= turns[peak]
            size = math.sqrt(between.real * between.real + between.imag * between.imag)
            between = between * np.float32(1 / size) if size > 1e-18 else turns[peak]
            for i in range(begin, end):
                turns[i] = between
                for channel in range(channels):
                    new[channel, i] *= between
            begin = end
        peak = k
