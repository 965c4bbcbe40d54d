"""Philox4x64-10, compiled: the first block of many streams in one call.

Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Equal, word for word, to what
NumPy's generator gives for the same key and counter; here a whole pipeline, or a whole batch, is
drawn in a microsecond or two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["first_blocks", "random_orders", "words_of_many", "words_of_one"]

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
def _block(
    k0: np.uint64, k1: np.uint64, c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """The four words of one counter under one key."""
    for _ in range(10):
        high0, low0 = _high(_M0, c0), _M0 * c0
        high1, low1 = _high(_M1, c2), _M1 * c2
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 += _W0
        k1 += _W1
    return c0, c1, c2, c3


@kernel
def first_blocks(keys: NDArray[np.uint64], addresses: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Block 1, application 0 of every key at every address (A, 2): words (K, 4 A).

    ``keys`` are two words each, one after the other.
    """
    words = np.empty((keys.size // 2, 4 * addresses.shape[0]), np.uint64)
    for row in range(words.shape[0]):
        for column in range(addresses.shape[0]):
            place = 4 * column
            w0, w1, w2, w3 = _block(
                keys[2 * row],
                keys[2 * row + 1],
                np.uint64(1),
                np.uint64(0),
                addresses[column, 1],
                addresses[column, 0],
            )
            words[row, place], words[row, place + 1] = w0, w1
            words[row, place + 2], words[row, place + 3] = w2, w3
    return words


@kernel
def words_of_one(low: int, high: int, fields: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The first words of one key, two words as signed numbers; see `words_of_many`."""
    words = np.empty(np.int64(fields[:, 2].sum()), np.uint64)
    _fill(np.uint64(low), np.uint64(high), fields, words)
    return words


@kernel
def words_of_many(keys: NDArray[np.uint64], fields: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The first words, application 0, of every key in each of the ``fields``, one field after the
    other: words (K, sum of the counts).

    ``keys`` are two words each, one after the other; ``fields`` (F, 3) are an address and a count.
    """
    words = np.empty((keys.size // 2, np.int64(fields[:, 2].sum())), np.uint64)
    for row in range(words.shape[0]):
        _fill(keys[2 * row], keys[2 * row + 1], fields, words[row])
    return words


@kernel
def _fill(
    low: np.uint64, high: np.uint64, fields: NDArray[np.uint64], words: NDArray[np.uint64]
) -> None:
    at = 0
    for field in range(fields.shape[0]):
        count = np.int64(fields[field, 2])
        for start in range(0, count, 4):
            block = np.uint64(1 + start // 4)
            made = _block(low, high, block, np.uint64(0), fields[field, 1], fields[field, 0])
            left = count - start
            for word in range(4 if left > 4 else left):
                words[at] = made[word]
                at += 1


@kernel
def random_orders(
    keys: NDArray[np.uint64],
    address: NDArray[np.uint64],
    sizes: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The first ``wanted`` of the numbers below ``sizes`` in random order, for every key
    (two words each, one after the other).

    Fisher-Yates with the words of application 0 at ``address``, in order; one after the other.
    """
    made = np.empty(wanted.sum(), np.int64)
    order = np.empty(max(sizes.max(), 1), np.int64)
    filled = 0
    for row in range(sizes.shape[0]):
        size = sizes[row]
        if wanted[row] > 0:
            for position in range(size):
                order[position] = position
        words = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
        for position in range(wanted[row]):
            turn = position & 3
            if turn == 0:
                words = _block(
                    keys[2 * row],
                    keys[2 * row + 1],
                    np.uint64(1 + position // 4),
                    np.uint64(0),
                    address[1],
                    address[0],
                )
            chosen = position + np.int64(_high(words[turn], np.uint64(size - position)))
            made[filled] = order[chosen]
            order[chosen] = order[position]
            filled += 1
    return made
