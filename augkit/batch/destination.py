"""May a run write here, and is it the run that was here before?"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, TypeAlias

from augkit.batch.files import (
    TEMPORARY,
    Layout,
    atomic_write,
    json_document,
    json_lines,
    read_json,
    remove,
)
from augkit.batch.listing import Entry, Listing
from augkit.batch.plan import Plan
from augkit.batch.spec import differences, fingerprint
from augkit.core.errors import RefusedError
from augkit.core.plural import plural

__all__ = ["Begun", "Earlier", "check_merge_target", "check_places", "check_same_job", "take_over"]

SHOWN = 20


@dataclass(frozen=True)
class Earlier:
    """What an earlier run has left in a destination; both None where there was none."""

    run: dict[str, Any] | None
    plan: dict[str, Any] | None

    def chunk_size(self, wanted: int | None) -> int | None:
        """The chunk size to go on with, if there is one: chunks that are done keep their numbers."""
        known = self.plan["chunk_size"] if self.plan else None
        if wanted is not None and known is not None and wanted != known:
            raise RefusedError(
                f"chunk_size is {wanted}, but the run in the destination has {known}; "
                "leave it out to go on, or take another destination"
            )
        return wanted or known


def check_places(source: Path, layout: Layout) -> Earlier:
    """Refuse places where a run would do harm; nothing is written.

    Raises
    ------
    RefusedError
        The destination is the source, inside it or around it; it is a file, or holds something that
        is no run.
    """
    root = layout.root
    if not source.exists():
        raise RefusedError(f"source {os.fspath(source)!r} is not there; check the path")
    _names(root)  # a place that cannot be is told before anything else is asked of it
    folder = source if source.is_dir() else source.parent
    real, target = os.path.realpath(folder), os.path.realpath(root)
    if root.exists() and os.path.samefile(folder, root):
        raise RefusedError("the destination is the source; take another folder for the outputs")
    # Of one file, a destination beside it is never walked into.
    if source.is_dir() and _is_inside(target, real):
        raise RefusedError(
            f"the destination {os.fspath(root)!r} is inside the source {os.fspath(folder)!r}: the "
            "outputs would be sources of the next run; take a folder beside it"
        )
    if _is_inside(real, target):
        raise RefusedError(
            f"the source {os.fspath(folder)!r} is inside the destination {os.fspath(root)!r}: "
            "outputs and sources would mix; take a folder of its own"
        )
    if root.exists() and not root.is_dir():
        raise RefusedError(f"the destination {os.fspath(root)!r} is a file; take a folder")
    return _earlier(layout)


def _is_inside(path: str, folder: str) -> bool:
    """Whether a real path lies below a folder, by identity where it exists (case, bind mounts)."""
    while True:
        parent = os.path.dirname(path)
        if parent == path:
            return False
        path = parent
        if path == folder:
            return True
        if os.path.exists(path) and os.path.exists(folder) and os.path.samefile(path, folder):
            return True


def _earlier(layout: Layout) -> Earlier:
    root = layout.root
    if not layout.run.exists():
        # What a run leaves that was killed before it could write run.json is no reason to refuse.
        others = sorted(
            name
            for name in _names(root)
            if name != layout.state.name and not name.startswith(TEMPORARY)
        )
        if others:
            raise RefusedError(
                f"the destination {os.fspath(root)!r} is not empty (it holds {others[0]!r}) and is "
                "no augkit run; take an empty folder"
            )
        return Earlier(None, None)
    try:
        run = read_json(layout.run)
        _ = run["fingerprint"], run["job"]
    except (ValueError, KeyError, OSError):
        raise RefusedError(
            f"{layout.run} is not the run.json of an augkit run; take another destination"
        ) from None
    if run["fingerprint"] != fingerprint(run["job"]):
        raise RefusedError(
            f"{layout.run} was changed after the run began: its fingerprint is not that of its job; "
            "put it back as it was, or take another destination"
        )
    if not layout.plan.exists():
        raise RefusedError(
            f"the run in {os.fspath(root)!r} cannot be gone on with: {layout.plan} is gone; "
            "take another destination"
        )
    return Earlier(run, read_json(layout.plan))


def _names(root: Path) -> list[str]:
    try:
        return os.listdir(root)
    except FileNotFoundError:
        return []
    except OSError as error:
        if os.path.isfile(root):
            return []  # told in words of its own
        raise RefusedError(
            f"the destination {os.fspath(root)!r} cannot be used: {error.strerror}; take another "
            "folder"
        ) from None


Begun: TypeAlias = Literal["", "same", "fewer variants"]
"""What of a plan has been begun: nothing, the plan itself, or the same with fewer variants."""


def check_same_job(plan: Plan, layout: Layout, *, retry_failed: bool) -> Begun:
    """Whether an earlier run is there that can be gone on with; nothing is written.

    Raises
    ------
    RefusedError
        Another job is there; then with the differences, field by field.
    """
    earlier = _earlier(layout)
    if earlier.run is None:
        return ""
    earlier.chunk_size(plan.chunk_size)
    known = layout.any_listing()
    begun: Begun = "same"
    if earlier.run["fingerprint"] != plan.fingerprint:
        if not _has_fewer_variants(earlier.run["job"], plan, known):
            raise RefusedError(_other_job(earlier.run["job"], plan, known))
        begun = "fewer variants"
    if known is not None:
        _check_changes(plan, known, layout, retry_failed=retry_failed)
    return begun


def _has_fewer_variants(job: dict[str, Any], plan: Plan, known: Path | None) -> bool:
    """Whether a job differs from the plan's in nothing but a smaller number of variants.

    A variant does not depend on how many there are, so what has been made of it still holds.
    """
    before, now = job.get("variants"), plan.job["variants"]
    if known is None or job.get("per_class") or not isinstance(before, int):
        return False
    if before >= now:
        return False
    apart = {"variants": None, "listing": None}
    if {**job, **apart} != {**plan.job, **apart}:
        return False
    return all(
        old is not None
        and new is not None
        and old._replace(variants=new.variants).identity() == new.identity()
        for old, new in _side_by_side(known, plan.listing_file)
    )


def take_over(plan: Plan, layout: Layout, tag: str, *, retry_failed: bool) -> Plan:
    """Make the destination the plan's own: check again under the lock, then write what it needs."""
    begun = check_same_job(plan, layout, retry_failed=retry_failed)
    if begun == "fewer variants":
        if tag:
            raise RefusedError(
                "the run in the destination has fewer variants; a shard cannot add to them: leave "
                "shard out, or take another destination"
            )
        _set_aside(layout)
    target = layout.listing(tag)
    for suffix in (".jsonl", ".offsets", ".partners"):
        _move(plan.listing_file.with_suffix(suffix), target.with_suffix(suffix))
    _move(plan.skipped_file, layout.skipped)
    layout.parts.mkdir(exist_ok=True)
    atomic_write(layout.plan, json_document(plan.plan_document()))
    if begun != "same":
        # Last: a destination with a run.json has all the rest.
        atomic_write(layout.run, json_document(plan.run_document()))
    return replace(plan, folder=layout.state, listing_name=target.name)


def _set_aside(layout: Layout) -> None:
    """Begin anew, with what is known of the outputs that stand there kept beside.

    A kill in between leaves the earlier run, with more or less of its chunks to be made again.
    """
    remove(layout.manifest)
    remove(layout.quarantine)
    layout.earlier.mkdir(exist_ok=True)
    for part in layout.parts.glob("*.jsonl"):
        os.replace(part, layout.earlier / part.name)
    for journal in layout.journals():
        remove(journal)


def check_merge_target(layout: Layout, run: dict[str, Any], plan: dict[str, Any]) -> None:
    """Begin a run in an empty destination with what its shards have, or refuse another one."""
    earlier = _earlier(layout)
    if earlier.run is None:
        layout.parts.mkdir(parents=True, exist_ok=True)
        atomic_write(layout.plan, json_document(plan))
        atomic_write(layout.run, json_document(run))
        return
    earlier.chunk_size(plan["chunk_size"])
    if earlier.run["fingerprint"] != run["fingerprint"]:
        lines = "\n  ".join(list(differences(earlier.run["job"], run["job"]))[:SHOWN])
        raise RefusedError(f"{layout.root} holds another run; it differs in\n  {lines}")


def _move(source: Path, target: Path) -> None:
    """Into the destination, which may be another file system; complete or not at all."""
    with open(source, "rb") as file:
        atomic_write(target, iter(lambda: file.read(1 << 16), b""))


def _other_job(earlier: dict[str, Any], plan: Plan, known: Path | None) -> str:
    lines = [line for line in differences(earlier, plan.job) if not line.startswith("listing.")]
    advice = "Use the same settings to go on with it, or take another destination"
    if not lines:
        advice = (
            "Put the source back as it was to go on, or take another destination for the new one"
        )
    if earlier.get("listing") != plan.job["listing"]:
        lines += _listing_differences(known, plan)
    shown = lines[:SHOWN] + ([f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else [])
    return (
        "the destination holds another run; it differs in\n"
        + "\n".join(f"  {line}" for line in shown)
        + f"\n{advice}"
    )


def _listing_differences(known: Path | None, plan: Plan) -> list[str]:
    """Which samples came and went, by walking both sorted listings side by side."""
    if known is None:
        return ["listing: the files of the source are others"]
    added: list[str] = []
    gone: list[str] = []
    changed: list[str] = []
    for old, new in _side_by_side(known, plan.listing_file):
        if old is None and new is not None:
            added.append(new.key)
        elif new is None and old is not None:
            gone.append(old.key)
        elif old and new and old.identity() != new.identity():
            changed.append(new.key)
    lines = []
    for what, keys in (("added", added), ("removed", gone), ("treated otherwise", changed)):
        if keys:
            names = ", ".join(map(repr, keys[:3])) + (", ..." if len(keys) > 3 else "")
            lines.append(f"listing: {plural(len(keys), 'file')} {what}: {names}")
    return lines


def _side_by_side(one: Path, other: Path) -> Iterator[tuple[Entry | None, Entry | None]]:
    def tagged(side: int, path: Path) -> Iterator[tuple[bytes, int, Entry]]:
        for entry in Listing(path):
            yield entry.key.encode(), side, entry

    both = heapq.merge(tagged(0, one), tagged(1, other))
    for _, group in groupby(both, key=lambda item: item[0]):
        found = {side: entry for _, side, entry in group}
        yield found.get(0), found.get(1)


def _check_changes(plan: Plan, known: Path, layout: Layout, *, retry_failed: bool) -> None:
    """Refuse to go on with a source whose files are others than those that were done before.

    A file that failed may have been repaired, where it is to be tried again.
    """
    changed = {
        new.path
        for old, new in _side_by_side(known, plan.listing_file)
        if old and new and (old.size, old.stamp) != (new.size, new.stamp)
    }
    if not changed:
        return
    failed: set[str] = set()
    finished: set[str] = set()
    for part in layout.parts.glob("*.jsonl"):
        for line in json_lines(part):
            if "failure" in line:
                failed.add(line["failure"]["source"])
            finished.update(changed.intersection(output["source"] for output in line["outputs"]))
    bad = sorted(finished if retry_failed else finished | (failed & changed))
    if bad:
        names = ", ".join(map(repr, bad[:3])) + (", ..." if len(bad) > 3 else "")
        raise RefusedError(
            f"{plural(len(bad), 'file')} of the source, or the labels, changed after having been "
            f"processed ({names}); put them back or take another destination "
            "(retry_failed tries failed files again)"
        )
