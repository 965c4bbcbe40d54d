"""Random numbers as a pure function of a 64-bit seed and an index.

Each 64-bit word is a hash of (seed, index), so nothing depends on threads, chunks or the order of
work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._simd import LANES, lanes
from augkit.image.kernels._vectors import I16, I64, splat, vector
from augkit.image.kernels.table import Number, Pixels, full_range

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "FEW_PHOTONS",
    "GAUSSIAN",
    "SALT",
    "SHOT",
    "byte_sums",
    "fill_random",
    "fill_words",
    "stream_key",
    "word",
]

GAUSSIAN, SALT, SHOT, _UNIFORM, FEW_PHOTONS = range(5)
"""Purposes: each has a stream of its own."""

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND, _THIRD = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93


def stream_key(seed: int, purpose: int) -> np.uint64:
    """Return the key of one purpose of a seed; neighbouring seeds have unrelated keys."""
    signed = (int(seed) & _MASK ^ _SIGN) - _SIGN  # of one type for compiled code
    return np.uint64(_mixed(signed, purpose))


_SIGN = 1 << 63


@kernel
def _mixed(seed: int, purpose: int) -> np.uint64:
    z = np.uint64(seed) + np.uint64(purpose + 1) * np.uint64(0x9E3779B97F4A7C15)
    for _ in range(2):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return z


@kernel
def word(key: np.uint64, index: int) -> np.uint64:
    """Return word ``index`` of the stream: SplitMix64, Steele, Lea and Flood, OOPSLA 2014."""
    z = key + np.uint64(index) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _byte_sums(context: object, key: object, index: object) -> object:
    """See `byte_sums`."""
    words, half = vector(I64, LANES // 4), vector(I16, LANES)

    def all_words(*values: int) -> ir.Constant:
        return ir.Constant(words, [value & _MASK for value in values * (LANES // 4 // len(values))])

    def build(
        context: Any, builder: ir.IRBuilder, signature: object, values: list[ir.Value]
    ) -> ir.Value:
        key, index = values
        start = builder.add(key, builder.mul(index, ir.Constant(I64, _GOLDEN)))
        z = splat(builder, start, LANES // 4)
        z = builder.add(z, all_words(*[_GOLDEN * k for k in range(LANES // 4)]))
        total = ir.Constant(half, [-510] * LANES)
        for rounds, last in ((((30, _FIRST), (27, _SECOND)), 31), (((32, _THIRD),), 29)):
            for shift, factor in rounds:
                z = builder.xor(z, builder.lshr(z, all_words(shift)))
                z = builder.mul(z, all_words(factor))
            z = builder.xor(z, builder.lshr(z, all_words(last)))
            piece = builder.bitcast(z, half)
            low = builder.and_(piece, ir.Constant(half, [255] * LANES))
            high = builder.lshr(piece, ir.Constant(half, [8] * LANES))
            total = builder.add(total, builder.add(low, high))
        total = builder.shl(total, ir.Constant(half, [6] * LANES))
        between = builder.and_(piece, ir.Constant(half, [63] * LANES))
        total = builder.add(total, builder.add(between, ir.Constant(half, [-32] * LANES)))
        return total

    return lanes(types.uint64, types.intp), build


byte_sums = cast("Callable[[np.uint64, int], Any]", intrinsic(_byte_sums))
"""64 times the sums of four bytes each, less 510, of the ``LANES // 4`` words from an index on.

Two bytes are of the word, two of another that one more round of the hash makes of it: multiplying is
most of the work. Between the sums, 6 bits of one of the bytes say where: what they are hardly depends
on the sum.
"""


@kernel
def fill_words(key: np.uint64, first: int, words: NDArray[np.uint64]) -> None:
    """The words from an index on."""
    for i in range(words.size):
        words[i] = word(key, first + i)


def fill_random(image: Pixels, seed: int, box: tuple[int, int, int, int] | None = None) -> None:
    """Overwrite ``image``, C-contiguous (H, W, C), or a box of it, by uniform noise in place.

    ``box`` is x0, y0, x1, y1 within the image. The noise of a value depends on the seed and its
    index in the image only, not on the box.
    """
    height, width, _ = image.shape
    x0, y0, x1, y1 = (0, 0, width, height) if box is None else box
    full_range(image.dtype)
    # A sample's 16 bits over the range: the top 8 of them, all, or as a fraction.
    shift = 8 if image.dtype == np.uint8 else 0
    scale = image.dtype.type(1 / 65535 if image.dtype == np.float32 else 1)
    _uniform(image, x0, y0, x1, y1, shift, scale, stream_key(seed, _UNIFORM))


@kernel
def _uniform(
    image: Pixels,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    shift: int,
    scale: Number,
    key: np.uint64,
) -> None:
    cast = image.dtype.type
    _, width, channels = image.shape
    for y in range(y0, y1):
        row = image[y].reshape(-1)
        first = y * width * channels
        for j in range(x0 * channels, x1 * channels):
            bits = word(key, (first + j) >> 2) >> np.uint64(16 * ((first + j) & 3))
            row[j] = cast((bits & np.uint64(0xFFFF)) >> np.uint64(shift)) * scale
