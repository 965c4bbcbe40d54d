"""JSON Lines: in each line, only the text (and its spans) is written anew.

Numbers, order, spaces and escapes of all other fields stay as they were written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from augkit.text.files.spans import SPAN_COLUMNS, SpanField, SpanShapeError
from augkit.text.files.tables import TEXT_COLUMNS, Copy, Item, Table, chosen, free_name

__all__ = ["JsonLinesTable"]

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class _Field(NamedTuple):
    """A field of an object: its value, and where the value stands in the line."""

    value: Any
    start: int
    end: int


class _Raw(NamedTuple):
    """What an item keeps: its line, its fields, and how its labels were written."""

    line: str
    fields: dict[str, _Field]
    columns: dict[str, str]
    spans: SpanField | None


class JsonLinesTable(Table):
    """A file with a JSON object per line."""

    format = "jsonl"

    # -- reading -------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str | Item]:
        for number, line in self.lines():
            if not line.strip():
                yield line
                continue
            fields = self._fields(number, line)
            columns = {"text": self._column(number, fields)}
            if self.options.pair_column is not None:
                columns["pair"] = self._named(number, fields, self.options.pair_column)
            data: dict[str, Any] = {name: fields[column].value for name, column in columns.items()}
            for name, column in columns.items():
                if not isinstance(data[name], str):
                    self.bad(number, f"{column!r} is {_kind(data[name])} and no text")
            spans = self._spans(number, fields, data["text"])
            if spans is not None:
                data["spans"] = spans.spans
            if spans is not None and spans.answers:
                data["protect"] = [span[:2] for span in spans.spans]
            plain = {name: field.value for name, field in fields.items()}
            label, split = self.group(number, plain)
            yield Item(number, data, _Raw(line, fields, columns, spans), label, split)

    def _fields(self, number: int, line: str) -> dict[str, _Field]:
        """The fields of the object in a line."""
        at = _after_blank(line, 0)
        if not line.startswith("{", at):
            self.bad(number, f"not a JSON object, but {line.strip()[:40]!r}")
        fields: dict[str, _Field] = {}
        at = _after_blank(line, at + 1)
        try:
            while not line.startswith("}", at):
                if not line.startswith('"', at):
                    raise json.JSONDecodeError(
                        "a field's name in double quotes is missing", line, at
                    )
                name, at = _DECODER.raw_decode(line, at)
                at = _after_blank(line, at)
                if not line.startswith(":", at):
                    raise json.JSONDecodeError("a ':' is missing", line, at)
                start = _after_blank(line, at + 1)
                value, end = _DECODER.raw_decode(line, start)
                if name in fields:
                    self.bad(number, f"the field {name!r} is there twice")
                fields[name] = _Field(value, start, end)
                at = _after_blank(line, end)
                if line.startswith(",", at):
                    at = _after_blank(line, at + 1)
                    if line.startswith("}", at):
                        raise json.JSONDecodeError("a field is missing after ','", line, at)
                elif not line.startswith("}", at):
                    raise json.JSONDecodeError("',' or '}' is missing", line, at)
        except json.JSONDecodeError as error:
            self.bad(number, f"no valid JSON at character {error.pos + 1}: {error.msg}")
        except RecursionError:
            self.bad(number, "JSON that is nested too deeply")
        if line[at + 1 :].strip():
            self.bad(number, f"{line[at + 1 :].strip()[:40]!r} stands after the object")
        return fields

    def _column(self, number: int, fields: dict[str, _Field]) -> str:
        if self.options.text_column is not None:
            return self._named(number, fields, self.options.text_column)
        column = chosen(fields, None)
        if column is None:
            there = ", ".join(fields)
            usual = ", ".join(TEXT_COLUMNS[:5])
            self.bad(
                number,
                f"no field is called {usual} ...; name the one with the text with --text-column "
                f"(there are: {there})",
            )
        return column

    def _named(self, number: int, fields: dict[str, _Field], wanted: str) -> str:
        column = chosen(fields, wanted)
        if column is None:
            self.bad(number, f"no field {wanted!r} (there are: {', '.join(fields)})")
        return column

    def _spans(self, number: int, fields: dict[str, _Field], text: str) -> SpanField | None:
        told = self.options.spans_column
        name = told or next((name for name in SPAN_COLUMNS if name in fields), None)
        if name is None:
            return None
        if name not in fields:
            self.bad(number, f"no field {name!r} with spans (there are: {', '.join(fields)})")
        try:
            return SpanField.of(name, fields[name].value, text)
        except SpanShapeError as error:
            if told is None and error.foreign:  # it has the name, and is something else
                return None
            self.bad(number, f"{name}: {error}")

    # -- writing -------------------------------------------------------------------------------

    def render(self, item: Item, copies: Sequence[Copy]) -> Iterator[str]:
        raw: _Raw = item.raw
        line = raw.line
        for copy in copies:
            changes: list[tuple[int, int, str]] = []
            if copy.data is not None:
                for name, column in raw.columns.items():
                    if copy.data[name] != item.data[name]:
                        field = raw.fields[column]
                        changes.append((field.start, field.end, self._json(line, copy.data[name])))
                if raw.spans is not None:
                    value = raw.spans.written(copy.data["spans"], copy.data["text"])
                    field = raw.fields[raw.spans.name]
                    if value != field.value:
                        changes.append((field.start, field.end, self._json(line, value)))
            last = max(field.end for field in raw.fields.values())
            changes.append((last, last, _added(raw, copy)))
            yield _spliced(line, changes)

    def _json(self, line: str, value: Any) -> str:
        """As JSON in the manner of the line: escaped where all of it is, else as it is."""
        text = json.dumps(value, ensure_ascii=line.isascii())
        try:
            self.encoding.encode(text)
        except UnicodeEncodeError:
            return json.dumps(value)
        return text


def _added(raw: _Raw, copy: Copy) -> str:
    """The two fields about where an item comes from, spaced as the others are."""
    line, names, first = raw.line, list(raw.fields), next(iter(raw.fields.values()))
    colon = ": " if line[first.start - 1].isspace() else ":"
    spaced = colon == ": " if len(names) == 1 else line[first.end : first.end + 2] != ',"'
    values = {"source_index": copy.source_index, "variant": copy.variant}
    return "".join(
        f"{', ' if spaced else ','}{json.dumps(free_name(name, names))}{colon}{json.dumps(value)}"
        for name, value in values.items()
    )


def _spliced(line: str, changes: Sequence[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    for start, end, new in sorted(changes, key=lambda change: change[0]):
        parts += [line[at:start], new]
        at = end
    return "".join([*parts, line[at:]])


def _after_blank(line: str, at: int) -> int:
    found = _BLANK.match(line, at)
    return found.end() if found else at


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", type(None): "null"}
    return names.get(type(value), repr(value))
