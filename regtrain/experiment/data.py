"""The data of an experiment, read and split."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from augkit.core.errors import AugkitError, SpecError
from regtrain.data import (
    DataError,
    Folder,
    Samples,
    SoundFeatures,
    Subset,
    Vocabulary,
    read_idx,
    read_texts,
    split,
)
from regtrain.data.files import read_table
from regtrain.data.normalizer import finite
from regtrain.experiment.facts import Facts
from regtrain.experiment.read import Experiment

__all__ = ["Data", "Part", "read_part", "read_training", "wrong_input"]


_WRITTEN = "numpy.savez(path, x=x, y=y)"


@dataclass(frozen=True)
class Part:
    """One part of the data as its files have it.

    Attributes:
        x, y: examples and targets.
        names: of the classes; none for numbers.
        groups: what each example is a copy of, or None.
        columns: csv: the names of the inputs.
    """

    x: Any
    y: Any
    names: list[str]
    groups: list[str] | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Data:
    """Training and validation data.

    Attributes:
        train, valid: (x, y) each.
        facts: what the model has to know of them.
    """

    train: tuple[Any, Any]
    valid: tuple[Any, Any]
    facts: Facts

    @property
    def names(self) -> list[str]:
        """The names of the classes; none for numbers."""
        return self.facts.names


@contextmanager
def wrong_input() -> Iterator[None]:
    """What the trainer says against the data or settings of an experiment is wrong input."""
    try:
        yield
    except (ValueError, TypeError) as error:
        if isinstance(error, AugkitError):
            raise
        raise SpecError(str(error)) from error


def read_part(experiment: Experiment, part: str) -> Part:
    """The data in the files of a part.

    Args:
        experiment: says which files and what they are.
        part: ``train`` or ``test``.

    Raises:
        SpecError: the experiment names no such part, or the file does not exist.
        DataError: the file is not what the experiment says.
    """
    data = experiment.data
    path = _existing(experiment, part)
    format, classify = data["format"], data["task"] == "classification"
    if format == "csv":
        target = -1 if data["target"] is None else data["target"]
        x, y, names, columns = read_table(path, target, labels=classify)
        return Part(x, y, names, columns=tuple(columns))
    if format == "idx":
        labels = _existing(experiment, f"{part}_labels")
        x, y = read_idx(path), read_idx(labels)
        return _numbered(path, x[..., None] if x.ndim == 3 else x, y, [], classify)
    if format == "npz":
        return _numbered(path, *_npz(path), classify)
    if format == "texts" and not path.is_dir():
        texts = read_texts(path, data["text"], data["target"], labels=classify)
        return Part(*texts)
    folder = Folder(path, {"images": "image", "sounds": "audio", "texts": "text"}[format])
    inputs: Any = folder
    if format == "images":
        x = Samples(folder).numbers(folder[:])
        inputs = x[..., None] if x.ndim == 3 else x
    if classify:
        return Part(inputs, folder.labels, folder.classes, folder.groups)
    try:
        y = np.array([float(name) for name in folder.classes], np.float32)[folder.labels]
    except ValueError:
        raise DataError(
            f"{path}: for regression the folders have to be named by numbers, these are "
            f"{', '.join(folder.classes[:5])}"
        ) from None
    return Part(inputs, y, [], folder.groups)


def _existing(experiment: Experiment, name: str) -> Path:
    if experiment.data[name] is None:
        raise SpecError(f"data.{name}: is missing; name the file or folder")
    path = experiment.path(name)
    if not path.exists():
        raise SpecError(f"data.{name}: there is no {path}")
    return path


def _npz(path: Path) -> tuple[Any, Any, list[str]]:
    x, y, names = load_arrays(path, ("x", "y", "names"), needed=2)
    return x, y, [] if names is None else [str(name) for name in names]


def load_arrays(path: Path, wanted: tuple[str, ...], needed: int) -> list[Any]:
    """Arrays of an npz file by name, None for those beyond ``needed`` that are not there."""
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path}: is damaged, or no npz file; write it with {_WRITTEN}")
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in wanted[:needed] if name not in file.files]
            if missing:
                raise DataError(
                    f"{path}: holds the arrays {', '.join(file.files)}; it needs {', '.join(missing)}"
                )
            return [file[name] if name in file.files else None for name in wanted]
    except DataError:
        raise
    except Exception as error:  # what NumPy and zipfile raise on damaged files is not written down
        said = "holds Python objects" if "pickle" in str(error) else "is damaged"
        raise DataError(f"{path}: {said}; write it with {_WRITTEN}") from error


def _numbered(path: Path, x: Any, y: Any, names: list[str], classify: bool) -> Part:
    """Labels as 0, 1, 2 ...; what they were called is kept."""
    if x.dtype.kind not in "fiub":
        raise DataError(f"{path}: x must be numbers, got {x.dtype}")
    try:
        finite(x)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
    if len(x) != len(y):
        raise DataError(f"{path}: {len(x)} examples, but {len(y)} labels; give one each")
    if not classify:
        if y.dtype.kind not in "fiub":
            raise DataError(f"{path}: y must be numbers for task regression, got {y.dtype}")
        return Part(x, y, [])
    if y.ndim != 1:
        raise DataError(f"{path}: y must be one label per example, got shape {y.shape}")
    if y.dtype.kind == "f" and not (y == np.floor(y)).all():
        raise DataError(
            f"{path}: y holds {y[y != np.floor(y)][0]:g}, which is no class; for numbers write "
            "task: regression"
        )
    if names:
        if y.dtype.kind not in "fiub" or y.min() < 0 or y.max() >= len(names):
            raise DataError(
                f"{path}: y must be numbers from 0 to {len(names) - 1}, as names has {len(names)}"
            )
        return Part(x, y.astype(np.int64), names)
    y = y.astype(np.int64) if y.dtype.kind in "fiu" else y
    found, labels = np.unique(y, return_inverse=True)
    return Part(x, labels.astype(np.int64), [str(name) for name in found.tolist()])


def read_training(experiment: Experiment) -> Data:
    """The training file, split into training and validation parts.

    The split keeps the proportions of the classes, and copies of one source on one side; it depends on
    the experiment's seed alone. What texts and sounds need (words, rate, duration) is learned from
    the training part.
    """
    with wrong_input():
        part = read_part(experiment, "train")
        labels = np.asarray(part.names)[part.y] if part.names else None
        share = float(experiment.data["valid"])
        kept, held = split(
            len(part.x), (1 - share, share), labels=labels, groups=part.groups, seed=experiment.seed
        )
        limit = experiment.data["limit"]
        if limit is not None and limit < len(kept):
            shares = [limit / len(kept), 1 - limit / len(kept)]
            inner = None if labels is None else labels[kept]
            kept = kept[split(len(kept), shares, labels=inner, seed=experiment.seed + 1)[0]]
        train, valid = (_rows(part.x, rows) for rows in (kept, held))
        features = _features(experiment, train)
        first = np.asarray(train[0]) if features is None else features(train[0])
    y = part.y
    outputs = len(part.names) or (1 if y.ndim == 1 else int(y.shape[1]))
    facts = Facts(first.shape, part.names, outputs, part.columns, features)
    return Data((train, y[kept]), (valid, y[held]), facts)


def _rows(x: Any, rows: Any) -> Any:
    return x[rows] if isinstance(x, np.ndarray) else Subset(x, rows)


def _features(experiment: Experiment, train: Any) -> Vocabulary | SoundFeatures | None:
    """What turns texts and sounds into numbers, learned from the training part."""
    data = experiment.data
    if data["format"] == "texts":
        return Vocabulary.of(train, least=data["least"], most=data["words"], length=data["length"])
    if data["format"] == "sounds":
        return SoundFeatures.of(
            train,
            sample_rate=data["sample_rate"],
            seconds=data["seconds"],
            kind=data["features"],
            bands=data["bands"],
        )
    return None
