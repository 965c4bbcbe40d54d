"""Matrix products in float32, by tiles that stay in registers.

A block of the right operand is brought into order, while it is fetched from memory, and stays in the
second cache as panels of a few columns. A few rows of the left one stay in the first cache while all
panels go by: so each tile of the output reads the fewest numbers from afar.

Each number of the output is a chain of fused multiply-adds over up to `_TERMS` terms, and the sum of these
chains: the same bits for any registers and any number of threads.
"""

from __future__ import annotations

import threading
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel
from regtrain.kernels.registers import (
    COLUMNS,
    HALF,
    LANES,
    ROWS,
    TUNED,
    add_half_tile,
    add_tile,
    copy,
    turn,
)
from regtrain.kernels.team import present

__all__ = ["product", "turned"]

Array = NDArray[Any]

_TERMS = 256  # of a block: a tile of the left operand stays in the first cache
_BLOCK = 512  # columns: so many panels of the right operand stay in the second
_SCRATCH = ROWS * COLUMNS
_TILE = _TERMS * ROWS + 2 * LANES
_SPACE = _SCRATCH + _TILE + _TERMS * _BLOCK + _BLOCK // COLUMNS * LANES + LANES
_FEW = 1 << 18  # multiplications; fewer are done before a kernel is called
_LOW, _NARROW = 13, 8  # rows and columns; fewer are not worth a tile

_memory = threading.local()


@kernel
def _multiply(
    a: Array,
    a_turned: bool,
    b: Array,
    b_turned: bool,
    out: Array,
    terms: int,
    rows: tuple[int, int],
    columns: tuple[int, int],
    space: Array,
) -> None:
    """Some rows and columns of out <- a b, where a and b are flat; they begin at whole tiles."""
    height, width = out.shape
    flat, scratch = out.reshape(-1), space[:_SCRATCH]
    tile, panels = space[_SCRATCH : _SCRATCH + _TILE], space[_SCRATCH + _TILE :]
    parts = (terms + _TERMS - 1) // _TERMS
    part = (terms + parts - 1) // parts
    for begin in range(0, terms, part):
        end = min(begin + part, terms)
        size = end - begin
        pitch = size * COLUMNS + LANES  # not a power of two, so that panels do not share a place
        for left in range(columns[0], columns[1], _BLOCK):
            right = min(left + _BLOCK, columns[1])
            if b_turned:
                for j in range(left, right, COLUMNS):
                    place = (j - left) // COLUMNS * pitch
                    turned(b, terms, width, j, begin, end, panels[place:], COLUMNS)
            else:
                _panels(b, width, left, right, begin, end, panels, pitch)
            for top in range(rows[0], rows[1], ROWS):
                lines = ROWS if height - top > HALF else HALF
                if a_turned:
                    _gathered(a, height, top, begin, end, tile, lines)
                else:
                    turned(a, terms, height, top, begin, end, tile, lines)
                whole = top + lines <= height
                for j in range(left, right, COLUMNS):
                    panel = (j - left) // COLUMNS * pitch
                    to, below, more, target = top * width + j, width, begin > 0, flat
                    inside = whole and j + COLUMNS <= width
                    if not inside:
                        to, below, more, target = 0, COLUMNS, False, scratch
                    if lines == ROWS:
                        add_tile(tile, 0, ROWS, panels, panel, size, more, target, to, below)
                    else:
                        add_half_tile(tile, 0, HALF, panels, panel, size, more, target, to, below)
                    if not inside:
                        _cut(scratch, out, top, j, begin > 0)


@kernel
def _cut(tile: Array, out: Array, top: int, left: int, more: bool) -> None:
    """What lies inside of a tile is put, or added, into the output."""
    height, width = out.shape
    for i in range(min(ROWS, height - top)):
        for j in range(min(COLUMNS, width - left)):
            number = tile[i * COLUMNS + j]
            out[top + i, left + j] = out[top + i, left + j] + number if more else number


@kernel
def _panels(
    b: Array, width: int, left: int, right: int, begin: int, end: int, to: Array, pitch: int
) -> None:
    """to[pitch p + COLUMNS (k - begin) + j] <- b[k, left + COLUMNS p + j]; zero beyond its border."""
    whole = (min(right, width) - left) // COLUMNS
    rest = min(right, width) - left - whole * COLUMNS
    for k in range(begin, end):
        start, place = k * width + left, (k - begin) * COLUMNS
        for _ in range(whole):
            for part in range(0, COLUMNS, LANES):
                copy(b, start + part, to, place + part)
            start += COLUMNS
            place += pitch
        if rest:
            for i in range(COLUMNS):
                to[place + i] = b[start + i] if i < rest else np.float32(0)


@kernel
def _gathered(
    a: Array, height: int, first: int, begin: int, end: int, to: Array, lines: int
) -> None:
    """to[lines (k - begin) + i] <- a[k, first + i]; the last row again where there is none."""
    for k in range(begin, end):
        start, place = k * height + first, (k - begin) * lines
        if start + ROWS + LANES <= a.size:
            for part in range(0, lines, LANES):  # too much is written over next
                copy(a, start + part, to, place + part)
        else:
            for i in range(lines):
                to[place + i] = a[min(start + i, (k + 1) * height - 1)]


@kernel
def turned(
    source: Array, terms: int, rows: int, first: int, begin: int, end: int, to: Array, width: int
) -> None:
    """to[width (k - begin) + i] <- source[first + i, k]; the last row again where there is none."""
    whole = begin + (end - begin) // LANES * LANES
    for k in range(begin, whole, LANES):
        last = (rows - 1) * terms + k
        for i in range((width - 1) // LANES * LANES, -1, -LANES):  # too much is written over next
            start = (first + i) * terms + k
            turn(source, start, terms, last, to, (k - begin) * width + i, width)
    for k in range(whole, end):
        for i in range(width):
            to[(k - begin) * width + i] = source[min(first + i, rows - 1) * terms + k]


def product(a: Array, b: Array, out: Array) -> Array:
    """out <- a b, for matrices in one piece, or transposed ones.

    NumPy multiplies what is small or not float32, and everything on processors whose registers are not
    known here.
    """
    if _small(out.shape, a.shape[1]) or not a.dtype == b.dtype == out.dtype == np.float32:
        return np.matmul(a, b, out=out)
    height, width = out.shape
    a_turned, b_turned = not a.flags.c_contiguous, not b.flags.c_contiguous
    left = (a.T if a_turned else a).reshape(-1)
    right = (b.T if b_turned else b).reshape(-1)

    def part(rows: tuple[int, int], columns: tuple[int, int]) -> None:
        _multiply(left, a_turned, right, b_turned, out, a.shape[1], rows, columns, _space())

    team = present()
    if team is None:
        part((0, height), (0, width))
    elif width >= height:
        team.run([partial(part, (0, height), each) for each in _shares(width, COLUMNS, team.size)])
    else:
        team.run([partial(part, each, (0, width)) for each in _shares(height, ROWS, team.size)])
    return out


def _small(shape: tuple[int, ...], terms: int) -> bool:
    height, width = shape
    return not TUNED or height < _LOW or width < _NARROW or height * width * terms < _FEW


def _space() -> Array:
    """Memory for blocks, one for each thread, that begins with a cache line."""
    space: Array | None = getattr(_memory, "space", None)
    if space is None:
        memory = np.empty(_SPACE, np.float32)
        space = _memory.space = memory[-(memory.ctypes.data // 4) % LANES :]
    return space


def _shares(length: int, tile: int, count: int) -> list[tuple[int, int]]:
    """Ranges of whole tiles; at least two of them each, as the last one may be moved back by one."""
    tiles = -(-length // tile)
    count = max(1, min(count, tiles // 2))
    ends = [min(tiles * number // count * tile, length) for number in range(count + 1)]
    return list(pairwise(ends))
