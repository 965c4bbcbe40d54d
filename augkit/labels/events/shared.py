"""Formats with one label file about many clips: what JSON Lines and tables have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from augkit.labels.events.model import SOUND_SUFFIXES, ClipLabels
from augkit.labels.events.source import EventSource, EventWriter
from augkit.labels.files import LabelError, below, checked_relative
from augkit.labels.paths import PathIndex
from augkit.labels.source import ProblemLog

__all__ = ["Line", "SharedFile", "SharedFileWriter"]

Line: TypeAlias = "tuple[int, dict[str, Any]]"
"""The number of a line, and what stands in it by key or column."""


class SharedFile(EventSource):
    """Clips by name, each with the lines that speak of it."""

    def __init__(self, file: Path, root: Path) -> None:
        super().__init__(root)
        self.file = file
        self._index: PathIndex[list[Line]] = PathIndex(root, file, self._log, SOUND_SUFFIXES)

    def _add(self, name: object, line: Line) -> None:
        if not isinstance(name, str) or not name:
            raise LabelError("the line names no clip", self.file, line[0])
        lines = self._index.get(name)
        if lines is None:
            self._index.set(name, [line])
        else:
            lines.append(line)

    @abstractmethod
    def _labels(self, lines: list[Line]) -> tuple[ClipLabels, list[int]]:
        """The labels of one clip, and the line of each event."""

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._index.find(path) is not None

    def __len__(self) -> int:
        return len(self._index)

    def get(self, path: str, *, seconds: float) -> ClipLabels:
        found = self._index.find(path)
        if found is None:
            return ClipLabels(listed=False)
        labels, lines = self._labels(found)
        return labels.within(seconds, self.file, lines)

    def shared_files(self) -> list[Path]:
        return [self.file]

    def is_label_file(self, path: str) -> bool:
        return (self.root / path).resolve() == self.file.resolve()

    def subset(self, paths: Sequence[str]) -> SharedFile:
        log = ProblemLog()
        small: SharedFile = object.__new__(type(self))
        small.__dict__ = {**self.__dict__, "_log": log, "_index": self._index.subset(paths, log)}
        return small

    def _placed(self) -> str:
        """Where a file like this is written, below the destination."""
        return below(self.file, self.root) or self.file.name


class SharedFileWriter(EventWriter):
    """One file for all clips, where the source had it."""

    def dataset_outputs(self) -> list[str]:
        return [checked_relative(str(self.schema["file"])).as_posix()]

    def _name(self, path: str) -> str:
        """A clip as its file names it: from the folder of the file."""
        pure = checked_relative(path)
        folder = checked_relative(str(self.schema["file"])).parent
        if folder != PurePosixPath() and pure.is_relative_to(folder):
            pure = pure.relative_to(folder)
        return pure.as_posix()
