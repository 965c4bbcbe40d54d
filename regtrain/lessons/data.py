"""Random numbers and small data sets that the lessons share."""

from __future__ import annotations

import numpy as np

from augkit.core.random import stream_key

__all__ = ["generator"]


def generator(seed: int, name: str) -> np.random.Generator:
    """A random source of its own for each purpose, made from its name.

    >>> float(generator(0, "a").random()) == float(generator(0, "a").random())
    True
    """
    low, high = stream_key(seed, name, 0)
    return np.random.Generator(np.random.Philox(key=low | high << 64))
