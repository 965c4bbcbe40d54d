"""A sheet of texts for a terminal or a pipe: in color, or in the marks of ``wdiff``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from augkit.preview.captions import facts_of
from augkit.preview.marks import Piece, labelled
from augkit.preview.texts import TextSheet, TextTile

__all__ = ["as_plain"]

_COLORS = {"deleted": "\x1b[31;9m", "inserted": "\x1b[32;4m"}
_MARKS = {"deleted": ("[-", "-]"), "inserted": ("{+", "+}")}
_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def as_plain(sheet: TextSheet, *, color: bool) -> str:
    """The sheet as text, a line for each variant.

    What went stands in ``[-these-]``, what came in ``{+these+}``, labels in ``<PER these>``; with
    ``color``, what went is red and struck through, what came green and underlined. Control
    characters, which could do things to a terminal, are written as escapes.
    """
    return "\n".join(_lines(sheet, color)) + "\n"


def _lines(sheet: TextSheet, color: bool) -> Iterator[str]:
    bold, dim, end = (_BOLD, _DIM, _END) if color else ("", "", "")
    yield f"{sheet.source}: {facts_of(sheet, 'text')}"
    for row in sheet.rows:
        yield ""
        yield f"{bold}{_safe(row.key)}{end}"
        for tile in row.tiles:
            names = ", ".join(dict.fromkeys(str(step["op"]) for step in tile.steps))
            by = f"  {dim}({names}){end}" if names else ""
            shown = f"error: {_safe(tile.error)}" if tile.error else _marked(tile, color)
            yield f"  {dim}{tile.title:<10}{end}  {shown}{by}"
            if tile.pair:
                yield f"  {'':<10}  {''.join(_piece(piece, color) for piece in tile.pair)}"


def _marked(tile: TextTile, color: bool) -> str:
    parts = []
    for span, run in labelled(tile.pieces, tile.spans):
        inner = "".join(_piece(piece, color) for piece in run)
        parts.append(inner if span is None else f"<{_safe(tile.spans[span][2])} {inner}>")
    return "".join(parts)


def _piece(piece: Piece, color: bool) -> str:
    text = _safe(piece.text)
    if piece.kind == "kept":
        return text
    if color:
        return f"{_COLORS[piece.kind]}{text}{_END}"
    before, after = _MARKS[piece.kind]
    return f"{before}{text}{after}"


def _safe(text: str) -> str:
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)
