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


@kernel
def ascii_words(
    text: NDArray[np.uint8], bounds: NDArray[np.int64], classes: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """The words of texts that stand one after the other in ``text``, cut at ``bounds``.

    Returns:
        starts, ends of all words, each relative to its text; whether a word has a digit; and how
        many words each text has, -1 where it holds something that only the full pattern can read.
    """
    most = text.shape[0] // 2 + bounds.shape[0]
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    numbers = np.zeros(most, np.uint8)
    counts = np.zeros(bounds.shape[0] - 1, np.int64)
    filled = 0
    for row in range(counts.shape[0]):
        low, high = bounds[row], bounds[row + 1]
        first = filled
        inside = False
        plain = True
        for place in range(low, high):
            kind = classes[text[place]]
            if kind <= _DIGIT:
                if not inside:
                    starts[filled] = place - low
                    numbers[filled] = 0
                    inside = True
                if kind == _DIGIT:
                    numbers[filled] = 1
                continue
            if kind == _SPECIAL:
                plain = False
                break
            if kind > _SPECIAL and low < place < high - 1:
                before, after = classes[text[place - 1]], classes[text[place + 1]]
                if before <= _DIGIT and after <= _DIGIT:
                    digits = before == _DIGIT and after == _DIGIT
                    if kind == _POINT or (digits and kind <= _HYPHEN):
                        plain = False
                        break
                    if kind >= _HYPHEN:
                        continue  # the word goes on
            if inside:
                ends[filled] = place - low
                filled += 1
                inside = False
        if not plain:
            filled = first
            counts[row] = -1
            continue
        if inside:
            ends[filled] = high - low
            filled += 1
        counts[row] = filled - first
    return starts[:filled], ends[:filled], numbers[:filled], counts
