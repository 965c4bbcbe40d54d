"""What is different in the source since an earlier run: which files came, went and changed."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from augkit.batch.files import Layout, json_lines, sha256_of
from augkit.batch.listing import Entry, Listing
from augkit.core.plural import plural

__all__ = ["Changes", "compare", "side_by_side"]

NAMED = 3
"""Files that are named of each kind."""


@dataclass
class Changes:
    """What is different, as far as it matters for outputs that were made.

    Attributes
    ----------
    added, gone
        Files that came and went.
    more
        Files of which more variants are asked for.
    otherwise
        Files that are treated otherwise: fewer variants (of a class that has grown), another class.
    contents
        Files that hold something else since outputs were made of them, or whose labels do.
    failed
        Files that could not be processed, and hold something else since.
    perhaps
        Files that could not be processed, and have another time since.
    mixtures
        Outputs with other samples in them, where those that may be mixed in are others now.
    partners_differ
        Whether those that may be mixed in are others now.
    """

    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    mixtures: int = 0
    partners_differ: bool = False

    def __bool__(self) -> bool:
        listed = self.added or self.gone or self.more or self.otherwise
        return bool(listed or self.contents or self.failed or self.perhaps)

    @property
    def harmless(self) -> bool:
        """Whether outputs are only added: nothing that was made would be another or go."""
        return not (self.gone or self.otherwise or self.contents or self.mixtures)

    def lines(self) -> list[str]:
        """In words, a line for each kind."""
        kinds = (
            (self.added, "added"),
            (self.gone, "removed"),
            (self.otherwise, "treated otherwise"),
            (self.contents, "processed before with other content or labels"),
        )
        lines = [
            f"{plural(len(keys), 'file')} {what}: {_named(keys)}" for keys, what in kinds if keys
        ]
        if self.more:
            lines.append(f"more variants of {plural(len(self.more), 'file')}")
        if self.mixtures:
            lines.append(
                f"{plural(self.mixtures, 'output')} with other samples mixed in, which are drawn "
                "from other files now"
            )
        return lines


def _named(keys: list[str]) -> str:
    return ", ".join(map(repr, keys[:NAMED])) + (", ..." if len(keys) > NAMED else "")


def side_by_side(one: Path, other: Path) -> Iterator[tuple[Entry | None, Entry | None]]:
    """The samples of two listings, which are sorted by key: pairs, or alone."""

    def tagged(side: int, path: Path) -> Iterator[tuple[bytes, int, Entry]]:
        for entry in Listing(path):
            yield entry.key.encode(), side, entry

    both = heapq.merge(tagged(0, one), tagged(1, other))
    for _, group in groupby(both, key=lambda item: item[0]):
        found = {side: entry for _, side, entry in group}
        yield found.get(0), found.get(1)


def compare(known: Path, listing: Path, layout: Layout, source: Path) -> Changes:
    """What is different between the listing of an earlier run and that of a plan.

    A file with another time alone is looked into where outputs were made of it: what counts is
    what it holds.

    Parameters
    ----------
    known, listing
        The listing of the earlier run and that of the plan.
    layout
        Of the destination, with what was done.
    source
        The folder of the samples.
    """
    found = Changes()
    surely: set[str] = set()
    touched: set[str] = set()
    for old, new in side_by_side(known, listing):
        if old is None and new is not None:
            found.added.append(new.key)
        elif new is None and old is not None:
            found.gone.append(old.key)
        elif old is not None and new is not None:
            if old.identity() != new.identity():
                more = old._replace(variants=new.variants).identity() == new.identity()
                (found.more if more and old.variants < new.variants else found.otherwise).append(
                    new.key
                )
            if (old.size, old.stamp) != (new.size, new.stamp):
                surely.add(new.path)
            elif old.mtime_ns != new.mtime_ns:
                touched.add(new.path)
        found.partners_differ |= _as_partner(old) != _as_partner(new)
    if surely or touched or found.partners_differ:
        _look_at_outputs(found, layout, surely, touched, _reader(source))
    return found


def _as_partner(entry: Entry | None) -> tuple[str, str] | None:
    """What of a sample others may meet; None where it is only passed through."""
    if entry is None or (entry.copy and not entry.variants):
        return None
    return entry.key, entry.path


def _reader(source: Path) -> Callable[[str], str]:
    """The hash of a file of the source, or nothing where there is none to be had."""

    def digest(path: str) -> str:
        try:
            return sha256_of(os.fspath(source / path)).sha256
        except OSError:
            return ""

    return digest


def _look_at_outputs(
    found: Changes,
    layout: Layout,
    surely: set[str],
    touched: set[str],
    digest: Callable[[str], str],
) -> None:
    """Which of the files that look changed have outputs or a failure; how many mixtures there are."""
    contents: set[str] = set()
    failed: set[str] = set()
    same: set[str] = set()
    mixtures = 0
    for output in _outputs(layout, failed):
        path = output["source"]
        if path in touched and path not in surely and path not in same:
            is_same = digest(path) == output["source_sha256"]
            (same if is_same else surely).add(path)
        if path in surely:
            contents.add(path)
        mixtures += bool(output.get("mixed"))
    found.contents = sorted(contents)
    found.failed = sorted((failed & surely) - contents)
    found.perhaps = sorted(failed & (touched - surely))
    found.partners_differ |= bool(contents or found.failed or found.perhaps)
    found.mixtures = mixtures if found.partners_differ else 0


def _outputs(layout: Layout, failed: set[str]) -> Iterator[dict[str, Any]]:
    """The outputs that were made; fills in which files could not be processed."""
    for part in layout.parts.glob("*.jsonl"):
        for line in json_lines(part):
            yield from line["outputs"]
            if "failure" in line:
                failed.add(line["failure"]["source"])
    if layout.earlier.exists():
        for line in json_lines(layout.earlier):
            yield from (one[-1] for one in line["outputs"] if one[0])
