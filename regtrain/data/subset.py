"""Some samples of a sequence, read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Subset"]


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

    def read_many(self, rows: Any) -> list[Any]:
        """The samples of these numbers."""
        many = getattr(self.samples, "read_many", None)
        chosen = [int(self.rows[row]) for row in rows]
        return list(many(chosen)) if many else [self.samples[row] for row in chosen]
