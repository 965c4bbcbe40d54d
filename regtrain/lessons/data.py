"""Random numbers and small data sets that the lessons share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.random import stream_key

__all__ = ["generator", "glyphs", "moons"]

Floats = NDArray[np.float32]

# The digits as five by seven dots, as on old displays.
_DOTS = (
    "01110 10001 10011 10101 11001 10001 01110",
    "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111",
    "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010",
    "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110",
    "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110",
    "01110 10001 10001 01111 00001 00010 01100",
)
SIDE = 16


def generator(seed: int, name: str) -> np.random.Generator:
    """A random source of its own for each purpose, made from its name.

    >>> float(generator(0, "a").random()) == float(generator(0, "a").random())
    True
    """
    low, high = stream_key(seed, name, 0)
    return np.random.Generator(np.random.Philox(key=low | high << 64))


def moons(count: int, noise: float, seed: int, part: str = "train") -> tuple[Floats, NDArray[Any]]:
    """Two half circles that reach into one another: points (count, 2) and classes (count,).

    >>> x, y = moons(6, 0.0, seed=0)
    >>> x.shape, sorted(set(y.tolist()))
    ((6, 2), [0, 1])
    """
    random = generator(seed, f"moons {part}")
    y = np.arange(count) % 2
    angle = np.pi * random.random(count)
    x = np.stack([np.cos(angle), np.sin(angle)], 1)
    x[y == 1] = np.array([1.0, 0.5]) - x[y == 1]
    x += noise * random.standard_normal(x.shape)
    return x.astype(np.float32), y


def glyphs(
    count: int, seed: int, part: str = "train", *, noise: float = 0.25
) -> tuple[Floats, NDArray[Any]]:
    """Digits of dots, shifted, turned, scaled and noisy: images (count, 16, 16, 1) in [0, 1].

    >>> x, y = glyphs(20, seed=0)
    >>> x.shape, y[:10].tolist()
    ((20, 16, 16, 1), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    from scipy.ndimage import affine_transform

    random = generator(seed, f"glyphs {part}")
    y = np.arange(count) % 10
    patterns = [
        np.kron(
            np.array([[int(dot) for dot in row] for row in rows.split()], np.float64),
            np.ones((2, 2)),
        )
        for rows in _DOTS
    ]
    images = np.empty((count, SIDE, SIDE))
    for i, digit in enumerate(y):
        angle, scale = np.deg2rad(random.uniform(-15, 15)), random.uniform(0.8, 1.15)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
        pattern = patterns[digit]
        middle = (np.array(pattern.shape) - 1) / 2
        place = (SIDE - 1) / 2 + random.uniform(-2, 2, 2)
        images[i] = affine_transform(
            pattern, turn, middle - turn @ place, output_shape=(SIDE, SIDE), order=1
        )
    images += noise * random.standard_normal(images.shape)
    return np.clip(images, 0, 1).astype(np.float32)[..., None], y
