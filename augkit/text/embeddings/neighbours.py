"""The nearest words of a word: by cosine, in blocks, only for words that are met, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from augkit.text.embeddings.converted import Vectors

__all__ = ["Neighbours"]

_ROWS = 1 << 15  # of the table that are looked at together
_QUERIES = 256  # words that are looked up together
_SLACK = 1e-4  # by which sums in single precision can be wrong, and more


class Neighbours:
    """The ``top_k`` nearest words of each word that is asked for.

    Candidates are found by matrix products in single precision, whose last bits depend on what else
    is computed with them; then their cosines are computed again, each by itself in double
    precision, so that the answer depends on the word alone.

    Args:
        table: of the vectors.
        top_k: how many neighbours of each word.

    >>> from augkit.text.embeddings import builtin
    >>> [word for word, _ in Neighbours(builtin(), 3).of("film n")][:1]
    ['movie n']
    """

    def __init__(self, table: Vectors, top_k: int) -> None:
        self._table = table
        self._top_k = top_k
        self._known: dict[str, tuple[tuple[str, float], ...]] = {}

    def of(self, word: str) -> tuple[tuple[str, float], ...]:
        """The neighbours with their cosines, nearest first; nothing for a word that is not there."""
        found = self._known.get(word)
        if found is None:
            self.look_up([word])
            found = self._known[word]
        return found

    def look_up(self, words: Iterable[str]) -> None:
        """Find the neighbours of many words at once: several times as fast as one by one."""
        table = self._table
        missing: dict[str, int] = {}
        for word in dict.fromkeys(words):
            if word not in self._known:
                row = table.row(word)
                if row is None:
                    self._known[word] = ()
                else:
                    missing[word] = row
        names, rows = list(missing), list(missing.values())
        for start in range(0, len(rows), _QUERIES):
            some = rows[start : start + _QUERIES]
            for word, row, near in zip(names[start:], some, self._candidates(some), strict=False):
                self._known[word] = self._ranked(row, near)

    def _candidates(self, rows: Sequence[int]) -> list[NDArray[np.int64]]:
        """For each of some rows, the rows that may be among its nearest, and few others."""
        table = self._table
        queries = table.numbers[rows].astype(np.float32) * table.inverse_lengths[rows][:, None]
        wanted = min(self._top_k + 1, len(table))  # one of them is the word itself
        near: list[list[NDArray[np.int64]]] = [[] for _ in rows]
        values: list[list[NDArray[np.float32]]] = [[] for _ in rows]
        least = np.full(len(rows), -2.0, np.float32)
        best = np.full((len(rows), wanted), -2.0, np.float32)
        for start in range(0, len(table), _ROWS):
            block = table.numbers[start : start + _ROWS].astype(np.float32, copy=False)
            cosines = queries @ block.T
            cosines *= table.inverse_lengths[start : start + _ROWS]
            if start == 0 and cosines.shape[1] > wanted:
                best = np.partition(cosines, -wanted, axis=1)[:, -wanted:]
                least = best.min(axis=1)
            which, columns = np.nonzero(cosines >= (least - _SLACK)[:, None])
            cuts = np.searchsorted(which, np.arange(1, len(rows)))
            for turn, found in enumerate(np.split(columns, cuts)):
                if len(found):
                    near[turn].append(found + start)
                    values[turn].append(cosines[turn, found])
                    if start:
                        joined = np.concatenate([best[turn], values[turn][-1]])
                        best[turn] = np.partition(joined, -wanted)[-wanted:]
                        least[turn] = best[turn].min()
        chosen = []
        for turn in range(len(rows)):
            all_near, cosine = np.concatenate(near[turn]), np.concatenate(values[turn])
            chosen.append(all_near[cosine >= least[turn] - _SLACK])
        return chosen

    def _ranked(self, row: int, near: NDArray[np.int64]) -> tuple[tuple[str, float], ...]:
        table = self._table
        near = near[near != row]
        query = table.numbers[row].astype(np.float64)
        others = table.numbers[near].astype(np.float64)
        lengths = np.sqrt((others * others).sum(axis=1) * (query * query).sum())
        lengths[lengths == 0] = np.inf
        cosines = (others * query).sum(axis=1) / lengths
        order = sorted(zip((-cosines).tolist(), near.tolist(), strict=True))[: self._top_k]
        return tuple((table.word(other), -cosine) for cosine, other in order)
