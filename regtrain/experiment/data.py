"""The data of an experiment, read and split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from augkit.core.errors import SpecError
from regtrain.experiment.read import Experiment

__all__ = ["Data", "read_part", "read_training"]


@dataclass(frozen=True)
class Data:
    """Training and validation data.

    Attributes:
        train, valid: (x, y) each.
        names: of the classes; none for numbers.
    """

    train: tuple[Any, Any]
    valid: tuple[Any, Any]
    names: list[str]

    @property
    def outputs(self) -> int:
        """How many outputs a network for it has."""
        if self.names:
            return len(self.names)
        return 1 if self.train[1].ndim == 1 else int(self.train[1].shape[1])


def read_part(experiment: Experiment, part: str) -> tuple[Any, Any, list[str], Any]:
    """Inputs, targets, names of the classes, and what each example is a copy of (or None).

    Args:
        experiment: says which files and what they are.
        part: ``train`` or ``test``.

    Raises:
        SpecError: the experiment names no such part, or the file does not exist.
    """
    data = experiment.data
    if data[part] is None:
        raise SpecError(f"data.{part}: is missing; name the file or folder")
    path = experiment.path(part)
    if not path.exists():
        raise SpecError(f"data.{part}: there is no {path}")
    classify = data["task"] == "classification"
    groups = None
    if data["format"] == "csv":
        from regtrain.data import read_csv

        target = -1 if data["target"] is None else data["target"]
        x, y, names = read_csv(path, target, labels=classify)
    elif data["format"] == "idx":
        from regtrain.data import read_idx

        labels = experiment.path(f"{part}_labels")
        if not labels.exists():
            raise SpecError(f"data.{part}_labels: there is no {labels}")
        x, y, names = read_idx(path), read_idx(labels), []
        x = x[..., None] if x.ndim == 3 else x
    elif data["format"] == "npz":
        x, y, names = _npz(path)
    else:
        from regtrain.data import Folder, Samples

        folder: Any = Folder(path, "image")
        x, y, names, groups = (
            Samples(folder).numbers(folder[:]),
            folder.labels,
            folder.classes,
            folder.groups,
        )
        x = x[..., None] if x.ndim == 3 else x
    if classify and not names:
        names = [str(number) for number in range(int(np.max(y)) + 1)]
        y = np.asarray(y).astype(np.int64)
    return x, y, list(names) if classify else [], groups


def _npz(path: Any) -> tuple[Any, Any, list[str]]:
    with np.load(path, allow_pickle=False) as file:
        missing = {"x", "y"} - set(file.files)
        if missing:
            raise SpecError(
                f"{path}: holds {', '.join(file.files)}; it needs the arrays x and y (and may have names)"
            )
        names = [str(name) for name in file["names"]] if "names" in file.files else []
        return file["x"], file["y"], names


def read_training(experiment: Experiment) -> Data:
    """The training file, split into training and validation parts.

    The split keeps the proportions of the classes, and copies of one source on one side; it depends on
    the experiment's seed alone.
    """
    from regtrain.data import split

    x, y, names, groups = read_part(experiment, "train")
    labels = y if names else None
    share = float(experiment.data["valid"])
    kept, held = split(
        len(x), (1 - share, share), labels=labels, groups=groups, seed=experiment.seed
    )
    limit = experiment.data["limit"]
    if limit is not None and limit < len(kept):
        part = [limit / len(kept), 1 - limit / len(kept)]
        inner = None if labels is None else labels[kept]
        kept = kept[split(len(kept), part, labels=inner, seed=experiment.seed + 1)[0]]
    return Data((x[kept], y[kept]), (x[held], y[held]), names)
