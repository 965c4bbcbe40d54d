"""Formats with one label file per clip, beside it or in a folder of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from augkit.labels.events.model import SOUND_SUFFIXES, ClipLabels
from augkit.labels.events.source import EventSource, EventWriter
from augkit.labels.files import (
    Json,
    LabelError,
    atomic_file,
    below,
    checked_relative,
    existing,
    read_bytes,
)
from augkit.labels.source import iter_files

__all__ = ["ClipFormat", "FileOfClip", "FileOfClipWriter", "detect_beside", "open_beside"]


class ClipFormat(NamedTuple):
    """A format of label files about one clip each.

    Attributes:
        name: as in specs.
        suffix: of the files that are written; its lower case is read as well.
        parse: the labels in a file, and the line of each event; `LabelError` where it is broken.
        render: the file for labels of a clip of so many seconds.
        fits: whether the beginning of a file looks like this format.
    """

    name: str
    suffix: str
    parse: Callable[[bytes, Path], tuple[ClipLabels, list[int]]]
    render: Callable[[ClipLabels, float], bytes]
    fits: Callable[[bytes], bool]


def open_beside(form: ClipFormat, argument: str, root: Path) -> FileOfClip:
    """Open ``NAME[:DIR]``: the folder the label files are in, mirrored; default: beside."""
    folder = existing(argument, root) if argument else root
    if not folder.is_dir():
        raise LabelError(f"{form.name} needs a folder, got the file {argument!r}")
    source = FileOfClip(form, folder, root)
    if not any(iter_files(folder, frozenset({form.suffix.lower()}))):
        raise LabelError(f"there is no {form.suffix} file", folder)
    return source


def detect_beside(form: ClipFormat, root: Path) -> list[str]:
    """``[name]`` where clips of a folder have label files beside them, ``[name:DIR]`` where a
    folder ``labels`` or one named like the format has them.
    """
    found = islice(iter_files(root, SOUND_SUFFIXES), 50)
    clips = [clip.relative_to(root).as_posix() for clip in found]
    for folder in (root, root / "labels", root / form.name, root.parent / form.name):
        source = FileOfClip(form, folder, root)
        for clip in clips:
            for file in source.own_files(clip):
                try:
                    with open(file, "rb") as stream:
                        fits = form.fits(stream.read(512))
                except OSError:
                    continue
                if fits:
                    return [form.name if folder == root else f"{form.name}:{folder.resolve()}"]
    return []


class FileOfClip(EventSource):
    """``NAME.TextGrid`` (or ``NAME.wav.TextGrid``) for ``NAME.wav``."""

    def __init__(self, form: ClipFormat, folder: Path, root: Path) -> None:
        super().__init__(root)
        self.form = form
        self.folder = folder

    @property
    def format(self) -> str:  # type: ignore[override]
        return self.form.name

    @property
    def schema(self) -> dict[str, Json]:
        same = self.folder.resolve() == self.root.resolve()
        inside = "" if same else below(self.folder, self.root) or self.folder.name
        return {"format": self.form.name, "folder": inside}

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and bool(self.own_files(path))

    def own_files(self, path: str) -> list[Path]:
        clip = self.folder / path
        stem = os.path.splitext(path)[0]
        endings = dict.fromkeys((self.form.suffix, self.form.suffix.lower()))
        names = [self.folder / f"{name}{end}" for name in (stem, path) for end in endings]
        return [name for name in names if name != clip and name.is_file()][:1]

    def is_label_file(self, path: str) -> bool:
        return PurePosixPath(path).suffix.lower() == self.form.suffix.lower()

    def get(self, path: str, *, seconds: float) -> ClipLabels:
        files = self.own_files(path)
        if not files:
            return ClipLabels(listed=False)
        labels, lines = self.form.parse(read_bytes(files[0]), files[0])
        return labels.within(seconds, files[0], lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened_again, (self.form.name, self.folder, self.root)


class FileOfClipWriter(EventWriter):
    """One file beside each clip, or in the folder the source had them in."""

    def __init__(self, form: ClipFormat, schema: Mapping[str, Json], destination: Path) -> None:
        super().__init__(schema, destination)
        self.form = form

    def outputs(self, path: str) -> list[str]:
        folder = PurePosixPath(str(self.schema.get("folder", "")))
        return [(folder / checked_relative(path).with_suffix(self.form.suffix)).as_posix()]

    def write_clip(self, path: str, facts: Mapping[str, Any], labels: ClipLabels) -> list[str]:
        if not labels.listed:
            return []
        [name] = self.outputs(path)
        with atomic_file(self.destination / name) as file:
            file.write(self.form.render(labels, float(facts["seconds"])))
        return [name]


def _opened_again(name: str, folder: Path, root: Path) -> FileOfClip:
    from augkit.labels.events.doors import clip_format

    return FileOfClip(clip_format(name), folder, root)
