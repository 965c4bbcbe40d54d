"""Philox4x64-10, compiled: the first block of many streams in one call.

Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Equal, word for word, to what
NumPy's generator gives for the same key and counter; here a whole pipeline, or a whole batch, is
drawn in a microsecond or two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["first_blocks"]

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_M0 = np.uint64(0xD2E7470EE14C6C93)
_M1 = np.uint64(0xCA5A826395121157)
_W0 = np.uint64(0x9E3779B97F4A7C15)
_W1 = np.uint64(0xBB67AE8584CAA73B)


@kernel
def _high(a: np.uint64, b: np.uint64) -> np.uint64:
    """The high word of a 64 x 64-bit product."""
    a_low, a_high = a & _LOW, a >> _HALF
    b_low, b_high = b & _LOW, b >> _HALF
    cross = a_high * b_low + ((a_low * b_low) >> _HALF)
    middle = a_low * b_high + (cross & _LOW)
    return a_high * b_high + (cross >> _HALF) + (middle >> _HALF)


@kernel
def first_blocks(keys: NDArray[np.uint64], addresses: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Block 1, application 0 of every key at every address (A, 2): words (K, 4 A).

    ``keys`` are two words each, one after the other.
    """
    words = np.empty((keys.size // 2, 4 * addresses.shape[0]), np.uint64)
    for row in range(words.shape[0]):
        for column in range(addresses.shape[0]):
            c0, c1 = np.uint64(1), np.uint64(0)
            c2, c3 = addresses[column, 1], addresses[column, 0]
            k0, k1 = keys[2 * row], keys[2 * row + 1]
            for _ in range(10):
                high0, low0 = _high(_M0, c0), _M0 * c0
                high1, low1 = _high(_M1, c2), _M1 * c2
                c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
                k0 += _W0
                k1 += _W1
            place = 4 * column
            words[row, place], words[row, place + 1] = c0, c1
            words[row, place + 2], words[row, place + 3] = c2, c3
    return words
