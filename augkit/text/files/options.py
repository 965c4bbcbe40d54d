"""What a user can say about text files."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from augkit.core.errors import SpecError
from augkit.core.registry import did_you_mean

__all__ = ["FORMATS", "SUFFIXES", "FileOptions", "Format", "format_of"]

Format: TypeAlias = Literal["text", "lines", "csv", "tsv", "jsonl", "conll"]

FORMATS: tuple[str, ...] = ("text", "lines", "csv", "tsv", "jsonl", "conll")

SUFFIXES: dict[str, Format] = {
    ".txt": "text",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".conll": "conll",
    ".bio": "conll",
    ".iob": "conll",
    ".iob2": "conll",
}
"""What a file is, by its suffix."""

_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


@dataclass(frozen=True)
class FileOptions:
    """How text files are read and written. All of it decides over the bytes of the outputs.

    Args:
        read_as: ``"auto"`` (by the suffix; a ``.txt`` file is one text), ``"text"`` (the whole file
            is one text), ``"lines"`` (each line is one), ``"csv"``, ``"tsv"``, ``"jsonl"`` or
            ``"conll"``.
        text_column: the column with the text; default: the first of the usual names that is there.
            For CoNLL, the number of the column with the tokens (default: 1).
        pair_column: tables and JSON Lines: the column with a second text, such as a hypothesis; it is
            augmented alike, with draws of its own.
        spans_column: JSON Lines: the field with the labelled spans (default: ``spans``,
            ``entities`` or ``answers``, where there is one).
        label_column: the column with the class of a row; asked for by ``per_class``.
        split_column: the column with the split of a row; asked for by ``split``.
        split: augment rows of this split only; the others are carried along as they are.
        per_class: as many augmented rows as give each class of a table this many.
        together: one file with this many variants of each row, one after another (default: a file
            per variant).
        encoding: of files that do not say it by a byte order mark (default: ``"utf-8"``).
        delimiter: of CSV files: one character, or ``tab``, ``comma``, ``semicolon``, ``pipe``,
            ``space`` (default: the one that the header holds most often).
        quoting: ``"double"`` (fields may stand in double quotes) or ``"none"`` (a quote is a
            character as any other).

    Raises:
        SpecError: everything that is wrong with them.
    """

    read_as: str = "auto"
    text_column: str | None = None
    pair_column: str | None = None
    spans_column: str | None = None
    label_column: str | None = None
    split_column: str | None = None
    split: str | None = None
    per_class: int | None = None
    together: int | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    quoting: str = "double"

    def __post_init__(self) -> None:
        problems = [*self._choices(), *self._counts()]
        try:
            codecs.lookup(self.encoding)
            "".encode(self.encoding)  # not one from bytes to bytes
        except (LookupError, TypeError, ValueError):
            problems.append(
                f"encoding must be a name that Python knows, such as utf-8, latin-1 or utf-16, "
                f"got {self.encoding!r}"
            )
        if self.delimiter is not None:
            one = _DELIMITERS.get(self.delimiter, self.delimiter)
            if len(one) != 1 or one in '"\r\n':
                names = ", ".join(_DELIMITERS)
                problems.append(
                    f"delimiter must be one character or {names}, got {self.delimiter!r}"
                )
            object.__setattr__(self, "delimiter", one)
        for one, other in (("split", "split_column"), ("per_class", "label_column")):
            if getattr(self, one) is not None and getattr(self, other) is None:
                problems.append(f"{one} of rows needs {other}")
        if problems:
            raise SpecError(problems)

    def _choices(self) -> list[str]:
        problems = []
        if self.read_as not in ("auto", *FORMATS):
            known = ("auto", *FORMATS)
            near = did_you_mean(self.read_as, known)
            problems.append(
                f"read_as must be one of {', '.join(known)}, got {self.read_as!r}{near}"
            )
        if self.quoting not in ("double", "none"):
            problems.append(f"quoting must be double or none, got {self.quoting!r}")
        return problems

    def _counts(self) -> list[str]:
        problems = [
            f"{name} must be a whole number of at least 1, got {value!r}"
            for name in ("per_class", "together")
            if (value := getattr(self, name)) is not None
            and (not isinstance(value, int) or isinstance(value, bool) or value < 1)
        ]
        if self.per_class is not None and self.together is not None:
            problems.append("per_class settles the variants of each row; leave together out")
        return problems

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> FileOptions:
        """From plain data; `SpecError` where a name is unknown."""
        known = {item.name for item in fields(cls)}
        unknown = [name for name in options if name not in known]
        if unknown:
            raise SpecError(
                [f"unknown option {name!r}{did_you_mean(name, known)}" for name in unknown]
            )
        return cls(**options)

    def format_of(self, path: str) -> str:
        """What the file at ``path`` is read as."""
        return format_of(path, self.read_as)


def format_of(path: str, read_as: str = "auto") -> str:
    """What a file is read as: as told, or by its suffix.

    >>> format_of("a/reviews.TSV"), format_of("a.txt", "lines")
    ('tsv', 'lines')
    """
    if read_as != "auto":
        return read_as
    return SUFFIXES.get(os.path.splitext(path)[1].lower(), "text")
