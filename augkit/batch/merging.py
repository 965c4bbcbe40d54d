"""Shards become one run: the same outputs, manifest and labels as if it had never been cut."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from augkit.batch import files
from augkit.batch.destination import check_merge_target
from augkit.batch.files import Layout, json_lines, read_json, sweep, temporary_beside
from augkit.batch.journal import Done, Journal, Lock, read_journals
from augkit.batch.manifest import failures, recorded_source, write_results
from augkit.batch.report import SHOWN, Summary
from augkit.batch.selection import open_labels
from augkit.batch.spec import JobSpec, differences
from augkit.core.errors import DiskFullError, RefusedError
from augkit.core.plural import plural

__all__ = ["merge"]


def merge(
    destinations: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    into: str | os.PathLike[str] | None = None,
    *,
    source: str | os.PathLike[str] | None = None,
    durable: bool = True,
) -> Summary:
    """Make one run of the shards of a job, which may stand in one destination or in several.

    Parameters
    ----------
    destinations
        Where the shards have written to: one folder that they shared, or a folder each.
    into
        The folder of the whole (default: the one they shared). Outputs are linked where the file
        system can, else copied; the shards' folders stay as they are.
    source
        The folder of the samples, where it has moved; needed for jobs with labels only.
    durable
        Whether results are forced onto the disk.

    Returns
    -------
    Summary
        Of the whole run.

    Raises
    ------
    RefusedError
        A folder is no run, the runs differ, a chunk is missing, or a run is still working there.
    """
    if isinstance(destinations, str | os.PathLike):
        destinations = [destinations]
    roots = [Path(one).absolute() for one in destinations]
    if not roots:
        raise RefusedError("there is nothing to merge; name the destinations of the shards")
    if into is None and len(roots) > 1:
        raise RefusedError("say where to merge several destinations to (into=)")
    target = Layout(Path(into).absolute() if into is not None else roots[0])
    layouts = [Layout(root) for root in roots if not _same(root, target.root)]
    run, plan = _checked(layouts or [target])
    chunks = -(-plan["samples"] // plan["chunk_size"])
    try:
        with ExitStack() as stack:
            check_merge_target(target, run, plan)
            for layout in (target, *layouts):
                stack.enter_context(Lock(layout.lock()))
            done = _gathered(layouts, target, run, plan)
            _check_complete(done, chunks, layouts or [target])
            sweep(target.root)
            _take_files(layouts, target, done, durable)
            spec = JobSpec.from_dict(run["job"])
            labels = None
            if spec.labels is not None:
                labels = open_labels(spec, recorded_source(target.root, source))
            write_results(target, chunks, labels, durable=durable)
    except OSError as error:
        if error.errno in files.DISK_FULL:
            raise DiskFullError(f"no room left: {error}; make room and merge again") from error
        raise
    return _summary(target, run, plan, done)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _checked(layouts: Sequence[Layout]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the runs have in common."""
    found: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for layout in layouts:
        for path in (layout.run, layout.plan):
            if not path.exists():
                raise RefusedError(f"{layout.root} cannot be merged: it has no {path.name}")
        found.append((read_json(layout.run), read_json(layout.plan)))
        first_run, first_plan = found[0]
        run, plan = found[-1]
        if run["fingerprint"] != first_run["fingerprint"]:
            lines = list(differences(first_run["job"], run["job"]))[:SHOWN]
            raise RefusedError(
                f"{layouts[0].root} and {layout.root} are not the same job; they differ in\n  "
                + "\n  ".join(lines)
            )
        if plan["chunk_size"] != first_plan["chunk_size"]:
            raise RefusedError(
                f"{layout.root} has chunks of {plan['chunk_size']} and {layouts[0].root} of "
                f"{first_plan['chunk_size']}; shards need the same chunk_size"
            )
    return found[0]


def _gathered(
    layouts: Sequence[Layout], target: Layout, run: dict[str, Any], plan: dict[str, Any]
) -> dict[int, tuple[Layout, Done]]:
    """Each chunk that is done, and where: in the target, if it is there already."""
    done: dict[int, tuple[Layout, Done]] = {}
    for layout in (*layouts, target):
        for chunk, record in read_journals(layout.journals(), layout).items():
            done[chunk] = (layout, record)
    return done


def _check_complete(done: dict[int, Any], chunks: int, layouts: Sequence[Layout]) -> None:
    missing = [chunk for chunk in range(chunks) if chunk not in done]
    if missing:
        raise RefusedError(
            f"{len(missing)} of {plural(chunks, 'chunk')} are not done; run "
            f"{_missing_shards(missing, layouts)} to the end and merge again"
        )


def _missing_shards(chunks: Sequence[int], layouts: Sequence[Layout]) -> str:
    """The shards that chunks belong to, as far as the shards that began agree how many there are."""
    names = [journal.stem.partition("-")[2] for layout in layouts for journal in layout.journals()]
    totals = {int(name.rpartition("of")[2]) for name in names if "of" in name}
    if len(totals) != 1:
        return "the missing shards"
    (total,) = totals
    numbers = sorted({chunk % total + 1 for chunk in chunks})
    shown = ", ".join(f"{number}/{total}" for number in numbers[:10])
    return f"--shard {shown}{', ...' if len(numbers) > 10 else ''}"


def _take_files(
    layouts: Sequence[Layout], target: Layout, done: dict[int, tuple[Layout, Done]], durable: bool
) -> None:
    """Bring outputs, parts and records of every chunk into the target; each chunk once."""
    if not layouts:
        return
    target.parts.mkdir(parents=True, exist_ok=True)
    for name in ("skipped.jsonl", "plan.json"):
        _take(layouts[0].state / name, target.state / name)
    listing = layouts[0].any_listing()
    if listing is not None:
        for suffix in (".jsonl", ".offsets", ".partners"):
            _take(listing.with_suffix(suffix), target.listing().with_suffix(suffix))
    with Journal(target.journal(), durable=durable) as journal:
        for chunk in sorted(done):
            layout, record = done[chunk]
            if layout is target:
                continue
            names = list(_files_of(layout.part(chunk)))
            for name in names:
                _take(layout.root / name, target.root / name)
            _take(layout.part(chunk), target.part(chunk))
            if durable:
                paths = [os.path.join(target.root, name) for name in names]
                files.sync([*paths, *{os.path.dirname(path) for path in paths}])
            journal.append(record)


def _files_of(part: Path) -> Iterable[str]:
    for line in json_lines(part):
        for output in line["outputs"]:
            yield output["output"]
            yield from output.get("beside", ())


def _take(source: Path, target: Path) -> None:
    """A link where the file system can, else a copy; complete or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(os.fspath(target))
    try:
        try:
            os.link(source, temporary)
        except OSError as error:
            if error.errno in files.DISK_FULL or not source.exists():
                raise
            shutil.copyfile(source, temporary)
        os.replace(temporary, target)
    finally:
        files.remove(temporary)


def _summary(
    target: Layout,
    run: dict[str, Any],
    plan: dict[str, Any],
    done: dict[int, tuple[Layout, Done]],
) -> Summary:
    records = [record for _, record in done.values()]
    found = list(failures(target, sorted(done)))
    return Summary(
        destination=os.fspath(target.root),
        status="merged",
        samples=sum(record.samples - record.quarantined for record in records),
        samples_total=plan["samples"],
        outputs=sum(record.outputs for record in records),
        outputs_total=plan["outputs"],
        bytes=sum(record.bytes for record in records),
        quarantined=len(found),
        failures=found[:SHOWN],
        seed=cast("int", run["job"]["seed"]),
        fingerprint=run["fingerprint"],
    )
