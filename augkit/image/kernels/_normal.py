"""Normally distributed numbers from the sums of four random bytes.

Such a sum is close to normal, and a polynomial makes it more so (Teichroew 1953, see Knuth, The Art of
Computer Programming, volume 2, section 3.4.1). `byte_sums` by 2**-15 are t in (-1, 1); the quantile of
the normal distribution that belongs to it is t p(2 t^2 - 1), with p by least squares, weighted by the
distribution of the sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._random import byte_sums
from augkit.image.kernels._simd import (
    LANES,
    add,
    high_product,
    high_product_unsigned,
    magnitude,
    shift_left,
    splat,
    store_words,
)

__all__ = ["RMS", "fill_normals", "normal_lanes"]

# The lowest power first.
_P0, _P1, _P2, _P3, _P4 = (
    np.float32(value) for value in (3.64990752, 0.51064131, 0.43615516, 0.41257415, 0.17083848)
)
# The same in 16 bits: 6000 to one, and doubled from power to power, since a product keeps half. (No
# product is shifted, else LLVM computes all of it in 32 bits.)
_C0, _C1, _C2, _C3, _C4 = 21899, 6128, 10468, 19804, 16400
RMS = 2999.8507
"""The standard deviation of `normal_lanes`."""


@kernel
def normal_lanes(t: Any) -> Any:
    """The numbers that belong to the ``t`` of `byte_sums`, times `RMS`."""
    size = shift_left(magnitude(t), 1)
    v = add(high_product_unsigned(size, size), splat(-32768))
    p = add(high_product(v, splat(_C4)), splat(_C3))
    p = add(high_product(v, p), splat(_C2))
    p = add(high_product(v, p), splat(_C1))
    p = add(high_product(v, p), splat(_C0))
    return high_product(t, p)


@kernel
def fill_normals(
    key: np.uint64, first: int, sums: NDArray[np.int16], normals: NDArray[np.float32]
) -> None:
    """The same, exactly, from the sample ``first`` on.

    It and the length of ``normals`` are multiples of lanes; ``sums``, as many, is room to work in.
    """
    for at in range(0, normals.size, LANES):
        store_words(byte_sums(key, (first + at) // 4), address(sums) + 2 * at)
    for i in range(normals.size):
        t = np.float32(sums[i]) * np.float32(2.0**-15)
        v = np.float32(2) * t * t - np.float32(1)
        normals[i] = t * (_P0 + v * (_P1 + v * (_P2 + v * (_P3 + v * _P4))))
