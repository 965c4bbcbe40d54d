"""Formats with one label file about many images: what COCO and tables have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Generic, Self, TypeVar

from augkit.labels.files import below
from augkit.labels.model import Category
from augkit.labels.paths import PathIndex
from augkit.labels.source import LabelOptions, LabelSource, ProblemLog

__all__ = ["OneFileSource"]

Value = TypeVar("Value")


class OneFileSource(LabelSource, Generic[Value]):
    """Images by name, each with what the file says of it.

    A subclass reads the file: it fills ``_index`` and sets ``_categories``.
    """

    _categories: tuple[Category, ...]

    def __init__(self, file: Path, root: Path, options: LabelOptions) -> None:
        super().__init__(root, options)
        self.file = file
        self._index: PathIndex[Value] = PathIndex(root, file, self._log)

    @property
    def categories(self) -> tuple[Category, ...]:
        return self._categories

    def own_name(self) -> str | None:
        return below(self.file, self.root) or self.file.name

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._index.find(path) is not None

    def __len__(self) -> int:
        return len(self._index)

    def shared_files(self) -> list[Path]:
        return [self.file]

    def is_label_file(self, path: str) -> bool:
        return (self.root / path).resolve() == self.file.resolve()

    def subset(self, paths: Sequence[str]) -> Self:
        log = ProblemLog()
        small = object.__new__(type(self))
        small.__dict__ = {**self.__dict__, "_log": log, "_index": self._index.subset(paths, log)}
        return small
