"""What a worker gets at once: some chunks, whose outputs reach the disk together.

A chunk may be a single small file. Handing it out, waiting for the disk and noting it down would
then take as long as the work, so several are handed out, as many as are done in a moment.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from augkit.batch import files
from augkit.batch.faults import StopRunError
from augkit.batch.files import atomic_writes
from augkit.batch.memory import keep_large_blocks
from augkit.batch.spec import JobSpec
from augkit.batch.syncing import Syncer
from augkit.batch.task import Outcome, Task, summed
from augkit.batch.worker import Worker, written_files
from augkit.core.errors import AugkitError

__all__ = ["Portions", "run_portion"]

MOMENT = 0.5
"""Seconds after which no further chunk of a portion is begun: what a kill may cost, but for a chunk."""
MOST = 64
"""Chunks in a portion, at most."""


class Portions:
    """The tasks of a run, a portion at a time.

    A portion is as large as the last ones let expect to be done in a moment. No worker gets more than
    a fair share of what is left, so that none stands idle at the end.

    Parameters
    ----------
    tasks
        In order; not looked at before they are handed out.
    count
        How many there are.
    workers
        How many share them.
    """

    def __init__(self, tasks: Iterable[Task], count: int, workers: int) -> None:
        self._tasks = iter(tasks)
        self._returned: deque[Task] = deque()
        self._left = count
        self._workers = workers
        self._size = 1

    def next(self) -> list[Task]:
        """Some tasks; none when all are handed out."""
        size = max(1, min(self._size, self._left // (2 * self._workers)))
        portion = [self._returned.popleft() for _ in range(min(size, len(self._returned)))]
        portion += islice(self._tasks, size - len(portion))
        self._left -= len(portion)
        return portion

    def give_back(self, tasks: Iterable[Task]) -> None:
        """Hand these out again, before all others."""
        before = len(self._returned)
        self._returned.extend(tasks)
        self._left += len(self._returned) - before

    def took(self, portion: Sequence[Task], count: int) -> None:
        """A worker has done the first tasks of a portion; the others are handed out again."""
        self.give_back(portion[count:])
        self._size = min(2 * count, MOST)


class _Made(NamedTuple):
    """A task whose outputs stand in their places: its lines, also as JSON."""

    task: Task
    lines: list[dict[str, Any]]
    texts: list[bytes]
    kept: int
    seconds: float


def run_portion(tasks: Sequence[Task]) -> list[Outcome]:
    """Make the outputs of tasks and write their parts; never raises for what a file or disk does.

    Returns
    -------
    list
        The outcomes of the first tasks, of one at least: after a moment, or at one that means to
        stop the run, the others are not begun.
    """
    keep_large_blocks()
    end = time.monotonic() + MOMENT
    made: list[_Made] = []
    stopped: list[Outcome] = []
    with Syncer() as syncer:
        try:
            worker = _worker(tasks[0])  # all are of one job
            for task in tasks:
                made.append(_made(worker, task, syncer))
                if time.monotonic() > end:
                    break
        except (OSError, AugkitError, StopRunError) as error:
            stopped = [_stopped(tasks[len(made)], error)]
        try:
            return [*_noted(made, syncer), *stopped]
        except OSError as error:  # nothing counts as done
            return stopped or [_stopped(tasks[0], error)]


def _made(worker: Worker, task: Task, syncer: Syncer) -> _Made:
    start = time.perf_counter()
    done = worker.process(task, syncer)
    lines, texts = [line for line, _ in done], [text for _, text in done]
    return _Made(task, lines, texts, worker.kept, time.perf_counter() - start)


def _noted(made: Sequence[_Made], syncer: Syncer) -> list[Outcome]:
    """Write the parts of tasks as soon as all they tell of is on the disk."""
    if not made:
        return []
    task = made[0].task
    syncer.wait()
    if task.durability == "chunk":
        written = (name for one in made for name in written_files(task.destination, one.lines))
        files.sync(sorted({os.path.dirname(name) for name in written}))
    parts = [(Path(one.task.part), one.texts) for one in made]
    sizes = atomic_writes(parts, durable=task.durability != "none")
    return [
        summed(one.task.chunk, one.lines, size.bytes, one.seconds)._replace(kept=one.kept)
        for one, size in zip(made, sizes, strict=True)
    ]


def _stopped(task: Task, error: BaseException) -> Outcome:
    """The outcome of a task that cannot go on, and nor can the run."""
    code, message = 1, f"cannot write {task.part}: {error}"
    if isinstance(error, StopRunError | AugkitError):
        code, message = error.exit_code, str(error)
    elif not os.path.isdir(task.destination):
        message = f"the destination {task.destination!r} is gone; run again to make it anew"
    elif isinstance(error, OSError) and error.errno in files.DISK_FULL:
        code = 5
    return Outcome(task.chunk, 0, 0, 0, 0, 0, 0.0, code, message)


_kept = threading.local()


def _worker(task: Task) -> Worker:
    """One worker per thread and job, kept from task to task."""
    status = os.stat(task.listing)  # a run that goes on has a listing of its own
    name = (repr(task.spec), task.source, task.listing, status.st_ino, status.st_mtime_ns)
    if getattr(_kept, "name", None) != name:
        _kept.worker = Worker(JobSpec.from_dict(task.spec), task.source, task.listing)
        _kept.name = name
    worker: Worker = _kept.worker
    return worker
