"""Smooth noise from tables of random numbers on a lattice."""

from __future__ import annotations

import numpy as np

from .arrays import Array

_BITS_3D, _BITS_2D = 5, 8
_random = np.random.Generator(np.random.Philox(key=20))
_TABLE_3D = _random.random(1 << (3 * _BITS_3D), np.float32)
_TABLE_2D = _random.random(1 << (2 * _BITS_2D), np.float32)


def _cell(x: Array) -> tuple[np.ndarray[tuple[int], np.dtype[np.int32]], Array]:
    floor = np.floor(x)
    f = (x - floor).astype(np.float32)
    return floor.astype(np.int32), f * f * (3 - 2 * f)


def noise3(x: Array, y: Array, z: Array) -> Array:
    """Value noise in [0, 1], period 32 along each axis."""
    mask = (1 << _BITS_3D) - 1
    (ix, u), (iy, v), (iz, w) = _cell(x), _cell(y), _cell(z)
    x0, x1 = (ix & mask) << 10, ((ix + 1) & mask) << 10
    y0, y1 = (iy & mask) << 5, ((iy + 1) & mask) << 5
    z0, z1 = iz & mask, (iz + 1) & mask
    table = _TABLE_3D
    a, b, c, d = x0 | y0, x1 | y0, x0 | y1, x1 | y1
    front = table[a | z0], table[b | z0], table[c | z0], table[d | z0]
    back = table[a | z1], table[b | z1], table[c | z1], table[d | z1]
    p, q, r, s = (f + (g - f) * w for f, g in zip(front, back, strict=True))
    low, high = p + (q - p) * u, r + (s - r) * u
    result: Array = low + (high - low) * v
    return result


def noise2(x: Array, y: Array) -> Array:
    """Value noise in [0, 1], period 256 along each axis."""
    mask = (1 << _BITS_2D) - 1
    (ix, u), (iy, v) = _cell(x), _cell(y)
    x0, x1 = (ix & mask) << _BITS_2D, ((ix + 1) & mask) << _BITS_2D
    y0, y1 = iy & mask, (iy + 1) & mask
    table = _TABLE_2D
    low = table[x0 | y0] + (table[x1 | y0] - table[x0 | y0]) * u
    high = table[x0 | y1] + (table[x1 | y1] - table[x0 | y1]) * u
    result: Array = low + (high - low) * v
    return result


def cell_random(x: Array, y: Array, layer: int = 0) -> Array:
    """One random number in [0, 1] per unit square; ``layer`` picks an independent set."""
    mask = (1 << _BITS_2D) - 1
    ix = np.floor(x).astype(np.int32) + 71 * layer
    iy = np.floor(y).astype(np.int32) + 29 * layer
    result: Array = _TABLE_2D[((ix & mask) << _BITS_2D) | (iy & mask)]
    return result


def fractal2(x: Array, y: Array, octaves: int) -> Array:
    """Sum of ``octaves`` noises, each twice as fine and half as strong, in [0, 1]."""
    total, weight = np.zeros_like(x), 0.0
    for octave in range(octaves):
        # the turn by an irrational angle keeps the lattices of the octaves apart
        total = total + noise2(x + 17.3 * octave, y - 9.1 * octave) * np.float32(0.5**octave)
        weight += 0.5**octave
        x, y = 1.6 * x - 1.2 * y, 1.2 * x + 1.6 * y
    return (total / weight).astype(np.float32)


def fractal3(x: Array, y: Array, z: Array, octaves: int) -> Array:
    """The same in three dimensions."""
    total, weight = np.zeros_like(x), 0.0
    for octave in range(octaves):
        total = total + noise3(x + 7.3 * octave, y - 3.1 * octave, z) * np.float32(0.5**octave)
        weight += 0.5**octave
        x, y, z = 1.6 * x - 1.2 * y, 1.2 * x + 1.6 * y, 2.03 * z
    return (total / weight).astype(np.float32)
