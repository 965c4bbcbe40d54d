"""Resizing 8-bit pixels of one to four channels with positive weights: integer and vectorised.

Lines of pixels become lines of 16-bit lanes in 1/256 levels (four lanes for three channels), on
which one pass follows the other, line by line, so that nothing leaves the cache. The pass that
leaves fewer pixels to the other comes first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import address_of
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._lanes_lines import (
    blend_across,
    blend_eight_across,
    blend_lines,
    blend_pairs,
    blend_raised,
    raise_pixels,
)

__all__ = ["MAX_TAPS", "PIECES", "across_then_down", "down_then_across"]

Bytes = NDArray[np.uint8]
Weights = NDArray[np.uint16]

PIECES = (1, 32, 16, 8, 8)
"""Pixels done at a time, by the number of channels; lines must be at least as long."""

MAX_TAPS = 64
"""With more, rounding could add up to a level."""


Tables = tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp], NDArray[np.float64]]
"""First row and weights of each output row, then the same for columns (see `coefficients`)."""


def down_then_across(source: Bytes, tables: Tables, zeros: tuple[int, ...], out: Bytes) -> None:
    """For downscaling: each output row is blended from its lines, then resampled."""
    y_first, y_weights, x_first, x_weights = tables
    channels = len(zeros)
    lanes, piece = (4 if channels == 3 else channels), PIECES[channels]
    left = int(min(x_first[0], x_first[-1]))
    right = int(max(x_first[0], x_first[-1])) + x_weights.shape[1]
    left = min(left, max(right - piece, 0))
    right = max(right, left + piece)
    down = np.empty((y_weights.shape[0], 2 * y_weights.shape[1]), np.uint16)
    fixed(y_weights, 2, down)
    across, fours = _lane_weights(x_weights, lanes)
    line = np.zeros((right - left + 4 * fours) * lanes, np.uint16)
    starts = (x_first - left) * (2 * lanes)
    pixel = np.zeros(4, np.uint8)
    blend_down_then_across(
        address_of(source),
        source.shape[1] * channels,
        left,
        right,
        piece,
        y_first,
        address_of(down),
        y_weights.shape[1],
        address_of(line),
        starts,
        address_of(across),
        fours,
        zeros,
        pixel,
        out,
    )


def across_then_down(source: Bytes, tables: Tables, zeros: tuple[int, ...], out: Bytes) -> None:
    """For upscaling: each source line is resampled once, and an output row is a blend of two."""
    y_first, y_weights, x_first, x_weights = tables
    channels = len(zeros)
    lanes, piece = (4 if channels == 3 else channels), PIECES[channels]
    down = np.empty(y_weights.shape, np.uint16)
    fixed(y_weights, 1, down)
    if lanes == 4 and x_weights.shape[1] == 2:
        across, fours = np.empty((x_first.size, 2 * lanes), np.uint16), 0
        fixed(x_weights, lanes, across)
    else:
        across, fours = _lane_weights(x_weights, lanes)
    raised = np.zeros((source.shape[1] + 4 * fours) * lanes, np.uint16)
    lines = np.empty(2 * out.shape[1] * lanes, np.uint16)
    blend_across_then_down(
        address_of(source),
        source.shape[:2],
        piece,
        y_first,
        down,
        np.empty(4, np.uint16),
        address_of(raised),
        x_first * (2 * lanes),
        address_of(across),
        fours,
        address_of(lines),
        zeros,
        address_of(out),
    )


def _lane_weights(weights: NDArray[np.float64], lanes: int) -> tuple[NDArray[np.uint16], int]:
    """Weights for each lane of a pixel, padded with zeros to so many times four pixels."""
    fours = (weights.shape[1] + 3) // 4
    across = np.zeros((weights.shape[0], 4 * fours * lanes), np.uint16)
    fixed(weights, lanes, across)
    return across, fours


@kernel
def fixed(weights: NDArray[np.float64], times: int, out: NDArray[np.uint16]) -> None:
    """Rows of weights as integers that add up to 2^16, each written ``times`` times."""
    for i in range(weights.shape[0]):
        rest, largest = 1 << 16, 0
        for t in range(weights.shape[1]):
            rest -= int(weights[i, t] * 65536.0 + 0.5)
            largest = t if weights[i, t] > weights[i, largest] else largest
        for t in range(weights.shape[1]):
            value = int(weights[i, t] * 65536.0 + 0.5)
            if t == largest:
                # What rounding left over. A lone 2^16 does not fit 16 bits; a step less is the same.
                value = min(value + rest, 65535)
            for k in range(times):
                out[i, t * times + k] = value


@kernel
def blend_down_then_across(
    source: int,
    stride: int,
    left: int,
    right: int,
    piece: int,
    y_first: NDArray[np.intp],
    down: int,
    taps: int,
    line: int,
    starts: NDArray[np.intp],
    across: int,
    fours: int,
    zeros: tuple[int, ...],
    pixel: Bytes,
    out: Bytes,
) -> None:
    channels = len(zeros)
    lanes = 4 if channels == 3 else channels
    last = out.shape[1] - 1
    for i in range(out.shape[0]):
        base = source + y_first[i] * stride
        for start in range(left, right, piece):
            at = min(start, right - piece)
            to = line + (at - left) * 2 * lanes
            blend_lines(base + at * channels, stride, down + i * taps * 4, taps, to, zeros)
        to = address(out) + i * out.shape[1] * channels
        _cross(line, starts, last, across, fours, to, (), zeros)
        # The last pixel is stored aside, since three channels are stored as four.
        weights = across + last * fours * 8 * lanes
        blend_across(line + starts[last], weights, fours, address(pixel), (), zeros)
        for c in range(channels):
            out[i, last, c] = pixel[c]


@kernel
def _cross(
    line: int,
    starts: NDArray[np.intp],
    count: int,
    across: int,
    fours: int,
    target: int,
    raised: tuple[int, ...],
    zeros: tuple[int, ...],
) -> None:
    """Blend ``count`` pixels of an output line from the places ``starts`` (in bytes) of a line of lanes.

    Into bytes, or lanes again where ``raised`` is not an empty tuple.
    """
    lanes = 4 if len(zeros) == 3 else len(zeros)
    size = 2 * lanes if len(raised) > 0 else len(zeros)
    if lanes == 4 and count >= 8:
        _cross_eights(line, starts, count, across, fours, target, raised, zeros)
        return
    # The common lengths by constants, so that their loops vanish.
    if fours == 1:
        for j in range(count):
            blend_across(line + starts[j], across, 1, target, raised, zeros)
            across += 8 * lanes
            target += size
    elif fours == 2:
        for j in range(count):
            blend_across(line + starts[j], across, 2, target, raised, zeros)
            across += 16 * lanes
            target += size
    else:
        for j in range(count):
            blend_across(line + starts[j], across, fours, target, raised, zeros)
            across += 8 * lanes * fours
            target += size


@kernel
def _cross_eights(
    line: int,
    starts: NDArray[np.intp],
    count: int,
    across: int,
    fours: int,
    target: int,
    raised: tuple[int, ...],
    zeros: tuple[int, ...],
) -> None:
    """`_cross` for pixels of four lanes, eight at a time; the last eight over those before."""
    size = 8 if len(raised) > 0 else len(zeros)
    places, step = address(starts), 32 * fours
    for k in range(0, count, 8):
        j = min(k, count - 8)
        at, weights, to = places + 8 * j, across + step * j, target + size * j
        # The common lengths by constants, so that their loops vanish.
        if fours == 1:
            blend_eight_across(line, at, weights, 1, to, raised, zeros)
        elif fours == 2:
            blend_eight_across(line, at, weights, 2, to, raised, zeros)
        else:
            blend_eight_across(line, at, weights, fours, to, raised, zeros)


@kernel
def _cross_pairs(line: int, starts: NDArray[np.intp], across: int, target: int) -> None:
    """`_cross` for two weights per pixel of four lanes; two pixels at a time."""
    for j in range(0, starts.size - 1, 2):
        blend_pairs(line + starts[j], line + starts[j + 1], across + 16 * j, target + 8 * j)
    j = starts.size - 2
    blend_pairs(line + starts[j], line + starts[j + 1], across + 16 * j, target + 8 * j)


@kernel
def blend_across_then_down(
    source: int,
    shape: tuple[int, int],
    piece: int,
    y_first: NDArray[np.intp],
    down: NDArray[np.uint16],
    factors: NDArray[np.uint16],
    raised: int,
    starts: NDArray[np.intp],
    across: int,
    fours: int,
    lines: int,
    zeros: tuple[int, ...],
    target: int,
) -> None:
    channels = len(zeros)
    lanes = 4 if channels == 3 else channels
    height, source_width = shape
    width = starts.size
    # Even lines are held in one place, odd ones in the other.
    held_even = held_odd = -1
    for i in range(y_first.size):
        # The (at most) two lines with a weight.
        t = 0
        while t < down.shape[1] - 1 and down[i, t] == 0:
            t += 1
        first = y_first[i] + t
        factors[:2] = down[i, t]
        factors[2:] = down[i, t + 1] if t + 1 < down.shape[1] else 0
        second = first + 1
        if second == height:
            second = max(first - 1, 0)
        for row in (first, second):
            if (held_odd if row % 2 else held_even) == row:
                continue
            if row % 2:
                held_odd = row
            else:
                held_even = row
            for start in range(0, source_width, piece):
                k = min(start, source_width - piece)
                at = source + (row * source_width + k) * channels
                raise_pixels(at, raised + k * 2 * lanes, zeros)
            to = lines + row % 2 * width * 2 * lanes
            if fours == 0:
                _cross_pairs(raised, starts, across, to)
            else:
                _cross(raised, starts, width, across, fours, to, (0,), zeros)
        top = lines + first % 2 * width * 2 * lanes
        bottom = lines + second % 2 * width * 2 * lanes
        for start in range(0, width, piece):
            k = min(start, width - piece)
            to = target + (i * width + k) * channels
            place = k * 2 * lanes
            blend_raised(top + place, bottom + place, address(factors), to, zeros)
