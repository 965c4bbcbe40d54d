"""CSV and TSV, field by field as they were written: RFC 4180, and what people make of it.

`csv` of the standard library gives values and forgets how they were written. Here every field is
kept as it stands in the file, quotes included, and only the text is written anew; so whatever was
not augmented is the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from augkit.text.files.encoding import line_end
from augkit.text.files.options import FileOptions
from augkit.text.files.tables import TEXT_COLUMNS, Copy, Item, Table, chosen, free_name

__all__ = ["DelimitedTable"]

_CANDIDATES = ",;\t|"
_LONGEST = 1 << 26  # characters of a quoted field; one that was never closed would take them all
_INSIDE = re.compile(r'[^"]*(?:""[^"]*)*')


class Record(NamedTuple):
    """A record: its fields as they were written, and its line end."""

    line: int
    fields: list[str]
    end: str


class _Raw(NamedTuple):
    """What an item keeps: its record, and whether every field of it stands in quotes."""

    record: Record
    all_quoted: bool


class DelimitedTable(Table):
    """A CSV or TSV file with a header."""

    format = "csv"

    def __init__(self, path: Path, options: FileOptions) -> None:
        super().__init__(path, options)
        self.quotes = options.quoting == "double"
        first = next(self._first_lines(), "")
        if options.delimiter is not None:
            self.delimiter = options.delimiter
        elif options.format_of(str(path)) == "tsv":
            self.delimiter = "\t"
        else:
            self.delimiter = _likeliest(first)
        header = next(self._records(), None)
        if header is None:
            self.bad(1, "the file is empty; a table begins with the names of its columns")
        self.columns = [self.value(field) for field in header.fields]
        self.text_at = self._text_at()
        self.texts_at = {"text": self.text_at}
        if options.pair_column is not None:
            pair = chosen(self.columns, options.pair_column)
            if pair is None:
                there = ", ".join(self.columns)
                self.bad(1, f"no column {options.pair_column!r} for the pair (there are: {there})")
            self.texts_at["pair"] = self.columns.index(pair)
        quoted = header.fields[-1].startswith('"') and self.quotes
        self._added = [
            self._written(free_name(name, self.columns), quoted=quoted)
            for name in ("source_index", "variant")
        ]

    def _text_at(self) -> int:
        twice = {name for name in self.columns if self.columns.count(name) > 1}
        told = self.options.text_column
        column = chosen(self.columns, told)
        if column is None and told is None and len(self.columns) == 1:
            column = self.columns[0]
        if column is None:
            there = ", ".join(self.columns)
            if told is not None:
                self.bad(1, f"no column {told!r} for the text (there are: {there})")
            usual = ", ".join(TEXT_COLUMNS[:5])
            self.bad(
                1,
                f"no column is called {usual} ...; name the one with the text with --text-column "
                f"(there are: {there})",
            )
        if column in twice:
            self.bad(1, f"the column {column!r} is there more than once")
        return self.columns.index(column)

    # -- reading -------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str | Item]:
        records = self._records()
        header = next(records)
        yield self._joined([*header.fields, *self._added], header.end)
        count = len(header.fields)
        for record in records:
            if record.fields == [""] and count > 1:  # a blank line is no record
                yield record.end
                continue
            if len(record.fields) != count:
                have = f"{len(record.fields)} field{'s' * (len(record.fields) != 1)}"
                self.bad(record.line, f"{have}, and the header has {count}")
            values = [self.value(field) for field in record.fields]
            data = {name: values[at] for name, at in self.texts_at.items()}
            label, split = self.group(record.line, dict(zip(self.columns, values, strict=True)))
            all_quoted = self.quotes and all(field.startswith('"') for field in record.fields)
            yield Item(record.line, data, _Raw(record, all_quoted), label, split)

    def _records(self) -> Iterator[Record]:
        if not self.quotes:
            for number, line in self.lines():
                end = line_end(line)
                body = line[: len(line) - len(end)]
                yield Record(number, body.split(self.delimiter), end)
            return
        plain = re.compile(f"[^{re.escape(self.delimiter)}\r\n]*")
        lines = self.lines()
        for number, line in lines:
            end = line_end(line)
            if '"' not in line:  # nearly every line of most files
                yield Record(number, line[: len(line) - len(end)].split(self.delimiter), end)
                continue
            fields: list[str] = []
            at, began = 0, number
            while True:
                if line.startswith('"', at):
                    field, line, number, at = self._quoted(line, number, at, lines)
                else:
                    found = plain.match(line, at)
                    field, at = (found[0], found.end()) if found else ("", at)
                fields.append(field)
                if not line.startswith(self.delimiter, at):
                    break
                at += 1
            yield Record(began, fields, line[at:])

    def _quoted(
        self, line: str, number: int, at: int, lines: Iterator[tuple[int, str]]
    ) -> tuple[str, str, int, int]:
        """A field in quotes that begins at ``at``, and the line, its number and the place after."""
        opened, parts, size = number, [], 0
        start, at = at, at + 1
        while True:
            found = _INSIDE.match(line, at)
            at = found.end() if found else at
            if line.startswith('"', at):
                break
            parts.append(line[start:])
            size += len(line) - start
            following = next(lines, None)
            if following is None or size > _LONGEST:
                still = (
                    "at the end of the file" if following is None else f"after {size} characters"
                )
                self.bad(
                    opened,
                    f"a quote opens a field here and is still open {still}; if quotes mean nothing "
                    "in this file, say --quoting none",
                )
            number, line = following
            start = at = 0
        at += 1
        parts.append(line[start:at])
        after = line[at : at + 1]
        if after and after != self.delimiter and after not in "\r\n":
            self.bad(
                number,
                f"{after!r} stands after the closing quote of a field that began in line {opened}; "
                "quotes inside a field are doubled; if quotes mean nothing here, say "
                "--quoting none",
            )
        return "".join(parts), line, number, at

    def value(self, field: str) -> str:
        """What a field says."""
        if self.quotes and field.startswith('"'):
            return field[1:-1].replace('""', '"')
        return field

    # -- writing -------------------------------------------------------------------------------

    def render(self, item: Item, copies: Sequence[Copy]) -> Iterator[str]:
        record, all_quoted = item.raw
        for copy in copies:
            fields = list(record.fields)
            for name, at in self.texts_at.items():
                if copy.data is not None and copy.data[name] != item.data[name]:
                    was_quoted = self.quotes and fields[at].startswith('"')
                    fields[at] = self._text(item, copy.data[name], quoted=was_quoted)
            for value in (copy.source_index, "" if copy.variant is None else copy.variant):
                fields.append(self._written(str(value), quoted=all_quoted))
            yield self._joined(fields, record.end)

    def _text(self, item: Item, text: str, *, quoted: bool) -> str:
        if not self.quotes and any(mark in text for mark in (self.delimiter, "\r", "\n")):
            self.bad(
                item.line,
                "the augmented text holds a delimiter or a line end, which cannot be written "
                "without quotes",
            )
        return self._written(text, quoted=quoted)

    def _written(self, value: str, *, quoted: bool) -> str:
        if not self.quotes:
            return value
        special = value.startswith('"') or any(
            mark in value for mark in (self.delimiter, "\r", "\n")
        )
        return '"' + value.replace('"', '""') + '"' if quoted or special else value

    def _joined(self, fields: Sequence[str], end: str) -> str:
        return self.delimiter.join(fields) + end


def _likeliest(header: str) -> str:
    """The delimiter that a header holds most often, outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_CANDIDATES, key=lambda one: (bare.count(one), -_CANDIDATES.index(one)))
