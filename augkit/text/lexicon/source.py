"""Where synonyms come from: the table that comes with augkit, NLTK's WordNet, or a user's table."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from augkit.core.errors import MissingPartError, UnreadableError
from augkit.text.lexicon.closed import BLOCKED, CLOSED, PARTICLES
from augkit.text.lexicon.table import Analysis, builtin
from augkit.text.lexicon.tagger import guess

if TYPE_CHECKING:
    from augkit.text.lexicon.table import Word

__all__ = ["Forms", "Guessed", "Source", "modifies", "open_source"]

_REMEMBERED = 1 << 18  # forms that are kept at hand


class Source(Protocol):
    """Gives the synonyms of a word where it stands."""

    def knows(self, form: str) -> bool:
        """Whether a word in lower case may have synonyms somewhere; quick, for most have none."""
        ...

    def synonyms(self, around: Sequence[str], index: int) -> Sequence[str]:
        """Words that could stand there, inflected as the word is, in lower case.

        Args:
            around: the word with its neighbours, in lower case; "" where something else than a
                blank stands between two words.
            index: of the word in ``around``.
        """
        ...


@lru_cache(maxsize=16)
def open_source(name: str, senses: int, rare: bool) -> Source:
    """A source by name: ``builtin``, ``nltk``, or the path of a table.

    Args:
        name: which.
        senses: how many meanings of a word are looked at, the most frequent first.
        rare: whether synonyms count that were never met in WordNet's texts.

    Raises:
        MissingPartError: NLTK's data, or the file, is not there.
        UnreadableError: the file is no table.
    """
    if name == "builtin":
        return _Builtin(senses, rare=rare)
    if name == "nltk":
        return _NLTK(senses)
    return _Table(read_table(Path(name)))


class Forms(dict[str, bool]):
    """Answers that were given before: a look-up in C, for every word of every text is looked up."""

    def __init__(self, ask: Callable[[str], bool]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, form: str) -> bool:
        if len(self) > _REMEMBERED:
            self.clear()
        answer = self[form] = self._ask(form)
        return answer


class Guessed:
    """A source that asks what the word is, then for synonyms of that."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self.knows: Callable[[str], bool] = Forms(self._may_know).__getitem__

    def _may_know(self, form: str) -> bool:
        if form in CLOSED or not form.isascii() or not form.isalpha():
            return False
        return any(map(self._inflected, builtin().analyses(form)))

    def synonyms(self, around: Sequence[str], index: int) -> Sequence[str]:
        form = around[index]
        if not self.knows(form):
            return ()
        found = guess(builtin(), around, index)
        if found is None or modifies(found, around, index):
            return ()
        return [each for each in self._inflected(found) if each != form]

    def _inflected(self, found: Analysis) -> tuple[str, ...]:
        """The other words, each in the form that this one has."""
        key = (found.word.lemma, found.word.part, found.tag)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(
                dict.fromkeys(
                    made
                    for other in self.of(found)
                    if (made := inflected(other, found.tag)) and made not in CLOSED | BLOCKED
                )
            )
        return known

    def of(self, found: Analysis) -> Sequence[Word]:
        """The words that mean the same."""
        raise NotImplementedError


def modifies(found: Analysis, around: Sequence[str], index: int) -> bool:
    """Whether the word means something else with the one behind it.

    A noun before another noun (an alarm clock is no dread clock), a verb before a particle.
    """
    after = around[index + 1] if index + 1 < len(around) else ""
    if found.word.part == "v":
        return after in PARTICLES
    if found.word.part != "n" or not after or after in CLOSED:
        return False
    return any(each.word.part == "n" for each in builtin().analyses(after))


def inflected(word: Word, tag: str) -> str | None:
    """A word in the form that ``tag`` names; None where it has none, or it is not known which.

    >>> [inflected(builtin().word("begin", "v"), tag) for tag in ("VBD", "VBN", "VBD/VBN")]
    ['began', 'begun', None]
    """
    forms = [word.forms.get(each) for each in tag.split("/")]
    if any(form is None for form in forms):
        return None
    first = {form[0] for form in forms if form}
    return first.pop() if len(first) == 1 else None


class _Builtin(Guessed):
    def __init__(self, senses: int, *, rare: bool) -> None:
        super().__init__()
        self._senses, self._rare = senses, rare

    def of(self, found: Analysis) -> Sequence[Word]:
        words = [
            builtin().word(each.lemma, found.word.part)
            for each in found.word.synonyms
            if each.sense <= self._senses
            and each.back <= self._senses
            and (self._rare or not each.rare)
        ]
        return [word for word in words if word is not None]


class _NLTK(Guessed):
    """NLTK's WordNet, of which augkit needs ``nltk.corpus.wordnet`` to be installed as data."""

    def __init__(self, senses: int) -> None:
        super().__init__()
        self._senses = senses
        try:
            from nltk.corpus import wordnet

            wordnet.ensure_loaded()
        except ImportError:
            raise MissingPartError("source nltk needs NLTK: pip install nltk") from None
        except (LookupError, OSError) as error:
            raise MissingPartError(
                "source nltk needs NLTK's WordNet, which is not where NLTK looks "
                "(nltk.data.path); fetch it once with `python -m nltk.downloader wordnet`, or take "
                f"source='builtin' ({type(error).__name__})"
            ) from None
        self._wordnet: Any = wordnet

    def of(self, found: Analysis) -> Sequence[Word]:
        lemma, part = found.word.lemma, found.word.part
        names = [
            name.lower()
            for synset in self._wordnet.synsets(lemma, pos=part)[: self._senses]
            for name in synset.lemma_names()
        ]
        fit = (
            name
            for name in dict.fromkeys(names)
            if name != lemma and name not in CLOSED and name not in BLOCKED and name.isalpha()
        )
        words = (builtin().word(name, part) for name in fit)  # forms come from our table
        return [word for word in words if word is not None]


class _Table:
    """A user's table: what it says, as it says it."""

    def __init__(self, table: Mapping[str, tuple[str, ...]]) -> None:
        self._table = table

    def knows(self, form: str) -> bool:
        return bool(self._table.get(form))

    def synonyms(self, around: Sequence[str], index: int) -> Sequence[str]:
        return self._table.get(around[index], ())


def read_table(path: Path) -> dict[str, tuple[str, ...]]:
    """A table of synonyms: JSON ``{"car": ["auto"]}``, or lines ``car TAB auto TAB automobile``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{os.fspath(path)} is not UTF-8: {error.reason}") from None
    except OSError as error:
        raise MissingPartError(
            f"there is no table of synonyms {os.fspath(path)!r} ({error.strerror}); a source is "
            "builtin, nltk, or the path of a table"
        ) from None
    if path.suffix.lower() == ".json":
        try:
            given = json.loads(text)
        except ValueError as error:
            raise UnreadableError(f"{os.fspath(path)} is no JSON: {error}") from None
        if not isinstance(given, dict) or not all(
            isinstance(each, list) and all(isinstance(one, str) for one in each)
            for each in given.values()
        ):
            raise UnreadableError(
                f'{os.fspath(path)} must hold an object such as {{"car": ["auto", "automobile"]}}'
            )
        rows = [(key, *values) for key, values in given.items()]
    else:
        rows = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            row = tuple(part.strip() for part in line.split("\t"))
            if len(row) < 2:
                raise UnreadableError(
                    f"{os.fspath(path)}:{number}: a line is a word and its synonyms, with tabs "
                    f"between, got {line[:40]!r}"
                )
            rows.append(row)
    table: dict[str, tuple[str, ...]] = {}
    for word, *synonyms in rows:
        key = word.lower()
        more = [each for each in synonyms if each and each.lower() != key]
        table[key] = tuple(dict.fromkeys((*table.get(key, ()), *more)))
    return table
