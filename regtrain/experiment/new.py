"""New data for a trained model, in the experiment's format but without targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from augkit.core.errors import SpecError
from regtrain.data import DataError, read_idx, read_texts
from regtrain.data.files import number_in, records
from regtrain.experiment.data import load_arrays
from regtrain.experiment.facts import Facts
from regtrain.experiment.read import Experiment

__all__ = ["read_new"]


def read_new(experiment: Experiment, facts: Facts, path: Path) -> tuple[Any, list[str]]:
    """Inputs and a name for each.

    Args:
        experiment: says the format.
        facts: what the model knows of its training data.
        path: a file of that format, or a folder of images, sounds or texts, or one of these.

    Raises:
        DataError: it is not what the format says, with the place.
    """
    format = experiment.data["format"]
    if format == "csv":
        return _rows(path, facts)
    if format == "idx":
        x = read_idx(path)
        x = x[..., None] if x.ndim == 3 else x
        return x, [str(number) for number in range(len(x))]
    if format == "npz":
        (x,) = load_arrays(path, ("x",), needed=1)
        return x, [str(number) for number in range(len(x))]
    if format == "texts" and path.is_file() and path.suffix.lower() != ".txt":
        texts, _, _ = read_texts(path, experiment.data["text"], targets=False)
        return texts, [str(number) for number in range(len(texts))]
    return _files(path, {"images": "image", "sounds": "audio", "texts": "text"}[format])


def _rows(path: Path, facts: Facts) -> tuple[Any, list[str]]:
    head, rows = records(str(path))
    missing = [name for name in facts.columns if name not in head]
    if missing:
        raise DataError(
            f"{path}: has no column {', '.join(missing)}; training had {', '.join(facts.columns)}"
        )
    places = [head.index(name) for name in facts.columns]
    x = np.empty((len(rows), len(places)), np.float32)
    for number, (line, row) in enumerate(rows):
        for column, place in enumerate(places):
            x[number, column] = number_in(row[place], f"{path}:{line}: {facts.columns[column]}")
    return x, [str(number) for number in range(len(x))]


def _files(path: Path, modality: str) -> tuple[Any, list[str]]:
    from regtrain.data.folder import read_sample, suffixes

    files = [path]
    if path.is_dir():
        known = suffixes(modality)
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in known)
    if not files:
        raise SpecError(f"{path}: there is no {modality} file in it")
    found: Any = [read_sample(file, modality) for file in files]
    if modality == "image":
        shapes = {image.shape for image in found}
        if len(shapes) > 1:
            some = ", ".join(map(str, sorted(shapes)[:3]))
            raise DataError(f"{path}: images of different sizes: {some}; make them all the same")
        found = np.stack(found)
        found = found[..., None] if found.ndim == 3 else found
    names = [str(file.relative_to(path) if path.is_dir() else file.name) for file in files]
    return found, names
