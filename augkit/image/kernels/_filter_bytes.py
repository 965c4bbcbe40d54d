"""Smoothing of 8-bit pixels: weights that are not negative and sum to 1, in 16-bit lanes.

Rows are widened to lines of 16 bits, 7 of them after the point, and kept in a ring of as many as the
filter is high. An output row is then a weighted sum of stretches of lines, a block of lanes at a
time, so the sums stay in registers. Each product rounds down, by half a unit on average, which
the starting value makes up for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._simd import (
    LANES,
    add,
    high_product_unsigned,
    load_bytes,
    load_words,
    new_words,
    shift_left,
    shift_right,
    splat,
    store_bytes,
    store_words,
)

__all__ = ["average_bytes", "smooth_bytes"]

_BLOCK = 4 * LANES  # values that one turn of the innermost loops makes


@kernel
def smooth_bytes(
    source: NDArray[np.uint8],
    channels: int,
    across: NDArray[np.uint16],
    down: NDArray[np.uint16],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: NDArray[np.uint8],
    target: NDArray[np.uint8],
) -> None:
    """Blur down, then across, by symmetric kernels: the middle weight, then one for each two sides.

    ``rows`` and ``columns`` say what lies beyond the edges, -1 for ``fill``; see `_border.outside`.
    Two neighbours share a weight and are added first: 2 * 255 * 2**7 fits.
    """
    length = source.shape[1]
    radius_across, radius_down = across.size - 1, down.size - 1
    count, wide = 2 * radius_down + 1, _whole(length, _BLOCK)
    ring, sums = new_words(count * wide), new_words(wide)
    beyond, middle, size = _beyond(columns, length, channels)
    line = new_words(size)
    for c in range(channels):
        line[size - channels + c] = np.int16(fill[c]) << 7
    above, below = np.empty(radius_down, np.intp), np.empty(radius_down, np.intp)
    left, right = np.empty(radius_across, np.intp), np.empty(radius_across, np.intp)
    inside = address(line) + 2 * middle
    for k in range(radius_across):
        left[k] = inside - 2 * (k + 1) * channels
        right[k] = inside + 2 * (k + 1) * channels
    for n in range(rows.size):
        row = source[rows[n]] if rows[n] >= 0 else fill
        begin = n % count * wide
        _widen(row, ring[begin : begin + wide])
        y = n - 2 * radius_down
        if y < 0:
            continue
        first = address(ring)
        for k in range(radius_down):
            above[k] = first + 2 * wide * ((y + radius_down - 1 - k) % count)
            below[k] = first + 2 * wide * ((y + radius_down + 1 + k) % count)
        centre = first + 2 * wide * ((y + radius_down) % count)
        _weigh_pairs(centre, above, below, down, length, inside)
        _fill_ends(line, middle, length, beyond)
        _weigh_pairs(inside, left, right, across, length, address(sums))
        _narrow(sums, target[y])


@kernel
def average_bytes(
    source: NDArray[np.uint8],
    channels: int,
    dy: NDArray[np.int64],
    dx: NDArray[np.int64],
    weights: NDArray[np.uint16],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: NDArray[np.uint8],
    target: NDArray[np.uint8],
) -> None:
    """Sum the taps of any smoothing kernel; (dy, dx) count from its upper left corner."""
    height, length = source.shape
    beyond, middle, size = _beyond(columns, length, channels)
    stride = _whole(size, LANES)
    count, corner = rows.size - height + 1, middle - beyond.size // 2
    ring, sums = new_words(count * stride), new_words(_whole(length, _BLOCK))
    taps = np.empty(dy.size, np.intp)
    for n in range(rows.size):
        begin = n % count * stride
        line = ring[begin : begin + size]
        row = source[rows[n]] if rows[n] >= 0 else fill
        _widen(row, line[middle:])
        for c in range(channels):
            line[size - channels + c] = np.int16(fill[c]) << 7
        _fill_ends(line, middle, length, beyond)
        y = n - count + 1
        if y < 0:
            continue
        for k in range(taps.size):
            begin = (y + dy[k]) % count * stride
            taps[k] = address(ring) + 2 * (begin + corner + channels * dx[k])
        for at in range(0, 2 * length, 2 * _BLOCK):
            a = b = e = d = splat(taps.size // 2)
            for k in range(taps.size):
                weight, place = splat(weights[k]), taps[k] + at
                a = add(a, high_product_unsigned(load_words(place), weight))
                b = add(b, high_product_unsigned(load_words(place + 2 * LANES), weight))
                e = add(e, high_product_unsigned(load_words(place + 4 * LANES), weight))
                d = add(d, high_product_unsigned(load_words(place + 6 * LANES), weight))
            to = address(sums) + at
            store_words(a, to)
            store_words(b, to + 2 * LANES)
            store_words(e, to + 4 * LANES)
            store_words(d, to + 6 * LANES)
        _narrow(sums, target[y])


@kernel
def _whole(length: int, step: int) -> int:
    """The next multiple of ``step``."""
    return (length + step - 1) // step * step


@kernel
def _beyond(
    columns: NDArray[np.int64], length: int, channels: int
) -> tuple[NDArray[np.int64], int, int]:
    """How a line is laid out: one end, the row, as much as makes whole blocks, the other end, fill.

    Returns which place of the line each of those beyond the ends repeats, first left, then right;
    the place where the row begins, a multiple of lanes; and the line's size.
    """
    around = columns.size - length // channels
    margin = around // 2 * channels
    middle = _whole(margin, LANES)
    size = middle + _whole(length, _BLOCK) + margin + channels
    beyond = np.empty(around * channels, np.int64)
    for j in range(around):
        column = columns[j if 2 * j < around else columns.size - around + j]
        for c in range(channels):
            place = middle + column * channels + c
            beyond[j * channels + c] = place if column >= 0 else size - channels + c
    return beyond, middle, size


@kernel
def _fill_ends(
    line: NDArray[np.int16], middle: int, length: int, beyond: NDArray[np.int64]
) -> None:
    margin = beyond.size // 2
    for j in range(margin):
        line[middle - margin + j] = line[beyond[j]]
        line[middle + length + j] = line[beyond[margin + j]]


@kernel
def _widen(row: NDArray[np.uint8], line: NDArray[np.int16]) -> None:
    """A row of bytes as words with 7 bits after the point."""
    done = row.size // LANES * LANES
    for at in range(0, done, LANES):
        store_words(shift_left(load_bytes(address(row) + at), 7), address(line) + 2 * at)
    for at in range(done, row.size):
        line[at] = np.int16(row[at]) << 7


@kernel
def _weigh_pairs(
    middle: int,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    weights: NDArray[np.uint16],
    length: int,
    target: int,
) -> None:
    """Whole blocks of words: the middle by the first weight, sums of pairs by one each."""
    for at in range(0, 2 * length, 2 * _BLOCK):
        place, to = middle + at, target + at
        a, b = load_words(place), load_words(place + 2 * LANES)
        c, d = load_words(place + 4 * LANES), load_words(place + 6 * LANES)
        if first.size > 0:  # else all of the weight is in the middle
            weight, bias = splat(weights[0]), splat(weights.size // 2)
            a = add(high_product_unsigned(a, weight), bias)
            b = add(high_product_unsigned(b, weight), bias)
            c = add(high_product_unsigned(c, weight), bias)
            d = add(high_product_unsigned(d, weight), bias)
        for k in range(first.size):
            weight, one, other = splat(weights[k + 1]), first[k] + at, second[k] + at
            pair = add(load_words(one), load_words(other))
            a = add(a, high_product_unsigned(pair, weight))
            pair = add(load_words(one + 2 * LANES), load_words(other + 2 * LANES))
            b = add(b, high_product_unsigned(pair, weight))
            pair = add(load_words(one + 4 * LANES), load_words(other + 4 * LANES))
            c = add(c, high_product_unsigned(pair, weight))
            pair = add(load_words(one + 6 * LANES), load_words(other + 6 * LANES))
            d = add(d, high_product_unsigned(pair, weight))
        store_words(a, to)
        store_words(b, to + 2 * LANES)
        store_words(c, to + 4 * LANES)
        store_words(d, to + 6 * LANES)


@kernel
def _narrow(line: NDArray[np.int16], row: NDArray[np.uint8]) -> None:
    """The row of bytes again, rounded."""
    done = row.size // LANES * LANES
    for at in range(0, done, LANES):
        rounded = shift_right(add(load_words(address(line) + 2 * at), splat(64)), 7)
        store_bytes(rounded, address(row) + at)
    for at in range(done, row.size):
        row[at] = (line[at] + 64) >> 7
