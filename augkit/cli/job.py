"""From the options of `augkit run` to a job."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from augkit.cli.folders import Folder, folder_of
from augkit.core.errors import SpecError

if TYPE_CHECKING:
    from augkit.batch import JobSpec

__all__ = ["make_job", "processors"]


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_job(
    pipeline: str,
    source: str,
    *,
    fuse: bool | None = None,
    options: Mapping[str, Any] | None = None,
    labels: Sequence[str] = ("auto",),
    label_options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> JobSpec:
    """A job for a pipeline file or preset and a folder.

    Args:
        pipeline: a file or a preset.
        source: the folder, or one file.
        fuse: overrides what the pipeline says.
        options: of the files; those that are None are left to their defaults.
        labels: where the labels are, as ``--labels`` says it.
        label_options: of the label files; those that are None or False are left out.
        settings: the other parameters of `augkit.batch.JobSpec`.

    Raises:
        SpecError: everything that is wrong with pipeline, options, labels and settings.
    """
    from augkit.batch import JobSpec
    from augkit.batch.protocol import instance, resolve
    from augkit.core.spec import load

    problems: list[str] = []
    spec: dict[str, Any] = {"modality": "image"}
    with _collected(problems):
        spec = load(pipeline).to_dict()
    folder = folder_of(spec["modality"])
    # Label files say themselves how their boxes and keypoints are written.
    spec = {name: value for name, value in spec.items() if name not in folder.settings}
    if fuse is not None:
        spec["fuse"] = fuse
    given = {name: value for name, value in (options or {}).items() if value is not None}
    about_labels = {name: value for name, value in (label_options or {}).items() if value}
    problems += _foreign(given, folder.options, folder)
    problems += _foreign(about_labels, folder.label_options, folder)
    given = {name: value for name, value in given.items() if name in folder.options}
    about_labels = {
        name: value for name, value in about_labels.items() if name in folder.label_options
    }
    if folder.settle:
        with _collected(problems):
            given, settings = resolve(folder.settle)(source, given, settings, spec)
    with _collected(problems):
        instance(folder.medium).check(given)
    found = None
    with _collected(problems):
        found = resolve(folder.labels)(labels, source, about_labels)
    with _collected(problems):
        job = JobSpec(
            spec, folder.medium, options=given, labels=found, loader=folder.loader, **settings
        )
    if problems:
        raise SpecError(problems)
    return job


def _foreign(given: Mapping[str, Any], known: Sequence[str], folder: Folder) -> Iterator[str]:
    """A line for each option that says nothing about this kind of folder."""
    for name in given:
        if name not in known:
            yield f"--{name.replace('_', '-')} is not an option for {folder.samples}"


@contextmanager
def _collected(problems: list[str]) -> Iterator[None]:
    """Note what is wrong and go on: everything is told at once."""
    try:
        yield
    except SpecError as error:
        problems += error.problems
