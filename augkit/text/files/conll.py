"""CoNLL: a token per line, its tag in the last column, sentences between blank lines.

The other columns go with their tokens. A token that a transform made has none: ``_`` stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from augkit.text.files.encoding import line_end
from augkit.text.files.options import FileOptions
from augkit.text.files.tables import Copy, Item, Table

__all__ = ["ConllTable"]

_NONE = "_"
_ENTITY_TAG = re.compile(r"O|[BIOESLU]-.+")


class _Line(NamedTuple):
    """A token's line: its columns, what stood between them, and its end."""

    columns: list[str]
    gaps: list[str]
    end: str


class _Raw(NamedTuple):
    """What an item keeps: its lines, and the blank lines behind it."""

    lines: list[_Line]
    after: str


class ConllTable(Table):
    """A file of tagged tokens."""

    format = "conll"

    def __init__(self, path: Path, options: FileOptions) -> None:
        super().__init__(path, options)
        told = options.text_column or "1"
        if not told.isdecimal() or told == "0":
            self.bad(1, f"the column of the tokens is a number from 1, got {told!r}")
        self.token_at = int(told) - 1

    # -- reading -------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str | Item]:
        began, lines, after = 1, list[_Line](), list[str]()
        count: int | None = None
        for number, text in self.lines():
            if not text.strip():
                if lines:
                    after.append(text)
                else:
                    yield text
                continue
            if after:
                yield self._item(began, lines, "".join(after))
                lines, after = [], []
            line = _columns(text)
            if not lines:
                began = number
                # Document marks and comments stand between sentences, alone or before one.
                if line.columns[0] == "-DOCSTART-" or _is_comment(line, count):
                    yield text
                    continue
            if count is None:
                count = len(line.columns)
                if count < 2 or self.token_at >= count - 1:
                    self.bad(number, f"{_said(count)}: a token and its tag are two at least")
            if len(line.columns) != count:
                self.bad(number, f"{_said(len(line.columns))}, and the lines before have {count}")
            lines.append(line)
        if lines:
            yield self._item(began, lines, "".join(after))

    def _item(self, began: int, lines: list[_Line], after: str) -> Item:
        data = {
            "tokens": [line.columns[self.token_at] for line in lines],
            "tags": [line.columns[-1] for line in lines],
            "token_sources": None,  # asks for them
        }
        return Item(began, data, _Raw(lines, after))

    # -- writing -------------------------------------------------------------------------------

    def render(self, item: Item, copies: Sequence[Copy]) -> Iterator[str]:
        raw: _Raw = item.raw
        ended = bool(raw.after)
        for at, copy in enumerate(copies):
            body = self._body(item, raw, copy)
            last = at == len(copies) - 1
            if last or ended:
                yield body + raw.after
            else:  # a blank line between sentences, though the last of a file may have none behind
                yield body + self.newline * (2 - bool(line_end(body)))

    def _body(self, item: Item, raw: _Raw, copy: Copy) -> str:
        if copy.data is None:
            return "".join(_written(line, line.columns) for line in raw.lines)
        data, written = copy.data, list[_Line]()
        for token, tag, source in zip(
            data["tokens"], data["tags"], data["token_sources"], strict=True
        ):
            like = raw.lines[0 if source is None else source]
            ends = r"[\t\r\n]" if "\t" in like.gaps else r"\s"
            if not token or re.search(ends, token):
                self.bad(item.line, f"the augmented token {token!r} would be more than one column")
            columns = list(like.columns) if source is not None else [_NONE] * len(like.columns)
            columns[self.token_at], columns[-1] = token, tag
            written.append(_Line(columns, like.gaps, self.newline))
        text = "".join(_written(line, line.columns) for line in written)
        return text if raw.lines[-1].end else text.removesuffix(self.newline)


def _columns(text: str) -> _Line:
    end = line_end(text)
    body = text[: len(text) - len(end)]
    # One tab is a delimiter, so that columns may be empty or hold spaces; blanks are any number.
    if "\t" in body:
        columns = body.split("\t")
        return _Line(columns, ["", *["\t"] * (len(columns) - 1), ""], end)
    pieces = re.split("( +)", body)
    lead, trail = "", ""
    if not pieces[0]:
        lead, pieces = pieces[1], pieces[2:]
    if not pieces[-1]:
        trail, pieces = pieces[-2], pieces[:-2]
    return _Line(pieces[::2], [lead, *pieces[1::2], trail], end)


def _written(line: _Line, columns: Sequence[str]) -> str:
    parts = [line.gaps[0]]
    for column, gap in zip(columns, line.gaps[1:], strict=True):
        parts += [column, gap]
    return "".join(parts) + line.end


def _is_comment(line: _Line, count: int | None) -> bool:
    """``# id 17``; but a token ``#`` with its tag is a token."""
    if not line.columns[0].startswith("#"):
        return False
    if count is None:  # the first line of the file
        return not _ENTITY_TAG.fullmatch(line.columns[-1])
    return len(line.columns) != count


def _said(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"
