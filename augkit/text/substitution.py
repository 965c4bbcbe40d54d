"""Words in the place of others: of the same form, in the same case, with the right article before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from augkit.text.base import WordTransform, pick
from augkit.text.lexicon.article import article_edit

if TYPE_CHECKING:
    from augkit.text.edits import Edit
    from augkit.text.lexicon.source import Source
    from augkit.text.sample import Words

__all__ = ["Substitution", "others"]

_ENDING = ".!?…:;\n。！？"


def others(source: Source, words: Words, index: int) -> Sequence[str]:
    """What the word at ``index`` could be instead, in its own case; nothing for names."""
    text = words.text
    start, end = words.span(index)
    word = text[start:end]
    form = word.lower()
    if not source.knows(form):
        return ()
    case = "lower" if form == word else _case(text, start, word)
    if case is None:
        return ()
    around, place = _around(words, index)
    found = source.synonyms(around, place)
    if case == "lower":
        return found
    return [each.upper() if case == "upper" else each[:1].upper() + each[1:] for each in found]


@dataclass(frozen=True)
class Substitution(WordTransform):
    """Base of what replaces words by others: a subclass says where they come from."""

    words_per_edit: ClassVar[int] = 16  # many have none to take their place

    def opened(self) -> Source:
        """The source; opened with the first text."""
        raise NotImplementedError(f"{type(self).__name__} has no source")

    def made(
        self, words: Words, count: int, places: Iterator[int], numbers: Iterator[int]
    ) -> Sequence[Edit]:
        source = self.opened()
        text, opened, span, knows = words.text, words.open, words.span, source.knows
        edits: list[Edit] = []
        for place in places:
            index = opened[place]
            start, end = span(index)
            if not knows(text[start:end].lower()):  # most words end here
                continue
            found = others(source, words, index)
            if found:
                edits.append([start, end, found[pick(next(numbers), len(found))[0]]])
                if len(edits) == count:
                    break
        edits.sort()
        return edits

    def repaired(self, words: Words, edits: Sequence[Edit]) -> Sequence[Edit]:
        right: list[Edit] = []
        for start, end, new in edits:
            article = article_edit(words.text, start, words.text[start:end], new)
            right += [[start, end, new]] if article is None else [article, [start, end, new]]
        return right


def _case(text: str, start: int, word: str) -> str | None:
    """How a word is written: lower, title (where a sentence begins) or upper (where all is).

    None for what is a name, an abbreviation, or mixed.
    """
    if word.islower():
        return "lower"
    if word.isupper() and len(word) > 1:
        return "upper" if text.isupper() else None
    if word[:1].isupper() and word[1:].islower():
        before = text[max(0, start - 8) : start].rstrip(" \t")
        while before and before[-1] in "\"'“”‘(«[-–—*>":
            before = before[:-1].rstrip(" \t")
        if not before or before[-1] in _ENDING:
            return "title" if before or start < 8 else None
    return None


def _around(words: Words, index: int) -> tuple[list[str], int]:
    """The word at ``index`` in lower case, with two before it and one behind it.

    "" stands where a mark, and not blanks alone, separates two words.
    """
    text = words.text
    around: list[str] = []
    last = 0
    for place in range(max(0, index - 2), min(words.count, index + 2)):
        start, end = words.span(place)
        if around and text[last:start].strip():
            around = [""] if place <= index else [*around, ""]
        last = end
        around.append(text[start:end].lower())
        if place == index:
            here = len(around) - 1
    return around, here
