"""Forcing files onto the disk while the next are made."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from augkit.batch.files import sync_open

__all__ = ["Syncer"]

_AHEAD = 32
"""Files on their way: each is open, and a disk that cannot follow has to be waited for."""


class Syncer:
    """Brings files to the disk in a thread: the processor has nothing to do while a disk writes.

    Use it as a context manager; what is still on its way at the end is waited for.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="augkit-sync")
        self._pending: deque[Future[None]] = deque()

    def start(self, path: str) -> None:
        """Begin with a file; it may get another name meanwhile. Raises what an earlier one met."""
        while len(self._pending) >= _AHEAD:
            self._pending.popleft().result()
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self._pending.append(self._pool.submit(sync_open, handle))

    def wait(self) -> None:
        """Until all are on the disk; raises `OSError` if one cannot be brought there."""
        while self._pending:
            self._pending.popleft().result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown()
