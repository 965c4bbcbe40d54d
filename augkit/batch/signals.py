"""Ctrl-C and SIGTERM: the first lets chunks in flight finish, the second ends at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

__all__ = ["Signals"]


class Signals:
    """Takes the two signals while it is entered, in the main thread; elsewhere it does nothing.

    Attributes
    ----------
    received
        The number of the first signal, or 0.
    """

    def __init__(self) -> None:
        self.received = 0
        self._announced = False
        self._before: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return self.received != 0

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.received:
            raise KeyboardInterrupt
        self.received = number  # nothing is printed here: a handler may interrupt a print

    def news(self) -> bool:
        """True once, after the first signal."""
        fresh = self.received != 0 and not self._announced
        self._announced |= fresh
        return fresh
