"""The labels of one clip of sound, whatever file they came from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from augkit.labels.files import Json, LabelError

__all__ = ["SOUND_SUFFIXES", "ClipLabels", "Event"]

SOUND_SUFFIXES = frozenset(
    {
        *(".aif", ".aifc", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg"),
        *(".opus", ".wav", ".wave", ".wma"),
    }
)
TOLERANCE = 0.05
"""Seconds an event may end after its clip, and is cut to it: label files are often rounded, and
made with another decoder."""


@dataclass(frozen=True)
class Event:
    """Something that happens in a clip.

    Attributes:
        start, end: in seconds from the beginning of the clip; equal for a point in time.
        label: its class, or the word that is spoken.
        tier: the track it stands on, where a file has several.
        low_hz, high_hz: the band of frequencies it fills, or None.
        attributes: whatever else the file says of it, JSON-able.
    """

    start: float
    end: float
    label: str = ""
    tier: str = ""
    low_hz: float | None = None
    high_hz: float | None = None
    attributes: dict[str, Json] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Json]:
        """As JSON-able data, without what is not said."""
        data: dict[str, Json] = {"start": self.start, "end": self.end, "label": self.label}
        for name in ("tier", "low_hz", "high_hz", "attributes"):
            value = getattr(self, name)
            if value not in ("", None, {}):
                data[name] = value
        return data


@dataclass
class ClipLabels:
    """Everything the label files say of one clip.

    Attributes:
        events: in the order of the file.
        label: the class of the whole clip, where the file has one and no events.
        attributes: whatever else the file says of the clip, JSON-able.
        form: how the clip's own file was written (encoding, tiers), for writing it again.
        listed: False when no label file speaks of the clip; it is then left out again.
    """

    events: list[Event] = field(default_factory=list)
    label: str | None = None
    attributes: dict[str, Json] = field(default_factory=dict)
    form: dict[str, Json] = field(default_factory=dict)
    listed: bool = True

    def to_dict(self) -> dict[str, Json]:
        """As JSON-able data; the inverse of `from_dict`."""
        data: dict[str, Json] = {"events": [event.to_dict() for event in self.events]}
        for name in ("label", "attributes", "form"):
            value = getattr(self, name)
            if value not in (None, {}):
                data[name] = value
        if not self.listed:
            data["listed"] = False
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Json]) -> ClipLabels:
        """The inverse of `to_dict`."""
        raw = cast("list[dict[str, Any]]", data.get("events", []))
        rest: dict[str, Any] = {name: value for name, value in data.items() if name != "events"}
        return cls(events=[Event(**event) for event in raw], **rest)

    def within(self, seconds: float, file: Path | None, lines: Iterable[int] = ()) -> ClipLabels:
        """The same labels, checked against the length of the clip.

        Raises `LabelError` where an event ends before it starts, or begins or ends outside the
        clip; up to 0.05 s after its end are cut off.
        """
        numbers = list(lines)
        checked = []
        for place, event in enumerate(self.events):
            line = numbers[place] if place < len(numbers) else None
            problem = _problem(event, seconds)
            if problem:
                raise LabelError(f"event {event.label!r} {problem}", file, line)
            start, end = min(event.start, seconds), min(event.end, seconds)
            if (start, end) != (event.start, event.end):
                event = replace(event, start=start, end=end)
            checked.append(event)
        return replace(self, events=checked)


def _problem(event: Event, seconds: float) -> str:
    if not (math.isfinite(event.start) and math.isfinite(event.end)):
        return f"has a time that is no number: {event.start}, {event.end}"
    if event.end < event.start:
        return f"ends ({event.end:g} s) before it starts ({event.start:g} s)"
    if event.start < 0:
        return f"starts before the clip, at {event.start:g} s"
    if event.start > seconds + TOLERANCE:
        return f"starts at {event.start:g} s, after the end of the clip ({seconds:g} s)"
    if event.end > seconds + TOLERANCE:
        return f"ends at {event.end:g} s, after the end of the clip ({seconds:g} s)"
    return ""
