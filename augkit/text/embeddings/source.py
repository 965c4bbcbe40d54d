"""Word vectors by name: those that come with augkit, or a converted file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from augkit.core.errors import MissingPartError
from augkit.text.embeddings.converted import Vectors, open_vectors
from augkit.text.embeddings.neighbours import Neighbours
from augkit.text.lexicon.closed import BLOCKED, CLOSED
from augkit.text.lexicon.source import Forms, Guessed, modifies
from augkit.text.lexicon.table import builtin as lexicon
from augkit.text.lexicon.tagger import guess

if TYPE_CHECKING:
    from augkit.text.lexicon.table import Analysis, Word

__all__ = ["FILE", "Related", "builtin", "open_related", "rows_of"]

FILE = Path(__file__).with_name("wordnet.vectors")
_POOL = 6  # neighbours that are looked at for each one that is wanted: some do not fit


@lru_cache(maxsize=1)
def builtin() -> Vectors:
    """The vectors that come with augkit: of lemmas and parts of speech, such as ``dog n``."""
    return open_vectors(FILE)


@lru_cache(maxsize=8)
def _table(path: str, changed: int) -> Vectors:
    return open_vectors(path)


def table(name: str) -> Vectors:
    """The vectors by name; opened once, and again when the file has changed."""
    if name == "builtin":
        return builtin()
    return _table(name, _changed(name))


def _changed(name: str) -> int:
    if name == "builtin":
        return 0
    try:
        return os.stat(name).st_mtime_ns
    except OSError as error:
        raise MissingPartError(
            f"there are no word vectors {name!r} ({error.strerror}); a source is builtin, or a file "
            "that `augkit embeddings convert` wrote"
        ) from None


def rows_of(name: str, words: Iterable[str]) -> list[int | None]:
    """The row of each word in the table of that name; None where it has none."""
    vectors = table(name)
    if name == "builtin":
        return [_lemma_row(vectors, word.lower()) for word in words]
    return [
        row if (row := vectors.row(word)) is not None else vectors.row(word.lower())
        for word in words
    ]


def _lemma_row(vectors: Vectors, form: str) -> int | None:
    """The row of what a form most often is."""
    found = sorted(lexicon().analyses(form), key=lambda each: -each.word.uses)
    rows = (vectors.row(_key(each.word)) for each in found)
    return next((row for row in rows if row is not None), None)


def _key(word: Word) -> str:
    return f"{word.lemma} {word.part}"


class Related(Protocol):
    """A source of words that are near in meaning; see `augkit.text.lexicon.source.Source`."""

    knows: Callable[[str], bool]

    def synonyms(self, around: Sequence[str], index: int) -> Sequence[str]:
        """Words near the one at ``index``, of the same form, in lower case."""
        ...

    def look_up(self, forms: Iterable[str]) -> None:
        """Find the neighbours of many forms at once."""
        ...


def open_related(name: str, top_k: int, min_similarity: float, agree: bool) -> Related:
    """The neighbours in a table by name.

    Args:
        name: ``builtin`` or the path of a converted file.
        top_k: so many neighbours of a word at most.
        min_similarity: least cosine.
        agree: whether what is put in must have the form of the word, by English rules.

    Raises:
        MissingPartError: there is no such file.
        UnreadableError: it holds no converted vectors.
    """
    return _opened(name, _changed(name), top_k, min_similarity, agree)


@lru_cache(maxsize=16)
def _opened(name: str, changed: int, top_k: int, min_similarity: float, agree: bool) -> Related:
    if name == "builtin":
        return _Lemmas(top_k, min_similarity)
    return _Forms(table(name), top_k, min_similarity, agree=agree)


class _Lemmas(Guessed):
    """The built-in table: from a form to its lemma, to the neighbours, to their same form."""

    def __init__(self, top_k: int, min_similarity: float) -> None:
        super().__init__()
        self._neighbours = Neighbours(builtin(), _POOL * top_k)
        self._top_k, self._least = top_k, min_similarity

    def look_up(self, forms: Iterable[str]) -> None:
        self._neighbours.look_up(
            _key(each.word) for form in forms for each in lexicon().analyses(form)
        )

    def of(self, found: Analysis) -> Sequence[Word]:
        near: list[Word] = []
        for key, cosine in self._neighbours.of(_key(found.word)):
            lemma, _, part = key.partition(" ")
            if cosine < self._least or len(near) == self._top_k:
                break
            word = lexicon().word(lemma, part) if part == found.word.part else None
            if word is not None and not _is_inflected(word):
                near.append(word)
        return near

    def _may_know(self, form: str) -> bool:
        """Only whether it has a row: whether it has neighbours would have to be searched."""
        return form not in CLOSED and any(
            builtin().row(_key(each.word)) is not None for each in lexicon().analyses(form)
        )


def _is_inflected(word: Word) -> bool:
    """Whether a lemma is a form of another one as well, as *larger* is."""
    return any(
        each.word.lemma != word.lemma and each.word.part == word.part
        for each in lexicon().analyses(word.lemma)
    )


class _Forms:
    """A table of a user: words as they stand in texts."""

    def __init__(self, vectors: Vectors, top_k: int, min_similarity: float, *, agree: bool) -> None:
        self._neighbours = Neighbours(vectors, _POOL * top_k)
        self._vectors = vectors
        self._top_k, self._least, self._agree = top_k, min_similarity, agree
        self.knows = Forms(self._may_know).__getitem__
        self._fitting: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def _may_know(self, form: str) -> bool:
        return form not in CLOSED and form.isalpha() and self._vectors.row(form) is not None

    def look_up(self, forms: Iterable[str]) -> None:
        self._neighbours.look_up(form for form in forms if self.knows(form))

    def synonyms(self, around: Sequence[str], index: int) -> Sequence[str]:
        form = around[index]
        if not self.knows(form):
            return ()
        found = None
        if self._agree and lexicon().analyses(form):
            found = guess(lexicon(), around, index)
            if found is None or modifies(found, around, index):
                return ()
        key = (form, "", "") if found is None else (form, found.word.lemma, found.tag)
        fitting = self._fitting.get(key)
        if fitting is None:
            near = [
                word
                for word, cosine in self._neighbours.of(form)
                if cosine >= self._least and self._fits(word, form, found)
            ]
            fitting = self._fitting[key] = tuple(near[: self._top_k])
        return fitting

    def _fits(self, word: str, form: str, found: Analysis | None) -> bool:
        if word in CLOSED or word in BLOCKED or not word.isalpha() or word != word.lower():
            return False
        if word == form or found is None:
            return word != form
        same = [each for each in lexicon().analyses(word) if each.word.part == found.word.part]
        tags = {each.tag for each in same if each.word.lemma != found.word.lemma}
        return set(found.tag.split("/")) <= tags
