"""Labelled spans as data sets write them, and back in the same manner.

============================================  =====================================================
``[[0, 4, "PER"], ...]``                       doccano, spaCy: start, end, label
``[{"start": 0, "end": 4, "label": "PER"}]``   Prodigy, Label Studio; other fields are kept
``{"text": [...], "answer_start": [...]}``     SQuAD, as Hugging Face gives it
``[{"text": "...", "answer_start": 0}]``       SQuAD, as it was published
============================================  =====================================================

Starts and ends count characters (code points), ends are exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["SPAN_COLUMNS", "Marked", "SpanField", "SpanShapeError"]

SPAN_COLUMNS = ("spans", "entities", "answers")
"""Fields that hold spans, unless told otherwise."""

_LABELS = ("label", "type", "entity_group", "tag")


class SpanShapeError(ValueError):
    """A field does not hold spans of its text. ``foreign``: it is something else altogether."""

    def __init__(self, message: str, *, foreign: bool = False) -> None:
        super().__init__(message)
        self.foreign = foreign


class Marked(str):
    """A span's label that remembers which entry of the field it belongs to."""

    __slots__ = ("entry",)
    entry: int

    def __new__(cls, label: str, entry: int) -> Marked:
        made = super().__new__(cls, label)
        made.entry = entry
        return made


Writer = Callable[[Sequence[tuple[int, int, int]], str], Any]
"""From (start, end, entry) and the text to the field's value."""


@dataclass(frozen=True)
class SpanField:
    """The spans of one row.

    Attributes:
        name: of the field.
        spans: (start, end, label) for the pipeline, each label a `Marked`.
        write: gives the field's value anew.
        answers: whether they are answers, which have to keep their words.
    """

    name: str
    spans: list[tuple[int, int, Marked]]
    write: Writer
    answers: bool = False

    @classmethod
    def of(cls, name: str, value: Any, text: str) -> SpanField:
        """From the value of a field; `SpanShapeError` where it holds no spans of ``text``.

        >>> field = SpanField.of("spans", [[0, 3, "PER"]], "Ann sings")
        >>> field.spans, field.written([(0, 4, field.spans[0][2])], "Anna sings")
        ([(0, 3, 'PER')], [[0, 4, 'PER']])
        """
        if value is None:
            return cls(name, [], lambda spans, text: None)
        if isinstance(value, Mapping):
            return cls._parallel(name, value, text)
        if not isinstance(value, list):
            raise SpanShapeError(f"a list of spans is expected, got {value!r}", foreign=True)
        if value and all(isinstance(entry, Mapping) for entry in value):
            if all("answer_start" in entry for entry in value):
                return cls._answers(name, value, text)
            return cls._objects(name, value, text)
        return cls._triples(name, value, text)

    @classmethod
    def _triples(cls, name: str, value: list[Any], text: str) -> SpanField:
        spans = []
        for index, entry in enumerate(value):
            if not isinstance(entry, list) or len(entry) < 2:
                raise SpanShapeError(
                    f"a span is [start, end, label], got {entry!r}", foreign=index == 0
                )
            label = str(entry[2]) if len(entry) > 2 else ""
            spans.append((*_checked(entry[0], entry[1], text), Marked(label, index)))

        def write(found: Sequence[tuple[int, int, int]], text: str) -> Any:
            return [[start, end, *value[index][2:]] for start, end, index in found]

        return cls(name, spans, write)

    @classmethod
    def _objects(cls, name: str, value: list[Any], text: str) -> SpanField:
        spans = []
        for index, entry in enumerate(value):
            if "start" not in entry or "end" not in entry:
                raise SpanShapeError(f"a span has start and end, got {entry!r}", foreign=True)
            label = next((str(entry[key]) for key in _LABELS if key in entry), "")
            spans.append((*_checked(entry["start"], entry["end"], text), Marked(label, index)))

        def write(found: Sequence[tuple[int, int, int]], text: str) -> Any:
            return [
                _with_text(value[index] | {"start": start, "end": end}, text[start:end])
                for start, end, index in found
            ]

        return cls(name, spans, write)

    @classmethod
    def _answers(cls, name: str, value: list[Any], text: str) -> SpanField:
        spans = [
            _answer(entry["text"], entry["answer_start"], index, text)
            for index, entry in enumerate(value)
        ]

        def write(found: Sequence[tuple[int, int, int]], text: str) -> Any:
            return [
                value[index] | {"text": text[start:end], "answer_start": start}
                for start, end, index in found
            ]

        return cls(name, spans, write, answers=True)

    @classmethod
    def _parallel(cls, name: str, value: Mapping[str, Any], text: str) -> SpanField:
        texts, starts = value.get("text"), value.get("answer_start")
        if not isinstance(texts, list) or not isinstance(starts, list):
            raise SpanShapeError(
                f"answers are lists under text and answer_start, got {value!r}", foreign=True
            )
        if len(texts) != len(starts):
            raise SpanShapeError(f"{len(texts)} answers and {len(starts)} answer_start")
        both = zip(texts, starts, strict=True)
        spans = [_answer(answer, start, index, text) for index, (answer, start) in enumerate(both)]

        def write(found: Sequence[tuple[int, int, int]], text: str) -> Any:
            return {
                **value,
                "text": [text[start:end] for start, end, _ in found],
                "answer_start": [start for start, _, _ in found],
            }

        return cls(name, spans, write, answers=True)

    def written(self, spans: Sequence[Any], text: str) -> Any:
        """The field's value with the spans where they are now; those that are gone are left out."""
        return self.write([(start, end, label.entry) for start, end, label in spans], text)


def _checked(start: Any, end: Any, text: str) -> tuple[int, int]:
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in (start, end))
    if not whole or not 0 <= start <= end <= len(text):
        raise SpanShapeError(
            f"the span from {start!r} to {end!r} does not lie in a text of {len(text)} characters"
        )
    return start, end


def _answer(answer: Any, start: Any, index: int, text: str) -> tuple[int, int, Marked]:
    if not isinstance(answer, str):
        raise SpanShapeError(f"an answer is a text, got {answer!r}")
    low, high = _checked(start, start + len(answer) if isinstance(start, int) else None, text)
    if text[low:high] != answer:
        raise SpanShapeError(
            f"the answer {answer!r} does not stand at {start}; there stands {text[low:high]!r}"
        )
    return low, high, Marked("answer", index)


def _with_text(entry: dict[str, Any], words: str) -> dict[str, Any]:
    """With its words anew, where it holds them."""
    return entry | {key: words for key in ("text", "word") if isinstance(entry.get(key), str)}
