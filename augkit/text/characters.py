"""Errors of single characters, on graphemes: what a reader sees as one is never cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from augkit.core.fields import option
from augkit.core.registry import did_you_mean
from augkit.text.base import WordTransform, pick
from augkit.text.layouts import LAYOUTS, neighbours
from augkit.text.tokens import graphemes

if TYPE_CHECKING:
    from augkit.text.sample import Words

__all__ = ["CharDelete", "CharInsert", "CharSwap", "KeyboardTypo"]


def like(letter: str, model: str) -> str:
    """``letter`` as a capital where ``model`` is one."""
    return letter.upper() if model.isupper() else letter


@dataclass(frozen=True)
class KeyboardTypo(WordTransform):
    """Hit a key beside the right one, once in each chosen word.

    Args:
        alpha: fraction of the words with a typo, on average (default 0.1).
        n: exact number of words with a typo, instead of ``alpha``.
        layout: "qwerty" (default), "qwertz", "azerty", "dvorak", "colemak", "spanish", "turkish",
            "russian", "ukrainian", "greek" or "hebrew"; or the rows of letters of another keyboard.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> KeyboardTypo(n=1, layout=["ab"])("a 1")
    'b 1'
    """

    layout: Any = option(
        "qwerty",
        schema={
            "anyOf": [
                {"enum": list(LAYOUTS)},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        },
        doc="name of a keyboard layout, or its rows of letters",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.layout, str):
            if self.layout not in LAYOUTS:
                raise ValueError(
                    f"KeyboardTypo.layout must be one of {', '.join(LAYOUTS)} or a list of rows, "
                    f"got {self.layout!r}{did_you_mean(self.layout, LAYOUTS)}"
                )
            rows = LAYOUTS[self.layout]
        else:
            if not isinstance(self.layout, tuple) or not all(
                isinstance(row, str) for row in self.layout
            ):
                raise TypeError(
                    f"KeyboardTypo.layout must be a name or a list of rows, got {self.layout!r}"
                )
            rows = self.layout
        object.__setattr__(self, "_beside", _with_capitals(neighbours(rows)))

    def change(self, words: Words, index: int, number: int) -> str | None:
        beside: dict[str, Sequence[str]] = self.__dict__["_beside"]
        letters = graphemes(words[index])
        places = [place for place, letter in enumerate(letters) if letter in beside]
        if not places:
            return None
        chosen, rest = pick(number, len(places))
        place = places[chosen]
        near = beside[letters[place]]
        letters[place] = near[pick(rest, len(near))[0]]
        return "".join(letters)


def _with_capitals(beside: dict[str, str]) -> dict[str, Sequence[str]]:
    """The keys that have neighbours, and the same with shift held down."""
    small = {key: near for key, near in beside.items() if near}
    large = {key.upper(): [each.upper() for each in near] for key, near in small.items()}
    return {**large, **small}


@dataclass(frozen=True)
class CharSwap(WordTransform):
    """Swap two neighbouring characters, once in each chosen word.

    Args:
        alpha: fraction of the words that change, on average (default 0.1).
        n: exact number of words that change, instead of ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> CharSwap(n=1)("ab aa")
    'ba aa'
    """

    def change(self, words: Words, index: int, number: int) -> str | None:
        letters = graphemes(words[index])
        places = [k for k in range(len(letters) - 1) if letters[k] != letters[k + 1]]
        if not places:
            return None
        place = places[pick(number, len(places))[0]]
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
        return "".join(letters)


@dataclass(frozen=True)
class CharInsert(WordTransform):
    """Insert a letter somewhere, once in each chosen word.

    Args:
        alpha: fraction of the words that change, on average (default 0.1).
        n: exact number of words that change, instead of ``alpha``.
        letters: what is inserted (default: a to z), as a capital beside one. Into a word that has
            no Latin letter, one of its own characters is inserted instead.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> CharInsert(n=1, letters="x")("A 1") in ("AX 1", "XA 1")
    True
    """

    letters: str = option(
        "abcdefghijklmnopqrstuvwxyz",
        schema={"type": "string", "minLength": 1},
        doc="what may be inserted",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.letters, str) or not self.letters:
            raise ValueError(f"CharInsert.letters must be a non-empty str, got {self.letters!r}")

    def change(self, words: Words, index: int, number: int) -> str | None:
        word = words[index]
        own = graphemes(word)
        latin = any("a" <= letter <= "z" for letter in word.lower())
        letters = self.letters if latin else own
        slot, rest = pick(number, len(own) + 1)
        letter = letters[pick(rest, len(letters))[0]]
        own.insert(slot, like(letter, own[max(slot - 1, 0)]))
        return "".join(own)


@dataclass(frozen=True)
class CharDelete(WordTransform):
    """Leave out a character, once in each chosen word; a word of one character stays.

    Args:
        alpha: fraction of the words that change, on average (default 0.1).
        n: exact number of words that change, instead of ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> CharDelete(n=1)("aa b")
    'a b'
    """

    def change(self, words: Words, index: int, number: int) -> str | None:
        letters = graphemes(words[index])
        if len(letters) < 2:
            return None
        del letters[pick(number, len(letters))[0]]
        return "".join(letters)
