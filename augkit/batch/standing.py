"""What an earlier run has made of a sample, and whether it still stands."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from augkit.batch.earlier import Earlier
from augkit.batch.listing import Entry

__all__ = ["standing"]


def standing(
    destination: str,
    entry: Entry,
    wanted: Iterable[tuple[int | None, str]],
    earlier: Mapping[str, Earlier],
    source_hash: Callable[[], str],
) -> dict[str, dict[str, Any]]:
    """The lines of those outputs of a sample that an earlier run has made and that still stand.

    Parameters
    ----------
    destination
        The folder of the outputs.
    entry
        The sample as it is now.
    wanted
        Variant and name of each of its outputs.
    earlier
        What is known of its outputs, by name.
    source_hash
        Looks into the source: asked, once, where it has another time than it had.
    """
    if not earlier:
        return {}
    found: dict[str, dict[str, Any]] = {}
    digest = cache(source_hash)
    for variant, output in wanted:
        known = earlier.get(output)
        if known is None or not _is_there(destination, known, entry, variant):
            continue
        same = (known.size, known.mtime_ns) == (entry.size, entry.mtime_ns)
        if same or digest() == known.line["source_sha256"]:
            found[output] = known.line
    return found


def _is_there(destination: str, known: Earlier, entry: Entry, variant: int | None) -> bool:
    """Whether an output, and what belongs to it, is there as it was written.

    The size is believed, as when a run goes on.
    """
    line = known.line
    if not known.holds or known.stamp != entry.stamp:
        return False
    if (line["source"], line["variant"]) != (entry.path, variant):
        return False
    try:
        size = os.path.getsize(os.path.join(destination, line["output"]))
    except OSError:
        return False
    beside = (os.path.join(destination, name) for name in line.get("beside", ()))
    return size == line["bytes"] and all(map(os.path.isfile, beside))
