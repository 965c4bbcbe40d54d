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
    made = np.zeros_like(spectra)  # what is silent stays so
    _turn(_parts(spectra), _parts(before), _parts(last), _parts(turns), _parts(made))
    return made


def _parts(values: NDArray[np.complex64]) -> NDArray[np.float32]:
    """Real and imaginary parts, along a last axis: complex numbers take numba longer to compile."""
    return values.view(np.float32).reshape(*values.shape, 2)


@kernel
def _turn(
    spectra: NDArray[np.float32],
    before: NDArray[np.float32],
    last: NDArray[np.float32],
    turns: NDArray[np.float32],
    made: NDArray[np.float32],
) -> None:
    frames, channels, bins, _ = spectra.shape
    peaks = np.zeros(bins, np.int64)
    power = np.zeros(bins + 4, np.float32)  # two on either side that are no peaks
    for frame in range(frames):
        for b in range(bins):
            power[b + 2] = 0.0
            for channel in range(channels):
                re, im = spectra[frame, channel, b, 0], spectra[frame, channel, b, 1]
                power[b + 2] += re * re + im * im
        count = 0
        for b in range(bins):
            here = power[b + 2]
            past = here > power[b] and here > power[b + 1]
            if past and here >= power[b + 3] and here >= power[b + 4]:
                peaks[count] = b
                count += 1
        begin = 0
        for number in range(count):
            peak, end = peaks[number], bins
            if number + 1 < count:  # half way to the next one
                end = (peak + peaks[number + 1]) // 2 + 1
            along = across = 0.0
            for channel in range(channels):
                if frame:
                    re = spectra[frame - 1, channel, peak, 0]
                    im = spectra[frame - 1, channel, peak, 1]
                else:
                    re, im = last[channel, peak, 0], last[channel, peak, 1]
                back, up = before[frame, channel, peak, 0], before[frame, channel, peak, 1]
                along += re * back + im * up
                across += im * back - re * up
            x, y = turns[peak, 0], turns[peak, 1]
            u, v = x * along - y * across, x * across + y * along
            size = math.sqrt(u * u + v * v)
            if size > _NOTHING:
                x, y = np.float32(u / size), np.float32(v / size)
            for b in range(begin, end):
                turns[b, 0], turns[b, 1] = x, y
                for channel in range(channels):
                    re, im = spectra[frame, channel, b, 0], spectra[frame, channel, b, 1]
                    made[frame, channel, b, 0] = re * x - im * y
                    made[frame, channel, b, 1] = re * y + im * x
            begin = end
