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

__all__ = ["turned"]

_NOTHING = 1e-18  # product of two spectra that has no phase


@kernel
def turned(
    spectra: NDArray[np.complex64],
    before: NDArray[np.complex64],
    last: NDArray[np.complex64],
    turns: NDArray[np.complex64],
) -> NDArray[np.complex64]:
    """Spectra with their partials turned, so that each goes on from the one before it.

    Args:
        spectra: (frames, channels, bins).
        before: what the spectrum before each would be, if that one went on from it as it is.
        last: (channels, bins) before the first one, as it was before it was turned itself.
        turns: (bins,) by what that was turned; then by what the last one is. Of length 1.
    """
    frames, channels, bins = spectra.shape
    made = np.empty((frames, channels, bins), np.complex64)
    peaks = np.zeros(bins, np.int64)
    power = np.zeros(bins + 4, np.float32)  # two on either side that are no peaks
    for frame in range(frames):
        for b in range(bins):
            power[b + 2] = 0.0
            for channel in range(channels):
                value = spectra[frame, channel, b]
                power[b + 2] += value.real * value.real + value.imag * value.imag
                made[frame, channel, b] = value
        count = 0
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
                old = spectra[frame - 1, channel, peak] if frame else last[channel, peak]
                angle += old * np.conj(before[frame, channel, peak])
            angle *= turns[peak]
            size = math.sqrt(angle.real * angle.real + angle.imag * angle.imag)
            angle = angle * np.float32(1 / size) if size > _NOTHING else turns[peak]
            for b in range(begin, end):
                turns[b] = angle
                for channel in range(channels):
                    made[frame, channel, b] *= angle
            begin = end
    return made
