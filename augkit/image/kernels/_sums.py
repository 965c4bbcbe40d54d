"""Sums of 8-bit values by channel, in 16-bit lanes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._simd import LANES, add, load_bytes, new_words, splat, store_words

__all__ = ["sums_of_bytes"]

_TURNS = 256  # of at most 255 each: less than 2**16


@kernel
def sums_of_bytes(source: NDArray[np.uint8], totals: NDArray[np.int64]) -> None:
    """Add up interleaved channels, as many as there are totals."""
    channels = totals.size
    for c in range(channels):
        totals[c] = 0
    # As many lanes as make whole pixels: a lane then stands for one channel.
    pattern = channels * LANES
    sums = new_words(pattern)
    start = 0
    while start + pattern <= source.size:
        turns = min((source.size - start) // pattern, _TURNS)
        for lane in range(0, pattern, LANES):
            read = address(source) + start + lane
            total = splat(0)
            for turn in range(turns):
                total = add(total, load_bytes(read + turn * pattern))
            store_words(total, address(sums) + 2 * lane)
        for lane in range(0, pattern, channels):
            for c in range(channels):
                totals[c] += sums[lane + c] & 0xFFFF
        start += turns * pattern
    for at in range(start, source.size, channels):
        for c in range(channels):
            totals[c] += source[at + c]
