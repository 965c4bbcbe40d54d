"""Sentences in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from augkit.text.base import TextTransform, random_order
from augkit.text.tokens import sentences

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from augkit.text.edits import Edit
    from augkit.text.sample import Words
    from augkit.text.tokens import Span

__all__ = ["SentenceShuffle"]


@dataclass(frozen=True)
class SentenceShuffle(TextTransform):
    """Put the sentences in random order; what stands between them stays where it is.

    Labelled spans move with their sentence; sentences that share one stay together. Every order is
    equally likely, the present one too.

    Args:
        protect: unused by this transform, for nothing inside a sentence changes.

    >>> sorted(SentenceShuffle()("One. Two!  Three?").split())
    ['One.', 'Three?', 'Two!']
    """

    def edits(self, stream: Stream, words: Words) -> Sequence[Edit]:
        text = words.text
        places = _untorn(sentences(text), words)
        edits: list[Edit] = []
        for (start, end), index in zip(places, random_order(stream, len(places)), strict=True):
            source, finish = places[index]
            if source != start:
                edits.append([start, end, text[source:finish], source])
        return edits


def _untorn(places: list[Span], words: Words) -> list[Span]:
    """Sentences, joined where a labelled span reaches from one into the next."""
    joined: list[Span] = []
    for start, end in places:
        if joined and any(low < joined[-1][1] and high > start for low, high, _ in words.labelled):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
