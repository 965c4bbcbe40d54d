"""Some samples of a sequence, read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random import Philox

from augkit.core.random import Root, Stream

__all__ = ["Subset", "scattered"]


def scattered(total: int, count: int) -> npt.NDArray[np.int64]:
    """The numbers of at most ``count`` of ``total`` samples from all over, always the same ones.

    One at random from each of ``count`` equal stretches: files often lie sorted by class, and
    equal distances would meet the same class again where the classes take turns.

    >>> [int(row) // 100 for row in scattered(500, 5)]
    [0, 1, 2, 3, 4]
    >>> scattered(3, 5).tolist()
    [0, 1, 2]
    """
    if count >= total:
        return np.arange(total)
    edges = np.arange(count + 1) * total // count
    words = Philox(key=Stream(Root((0, ("scattered", total), 0))).seed("rows")).random_raw(count)
    chosen: npt.NDArray[np.int64] = edges[:-1] + (words % np.diff(edges).astype(np.uint64)).astype(
        np.int64
    )
    return chosen


class Subset(Sequence[Any]):
    """The samples with the numbers ``rows`` of a sequence such as a `Folder`.

    Args:
        samples: a sequence; it is not copied.
        rows: the numbers, in the order wanted.

    >>> Subset("abcd", [2, 0])[:]
    ['c', 'a']
    """

    def __init__(self, samples: Any, rows: Any) -> None:
        self.samples, self.rows = samples, np.asarray(rows, np.int64)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.read_many(range(*index.indices(len(self))))
        return self.samples[int(self.rows[index])]

    def read_many(self, rows: Any) -> Any:
        """The samples of these numbers."""
        if isinstance(self.samples, np.ndarray):
            return self.samples[self.rows[rows]]
        many = getattr(self.samples, "read_many", None)
        chosen = [int(self.rows[row]) for row in rows]
        return list(many(chosen)) if many else [self.samples[row] for row in chosen]
