"""The synonym table that comes with augkit, and the words in it."""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from augkit.text.lexicon.inflect import BASE, INFLECTED, lemmas_of, regular

__all__ = ["Analysis", "Lexicon", "Synonym", "Word", "builtin"]

FILE = Path(__file__).with_name("synonyms.tsv.z")
_REMEMBERED = 1 << 18  # words that are kept at hand


class Synonym(NamedTuple):
    """A word that can mean the same.

    Attributes:
        lemma: the word.
        sense: which meaning of the word that is replaced, from 1, the most frequent first.
        back: which meaning of the synonym.
        rare: whether the synonym was never met in WordNet's texts.
    """

    lemma: str
    sense: int
    back: int
    rare: bool


class Word(NamedTuple):
    """A lemma as one part of speech.

    Attributes:
        lemma: the word; part: n, v, a or r.
        uses: how often it was met in WordNet's texts.
        forms: tag to its forms, the preferred one first; its own tag to itself.
        synonyms: sorted by sense.
    """

    lemma: str
    part: str
    uses: int
    forms: dict[str, tuple[str, ...]]
    synonyms: tuple[Synonym, ...]


class Analysis(NamedTuple):
    """What a form may be: a word and a tag."""

    word: Word
    tag: str


class Lexicon:
    """Words with their forms and synonyms, read when they are asked for.

    Args:
        text: as `augkit.text.lexicon.build.build` gives it, in UTF-8.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._middle = text.index(b"\n\n") + 1
        self._words: dict[str, tuple[Word, ...]] = {}
        self._analyses: dict[str, tuple[Analysis, ...]] = {}

    def _lines(self, key: str, start: int, end: int) -> list[str]:
        """What stands behind ``key`` in the sorted lines from ``start`` to ``end``.

        Searched in the text itself, by halves: taking it apart would cost more than all lookups.
        """
        text, wanted = self._text, key.encode() + b"\t"
        low, high = start, end  # where a line begins, and where one ends
        while low < high:
            middle = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
            if text[middle : middle + len(wanted)] < wanted:
                low = text.index(b"\n", middle) + 1
            else:
                high = middle
        found = []
        while text.startswith(wanted, low):
            stop = text.index(b"\n", low)
            found.append(text[low + len(wanted) : stop].decode())
            low = stop + 1
        return found

    def words(self, lemma: str) -> tuple[Word, ...]:
        """The lemma as each part of speech that it can be.

        >>> [(word.part, word.synonyms[0].lemma) for word in builtin().words("film") if word.synonyms]
        [('n', 'movie')]
        """
        found = self._words.get(lemma)
        if found is None:
            found = tuple(_word(lemma, row) for row in self._lines(lemma, 0, self._middle))
            if len(self._words) > _REMEMBERED:
                self._words.clear()
            self._words[lemma] = found
        return found

    def word(self, lemma: str, part: str) -> Word | None:
        """The lemma as one part of speech."""
        return next((word for word in self.words(lemma) if word.part == part), None)

    def analyses(self, form: str) -> tuple[Analysis, ...]:
        """Everything that a form in lower case may be.

        >>> sorted((each.word.lemma, each.tag) for each in builtin().analyses("began"))
        [('begin', 'VBD')]
        """
        found = self._analyses.get(form)
        if found is None:
            if len(self._analyses) > _REMEMBERED:
                self._analyses.clear()
            found = self._analyses[form] = tuple(_once(self._found(form)))
        return found

    def _found(self, form: str) -> list[Analysis]:
        found = [Analysis(word, BASE[word.part]) for word in self.words(form)]
        irregular = self._lines(form, self._middle + 1, len(self._text))
        for entry in " ".join(irregular).split():
            lemma, part, tag = entry.split(":")
            word = self.word(lemma, part)
            if word is not None:
                found.append(Analysis(word, tag))
        for lemma, tag in lemmas_of(form):
            found += [
                Analysis(word, tag) for word in self.words(lemma) if form in word.forms.get(tag, ())
            ]
        return _once(found)


def _once(found: list[Analysis]) -> list[Analysis]:
    seen: dict[tuple[str, str, str], Analysis] = {}
    for each in found:
        seen.setdefault((each.word.lemma, each.word.part, each.tag), each)
    return list(seen.values())


def _word(lemma: str, row: str) -> Word:
    part, count, written, synonyms = row.split("\t")
    return Word(
        lemma,
        part,
        int(count),
        _forms(lemma, part, written),
        tuple(
            Synonym(each[2:].lstrip("~"), int(each[0]), int(each[1]), each[2] == "~")
            for each in synonyms.split()
        ),
    )


def _forms(lemma: str, part: str, written: str) -> dict[str, tuple[str, ...]]:
    forms: dict[str, tuple[str, ...]] = {BASE[part]: (lemma,)}
    if written == "-":
        return forms
    given = {}
    for entry in written.split():
        tag, equals, made = entry.partition("=")
        given[tag] = tuple(filter(None, made.split("|"))) if equals else (regular(lemma, tag),)
    for tag in INFLECTED[part]:
        if tag in given:
            if given[tag]:
                forms[tag] = given[tag]
        elif part in "nv":
            forms[tag] = (regular(lemma, tag),)
    return forms


@lru_cache(maxsize=1)
def builtin() -> Lexicon:
    """The table that comes with augkit."""
    return Lexicon(zlib.decompress(FILE.read_bytes()))
