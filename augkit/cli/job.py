"""From the options of a command to a job: what `run` and `demo` have in common."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augkit.core.errors import SpecError

if TYPE_CHECKING:
    from augkit.batch import JobSpec, LabelSpec

__all__ = ["label_mistakes", "label_spec", "make_job", "processors", "seen_from"]

MEDIA = {"image": "augkit.image.codec:ImageMedium"}
LABELS = "augkit.cli.labelled:open_folder"


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_job(
    pipeline: str,
    *,
    fuse: bool | None = None,
    options: Mapping[str, Any] | None = None,
    labels: LabelSpec | None = None,
    **settings: Any,
) -> JobSpec:
    """A job for a pipeline file or preset.

    Args:
        pipeline: a file or a preset.
        fuse: overrides what the pipeline says.
        options: of the medium; those that are None are left to their defaults.
        labels: of the files.
        settings: the other parameters of `augkit.batch.JobSpec`.

    Raises:
        SpecError: everything that is wrong with pipeline, options and settings.
    """
    from augkit.batch import JobSpec
    from augkit.batch.protocol import instance
    from augkit.core.spec import load

    problems: list[str] = []
    spec: dict[str, Any] = {"modality": "image"}
    with _collected(problems):
        spec = load(pipeline).to_dict()
    medium = MEDIA.get(spec["modality"])
    if medium is None:
        raise SpecError(f"{pipeline}: folders of {spec['modality']} are not supported yet")
    # Label files say themselves how their boxes and keypoints are written.
    spec = {
        name: value for name, value in spec.items() if name not in ("box_format", "keypoints_at")
    }
    if fuse is not None:
        spec["fuse"] = fuse
    given = {name: value for name, value in (options or {}).items() if value is not None}
    with _collected(problems):
        instance(medium).check(given)
    with _collected(problems):
        job = JobSpec(spec, medium, options=given, labels=labels, **settings)
    if problems:
        raise SpecError(problems)
    return job


@contextmanager
def _collected(problems: list[str]) -> Iterator[None]:
    """Note what is wrong and go on: everything is told at once."""
    try:
        yield
    except SpecError as error:
        problems += error.problems


def label_spec(specs: Sequence[str], source: str, options: Mapping[str, Any]) -> LabelSpec | None:
    """The labels of a folder: as told, or (``auto``) what is found in and beside it.

    What was found is what the run remembers, so that a resumed run means the same files. Their
    paths are remembered relative to the source, so that both can be moved together.
    """
    from augkit.batch import LabelSpec
    from augkit.labels import detect_labels

    root = Path(source).absolute()
    root = root.parent if root.is_file() else root
    wanted = list(specs)
    if wanted == ["auto"]:
        with label_mistakes():
            found = detect_labels(root)
        kinds = {spec.partition(":")[0].partition("-")[0] for spec in found}
        # Two kinds that may describe the same objects are an error with its own words.
        wanted = found if len(kinds - {"masks", "instances"}) <= 1 else ["auto"]
    with label_mistakes():
        wanted = [_seen_from(root, spec) for spec in wanted if spec != "none"]
    if not wanted:
        return None
    changed = {name: value for name, value in options.items() if value}
    return LabelSpec(LABELS, {"specs": wanted, **changed})


def _seen_from(root: Path, spec: str) -> str:
    from augkit.labels import FORMATS
    from augkit.labels.files import existing

    kind, colon, file = spec.partition(":")
    if not colon or kind not in FORMATS:
        return spec
    return f"{kind}:{seen_from(root, existing(file, root))}"


def seen_from(root: Path, file: Path) -> str:
    """A path relative to a folder, which may lead out of it."""
    try:
        return Path(os.path.relpath(file, root)).as_posix()
    except ValueError:  # on another drive
        return str(file.absolute())


@contextmanager
def label_mistakes() -> Iterator[None]:
    """Label files that are missing or broken as a whole are wrong usage."""
    from augkit.labels import LabelError

    try:
        yield
    except LabelError as error:
        raise SpecError(f"labels: {error}") from error
