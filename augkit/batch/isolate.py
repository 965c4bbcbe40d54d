"""When a worker dies, nobody says which file it was: halving its chunk finds it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from pathlib import Path

from augkit.batch.engines import Engine
from augkit.batch.files import atomic_write, json_line, remove
from augkit.batch.listing import Listing
from augkit.batch.manifest import combine_parts
from augkit.batch.portion import run_portion
from augkit.batch.pulse import Watch
from augkit.batch.signals import Signals
from augkit.batch.spec import JobSpec
from augkit.batch.task import Outcome, Task, failure_line, summed
from augkit.batch.worker import Worker
from augkit.core.errors import AugkitError

__all__ = ["Isolation"]

STRIKES = 2
"""How often a file must have killed a worker alone before it is quarantined."""


class Isolation:
    """Runs suspected chunks one at a time, and halves those that kill their worker.

    Parameters
    ----------
    engine
        Restarted after every death, with one worker.
    listing
        The samples.
    signals
        Tell whether the run has been asked to end.
    watch
        Ends workers that hang.
    """

    def __init__(self, engine: Engine, listing: Listing, signals: Signals, watch: Watch) -> None:
        self._engine = engine
        self._watch = watch
        self._listing = listing
        self._signals = signals
        self._workers = engine.workers
        self._checked = False

    def run(self, task: Task) -> Outcome | None:
        """A chunk's outcome, with the files that kill workers quarantined; None when ended."""
        start = time.perf_counter()
        if not self._checked:
            self._check_that_workers_start()
        outcome = self._alone(task)
        if outcome is not None:
            return outcome
        parts: list[Path] = []
        try:
            stopped = self._halve(task, task.indices, parts)
            if stopped is not None or self._signals:
                return stopped
            size, lines = combine_parts(Path(task.part), parts, durable=task.durability != "none")
        finally:
            for part in parts:
                remove(part)
        return summed(task.chunk, lines, size, time.perf_counter() - start)

    def over(self) -> None:
        """Back to all workers."""
        self._engine.restart(self._workers)

    def _check_that_workers_start(self) -> None:
        """A worker that cannot even start would make every file look guilty."""
        self._engine.restart(1)
        try:
            self._engine.submit(abs, 0).result()
        except BrokenExecutor:
            raise AugkitError(
                f"workers cannot start: {self._engine.death()}; engine='inprocess' may show why"
            ) from None
        self._checked = True

    def _halve(self, task: Task, indices: Sequence[int], parts: list[Path]) -> Outcome | None:
        """Make some samples of a chunk, which have killed a worker together; fills ``parts``.

        Returns an outcome only where it means to stop the run.
        """
        if len(indices) == 1:
            return self._single(task, indices[0], parts)
        middle = len(indices) // 2
        for half in (indices[:middle], indices[middle:]):
            if self._signals:
                return None
            part = Path(f"{task.part}.{half[0]}-{half[-1]}")
            outcome = self._alone(task._replace(indices=half, part=os.fspath(part)))
            if outcome is None:
                outcome = self._halve(task, half, parts)
            elif not outcome.exit_code:
                parts.append(part)
            if outcome is not None and outcome.exit_code:
                return outcome
        return None

    def _single(self, task: Task, index: int, parts: list[Path]) -> Outcome | None:
        part = Path(f"{task.part}.{index}")
        for _ in range(STRIKES):
            if self._signals:
                return None
            outcome = self._alone(task._replace(indices=[index], part=os.fspath(part)))
            if outcome is not None:
                if outcome.exit_code:
                    return outcome
                parts.append(part)
                return None
        if not self._signals:
            self._quarantine(task, index, part)
            parts.append(part)
        return None

    def _quarantine(self, task: Task, index: int, part: Path) -> None:
        entry = self._listing[index]
        worker = Worker(JobSpec.from_dict(task.spec), task.source, task.listing)
        worker.discard(task.destination, entry, labels=task.labels)
        line = failure_line(entry, index, "worker", self._last_death)
        atomic_write(part, json_line(line), durable=task.durability != "none")

    def _alone(self, task: Task) -> Outcome | None:
        """Run a task with nothing beside it; None when its worker died."""
        while True:
            hung: list[int] = []
            try:
                future = self._engine.submit(run_portion, [self._watch.marked(task)])
                while not wait([future], timeout=0.5, return_when=FIRST_COMPLETED).done:
                    hung += self._watch.look()
                return future.result()[0]
            except BrokenExecutor:
                self._last_death = self._engine.death()
            except Exception as error:
                if not self._engine.is_foreign:
                    raise
                self._last_death = f"worker died ({type(error).__name__})"
            self._engine.restart(1)
            if not hung:
                return None

    _last_death = "worker died"
