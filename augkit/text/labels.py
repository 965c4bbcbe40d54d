"""Spans, tags and answers: read once, moved once at the end, from the original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from augkit.text.offsets import OffsetMap

__all__ = ["Labels"]


class Labels:
    """What is known of an original text.

    Attributes:
        spans: (start, end, label) of each labelled span; the label is None where there is none.
    """

    __slots__ = ("spans",)

    def __init__(self, spans: Sequence[tuple[int, int, Any]] = ()) -> None:
        self.spans = spans

    def labelled(self, offsets: OffsetMap) -> list[tuple[int, int, Any]]:
        """The labelled spans where they are now; what is gone is left out."""
        here = []
        for start, end, label in self.spans:
            span = offsets.span((start, end))
            if span is not None:
                here.append((*span, label))
        return here
