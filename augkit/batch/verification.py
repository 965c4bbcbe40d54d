"""Outputs made again from their lines in the manifest, and compared."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from augkit.batch.files import Layout, atomic_write, read_json, sha256_of
from augkit.batch.manifest import find_output, manifest_lines, recorded_source, run_root
from augkit.batch.protocol import META
from augkit.batch.spec import JobSpec, differences, fingerprint
from augkit.batch.worker import Worker
from augkit.core.errors import AugkitError, RefusedError
from augkit.core.places import placed
from augkit.core.plural import plural

__all__ = ["Verification", "explain", "remake", "verify"]


def explain(output: str | os.PathLike[str]) -> dict[str, Any]:
    """The manifest line of an output: source, variant, hashes, recipe.

    Raises `RefusedError` where the file belongs to no run.
    """
    return find_output(output)[1]


def remake(
    output: str | os.PathLike[str],
    *,
    source: str | os.PathLike[str] | None = None,
    to: str | os.PathLike[str] | None = None,
) -> bytes:
    """Make an output again from its manifest line; it need not be there any more.

    Parameters
    ----------
    output
        Its path (where it stands or stood).
    source
        The folder of the samples, where it has moved since.
    to
        A file to write the bytes to as well.

    Raises
    ------
    RefusedError
        The manifest does not know it, or the source file is not what it was.
    """
    root, line = find_output(output)
    content = _Remaker(root, source).content(line)
    if to is not None:
        atomic_write(Path(to), content)
    return content


@dataclass
class Verification:
    """What `verify` has found.

    Attributes
    ----------
    root
        The run.
    checked, outputs
        How many outputs were made again, of how many.
    problems
        Output and what is wrong with it.
    warnings
        Versions that are others now than in the run; they can explain problems.
    """

    root: str
    checked: int = 0
    outputs: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything was as it should be."""
        return not self.problems

    @property
    def exit_code(self) -> int:
        """0 or 1."""
        return 0 if self.ok else 1

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {**asdict(self), "ok": self.ok}

    def __str__(self) -> str:
        good = self.checked - len(self.problems)
        lines = [
            f"{good} of {plural(self.checked, 'output')} made again, byte for byte, in {self.root}"
        ]
        lines += [f"{problem['output']}: {problem['problem']}" for problem in self.problems]
        lines += [f"warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)


def verify(
    run: str | os.PathLike[str],
    *,
    sample: int | None = 100,
    source: str | os.PathLike[str] | None = None,
) -> Verification:
    """Make outputs of a run again and compare hashes.

    Parameters
    ----------
    run
        The destination of a run, or anything in it.
    sample
        How many outputs, spread evenly over the manifest; None for all.
    source
        The folder of the samples, where it has moved since.
    """
    root = run_root(run)
    remaker = _Remaker(root, source)
    total = sum(1 for _ in manifest_lines(root))
    found = Verification(os.fspath(root), outputs=total, warnings=remaker.warnings())
    for line in _spread(root, total, total if sample is None else min(sample, total)):
        problem = _problem(root, line, remaker)
        found.checked += 1
        if problem:
            found.problems.append({"output": line["output"], "problem": problem})
    return found


def _spread(root: Path, total: int, count: int) -> Iterator[dict[str, Any]]:
    chosen = {position * total // count for position in range(count)} if count else set()
    for position, line in enumerate(manifest_lines(root)):
        if position in chosen:
            yield line


def _problem(root: Path, line: dict[str, Any], remaker: _Remaker) -> str:
    """What is wrong with an output, or nothing."""
    try:
        there = sha256_of(os.fspath(root / line["output"]))
    except FileNotFoundError:
        return "the output is gone"
    except OSError as error:
        return f"the output cannot be read: {error.strerror}"
    if there.sha256 != line["sha256"]:
        return "the output was changed after the run"
    try:
        content = remaker.content(line)
    except (AugkitError, OSError, ValueError) as error:
        return f"cannot be made again: {error}"
    if hashlib.sha256(content).hexdigest() != line["sha256"]:
        return "made again, it has other bytes"
    return ""


class _Remaker:
    """Makes outputs of one run again."""

    def __init__(self, root: Path, source: str | os.PathLike[str] | None) -> None:
        self.layout = Layout(root)
        self.job = read_json(self.layout.run)["job"]
        places = read_json(self.layout.plan).get("places", {}) if self.layout.plan.exists() else {}
        pipeline = placed(self.job["pipeline"], lambda place: places.get(place, place))
        self.spec = JobSpec.from_dict({**self.job, "pipeline": pipeline})
        self.source = recorded_source(root, source)
        listing = self.layout.any_listing()
        self._has_listing = listing is not None
        self._worker = Worker(self.spec, os.fspath(self.source), listing or Path())

    def warnings(self) -> list[str]:
        lines = differences(self.job.get("versions", {}), self.spec.versions())
        changed = read_json(self.layout.run)["fingerprint"] != fingerprint(self.job)
        edited = ["run.json was changed after the run began"] if changed else []
        return [*edited, *(f"version of {line}" for line in lines)]

    def content(self, line: dict[str, Any]) -> bytes:
        """What the output should hold."""
        path = Path(self.source, line["source"])
        try:
            there = sha256_of(os.fspath(path))
        except OSError as error:
            raise RefusedError(f"the source {str(path)!r}: {error.strerror}") from None
        if there.sha256 != line["source_sha256"]:
            raise RefusedError(f"the source {str(path)!r} is not what it was when it was processed")
        if line["variant"] is None:
            return path.read_bytes()
        worker, spec = self._worker, self.spec
        data = worker.medium.read(path, spec.options)
        if worker.labels is not None:
            data, _ = worker.labels.read(line["source"], data)
        meta = data.pop(META, None)
        partners = worker.partners if self._has_listing else None
        result = dict(worker.pipeline.apply(data, line["recipe"], partners=partners))
        if meta is not None:
            result[META] = meta
        with tempfile.TemporaryDirectory(prefix="augkit-remake-") as folder:
            target = Path(folder, f"output{os.path.splitext(line['output'])[1]}")
            worker.medium.write(result, target, spec.options)
            return target.read_bytes()
