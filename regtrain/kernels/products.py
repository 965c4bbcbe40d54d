"""Matrix products in float32, by tiles that stay in registers.

The products of a dense layer are small (128 × 784 times 784 × 512), and a library for products of any
size loses a sixth of them to bringing operands into the order it likes. Here blocks of both operands are
brought into order just before they are used, while what comes next is fetched from memory.

Each number of the output is a chain of fused multiply-adds over up to `_TERMS` terms, and the sum of these
chains: the same bits for any registers and any number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel
from regtrain.kernels.registers import COLUMNS, LANES, ROWS, add_tile, copy, turn

__all__ = ["product", "product_threads"]

Array = NDArray[Any]

_TERMS = 512  # of a block; a panel of so many lines lies in the second cache, or half in the first
_TILES = 260 // max(ROWS, 1)  # a block of the left operand has so many tiles: half a megabyte
_SPACE = _TERMS * (_TILES * ROWS + COLUMNS) + 2 * LANES
_FEW = 1 << 18  # multiplications; fewer are done before a kernel is called

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
    flat = out.reshape(-1)
    panel, block = space[: _TERMS * COLUMNS], space[_TERMS * COLUMNS :]
    step = height if a_turned else ROWS
    parts = (terms + _TERMS - 1) // _TERMS
    part = (terms + parts - 1) // parts
    for begin in range(0, terms, part):
        end = min(begin + part, terms)
        size = end - begin
        for top in range(rows[0], rows[1], _TILES * ROWS):
            bottom = min(top + _TILES * ROWS, rows[1])
            if not a_turned:  # else a tile's terms lie side by side already
                for i in range(top, bottom, ROWS):
                    first = min(i, height - ROWS)
                    _turned(a, terms, height, first, begin, end, block[(i - top) * size :], ROWS)
            for j in range(columns[0], columns[1], COLUMNS):
                left = min(j, width - COLUMNS)
                _ordered(b, b_turned, terms, width, left, begin, end, panel)
                # Where the next panel comes from: the lines of its rows, or line after line.
                stride = LANES if b_turned else width
                ahead = (j + COLUMNS) * terms + begin if b_turned else begin * width + j + COLUMNS
                fetched = 0
                for i in range(top, bottom, ROWS):
                    first = min(i, height - ROWS)
                    start = begin * height + first if a_turned else (i - top) * size
                    add_tile(
                        a if a_turned else block, start, step, panel, size, begin > 0, flat,
                        first * width + left, width, i - first, j - left, b, ahead, stride,
                    )  # fmt: skip
                    fetched += size // 4
                    ahead += size // 4 * stride
                    if fetched >= size and not b_turned:
                        ahead += LANES - fetched * width
                        fetched = 0


@kernel
def _ordered(
    b: Array, turned: bool, terms: int, columns: int, first: int, begin: int, end: int, to: Array
) -> None:
    """to[COLUMNS (k - begin) + j] <- b[k, first + j], where b may lie turned."""
    if turned:
        _turned(b, terms, columns, first, begin, end, to, COLUMNS)
    else:
        for k in range(begin, end):
            copy(b, k * columns + first, to, (k - begin) * COLUMNS)


@kernel
def _turned(
    source: Array, terms: int, rows: int, first: int, begin: int, end: int, to: Array, width: int
) -> None:
    """to[width (k - begin) + i] <- source[first + i, k]."""
    whole = begin + (end - begin) // LANES * LANES
    for k in range(begin, whole, LANES):
        last = (rows - 1) * terms + k
        for i in range(0, width, LANES):
            start = (first + i) * terms + k
            turn(source, start, terms, last, to, (k - begin) * width + i, width)
    for k in range(whole, end):
        for i in range(width):
            to[(k - begin) * width + i] = source[(first + i) * terms + k]


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

    team = _team.get()
    if team is None:
        part((0, height), (0, width))
    elif width >= height:
        team.run([partial(part, (0, height), each) for each in _shares(width, COLUMNS, team.size)])
    else:
        team.run([partial(part, each, (0, width)) for each in _shares(height, ROWS, team.size)])
    return out


def _small(shape: tuple[int, ...], terms: int) -> bool:
    height, width = shape
    return not LANES or height < ROWS or width < COLUMNS or height * width * terms < _FEW


def _space() -> Array:
    """Memory for blocks, one for each thread, that begins with a cache line."""
    space: Array | None = getattr(_memory, "space", None)
    if space is None:
        memory = np.empty(_SPACE, np.float32)
        space = _memory.space = memory[-(memory.ctypes.data // 4) % LANES :]
    return space


# -- threads -----------------------------------------------------------------------------------


class _Team:
    """The calling thread and others."""

    def __init__(self, size: int, pool: ThreadPoolExecutor) -> None:
        self.size, self._pool = size, pool

    def run(self, works: list[Callable[[], None]]) -> None:
        """Do all of it, at the same time."""
        others = [self._pool.submit(work) for work in works[1:]]
        works[0]()
        for other in others:
            other.result()


_team: ContextVar[_Team | None] = ContextVar("team", default=None)


@contextmanager
def product_threads(count: int) -> Iterator[None]:
    """Within it, `product` shares large products among so many threads; the bits stay the same."""
    if count < 2:
        yield
        return
    with ThreadPoolExecutor(count - 1, "regtrain-products") as pool:
        token = _team.set(_Team(count, pool))
        try:
            yield
        finally:
            _team.reset(token)


def _shares(length: int, tile: int, count: int) -> list[tuple[int, int]]:
    """Ranges of whole tiles; at least two of them each, as the last one may be moved back by one."""
    tiles = -(-length // tile)
    count = max(1, min(count, tiles // 2))
    ends = [min(tiles * number // count * tile, length) for number in range(count + 1)]
    return list(pairwise(ends))
