"""Sampling 8-bit pixels of one to four channels: all integer, vectorised, the fast path of warps.

Per block of a row: where the pixels look (fixed point), then addresses and weights (a loop that
compilers vectorise), then the blending (one vector step per pixel). Pixels at the source's edge
have their taps collected in a little patch first, and then go through the same step.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import (
    address,
    aim_2x2,
    blend_2x2,
    blend_4x4,
    blend_4x4_signed,
    blend_four,
    blend_words,
    collect_2x2,
    load_int32,
)
from augkit.image.kernels._lanes_copy import copy_bytes, copy_pixel
from augkit.image.kernels._locate import (
    BLOCK,
    LOST,
    Positions,
    bordered,
    even,
    locate,
    within,
)
from augkit.image.kernels._phases import PHASES

__all__ = ["room", "sample_2x2", "sample_4x4"]

Bytes = NDArray[np.uint8]


class Room(NamedTuple):
    """Scratch arrays for a block of a row (made outside of kernels: it compiles faster).

    Few arrays, as each costs a tenth of a microsecond per call.
    """

    whole: NDArray[np.int32]
    fractions: NDArray[np.uint32]
    weights: NDArray[np.uint32]
    steps: NDArray[np.int64]
    patch: Bytes


class _Rooms(threading.local):
    """One room per thread: no kernel leaves anything in it for the next."""

    def __init__(self) -> None:
        self.room = Room(
            np.empty((5, BLOCK), np.int32),
            np.empty((2, BLOCK), np.uint32),
            np.empty((2, BLOCK), np.uint32),
            np.empty((2, 16), np.int64),
            np.zeros(96, np.uint8),
        )


_rooms = _Rooms()


def room() -> Room:
    """The scratch arrays of this thread."""
    return _rooms.room


_EDGE, _OUTSIDE = np.int32(-1), np.int32(-2)
_HALF = -0.5 + 2.0**-15  # from edge coordinates to pixel centres, and half a step of the weights


@kernel
def _aim(
    x: Positions,
    y: Positions,
    count: int,
    shape: tuple[int, int, int],
    taps: int,
    border: int,
    offsets: NDArray[np.int32],
    reads: NDArray[np.int32],
) -> int:
    """Where the first of a pixel's ``taps`` x ``taps`` pixels lies in the source, in bytes.

    Or whether some of them (_EDGE) or all (_OUTSIDE) lie beyond its border; returns how many do.
    ``reads`` are places that may be read for all of them.
    """
    height, width, channels = np.int32(shape[0]), np.int32(shape[1]), np.int32(shape[2])
    before = np.int32(max(taps // 2 - 1, 0))
    stride = np.int32(width * channels)
    columns = np.uint32(max(int(width) - taps + 1, 0))
    rows = np.uint32(max(int(height) - taps + 1, 0))
    # What is blended is read as 16 bytes, but never beyond the end of the image.
    last = np.int32(height * stride)
    if channels > 1 and taps > 1:
        last = np.int32(last - (taps - 1) * stride - 16)
    low, right, bottom = np.int32(-taps), width, height
    if border != 0:
        low, right, bottom = np.int32(LOST), np.int32(2147483647), np.int32(2147483647)
    whole_x, whole_y = x[0], y[0]
    beyond = 0
    for j in range(count):
        column, row = np.int32(whole_x[j] - before), np.int32(whole_y[j] - before)
        offset = np.int32(np.int32(row * stride) + np.int32(column * channels))
        inside = (np.uint32(column) < columns) & (np.uint32(row) < rows) & (offset <= last)
        seen = (column > low) & (column < right) & (row > low) & (row < bottom)
        offsets[j] = offset if inside else (_EDGE if seen else _OUTSIDE)
        reads[j] = offset if inside else np.int32(0)
        beyond += not inside
    return beyond


@kernel
def _weigh(x: Positions, y: Positions, count: int, weights: NDArray[np.uint32]) -> None:
    """Bilinear weights, two of 16 bits in a word, left and right: above, then below.

    All four add up to 2^14.
    """
    x_fraction, y_fraction = x[1], y[1]
    above, below = weights[0], weights[1]
    for j in range(count):
        u, v = x_fraction[j] >> np.uint32(18), y_fraction[j] >> np.uint32(18)
        both = np.uint32(np.uint32(u * v) + np.uint32(1 << 13)) >> np.uint32(14)
        right = np.uint32(u - both)
        left = np.uint32(np.uint32(1 << 14) - v - right)
        above[j] = left | (right << np.uint32(16))
        below[j] = np.uint32(v - both) | (both << np.uint32(16))


@kernel
def _inner(offsets: NDArray[np.int32], count: int) -> tuple[int, int]:
    """The [start, stop) between which all pixels lie that are inside."""
    start, stop = 0, count
    while start < stop and offsets[start] < 0:
        start += 1
    while start < stop and offsets[stop - 1] < 0:
        stop -= 1
    return start, stop


@kernel
def _gather(
    source: Bytes,
    column: int,
    row: int,
    taps: int,
    border: int,
    fill: int,
    patch: int,
    zeros: tuple[int, ...],
) -> None:
    """Collect the taps from (column, row) on as lines of 16 bytes; ``fill`` and ``patch`` are addresses."""
    height, width = source.shape[:2]
    for k in range(taps):
        at = bordered(column + k, width, border)
        for r in range(taps):
            line = bordered(row + r, height, border)
            pixel = fill
            if at >= 0 and line >= 0:
                pixel = address(source) + (line * width + at) * len(zeros)
            copy_pixel(pixel, patch + r * 16 + k * len(zeros), zeros)


@kernel
def _row_2x2(
    base: int,
    stride: int,
    reads: int,
    above: int,
    below: int,
    count: int,
    target: int,
    zeros: tuple[int, ...],
) -> None:
    """Blend pixels. Addresses only: the loop is nothing but the steps.

    Of three channels, the last pixel is stored as four bytes.
    """
    size = len(zeros)
    done = 0
    if size > 1:
        # Four pixels of three channels are stored as 16 bytes: over two more, which come later.
        done = (count if size != 3 else max(count - 2, 0)) // 4 * 4
        for j in range(0, done, 4):
            at, place = 4 * j, target + j * size
            blend_four(base, stride, reads + at, above + at, below + at, place, zeros)
    for j in range(done, count):
        at, place = 4 * j, target + j * size
        blend_2x2(base + int(load_int32(reads + at)), stride, above + at, below + at, place, zeros)


@kernel
def _row_2x2_gray(
    base: int,
    stride: int,
    reads: int,
    above: int,
    below: int,
    count: int,
    target: int,
    words: int,
) -> None:
    """As `_row_2x2` for single bytes: first collected, then blended eight at a time."""
    for at in range(0, 4 * count, 4):
        collect_2x2(base + int(load_int32(reads + at)), stride, words + at)
    whole = count // 8 * 8
    for j in range(0, whole, 8):
        blend_words(words + 4 * j, above + 4 * j, below + 4 * j, target + j)
    if whole < count:
        at = 4 * whole
        blend_words(words + at, above + at, below + at, words)
        copy_bytes(words, target + whole, count - whole)


@kernel
def _row_4x4(
    base: int,
    stride: int,
    offsets: int,
    phases: int,
    across: int,
    down: int,
    count: int,
    target: int,
    signed: tuple[int, ...],
    zeros: tuple[int, ...],
) -> None:
    for _ in range(count):
        offset = load_int32(offsets)
        if offset >= 0:
            phase = load_int32(phases)
            x_weights, y_weights = across + int(phase & 0xFFFF), down + int(phase >> 16)
            if len(signed) > 0:
                blend_4x4_signed(base + int(offset), stride, x_weights, y_weights, target, zeros)
            else:
                blend_4x4(base + int(offset), stride, x_weights, y_weights, target, zeros)
        offsets += 4
        phases += 4
        target += len(zeros)


@kernel
def _fill(target: int, count: int, fill: int, zeros: tuple[int, ...]) -> None:
    """Write the pixel at the address ``fill`` ``count`` times."""
    size = len(zeros)
    if count > 0:
        copy_pixel(fill, target, zeros)
    done = 1
    while done < count:
        more = min(done, count - done)
        copy_bytes(target, target + done * size, more * size)
        done += more


@kernel
def sample_2x2(
    source: Bytes,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    border: int,
    fill: Bytes,
    zeros: tuple[int, ...],
    room: Room,
    out: Bytes,
) -> None:
    """Bilinear sampling with weights of 1/2^14; ``zeros`` is a tuple of one zero per channel.

    A row has pixels whose four all lie inside ([low, high)), some of whose do, and such that see
    nothing of the source (before ``first`` and from ``last`` on). Where positions lie at equal
    steps, these are known beforehand.
    """
    x, y = (room.whole[0], room.fractions[0]), (room.whole[1], room.fractions[1])
    offsets, reads, words = room.whole[2], room.whole[3], address(room.whole[4])
    weights, patch, steps = room.weights, room.patch, room.steps
    above, below, edge = address(weights[0]), address(weights[1]), address(patch)
    channels = len(zeros)
    height, width = source.shape[:2]
    stride = int(width) * channels
    # Sixteen bytes are read for a pixel: beyond the image behind its last rows.
    spare = 1 if channels == 1 else 1 + -(-16 // stride)
    for i in range(out.shape[0]):
        begin, end = 0, out.shape[1]
        if spans.shape[0] > 0:
            begin, end = max(int(spans[i, 0]), 0), min(int(spans[i, 1]), end)
        # From the row's beginning, so that a part of it is what it is in the whole.
        equal, row_at = even(coordinates, matrix, i, 0, out.shape[1], _HALF, 32)
        for j in range(16):
            steps[0, j], steps[1, j] = row_at[1] * j, row_at[3] * j
        for start in range(begin, end, BLOCK):
            count = min(end - start, BLOCK)
            line = address(out) + int(i * out.shape[1] + start) * channels
            first, last = 0, count
            at = row_at[0] + row_at[1] * start, row_at[1], row_at[2] + row_at[3] * start, row_at[3]
            if equal:
                low, high = within(at, 32, count, 0, width - 1, height - spare)
                if border == 0 and high - low < count:
                    first, last = within(at, 32, count, -1, width, height)
                low, high = (low, high) if low < high else (last, last)
                for j in range(first // 16 * 16, last, 16):
                    u, v, to = at[0] + at[1] * j, at[2] + at[3] * j, 4 * j
                    reading = address(reads) + to
                    aim_2x2(u, v, address(steps), stride, reading, above + to, below + to, zeros)
            else:
                locate(coordinates, matrix, i, start, count, _HALF, x, y)
                _weigh(x, y, count, weights)
                beyond = _aim(x, y, count, source.shape, 2, border, offsets, reads)
                low, high = _inner(offsets, count) if beyond else (0, count)
            solid = equal or high - low == count - beyond
            if channels == 3 and high == count > low:
                # The last pixel is done apart: as four bytes it would run over what follows.
                high -= 1
                offsets[high] = _EDGE
            if low < high and channels == 1:
                _row_2x2_gray(
                    address(source),
                    stride,
                    address(reads) + 4 * low,
                    above + 4 * low,
                    below + 4 * low,
                    high - low,
                    line + low,
                    words,
                )
            elif low < high:
                _row_2x2(
                    address(source),
                    stride,
                    address(reads) + 4 * low,
                    above + 4 * low,
                    below + 4 * low,
                    high - low,
                    line + low * channels,
                    zeros,
                )
            if not solid:
                low = high = count
            for part in range(2):
                rim = (first, low) if part == 0 else (high, last)
                for j in range(rim[0], rim[1]):
                    place = line + j * channels
                    if not equal and offsets[j] != _EDGE:
                        if offsets[j] == _OUTSIDE:
                            copy_pixel(address(fill), place, zeros)
                        continue
                    column, row = int(x[0][j]), int(y[0][j])
                    if equal:
                        column, row = (at[0] + at[1] * j) >> 32, (at[2] + at[3] * j) >> 32
                    _gather(source, column, row, 2, border, address(fill), edge, zeros)
                    blend_2x2(edge, 16, above + 4 * j, below + 4 * j, edge + 32, zeros)
                    copy_pixel(edge + 32, place, zeros)
            _fill(line, first, address(fill), zeros)
            _fill(line + last * channels, count - last, address(fill), zeros)


@kernel
def sample_4x4(
    source: Bytes,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    across: NDArray[np.uint16],
    down: NDArray[np.uint16],
    border: int,
    fill: Bytes,
    signed: tuple[int, ...],
    zeros: tuple[int, ...],
    room: Room,
    out: Bytes,
) -> None:
    """Filters over 4 x 4 pixels, with weights from tables (`phase_table`, ``down`` twice).

    ``signed`` is a tuple: empty for triangles, not empty for cubics.
    """
    x, y = (room.whole[0], room.fractions[0]), (room.whole[1], room.fractions[1])
    offsets, reads, phases, patch = room.whole[2], room.whole[3], room.whole[4], room.patch
    edge = address(patch)
    channels = len(zeros)
    stride = int(source.shape[1]) * channels
    for i in range(out.shape[0]):
        first, stop = 0, out.shape[1]
        if spans.shape[0] > 0:
            first, stop = max(int(spans[i, 0]), 0), min(int(spans[i, 1]), stop)
        for start in range(first, stop, BLOCK):
            count = min(stop - start, BLOCK)
            locate(coordinates, matrix, i, start, count, -0.5 + 0.5 / PHASES, x, y)
            _phase(x, y, count, phases)
            beyond = _aim(x, y, count, source.shape, 4, border, offsets, reads)
            # The last pixel is done apart: as four bytes it would run over what follows.
            if offsets[count - 1] >= 0:
                offsets[count - 1] = _EDGE
                beyond += 1
            target = address(out) + int(i * out.shape[1] + start) * channels
            if beyond < count:
                _row_4x4(
                    address(source),
                    stride,
                    address(offsets),
                    address(phases),
                    address(across),
                    address(down),
                    count,
                    target,
                    signed,
                    zeros,
                )
            for j in range(count):
                offset = offsets[j]
                if offset == _EDGE:
                    _gather(source, x[0][j] - 1, y[0][j] - 1, 4, border, address(fill), edge, zeros)
                    x_weights = address(across) + int(phases[j] & 0xFFFF)
                    y_weights = address(down) + int(phases[j] >> 16)
                    if len(signed) > 0:
                        blend_4x4_signed(edge, 16, x_weights, y_weights, edge + 80, zeros)
                    else:
                        blend_4x4(edge, 16, x_weights, y_weights, edge + 80, zeros)
                    for c in range(len(zeros)):
                        out[i, start + j, c] = patch[80 + c]
                elif offset == _OUTSIDE:
                    for c in range(len(zeros)):
                        out[i, start + j, c] = fill[c]


@kernel
def _phase(x: Positions, y: Positions, count: int, phases: NDArray[np.int32]) -> None:
    """Offsets of the weights in their tables, 16 bytes a phase: across low, down in the high bits."""
    x_fraction, y_fraction = x[1], y[1]
    for j in range(count):
        across = np.int32(x_fraction[j] >> np.uint32(23)) << np.int32(4)
        down = np.int32(y_fraction[j] >> np.uint32(23)) << np.int32(4 + 16)
        phases[j] = np.int32(across | down)
