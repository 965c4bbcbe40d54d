"""What an earlier run has left in a destination that grows: kept where it still holds, else removed."""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from augkit.batch.files import Layout, atomic_write, json_line, json_lines, remove, sha256_of
from augkit.batch.listing import Entry, Listing

__all__ = ["Earlier", "EarlierReader", "earlier_outputs", "remove_stale", "set_aside"]


class Earlier(NamedTuple):
    """An output that an earlier run has made.

    Attributes
    ----------
    holds
        Whether it is still what would be made, if source and labels are what they were.
    size, mtime_ns, stamp
        What the source and its own labels were like; see `Entry`.
    line
        What the earlier run has noted about it.
    """

    holds: bool
    size: int
    mtime_ns: int
    stamp: str
    line: dict[str, Any]


def earlier_outputs(path: str, start: int, stop: int) -> dict[str, dict[str, Earlier]]:
    """What stands between two places of ``earlier.jsonl``: by key, then by output."""
    with open(path, "rb") as file:
        file.seek(start)
        lines = map(json.loads, file.read(stop - start).splitlines())
        return {line["key"]: _by_name(line["outputs"]) for line in lines}


def _by_name(outputs: Iterable[Any]) -> dict[str, Earlier]:
    found = (Earlier(*one) for one in outputs)
    return {one.line["output"]: one for one in found}


def set_aside(layout: Layout, known: Path, *, mixtures_hold: bool) -> None:
    """Bring all that is known of the outputs that stand there into ``earlier.jsonl``, by key.

    The parts are then no longer needed: a run with other chunks may begin. It may be done again
    after a kill at any moment, since what the file itself holds is taken along.

    Parameters
    ----------
    layout
        Of the destination.
    known
        The listing that the parts count in.
    mixtures_hold
        Whether outputs with other samples in them are still what would be made.
    """
    both = heapq.merge(
        ((line["key"].encode(), 0, _by_name(line["outputs"])) for line in _known_before(layout)),
        _of_parts(layout, known),
        key=lambda item: item[:2],
    )
    atomic_write(layout.earlier, _lines(both, mixtures_hold))


def _lines(
    found: Iterable[tuple[bytes, int, dict[str, Earlier]]], mixtures_hold: bool
) -> Iterator[bytes]:
    """One line per key, from what was known before and what was made since."""
    key, outputs = b"", dict[str, Earlier]()
    for next_key, _, more in found:
        if next_key != key and outputs:
            yield _line(key, outputs, mixtures_hold)
            outputs = {}
        key = next_key
        outputs.update(more)
    if outputs:
        yield _line(key, outputs, mixtures_hold)


def _line(key: bytes, outputs: dict[str, Earlier], mixtures_hold: bool) -> bytes:
    kept = [
        one._replace(holds=one.holds and (mixtures_hold or not one.line.get("mixed")))
        for one in outputs.values()
    ]
    return json_line({"key": key.decode(), "outputs": kept})


def _known_before(layout: Layout) -> Iterator[dict[str, Any]]:
    if layout.earlier.exists():
        yield from json_lines(layout.earlier)


def _of_parts(layout: Layout, known: Path) -> Iterator[tuple[bytes, int, dict[str, Earlier]]]:
    """The outputs of the finished chunks, with what their sources were like."""
    listing = Listing(known)
    for part in sorted(layout.parts.glob("*.jsonl")):
        for line in json_lines(part):
            if not line["outputs"] or line["index"] >= len(listing):
                continue
            entry = listing[line["index"]]
            about = (True, entry.size, entry.mtime_ns, entry.stamp)
            named = {one["output"]: Earlier(*about, one) for one in line["outputs"]}
            yield entry.key.encode(), 1, named
    listing.close()


class EarlierReader:
    """Finds the lines about the samples of one chunk after the other; both are sorted by key."""

    def __init__(self, layout: Layout) -> None:
        self._file = open(layout.earlier, "rb") if layout.earlier.exists() else None  # noqa: SIM115
        self._next: bytes | None = None
        self._start = 0
        self._advance(0)

    def _advance(self, start: int) -> None:
        """Look at the line that begins at a place."""
        self._start = start
        line = self._file.readline() if self._file else b""
        self._length = len(line)
        self._next = json.loads(line)["key"].encode() if line else None

    def span(self, first: Entry, last: Entry) -> tuple[int, int] | None:
        """From where to where the lines about the samples from ``first`` to ``last`` stand."""
        low, high = first.key.encode(), last.key.encode()
        while self._next is not None and self._next < low:
            self._advance(self._start + self._length)
        begin = self._start
        while self._next is not None and self._next <= high:
            self._advance(self._start + self._length)
        return (begin, self._start) if self._start > begin else None

    def close(self) -> None:
        """Let go of the file."""
        if self._file:
            self._file.close()


def remove_stale(layout: Layout, made: Iterable[str]) -> int:
    """Remove what an earlier run has made and this one has not, outputs of files that are gone; how
    many there were.

    What was changed since by somebody else is not ours, and stays.

    Parameters
    ----------
    layout
        Of the destination.
    made
        The names of all outputs of the run that is done.
    """
    if not layout.earlier.exists():
        return 0
    removed = 0
    stale = _stale(layout)
    for name in made if stale else ():
        stale.pop(name, None)
    for name, line in stale.items():
        path = layout.root / name
        try:
            is_ours = tuple(sha256_of(os.fspath(path))) == (line["bytes"], line["sha256"])
        except OSError:
            is_ours = not os.path.lexists(path)
        if is_ours:
            removed += 1
            for one in (name, *line.get("beside", ())):
                remove(layout.root / one)
                _remove_empty(layout.root, (layout.root / one).parent)
    remove(layout.earlier)
    return removed


def _stale(layout: Layout) -> dict[str, dict[str, Any]]:
    """Outputs known from before that the finished parts do not have."""
    before = (
        (line["key"].encode(), 0, [one[-1] for one in line["outputs"]])
        for line in json_lines(layout.earlier)
    )
    now = (
        (line["outputs"][0]["key"].encode(), 1, line["outputs"])
        for part in sorted(layout.parts.glob("*.jsonl"))
        for line in json_lines(part)
        if line["outputs"]
    )
    stale: dict[str, dict[str, Any]] = {}
    current: dict[str, dict[str, Any]] = {}
    key = b""
    for next_key, is_now, lines in heapq.merge(before, now, key=lambda item: item[:2]):
        if next_key != key:
            stale.update(current)
            key, current = next_key, {}
        if is_now:
            for line in lines:
                current.pop(line["output"], None)
        else:
            current = {line["output"]: line for line in lines}
    return {**stale, **current}


def _remove_empty(root: Path, folder: Path) -> None:
    """Remove a folder with nothing in it, and those above it, up to the destination."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
