"""The task the lessons on regularization share: few, noisy digits, and a network with room to spare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regtrain.lessons.data import generator, glyphs

__all__ = ["Task", "task"]


@dataclass(frozen=True)
class Task:
    """Training and validation data: flat images (n, 256) and classes (n,)."""

    x: NDArray[np.float32]
    y: NDArray[Any]
    valid_x: NDArray[np.float32]
    valid_y: NDArray[Any]

    @property
    def train(self) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """What `Trainer.fit` takes first."""
        return self.x, self.y

    @property
    def valid(self) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """What `Trainer.fit` takes as ``valid``."""
        return self.valid_x, self.valid_y


def task(seed: int, count: int = 300, *, wrong: float = 0.1, noise: float = 0.35) -> Task:
    """``count`` training digits, a share ``wrong`` of them with a random label, and 1000 others.

    >>> task(0, 50).x.shape
    (50, 256)
    """
    x, y = glyphs(count, seed, "train", noise=noise)
    valid_x, valid_y = glyphs(1000, seed, "valid", noise=noise)
    random = generator(seed, "wrong labels")
    labels = np.where(random.random(count) < wrong, random.integers(0, 10, count), y)
    return Task(x.reshape(count, -1), labels, valid_x.reshape(1000, -1), valid_y)
