"""What every format of events provides: a source to read from and a writer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from augkit.labels.events.model import ClipLabels
from augkit.labels.files import Json
from augkit.labels.source import ProblemLog

__all__ = ["EventSource", "EventWriter", "Record"]

Record: TypeAlias = "tuple[str, Mapping[str, Any], Mapping[str, Json]]"
"""Of one clip that was written: its path, its facts (seconds, samples...), its labels as a dict."""


class EventSource(ABC):
    """Events by clip; what `open_events` returns.

    What spoils a whole label file is raised when it is opened; what spoils the labels of one clip
    is raised when that clip is asked for; what is odd but usable is in `problems`. Sources can be
    pickled.
    """

    format: ClassVar[str]

    def __init__(self, root: Path) -> None:
        self.root = root
        self._log = ProblemLog()

    @property
    def problems(self) -> list[str]:
        """What was found odd so far, each beginning with ``file:line`` where there is one."""
        return self._log.messages()

    @property
    @abstractmethod
    def schema(self) -> dict[str, Json]:
        """What `open_event_writer` needs to write labels like these, as plain data."""

    @abstractmethod
    def get(self, path: str, *, seconds: float) -> ClipLabels:
        """The labels of a clip of this length, checked against it.

        A clip that no label file speaks of is no error: its labels are empty and ``listed`` is
        False. Raises `LabelError` where the labels of this clip cannot be used.
        """

    @abstractmethod
    def __contains__(self, path: object) -> bool:
        """Whether a label file speaks of the clip."""

    def shared_files(self) -> list[Path]:
        """The label files that speak of many clips at once."""
        return []

    def own_files(self, path: str) -> list[Path]:
        """The label files of one clip alone, as far as they are there."""
        return []

    def is_label_file(self, path: str) -> bool:
        """Whether a file below the root belongs to the labels."""
        return False

    def subset(self, paths: Sequence[str]) -> EventSource:
        """A source that knows only these clips, small enough to send to another process."""
        return self

    def group(self, path: str) -> tuple[str | None, str | None]:
        """The split and the class of a clip, each None where the label files do not say."""
        return None, None


class EventWriter:
    """Writes the labels of new clips below a destination; what `open_event_writer` returns.

    Workers call `write_clip` as soon as a clip is written; one process calls `write_dataset` at the
    end, with the records of all clips in sorted order. The same records give the same bytes.
    """

    def __init__(self, schema: Mapping[str, Json], destination: Path) -> None:
        self.schema = schema
        self.destination = destination

    def outputs(self, path: str) -> list[str]:
        """The files `write_clip` may write for a clip, relative to the destination."""
        return []

    def write_clip(self, path: str, facts: Mapping[str, Any], labels: ClipLabels) -> list[str]:
        """Write the files of one clip alone, each atomically; their relative paths."""
        return []

    def dataset_outputs(self) -> list[str]:
        """The files `write_dataset` writes, relative to the destination."""
        return []

    def write_dataset(self, records: Iterable[Record]) -> list[str]:
        """Write the files about all clips; their relative paths."""
        return []
