"""Spectra turned into the phases of others, compiled: identity phase locking.

Laroche and Dolson, "Improved phase vocoder time-scale modification of audio", IEEE Transactions on
Speech and Audio Processing 7 (1999). Every peak of a spectrum keeps its frequency, and the bins
around it are turned by the same angle as the peak. An angle is never taken: the turn of a peak is a
product of spectra, brought to length 1. All channels are turned alike, so whatever is between them
stays.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["turn", "turn_frames"]

_NOTHING = 1e-18  # product of two spectra that has no phase


@kernel
def turn(
    new: NDArray[np.complex64],
    old: NDArray[np.complex64],
    before: NDArray[np.complex64],
    turns: NDArray[np.complex64],
) -> None:
    """Turn the partials of a spectrum into the phases in which another one plays on.

    Args:
        new: (channels, bins), turned in place.
        old: of what plays on; as it was before it was turned itself.
        before: what ``old`` would be if ``new`` went on from it as it is.
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
            angle += old[channel, peak] * np.conj(before[channel, peak])
        angle *= turns[peak]
        size = math.sqrt(angle.real * angle.real + angle.imag * angle.imag)
        angle = angle * np.float32(1 / size) if size > _NOTHING else turns[peak]
        for b in range(begin, end):
            turns[b] = angle
            for channel in range(channels):
                new[channel, b] *= angle
        begin = end


@kernel
def turn_frames(
    spectra: NDArray[np.complex64],
    before: NDArray[np.complex64],
    last: NDArray[np.complex64],
    turns: NDArray[np.complex64],
) -> None:
    """Turn spectra (frames, channels, bins) one after the other, in place.

    Args:
        spectra, before: of each frame, and of the source one hop before it.
        last: (channels, bins) of the frame before the first one; then of the last one, not turned.
        turns: (bins,) by what that was turned; then the last one.
    """
    for frame in range(len(spectra)):
        raw = spectra[frame].copy()
        turn(spectra[frame], last, before[frame], turns)
        last[:] = raw
