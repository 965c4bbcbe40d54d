"""Capitals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from augkit.core.fields import option
from augkit.text.base import WordTransform

if TYPE_CHECKING:
    from augkit.text.sample import Words

__all__ = ["CaseChange"]

_STYLES = ("lower", "upper", "title", "swap")


def cased(word: str, style: str) -> str:
    """``word`` in another case; only its letters change (``don't`` becomes ``Don't``)."""
    if style == "title":
        return word[:1].upper() + word[1:].lower()
    changed: str = {"lower": str.lower, "upper": str.upper, "swap": str.swapcase}[style](word)
    return changed


@dataclass(frozen=True)
class CaseChange(WordTransform):
    """Write some words in another case.

    Args:
        alpha: fraction of the words that change, on average (default 0.1).
        n: exact number of words that change, instead of ``alpha``.
        style: "any" (default: one of the others, of those that change the word), "lower", "upper",
            "title" or "swap".
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> CaseChange(n=5, style="upper")("don't 日本 stop")
    "DON'T 日本 STOP"
    """

    style: str = option("any", choices=("any", *_STYLES), doc="the case that words are put in")

    def candidates(self, words: Words, index: int) -> Sequence[str]:
        word = words[index]
        styles = _STYLES if self.style == "any" else (self.style,)
        changed = dict.fromkeys(cased(word, style) for style in styles)
        changed.pop(word, None)
        return tuple(changed)
