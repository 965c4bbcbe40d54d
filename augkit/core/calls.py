"""Calls that come without a key: numbered, and drawn several ahead."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from typing import TYPE_CHECKING, NamedTuple

from augkit.core.random import Root, fresh_seed, numbered_stream_keys

if TYPE_CHECKING:
    from augkit.core.random import Foresight, Key, Rows

__all__ = ["CallNumbers"]

_MOST_AHEAD = 64  # calls whose words are made at once: a sixtieth of a compiled call for each

# Renewed in every forked child, so that workers which inherit a pipeline do not repeat each other.
_fork_entropy: list[int] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        after_in_child=lambda: _fork_entropy.__setitem__(slice(None), [fresh_seed()])
    )


class _Ahead(NamedTuple):
    """The words of the next calls: see `Foresight.words_of_many`."""

    first: int
    entropy: tuple[int, ...]
    seed: int
    rows: Rows
    made: list[list[int]]


_NOTHING_AHEAD = _Ahead(0, (), 0, {}, [])


class CallNumbers:
    """Numbers the calls that come without a key.

    In the main process the key is the number alone, so a seeded script repeats itself. In a worker
    (forked or spawned) fresh entropy goes in as well: workers never repeat each other.
    """

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._count = itertools.count()
        self._entropy: tuple[int, ...] | None = None
        self._ahead = _NOTHING_AHEAD  # replaced as a whole: threads may share it

    def next_key(self) -> Key:
        """The key of the next call."""
        return ("call", *self._current_entropy(), next(self._count))

    def next_number(self) -> int:
        """The number of the next call, of which nothing else is needed."""
        return next(self._count)

    def next_root(self, seed: int, foresight: Foresight | None) -> tuple[Key, Root]:
        """The key of the next call, variant 0, and its draws; what is foreseen is made for several
        calls at once.
        """
        number, entropy = next(self._count), self._current_entropy()
        key: Key = ("call", *entropy, number)
        root = Root((seed, key, 0), foresight)
        if foresight is not None and (rows := foresight.rows):
            ahead = self._ahead
            place = number - ahead.first
            if not (
                0 <= place < len(ahead.made)
                and ahead.rows is rows
                and ahead.seed == seed
                and ahead.entropy == entropy
            ):
                # Few at first: many programs make few calls, and first draws still tell of words.
                count = min(2 * max(len(ahead.made), 1), _MOST_AHEAD)
                later = range(number, number + count)
                digests = numbered_stream_keys(seed, ("call", *entropy), later)
                ahead = _Ahead(number, entropy, seed, *foresight.words_of_many(digests))
                self._ahead, place = ahead, 0
            root.foresee(ahead.rows, ahead.made[place])
        return key, root

    def _current_entropy(self) -> tuple[int, ...]:
        entropy = self._entropy
        if entropy is None or (_fork_entropy and entropy[:1] != tuple(_fork_entropy)):
            if _fork_entropy:
                entropy = (_fork_entropy[0],)
            elif multiprocessing.parent_process() is not None:
                entropy = (fresh_seed(),)
            else:
                entropy = ()
            self._entropy = entropy
        return entropy

    def __getstate__(self) -> dict[str, object]:
        return {}

    def __setstate__(self, state: dict[str, object]) -> None:
        self._reset()
