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
    blend_2x2,
    blend_4x4,
    blend_4x4_signed,
    blend_words,
    collect_2x2,
    load_int32,
)
from augkit.image.kernels._lanes_copy import copy_bytes, copy_pixel
from augkit.image.kernels._locate import BLOCK, LOST, TIE, Positions, bordered, locate
from augkit.image.kernels._phases import PHASES

__all__ = ["room", "sample_1x1", "sample_2x2", "sample_4x4"]

Bytes = NDArray[np.uint8]


class Room(NamedTuple):
    """Scratch arrays for a block of a row (made outside of kernels: it compiles faster).

    Few arrays, as each costs a tenth of a microsecond per call.
    """

    whole: NDArray[np.int32]
    fractions: NDArray[np.uint32]
    weights: NDArray[np.uint64]
    patch: Bytes


class _Rooms(threading.local):
    """One room per thread: no kernel leaves anything in it for the next."""

    def __init__(self) -> None:
        self.room = Room(
            np.empty((4, BLOCK), np.int32),
            np.empty((2, BLOCK), np.uint32),
            np.empty(BLOCK, np.uint64),
            np.zeros(96, np.uint8),
        )


_rooms = _Rooms()


def room() -> Room:
    """The scratch arrays of this thread."""
    return _rooms.room


_EDGE, _OUTSIDE = np.int32(-1), np.int32(-2)


@kernel
def _aim(
    x: Positions,
    y: Positions,
    count: int,
    shape: tuple[int, int, int],
    taps: int,
    border: int,
    offsets: NDArray[np.int32],
) -> int:
    """Where the first of a pixel's ``taps`` x ``taps`` pixels lies in the source, in bytes.

    Or whether some of them (_EDGE) or all (_OUTSIDE) lie beyond its border; returns how many do.
    """
    height, width, channels = np.int32(shape[0]), np.int32(shape[1]), np.int32(shape[2])
    before = np.int32(max(taps // 2 - 1, 0))
    stride = np.int32(width * channels)
    columns = np.uint32(max(int(width) - taps + 1, 0))
    rows = np.uint32(max(int(height) - taps + 1, 0))
    # Three channels are read as four, but never beyond the end of the image.
    last = np.int32(height * stride)
    if channels == 3 and taps > 1:
        last = np.int32(last - (taps - 1) * stride - 4 * taps)
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
        beyond += not inside
    return beyond


@kernel
def _weigh(x: Positions, y: Positions, count: int, weights: NDArray[np.uint64]) -> None:
    """Bilinear weights, 16 bits each: top left and right, then bottom. They add up to 2^14."""
    x_fraction, y_fraction = x[1], y[1]
    for j in range(count):
        u, v = np.uint64(x_fraction[j] >> np.uint32(18)), np.uint64(y_fraction[j] >> np.uint32(18))
        both = (u * v + np.uint64(1 << 13)) >> np.uint64(14)
        right = u - both
        left = np.uint64(1 << 14) - v - right
        top = left | (right << np.uint64(16))
        weights[j] = top | ((v - both) << np.uint64(32)) | (both << np.uint64(48))


@kernel
def _gather(
    source: Bytes, column: int, row: int, taps: int, border: int, fill: Bytes, patch: Bytes
) -> None:
    """Collect the taps from (column, row) on as lines of 16 bytes."""
    height, width, channels = source.shape
    for r in range(taps):
        line = bordered(row + r, height, border)
        for k in range(taps):
            at = bordered(column + k, width, border)
            for c in range(channels):
                value = fill[c] if line < 0 or at < 0 else source[line, at, c]
                patch[r * 16 + k * channels + c] = value


@kernel
def _row_2x2(
    base: int,
    stride: int,
    offsets: int,
    weights: int,
    count: int,
    target: int,
    zeros: tuple[int, ...],
) -> None:
    """Blend the pixels that lie inside. Addresses only: the loop is nothing but the steps."""
    for _ in range(count):
        offset = load_int32(offsets)
        if offset >= 0:
            blend_2x2(base + int(offset), stride, weights, target, zeros)
        offsets += 4
        weights += 8
        target += len(zeros)


@kernel
def _row_2x2_gray(
    base: int, stride: int, offsets: int, weights: int, count: int, target: int, words: int
) -> None:
    """As `_row_2x2` for single bytes: first collected, then blended eight at a time."""
    for j in range(count):
        offset = load_int32(offsets + 4 * j)
        if offset >= 0:
            collect_2x2(base + int(offset), stride, words + 4 * j)
    whole = count // 8 * 8
    for j in range(0, whole, 8):
        blend_words(words + 4 * j, weights + 8 * j, target + j)
    if whole < count:
        blend_words(words + 4 * whole, weights + 8 * whole, words)
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
    """Bilinear sampling with weights of 1/2^14; ``zeros`` is a tuple of one zero per channel."""
    x, y = (room.whole[0], room.fractions[0]), (room.whole[1], room.fractions[1])
    offsets, words, weights, patch = room.whole[2], room.whole[3], room.weights, room.patch
    edge = address(patch)
    channels = len(zeros)
    stride = int(source.shape[1]) * channels
    for i in range(out.shape[0]):
        first, stop = 0, out.shape[1]
        if spans.shape[0] > 0:
            first, stop = max(int(spans[i, 0]), 0), min(int(spans[i, 1]), stop)
        for start in range(first, stop, BLOCK):
            count = min(stop - start, BLOCK)
            locate(coordinates, matrix, i, start, count, -0.5 + 2.0**-15, x, y)
            _weigh(x, y, count, weights)
            beyond = _aim(x, y, count, source.shape, 2, border, offsets)
            # The last pixel is done apart: as four bytes it would run over what follows.
            if offsets[count - 1] >= 0:
                offsets[count - 1] = _EDGE
                beyond += 1
            target = address(out) + int(i * out.shape[1] + start) * channels
            if beyond < count and len(zeros) == 1:
                _row_2x2_gray(
                    address(source),
                    stride,
                    address(offsets),
                    address(weights),
                    count,
                    target,
                    address(words),
                )
            elif beyond < count:
                _row_2x2(
                    address(source),
                    stride,
                    address(offsets),
                    address(weights),
                    count,
                    target,
                    zeros,
                )
            for j in range(count):
                offset = offsets[j]
                if offset == _EDGE:
                    _gather(source, x[0][j], y[0][j], 2, border, fill, patch)
                    at = address(weights) + int(8 * j)
                    blend_2x2(edge, 16, at, edge + 32, zeros)
                    for c in range(len(zeros)):
                        out[i, start + j, c] = patch[32 + c]
                elif offset == _OUTSIDE:
                    for c in range(len(zeros)):
                        out[i, start + j, c] = fill[c]


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
    offsets, phases, patch = room.whole[2], room.whole[3], room.patch
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
            beyond = _aim(x, y, count, source.shape, 4, border, offsets)
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
                    _gather(source, x[0][j] - 1, y[0][j] - 1, 4, border, fill, patch)
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


@kernel
def sample_1x1(
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
    """The pixel that contains the mapped point; pixels of any kind, as ``len(zeros)`` bytes."""
    height, width = source.shape[:2]
    x, y = (room.whole[0], room.fractions[0]), (room.whole[1], room.fractions[1])
    offsets = room.whole[2]
    size = len(zeros)
    for i in range(out.shape[0]):
        first, stop = 0, out.shape[1]
        if spans.shape[0] > 0:
            first, stop = max(int(spans[i, 0]), 0), min(int(spans[i, 1]), stop)
        for start in range(first, stop, BLOCK):
            count = min(stop - start, BLOCK)
            locate(coordinates, matrix, i, start, count, TIE, x, y)
            _aim(x, y, count, source.shape, 1, border, offsets)
            target = address(out) + int(i * out.shape[1] + start) * size
            for j in range(count):
                offset = int(offsets[j])
                if offset >= 0:
                    copy_pixel(address(source) + offset, target, zeros)
                else:
                    line = column = -1
                    if offset != _OUTSIDE:
                        line = bordered(y[0][j], height, border)
                        column = bordered(x[0][j], width, border)
                    if line < 0 or column < 0:
                        copy_pixel(address(fill), target, zeros)
                    else:
                        copy_pixel(address(source) + (line * width + column) * size, target, zeros)
                target += size
