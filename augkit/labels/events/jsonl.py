"""JSON Lines: a line per clip with a list of events, or a line per event.

::

    {"path": "yard.wav", "speaker": "b", "events": [{"start": 0.2, "end": 0.7, "label": "dog"}]}

or::

    {"path": "yard.wav", "start": 0.2, "end": 0.7, "label": "dog"}

Keys are found by name (`augkit.labels.events.names`); all others are carried along. Of a clip's
line, ``duration``, ``num_samples`` and ``sample_rate`` are written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

from augkit.labels.events.model import ClipLabels, Event
from augkit.labels.events.names import roles_of, seconds_of
from augkit.labels.events.shared import Line, SharedFile, SharedFileWriter
from augkit.labels.events.source import Record
from augkit.labels.files import (
    Json,
    LabelError,
    atomic_file,
    existing,
    number,
    read_text,
)
from augkit.labels.paths import tidy

__all__ = ["JsonLines", "JsonLinesWriter", "detect", "open_source"]

SUFFIXES = (".jsonl", ".ndjson", ".manifest")
LISTS = ("events", "segments", "words", "annotations", "labels", "beats", "notes")
EVENT_ROLES = ("start", "end", "duration", "label", "low_hz", "high_hz", "tier")


def open_source(argument: str, root: Path) -> JsonLines:
    """Open ``jsonl:FILE``."""
    if not argument:
        raise LabelError("jsonl needs a file, as in jsonl:events.jsonl")
    return JsonLines(existing(argument, root), root)


def detect(root: Path) -> list[str]:
    """Files of the folder whose lines name clips that are there."""
    specs = []
    for file in sorted(file for suffix in SUFFIXES for file in root.glob(f"*{suffix}")):
        try:
            lines = list(islice(_lines(read_text(file), file), 20))
        except LabelError:
            continue
        for _, line in lines:
            name = line.get(roles_of(line, ["path"]).get("path", ""))
            if isinstance(name, str) and name and (root / tidy(name)).is_file():
                specs.append(f"jsonl:{file.resolve()}")
                break
    return specs


def _lines(text: str, file: Path) -> Iterator[Line]:
    for number_, row in enumerate(text.split("\n"), 1):
        if not row.strip():
            continue
        try:
            found = json.loads(row)
        except ValueError as error:
            raise LabelError(f"no JSON: {error}", file, number_) from None
        if not isinstance(found, dict):
            raise LabelError(f"a line must be a JSON object, got {row[:40]}", file, number_)
        yield number_, found


class JsonLines(SharedFile):
    """The events in one file of JSON Lines."""

    format = "jsonl"

    def __init__(self, file: Path, root: Path) -> None:
        super().__init__(file, root)
        self._path = ""
        self._list = ""
        self._roles: dict[str, str] = {}
        self._per_event = False
        for line in _lines(read_text(file), file):
            self._learn(line)
            self._add(line[1].get(self._path), line)
        if not self._path:
            raise LabelError("the file is empty; a line per clip is needed", file)

    def _learn(self, line: Line) -> None:
        """What the keys are called, from the first line that has them."""
        number_, keys = line
        if not self._path:
            self._path = roles_of(keys, ["path"]).get("path", "")
            if not self._path:
                raise LabelError(f"no key names a clip among {list(keys)}", self.file, number_)
            roles = roles_of([key for key in keys if key != self._path], EVENT_ROLES)
            if "start" in roles and ("end" in roles or "label" in roles):
                self._per_event, self._roles = True, roles
        if not self._per_event and not self._list:
            self._list = next((key for key in LISTS if isinstance(keys.get(key), list)), "")
        if self._list and not self._roles:
            listed = keys.get(self._list)
            if isinstance(listed, list) and listed and isinstance(listed[0], dict):
                self._roles = roles_of(listed[0], EVENT_ROLES)

    @property
    def schema(self) -> dict[str, Json]:
        return {
            "format": "jsonl",
            "file": self._placed(),
            "path": self._path,
            "list": self._list or "events",
            "roles": dict[str, Json](self._roles),
            "per_event": self._per_event,
        }

    def group(self, path: str) -> tuple[str | None, str | None]:
        lines = self._index.find(path)
        if not lines:
            return None, None
        roles = roles_of(lines[0][1], ["split", "label"])
        split = lines[0][1].get(roles.get("split", ""))
        label = None if self._per_event else lines[0][1].get(roles.get("label", ""))
        return tuple(str(v) if isinstance(v, str) else None for v in (split, label))  # type: ignore[return-value]

    def _labels(self, lines: list[Line]) -> tuple[ClipLabels, list[int]]:
        if self._per_event:
            found = [(self._event(*line), line[0]) for line in lines]
            return _kept(found)
        if len(lines) > 1:
            raise LabelError("a second line about the same clip", self.file, lines[1][0])
        [(line, values)] = lines
        raw = values.get(self._list, []) if self._list else []
        if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
            raise LabelError(f"{self._list} must be a list of objects", self.file, line)
        labels, numbers = _kept([(self._event(line, one), line) for one in raw])
        labels.attributes = {
            key: None if key in (self._path, self._list) else value for key, value in values.items()
        }
        return labels, numbers

    def _event(self, line: int, values: dict[str, Any]) -> Event | None:
        roles = self._roles
        if "start" not in roles:
            raise LabelError(f"events need a start, got {list(values)}", self.file, line)
        used = {self._path, *roles.values()} if self._per_event else set(roles.values())
        if self._per_event and all(values.get(key) is None for key in roles.values()):
            return None  # the line of a clip in which nothing happens
        start, end = seconds_of(values, roles, self.file, line)
        optional = {
            role: values[roles[role]]
            for role in ("low_hz", "high_hz", "tier")
            if role in roles and values.get(roles[role]) is not None
        }
        label = values.get(roles.get("label", ""), "")
        rest = {key: value for key, value in values.items() if key not in used}
        return Event(start, end, label if isinstance(label, str) else json.dumps(label),
                     attributes=rest, **optional)  # fmt: skip


def _kept(found: list[tuple[Event | None, int]]) -> tuple[ClipLabels, list[int]]:
    """Without the lines of clips in which nothing happens."""
    there = [(event, line) for event, line in found if event is not None]
    return ClipLabels([event for event, _ in there]), [line for _, line in there]


class JsonLinesWriter(SharedFileWriter):
    """The same keys, and the clips that were written."""

    def write_dataset(self, records: Iterable[Record]) -> list[str]:
        [name] = self.dataset_outputs()
        with atomic_file(self.destination / name) as file:
            for path, facts, plain in records:
                labels = ClipLabels.from_dict(plain)
                if labels.listed:
                    for line in self._rows(path, facts, labels):
                        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        return [name]

    def _rows(
        self, path: str, facts: Mapping[str, Any], labels: ClipLabels
    ) -> Iterator[dict[str, Json]]:
        key = str(self.schema["path"])
        roles = cast("dict[str, str]", self.schema["roles"])
        if self.schema["per_event"]:
            nothing: dict[str, Json] = dict.fromkeys(roles.values())
            rows = [_event_row(event, roles) for event in labels.events] or [nothing]
            for row in rows:
                yield {key: self._name(path), **row}
            return
        line = dict(labels.attributes) or {key: None}
        line[key] = self._name(path)
        counts = {"duration": facts.get("seconds"), "num_samples": facts.get("samples"),
                  "sample_rate": facts.get("sample_rate")}  # fmt: skip
        line |= {name: value for name, value in counts.items() if name in line}
        if labels.events or str(self.schema["list"]) in line:
            line[str(self.schema["list"])] = [_event_row(e, roles) for e in labels.events]
        yield line


def _event_row(event: Event, roles: Mapping[str, str]) -> dict[str, Json]:
    known: dict[str, Json] = {
        "start": number(event.start),
        "end": number(event.end),
        "duration": number(event.end - event.start),
        "label": event.label,
        "low_hz": event.low_hz,
        "high_hz": event.high_hz,
        "tier": event.tier or None,
    }
    return {name: known[role] for role, name in roles.items()} | event.attributes
