"""Tables with a row per event: CSV, or TSV as in DCASE.

::

    path,start,end,label
    yard.wav,0.2,0.7,dog

Columns are found by name (`augkit.labels.events.names`); all others are carried along. A row
without times is a clip in which nothing happens; a table without times gives the class of clips.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

from augkit.labels.events.model import ClipLabels, Event
from augkit.labels.events.names import roles_of, seconds_of
from augkit.labels.events.shared import Line, SharedFile, SharedFileWriter
from augkit.labels.events.source import Record
from augkit.labels.files import (
    Json,
    LabelError,
    atomic_file,
    existing,
    number_text,
    read_text,
)
from augkit.labels.paths import tidy

__all__ = ["EventTable", "EventTableWriter", "detect", "open_source"]

ROLES = ("path", "start", "end", "duration", "label", "low_hz", "high_hz", "tier", "split")
SUFFIXES = (".csv", ".tsv", ".tab")


def open_source(argument: str, root: Path) -> EventTable:
    """Open ``csv:FILE``."""
    if not argument:
        raise LabelError("csv needs a file, as in csv:events.csv")
    return EventTable(existing(argument, root), root)


def detect(root: Path) -> list[str]:
    """Tables of the folder that name clips which are there, and say more than names."""
    specs = []
    for file in sorted(file for suffix in SUFFIXES for file in root.glob(f"*{suffix}")):
        try:
            table = EventTable(file, root)
        except LabelError:
            continue
        if len(table.roles) > 1 and table.names_clips():
            specs.append(f"csv:{file.resolve()}")
    return specs


class EventTable(SharedFile):
    """The events in one table."""

    format = "csv"

    def __init__(self, file: Path, root: Path) -> None:
        super().__init__(file, root)
        text = read_text(file)
        first = text.partition("\n")[0]
        marks = "\t" if file.suffix.lower() in (".tsv", ".tab") else ",;\t"
        self.delimiter = max(marks, key=first.count)
        self.header: list[str] = []
        self.roles: dict[str, str] = {}
        self._names: list[str] = []
        reader = csv.reader(io.StringIO(text), delimiter=self.delimiter, strict=True)
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    self._row(reader.line_num, [cell.strip() for cell in cells])
        except csv.Error as error:
            raise LabelError(f"not a table: {error}", file, reader.line_num) from None
        if not self.header:
            raise LabelError("the table is empty; a header with a column of paths is needed", file)

    def _row(self, line: int, cells: list[str]) -> None:
        if not self.header:
            self.header = cells
            self.roles = roles_of(cells, ROLES)
            if "path" not in self.roles:
                raise LabelError(f"no column of clips among {', '.join(cells)}", self.file, line)
            if len(set(cells)) < len(cells):
                raise LabelError("two columns have the same name", self.file, line)
            return
        if len(cells) != len(self.header):
            raise LabelError(f"{len(cells)} columns instead of {len(self.header)}", self.file, line)
        values = dict(zip(self.header, cells, strict=True))
        name = values[self.roles["path"]]
        self._names += [name] if len(self._names) < 20 else []
        self._add(name, (line, values))

    def names_clips(self) -> bool:
        """Whether the first rows name files that are there."""
        return any((self.root / tidy(name)).is_file() for name in self._names)

    @property
    def schema(self) -> dict[str, Json]:
        return {
            "format": "csv",
            "file": self._placed(),
            "header": list[Json](self.header),
            "roles": dict[str, Json](self.roles),
            "delimiter": self.delimiter,
        }

    def group(self, path: str) -> tuple[str | None, str | None]:
        lines = self._index.find(path)
        if not lines:
            return None, None
        values = lines[0][1]
        label = None if "start" in self.roles else values.get(self.roles.get("label", ""))
        return values.get(self.roles.get("split", "")) or None, label or None

    def _labels(self, lines: list[Line]) -> tuple[ClipLabels, list[int]]:
        roles = self.roles
        used = set(roles.values()) - {roles.get("split")}
        first = {name: value for name, value in lines[0][1].items() if name not in used}
        if "start" not in roles:
            label = lines[0][1].get(roles.get("label", ""))
            if len(lines) > 1:
                raise LabelError("a second row about the same clip", self.file, lines[1][0])
            return ClipLabels(label=label or None, attributes=first), []
        events, numbers = [], []
        for line, values in lines:
            if not values[roles["start"]]:
                continue
            start, end = seconds_of(values, roles, self.file, line)
            rest = {name: value for name, value in values.items() if name not in used}
            band = {role: _hertz(values.get(roles.get(role, ""))) for role in ("low_hz", "high_hz")}
            label = values.get(roles.get("label", ""), "")
            tier = values.get(roles.get("tier", ""), "")
            events.append(Event(start, end, label, tier, band["low_hz"], band["high_hz"], rest))
            numbers.append(line)
        return ClipLabels(events, attributes={} if events else first), numbers


def _hertz(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


class EventTableWriter(SharedFileWriter):
    """The same columns, and the clips that were written."""

    def write_dataset(self, records: Iterable[Record]) -> list[str]:
        [name] = self.dataset_outputs()
        with atomic_file(self.destination / name) as raw:
            text = io.TextIOWrapper(raw, "utf-8", newline="", write_through=True)
            writer = csv.writer(text, delimiter=str(self.schema["delimiter"]), lineterminator="\n")
            writer.writerow(cast("list[str]", self.schema["header"]))
            for path, _, plain in records:
                labels = ClipLabels.from_dict(plain)
                if labels.listed:
                    writer.writerows(self._rows(path, labels))
            text.detach()
        return [name]

    def _rows(self, path: str, labels: ClipLabels) -> Iterator[list[str]]:
        header = cast("list[str]", self.schema["header"])
        roles = cast("dict[str, str]", self.schema["roles"])
        clip = {roles["path"]: self._name(path)}
        if not labels.events:
            row = {**clip, **_plain(labels.attributes)}
            if labels.label is not None and "label" in roles:
                row[roles["label"]] = labels.label
            yield [row.get(name, "") for name in header]
        for event in labels.events:
            said = {
                "start": number_text(event.start),
                "end": number_text(event.end),
                "duration": number_text(event.end - event.start),
                "label": event.label,
                "tier": event.tier,
                "low_hz": "" if event.low_hz is None else number_text(event.low_hz),
                "high_hz": "" if event.high_hz is None else number_text(event.high_hz),
            }
            row = {**clip, **{roles[role]: text for role, text in said.items() if role in roles}}
            row |= _plain(event.attributes)
            yield [row.get(name, "") for name in header]


def _plain(attributes: Mapping[str, Json]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in attributes.items()}
