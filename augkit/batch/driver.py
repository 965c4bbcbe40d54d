"""The run: plan, hand out chunks, keep the journal, end well whatever happens."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path

from augkit.batch.chunks import Chunks
from augkit.batch.destination import check_places, take_over
from augkit.batch.engines import Engine, open_engine
from augkit.batch.files import DISK_FULL, REFUSING, Layout, sweep
from augkit.batch.isolate import Isolation
from augkit.batch.journal import Journal, Lock
from augkit.batch.manifest import failures, write_results
from augkit.batch.plan import Plan, Shard, make_plan, settle_seed, temporary_folder
from augkit.batch.portion import Portions, run_portion
from augkit.batch.pulse import Watch, settled_timeout
from augkit.batch.report import SHOWN, NoProgress, Progress, Status, StoppedError, Summary
from augkit.batch.signals import Signals
from augkit.batch.spec import JobSpec
from augkit.batch.task import Durability, Outcome, Task
from augkit.core.errors import AugkitError, DiskFullError, RefusedError, SpecError
from augkit.core.plural import plural

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
    update: bool = False,
    max_failures: int | None = None,
    timeout: float | None = None,
    durability: Durability = "chunk",
    progress: Progress | None = None,
) -> Summary:
    """Augment a folder, or go on with it where an earlier run has ended.

    A run of the same job with more variants or more files goes on as well: what is there is kept.

    Nothing of how it is run (workers, engine, chunk size, shards, interruptions, growth) changes
    the outputs, the manifest or ``run.json`` by a byte.

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
        Samples per chunk (default: that of the earlier run, or a 64th of all, from 1 to 64).
    shard
        ``"i/n"``: do every n-th chunk only; when all are done, `augkit.batch.merge`.
    retry_failed
        Try quarantined files again, repaired ones among them. Samples that have met another one
        in place of such a file (as a partner to mix with) keep it.
    update
        Where files of the source were changed since an earlier run, make their outputs anew; where
        files are gone, remove theirs. Without it such a source is refused.
    max_failures
        Stop when more files than this are quarantined (default: never).
    timeout
        Seconds that one output of a file may take (default: 3600; 0 for ever). A file that takes
        longer is quarantined, and a worker that hangs in it is ended and replaced. Workers have to
        be processes; without workers, what Python can interrupt is interrupted.
    durability
        ``"chunk"`` survives a power cut at the cost of the chunks in flight, ``"file"`` at the cost of
        a file; ``"none"`` leaves it to the system. A killed process loses nothing in any of them.
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
    seconds = settled_timeout(timeout, keeps_time=opened.keeps_time)
    layout = Layout(Path(destination).absolute())
    where = check_places(Path(source), layout)
    spec = settle_seed(spec, layout)
    size = where.chunk_size(chunk_size)
    with ExitStack() as stack:
        with temporary_folder() as folder:  # gone before the work begins: a kill leaves none
            plan = make_plan(spec, Path(source), layout.root, Path(folder), chunk_size=size)
            tag = shard.name if shard else ""
            with _as_own_errors(layout):
                _take_locks(stack, layout, tag)
                with Lock(layout.state / "lock-start", patient=True):
                    plan, changes = take_over(
                        plan,
                        layout,
                        tag,
                        retry_failed=retry_failed,
                        update=update,
                        chunk_size=chunk_size,
                    )
        progress = progress or NoProgress()
        stack.callback(progress.close)
        for line in changes.lines():
            progress.note(line)
        one = _Run(plan, layout, opened, shard, durability, progress, max_failures, seconds)
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
        timeout: float,
    ) -> None:
        self.plan = plan
        self.layout = layout
        self.engine = engine
        self.shard = shard
        self.progress = progress
        self.max_failures = max_failures
        self.chunks = Chunks(plan, layout, shard, durability, timeout)
        self.signals = Signals()
        self.watch = Watch(engine.processes, timeout)
        self.isolation = Isolation(engine, self.chunks.listing, self.signals, self.watch)
        self.complete = False
        self.message, self.exit_code = "", 1
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

    # -- from beginning to end -----------------------------------------------------------------

    def go(self, *, retry_failed: bool) -> Summary:
        """Do all that is left, and tell how it ended."""
        start = time.monotonic()
        chunks, summary = self.chunks, self.summary
        sweep(self.layout.root, chunks.tag or None)
        tasks = chunks.tasks(retry_failed=retry_failed, workers=self.engine.workers)
        before = sum(done.samples for done in chunks.finished().values())
        self.progress.start(chunks.samples(), before)
        try:
            with self.signals, chunks.journal() as journal:
                self._loop(tasks, journal)
                self._finish()
        except KeyboardInterrupt:
            self.engine.close(kill=True)
            self.signals.received = self.signals.received or signal.SIGINT
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            self._stop("disk full", f"no room left: {error}")
        finally:
            self.engine.close(kill=not self.complete)
            chunks.close()
            summary.seconds = time.monotonic() - start
            self._count()
        if self.complete:
            return summary
        sweep(self.layout.root, chunks.tag or None)
        raise self._ending()

    def _finish(self) -> None:
        """When all is done: the manifest and its companions. Shards leave that to the merge."""
        if self._ended():
            return
        if self.shard is None:
            self.summary.removed = write_results(
                self.layout, self.plan.chunks, self.plan.labels, durable=self.chunks.durable
            )
        self.complete = True

    def _stop(self, status: Status, message: str, exit_code: int = 1) -> None:
        """Hand out nothing more; the first reason is the one that is told."""
        if self.summary.status == "done":
            self.summary.status = status
            self.message, self.exit_code = message, exit_code

    def _ended(self) -> bool:
        return bool(self.signals) or self.summary.status != "done"

    def _ending(self) -> AugkitError:
        """The error of a run that is not complete."""
        summary = self.summary
        if summary.status == "disk full":
            full = DiskFullError(f"{self.message}; make room and run again to go on")
            full.summary = summary  # type: ignore[attr-defined]
            return full
        if summary.status == "done":
            summary.status, summary.signal = "interrupted", self.signals.received
            name = signal.Signals(summary.signal).name
            return StoppedError(f"stopped by {name}; run again to go on", summary)
        stopped = StoppedError(self.message, summary)
        stopped.exit_code = self.exit_code
        return stopped

    def _count(self) -> None:
        summary, done = self.summary, self.chunks.finished()
        summary.samples = sum(one.samples - one.quarantined for one in done.values())
        summary.outputs = sum(one.outputs for one in done.values())
        summary.bytes = sum(one.bytes for one in done.values())
        summary.quarantined = sum(one.quarantined for one in done.values()) + self.plan.lost
        if summary.quarantined:
            known = failures(self.layout, sorted(done))
            summary.failures = [failure for failure, _ in zip(known, range(SHOWN), strict=False)]

    # -- handing out and taking in -------------------------------------------------------------

    def _loop(self, tasks: Portions, journal: Journal) -> None:
        """Keep the workers busy until nothing is left, or the run has to end."""
        in_flight: dict[Future[list[Outcome]], list[Task]] = {}
        suspects: list[Task] = []
        hung: list[int] = []
        while True:
            while not suspects and not self._ended() and len(in_flight) < self.engine.in_flight:
                portion = tasks.next()
                if not portion:
                    break
                try:
                    in_flight[self.engine.submit(run_portion, portion)] = portion
                except BrokenExecutor:
                    suspects += portion
            if self.signals.news():
                self.progress.note("finishing the chunks in flight; once more to end at once")
            finished, _ = wait(in_flight, timeout=TICK, return_when=FIRST_COMPLETED)
            hung += self.watch.look()
            for future in finished:
                portion = in_flight.pop(future)
                outcomes = self._outcomes(future)
                if outcomes is None:
                    suspects += portion
                else:
                    tasks.took(portion, len(outcomes))
                    self._take(list(zip(portion, outcomes, strict=False)), journal)
            if suspects and not in_flight:
                # A signal to all processes ends workers as well: then no file is to blame.
                if hung and not self._ended():
                    tasks.give_back(self._replace_workers(hung, suspects))
                elif not self._ended():
                    self._isolate(suspects, journal)
                suspects, hung = [], []
            elif not in_flight and (self._ended() or not finished):
                return
            self.progress.tick()

    def _outcomes(self, future: Future[list[Outcome]]) -> list[Outcome] | None:
        """What a portion gave, or None where its worker was lost."""
        try:
            return future.result()
        except BrokenExecutor:
            return None
        except Exception as error:
            if not self.engine.is_foreign:
                raise
            # Other engines have errors of their own for a lost worker.
            self.progress.note(f"a worker failed: {type(error).__name__}: {error}")
            return None

    def _replace_workers(self, hung: list[int], lost: list[Task]) -> list[Task]:
        """New workers for some that were ended; what was being done, to be done again."""
        for index in hung:
            self.progress.note(
                f"{self.chunks.listing[index].path!r} took longer than {self.watch.seconds:g} s: "
                "its worker was ended, the file is set aside"
            )
        self.engine.restart()
        sweep(self.layout.root, self.chunks.tag or None)
        return [self.watch.marked(task) for task in sorted(lost, key=lambda task: task.chunk)]

    def _isolate(self, suspects: list[Task], journal: Journal) -> None:
        """Find what has killed a worker, among the chunks that were being worked on."""
        count = sum(len(task.indices) for task in suspects)
        self.progress.note(f"{self.engine.death()}; looking for the file among {count}")
        for task in sorted(suspects, key=lambda task: task.chunk):
            outcome = self.isolation.run(task)
            if outcome is not None:
                self._take([(task, outcome)], journal)
            if self._ended():
                break
        self.isolation.over()
        sweep(self.layout.root, self.chunks.tag or None)

    def _take(self, done: list[tuple[Task, Outcome]], journal: Journal) -> None:
        """Take in what tasks gave; the last may tell why the run has to stop."""
        if done[-1][1].exit_code:
            _, last = done.pop()
            status: Status = "disk full" if last.exit_code == 5 else "aborted"
            self._stop(status, last.message, last.exit_code)
        is_new = [task.chunk not in self.chunks.done for task, _ in done]
        self.chunks.record(done, journal)
        for (_, outcome), new in zip(done, is_new, strict=True):
            self.summary.new_samples += outcome.samples - outcome.quarantined
            self.summary.new_outputs += outcome.outputs - outcome.kept
            samples = outcome.samples if new else 0
            self.progress.advance(samples, outcome.outputs, outcome.quarantined)
        bad = sum(one.quarantined for one in self.chunks.done.values())
        if self.max_failures is not None and bad > self.max_failures:
            self._stop(
                "aborted",
                f"{plural(bad, 'file')} could not be processed, more than max_failures={self.max_failures}",
            )
