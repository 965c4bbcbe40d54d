"""What goes to a worker and what comes back: plain data, for any engine to carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from augkit.batch.listing import Entry
from augkit.batch.protocol import Labels

__all__ = ["Durability", "Outcome", "Task", "failure_line", "summed"]

Durability: TypeAlias = Literal["none", "chunk", "file"]
"""When outputs are forced onto the disk: never, once per chunk before it counts, or each."""


class Task(NamedTuple):
    """A chunk (or some samples of it) to be made.

    Attributes
    ----------
    spec
        The `JobSpec` as a dict.
    source, destination
        Absolute folders.
    listing
        The file the indices count in.
    chunk
        Its number.
    indices
        Which samples, by their place in the listing.
    part
        Where the lines about them go.
    labels
        The labels of these samples, if the job has any.
    durability
        When outputs are forced onto the disk.
    tag
        Put into the names of temporary files; tells shards apart.
    earlier
        The file with what an earlier run has made of these samples, and from where to where in it.
    timeout
        How many seconds one output may take; 0 for ever.
    hung
        Samples that are known to take longer: they are set aside without being tried.
    """

    spec: dict[str, Any]
    source: str
    destination: str
    listing: str
    chunk: int
    indices: Sequence[int]
    part: str
    labels: Labels | None = None
    durability: Durability = "chunk"
    tag: str = ""
    earlier: tuple[str, int, int] | None = None
    timeout: float = 0.0
    hung: Sequence[int] = ()


class Outcome(NamedTuple):
    """What became of a task. ``exit_code`` other than 0 means that the run has to stop.

    ``kept`` of the outputs stood there from an earlier run.
    """

    chunk: int
    samples: int
    outputs: int
    bytes: int
    quarantined: int
    part_bytes: int
    seconds: float
    exit_code: int = 0
    message: str = ""
    kept: int = 0


def summed(chunk: int, lines: Sequence[dict[str, Any]], part_bytes: int, seconds: float) -> Outcome:
    """The outcome that the lines of a part stand for."""
    outputs = [output for line in lines for output in line["outputs"]]
    return Outcome(
        chunk=chunk,
        samples=len(lines),
        outputs=len(outputs),
        bytes=sum(output["bytes"] for output in outputs),
        quarantined=sum("failure" in line for line in lines),
        part_bytes=part_bytes,
        seconds=seconds,
    )


def failure_line(entry: Entry, index: int, stage: str, reason: str) -> dict[str, Any]:
    """The line of a sample that could not be processed."""
    failure = {"source": entry.path, "key": entry.key, "stage": stage, "reason": reason}
    return {"index": index, "outputs": [], "failure": failure}
