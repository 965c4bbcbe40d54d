"""WordNet's dictionary files, read as they are documented in wndb(5WN).

Any directory with ``data.*`` and ``index.*`` will do: Debian's ``/usr/share/wordnet``, Princeton's
``dict/``, or NLTK's ``corpora/wordnet``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from augkit.core.errors import MissingPartError, UnreadableError

__all__ = ["PARTS", "Pointer", "Sense", "Synset", "read_counts", "read_index", "read_synsets"]

PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
"""The files' names and the letters of the parts of speech; satellites (s) count as adjectives."""

_MARKER = re.compile(r"\((?:p|a|ip)\)$")


class Pointer(NamedTuple):
    """From a synset (or one of its words) to another.

    Attributes:
        symbol: what kind it is, such as ``@`` (hypernym) or ``;u`` (usage).
        offset, part: of the other synset.
        word: the number of the word it begins at, from 1; 0 for the whole synset.
    """

    symbol: str
    offset: int
    part: str
    word: int


class Synset(NamedTuple):
    """One meaning.

    Attributes:
        offset: its byte in the data file, which names it.
        part: n, v, a or r.
        words: its lemmas, with ``_`` for blanks, in the order of the file.
        pointers: to other synsets.
        gloss: definition and examples.
    """

    offset: int
    part: str
    words: tuple[str, ...]
    pointers: tuple[Pointer, ...]
    gloss: str


class Sense(NamedTuple):
    """The meanings of a lemma as one part of speech, the most frequent first."""

    lemma: str
    part: str
    offsets: tuple[int, ...]


def _lines(directory: Path, name: str) -> Iterator[str]:
    """The lines of a file behind its licence, whose lines begin with a blank."""
    path = directory / name
    try:
        with open(path, encoding="utf-8", errors="strict") as file:
            for line in file:
                if not line.startswith(" "):
                    yield line
    except FileNotFoundError:
        raise MissingPartError(
            f"{path} is not there; a WordNet directory has data.noun, index.noun and so on "
            "(Debian: apt-get install wordnet-base, then /usr/share/wordnet)"
        ) from None


def read_synsets(directory: Path) -> Iterator[Synset]:
    """Every synset, file by file.

    Raises:
        MissingPartError: a file is not there.
        UnreadableError: a line is not as wndb(5WN) says.
    """
    for name, part in PARTS.items():
        for line in _lines(directory, f"data.{name}"):
            try:
                yield _synset(line, part)
            except (ValueError, IndexError):
                raise UnreadableError(
                    f"{directory / f'data.{name}'}: this line is no synset: {line[:60]!r}"
                ) from None


def _synset(line: str, part: str) -> Synset:
    data, _, gloss = line.partition("|")
    fields = data.split()
    count = int(fields[3], 16)
    words = tuple(_MARKER.sub("", word) for word in fields[4 : 4 + 2 * count : 2])
    at = 4 + 2 * count
    pointers = []
    for start in range(at + 1, at + 1 + 4 * int(fields[at]), 4):
        symbol, offset, other, numbers = fields[start : start + 4]
        other = "a" if other == "s" else other
        pointers.append(Pointer(symbol, int(offset), other, int(numbers[:2], 16)))
    return Synset(int(fields[0]), part, words, tuple(pointers), gloss.strip())


def read_index(directory: Path) -> Iterator[Sense]:
    """Every lemma of each part of speech with its synsets, the most frequent first."""
    for name, part in PARTS.items():
        for line in _lines(directory, f"index.{name}"):
            fields = line.split()
            try:
                count = int(fields[2])
                offsets = tuple(map(int, fields[-count:]))
            except (ValueError, IndexError):
                raise UnreadableError(
                    f"{directory / f'index.{name}'}: this line is no entry: {line[:60]!r}"
                ) from None
            yield Sense(fields[0], part, offsets)


def read_counts(directory: Path) -> dict[tuple[str, str, int], int]:
    """How often each sense was met in WordNet's own texts, by (lemma, part, sense from 1)."""
    counts: dict[tuple[str, str, int], int] = {}
    letters = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
    for line in _lines(directory, "cntlist.rev"):
        key, number, count = line.split()
        lemma, _, rest = key.partition("%")
        counts[lemma, letters[rest[0]], int(number)] = int(count)
    return counts
