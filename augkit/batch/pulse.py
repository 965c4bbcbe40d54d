"""A worker that hangs: it says which output it is at, and is ended when it stays there too long.

A worker process says so in a few bytes that it shares with the driver (`beat`, `rest`); the driver
looks at them (`Watch`) and kills what does not move, whatever it hangs in: a loop that holds the
interpreter, a dead disk, a stopped process. Where the driver itself does the work, an alarm
interrupts it (`deadline`).
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple, Protocol

from augkit.batch.task import Task
from augkit.core.errors import SpecError

__all__ = ["OverdueError", "Watch", "beat", "deadline", "rest", "settled_timeout"]


TIMEOUT = 3600.0
"""Seconds that one output may take unless told otherwise: a table of millions of rows is one."""


def settled_timeout(timeout: float | None, *, keeps_time: bool) -> float:
    """The timeout to keep, 0 for none; `SpecError` where one was asked for that cannot be kept.

    >>> settled_timeout(None, keeps_time=True), settled_timeout(None, keeps_time=False)
    (3600.0, 0.0)
    """
    if timeout is None:
        return TIMEOUT if keeps_time else 0.0
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout >= 0:
        raise SpecError(f"timeout must be at least 0 seconds, got {timeout!r}")
    if timeout and not keeps_time:
        raise SpecError("timeout needs workers that can be ended: leave it out, or use processes")
    return float(timeout)


class OverdueError(BaseException):
    """Raised by the alarm in what takes too long; no ``except Exception`` holds it back."""


class _Alarm:
    """The alarm of this process; it rings once, ``seconds`` after it was last set."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._set = 0.0

    def set(self) -> None:
        self._set = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def ring(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() - self._set > self.seconds + 1:  # asleep meanwhile (Ctrl-Z): try again
            self.set()
        else:
            raise OverdueError


_alarm = _Alarm()


def beat(index: int) -> None:
    """In a worker: an output of sample ``index`` is begun."""
    shared = getattr(multiprocessing.current_process(), "pulse", None)
    if shared is not None:
        shared[0] = index + 1
        shared[1] += 1
    elif _alarm.seconds:
        _alarm.set()


def rest() -> None:
    """In a worker: no sample is being worked on."""
    shared = getattr(multiprocessing.current_process(), "pulse", None)
    if shared is not None:
        shared[0] = 0
    elif _alarm.seconds:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """While it lasts, what stays at one output for longer is interrupted by `OverdueError`.

    Only in the main thread of a process that nobody watches, and only what Python can interrupt: a
    loop in compiled code goes on.
    """
    watched = getattr(multiprocessing.current_process(), "pulse", None) is not None
    main = threading.current_thread() is threading.main_thread()
    if not seconds or watched or not main or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _alarm.ring)
    _alarm.seconds = seconds
    try:
        yield
    finally:
        _alarm.seconds = 0.0
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class _Process(Protocol):
    """A worker process with its pulse: the sample it is at (from 1; 0 for none), and a count."""

    pulse: Any
    pid: int | None

    def kill(self) -> None: ...


class _Seen(NamedTuple):
    """A worker's count when it was last looked at, and for how long it has been the same."""

    beats: int
    seconds: float


class Watch:
    """Looks after the worker processes of an engine.

    Parameters
    ----------
    workers
        Gives the processes there are.
    seconds
        How long one output of a file may take; 0 for ever.

    Attributes
    ----------
    hung
        The samples that took longer.
    """

    def __init__(self, workers: Any, seconds: float) -> None:
        self.seconds = seconds
        self.hung: set[int] = set()
        self._workers = workers
        self._seen: dict[int, _Seen] = {}
        self._last = time.monotonic()

    def look(self) -> list[int]:
        """End the workers that hang; the samples they were at. To be called every second."""
        now = time.monotonic()
        # Time in which nobody looked does not count: the whole job may have been asleep (Ctrl-Z).
        passed, self._last = min(now - self._last, 1.0), now
        if not self.seconds:
            return []
        found: list[int] = []
        processes: Sequence[_Process] = self._workers()
        seen, self._seen = self._seen, {}
        for process in processes:
            sample, beats = process.pulse
            if not sample or process.pid is None:
                continue
            before = seen.get(process.pid, _Seen(-1, 0.0))
            stayed = before.seconds + passed if before.beats == beats else 0.0
            if stayed > self.seconds:
                process.kill()
                process.pulse[0] = 0
                found.append(sample - 1)
            self._seen[process.pid] = _Seen(beats, stayed)
        self.hung.update(found)
        return found

    def marked(self, task: Task) -> Task:
        """A task that knows which of its samples hang."""
        return task._replace(hung=sorted(self.hung.intersection(task.indices)))
