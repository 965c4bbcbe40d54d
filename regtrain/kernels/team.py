"""Threads that share the work of a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise

__all__ = ["Team", "present", "share", "team"]


class Team:
    """The calling thread and others."""

    def __init__(self, size: int, pool: ThreadPoolExecutor) -> None:
        self.size, self._pool = size, pool

    def run(self, works: list[Callable[[], None]]) -> None:
        """Do all of it, at the same time."""
        others = [self._pool.submit(work) for work in works[1:]]
        works[0]()
        for other in others:
            other.result()


_present: ContextVar[Team | None] = ContextVar("team", default=None)


def present() -> Team | None:
    """Those who are there, if somebody is there besides the caller."""
    return _present.get()


@contextmanager
def team(count: int) -> Iterator[None]:
    """Within it, what is large is shared among so many threads; the bits stay the same."""
    if count < 2:
        yield
        return
    with ThreadPoolExecutor(count - 1, "regtrain-team") as pool:
        token = _present.set(Team(count, pool))
        try:
            yield
        finally:
            _present.reset(token)


def share(count: int, work: Callable[[int, int, int], None], least: int = 1) -> None:
    """``work(first, last, number)`` for ranges that make up ``count``, one for each of the team.

    A range has at least ``least`` members, else there are fewer of them.
    """
    those = present()
    size = 1 if those is None else max(1, min(those.size, count // least))
    if those is None or size == 1:
        work(0, count, 0)
        return
    ends = [count * number // size for number in range(size + 1)]

    def part(first: int, last: int, number: int) -> Callable[[], None]:
        return lambda: work(first, last, number)

    those.run([part(*each, number) for number, each in enumerate(pairwise(ends))])
