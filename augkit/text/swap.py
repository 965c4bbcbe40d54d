"""Words that change places."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from augkit.text.base import WordTransform

if TYPE_CHECKING:
    from augkit.text.edits import Edit
    from augkit.text.sample import Words

__all__ = ["RandomSwap"]


@dataclass(frozen=True)
class RandomSwap(WordTransform):
    """Swap two words; several times, each word at most once.

    The two differ, and no labelled span is torn: words swap within a span, or both outside; a span
    that is one word, or part of one, moves with it (Wei and Zou, "EDA", EMNLP-IJCNLP 2019: RS).

    Args:
        alpha: number of swaps as a fraction of the words, on average (default 0.1).
        n: exact number of swaps, as far as there are words for them; instead of ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> RandomSwap(n=1)("one: two")
    'two: one'
    """

    edits_each: ClassVar[int] = 2
    words_per_edit: ClassVar[int] = 2

    def most(self, words: Words) -> int:
        return len(words.open) // 2

    def made(
        self, words: Words, count: int, places: Iterator[int], numbers: Iterator[int]
    ) -> Sequence[Edit]:
        opened, text = words.open, words.text
        edits: list[Edit] = []
        # Words that wait in one context are the same word: two that differ are swapped at once.
        waiting: dict[tuple[int, ...], deque[tuple[str, int, int]]] = {}
        for place in places:
            index = opened[place]
            start, end = words.span(index)
            word = text[start:end]
            alike = waiting.setdefault(words.context(index) if words.labelled else (), deque())
            if alike and alike[0][0] != word:
                other, its_start, its_end = alike.popleft()
                # Each in the other's place; the edits name where they came from.
                edits.append([start, end, other, its_start])
                edits.append([its_start, its_end, word, start])
            else:
                alike.append((word, start, end))
            if len(edits) == 2 * count:
                break
        edits.sort()
        return edits
