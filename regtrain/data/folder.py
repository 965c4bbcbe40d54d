"""A folder of images, sounds or texts, one subfolder per class, read through augkit."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from augkit.core.errors import UnreadableError
from regtrain.data.files import DataError
from regtrain.layers.base import Array

__all__ = ["Folder"]

_MEDIA = {
    "image": "augkit.image.codec:ImageMedium",
    "audio": "augkit.audio.codec:AudioMedium",
    "text": "augkit.text.files:TextMedium",
}


class Folder(Sequence[Any]):
    """The samples of a folder, read when they are asked for.

    ``cats/1.jpg`` is of class ``cats``. Where `augkit run` has written the folder, the source of each
    copy is known from its manifest.

    Args:
        path: the folder.
        modality: ``image``, ``audio`` or ``text``.
        options: for reading, such as ``{"max_pixels": 10_000_000}``.

    Attributes:
        paths: of the files, sorted.
        classes: the names of the classes, sorted.
        labels: the class of each sample, int64.
        groups: for each sample what it is a copy of, to be given to `split`.

    A sample is what a pipeline takes bare: pixels, or a text; for audio a dict with ``audio`` and
    ``sample_rate``.
    """

    def __init__(
        self, path: str | os.PathLike[str], modality: str = "image", **options: Any
    ) -> None:
        if modality not in _MEDIA:
            raise ValueError(f"modality must be one of {', '.join(_MEDIA)}, got {modality!r}")
        self.root, self.modality, self.options = Path(path), modality, options
        if not self.root.is_dir():
            raise DataError(f"{self.root}: is no folder")
        known = suffixes(modality)
        self.paths = sorted(
            file
            for file in self.root.rglob("*")
            if file.suffix.lower() in known
            and file.is_file()
            and len(file.relative_to(self.root).parts) > 1
            and not any(part.startswith(".") for part in file.relative_to(self.root).parts)
        )
        if not self.paths:
            raise DataError(
                f"{self.root}: no {modality} files in subfolders; there has to be one for each class"
            )
        names = [file.relative_to(self.root).parts[0] for file in self.paths]
        found, numbers = np.unique(names, return_inverse=True)
        self.classes: list[str] = found.tolist()
        self.labels: Array = numbers.astype(np.int64)
        sources = _sources(self.root)
        keys = [file.relative_to(self.root).as_posix() for file in self.paths]
        self.groups = [sources.get(key, key) for key in keys]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.read_many(range(*index.indices(len(self))))
        return read_sample(self.paths[index], self.modality, **self.options)

    def read_many(self, rows: Any) -> list[Any]:
        """The samples of these numbers."""
        return [self[int(row)] for row in rows]


@cache
def _medium(modality: str) -> Any:
    module, name = _MEDIA[modality].split(":")
    return getattr(importlib.import_module(module), name)()


def suffixes(modality: str) -> frozenset[str]:
    """How the files of a modality end."""
    return frozenset(_medium(modality).extensions)


def read_sample(path: Path, modality: str, **options: Any) -> Any:
    """One file as a bare sample.

    Raises:
        DataError: it cannot be read.
    """
    try:
        data = _medium(modality).read(path, options)
    except UnreadableError as error:
        said = str(error)
        raise DataError(said if str(path) in said else f"{path}: {said}") from error
    if modality == "audio":
        return {name: data[name] for name in ("audio", "sample_rate")}
    return data["text"] if modality == "text" else np.asarray(data["image"])


def _sources(root: Path) -> dict[str, str]:
    """What each output of an augmentation run was made from, by its path."""
    manifest = root / "manifest.jsonl"
    if not manifest.is_file():
        return {}
    with open(manifest, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {line["output"]: line["source"] for line in lines}
