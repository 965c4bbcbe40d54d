"""Forcing files onto the disk while the next are made."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from augkit.batch import files

__all__ = ["Syncer"]

_AHEAD = 32
"""Calls on their way; a disk that cannot follow has to be waited for."""


class Syncer:
    """Brings files to the disk in a thread: the processor has nothing to do while a disk writes.

    Use it as a context manager; what is still on its way at the end is waited for.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="augkit-sync")
        self._pending: deque[Future[None]] = deque()

    def start(self, paths: Sequence[str]) -> None:
        """Begin with some files, in their final places. Raises what earlier ones met."""
        while len(self._pending) >= _AHEAD:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(files.sync, paths))

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
