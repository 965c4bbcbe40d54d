"""The chunks of a run: which there are, which are done, what is left of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from augkit.batch.earlier import EarlierReader
from augkit.batch.files import Layout, json_lines
from augkit.batch.journal import Done, Journal, read_journals
from augkit.batch.manifest import combine_parts
from augkit.batch.plan import Plan, Shard
from augkit.batch.portion import Portions
from augkit.batch.task import Durability, Outcome, Task, summed

__all__ = ["Chunks"]


class Chunks:
    """The chunks of a plan that a run (or a shard) has to do.

    Parameters
    ----------
    plan
        Taken over by the destination.
    layout
        Of the destination.
    shard
        Which of them; None for all.
    durability
        When outputs are forced onto the disk.
    timeout
        How many seconds one output may take; 0 for ever.
    """

    def __init__(
        self,
        plan: Plan,
        layout: Layout,
        shard: Shard | None,
        durability: Durability,
        timeout: float = 0.0,
    ) -> None:
        self.listing = plan.listing()
        self.durable = durability != "none"
        self.done = read_journals(layout.journals(), layout)
        self._reader = EarlierReader(layout)
        self._plan = plan
        self._layout = layout
        self._shard = shard
        self._durability: Durability = durability
        self._timeout = timeout
        self._spec = plan.spec.to_dict()
        # Temporary files of shards are told apart: one may sweep while another writes.
        self.tag = f"{shard.name}-" if shard else ""

    def journal(self) -> Journal:
        """The journal to write to."""
        shard = self._shard.name if self._shard else ""
        return Journal(self._layout.journal(shard), durable=self.durable)

    def numbers(self) -> Iterator[int]:
        """The chunks to be done, whether they are or not."""
        for chunk in range(self._plan.chunks):
            if self._shard is None or self._shard.holds(chunk):
                yield chunk

    def finished(self) -> dict[int, Done]:
        """Those that are done."""
        return {chunk: self.done[chunk] for chunk in self.numbers() if chunk in self.done}

    def samples(self) -> int:
        """How many samples they have."""
        return sum(self._length(chunk) for chunk in self.numbers())

    def _length(self, chunk: int) -> int:
        size = self._plan.chunk_size
        return min(size, self._plan.samples - chunk * size)

    def tasks(self, *, retry_failed: bool, workers: int) -> Portions:
        """The chunks that are not done, and (if asked to) the failed samples of those that are."""
        count = sum(
            chunk not in self.done or (retry_failed and self.done[chunk].quarantined > 0)
            for chunk in self.numbers()
        )
        return Portions(self._tasks(retry_failed), count, workers)

    def _tasks(self, retry_failed: bool) -> Iterator[Task]:
        for chunk in self.numbers():
            done = self.done.get(chunk)
            if done is None:
                start = chunk * self._plan.chunk_size
                indices = range(start, start + self._length(chunk))
                yield self._task(chunk, indices, self._layout.part(chunk))
            elif retry_failed and done.quarantined:
                lines = json_lines(self._layout.part(chunk))
                failed = [line["index"] for line in lines if "failure" in line]
                yield self._task(chunk, failed, self._layout.parts / f"{chunk:06d}.retry")

    def _task(self, chunk: int, indices: Sequence[int], part: Path) -> Task:
        labels = self._plan.labels
        if labels is not None:
            labels = labels.subset([self.listing[index].path for index in indices])
        return Task(
            spec=self._spec,
            source=os.fspath(self._plan.source),
            destination=os.fspath(self._layout.root),
            listing=os.fspath(self._plan.listing_file),
            chunk=chunk,
            indices=indices,
            part=os.fspath(part),
            labels=labels,
            durability=self._durability,
            tag=self.tag,
            earlier=self._earlier(indices),
            timeout=self._timeout,
        )

    def _earlier(self, indices: Sequence[int]) -> tuple[str, int, int] | None:
        """Where in ``earlier.jsonl`` the lines about some samples stand; asked for in order."""
        span = self._reader.span(self.listing[indices[0]], self.listing[indices[-1]])
        return (os.fspath(self._layout.earlier), *span) if span else None

    def close(self) -> None:
        """Let go of the files."""
        self.listing.close()
        self._reader.close()

    def record(self, tasks: Iterable[tuple[Task, Outcome]], journal: Journal) -> None:
        """Note that tasks are done; a retried part is put into its chunk's first."""
        records: list[Done] = []
        for task, outcome in tasks:
            part = self._layout.part(task.chunk)
            if Path(task.part) != part:
                both = [part, Path(task.part)]
                size, lines = combine_parts(part, both, durable=self.durable)
                os.unlink(task.part)
                outcome = summed(task.chunk, lines, size, outcome.seconds)
            records.append(Done(*outcome[:6], round(outcome.seconds, 3)))
        if records:
            journal.append(*records)
        self.done.update((done.chunk, done) for done in records)
