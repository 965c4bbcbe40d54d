"""What a run would do, and why, without writing anything."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from augkit.batch.changes import Changes, side_by_side
from augkit.batch.collisions import outputs_of
from augkit.batch.destination import Begun, check_places, check_same_job
from augkit.batch.files import Layout, json_lines
from augkit.batch.journal import Done, read_journals
from augkit.batch.listing import Entry
from augkit.batch.plan import Plan, Shard, make_plan, settle_seed, temporary_folder
from augkit.batch.protocol import Medium, instance
from augkit.batch.spec import JobSpec
from augkit.core.errors import UnreadableError
from augkit.core.plural import plural

__all__ = ["DryRun", "dry_run"]


@dataclass
class DryRun:
    """What a run would do.

    Attributes
    ----------
    source, destination
        The folders.
    seed, fingerprint
        Of the job.
    samples, outputs
        Of the whole job.
    reasons
        How many samples there are by what would become of them, and why: ``"done"``, ``"new"``,
        ``"there already"``, ``"fewer variants"``, ``"changed"`` (of a run that grows),
        ``"not finished"``, ``"failed"``, ``"failed, to be tried again"``, ``"other shard"``.
    examples
        The first samples that would be processed: source, outputs, reason.
    per_class
        Outputs per class, where classes are balanced.
    skipped
        Files that are no samples, by reason.
    unreadable
        With ``probe=True``: files whose header says that they cannot be read, with the reason.
    warnings
        What a user should know.
    """

    source: str
    destination: str
    seed: int | None
    fingerprint: str
    samples: int
    outputs: int
    reasons: dict[str, int]
    examples: list[dict[str, Any]]
    per_class: dict[str, int]
    skipped: dict[str, int]
    unreadable: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [
            f"{plural(self.outputs, 'output')} from {plural(self.samples, 'file')} of {self.source} "
            f"would stand in {self.destination} (seed {self.seed})"
        ]
        lines += [f"  {plural(count, 'file')}: {reason}" for reason, count in self.reasons.items()]
        lines += [
            f"  class {name!r}: {plural(count, 'output')}" for name, count in self.per_class.items()
        ]
        for one in self.examples:
            lines.append(f"{one['source']} -> {', '.join(one['outputs']) or '(nothing)'}")
        if self.skipped:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.skipped.items())
            lines.append(f"left out: {reasons}")
        lines += [f"unreadable: {one['source']!r}: {one['reason']}" for one in self.unreadable]
        lines += [f"warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)


def dry_run(
    spec: JobSpec,
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    *,
    chunk_size: int | None = None,
    shard: Shard | str | None = None,
    retry_failed: bool = False,
    update: bool = False,
    probe: bool = False,
    examples: int = 10,
) -> DryRun:
    """Everything `augkit.batch.run` checks and decides, without writing anything.

    Parameters
    ----------
    spec, source, destination, chunk_size, shard, retry_failed, update
        As for `run`; the same errors are raised.
    probe
        Look into the header of every file that would be processed.
    examples
        How many samples to name.
    """
    if isinstance(shard, str):
        shard = Shard.parse(shard)
    layout = Layout(Path(destination).absolute())
    where = check_places(Path(source), layout)
    spec = settle_seed(spec, layout)
    with temporary_folder() as folder:
        size = where.chunk_size(chunk_size)
        plan = make_plan(spec, Path(source), layout.root, Path(folder), chunk_size=size)
        begun, changes = check_same_job(plan, layout, retry_failed=retry_failed, update=update)
        done = read_journals(layout.journals(), layout) if begun == "same" else {}
        reasons: Counter[str] = Counter()
        shown: list[dict[str, Any]] = []
        unreadable: list[dict[str, str]] = []
        medium: Medium = instance(spec.medium)
        decided = _decided(plan, layout, done, shard, begun, retry_failed)
        for entry, reason in _grown(plan, layout, changes) if begun == "grown" else decided:
            reasons[reason] += 1
            if reason in ("done", "there already", "failed", "other shard"):
                continue
            if len(shown) < examples:
                names = [name for _, name in outputs_of(spec, medium, entry)]
                shown.append({"source": entry.path, "outputs": names, "reason": reason})
            if probe:
                try:
                    medium.probe(plan.source / entry.path, spec.options)
                except (UnreadableError, OSError) as error:
                    unreadable.append({"source": entry.path, "reason": str(error)})
        return DryRun(
            source=os.fspath(plan.source),
            destination=os.fspath(layout.root),
            seed=spec.seed,
            fingerprint=plan.fingerprint,
            samples=plan.samples,
            outputs=plan.outputs,
            reasons=dict(sorted(reasons.items())),
            examples=shown,
            per_class=plan.per_class,
            skipped=plan.skipped,
            unreadable=unreadable,
            warnings=[*plan.warnings, *(changes.lines() if begun == "grown" else ())],
        )


def _grown(plan: Plan, layout: Layout, changes: Changes) -> Iterator[tuple[Entry, str]]:
    """Every sample of a run that goes on from one of other files, with what would become of it."""
    changed = {*changes.contents, *changes.failed, *changes.perhaps}
    for old, new in side_by_side(layout.any_listing() or plan.listing_file, plan.listing_file):
        if new is None:
            continue
        if old is None:
            yield new, "new"
        elif new.path in changed:
            yield new, "changed"
        elif old.variants < new.variants:
            yield new, "fewer variants"
        else:
            yield new, "there already"


def _decided(
    plan: Plan,
    layout: Layout,
    done: dict[int, Done],
    shard: Shard | None,
    begun: Begun,
    retry_failed: bool,
) -> Iterator[tuple[Entry, str]]:
    """Every sample, with what would become of it."""
    listing = plan.listing()
    for chunk in range(plan.chunks):
        start = chunk * plan.chunk_size
        entries = enumerate(listing.slice(start, start + plan.chunk_size), start)
        failed: set[int] = set()
        if chunk in done and done[chunk].quarantined:
            lines = json_lines(layout.part(chunk))
            failed = {line["index"] for line in lines if "failure" in line}
        for index, entry in entries:
            if shard is not None and not shard.holds(chunk):
                yield entry, "other shard"
            elif chunk not in done:
                yield entry, "not finished" if begun else "new"
            elif index in failed:
                yield entry, "failed, to be tried again" if retry_failed else "failed"
            else:
                yield entry, "done"
    listing.close()
