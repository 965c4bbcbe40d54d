"""Who does the work: anything with the interface of `concurrent.futures.Executor`.

``"processes"`` (the default) survives a worker that crashes; ``"threads"`` and ``"inprocess"``
start at once; ``"dask"`` and ``"dask:ADDRESS"`` are a cluster. ``"module:factory"`` names a
function that takes the number of workers and gives an executor, and an executor of your own can be
passed as it is: Ray's adapters, MPI pools.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, ParamSpec, TypeVar

from augkit.batch.protocol import resolve
from augkit.core.errors import AugkitError, SpecError

__all__ = ["Engine", "InProcessExecutor", "open_engine", "process_pool"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)
"""Set to 1 in worker processes: as many libraries' threads as workers would only be in the way."""


class InProcessExecutor(Executor):
    """Runs each task at once, in the caller's thread."""

    def submit(
        self, function: Callable[_P, _T], /, *arguments: _P.args, **named: _P.kwargs
    ) -> Future[_T]:
        """Run it; an exception goes into the future, except one that means to end the program."""
        future: Future[_T] = Future()
        try:
            future.set_result(function(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


def in_process(workers: int) -> InProcessExecutor:
    """The executor of a run without workers."""
    return InProcessExecutor()


class Engine:
    """An executor that can be made again after one of its workers has died.

    Parameters
    ----------
    make
        From a number of workers to an executor; None if the executor cannot be made again.
    workers
        How many.
    executor
        The first executor, if there is one already; it is not shut down at the end.
    in_flight
        How many tasks are handed out at once (default: twice the workers).
    is_foreign
        Whether it may raise errors of its own for a lost worker.
    """

    def __init__(
        self,
        make: Callable[[int], Executor] | None,
        workers: int,
        *,
        executor: Executor | None = None,
        in_flight: int | None = None,
        is_foreign: bool = False,
    ) -> None:
        self.workers = workers
        self.is_foreign = is_foreign
        self.in_flight = in_flight or 2 * workers
        self._make = make
        self._theirs = executor is not None
        self._executor = executor

    def submit(self, function: Callable[[Any], _T], argument: Any) -> Future[_T]:
        """Hand out a task; the executor is made with the first one."""
        if self._executor is None and self._make is not None:
            self._executor = self._make(self.workers)
        if self._executor is None:
            raise AugkitError("the engine is closed")
        return self._executor.submit(function, argument)

    def restart(self, workers: int | None = None) -> None:
        """Forget the executor; the next task meets a new one, with ``workers`` workers.

        One that was passed as it is stays: it may have replaced the worker by itself.
        """
        if self._make is not None:
            self.close(kill=True)
            self.workers = workers or self.workers

    @property
    def keeps_time(self) -> bool:
        """Whether a worker that hangs can be ended: where the workers are processes of our own."""
        return not self.is_foreign and self._make in (process_pool, in_process)

    def processes(self) -> list[_Process]:
        """The worker processes there are, as far as they are our own."""
        context: _Context | None = getattr(self._executor, "_augkit_context", None)
        return [] if context is None else context.started

    def death(self) -> str:
        """How a worker died, as far as is known."""
        processes = self.processes()
        end = time.monotonic() + 5
        # The pool's own thread waits for them too; who comes second learns the code a bit later.
        while any(process.exitcode is None for process in processes) and time.monotonic() < end:
            time.sleep(0.01)
        codes = [process.exitcode for process in processes]
        # The pool ends the others with SIGTERM once one has died: they are not the cause.
        guilty = [code for code in codes if code not in (None, 0, -signal.SIGTERM)]
        code = next(iter(guilty or [code for code in codes if code]), None)
        if code is None:
            return "worker died"
        return f"worker died (signal {-code})" if code < 0 else f"worker died (exit code {code})"

    def close(self, *, kill: bool = False) -> None:
        """Let the executor go; ``kill`` does not wait for what its workers are doing."""
        processes = self.processes()
        executor, self._executor = self._executor, None
        if executor is None or self._theirs:
            return
        for process in processes if kill else ():
            process.kill()
        if kill and processes:
            # The pool's thread has nothing left to wait for. It is waited for, but not for ever: an
            # interpreter that ends while the thread closes its pipe would complain of the pipe.
            ending = threading.Thread(
                target=executor.shutdown, kwargs={"cancel_futures": True}, daemon=True
            )
            ending.start()
            ending.join(5)
        else:
            executor.shutdown(wait=not kill, cancel_futures=True)


def open_engine(engine: str | Executor, workers: int) -> Engine:
    """An engine by name.

    Parameters
    ----------
    engine
        ``"auto"``, ``"processes"``, ``"threads"``, ``"inprocess"``, ``"dask"``, ``"dask:ADDRESS"``,
        ``"module:factory"``, or an executor. ``"auto"`` means processes, or in-process with 0
        workers.
    workers
        How many; 0 runs in this process, one after the other.

    Examples
    --------
    >>> engine = open_engine("inprocess", 1)
    >>> engine.submit(abs, -2).result()
    2
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 0:
        raise SpecError(f"workers must be a whole number of at least 0, got {workers!r}")
    if not isinstance(engine, str):
        if not hasattr(engine, "submit"):
            raise SpecError(f"engine must be a name or an Executor, got {engine!r}")
        return Engine(None, max(workers, 1), executor=engine, is_foreign=True)
    if engine == "inprocess" or (engine in ("auto", "processes", "threads") and workers == 0):
        return Engine(in_process, 1, in_flight=1)
    if engine in ("auto", "processes"):
        return Engine(process_pool, workers)
    if engine == "threads":
        return Engine(ThreadPoolExecutor, workers)
    if engine == "dask" or engine.startswith("dask:"):
        address = engine.partition(":")[2] or None
        make = resolve("augkit.adapters.dask:DaskExecutor")
        return Engine(lambda count: make(count, address), max(workers, 1), is_foreign=True)
    if ":" in engine:
        return Engine(resolve(engine), max(workers, 1), is_foreign=True)
    raise SpecError(
        "engine must be auto, processes, threads, inprocess, dask, dask:ADDRESS or module:factory, "
        f"got {engine!r}"
    )


# -- local processes -------------------------------------------------------------------------------


def process_pool(workers: int) -> ProcessPoolExecutor:
    """A pool of fresh processes (never forks: libraries with threads do not survive that)."""
    context = _Context()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    pool._augkit_context = context  # type: ignore[attr-defined]
    return pool


# One thread per library; and glibc keeps up to 64 MiB of what arrays give back, since memory that
# goes to the system and comes again is cleared page by page: 0.8 ms of a photograph.
_SURROUNDINGS = {
    **dict.fromkeys(ONE_THREAD, "1"),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}


class _Process(SpawnProcess):
    """A worker process, started with `_SURROUNDINGS` and without the caller's script."""

    pulse: Any
    """What it shares with the driver; see `augkit.batch.pulse`."""

    def start(self) -> None:
        with _environment(_SURROUNDINGS), _without_main(), _without_interrupts():
            super().start()


class _Context(SpawnContext):
    """Starts `_Process` and remembers each, to say how it died."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[_Process] = []

    def Process(self, *arguments: Any, **named: Any) -> _Process:  # type: ignore[override]  # noqa: N802
        process = _Process(*arguments, **named)
        process.pulse = self.RawArray("q", 2)
        self.started.append(process)
        return process


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Environment variables that hold for a while; children inherit them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the caller's script from a new process.

    It would be run again there, which costs its imports, and starts the job anew where the script
    has no ``if __name__ == "__main__"``. Workers import all they need by name.
    """
    main = sys.modules["__main__"]
    hidden = {name: main.__dict__.pop(name) for name in ("__file__",) if name in main.__dict__}
    spec, main.__spec__ = getattr(main, "__spec__", None), None
    try:
        yield
    finally:
        main.__spec__ = spec
        main.__dict__.update(hidden)


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back; a process started meanwhile holds it back for good.

    It is meant for the driver, and would meet a worker in the middle of its imports.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker() -> None:
    """In a new worker: Ctrl-C is the driver's, a crash leaves a trace, orphans end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End as soon as the driver is gone, so that no orphan goes on writing."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
