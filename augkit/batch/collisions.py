"""Two outputs must never have one name: checked before anything is written."""

from __future__ import annotations

import hashlib
import os
import secrets
from array import array
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from augkit.batch.files import TEMPORARY, Layout, remove
from augkit.batch.listing import Entry, Listing
from augkit.batch.names import checked, folded, printable
from augkit.batch.protocol import Labels, Medium
from augkit.batch.spec import JobSpec
from augkit.core.errors import RefusedError

__all__ = ["check_names", "outputs_of"]

SHOWN = 5


def outputs_of(spec: JobSpec, medium: Medium, entry: Entry) -> Iterator[tuple[int | None, str]]:
    """The (variant, relative path) of every output of a sample; variant None is its copy."""
    if entry.copy:
        yield None, checked(printable(entry.path))
    if entry.variants:
        suffix = medium.output_suffix(os.path.splitext(entry.path)[1], spec.options)
        template = spec.template
        for variant in range(entry.variants):
            name = template.output(
                entry.path,
                suffix,
                variant,
                key=entry.key,
                label=entry.label,
                split=entry.split,
            )
            yield variant, name


def check_names(
    spec: JobSpec, medium: Medium, labels: Labels | None, listing: Listing, destination: Path
) -> list[str]:
    """Refuse a job whose outputs (or the label files beside them) would overwrite each other.

    Holds eight bytes per file that will be written. Names that differ only in case or in Unicode's
    form are refused where the destination does not tell them apart, and reported where it does.

    Raises
    ------
    RefusedError
        With the first names and what to do.
    """
    import numpy as np

    hashes = array("Q")
    for _, name in _all_names(spec, medium, labels, listing):
        hashes.append(_hash(name))
    ordered = np.frombuffer(hashes, np.uint64) if hashes else np.zeros(0, np.uint64)
    ordered.sort()  # in place: the array is ours
    twice = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
    if not twice:
        return []
    groups: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for source, name in _all_names(spec, medium, labels, listing):
        if _hash(name) in twice:
            groups[folded(name)].setdefault(name, []).append(source)
    exact = {
        name: sources
        for group in groups.values()
        for name, sources in group.items()
        if len(sources) > 1
    }
    if exact:
        raise RefusedError(
            f"{len(exact)} output names would be written more than once:\n"
            + "\n".join(
                f"  {name!r} from {' and '.join(map(repr, dict.fromkeys(sources)))}"
                for name, sources in list(exact.items())[:SHOWN]
            )
            + "\nUse {name} instead of {stem} in the name template, or add {hash}"
        )
    alike = [list(group) for group in groups.values() if len(group) > 1]
    if not alike:
        return []
    shown = "\n".join(f"  {' and '.join(map(repr, group))}" for group in alike[:SHOWN])
    message = f"{len(alike)} groups of output names differ only in case or Unicode's form:\n{shown}"
    if _tells_apart(destination):
        return [f"{message}\nThey will overwrite each other when copied to macOS or Windows"]
    raise RefusedError(f"{message}\nThe destination takes them for one; put {{hash}} into the name")


def _hash(name: str) -> int:
    digest = hashlib.blake2b(folded(name).encode("utf-8", "surrogateescape"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


def _all_names(
    spec: JobSpec, medium: Medium, labels: Labels | None, listing: Listing
) -> Iterator[tuple[str, str]]:
    """(source, name) of every file that will be written."""
    for name in (*Layout.RESERVED, *(labels.dataset_outputs() if labels else ())):
        yield "augkit itself", name
    for entry in listing:
        for _, name in outputs_of(spec, medium, entry):
            yield entry.path, name
            if labels:
                for beside in labels.outputs(name):
                    yield entry.path, beside


def _tells_apart(destination: Path) -> bool:
    """Whether names that differ in case alone are two files there."""
    folder = destination
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    stem = f"{TEMPORARY}{secrets.token_hex(8)}"
    probe = folder / f"{stem}-a"
    try:
        probe.touch(exist_ok=False)
    except OSError:
        return True
    try:
        return not (folder / f"{stem}-A").exists()
    finally:
        remove(probe)
