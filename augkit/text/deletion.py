"""Words left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from augkit.text.base import WordTransform

if TYPE_CHECKING:
    from augkit.text.edits import Edit
    from augkit.text.sample import Words

__all__ = ["RandomDeletion", "deletions"]


_OPENING = frozenset("\n\r \t([{<\"'“‘«„¿¡")  # what a word may follow without a blank before it


def deletions(words: Words, indices: Sequence[int]) -> list[Edit]:
    """The edits that delete the words at ``indices`` (ascending), each with one blank beside it.

    The blank (a space or a tab) before the word goes with it; where there is none (the text, a line
    or a bracket begins here), or it went with another word, the one behind it. Line ends and
    punctuation stay.
    """
    text = words.text
    edits: list[Edit] = []
    free = 0
    for index in indices:
        start, end = words.span(index)
        if start > free and text[start - 1] in " \t":
            start -= 1
        elif text[end : end + 1] in (" ", "\t") and (not start or text[start - 1] in _OPENING):
            end += 1
        edits.append([start, end, ""])
        free = end
    return edits


@dataclass(frozen=True)
class RandomDeletion(WordTransform):
    """Delete words; at least one word of the text always stays.

    Each word goes with one blank beside it, so that none are doubled. The positions are uniform
    over the words that may change (Wei and Zou, "EDA", EMNLP-IJCNLP 2019, call it RD).

    Args:
        alpha: fraction of the words that go, on average (default 0.1).
        n: exact number of words that go, instead of ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> RandomDeletion(n=1, protect=["not", "good"])("Not good :-( see https://a.b/c")
    'Not good :-( https://a.b/c'
    """

    def most(self, words: Words) -> int:
        return min(len(words.open), words.count - 1)

    def made(
        self, words: Words, count: int, places: Iterator[int], numbers: Iterator[int]
    ) -> Sequence[Edit]:
        opened = words.open
        return deletions(words, sorted([opened[place] for place in islice(places, count)]))
