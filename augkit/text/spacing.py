"""Blanks put inside words, and blanks left out between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from augkit.text.base import WordTransform, pick, random_order
from augkit.text.tokens import graphemes

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from augkit.text.edits import Edit
    from augkit.text.sample import Words

__all__ = ["MergeWords", "SplitWords"]


@dataclass(frozen=True)
class SplitWords(WordTransform):
    """Put a blank inside some words.

    Args:
        alpha: fraction of the words that are split, on average (default 0.1).
        n: exact number of words that are split, instead of ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> SplitWords(n=1)("a bc")
    'a b c'
    """

    def change(self, words: Words, index: int, number: int) -> str | None:
        letters = graphemes(words[index])
        if len(letters) < 2:
            return None
        letters.insert(1 + pick(number, len(letters) - 1)[0], " ")
        return "".join(letters)


@dataclass(frozen=True)
class MergeWords(WordTransform):
    """Leave out the blanks between some neighbouring words.

    Words are joined within a labelled span, or both outside; never across a line end.

    Args:
        alpha: number of joints as a fraction of the words, on average (default 0.1).
        n: exact number of joints, as far as there are places for them; instead of ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> MergeWords(n=1)("to day, 2")
    'today, 2'
    """

    def edits(self, stream: Stream, words: Words) -> Sequence[Edit]:
        count = self.count(stream, words.count)
        if count <= 0:
            return []
        gaps = _gaps(words)
        chosen = islice(random_order(stream, len(gaps), count), count)
        return [[*gaps[place], ""] for place in sorted(chosen)]


def _gaps(words: Words) -> list[tuple[int, int]]:
    """The stretches of blanks between two open words that belong together."""
    opened = set(words.open)
    gaps = []
    for index in words.open:
        if index + 1 in opened:
            start, end = words.span(index)[1], words.span(index + 1)[0]
            blank = start < end and not words.text[start:end].strip(" \t")
            if blank and words.around(index) == words.around(index + 1):
                gaps.append((start, end))
    return gaps
