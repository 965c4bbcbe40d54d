"""TextGrid files of Praat: tiers of intervals and of points, in the long and the short form.

Both forms are read by Praat's own rule: only numbers, ``"texts"`` and ``<flags>`` that stand free
count, everything else is decoration (Praat manual, "TextGrid file formats").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, cast

from augkit.labels.events.beside import ClipFormat
from augkit.labels.events.model import ClipLabels, Event
from augkit.labels.files import Json, LabelError, number_text

__all__ = ["FORM", "parse", "render"]

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|!.*|(\S+)')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?$")
_INTERVALS, _POINTS = "IntervalTier", "TextTier"


class Token(NamedTuple):
    """A text or a number that stands free, and its line."""

    value: str
    is_text: bool
    line: int


class _Tokens:
    """The tokens of a file, taken one after the other by what they must be."""

    def __init__(self, text: str, file: Path) -> None:
        self.file = file
        self._rest = _tokens(text)
        self.last = Token("", True, 1)

    def _next(self, what: str) -> Token:
        try:
            self.last = next(self._rest)
        except StopIteration:
            raise LabelError(
                f"is cut off: {what} is missing at the end", self.file, self.last.line
            ) from None
        return self.last

    def text(self, what: str) -> str:
        token = self._next(what)
        if not token.is_text:
            raise LabelError(f'{what} must be a "text", got {token.value}', self.file, token.line)
        return token.value

    def number(self, what: str) -> float:
        token = self._next(what)
        if token.is_text or not _NUMBER.match(token.value):
            raise LabelError(f"{what} must be a number, got {token.value!r}", self.file, token.line)
        return float(token.value)

    def flag(self) -> str:
        return self._next("<exists>").value

    def count(self, what: str) -> int:
        value = self.number(what)
        if value < 0 or value != int(value) or value > 1e7:
            raise LabelError(f"{what} must be a count, got {value:g}", self.file, self.last.line)
        return int(value)


def _tokens(text: str) -> Iterator[Token]:
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        if match[1] is not None:
            yield Token(match[1].replace('""', '"'), True, line)
        elif match[2] is not None and (_NUMBER.match(match[2]) or match[2].startswith("<")):
            yield Token(match[2], False, line)


def parse(data: bytes, file: Path) -> tuple[ClipLabels, list[int]]:
    """The labels of a TextGrid, and the line of each. Empty intervals are no events."""
    text, encoding = _decoded(data, file)
    tokens = _Tokens(text, file)
    head = (tokens.text("the file type"), tokens.text("the object class"))
    if head != ("ooTextFile", "TextGrid"):
        raise LabelError(f"is no TextGrid but {' '.join(head)}; save it from Praat as text", file)
    origin, end = tokens.number("xmin"), tokens.number("xmax")
    if end < origin:
        raise LabelError(f"xmax ({end:g}) is before xmin ({origin:g})", file, tokens.last.line)
    there = tokens.flag() == "<exists>"
    tiers: list[Json] = []
    events: list[Event] = []
    lines: list[int] = []
    names: dict[str, int] = {}
    for _ in range(tokens.count("the number of tiers") if there else 0):
        kind = tokens.text("the class of a tier")
        if kind not in (_INTERVALS, _POINTS):
            raise LabelError(
                f"a tier must be {_INTERVALS} or {_POINTS}, got {kind!r}", file, tokens.last.line
            )
        name = tokens.text("the name of a tier")
        names[name] = names.get(name, 0) + 1
        key = name if names[name] == 1 else f"{name}#{names[name]}"
        tiers.append({"name": name, "key": key, "points": kind == _POINTS})
        tokens.number("the tier's xmin")
        tokens.number("the tier's xmax")
        for _ in range(tokens.count(f"the size of tier {name!r}")):
            start = tokens.number("xmin" if kind == _INTERVALS else "the time of a point")
            stop = tokens.number("xmax") if kind == _INTERVALS else start
            line = tokens.last.line
            label = tokens.text("the text")
            if label or kind == _POINTS:
                events.append(Event(start - origin, stop - origin, label, key))
                lines.append(line)
    form: dict[str, Json] = {"tiers": tiers}
    form |= {} if "xmin" in re.sub(r'"[^"]*"', "", text) else {"short": True}
    form |= {"encoding": encoding} if encoding != "utf-8" else {}
    return ClipLabels(events, form=form), lines


def _decoded(data: bytes, file: Path) -> tuple[str, str]:
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else "utf-16")
    except UnicodeDecodeError:
        raise LabelError(f"is not {encoding.upper()}; save it from Praat as UTF-8", file) from None
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def render(labels: ClipLabels, seconds: float) -> bytes:
    """A TextGrid with the tiers, the form and the encoding of the source.

    Intervals of a tier cannot overlap: what does (after mixing or a roll) moves to a tier
    ``NAME (2)`` and so on; an interval without length becomes a point of ``NAME (points)``.
    """
    known = cast("list[dict[str, Json]]", labels.form.get("tiers", []))
    tiers: list[tuple[str, bool, list[Event]]] = []
    said = {str(tier["key"]) for tier in known}
    extra = dict.fromkeys(event.tier for event in labels.events if event.tier not in said)
    listed = [(str(t["name"]), str(t["key"]), bool(t["points"])) for t in known]
    for name, key, points in [*listed, *((tier or "events", tier, False) for tier in extra)]:
        mine = sorted(
            (event for event in labels.events if event.tier == key),
            key=lambda event: (event.start, event.end),
        )
        tiers += _tracks(name, points, [_rounded(event) for event in mine])
    short = bool(labels.form.get("short"))
    text = (_short if short else _long)(tiers, number_text(seconds), seconds)
    encoding = str(labels.form.get("encoding", "utf-8"))
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    return (mark + text).encode(encoding)


def _rounded(event: Event) -> Event:
    return replace(event, start=round(event.start, 6), end=round(event.end, 6))


def _tracks(name: str, points: bool, events: list[Event]) -> list[tuple[str, bool, list[Event]]]:
    """The events of a tier on as few tracks as they fit on without overlap."""
    if points:
        return [(name, True, events)]
    tracks: list[list[Event]] = [[]]
    instants = []
    for event in events:
        if event.end <= event.start:
            instants.append(event)
            continue
        free = next((t for t in tracks if not t or t[-1].end <= event.start), None)
        if free is None:
            tracks.append([event])
        else:
            free.append(event)
    named = [(name if not i else f"{name} ({i + 1})", False, t) for i, t in enumerate(tracks)]
    return [*named, (f"{name} (points)", True, instants)] if instants else named


def _filled(events: Iterable[Event], seconds: float) -> list[Event]:
    """Intervals that cover the whole clip, with empty ones between."""
    filled: list[Event] = []
    at, end = 0.0, round(seconds, 6)
    for event in events:
        if event.start > at:
            filled.append(Event(at, event.start))
        filled.append(event)
        at = event.end
    if at < end or not filled:
        filled.append(Event(at, end))
    return filled


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _short(tiers: list[tuple[str, bool, list[Event]]], length: str, seconds: float) -> str:
    rows = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", length, "<exists>"]
    rows.append(str(len(tiers)))
    for name, points, events in tiers:
        shown = events if points else _filled(events, seconds)
        rows += [_quoted(_POINTS if points else _INTERVALS), _quoted(name), "0", length]
        rows.append(str(len(shown)))
        for event in shown:
            rows.append(number_text(event.start))
            rows += [] if points else [number_text(event.end)]
            rows.append(_quoted(event.label))
    return "\n".join(rows) + "\n"


def _long(tiers: list[tuple[str, bool, list[Event]]], length: str, seconds: float) -> str:
    rows = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0"]
    rows += [f"xmax = {length}", "tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, points, events) in enumerate(tiers, 1):
        shown = events if points else _filled(events, seconds)
        what = "points" if points else "intervals"
        rows += [f"    item [{number}]:"]
        rows += [f"        class = {_quoted(_POINTS if points else _INTERVALS)}"]
        rows += [f"        name = {_quoted(name)}", "        xmin = 0", f"        xmax = {length}"]
        rows += [f"        {what}: size = {len(shown)}"]
        for place, event in enumerate(shown, 1):
            rows += [f"        {what} [{place}]:"]
            if points:
                rows += [f"            number = {number_text(event.start)}"]
                rows += [f"            mark = {_quoted(event.label)}"]
            else:
                rows += [f"            xmin = {number_text(event.start)}"]
                rows += [f"            xmax = {number_text(event.end)}"]
                rows += [f"            text = {_quoted(event.label)}"]
    return "\n".join(rows) + "\n"


def _fits(beginning: bytes) -> bool:
    plain = beginning.replace(b"\0", b"")
    return b"ooTextFile" in plain and b"TextGrid" in plain


FORM = ClipFormat("textgrid", ".TextGrid", parse, render, _fits)
