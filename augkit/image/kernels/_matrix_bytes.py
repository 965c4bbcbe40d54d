"""Color matrices on 8-bit pixels, in 16-bit lanes.

Pixels are not taken apart: a color of the result is a weighted sum of values up to two places
before and behind it, with weights that repeat from pixel to pixel and are 0 where that is another
pixel. So there is nothing to shuffle, whatever the number of channels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._lanes_copy import copy_bytes
from augkit.image.kernels._simd import (
    LANES,
    add,
    clamped,
    high_product,
    load_bytes,
    load_words,
    new_words,
    shift_left,
    shift_right_signed,
    store_bytes,
    store_words,
)

__all__ = ["WEIGHTS", "apply_weights", "in_16_bits"]

_FAR = 2  # places between red and blue
_TAPS = 2 * _FAR + 1
WEIGHTS = _TAPS + 1
"""The weights of a channel, and its offset."""
_PATTERNS = 16  # are done at once


@kernel
def in_16_bits(rows: NDArray[np.float64], fixed: NDArray[np.int16]) -> bool:
    """Fill in, per channel, the weights of the values from two before to two behind it, and an offset.

    ``rows`` (12,) are red, green, blue and offset of each color. False if they do not fit:
    coefficients below 4 and sums below 8 times white leave room (NaN does not). A pixel enters as
    ``x * 2**7`` and a product keeps its high 16 bits, so with coefficients in units of 2**-13 sums
    have 4 bits after the point. Products round down, by half a unit on average: the offset makes up
    for it. Identities, inversions and permutations are exact, and so is gray where a row sums to 1.
    """
    for c in range(fixed.shape[0]):
        for k in range(_TAPS + 1):
            fixed[c, k] = 0
        if c >= 3:  # as it is: x * 2**7 * 2**13 / 2**16 has 4 bits after the point
            fixed[c, _FAR], fixed[c, _TAPS] = 8192, 8
            continue
        red, green, blue, offset = rows[4 * c], rows[4 * c + 1], rows[4 * c + 2], rows[4 * c + 3]
        x, y, z = abs(red), abs(green), abs(blue)
        if not (x < 3.99 and y < 3.99 and z < 3.99 and x + y + z + abs(offset) < 7.9):
            return False
        first = _FAR - c
        fixed[c, first] = np.rint(red * 8192.0)
        fixed[c, first + 1] = np.rint(green * 8192.0)
        fixed[c, first + 2] = np.rint(blue * 8192.0)
        rest = np.int64(np.rint((red + green + blue) * 8192.0))
        rest -= fixed[c, first] + fixed[c, first + 1] + fixed[c, first + 2]
        # What is missing goes to the largest, so that their sum is right.
        fixed[c, first + (0 if x >= y and x >= z else 1 if y >= z else 2)] += rest
        fixed[c, _TAPS] = np.rint(offset * 255.0 * 16.0) + 8 + 3 // 2
    return True


@kernel
def apply_weights(
    source: NDArray[np.uint8], fixed: NDArray[np.int16], target: NDArray[np.uint8]
) -> None:
    """Apply what `in_16_bits` made to interleaved channels; arrays of any shape."""
    channels = fixed.shape[0]
    # As many pixels as fill whole vectors: the weights of each place and the offset lie interleaved
    # as the pixels do.
    pattern = channels * LANES
    block = _PATTERNS * pattern
    work = new_words((_TAPS + 1) * pattern + LANES + block + LANES + block)
    for k in range(_TAPS + 1):
        for pixel in range(LANES):
            for c in range(channels):
                work[k * pattern + pixel * channels + c] = fixed[c, k]
    for start in range(0, source.size, block):
        # A block is widened first. What lies before and behind it has no weight.
        weights = address(work)
        middle = weights + 2 * ((_TAPS + 1) * pattern + LANES)
        spare = middle + 2 * (block + LANES)
        size = min(block, source.size - start)
        read, write = address(source) + start, address(target) + start
        if size < block:
            copy_bytes(read, spare, size)
            read = write = spare
        for at in range(0, size, LANES):
            store_words(shift_left(load_bytes(read + at), 7), middle + 2 * at)
        # The weights of a place in the pattern stay in registers for all places alike of the block.
        for turn in range(0, min(pattern, size), LANES):
            weight = weights + 2 * turn
            first, second = load_words(weight), load_words(weight + 2 * pattern)
            third, fourth = load_words(weight + 4 * pattern), load_words(weight + 6 * pattern)
            fifth, offset = load_words(weight + 8 * pattern), load_words(weight + 10 * pattern)
            for at in range(turn, size, pattern):
                place = middle + 2 * (at - _FAR)
                total = add(offset, high_product(load_words(place), first))
                total = add(total, high_product(load_words(place + 2), second))
                total = add(total, high_product(load_words(place + 4), third))
                total = add(total, high_product(load_words(place + 6), fourth))
                total = add(total, high_product(load_words(place + 8), fifth))
                store_bytes(clamped(shift_right_signed(total, 4)), write + at)
        if size < block:
            copy_bytes(spare, address(target) + start, size)
