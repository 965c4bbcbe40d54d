"""Edits: what a text transform gives instead of a new text.

An edit is ``[start, end, new]`` on the string that enters the step: the characters from ``start``
to ``end`` become ``new``. An insertion has ``start == end``, a deletion ``new == ""``. A fourth
item says where ``new`` stood before, when it was moved rather than made: labels inside follow it.
The edits of a step are in order and do not overlap, so what lies between them is untouched by
construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Edit", "apply_edits", "check_edits", "composed"]

Edit = list[Any]
"""``[start, end, new]`` or ``[start, end, new, source]``; a list, so that JSON gives it back."""


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with ``edits`` made.

    Raises:
        ValueError: an edit overlaps the one before it, or lies outside the text.

    >>> apply_edits("a big dog", [[2, 5, "small"], [9, 9, "!"]])
    'a small dog!'
    """
    if len(edits) == 1:
        only = edits[0]
        start, end = only[0], only[1]
        if 0 <= start <= end <= len(text):
            return f"{text[:start]}{only[2]}{text[end:]}"
    pieces: list[str] = []
    position = 0
    for edit in edits:
        start, end = edit[0], edit[1]
        if not position <= start <= end:
            raise ValueError(
                f"edits must be in order and must not overlap: {list(edit)} comes after {position}"
            )
        pieces.append(text[position:start])
        pieces.append(edit[2])
        position = end
    if position > len(text):
        raise ValueError(f"edits reach to {position}, but the text has {len(text)} characters")
    pieces.append(text[position:])
    return "".join(pieces)


def check_edits(text: str, edits: Sequence[Edit]) -> None:
    """Raise ``ValueError`` where ``edits`` are not edits of ``text``."""
    for edit in edits:
        if len(edit) not in (3, 4) or not isinstance(edit[2], str):
            raise ValueError(f"an edit is [start, end, new] or with its source, got {edit!r}")
        if len(edit) == 4:
            source = edit[3]
            if text[source : source + len(edit[2])] != edit[2]:
                raise ValueError(f"the edit {edit!r} moves what does not stand at {source}")
    apply_edits(text, edits)


def composed(first: Sequence[Edit], second: Sequence[Edit]) -> list[Edit]:
    """One list of edits that does what ``first`` and then ``second`` do; touching edits are joined.

    Moves lose their source on the way: this is for looking at, labels go through an `OffsetMap`.

    >>> composed([[2, 5, "small"]], [[0, 1, "the"], [3, 7, "hort"]])
    [[0, 1, 'the'], [2, 5, 'short']]
    """
    left = _runs(first)
    left.reverse()  # a stack: what comes next is at its end
    made: list[_Run] = []
    position = 0
    for edit in second:
        made += _taken(left, edit[0] - position)
        _taken(left, edit[1] - edit[0])
        made.append((0, len(edit[2]), edit[2]))
        position = edit[1]
    made += reversed(left)
    edits: list[Edit] = []
    old, new = 0, ""
    for start, length, text in made:
        if text is not None:
            new += text
        elif length:
            if new or start > old:
                edits.append([old, start, new])
            old, new = start + length, ""
    return edits


_Run = tuple[int, int, str | None]
"""Kept characters of the original (start, length, None), or new ones (0, length, text)."""
_END = 1 << 62  # beyond any text


def _runs(edits: Sequence[Edit]) -> list[_Run]:
    runs: list[_Run] = []
    position = 0
    for edit in edits:
        runs.append((position, edit[0] - position, None))
        runs.append((0, len(edit[2]), edit[2]))
        position = edit[1]
    runs.append((position, _END - position, None))
    return runs


def _taken(stack: list[_Run], count: int) -> list[_Run]:
    """The next ``count`` characters, off the stack."""
    taken: list[_Run] = []
    while count:
        start, length, text = stack.pop()
        some = min(length, count)
        taken.append((start, some, None if text is None else text[:some]))
        if some < length:
            rest = None if text is None else text[some:]
            stack.append((start + some if text is None else 0, length - some, rest))
        count -= some
    return taken
