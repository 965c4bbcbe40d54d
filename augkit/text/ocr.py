"""Errors of optical character recognition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from augkit.text.base import WordTransform

if TYPE_CHECKING:
    from augkit.text.sample import Words

__all__ = ["CONFUSIONS", "OCRNoise"]

# Shapes that scanners take for one another, both ways.
_ALIKE = (
    ("0", "O"), ("0", "o"), ("1", "l"), ("1", "I"), ("1", "i"), ("I", "l"), ("i", "l"), ("j", "i"),
    ("2", "Z"), ("2", "z"), ("5", "S"), ("5", "s"), ("6", "b"), ("6", "G"), ("8", "B"), ("9", "g"),
    ("9", "q"), ("g", "q"), ("c", "e"), ("c", "o"), ("e", "o"), ("a", "o"), ("h", "b"), ("h", "n"),
    ("n", "r"), ("f", "t"), ("f", "l"), ("u", "v"), ("v", "y"), ("C", "G"), ("D", "O"), ("E", "F"),
    ("O", "Q"), ("P", "R"), ("U", "V"), ("m", "rn"), ("m", "nn"), ("d", "cl"), ("w", "vv"),
    ("k", "lc"), ("h", "li"), ("n", "ri"), ("H", "ll"), ("fi", "h"), ("ti", "h"), ("tt", "ft"),
)  # fmt: skip


def _both_ways() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for one, other in _ALIKE:
        table.setdefault(one, []).append(other)
        table.setdefault(other, []).append(one)
    return {shape: tuple(others) for shape, others in table.items()}


CONFUSIONS = _both_ways()
"""What each character (or pair) may be taken for."""


@lru_cache(maxsize=16384)
def _misread(word: str) -> tuple[str, ...]:
    """Every way to misread one place of ``word``, without repeats, in order of place."""
    found = {
        word[:start] + other + word[start + length :]: None
        for start in range(len(word))
        for length in (1, 2)
        if start + length <= len(word)
        for other in CONFUSIONS.get(word[start : start + length], ())
    }
    found.pop(word, None)
    return tuple(found)


@dataclass(frozen=True)
class OCRNoise(WordTransform):
    """Misread one place of each chosen word as a scanner would: ``m`` as ``rn``, ``l`` as ``1``.

    Args:
        alpha: fraction of the words that change, on average (default 0.1).
        n: exact number of words that change, instead of ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> OCRNoise(n=1)("zx wk") in ("2x wk", "zx vvk", "zx wlc")
    True
    """

    def candidates(self, words: Words, index: int) -> Sequence[str]:
        return _misread(words[index])
