"""May a run write here, and is it the run that was here before?"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from augkit.batch.changes import Changes, compare
from augkit.batch.earlier import set_aside
from augkit.batch.files import (
    TEMPORARY,
    Layout,
    atomic_write,
    json_document,
    read_json,
    remove,
)
from augkit.batch.plan import Plan, chunk_size_for
from augkit.batch.spec import differences, fingerprint
from augkit.core.errors import RefusedError
from augkit.core.plural import plural

__all__ = ["Begun", "Standing", "check_merge_target", "check_places", "check_same_job", "take_over"]

SHOWN = 20
SUFFIXES = (".jsonl", ".offsets", ".partners")
"""Of the files of a listing."""


@dataclass(frozen=True)
class Standing:
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


def check_places(source: Path, layout: Layout) -> Standing:
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


def _earlier(layout: Layout) -> Standing:
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
        return Standing(None, None)
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
    return Standing(run, read_json(layout.plan))


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


Begun: TypeAlias = Literal["", "same", "grown"]
"""What of a plan has been begun: nothing, the plan itself, or the same of other files."""


def check_same_job(
    plan: Plan, layout: Layout, *, retry_failed: bool, update: bool
) -> tuple[Begun, Changes]:
    """Whether an earlier run is there that can be gone on with, and what is different since.

    Nothing is written. Where a variant is added, or a file, what has been made still holds, since a
    variant depends neither on how many there are nor on other files; what would change or remove
    outputs has to be asked for (``update``).

    Raises
    ------
    RefusedError
        Another job is there; then with the differences, field by field.
    """
    earlier = _earlier(layout)
    known = layout.any_listing()
    if earlier.run is None:
        return "", Changes()
    earlier.chunk_size(plan.chunk_size)
    is_same = earlier.run["fingerprint"] == plan.fingerprint
    if known is None:
        if not is_same:
            raise RefusedError(_other_job(earlier.run["job"], plan, None))
        return "same", Changes()
    changes = compare(known, plan.listing_file, layout, plan.source)
    if not is_same and not _may_grow(earlier.run["job"], plan.job):
        raise RefusedError(_other_job(earlier.run["job"], plan, changes))
    if update and changes:
        return "grown", changes
    if is_same:
        _check_contents(changes, retry_failed=retry_failed)
        return "same", changes
    if not changes.harmless:
        raise RefusedError(_needs_update(changes))
    return "grown", changes


def _may_grow(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether two jobs differ in nothing but their files, and perhaps in more variants."""
    fewer, more = before.get("variants"), now["variants"]
    if not isinstance(fewer, int) or fewer > more:
        return False
    # What label files say of a sample is part of what is compared sample by sample.
    apart = {"variants": None, "listing": None, "label_files": None}
    return bool({**before, **apart} == {**now, **apart})


def _check_contents(changes: Changes, *, retry_failed: bool) -> None:
    """Refuse to go on with files that are others than those that were done before.

    A file that failed may have been repaired, where it is to be tried again.
    """
    bad = changes.contents if retry_failed else sorted([*changes.contents, *changes.failed])
    if bad:
        names = ", ".join(map(repr, bad[:3])) + (", ..." if len(bad) > 3 else "")
        raise RefusedError(
            f"{plural(len(bad), 'file')} of the source, or the labels, changed after having been "
            f"processed ({names}); put them back, take another destination, or let the outputs be "
            "made anew (--update, update=True; retry_failed tries failed files again)"
        )


def _needs_update(changes: Changes) -> str:
    return (
        "the source is another one since the run in the destination:\n"
        + "\n".join(f"  {line}" for line in changes.lines())
        + "\n--update (update=True) makes the outputs of changed files anew and removes those of "
        "files that are gone; or put the source back as it was, or take another destination"
    )


def take_over(
    plan: Plan,
    layout: Layout,
    tag: str,
    *,
    retry_failed: bool,
    update: bool = False,
    chunk_size: int | None = None,
) -> tuple[Plan, Changes]:
    """Make the destination the plan's own: check again under the lock, then write what it needs."""
    begun, changes = check_same_job(plan, layout, retry_failed=retry_failed, update=update)
    if begun == "grown":
        if tag:
            raise RefusedError(
                "the run in the destination has other files or fewer variants; a shard cannot add "
                "to them: leave shard out, or take another destination"
            )
        _begin_anew(layout, changes)
        plan = replace(plan, chunk_size=chunk_size or chunk_size_for(plan.samples))
    target = layout.listing(tag)
    for suffix in SUFFIXES:
        _move(plan.listing_file.with_suffix(suffix), target.with_suffix(suffix))
    if begun == "grown":
        for listing in set(layout.listings()) - {target}:  # of shards, which count otherwise
            for suffix in SUFFIXES:
                remove(listing.with_suffix(suffix))
    _move(plan.skipped_file, layout.skipped)
    layout.parts.mkdir(exist_ok=True)
    atomic_write(layout.plan, json_document(plan.plan_document()))
    if begun != "same":
        # Last: a destination with a run.json has all the rest.
        atomic_write(layout.run, json_document(plan.run_document()))
    return replace(plan, folder=layout.state, listing_name=target.name), changes


def _begin_anew(layout: Layout, changes: Changes) -> None:
    """Begin anew, with what is known of the outputs that stand there kept beside.

    A kill in between leaves the earlier run, with more or less of its chunks to be made again.
    """
    known = layout.any_listing()
    if known is not None:
        set_aside(layout, known, mixtures_hold=not changes.partners_differ)
    for path in (layout.manifest, layout.quarantine, *layout.journals()):
        remove(path)
    for part in layout.parts.glob("*"):
        remove(part)


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


def _other_job(earlier: dict[str, Any], plan: Plan, changes: Changes | None) -> str:
    lines = [line for line in differences(earlier, plan.job) if not line.startswith("listing.")]
    if earlier.get("listing") != plan.job["listing"]:
        found = changes.lines() if changes else ["the files of the source are others"]
        lines += [f"listing: {line}" for line in found]
    shown = lines[:SHOWN] + ([f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else [])
    return (
        "the destination holds another run; it differs in\n"
        + "\n".join(f"  {line}" for line in shown)
        + "\nUse the same settings to go on with it, or take another destination"
    )
