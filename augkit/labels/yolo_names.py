"""The class names of a YOLO data set: ``data.yaml``, or a text file with one name per line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from augkit.labels.files import Json, LabelError, read_text
from augkit.labels.model import Category

__all__ = ["NAME_FILES", "YoloNames", "find_names"]

DATA_FILES = ("data.yaml", "data.yml", "dataset.yaml")
NAME_FILES = ("classes.txt", "obj.names", "classes.names", "_darknet.labels")
# Written anew, or about the place of the source.
DATA_FIELDS = frozenset({"names", "nc", "path", "train", "val", "valid", "test", "download"})


@dataclass
class YoloNames:
    """Class names, the file they came from, and the other fields of ``data.yaml``."""

    categories: tuple[Category, ...] = ()
    file: Path | None = None
    extra: dict[str, Json] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def find_names(folder: Path | None, root: Path) -> YoloNames:
    """Look in the label folder, in the root and in the folders that hold them."""
    near = [folder, root] if folder else [root / "labels", root]
    wide = [*near, *((folder.parent,) if folder else ()), root.absolute().parent]
    wide.append(root.absolute().parent.parent)
    for place in dict.fromkeys(path for path in wide if path):
        for name in DATA_FILES:
            if (place / name).is_file():
                return _read_data(place / name)
    for place in near:
        for file in sorted((place or root).glob("*.y*ml")):
            if _mentions_names(file):
                return _read_data(file)
    for place in dict.fromkeys(path for path in wide[:-1] if path):
        for name in NAME_FILES:
            if (place / name).is_file():
                return _read_lines(place / name)
    return YoloNames(
        problems=[f"{root}: no data.yaml or classes.txt; classes are called by their number"]
    )


def _mentions_names(file: Path) -> bool:
    try:
        lines = read_text(file).split("\n")
    except LabelError:
        return False
    return any(line.startswith("names:") for line in lines)


def _read_lines(file: Path) -> YoloNames:
    names = [line.strip() for line in read_text(file).rstrip("\n").split("\n")]
    if not all(names):
        raise LabelError("a class has no name", file, names.index("") + 1)
    return _named(dict(enumerate(names)), file)


def _read_data(file: Path) -> YoloNames:
    import yaml

    text = read_text(file)
    try:
        # Without types: a class may be called no, on or 1.
        plain = yaml.load(text, Loader=yaml.BaseLoader)
        typed = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise LabelError(f"not YAML: {getattr(error, 'problem', error)}", file, line) from None
    names = plain.get("names") if isinstance(plain, dict) else None
    if isinstance(names, list):
        names = {str(index): name for index, name in enumerate(names)}
    if not isinstance(names, dict) or not all(
        isinstance(name, str) and str(key).isdecimal() for key, name in names.items()
    ):
        raise LabelError("'names' must be a list of names, or names by number from 0", file)
    found = _named({int(key): name for key, name in names.items()}, file)
    extra = {key: value for key, value in typed.items() if key not in DATA_FIELDS}
    found.extra = cast("dict[str, Json]", json.loads(json.dumps(extra, default=str)))
    if str(plain.get("nc", len(names))) != str(len(names)):
        found.problems.append(f"{file}: nc is {plain['nc']}, but there are {len(names)} names")
    return found


def _named(names: dict[int, str], file: Path) -> YoloNames:
    counts = list(names.values())
    twice = sorted({name for name in counts if counts.count(name) > 1})
    categories = tuple(
        Category(number, name, f"{name}#{number}" if name in twice else name)
        for number, name in sorted(names.items())
    )
    problems = [f"{file}: several classes are called {name!r}" for name in twice]
    return YoloNames(categories, file, problems=problems)
