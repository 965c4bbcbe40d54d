"""From a job and a folder to a plan: which samples, how many variants, which names."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from augkit.batch.collisions import check_names
from augkit.batch.files import Layout, json_line, read_json
from augkit.batch.listing import Entry, Listing, write_listing
from augkit.batch.names import key_hash, sample_key
from augkit.batch.protocol import Labels, Medium, instance, resolve
from augkit.batch.spec import FORMAT, JobSpec, fingerprint
from augkit.batch.walk import Filter, Found, Skipped, walk
from augkit.core.errors import RefusedError, SpecError

__all__ = ["CHUNK_SIZE", "Plan", "Shard", "make_plan", "settle_seed"]

CHUNK_SIZE = 64
"""Samples per chunk: seconds of work, so little is lost by a kill and little spent on records."""


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
        What goes into ``run.json``: the spec, the versions and the listing's hash.
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
    chunk_size: int = CHUNK_SIZE,
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
        Samples per chunk.

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
    first = _FirstPass(folder, spec, labels)
    first.take(found)
    if not first.count:
        raise SpecError(_nothing_found(source, medium, first.skipped))
    entries = _settled(spec, first)
    count, digest = write_listing(folder / "listing.jsonl", entries)
    listing = Listing(folder / "listing.jsonl")
    outputs, per_class = _counted(spec, listing)
    warnings = check_names(spec, medium, labels, listing, destination)
    listing.close()
    job = {
        **spec.to_dict(),
        "versions": spec.versions(),
        "listing": {"sha256": digest, "samples": count},
    }
    return Plan(
        spec=spec,
        source=source,
        job=job,
        fingerprint=fingerprint(job),
        chunk_size=chunk_size,
        samples=count,
        outputs=outputs,
        per_class=per_class,
        skipped=dict(sorted(first.skipped.items())),
        lost=first.lost,
        warnings=warnings,
        folder=folder,
        labels=labels,
    )


def open_labels(spec: JobSpec, source: Path) -> Labels | None:
    """The labels of a job, or None."""
    if spec.labels is None:
        return None
    labels: Labels = resolve(spec.labels.factory)(source, **spec.labels.options)
    return labels


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


class _FirstPass:
    """The walk, written down: samples in order, what was skipped, and how large each class is."""

    def __init__(self, folder: Path, spec: JobSpec, labels: Labels | None) -> None:
        self.file = folder / "walk.jsonl"
        self.skipped_file = folder / "skipped.jsonl"
        self.skipped: Counter[str] = Counter()
        self.lost = 0
        self.count = 0
        self.classes: Counter[str] = Counter()
        self.splits: Counter[str] = Counter()
        self._spec = spec
        self._labels = labels
        self._tidy = True

    def take(self, found: Iterable[Found | Skipped]) -> None:
        spec, previous = self._spec, b""
        with open(self.skipped_file, "wb") as left:

            def entries() -> Iterator[Entry]:
                nonlocal previous
                for one in found:
                    if isinstance(one, Skipped):
                        self.skipped[one.reason] += 1
                        self.lost += one.lost
                        if one.lost or not one.reason.startswith(("other suffix", "no suffix")):
                            left.write(json_line(one._asdict()))
                        continue
                    if self.count == spec.limit:
                        return
                    entry = self._entry(one)
                    key = entry.key.encode()
                    self._tidy &= previous < key
                    previous = key
                    self.count += 1
                    yield entry

            write_listing(self.file, entries())
        if not self._tidy:
            self._tidy_up()

    def _entry(self, found: Found) -> Entry:
        spec = self._spec
        split, label = _group(found.path, self._labels) if _groups_matter(spec) else (None, None)
        augmented = spec.split is None or split == _split_name(spec.split)
        if augmented:
            self.classes[label or ""] += 1
        self.splits[split or ""] += 1
        key = sample_key(found.path)
        copy = not augmented or spec.originals == "copy"
        variants = spec.variants if augmented else 0
        return Entry(key, *found, variants, copy, split, label)

    def _tidy_up(self) -> None:
        """Twins (names that differ in Unicode's form alone) get keys of their own; all is sorted.

        The name whose bytes are the key keeps it. Twins are rare: this alone holds all in memory.
        """
        entries = list(Listing(self.file))
        keys = Counter(entry.key for entry in entries)
        for index, entry in enumerate(entries):
            if keys[entry.key] > 1 and entry.path != entry.key:
                raw = os.fsencode(entry.path).hex()
                # A file is no folder: so no other key can be like this one.
                entries[index] = entry._replace(key=f"{entry.key}/~{key_hash(raw)}")
        entries.sort(key=lambda entry: entry.key.encode())
        write_listing(self.file, entries)


def _groups_matter(spec: JobSpec) -> bool:
    template_asks = "{class}" in spec.name or "{split}" in spec.name
    return spec.split is not None or spec.per_class is not None or template_asks


def _group(path: str, labels: Labels | None) -> tuple[str | None, str | None]:
    """Split and class: what the labels say, else what the folders say."""
    from augkit.labels.splits import folder_class, split_of

    split, label = labels.group(path) if labels else (None, None)
    return split or split_of(path), label or folder_class(path)


def _split_name(name: str) -> str:
    from augkit.labels.splits import split_of

    return split_of(f"{name}/x") or name


def _settled(spec: JobSpec, first: _FirstPass) -> Iterator[Entry]:
    """The samples with their final number of variants."""
    if spec.split is not None and not first.splits[_split_name(spec.split)]:
        known = ", ".join(f"{name or 'no split'}: {n}" for name, n in sorted(first.splits.items()))
        raise SpecError(f"no file belongs to the split {spec.split!r} (found {known})")
    unlabeled = first.classes[""]
    if spec.per_class is not None and unlabeled:
        raise SpecError(
            f"per_class={spec.per_class} needs a class for every file, and {unlabeled} have none; "
            "put files into a folder per class, or give labels"
        )
    wanted = spec.per_class
    ranks: Counter[str] = Counter()
    listing = Listing(first.file)
    for entry in listing:
        if wanted is None or not _is_augmented(spec, entry):
            yield entry
            continue
        label = entry.label or ""
        rank, size = ranks[label], first.classes[label]
        ranks[label] += 1
        # As even as whole numbers allow, and spread over the class: rank r gets its share of N.
        yield entry._replace(variants=(rank + 1) * wanted // size - rank * wanted // size)
    listing.close()


def _is_augmented(spec: JobSpec, entry: Entry) -> bool:
    return spec.split is None or entry.split == _split_name(spec.split)


def _counted(spec: JobSpec, listing: Listing) -> tuple[int, dict[str, int]]:
    outputs = 0
    per_class: Counter[str] = Counter()
    for entry in listing:
        outputs += entry.variants + entry.copy
        if entry.label is not None and _is_augmented(spec, entry):
            per_class[entry.label] += entry.variants
    return outputs, dict(sorted(per_class.items())) if spec.per_class else {}


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for a plan that may yet be refused."""
    return tempfile.TemporaryDirectory(prefix="augkit-plan-")
