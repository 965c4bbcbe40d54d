"""Processes that augment, started without running the user's script again."""

from __future__ import annotations

import pickle
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from regtrain.layers.base import Array

__all__ = ["augmented", "new_pool", "work"]


def new_pool(augment: Any, workers: int, processes: bool | None) -> Executor:
    """Those who make batches.

    Args:
        augment: a pipeline, or None.
        workers: how many.
        processes: whether they are processes; None: where the pipeline can be sent to one.
    """
    if augment is None or processes is False:
        return ThreadPoolExecutor(workers, "regtrain-batches")
    try:
        pickled = pickle.dumps(augment)
    except Exception:
        if processes:
            raise
        return ThreadPoolExecutor(workers, "regtrain-batches")
    needs_main = b"__main__" in pickled
    if needs_main and processes is None:
        return ThreadPoolExecutor(workers, "regtrain-batches")
    context = get_context("spawn") if needs_main else _Context()
    return ProcessPoolExecutor(workers, context, initializer=_install, initargs=(pickled,))


class _Process(SpawnProcess):
    """A process that does not import the script; so that needs no `if __name__ == "__main__":`."""

    def start(self) -> None:
        with _hidden_script():
            super().start()


class _Context(SpawnContext):
    Process = _Process


@contextmanager
def _hidden_script() -> Iterator[None]:
    main = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = {
        name: main.pop(name) for name in ("__spec__", "__file__") if name in main
    }
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(hidden)


def augmented(augment: Any, raw: Any, rows: Array, epoch: int) -> Any:
    """Samples through a pipeline, keyed by (its seed, row, epoch)."""
    return augment.batch(raw, keys=rows.tolist(), variant=epoch, threads=1)


_pipeline: Any = None


def _install(pickled: bytes) -> None:
    global _pipeline
    # Ctrl-C reaches the whole group of processes; the training decides when its workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _pipeline = pickle.loads(pickled)


def work(raw: Any, rows: Array, epoch: int) -> Any:
    """What `augmented` gives, in a worker."""
    return augmented(_pipeline, raw, rows, epoch)
