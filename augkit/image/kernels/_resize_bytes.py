"""Resizing 8-bit pixels of one to four channels with positive weights: integer and vectorised.

Lines of pixels become lines of 16-bit lanes in 1/256 levels (four lanes for three channels), on
which one pass follows the other, line by line, so that nothing leaves the cache. The pass that
leaves fewer pixels to the other comes first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import (
    address,
    blend_across,
    blend_lines,
    blend_raised,
    raise_pixels,
)

__all__ = ["MAX_TAPS", "PIECES", "across_then_down", "down_then_across"]

Bytes = NDArray[np.uint8]
Weights = NDArray[np.uint16]

PIECES = (0, 32, 16, 8, 8)
"""Pixels done at a time, by the number of channels; lines must be at least as long."""

MAX_TAPS = 64
"""With more, rounding could add up to a level."""


@kernel
def fixed(weights: NDArray[np.float64]) -> NDArray[np.int32]:
    """Rows of weights as integers that add up to 2^16 exactly."""
    result = np.empty(weights.shape, np.int32)
    for i in range(weights.shape[0]):
        rest, largest = 1 << 16, 0
        for t in range(weights.shape[1]):
            result[i, t] = int(weights[i, t] * 65536.0 + 0.5)
            rest -= result[i, t]
            if result[i, t] > result[i, largest]:
                largest = t
        # What rounding left over. One weight of 2^16 does not fit 16 bits; a step less is the same.
        result[i, largest] = min(result[i, largest] + rest, 65535)
    return result


@kernel
def _lane_weights(weights: NDArray[np.float64], lanes: int) -> Weights:
    """Weights across: padded with zeros to a multiple of four, one for each lane of a pixel."""
    count, taps = weights.shape
    values = fixed(weights)
    result = np.zeros((count, (taps + 3) // 4 * 4 * lanes), np.uint16)
    for i in range(count):
        for t in range(taps):
            for c in range(lanes):
                result[i, t * lanes + c] = values[i, t]
    return result


@kernel
def down_then_across(
    source: Bytes,
    y_first: NDArray[np.intp],
    y_weights: NDArray[np.float64],
    x_first: NDArray[np.intp],
    x_weights: NDArray[np.float64],
    piece: int,
    zeros: tuple[int, ...],
    out: Bytes,
) -> None:
    """For downscaling: each output row is blended from its lines, then resampled."""
    channels = len(zeros)
    lanes = 4 if channels == 3 else channels
    left, right = x_first.min(), x_first.max() + x_weights.shape[1]
    left = min(left, max(right - piece, 0))
    right = max(right, left + piece)
    taps = y_weights.shape[1]
    down = np.repeat(fixed(y_weights).astype(np.uint16), 2).reshape(-1, 2 * taps)
    across = _lane_weights(x_weights, lanes)
    fours = across.shape[1] // (4 * lanes)
    line = np.zeros((right - left + 4 * fours) * lanes, np.uint16)
    starts = (x_first - left) * (2 * lanes)
    stride = source.shape[1] * channels
    pixel = np.zeros(4, np.uint8)
    last = out.shape[1] - 1
    for i in range(out.shape[0]):
        base = address(source) + y_first[i] * stride
        weights = address(down) + i * taps * 4
        for start in range(left, right, piece):
            at = min(start, right - piece)
            to = address(line) + (at - left) * 2 * lanes
            blend_lines(base + at * channels, stride, weights, taps, to, zeros)
        to = address(out) + i * out.shape[1] * channels
        _cross(address(line), starts[:last], address(across), fours, to, (), zeros)
        # The last pixel is stored aside, since three channels are stored as four.
        blend_across(
            address(line) + starts[last],
            address(across) + last * across.shape[1] * 2,
            fours,
            address(pixel),
            (),
            zeros,
        )
        for c in range(channels):
            out[i, last, c] = pixel[c]


@kernel
def _cross(
    line: int,
    starts: NDArray[np.intp],
    across: int,
    fours: int,
    target: int,
    raised: tuple[int, ...],
    zeros: tuple[int, ...],
) -> None:
    """Blend the pixels of an output line from the places ``starts`` (in bytes) of a line of lanes.

    Into bytes, or lanes again where ``raised`` is not an empty tuple.
    """
    lanes = 4 if len(zeros) == 3 else len(zeros)
    size = 2 * lanes if len(raised) > 0 else len(zeros)
    # The common lengths by constants, so that their loops vanish.
    if fours == 1:
        for j in range(starts.size):
            blend_across(line + starts[j], across, 1, target, raised, zeros)
            across += 8 * lanes
            target += size
    elif fours == 2:
        for j in range(starts.size):
            blend_across(line + starts[j], across, 2, target, raised, zeros)
            across += 16 * lanes
            target += size
    else:
        for j in range(starts.size):
            blend_across(line + starts[j], across, fours, target, raised, zeros)
            across += 8 * lanes * fours
            target += size


@kernel
def across_then_down(
    source: Bytes,
    y_first: NDArray[np.intp],
    y_weights: NDArray[np.float64],
    x_first: NDArray[np.intp],
    x_weights: NDArray[np.float64],
    piece: int,
    zeros: tuple[int, ...],
    out: Bytes,
) -> None:
    """For upscaling: each source line is resampled once, and an output row is a blend of two."""
    channels = len(zeros)
    lanes = 4 if channels == 3 else channels
    width = out.shape[1]
    across = _lane_weights(x_weights, lanes)
    fours = across.shape[1] // (4 * lanes)
    down = fixed(y_weights)
    starts = x_first * (2 * lanes)
    raised = np.zeros((source.shape[1] + 4 * fours) * lanes, np.uint16)
    lines = np.empty((2, width * lanes), np.uint16)
    held = np.full(2, -1)
    for i in range(out.shape[0]):
        # The (at most) two lines with a weight; even ones are held in one place, odd in the other.
        t = 0
        while t < down.shape[1] - 1 and down[i, t] == 0:
            t += 1
        first = y_first[i] + t
        second = min(first + 1, source.shape[0] - 1)
        above, below = down[i, t], down[i, t + 1] if t + 1 < down.shape[1] else 0
        if second == first:
            first -= 1 if first > 0 else 0
            above, below = (0, above) if first < second else (above, 0)
        for row in (first, second):
            if held[row % 2] != row:
                held[row % 2] = row
                at = address(source) + row * source.shape[1] * channels
                for start in range(0, source.shape[1], piece):
                    k = min(start, source.shape[1] - piece)
                    raise_pixels(at + k * channels, address(raised) + k * 2 * lanes, zeros)
                to = address(lines) + row % 2 * width * 2 * lanes
                _cross(address(raised), starts, address(across), fours, to, (0,), zeros)
        top = address(lines) + first % 2 * width * 2 * lanes
        bottom = address(lines) + second % 2 * width * 2 * lanes
        to = address(out) + i * width * channels
        for start in range(0, width, piece):
            k = min(start, width - piece)
            blend_raised(
                top + k * 2 * lanes,
                bottom + k * 2 * lanes,
                np.uint16(above),
                np.uint16(below),
                to + k * channels,
                zeros,
            )
