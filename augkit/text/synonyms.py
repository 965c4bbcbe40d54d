"""Synonyms: in place of a word, or put in somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from augkit.core.fields import option
from augkit.text.base import WordTransform, pick
from augkit.text.substitution import Substitution, others

if TYPE_CHECKING:
    from augkit.text.edits import Edit
    from augkit.text.lexicon.source import Source
    from augkit.text.sample import Words

__all__ = ["RandomInsertion", "SynonymReplacement"]


@dataclass(frozen=True)
class _Synonyms(WordTransform):
    """What both have in common: where synonyms come from."""

    words_per_edit: ClassVar[int] = 16  # many have none

    source: str = option(
        "builtin", schema={"type": "string"}, doc="builtin, nltk, or a table's path"
    )
    senses: int = option(
        1,
        schema={"type": "integer", "minimum": 1, "maximum": 3},
        doc="how many meanings of a word count, the most frequent first",
    )
    rare: bool = option(
        False, schema={"type": "boolean"}, doc="whether seldom words count as synonyms"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        name = type(self).__name__
        if not isinstance(self.source, str) or not self.source:
            raise TypeError(
                f"{name}.source must be builtin, nltk or the path of a table, got {self.source!r}"
            )
        senses: Any = self.senses
        if isinstance(senses, bool) or not isinstance(senses, int) or not 1 <= senses <= 3:
            raise ValueError(f"{name}.senses must be 1, 2 or 3, got {senses!r}")
        if not isinstance(self.rare, bool):
            raise TypeError(f"{name}.rare must be True or False, got {self.rare!r}")

    def opened(self) -> Source:
        """The source; opened with the first text."""
        from augkit.text.lexicon.source import open_source

        return open_source(self.source, self.senses, self.rare)


@dataclass(frozen=True)
class SynonymReplacement(_Synonyms, Substitution):
    """Replace words by synonyms (Wei and Zou, "EDA", EMNLP-IJCNLP 2019: SR).

    A synonym shares the most frequent meaning of both words, is inflected as the word is (``began``
    becomes ``started``), takes over its case, and an article before it is set right (one edit
    more). Function words, names, numbers and words whose part of speech is not clear stay as they
    are; insults and slurs are never put in.

    Args:
        alpha: fraction of the words that are replaced, on average (default 0.1).
        n: exact number of words, as far as there are so many with synonyms; instead of ``alpha``.
        source: ``"builtin"`` (default; from WordNet), ``"nltk"`` (an installed
            ``nltk.corpus.wordnet``), or the path of a table: JSON, or lines with tabs.
        senses: how many meanings of a word count, from 1 (default) to 3.
        rare: whether words count as synonyms that WordNet's own texts never use (default False).
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> SynonymReplacement(n=9)("The country built a new airport.")
    'The nation constructed a new airport.'
    """


@dataclass(frozen=True)
class RandomInsertion(_Synonyms):
    """Put synonyms of random words at random places (Wei and Zou, "EDA", 2019: RI).

    Each insertion takes a random word that has synonyms, chooses one of them, and puts it before or
    behind a random word: n words have n + 1 places, each equally likely, but for those inside
    a labelled span.

    Args:
        alpha: number of insertions as a fraction of the words, on average (default 0.1).
        n: exact number of insertions, if any word has a synonym; instead of ``alpha``.
        source: where synonyms come from, as for `SynonymReplacement`.
        senses: how many meanings of a word count, from 1 (default) to 3.
        rare: whether seldom words count as synonyms (default False).
        protect: words that are never taken for their synonyms.

    >>> len(RandomInsertion(n=2)("The film began.").split())
    5
    """

    def most(self, words: Words) -> int:
        return words.count if words.open else 0

    def made(
        self, words: Words, count: int, places: Iterator[int], numbers: Iterator[int]
    ) -> Sequence[Edit]:
        slots = _slots(words)
        source = self.opened()
        having: list[Sequence[str]] = []
        # Only as many are looked at as are needed: a text of a megabyte has many words.
        for place in places:
            if not source.knows(words[words.open[place]].lower()):
                continue
            found = others(source, words, words.open[place])
            if found:
                having.append([each.lower() for each in found])
                if len(having) == count:
                    break
        if not having or not slots:
            return []
        edits: list[Edit] = []
        for turn in range(count):
            synonyms = having[turn % len(having)]
            chosen, rest = pick(next(numbers), len(synonyms))
            slot = slots[pick(rest, len(slots))[0]]
            if slot < words.count:
                start = words.span(slot)[0]
                edits.append([start, start, f"{synonyms[chosen]} "])
            else:
                end = words.span(slot - 1)[1]
                edits.append([end, end, f" {synonyms[chosen]}"])
        edits.sort(key=lambda edit: edit[0])
        return edits


def _slots(words: Words) -> Sequence[int]:
    """Before which words (or, with one more, behind the last) something can be put: not into a
    labelled span, which would then name more than it did."""
    total = words.count
    if not words.labelled:
        return range(total + 1)
    starts = [start for start, _ in words.spans] + [words.spans[-1][1]]
    return [
        slot
        for slot, at in enumerate(starts)
        if not any(start < at < end for start, end, _ in words.labelled)
    ]
