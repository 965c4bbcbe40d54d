"""Color matrices on 8-bit pixels, in 16-bit lanes.

Pixels are not taken apart: a color of the result is a weighted sum of values up to two places
before and behind it, with weights that repeat from pixel to pixel and are 0 where that is another
pixel. So there is nothing to shuffle, whatever the number of channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["in_16_bits", "matrix_bytes"]

_FAR = 2  # places between red and blue
_TAPS = 2 * _FAR + 1
_PATTERNS = 16  # are done at once


def in_16_bits(rows: Sequence[Sequence[float]], channels: int) -> NDArray[np.int16] | None:
    """Per channel, the weights of the values from two before to two behind it, and an offset.

    None if they do not fit: coefficients below 4 and sums below 8 times white leave room (NaN does
    not). A pixel enters as ``x * 2**7`` and a product keeps its high 16 bits, so with coefficients
    in units of 2**-13 sums have 4 bits after the point. Products round down, by half a unit on
    average: the offset makes up for it. Identities, inversions and permutations are exact, and so
    is gray where a row sums to 1.
    """
    made: list[int] = []
    for c, (red, green, blue, offset) in enumerate(rows):
        x, y, z = abs(red), abs(green), abs(blue)
        if not (max(x, y, z) < 3.99 and x + y + z + abs(offset) < 7.9):
            return None
        i, j, k = round(red * 8192.0), round(green * 8192.0), round(blue * 8192.0)
        rest = round((red + green + blue) * 8192.0) - i - j - k
        if rest:  # to the largest, so that their sum is right
            if x >= y and x >= z:
                i += rest
            elif y >= z:
                j += rest
            else:
                k += rest
        made += [0] * (_FAR - c)
        made += i, j, k
        made += [0] * c
        made.append(round(offset * 255.0 * 16.0) + 8 + 3 // 2)
    # As it is: x * 2**7 * 2**13 / 2**16 has 4 bits after the point.
    made += [0, 0, 8192, 0, 0, 8] * (channels - 3)
    return np.array(made, np.int16).reshape(channels, _TAPS + 1)


@kernel
def matrix_bytes(
    source: NDArray[np.uint8], fixed: NDArray[np.int16], target: NDArray[np.uint8]
) -> None:
    """Apply a matrix, as `in_16_bits` makes it, to interleaved channels."""
    channels = fixed.shape[0]
    # As many pixels as fill whole vectors: the weights of each place and the offset lie interleaved
    # as the pixels do.
    pattern = channels * LANES
    block = _PATTERNS * pattern
    work = new_words((_TAPS + 1) * pattern + LANES + block + LANES + block)
    for k in range(_TAPS + 1):
        for at in range(pattern):
            work[k * pattern + at] = fixed[at % channels, k]
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
        turn = 0
        for at in range(0, size, LANES):
            place, weight = middle + 2 * (at - _FAR), weights + 2 * turn
            total = load_words(weight + 2 * _TAPS * pattern)
            for k in range(_TAPS):
                product = high_product(load_words(place + 2 * k), load_words(weight))
                total = add(total, product)
                weight += 2 * pattern
            store_bytes(clamped(shift_right_signed(total, 4)), write + at)
            turn = turn + LANES if turn + LANES < pattern else 0
        if size < block:
            copy_bytes(spare, address(target) + start, size)
