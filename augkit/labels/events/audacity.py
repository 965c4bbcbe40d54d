"""Label tracks of Audacity: tab-separated times and a label, perhaps with a row of frequencies.

::

    0.250000\t0.750000\tdog
    \\\t300.000000\t4000.000000
    1.500000\t1.500000\tclick

A label whose times are equal is a point. The row after a label that begins with a backslash is the
band of frequencies that was selected with it (Audacity manual, "Importing and Exporting Labels").
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from augkit.labels.events.beside import ClipFormat
from augkit.labels.events.model import ClipLabels, Event
from augkit.labels.files import LabelError, number_text

__all__ = ["FORM", "parse", "render"]


def parse(data: bytes, file: Path) -> tuple[ClipLabels, list[int]]:
    """The labels of a track, and the line of each."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LabelError("not UTF-8; save the file as UTF-8", file, line) from None
    events: list[Event] = []
    lines: list[int] = []
    for number, row in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not row.strip():
            continue
        cells = row.split("\t", 2)
        if cells[0] == "\\":
            if not events or len(cells) < 3:
                raise LabelError(f"a row of frequencies without a label: {row!r}", file, number)
            low, high = (_number(cell, file, number) for cell in cells[1:])
            # Audacity writes what was not selected as a negative frequency.
            events[-1] = replace(
                events[-1],
                low_hz=low if low >= 0 else None,
                high_hz=high if high >= 0 else None,
            )
            continue
        if len(cells) < 2:
            raise LabelError(
                f"a row must be START<tab>END<tab>LABEL with times in seconds, got {row!r}",
                file,
                number,
            )
        start, end = (_number(cell, file, number) for cell in cells[:2])
        events.append(Event(start, end, cells[2] if len(cells) == 3 else ""))
        lines.append(number)
    return ClipLabels(events), lines


def render(labels: ClipLabels, seconds: float) -> bytes:
    """A label track."""
    rows = []
    for event in labels.events:
        rows.append("\t".join((number_text(event.start), number_text(event.end), event.label)))
        if event.low_hz is not None or event.high_hz is not None:
            band = (-1 if hertz is None else hertz for hertz in (event.low_hz, event.high_hz))
            rows.append("\t".join(("\\", *map(number_text, band))))
    return "".join(f"{row}\n" for row in rows).encode()


def _number(cell: str, file: Path, line: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LabelError(f"{cell!r} is no number; write seconds with a decimal point", file, line)
    return value


def _fits(beginning: bytes) -> bool:
    """Whether the first line is one of a label track: two times and a tab between."""
    first = beginning.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].split(b"\t")
    if len(first) < 2:
        return False
    try:
        return all(math.isfinite(float(cell)) for cell in first[:2])
    except ValueError:
        return False


FORM = ClipFormat("audacity", ".txt", parse, render, _fits)
