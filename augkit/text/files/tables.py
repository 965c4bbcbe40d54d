"""What the formats have in common: a file is a row of pieces, some of them items."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, NoReturn

from augkit.core.errors import UnreadableError
from augkit.text.files.encoding import Encoding, line_end, lines_of
from augkit.text.files.options import FileOptions

__all__ = ["TEXT_COLUMNS", "Copy", "Item", "Table", "chosen", "free_name"]

TEXT_COLUMNS = (
    "text",
    "sentence",
    "content",
    "review",
    "comment",
    "tweet",
    "message",
    "body",
    "document",
    "utterance",
    "context",
    "description",
)
"""Names of columns with the text, the likeliest first; compared without regard to case."""


class Item(NamedTuple):
    """One item of a file: what a pipeline takes, and what is needed to write it again.

    Attributes:
        line: where it begins, from 1.
        data: named data for the pipeline.
        raw: the format's own; what stands around the text.
        label, split: what its columns say, where the job asks for it.
    """

    line: int
    data: dict[str, Any]
    raw: Any
    label: str | None = None
    split: str | None = None


class Copy(NamedTuple):
    """An item as it is to be written.

    Attributes:
        data: what the pipeline gave, or None for an item that is carried along as it is.
        source_index: which item of the file it is, from 0.
        variant: which variant of it; None where it is carried along.
    """

    data: Mapping[str, Any] | None
    source_index: int
    variant: int | None


class Table:
    """A file of items, read as a stream; made by `augkit.text.files.open_table`.

    Iterating gives its pieces in order: strings that are carried along as they are, and `Item`s.
    """

    format: ClassVar[str]

    def __init__(self, path: Path, options: FileOptions) -> None:
        self.path = path
        self.options = options
        self.encoding = Encoding.of(path, options.encoding)
        self.newline = next((end for line in self._first_lines() if (end := line_end(line))), "\n")

    def _first_lines(self) -> Iterator[str]:
        for _, line in zip(range(1), lines_of(self.path, self.encoding), strict=False):
            yield line

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers, from 1."""
        return enumerate(lines_of(self.path, self.encoding), 1)

    def __iter__(self) -> Iterator[str | Item]:
        raise NotImplementedError

    def render(self, item: Item, copies: Sequence[Copy]) -> Iterator[str]:
        """An item as it stands in the output, once per copy."""
        raise NotImplementedError

    def bad(self, line: int, reason: str) -> NoReturn:
        """Raise `UnreadableError` with the place in front of the reason."""
        raise UnreadableError(f"{os.fspath(self.path)}:{line}: {reason}")

    def group(self, line: int, columns: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Class and split of a row, where the job asks for them."""
        options = self.options
        found: list[str | None] = []
        for wanted, name in (
            (options.per_class, options.label_column),
            (options.split, options.split_column),
        ):
            if wanted is None or name is None:
                found.append(None)
                continue
            column = chosen(columns, name)
            if column is None:
                self.bad(line, f"no column {name!r} (there are: {', '.join(columns)})")
            found.append(str(columns[column]))
        return found[0], found[1]


def chosen(names: Iterable[str], wanted: str | None) -> str | None:
    """The column that is meant: as told, else the likeliest; None where there is none.

    >>> chosen(["id", "Review", "stars"], None)
    'Review'
    """
    if wanted is not None:
        names = list(names)
        if wanted in names:
            return wanted
        alike = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
        return alike[0] if len(alike) == 1 else None
    known = {name.strip().casefold(): name for name in reversed(list(names))}
    return next((known[name] for name in TEXT_COLUMNS if name in known), None)


def free_name(name: str, taken: Sequence[str]) -> str:
    """``name``, with a number where there is such a column already.

    >>> free_name("variant", ["text", "variant"])
    'variant_2'
    """
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
