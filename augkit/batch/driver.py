"""The run: plan, hand out chunks, keep the journal, end well whatever happens."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from augkit.batch.destination import check_places, take_over
from augkit.batch.engines import Engine, open_engine
from augkit.batch.files import DISK_FULL, REFUSING, Layout, json_lines, sweep
from augkit.batch.isolate import Isolation
from augkit.batch.journal import Done, Journal, Lock, read_journals
from augkit.batch.listing import Listing
from augkit.batch.manifest import combine_parts, failures, write_results
from augkit.batch.plan import Plan, Shard, make_plan, open_labels, settle_seed, temporary_folder
from augkit.batch.report import SHOWN, NoProgress, Progress, StoppedError, Summary
from augkit.batch.spec import JobSpec
from augkit.batch.worker import Durability, Outcome, Task, run_task
from augkit.core.errors import DiskFullError, RefusedError, SpecError

__all__ = ["run"]

TICK = 0.5
"""Seconds after which the loop looks up even if nothing was finished."""


def run(
    spec: JobSpec,
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    *,
    workers: int = 1,
    engine: str | Executor = "auto",
    chunk_size: int | None = None,
    shard: Shard | str | None = None,
    retry_failed: bool = False,
    max_failures: int | None = None,
    durability: Durability = "chunk",
    progress: Progress | None = None,
) -> Summary:
    """Augment a folder, or go on with it where an earlier run has ended.

    Nothing of how it is run (workers, engine, chunk size, shards, interruptions) changes the
    outputs, the manifest or ``run.json`` by a byte.

    Parameters
    ----------
    spec
        What to do.
    source
        The folder of the samples, or one file. Nothing in it is ever written to.
    destination
        A folder that is not there, empty, or holds an earlier run of the same job.
    workers
        How many processes or threads; 0 runs in this process.
    engine
        See `augkit.batch.engines`.
    chunk_size
        Samples per chunk (default: that of the earlier run, or 64).
    shard
        ``"i/n"``: do every n-th chunk only; when all are done, `augkit.batch.merge`.
    retry_failed
        Try quarantined files again.
    max_failures
        Stop when more files than this are quarantined (default: never).
    durability
        ``"chunk"`` survives a power cut at the cost of a chunk, ``"file"`` at the cost of a file;
        ``"none"`` leaves it to the system. A killed process loses nothing in any of them.
    progress
        Is told what happens.

    Returns
    -------
    Summary
        Its ``exit_code`` is 0, or 3 where files were quarantined.

    Raises
    ------
    SpecError
        The job is wrong, or there is nothing to do.
    RefusedError
        Source and destination overlap, the destination holds something else or another job, another
        run is working there, names collide. Nothing was written.
    DiskFullError, StoppedError
        The run ended before it was done; ``summary`` tells how far it got. Run again to go on.
    """
    if isinstance(shard, str):
        shard = Shard.parse(shard)
    if chunk_size is not None and chunk_size < 1:
        raise SpecError(f"chunk_size must be at least 1, got {chunk_size}")
    if durability not in ("none", "chunk", "file"):
        raise SpecError(f'durability must be "none", "chunk" or "file", got {durability!r}')
    opened = open_engine(engine, workers)
    layout = Layout(Path(destination).absolute())
    where = check_places(Path(source), layout)
    spec = settle_seed(spec, layout)
    size = where.chunk_size(chunk_size)
    with temporary_folder() as folder, ExitStack() as stack:
        plan = make_plan(spec, Path(source), layout.root, Path(folder), chunk_size=size)
        tag = shard.name if shard else ""
        with _as_own_errors(layout):
            _take_locks(stack, layout, tag)
            with Lock(layout.state / "lock-start", patient=True):
                plan = take_over(plan, layout, tag, retry_failed=retry_failed)
        progress = progress or NoProgress()
        stack.callback(progress.close)
        one = _Run(plan, layout, opened, shard, durability, progress, max_failures)
        return one.go(retry_failed=retry_failed)


def _take_locks(stack: ExitStack, layout: Layout, tag: str) -> None:
    stack.enter_context(Lock(layout.lock(), shared=bool(tag)))
    if tag:
        stack.enter_context(Lock(layout.lock(tag)))


@contextmanager
def _as_own_errors(layout: Layout) -> Iterator[None]:
    """What the file system says to the first writes, in words."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DiskFullError(f"no room left: {error}; make room and run again") from error
        if error.errno in REFUSING:
            raise RefusedError(
                f"the destination {os.fspath(layout.root)!r} cannot be written to: "
                f"{error.strerror}; take another folder"
            ) from error
        raise


class _Run:
    """One run of a plan that has been taken over by its destination."""

    def __init__(
        self,
        plan: Plan,
        layout: Layout,
        engine: Engine,
        shard: Shard | None,
        durability: Durability,
        progress: Progress,
        max_failures: int | None,
    ) -> None:
        self.plan = plan
        self.layout = layout
        self.engine = engine
        self.shard = shard
        self.tag = f"{shard.name}-" if shard else ""
        self.durability = durability
        self.progress = progress
        self.max_failures = max_failures
        self.listing: Listing = plan.listing()
        self.labels = open_labels(plan.spec, plan.source)
        self.spec_data = plan.spec.to_dict()
        self.done = read_journals(layout.journals(), layout)
        self.summary = Summary(
            destination=os.fspath(layout.root),
            samples_total=plan.samples,
            outputs_total=plan.outputs,
            skipped=plan.skipped,
            warnings=plan.warnings,
            seed=plan.spec.seed,
            fingerprint=plan.fingerprint,
            shard=shard.name if shard else "",
        )
        self.isolation = Isolation(self.engine, self.listing, self.signals_seen)
        self.signals = _Signals(progress)

    def signals_seen(self) -> bool:
        """Whether the run has been asked to end."""
        return self.signals.received != 0

    # -- from beginning to end -----------------------------------------------------------------

    def go(self, *, retry_failed: bool) -> Summary:
        start = time.monotonic()
        sweep(self.layout.root, self.tag or None)
        tasks = self._tasks(retry_failed=retry_failed)
        before = sum(done.samples for done in self._mine().values())
        mine = sum(self._length(chunk) for chunk in self._my_chunks())
        self.progress.start(mine, before)
        try:
            with (
                self.signals,
                Journal(
                    self.layout.journal(self.summary.shard), durable=self.durability != "none"
                ) as journal,
            ):
                self.journal = journal
                self._loop(tasks)
                if not self.signals.received:
                    self._finish()
        except KeyboardInterrupt:
            self.engine.close(kill=True)
            self.summary.status = "interrupted"
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            self._stop("disk full", str(error))
        finally:
            self.engine.close(kill=self.summary.status != "done")
            self.listing.close()
            self.summary.seconds = time.monotonic() - start
            self._count()
        return self._ended()

    def _ended(self) -> Summary:
        summary = self.summary
        if self.signals.received and summary.status in ("done", "interrupted"):
            if summary.status == "done" and summary.samples == summary.samples_total:
                return summary  # it came when all was done
            summary.status, summary.signal = "interrupted", self.signals.received
            sweep(self.layout.root, self.tag or None)
            raise StoppedError(
                f"stopped by {signal.Signals(summary.signal).name}; run again to go on", summary
            )
        if summary.status == "disk full":
            full = DiskFullError(f"{self.message}; make room and run again to go on")
            full.summary = summary  # type: ignore[attr-defined]
            raise full
        if summary.status == "aborted":
            stopped = StoppedError(self.message, summary)
            stopped.exit_code = self.exit_code
            raise stopped
        return summary

    def _stop(self, status: Any, message: str, exit_code: int = 1) -> None:
        """Hand out nothing more, and remember why."""
        if self.summary.status == "done":
            self.summary.status = status
            self.message, self.exit_code = message, exit_code

    message = ""
    exit_code = 1

    # -- handing out ---------------------------------------------------------------------------

    def _loop(self, tasks: Iterator[Task]) -> None:
        in_flight: dict[Future[Outcome], Task] = {}
        suspects: list[Task] = []
        exhausted = False
        while True:
            while not (exhausted or suspects or self._ending()):
                if len(in_flight) >= self.engine.in_flight:
                    break
                task = next(tasks, None)
                if task is None:
                    exhausted = True
                    break
                try:
                    in_flight[self.engine.submit(run_task, task)] = task
                except BrokenExecutor:
                    suspects.append(task)
            if not in_flight and not suspects:
                break
            finished, _ = wait(in_flight, timeout=TICK, return_when=FIRST_COMPLETED)
            for future in finished:
                task = in_flight.pop(future)
                outcome = self._outcome(future)
                if outcome is None:
                    suspects.append(task)
                else:
                    self._finished(task, outcome)
            if suspects and not in_flight:
                if not self.signals.received:  # a signal to all processes ends workers as well
                    self._isolate(suspects)
                suspects = []
                if self._ending():
                    break
            self.progress.tick()

    def _ending(self) -> bool:
        return self.signals.received != 0 or self.summary.status != "done"

    def _outcome(self, future: Future[Outcome]) -> Outcome | None:
        """What a task gave, or None where its worker is lost."""
        try:
            return future.result()
        except Exception as error:
            if not isinstance(error, BrokenExecutor):
                self.progress.note(f"a worker failed: {type(error).__name__}: {error}")
            return None

    def _isolate(self, suspects: list[Task]) -> None:
        """Find what has killed a worker, among the chunks that were being worked on."""
        self.progress.note(
            f"{self.engine.death()}; looking for the file among "
            f"{sum(len(task.indices) for task in suspects)}"
        )
        for task in sorted(suspects, key=lambda task: task.chunk):
            if self._ending():
                return
            outcome = self.isolation.run(task)
            if outcome is not None:
                self._finished(task, outcome)
        self.isolation.over()
        sweep(self.layout.root, self.tag or None)

    # -- taking in -----------------------------------------------------------------------------

    def _finished(self, task: Task, outcome: Outcome) -> None:
        if outcome.exit_code:
            status = {5: "disk full"}.get(outcome.exit_code, "aborted")
            self._stop(status, outcome.message, outcome.exit_code)
            return
        part = self.layout.part(task.chunk)
        done = Done(
            task.chunk,
            outcome.samples,
            outcome.outputs,
            outcome.bytes,
            outcome.quarantined,
            outcome.part_bytes,
            round(outcome.seconds, 3),
        )
        before = self.done.get(task.chunk)
        if Path(task.part) != part:  # some samples of a chunk that was done before
            durable = self.durability != "none"
            size, lines = combine_parts(part, [part, Path(task.part)], durable=durable)
            os.unlink(task.part)
            done = Done(
                task.chunk,
                len(lines),
                sum(len(line["outputs"]) for line in lines),
                sum(output["bytes"] for line in lines for output in line["outputs"]),
                sum("failure" in line for line in lines),
                size,
                done.seconds,
            )
        self.journal.append(done)
        self.done[task.chunk] = done
        self.summary.new_samples += outcome.samples - outcome.quarantined
        self.summary.new_outputs += outcome.outputs
        self.progress.advance(
            outcome.samples if before is None else 0, outcome.outputs, outcome.quarantined
        )
        bad = sum(done.quarantined for done in self.done.values())
        if self.max_failures is not None and bad > self.max_failures:
            self._stop(
                "aborted",
                f"{bad} files could not be processed, more than max_failures={self.max_failures}; "
                f"the last parts are in {self.layout.parts}",
            )

    # -- what there is to do -------------------------------------------------------------------

    def _my_chunks(self) -> Iterator[int]:
        for chunk in range(self.plan.chunks):
            if self.shard is None or self.shard.holds(chunk):
                yield chunk

    def _mine(self) -> dict[int, Done]:
        return {chunk: self.done[chunk] for chunk in self._my_chunks() if chunk in self.done}

    def _length(self, chunk: int) -> int:
        size = self.plan.chunk_size
        return min(size, self.plan.samples - chunk * size)

    def _tasks(self, *, retry_failed: bool) -> Iterator[Task]:
        """The chunks that are not done, and the failed samples of those that are."""
        size = self.plan.chunk_size
        for chunk in self._my_chunks():
            done = self.done.get(chunk)
            if done is None:
                start = chunk * size
                indices = range(start, start + self._length(chunk))
                yield self._task(chunk, indices, self.layout.part(chunk))
            elif retry_failed and done.quarantined:
                lines: Iterator[dict[str, Any]] = json_lines(self.layout.part(chunk))
                failed = [line["index"] for line in lines if "failure" in line]
                yield self._task(chunk, failed, self.layout.parts / f"{chunk:06d}.retry")

    def _task(self, chunk: int, indices: Sequence[int], part: Path) -> Task:
        labels = self.labels
        if labels is not None:
            labels = labels.subset([self.listing[index].path for index in indices])
        return Task(
            spec=self.spec_data,
            source=os.fspath(self.plan.source),
            destination=os.fspath(self.layout.root),
            listing=os.fspath(self.plan.listing_file),
            chunk=chunk,
            indices=indices,
            part=os.fspath(part),
            labels=labels,
            durability=self.durability,
            tag=self.tag,
        )

    # -- the end -------------------------------------------------------------------------------

    def _finish(self) -> None:
        """When all is done and this was no shard: the manifest and its companions."""
        if self.summary.status != "done" or self.shard is not None:
            return
        durable = self.durability != "none"
        write_results(self.layout, self.plan.chunks, self.labels, durable=durable)

    def _count(self) -> None:
        summary, done = self.summary, self._mine() if self.shard else self.done
        summary.samples = sum(one.samples - one.quarantined for one in done.values())
        summary.outputs = sum(one.outputs for one in done.values())
        summary.bytes = sum(one.bytes for one in done.values())
        summary.quarantined = sum(one.quarantined for one in done.values()) + self.plan.lost
        if summary.quarantined:
            known = failures(self.layout, sorted(done))
            summary.failures = [failure for failure, _ in zip(known, range(SHOWN), strict=False)]


class _Signals:
    """Ctrl-C and SIGTERM: the first lets chunks in flight finish, the second ends at once."""

    def __init__(self, progress: Progress) -> None:
        self.received = 0
        self._progress = progress
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
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
        self.received = number
        self._progress.note("finishing the chunks in flight; once more to end at once")
