"""New data for a trained model, in the experiment's format but without targets."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from augkit.core.errors import SpecError
from regtrain.experiment.read import Experiment

__all__ = ["read_new"]


def read_new(experiment: Experiment, path: Path) -> tuple[Any, list[str]]:
    """Inputs and a name for each.

    Args:
        experiment: says the format; for csv also which column is the target, if it stands in the file.
        path: a file of that format, a folder of images, or one image.

    Raises:
        SpecError: it is not what the format says, with the place.
    """
    format = experiment.data["format"]
    if format == "csv":
        return _csv(path, experiment)
    if format == "idx":
        from regtrain.data import read_idx

        x = read_idx(path)
        return (x[..., None] if x.ndim == 3 else x), [str(number) for number in range(len(x))]
    if format == "npz":
        with np.load(path, allow_pickle=False) as file:
            if "x" not in file.files:
                raise SpecError(f"{path}: holds {', '.join(file.files)}; it needs the array x")
            return file["x"], [str(number) for number in range(len(file["x"]))]
    return _images(path)


def _csv(path: Path, experiment: Experiment) -> tuple[Any, list[str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    with open(experiment.path("train"), encoding="utf-8-sig", newline="") as file:
        trained = next(csv.reader(file))
    target = experiment.data["target"] or trained[-1]
    wanted = [name for name in trained if name != target]
    missing = [name for name in wanted if not rows or name not in rows[0]]
    if missing:
        raise SpecError(
            f"{path}: has no column {', '.join(missing)}; training had {', '.join(wanted)}"
        )
    places = [rows[0].index(name) for name in wanted]
    x = np.empty((len(rows) - 1, len(wanted)), np.float32)
    for number, row in enumerate(rows[1:]):
        for column, place in enumerate(places):
            try:
                x[number, column] = float(row[place])
            except (ValueError, IndexError):
                said = repr(row[place]) if place < len(row) else "nothing"
                raise SpecError(
                    f"{path}:{number + 2}: {wanted[column]}: {said} is no number"
                ) from None
    return x, [str(number) for number in range(len(x))]


def _images(path: Path) -> tuple[Any, list[str]]:
    from augkit.image.codec import ImageMedium

    medium = ImageMedium()
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in medium.extensions)
    if not files:
        raise SpecError(f"{path}: there is no image in it")
    images = [np.asarray(medium.read(file, {})["image"]) for file in files]
    shapes = {image.shape for image in images}
    if len(shapes) > 1:
        raise SpecError(
            f"{path}: images of different sizes: {', '.join(map(str, sorted(shapes)[:3]))}"
        )
    x = np.stack(images)
    return (x[..., None] if x.ndim == 3 else x), [
        str(file.relative_to(path) if path.is_dir() else file.name) for file in files
    ]
