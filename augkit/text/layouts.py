"""Keyboard layouts as rows of keys, and which keys lie beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

__all__ = ["LAYOUTS", "neighbours"]

# Letters only, from the top row down; a blank is a key that is no letter.
LAYOUTS: dict[str, tuple[str, ...]] = {
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "qwertz": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "dvorak": ("   pyfgcrl", "aoeuidhtns", " qjkxbmwvz"),
    "colemak": ("qwfpgjluy", "arstdhneio", "zxcvbkm"),
    "spanish": ("qwertyuiop", "asdfghjklñ", "zxcvbnm"),
    "turkish": ("qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç"),
    "russian": ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    "ukrainian": ("йцукенгшщзхї", "фівапролджє", "ячсмитьбю"),
    "greek": (" ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
    "hebrew": ("  קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),
}
_STAGGER = (0.0, 0.25, 0.75)  # how far each row is set in, in keys
_REACH = 1.3  # keys whose middles are nearer than this lie beside one another


@lru_cache(maxsize=64)
def neighbours(rows: Sequence[str]) -> dict[str, str]:
    """For each key the keys beside it, in the order of the rows; never itself.

    >>> neighbours(LAYOUTS["qwerty"])["g"]
    'tyfhvb'
    """
    places = [
        (key, column + _STAGGER[min(row, 2)], float(row))
        for row, keys in enumerate(rows)
        for column, key in enumerate(keys)
        if key != " "
    ]
    return {
        key: "".join(
            other
            for other, right, down in places
            if other != key and (right - x) ** 2 + (down - y) ** 2 < _REACH**2
        )
        for key, x, y in places
    }
