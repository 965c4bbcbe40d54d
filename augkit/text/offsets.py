"""Where a position, or a span, of the original text is after the edits; and back.

The rule at a border, per step:

- a character that was not edited keeps its place relative to what it stands in;
- a span that covers any character of a replaced stretch covers the whole of its replacement;
- what is inserted strictly inside a span belongs to it; at its border it does not;
- a span of which nothing is left is gone;
- a span inside a stretch that was moved (the edit names its source) moves with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from augkit.text.edits import Edit, composed

__all__ = ["OffsetMap"]

Span = tuple[int, int]


class _Step:
    """One step's edits with the places of their results."""

    __slots__ = ("ends", "moves", "new_ends", "new_starts", "starts")

    def __init__(self, edits: Sequence[Edit]) -> None:
        self.starts = [edit[0] for edit in edits]
        self.ends = [edit[1] for edit in edits]
        self.new_starts: list[int] = []
        self.new_ends: list[int] = []
        self.moves: list[tuple[int, int, int]] = []  # source, new start, length
        shift = 0
        for edit in edits:
            start, end, new = edit[0], edit[1], edit[2]
            self.new_starts.append(start + shift)
            self.new_ends.append(start + shift + len(new))
            if len(edit) == 4 and new:
                self.moves.append((edit[3], start + shift, len(new)))
            shift += len(new) - (end - start)

    def forward(self, span: Span) -> Span | None:
        for source, start, length in self.moves:
            if source <= span[0] and span[1] <= source + length and span[0] < span[1]:
                return span[0] - source + start, span[1] - source + start
        return _through(span, self.starts, self.ends, self.new_starts, self.new_ends)

    def back(self, span: Span) -> Span | None:
        for source, start, length in self.moves:
            if start <= span[0] and span[1] <= start + length and span[0] < span[1]:
                return span[0] - start + source, span[1] - start + source
        return _through(span, self.new_starts, self.new_ends, self.starts, self.ends)


def _through(
    span: Span,
    starts: Sequence[int],
    ends: Sequence[int],
    new_starts: Sequence[int],
    new_ends: Sequence[int],
) -> Span | None:
    """A span through replacements of [starts, ends) by [new_starts, new_ends)."""
    low, high = span
    if low == high:
        # A caret stays before what is inserted at it.
        index = bisect_left(ends, low)
        if index < len(starts) and starts[index] <= low:
            return new_starts[index], new_starts[index]
        moved = low + (new_ends[index - 1] - ends[index - 1] if index else 0)
        return moved, moved
    # The first edit that ends behind the span's start: it cuts the start, or lies behind it.
    index = _first_after(ends, low)
    if index < len(starts) and starts[index] < low:
        new_low = new_starts[index]
    else:
        new_low = low + (new_ends[index - 1] - ends[index - 1] if index else 0)
    # The last edit that begins before the span's end.
    index = bisect_left(starts, high) - 1
    if index >= 0 and ends[index] > high:
        new_high = new_ends[index]
    else:
        new_high = high + (new_ends[index] - ends[index] if index >= 0 else 0)
    return (new_low, new_high) if new_low < new_high else None


def _first_after(ends: Sequence[int], position: int) -> int:
    """The first edit whose end lies behind ``position``."""
    low = bisect_left(ends, position + 1)
    return low


class OffsetMap:
    """The way from the original text to the result: the edits of each step, in order.

    >>> moved = OffsetMap([[[2, 5, "tiny"]], [[0, 1, "the"]]])  # "a big dog" to "the tiny dog"
    >>> moved.span((6, 9)), moved.back((9, 12)), moved.span((2, 5))
    ((9, 12), (6, 9), (4, 8))
    """

    __slots__ = ("_edits", "_steps")

    def __init__(self, edits: Sequence[Sequence[Edit]] = ()) -> None:
        self._edits = tuple(edits)
        self._steps = [_Step(each) for each in self._edits if each]

    def span(self, span: Span) -> Span | None:
        """Where ``span`` (start, end) is now; None if nothing is left of it."""
        here: Span | None = span
        for step in self._steps:
            if here is None:
                return None
            here = step.forward(here)
        return here

    def back(self, span: Span) -> Span | None:
        """What ``span`` of the result was in the original; None for what was inserted."""
        here: Span | None = span
        for step in reversed(self._steps):
            if here is None:
                return None
            here = step.back(here)
        return here

    def position(self, position: int) -> int:
        """Where a caret is now: before what was inserted at it, at the start of what replaced it."""
        here = self.span((position, position))
        return here[0] if here is not None else 0

    def edits(self) -> list[Edit]:
        """All steps as one list of edits on the original."""
        together: list[Edit] = []
        for edits in self._edits:
            together = composed(together, edits)
        return together
