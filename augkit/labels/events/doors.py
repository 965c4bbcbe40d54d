"""The formats of events by name, and the doors: `open_events`, `open_event_writer`, `detect_events`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from augkit.core.registry import did_you_mean
from augkit.labels.events import audacity, jsonl, table, textgrid
from augkit.labels.events.beside import ClipFormat, FileOfClipWriter, detect_beside, open_beside
from augkit.labels.events.source import EventSource, EventWriter
from augkit.labels.files import Json, LabelError

__all__ = ["EVENT_FORMATS", "detect_events", "open_event_writer", "open_events"]

_BESIDE = {"audacity": audacity.FORM, "textgrid": textgrid.FORM}
EVENT_FORMATS = ("jsonl", "csv", *_BESIDE)


def clip_format(name: str) -> ClipFormat:
    """A format with one file per clip."""
    return _BESIDE[name]


def open_events(spec: str, *, root: str | Path) -> EventSource:
    """Open the label files of a folder of sounds.

    Args:
        spec: ``"jsonl:FILE"``, ``"csv:FILE"``, ``"audacity[:DIR]"`` or ``"textgrid[:DIR]"``.
            Relative files are looked for below ``root`` and in the current folder.
        root: the folder of sounds; clips are named relative to it.

    Raises:
        LabelError: a file is missing or broken as a whole.

    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> _ = (root / "events.csv").write_text("path,start,end,label\\nyard.wav,0.2,0.7,dog\\n")
    >>> open_events("csv:events.csv", root=root).get("yard.wav", seconds=1.0).events
    [Event(start=0.2, end=0.7, label='dog', tier='', low_hz=None, high_hz=None, attributes={})]
    """
    name, _, argument = spec.partition(":")
    folder = Path(root)
    if name in _BESIDE:
        return open_beside(_BESIDE[name], argument, folder)
    if name == "jsonl":
        return jsonl.open_source(argument, folder)
    if name == "csv":
        return table.open_source(argument, folder)
    raise LabelError(
        f"unknown format of events {name!r}{did_you_mean(name, EVENT_FORMATS)}; it is auto, none "
        f"or one of {', '.join(EVENT_FORMATS)}"
    )


def open_event_writer(schema: Mapping[str, Json], destination: str | Path) -> EventWriter:
    """A writer of events in the same format as a source, by its ``schema``."""
    name, folder = str(schema["format"]), Path(destination)
    if name in _BESIDE:
        return FileOfClipWriter(_BESIDE[name], schema, folder)
    if name == "jsonl":
        return jsonl.JsonLinesWriter(schema, folder)
    return table.EventTableWriter(schema, folder)


def detect_events(root: str | Path) -> list[str]:
    """The specs of all label files found in and beside a folder of sounds.

    Looked for are JSON Lines and tables in the folder that name its clips, and label tracks and
    TextGrids beside the clips, in ``labels``, or in a folder named ``audacity`` or ``textgrid``.
    """
    folder = Path(root)
    found = [*jsonl.detect(folder), *table.detect(folder)]
    for form in _BESIDE.values():
        found += detect_beside(form, folder)
    return found
