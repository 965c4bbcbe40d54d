"""The compiled loops of `augkit.audio.scans`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["backwards", "largest", "silence"]

Samples = NDArray[np.float32]


@kernel
def largest(samples: Samples) -> np.float32:
    """The largest magnitude."""
    # Without their sign, floats are in the order of their bits, and NaN is above all.
    found = np.int32(0)
    for i in range(samples.shape[0]):
        bits = np.float32(samples[i]).view(np.int32)
        found = max(found, np.int32(bits & 0x7FFFFFFF))
    return np.int32(found).view(np.float32)


@kernel
def backwards(source: Samples, target: Samples) -> None:
    """Copy the last sample first."""
    # Unsigned, as an index below zero would mean one from the end: then there is no vector code.
    last = np.uint64(source.shape[0]) - np.uint64(1)
    for i in range(np.uint64(source.shape[0])):
        target[i] = source[last - i]


@kernel
def silence(audio: Samples, start: int, end: int, ramp: Samples) -> None:
    """In place: nothing is left within [start, end), between a fall and a rise along ``ramp``."""
    channels, length = audio.shape
    fade = ramp.shape[0]
    first = min(max(start + fade, 0), length)
    stop = min(max(end - fade, 0), length)
    for channel in range(channels):
        audio[channel, first:stop] = 0.0  # not a product: NaN times nothing would be NaN
        for k in range(fade):
            falling, rising = start + k, end - fade + k
            if 0 <= falling < length:
                audio[channel, falling] *= ramp[fade - 1 - k]
            if 0 <= rising < length:
                audio[channel, rising] *= ramp[k]
