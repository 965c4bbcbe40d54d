"""Events in sounds: read from label files, and written again for new sounds.

>>> import tempfile, pathlib
>>> root = pathlib.Path(tempfile.mkdtemp())
>>> _ = (root / "yard.txt").write_text("0.2\\t0.7\\tdog\\n")
>>> source = open_events("audacity", root=root)
>>> labels = source.get("yard.wav", seconds=1.0)
>>> [(event.start, event.end, event.label) for event in labels.events]
[(0.2, 0.7, 'dog')]
>>> writer = open_event_writer(source.schema, root / "out")
>>> writer.write_clip("yard_1.wav", {"seconds": 1.0}, labels)
['yard_1.txt']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:
    from augkit.labels.events.doors import (
        EVENT_FORMATS,
        detect_events,
        open_event_writer,
        open_events,
    )
    from augkit.labels.events.model import SOUND_SUFFIXES, ClipLabels, Event
    from augkit.labels.events.source import EventSource, EventWriter

__all__ = [
    "EVENT_FORMATS",
    "SOUND_SUFFIXES",
    "ClipLabels",
    "Event",
    "EventSource",
    "EventWriter",
    "detect_events",
    "open_event_writer",
    "open_events",
]

_HOMES = {
    "doors": ("EVENT_FORMATS", "detect_events", "open_event_writer", "open_events"),
    "model": ("SOUND_SUFFIXES", "ClipLabels", "Event"),
    "source": ("EventSource", "EventWriter"),
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
