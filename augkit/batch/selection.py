"""Which files of a folder are samples, and how many variants each of them gets."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from augkit.batch.files import json_line
from augkit.batch.listing import Entry, Listing, write_listing
from augkit.batch.names import key_hash, sample_key
from augkit.batch.protocol import Labels, resolve
from augkit.batch.spec import JobSpec
from augkit.batch.walk import Found, Skipped
from augkit.core.errors import SpecError

__all__ = ["FirstPass", "counted", "open_labels", "settled"]

UNREMARKABLE = ("other suffix", "no suffix", "label file .")
"""What files that nobody would take for samples are left out for: they are counted, not listed."""


def open_labels(spec: JobSpec, source: Path) -> Labels | None:
    """The labels of a job, or None."""
    if spec.labels is None:
        return None
    labels: Labels = resolve(spec.labels.factory)(source, **spec.labels.options)
    return labels


class FirstPass:
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
                        if one.lost or not one.reason.startswith(UNREMARKABLE):
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
        split, label = _group(found.path, self._labels)
        augmented = spec.split is None or split == _split_name(spec.split)
        if augmented:
            self.classes[label or ""] += 1
        self.splits[split or ""] += 1
        key = sample_key(found.path)
        copy = not augmented or spec.originals == "copy"
        variants = spec.variants if augmented else 0
        stamp = self._labels.stamp(found.path) if self._labels else ""
        if not _groups_matter(spec):  # then another split or class changes no output
            split = label = None
        return Entry(key, *found, variants, copy, split, label, stamp)

    def warnings(self) -> list[str]:
        """Whether data for validation and tests are augmented, as hardly anybody wants."""
        held_out = self.splits["val"] + self.splits["test"]
        if self._spec.split is not None or not self.splits["train"] or not held_out:
            return []
        return [
            f"{held_out} of the files are for validation or tests, and augmented as well; "
            "--split train (split='train') copies them as they are"
        ]

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


def settled(spec: JobSpec, first: FirstPass) -> Iterator[Entry]:
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


def counted(spec: JobSpec, listing: Listing) -> tuple[int, dict[str, int]]:
    outputs = 0
    per_class: Counter[str] = Counter()
    for entry in listing:
        outputs += entry.variants + entry.copy
        if entry.label is not None and _is_augmented(spec, entry):
            per_class[entry.label] += entry.variants
    return outputs, dict(sorted(per_class.items())) if spec.per_class else {}
