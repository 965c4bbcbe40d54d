"""Batches, ready for the step: read, augmented, normalized; ahead of time if there are workers.

What a batch holds is a pure function of its rows and the epoch, so it does not matter who makes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np

from regtrain.data.normalizer import Normalizer
from regtrain.data.samples import Samples
from regtrain.layers.base import Array, Shape
from regtrain.memory import zeros
from regtrain.training.workers import augmented, new_pool, work

__all__ = ["Feeder", "WorkerError"]


class WorkerError(RuntimeError):
    """A worker that makes batches ahead died, and its replacement died as well."""


class Feeder:
    """Makes the batches of an epoch.

    Args:
        samples: of the training part.
        normalizer: fitted on them; None leaves whole numbers as they are (tokens).
        shape: of one input of the model.
        dtype: of the model.
        augment: a pipeline with ``batch(xs, keys=, variant=)``, or None.
        workers: how many batches are made in the background at once; 0 makes them in line.
        processes: whether workers are processes; None: where the pipeline can be sent to one.
    """

    def __init__(
        self,
        samples: Samples,
        normalizer: Normalizer | None,
        shape: Shape,
        dtype: Any,
        augment: Any = None,
        workers: int = 0,
        processes: bool | None = None,
    ) -> None:
        self.samples, self.normalizer = samples, normalizer
        self.shape, self.dtype = shape, dtype
        self.augment, self.workers, self.processes = augment, workers, processes
        self._slots: list[Array] = []
        self._pool: Executor | None = None

    def batches(
        self, epoch: int, parts: Sequence[Array], start: int = 0
    ) -> Generator[tuple[Array, Array], None, None]:
        """(rows, inputs) of each part from number ``start`` on; inputs hold until the next."""
        ahead = 2 * self.workers
        largest = max(len(part) for part in parts)
        self._slots = [
            self._slots[i]
            if i < len(self._slots) and len(self._slots[i]) >= largest
            else zeros((largest, *self.shape), self.dtype)
            for i in range(ahead + 1)
        ]
        if not self.workers:
            for rows in parts[start:]:
                raw = self._augmented(self.samples.raw(rows), rows, epoch) if self._busy else None
                yield rows, self._finish(raw, rows, 0)
            return
        yield from self._ahead(epoch, parts, start, ahead)

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    @property
    def _busy(self) -> bool:
        """Whether a batch is more than rows of an array."""
        return self.augment is not None or self.samples.array is None

    def _augmented(self, raw: Any, rows: Array, epoch: int) -> Any:
        return raw if self.augment is None else augmented(self.augment, raw, rows, epoch)

    def _finish(self, raw: Any, rows: Array, slot: int) -> Array:
        """Raw (augmented) samples, or those of ``rows``, as input of the model."""
        array = self.samples.array
        if raw is None and array is not None:
            table, rows_of = array, rows
        else:
            table = self.samples.numbers(raw)
            rows_of = np.arange(len(table))
        if table.shape[1:] != self.shape or len(rows_of) != len(rows):
            raise ValueError(
                f"augment: samples came back as {' × '.join(map(str, table.shape[1:]))}, but the "
                f"model takes {' × '.join(map(str, self.shape))}; end the pipeline with a transform "
                "that restores the size"
            )
        if self.normalizer is None:
            return table[rows_of]
        return self.normalizer(table, rows_of, self._slots[slot][: len(rows)])

    def _make(self, rows: Array, epoch: int, slot: int) -> Array:
        raw = self._augmented(self.samples.raw(rows), rows, epoch) if self._busy else None
        return self._finish(raw, rows, slot)

    def _workers(self) -> Executor:
        if self._pool is None:
            self._pool = new_pool(self.augment, self.workers, self.processes)
        return self._pool

    def _ahead(
        self, epoch: int, parts: Sequence[Array], start: int, ahead: int
    ) -> Generator[tuple[Array, Array], None, None]:
        queue: deque[tuple[int, Future[Any]]] = deque()
        following, replaced = start, False
        in_processes = isinstance(self._workers(), ProcessPoolExecutor)

        def submit(number: int) -> Future[Any]:
            rows, pool = parts[number], self._workers()
            if in_processes:
                return pool.submit(work, self.samples.raw(rows), rows, epoch)
            return pool.submit(self._make, rows, epoch, number % (ahead + 1))

        try:
            while queue or following < len(parts):
                while following < len(parts) and len(queue) < ahead:
                    queue.append((following, submit(following)))
                    following += 1
                number, future = queue.popleft()
                try:
                    result = future.result()
                except BrokenProcessPool:
                    if replaced:
                        raise WorkerError(
                            f"a process that augments died twice (batch {number} of epoch {epoch}); "
                            "it may have run out of memory. Try workers=0 to see why"
                        ) from None
                    # What a worker makes is a pure function, so another one makes the same.
                    replaced = True
                    self.close()
                    queue = deque((n, submit(n)) for n in (number, *(n for n, _ in queue)))
                    continue
                rows = parts[number]
                yield rows, self._finish(result, rows, 0) if in_processes else result
        finally:
            for _, future in queue:  # their slots must not be written to any more
                future.cancel()
            wait(future for _, future in queue)
