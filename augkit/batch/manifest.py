"""From the parts of finished chunks to the files a user reads: in sorted order, always the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from augkit.batch.earlier import remove_stale
from augkit.batch.files import Layout, atomic_write, json_line, json_lines, read_json, remove
from augkit.batch.protocol import Json, Labels
from augkit.core.errors import AugkitError, RefusedError

__all__ = [
    "combine_parts",
    "failures",
    "find_output",
    "manifest_lines",
    "recorded_source",
    "run_root",
    "write_results",
]

PRIVATE = ("record", "mixed")
"""Fields of a part's lines that are not for the manifest: for label files, and for runs that grow."""


def _part_lines(layout: Layout, chunks: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The lines of some parts; with sorted chunks, in the order of the listing."""
    for chunk in chunks:
        yield from json_lines(layout.part(chunk))


def _outputs(layout: Layout, chunks: Iterable[int]) -> Iterator[dict[str, Any]]:
    for line in _part_lines(layout, chunks):
        yield from line["outputs"]


def failures(layout: Layout, chunks: Iterable[int]) -> Iterator[dict[str, Any]]:
    """What could not be processed: first what the walk could not reach, then by sample."""
    if layout.skipped.exists():
        for line in json_lines(layout.skipped):
            if line["lost"]:
                yield {"source": line["path"], "stage": "list", "reason": line["reason"]}
    for line in _part_lines(layout, chunks):
        if "failure" in line:
            yield line["failure"]


def write_results(layout: Layout, chunks: int, labels: Labels | None, *, durable: bool) -> int:
    """Write ``manifest.jsonl``, ``quarantine.jsonl`` and the label files about all outputs.

    Then what an earlier run has left is removed, as far as it is not part of this one; how many
    outputs that were.
    """
    every = range(chunks)
    atomic_write(layout.manifest, _manifest(layout, every), durable=durable)
    if next(failures(layout, every), None) is None:
        remove(layout.quarantine)
    else:
        lines = map(json_line, failures(layout, every))
        atomic_write(layout.quarantine, lines, durable=durable)
    if labels is not None:
        records: Iterable[tuple[str, Json]] = (
            (line["output"], line.get("record")) for line in _outputs(layout, every)
        )
        labels.write_dataset(records, layout.root)
    return remove_stale(layout, (line["output"] for line in _outputs(layout, every)))


def _manifest(layout: Layout, chunks: Iterable[int]) -> Iterator[bytes]:
    for output in _outputs(layout, chunks):
        yield json_line({name: value for name, value in output.items() if name not in PRIVATE})


def combine_parts(target: Path, parts: Iterable[Path], *, durable: bool) -> tuple[int, list[Any]]:
    """One part from several: of each sample the line that comes last, in sorted order.

    Returns the size of the new part and its lines.
    """
    lines: dict[int, dict[str, Any]] = {}
    for part in parts:
        lines.update((line["index"], line) for line in json_lines(part))
    ordered = [lines[index] for index in sorted(lines)]
    written = atomic_write(target, map(json_line, ordered), durable=durable)
    return written.bytes, ordered


# -- reading a run ---------------------------------------------------------------------------------


def run_root(path: str | os.PathLike[str]) -> Path:
    """The destination that a file or folder belongs to: the next folder above with a ``run.json``.

    Raises `RefusedError` where there is none. The file itself need not be there any more.
    """
    start = Path(path).absolute()
    for folder in (start, *start.parents):
        document = folder / "run.json"
        if document.is_file() and "fingerprint" in _document(document):
            return folder
        if document.is_file() and Layout(folder).state.is_dir():
            raise RefusedError(f"{document} is damaged: it is not what a run has written")
    if not os.path.lexists(path):
        raise RefusedError(f"there is no {os.fspath(path)!r}, and no run above it; check the path")
    raise RefusedError(f"{os.fspath(path)!r} is not part of a run: no run.json in a folder above")


def _document(path: Path) -> dict[str, Json]:
    try:
        return read_json(path)
    except (ValueError, OSError):
        return {}


def manifest_lines(root: Path) -> Iterator[dict[str, Any]]:
    """The lines of a run's manifest; of an unfinished run, those of its finished chunks."""
    layout = Layout(root)
    if layout.manifest.exists():
        yield from json_lines(layout.manifest)
        return
    for part in sorted(layout.parts.glob("*.jsonl")):
        for line in json_lines(part):
            yield from line["outputs"]


def find_output(path: str | os.PathLike[str]) -> tuple[Path, dict[str, Any]]:
    """The run that an output belongs to, and its manifest line.

    Raises
    ------
    RefusedError
        It belongs to no run, or the run's manifest does not know it.
    """
    root = run_root(path)
    if os.path.isdir(path):
        raise RefusedError(f"{os.fspath(path)!r} is a folder; name one of the outputs in it")
    wanted = Path(path).absolute().relative_to(root).as_posix()
    layout = Layout(root)
    if layout.manifest.exists():
        # Parsing a line with a long recipe costs a hundred times more than looking into it.
        needle = json.dumps(wanted)[1:-1].encode(), json.dumps(wanted, ensure_ascii=False)[1:-1]
        plain = needle[1].encode("utf-8", "surrogatepass")
        with open(layout.manifest, "rb") as file:
            for raw in file:
                if needle[0] in raw or plain in raw:
                    line = _parsed(raw, layout.manifest)
                    if line["output"] == wanted:
                        return root, line
    else:
        for line in manifest_lines(root):
            if line["output"] == wanted:
                return root, line
    raise RefusedError(f"{wanted!r} is not one of the outputs of the run in {root}")


def _parsed(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        line: dict[str, Any] = json.loads(raw)
    except ValueError:
        raise AugkitError(
            f"a line of {path} is damaged (no JSON); run the same command again, which writes it "
            "anew"
        ) from None
    return line


def recorded_source(root: Path, given: str | os.PathLike[str] | None) -> Path:
    """Where the samples of a run are: as given, or as the run has noted."""
    if given is not None:
        return Path(given)
    plan = Layout(root).plan
    if not plan.exists():
        raise AugkitError(
            f"{plan} is gone, so where the source stands is not known: say it (source)"
        )
    source = Path(str(read_json(plan)["source"]))
    if not source.is_dir():
        raise AugkitError(
            f"the source {os.fspath(source)!r} is not there; if it has moved, say where (source)"
        )
    return source
