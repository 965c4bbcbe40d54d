"""Punctuation put in: AEDA."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.text.base import WordTransform, pick

if TYPE_CHECKING:
    from augkit.text.edits import Edit
    from augkit.text.sample import Words

__all__ = ["PunctuationInsertion"]


@dataclass(frozen=True)
class PunctuationInsertion(WordTransform):
    """Put punctuation marks before some words; every word and their order stay.

    Karimi, Rossi and Prati, "AEDA: An Easier Data Augmentation Technique for Text Classification",
    Findings of EMNLP 2021: up to a third as many marks as there are words.

    Args:
        alpha: number of marks as a fraction of the words (default: uniform in [0, 0.3]).
        n: exact number of marks, instead of ``alpha``.
        marks: what may be put in (default: the paper's six), each followed by a blank.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> PunctuationInsertion(n=1, marks=";")("really")
    '; really'
    """

    alpha: Number = parameter(
        (0.0, 0.3), low=0, high=1, neutral=0, doc="number of marks as a fraction of the words"
    )
    marks: str = option(".;?:!,", schema={"type": "string", "minLength": 1}, doc="what is put in")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.marks, str) or not self.marks:
            raise ValueError(
                f"PunctuationInsertion.marks must be a non-empty str, got {self.marks!r}"
            )

    def made(
        self, words: Words, count: int, places: Iterator[int], numbers: Iterator[int]
    ) -> Sequence[Edit]:
        edits: list[Edit] = []
        for place in islice(places, count):
            start = words.span(words.open[place])[0]
            mark = self.marks[pick(next(numbers), len(self.marks))[0]]
            edits.append([start, start, f"{mark} "])
        edits.sort()
        return edits
