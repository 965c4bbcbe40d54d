"""Sampling 8-bit pixels of one to four channels by triangles: all integer, the fast path of warps.

A row has pixels whose taps all lie inside, some of whose do (the rim), and such that see nothing of
the source. Where positions lie at equal steps, it is known beforehand which are which.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import span
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address, load_int64
from augkit.image.kernels._lanes_copy import copy_bytes, copy_pixel
from augkit.image.kernels._lanes_sample import (
    GROUP,
    blend_anywhere,
    blend_anywhere_steps,
    blend_inside,
    blend_steps,
)
from augkit.image.kernels._locate import BLOCK, Even, Positions, even, locate, rule, within
from augkit.image.kernels._phases import PHASES
from augkit.image.kernels._room import Room

__all__ = ["fill_pixels", "sample_bytes"]

Bytes = NDArray[np.uint8]

_POINT = 32
_AHEAD = 16.0
"""How many rows before it is read the source is asked for. A turned row crosses hundreds of lines, which
no processor foresees: half of the time would go by in waiting for memory."""

Picture = tuple[int, int, int]
"""The source: its address, the bytes of a line, and where its last four bytes begin."""

Taps = tuple[int, tuple[int, ...], tuple[int, ...]]
"""The address of the tables of weights; a tuple that is empty for 2 x 2 taps, not for 4 x 4; as many
zeros as channels."""

Beyond = tuple[int, int, int]
"""The address of the rules of the border, the fill as a number, and the address of a little room."""


@kernel
def fill_pixels(target: int, count: int, fill: int, zeros: tuple[int, ...]) -> None:
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
def sample_bytes(
    source: Bytes,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    border: int,
    fill: Bytes,
    tables: NDArray[np.uint16],
    wide: tuple[int, ...],
    zeros: tuple[int, ...],
    room: Room,
    out: Bytes,
) -> None:
    """Sample; ``zeros`` is a tuple of one zero per channel. Four bytes may be read of the source.

    ``wide`` is an empty tuple for bilinear interpolation; if not, the weights of four taps across and
    down stand in ``tables`` (`phase_table`).
    """
    channels = len(zeros)
    height, width = int(source.shape[0]), int(source.shape[1])
    before, after = (1, 2) if len(wide) > 0 else (0, 1)
    # From edge coordinates to pixel centres, and half a step of the weights.
    shift = -0.5 + (0.5 / PHASES if len(wide) > 0 else 2.0**-17)
    # The last line is left to the rim: two bytes more would be read than there are.
    inner = before, width - after, height - after - channels % 2
    x_rule, y_rule = rule(border, width), rule(border, height)
    for k in range(6):
        room.rules[0, k], room.rules[1, k] = x_rule[k], y_rule[k]
    color = 0
    for c in range(channels):
        color |= int(fill[c]) << (8 * c)
    x, y = (room.whole[0], room.fractions[0]), (room.whole[1], room.fractions[1])
    picture = (address(source), width * channels, max(int(source.size) - 4, 0))
    block = (address(x[0]), address(y[0]), address(x[1]), address(y[1]))
    beyond = (address(room.rules), color, address(room.patch))
    taps = (address(tables), wide, zeros)
    right = min(max(float(matrix[0, 1]), -8.0), 8.0)
    down = min(max(float(matrix[1, 1]), -8.0), 8.0)
    ahead = (int(down * _AHEAD) * width + int(right * _AHEAD)) * channels
    for i in range(out.shape[0]):
        begin, end = span(spans, i, int(out.shape[1]))
        line = address(out) + int(i * out.shape[1]) * channels
        # From the row's beginning, so that a part of it is what it is in the whole.
        equal, at = even(coordinates, matrix, i, 0, out.shape[1], shift, _POINT)
        if equal:
            first, last = begin, end
            if border == 0:
                first, last = within(at, _POINT, end, -after, width + before, height + before)
                first = min(max(first, begin), end)
                last = max(last, first)
                fill_pixels(line + begin * channels, first - begin, address(fill), zeros)
                fill_pixels(line + last * channels, end - last, address(fill), zeros)
            low, high = within(at, _POINT, last, inner[0], inner[1], inner[2])
            _steps(picture, at, (first, max(low, first), high, last), beyond, ahead, line, taps)
            continue
        for start in range(begin, end, BLOCK):
            count = min(end - start, BLOCK)
            locate(coordinates, matrix, i, start, count, shift, x, y)
            _flag(x, y, count, inner, room.flags)
            flags = address(room.flags)
            _block(picture, block, flags, beyond, count, line + start * channels, taps)


@kernel
def _steps(
    picture: Picture,
    at: Even,
    parts: tuple[int, int, int, int],
    beyond: Beyond,
    ahead: int,
    line: int,
    taps: Taps,
) -> None:
    """The pixels between the first and the last of the ``parts`` of a row; inside between the others."""
    first, low, high, last = parts
    base, stride, end = picture
    tables, wide, zeros = taps
    x, y, x_step, y_step = at[0], at[2], at[1], at[3]
    group, size = GROUP[len(zeros)], len(zeros)
    groups = (high - low) // group
    if groups <= 0:
        low = high = last
    else:
        u, v = x + x_step * low, y + y_step * low
        blend_steps(
            base,
            stride,
            u,
            v,
            x_step,
            y_step,
            groups,
            ahead,
            tables,
            line + low * size,
            wide,
            zeros,
        )
        if groups * group < high - low:  # the last group, over the one before
            low_last = high - group
            u, v = x + x_step * low_last, y + y_step * low_last
            blend_steps(
                base,
                stride,
                u,
                v,
                x_step,
                y_step,
                1,
                ahead,
                tables,
                line + low_last * size,
                wide,
                zeros,
            )
    rules, color, patch = beyond
    for part in range(2):
        start, stop = (first, low) if part == 0 else (high, last)
        for j in range(start, stop, group):
            whole = j + group <= stop
            target = line + j * size if whole else patch
            u, v = x + x_step * j, y + y_step * j
            blend_anywhere_steps(
                base, stride, end, u, v, x_step, y_step, rules, color, tables, target, wide, zeros
            )
            if not whole:
                copy_bytes(target, line + j * size, (stop - j) * size)


@kernel
def _flag(
    x: Positions, y: Positions, count: int, inner: tuple[int, int, int], flags: NDArray[np.uint8]
) -> None:
    """Whether not all taps of a position lie inside. (A loop that is vectorised.)"""
    low = np.int32(inner[0])
    columns, rows = np.uint32(max(inner[1] - inner[0], 0)), np.uint32(max(inner[2] - inner[0], 0))
    whole_x, whole_y = x[0], y[0]
    for j in range(count):
        across, down = np.int32(whole_x[j] - low), np.int32(whole_y[j] - low)
        inside = (np.uint32(across) < columns) & (np.uint32(down) < rows)
        flags[j] = np.uint8(not inside)


@kernel
def _block(
    picture: Picture,
    block: tuple[int, int, int, int],
    flags: int,
    beyond: Beyond,
    count: int,
    line: int,
    taps: Taps,
) -> None:
    """A block of pixels that lie anywhere, most of them inside."""
    base, stride, last = picture
    rules, color, patch = beyond
    tables, wide, zeros = taps
    group, size = GROUP[len(zeros)], len(zeros)
    for j in range(0, count, group):
        whole = j + group <= count
        flagged = load_int64(flags + j)
        if group > 8:
            flagged |= load_int64(flags + j + 8)
        columns, rows, u, v = block[0] + 4 * j, block[1] + 4 * j, block[2] + 4 * j, block[3] + 4 * j
        target = line + j * size if whole else patch
        if whole and flagged == 0:
            blend_inside(base, stride, columns, rows, u, v, tables, target, wide, zeros)
        else:
            blend_anywhere(
                base, stride, last, columns, rows, u, v, rules, color, tables, target, wide, zeros
            )
        if not whole:
            copy_bytes(target, line + j * size, (count - j) * size)
