"""The compiled inside of joints: where a piece fits best, and the turn of its partials."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["best_place", "turn"]

_CENTRED = 1e-3  # what a piece at the edge of its reach has to fit better by; settles silence
_NOTHING = 1e-18  # product of two spectra that has no phase


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
    power = np.zeros(bins + 4, np.float32)  # two on either side that are no peaks
    for channel in range(channels):
        for b in range(bins):
            value = new[channel, b]
            power[b + 2] += value.real * value.real + value.imag * value.imag
    peaks, count = np.zeros(bins, np.int64), 0
    for b in range(bins):
        here = power[b + 2]
        if here > max(power[b], power[b + 1]) and here >= max(power[b + 3], power[b + 4]):
            peaks[count] = b
            count += 1
    begin = 0
    for number in range(count):
        peak, end = peaks[number], bins
        if number + 1 < count:  # half way to the next one
            end = (peak + peaks[number + 1]) // 2 + 1
        angle = np.complex64(0)
        for channel in range(channels):
            angle += old[channel, peak] * np.conj(new[channel, peak])
        angle *= turns[peak]
        size = math.sqrt(angle.real * angle.real + angle.imag * angle.imag)
        angle = angle * np.float32(1 / size) if size > _NOTHING else turns[peak]
        for b in range(begin, end):
            turns[b] = angle
            for channel in range(channels):
                new[channel, b] *= angle
        begin = end
