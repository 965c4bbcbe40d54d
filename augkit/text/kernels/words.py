"""Words of plain ASCII texts, all of a batch in one pass; equal to `augkit.text.tokens.find_words`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["ascii_words"]

_LETTER, _DIGIT, _OTHER, _SPECIAL, _POINT, _COMMA, _HYPHEN, _JOINER = range(8)


def _classes() -> NDArray[np.uint8]:
    """What each ASCII character is to a word."""
    classes = np.full(256, _OTHER, np.uint8)
    for code in range(256):
        character = chr(code)
        if code < 128 and character.isalpha():
            classes[code] = _LETTER
        elif code < 128 and character.isdigit():
            classes[code] = _DIGIT
        elif character in "@#/\\<>{}[]`_&$%":
            classes[code] = _SPECIAL
    classes[ord(".")] = _POINT  # between letters and digits it closes
    classes[ord("'")] = _JOINER  # between letters and digits it joins
    classes[ord("-")] = _HYPHEN  # it joins, but between digits it closes
    classes[[ord(","), ord(":")]] = _COMMA  # between digits it closes
    return classes


CLASSES = _classes()
_DOT = ord(".")


@kernel
def ascii_words(
    text: NDArray[np.uint8], bounds: NDArray[np.int64], classes: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """The words of texts that stand one after the other in ``text``, cut at ``bounds``.

    Returns:
        starts, ends of all words, each relative to its text; whether a word is closed (it has a
        digit, is a number, or like U.S.); and how many words each text has, -1 where it holds
        something that only the full pattern can read.
    """
    most = text.shape[0] // 2 + bounds.shape[0]
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    closed = np.zeros(most, np.uint8)
    counts = np.zeros(bounds.shape[0] - 1, np.int64)
    filled = 0
    for row in range(counts.shape[0]):
        low, high = bounds[row], bounds[row + 1]
        first = filled
        place = low
        while place < high:
            kind = classes[text[place]]
            if kind == _SPECIAL:
                break
            if kind > _DIGIT:
                place += 1
                continue
            end, readable, shut = _run(text, place, high, classes)
            if not readable:
                break
            starts[filled], ends[filled], closed[filled] = place - low, end - low, shut
            filled += 1
            place = end
        if place < high:
            filled = first
            counts[row] = -1
        else:
            counts[row] = filled - first
    return starts[:filled], ends[:filled], closed[:filled], counts


@kernel
def _run(
    text: NDArray[np.uint8], start: int, high: int, classes: NDArray[np.uint8]
) -> tuple[int, bool, bool]:
    """The word that begins at ``start``: its end, whether it is of a plain kind, and closed."""
    letters = digits = points = joints = separators = False
    place = start
    while place < high:
        kind = classes[text[place]]
        if kind == _LETTER:
            letters = True
        elif kind == _DIGIT:
            digits = True
        elif kind < _POINT or place + 1 == high:
            break
        else:
            before, after = classes[text[place - 1]], classes[text[place + 1]]
            if after > _DIGIT:
                break
            numeric = before == _DIGIT and after == _DIGIT
            if numeric and kind <= _HYPHEN:
                separators = True  # 3.14, 1,000, 10:30, 1939-45
            elif kind == _POINT:
                points = True  # U.S., example.com
            elif kind >= _HYPHEN:
                joints = True  # well-known, don't
            else:
                break
        place += 1
    if separators:
        return place, not (letters or points or joints), True
    if points:
        if place < high and classes[text[place]] == _POINT:
            place += 1
        web = place - start > 4 and text[start + 3] == _DOT  # www. may begin an address
        return place, not (digits or joints or web), True
    return place, True, digits
