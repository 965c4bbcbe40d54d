"""Splits and classes that are said by folders or by a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from augkit.labels.files import existing

__all__ = ["find_splits", "folder_class", "read_split", "split_of"]

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
NOT_A_CLASS = frozenset({"images", "imgs", "photos"})


def split_of(path: str | PurePosixPath) -> str | None:
    """The split an image belongs to by its folders: ``"train"``, ``"val"``, ``"test"`` or None.

    >>> split_of("valid/images/1.jpg"), split_of("images/train2017/1.jpg"), split_of("cats/1.jpg")
    ('val', 'train', None)
    """
    for part in PurePosixPath(path).parts[:-1]:
        name = SPLIT_NAMES.get(part.lower().rstrip("0123456789-_"))
        if name:
            return name
    return None


def folder_class(path: str | PurePosixPath) -> str | None:
    """The class of an image by its folder, as in ImageFolder: the first that is no split.

    >>> folder_class("train/cats/long hair/1.jpg"), folder_class("1.jpg")
    ('cats', None)
    """
    for part in PurePosixPath(path).parts[:-1]:
        if part.lower() not in NOT_A_CLASS and split_of(f"{part}/x") is None:
            return part
    return None


def find_splits(root: str | Path) -> dict[str, Path]:
    """The folders of the splits in a data set: ``{"train": .../train, "val": .../valid}``.

    They are looked for in the folder itself and in its ``images``.
    """
    found: dict[str, Path] = {}
    for parent in (Path(root), Path(root) / "images"):
        folders = sorted(parent.iterdir()) if parent.is_dir() else []
        for folder in folders:
            split = split_of(f"{folder.name}/x") if folder.is_dir() else None
            if split:
                found.setdefault(split, folder)
    return found


def read_split(file: str | Path, *, root: str | Path = ".") -> dict[str, tuple[str, str]]:
    """Split and class of each image in a CSV file: ``{path: (split, label)}``.

    Parameters
    ----------
    file
        A table with a column of image names; see `augkit.labels.table` for the names of columns.
    root
        Where ``file`` is looked for, besides the current folder.

    Either is ``""`` where the table does not say; an image that stands in several rows keeps
    what its first row says.
    """
    from augkit.labels.table import read_table

    table = read_table(existing(str(file), Path(root)))
    path_column: int | None = table.columns.get("path")
    split: dict[str, tuple[str, str]] = {}
    for _, cells in table.rows:
        values = [_cell(cells, table.columns.get(name)) for name in ("split", "label")]
        split.setdefault(_cell(cells, path_column), (values[0], values[1]))
    return split


def _cell(cells: Sequence[str], column: int | None) -> str:
    return "" if column is None else cells[column]
