"""English contractions, made and undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.text.base import WordTransform, random_order

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from augkit.text.edits import Edit
    from augkit.text.sample import Words

__all__ = ["ContractionChange"]

_NOT = {f"{verb} not": f"{verb}n't" for verb in (
    "are", "could", "did", "does", "do", "had", "has", "have", "is", "must", "need", "should", "was",
    "were", "would",
)}  # fmt: skip
_NOT |= {"can not": "can't", "will not": "won't", "shall not": "shan't"}
_SHORT = {"am": "'m", "are": "'re", "have": "'ve", "will": "'ll"}
_PAIRS = {"i am": "i'm"} | {
    f"{who} {verb}": f"{who}{_SHORT[verb]}"
    for who in ("you", "we", "they")
    for verb in ("are", "have", "will")
}
_PAIRS |= {f"{who} will": f"{who}'ll" for who in ("i", "he", "she", "it")} | {"i have": "i've"}
_IS = ("he", "she", "it", "that", "there", "what", "who", "where", "how")
_PAIRS |= {f"{who} is": f"{who}'s" for who in _IS} | {"let us": "let's"}

CONTRACTIONS = _NOT | _PAIRS
"""The two words, and their contraction."""
EXPANSIONS = {short: long for long, short in CONTRACTIONS.items()} | {"can't": "cannot"}
"""Each contraction, and what it stands for."""
_SINGLE = {"cannot": "can't"}
_HAS = ("been", "got", "had", "done", "gone", "become", "come", "made", "taken", "seen")


@dataclass(frozen=True)
class ContractionChange(WordTransform):
    """Contract ``do not`` to ``don't``, and expand ``it's`` to ``it is``; the meaning stays.

    What could stand for two things (``he'd``; ``it's`` before a participle) is left as it is, and a
    pair of which one word lies in a labelled span and the other does not.

    Args:
        alpha: fraction of the places found that change, on average (default 1: all of them).
        n: exact number of places, as far as there are so many; instead of ``alpha``.
        direction: "both" (default), "expand" or "contract".
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> ContractionChange(direction="expand")("They’re sure it's nice. CAN'T you see?")
    'They are sure it is nice. CANNOT you see?'
    """

    alpha: Number = parameter(
        1.0, low=0, high=1, neutral=0, doc="fraction of the places found that change, on average"
    )
    direction: str = option(
        "both", choices=("both", "expand", "contract"), doc="which way contractions go"
    )

    def edits(self, stream: Stream, words: Words) -> Sequence[Edit]:
        places = self._places(words)
        count = min(self.count(stream, len(places)), len(places))
        chosen = islice(random_order(stream, len(places), count), count)
        return [places[place] for place in sorted(chosen)] if count > 0 else []

    def _places(self, words: Words) -> list[Edit]:
        """What could be done, in order and without overlap."""
        opened = set(words.open)
        places: list[Edit] = []
        free = 0
        for index in words.open:
            if words.span(index)[0] < free:
                continue
            edit = None
            if self.direction != "contract":
                edit = _expanded(words, index)
            if edit is None and self.direction != "expand":
                edit = _contracted(words, index, opened)
            if edit is not None:
                places.append(edit)
                free = edit[1]
        return places


def _plain(word: str) -> str:
    return word.lower().replace("’", "'")


def _like(new: str, model: str) -> str:
    """``new`` in capitals, or with one, where ``model`` is."""
    if model.isupper() and len(model) > 1 and model != "I'M":
        return new.upper()
    new = f"I{new[1:]}" if new[:2] in ("i ", "i'") else new
    return new[:1].upper() + new[1:] if model[:1].isupper() else new


def _expanded(words: Words, index: int) -> Edit | None:
    word = words[index]
    long = EXPANSIONS.get(_plain(word))
    if long is None:
        return None
    after = words[index + 1].lower() if index + 1 < len(words) else ""
    if long.endswith(" is") and (after in _HAS or after.endswith(("ed", "en"))):
        return None  # it may stand for "has"
    return [*words.span(index), _like(long, word)]


def _contracted(words: Words, index: int, opened: set[int]) -> Edit | None:
    word = words[index]
    short = _SINGLE.get(_plain(word))
    if short is not None:
        return [*words.span(index), _like(short, word)]
    if index + 1 not in opened or words.around(index) != words.around(index + 1):
        return None
    (start, end), (begin, finish) = words.span(index), words.span(index + 1)
    if words.text[end:begin] not in (" ", "\u00a0"):
        return None
    short = CONTRACTIONS.get(f"{_plain(word)} {_plain(words[index + 1])}")
    if short is None:
        return None
    rest = words.text[finish : finish + 1]
    if not short.endswith("n't") and (rest in ("", ".", ",", "?", "!", ";", ":")):
        return None  # "I know who they are." has no short form
    return [start, finish, _like(short, words.text[start:finish])]
