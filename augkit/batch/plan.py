"""From a job and a folder to a plan: which samples, how many variants, which names."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from augkit.batch.collisions import check_names
from augkit.batch.files import Layout, read_json
from augkit.batch.listing import Listing, write_listing
from augkit.batch.protocol import Labels, Medium, instance
from augkit.batch.selection import FirstPass, counted, open_labels, settled
from augkit.batch.spec import FORMAT, JobSpec, fingerprint
from augkit.batch.walk import Filter, walk
from augkit.core.errors import RefusedError, SpecError
from augkit.core.places import described, placed

__all__ = ["Plan", "Shard", "chunk_size_for", "make_plan", "settle_seed"]

CHUNK_SIZE = 64
"""Samples per chunk, at most: seconds of work, so that a kill costs little and so do records."""
CHUNKS = 64
"""Chunks, at least, as far as there are samples: also a small folder keeps many workers busy."""


def chunk_size_for(samples: int) -> int:
    """The size of chunks unless told otherwise; it depends on nothing but the folder.

    >>> [chunk_size_for(samples) for samples in (13, 1_000, 1_000_000)]
    [1, 15, 64]
    """
    return max(1, min(CHUNK_SIZE, samples // CHUNKS))


class Shard(NamedTuple):
    """One of several runs that share the work: ``number`` (from 1) of ``total``."""

    number: int
    total: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From ``"2/4"``; `SpecError` if it is something else.

        >>> Shard.parse("2/4").name
        '2of4'
        """
        first, slash, second = text.partition("/")
        if slash and first.strip().isdecimal() and second.strip().isdecimal():
            shard = cls(int(first), int(second))
            if 1 <= shard.number <= shard.total:
                return shard
        raise SpecError(f"shard must be i/n with i from 1 to n, such as 1/4, got {text!r}")

    @property
    def name(self) -> str:
        """As it stands in names of files."""
        return f"{self.number}of{self.total}"

    def holds(self, chunk: int) -> bool:
        """Whether a chunk belongs to this shard."""
        return chunk % self.total == self.number - 1


@dataclass(frozen=True)
class Plan:
    """What a run will do; its listing lies in ``folder`` until the run takes it over.

    Attributes
    ----------
    spec
        The job, with its seed.
    source
        The folder of the samples, absolute.
    job
        What goes into ``run.json``: the spec, the versions, the hashes of listing and label files.
    fingerprint
        SHA-256 of ``job``.
    chunk_size, samples, outputs
        Samples per chunk; samples and outputs in all.
    per_class
        Outputs per class, where classes matter.
    skipped
        How many files were left out, by reason.
    lost
        Those of them that may have been samples.
    warnings
        What a user should know before it starts.
    labels
        The labels that travel, opened.
    places
        Where files and folders of the pipeline are as seen from the source, by how ``job`` calls them.
    folder, listing_name
        Where the listing and ``skipped.jsonl`` are for now.
    """

    spec: JobSpec
    source: Path
    job: dict[str, Any]
    fingerprint: str
    chunk_size: int
    samples: int
    outputs: int
    per_class: dict[str, int]
    skipped: dict[str, int]
    lost: int
    warnings: list[str]
    folder: Path = field(repr=False)
    labels: Labels | None = field(default=None, repr=False)
    places: Mapping[str, str] = field(default_factory=dict)
    listing_name: str = "listing.jsonl"

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.samples // self.chunk_size)

    @property
    def listing_file(self) -> Path:
        """The listing."""
        return self.folder / self.listing_name

    @property
    def skipped_file(self) -> Path:
        """What was left out, one line per file."""
        return self.folder / "skipped.jsonl"

    def listing(self) -> Listing:
        """The listing, opened."""
        return Listing(self.listing_file)

    def run_document(self) -> dict[str, Any]:
        """What stands in ``run.json``; the same for every shard, engine and chunk size."""
        return {"augkit_run": FORMAT, "fingerprint": self.fingerprint, "job": self.job}

    def plan_document(self) -> dict[str, Any]:
        """What stands in ``.augkit/plan.json``: how the work is cut and where the source is."""
        return {
            "fingerprint": self.fingerprint,
            "chunk_size": self.chunk_size,
            "samples": self.samples,
            "outputs": self.outputs,
            "source": os.fspath(self.source),
            "places": self.places,
        }


def settle_seed(spec: JobSpec, layout: Layout) -> JobSpec:
    """The job with a seed: its own, the pipeline's, an earlier run's, or a fresh one."""
    earlier: int | None = None
    if layout.run.exists():
        try:
            earlier = read_json(layout.run)["job"]["seed"]
        except (ValueError, KeyError, TypeError, OSError):
            earlier = None
    return spec.seeded(secrets.randbits(32) if earlier is None else earlier)


def make_plan(
    spec: JobSpec,
    source: Path,
    destination: Path,
    folder: Path,
    *,
    chunk_size: int | None = None,
) -> Plan:
    """List the source, settle variants and check names. Writes into ``folder`` only.

    Parameters
    ----------
    spec
        With its seed settled.
    source
        A folder, or one file.
    destination
        Left out of the walk, and looked at for how it treats names.
    folder
        An empty folder for the listing.
    chunk_size
        Samples per chunk; default: see `chunk_size_for`.

    Raises
    ------
    RefusedError
        The source is not there; two outputs would have one name.
    SpecError
        Nothing is left to do: no sample, no file of the split, no class to balance.
    """
    only = None
    if source.is_file():
        source, only = source.parent, source.name
    if not source.is_dir():
        raise RefusedError(f"source {os.fspath(source)!r} is not a folder; check the path")
    source = source.resolve()
    spec, pipeline, places = _located(spec, source)
    medium: Medium = instance(spec.medium)
    labels = open_labels(spec, source)
    chosen = Filter(
        medium.extensions,
        spec.include,
        spec.exclude,
        spec.hidden,
        labels.is_label_file if labels else lambda path: False,
    )
    avoid = _identities(destination)
    found = walk(source, chosen, follow_symlinks=spec.follow_symlinks, avoid=avoid, only=only)
    first = FirstPass(folder, spec, labels)
    first.take(found)
    if not first.count:
        raise SpecError(_nothing_found(source, medium, first.skipped))
    entries = settled(spec, first)
    count, digest = write_listing(folder / "listing.jsonl", entries)
    listing = Listing(folder / "listing.jsonl")
    outputs, per_class = counted(spec, listing)
    warnings = check_names(spec, medium, labels, listing, destination)
    listing.close()
    job = {
        **spec.to_dict(),
        "pipeline": pipeline,
        "versions": spec.versions(),
        "listing": {"sha256": digest, "samples": count},
        "label_files": labels.digests() if labels else {},
    }
    return Plan(
        spec=spec,
        source=source,
        job=job,
        fingerprint=fingerprint(job),
        chunk_size=chunk_size or chunk_size_for(count),
        samples=count,
        outputs=outputs,
        per_class=per_class,
        skipped=dict(sorted(first.skipped.items())),
        lost=first.lost,
        warnings=[*first.warnings(), *warnings],
        folder=folder,
        labels=labels,
        places=places,
    )


def _located(spec: JobSpec, source: Path) -> tuple[JobSpec, dict[str, Any], dict[str, str]]:
    """The job with the places in its pipeline as seen from the source; the pipeline with places
    described by what there is in them, which does not change where they are moved; and which is which.
    """
    places: dict[str, str] = {}

    def seen(path: str) -> str:
        try:
            return Path(os.path.relpath(os.path.realpath(path), source)).as_posix()
        except ValueError:  # on another drive
            return os.path.abspath(path)

    def named(path: str) -> str:
        name = described(path)
        places[name] = seen(path)
        return name

    pipeline = placed(spec.pipeline, named)
    return replace(spec, pipeline=placed(spec.pipeline, seen)), pipeline, places


def _identities(folder: Path) -> set[tuple[int, int]]:
    try:
        status = os.stat(folder)
    except OSError:
        return set()
    return {(status.st_dev, status.st_ino)}


def _nothing_found(source: Path, medium: Medium, skipped: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items())[:6])
    return (
        f"no {medium.name} file in {os.fspath(source)!r}"
        + (f" (left out: {reasons})" if reasons else "")
        + f"; looked for {', '.join(sorted(medium.extensions))}"
    )


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for a plan that may yet be refused."""
    return tempfile.TemporaryDirectory(prefix="augkit-plan-")
