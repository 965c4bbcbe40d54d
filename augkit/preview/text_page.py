"""The page of a sheet of texts: edits struck through and underlined, labels in color."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from augkit.preview.captions import facts_of
from augkit.preview.colors import css
from augkit.preview.marks import Piece, labelled
from augkit.preview.shell import Frame, bar, failed_tile, framed, row, steps_of
from augkit.preview.texts import TextSheet, TextTile

__all__ = ["as_html"]

SHOWN = 20_000
"""Characters of a text that are shown; what is longer is cut, and says so."""

_TAGS = {"deleted": "del", "inserted": "ins"}


def as_html(sheet: TextSheet) -> bytes:
    """The page as UTF-8."""
    counts = _counts(sheet)
    words = {"deleted": "Deleted", "label": "Labels"}
    kinds = {kind: (word, counts[kind]) for kind, word in words.items() if counts[kind]}
    toggles, style = bar(kinds, sheet.colors.items())
    frame = Frame(
        source=sheet.source,
        facts=facts_of(sheet, "text"),
        transforms=sheet.transforms,
        spec=sheet.spec,
        seed=sheet.seed,
        samples="texts",
        styles=("texts.css",),
        columns=sheet.across,
    )
    rows = (
        row(each.key, number, [_tile(tile, each.key, sheet) for tile in each.tiles])
        for number, each in enumerate(sheet.rows)
    )
    return framed(frame, rows, toggles, style)


def _counts(sheet: TextSheet) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in sheet.rows:
        for tile in each.tiles:
            counts.update(piece.kind for piece in (*tile.pieces, *tile.pair))
            counts["label"] += len(tile.spans)
    return counts


def _tile(tile: TextTile, key: str, sheet: TextSheet) -> str:
    if tile.error:
        return failed_tile(tile.title, tile.error)
    original = tile.title == "original"
    size = len(tile.text)
    steps = [{"op": step["op"], "id": step["id"], "params": _said(step)} for step in tile.steps]
    origin = f"{key}, {tile.title}, seed {sheet.seed}"
    return (
        f'<figure class="{"original" if original else "variant"}">'
        f'<p class="text" dir="auto">{_marked(tile, sheet)}</p>{_pair(tile)}'
        f'<figcaption><p><b>{escape(tile.title)}</b><span class="size">'
        f"{size} character{'s' * (size != 1)}</span></p>"
        f"{steps_of(tile.title, steps, origin)}</figcaption></figure>"
    )


def _said(step: Mapping[str, Any]) -> dict[str, object]:
    """The edits of a step in words."""
    edits = [*step["params"].get("edits", ()), *step["params"].get("pairs", {}).get("pair", ())]
    said: dict[str, object] = {f"{edit[0]}–{edit[1]}": edit[2] or "nothing" for edit in edits[:50]}
    if len(edits) > 50:
        said["..."] = f"{len(edits) - 50} edits more"
    return said


def _pair(tile: TextTile) -> str:
    if not tile.pair:
        return ""
    pieces, _ = _shortened(tile.pair)
    return f'<p class="text pair" dir="auto">{"".join(map(_piece, pieces))}</p>'


def _marked(tile: TextTile, sheet: TextSheet) -> str:
    pieces, cut = _shortened(tile.pieces)
    parts = []
    for span, run in labelled(pieces, tile.spans):
        inner = "".join(map(_piece, run))
        if span is None:
            parts.append(inner)
            continue
        label = tile.spans[span][2]
        color = css(sheet.colors[label])
        parts.append(
            f'<mark style="--c:{color}">{inner}'
            f'<small data-kind="label">{escape(label)}</small></mark>'
        )
    if cut:
        parts.append(f'<span class="note"> ... {cut} characters more</span>')
    return "".join(parts)


def _piece(piece: Piece) -> str:
    text = escape(piece.text)
    if piece.kind == "kept":
        return text
    tag = _TAGS[piece.kind]
    kind = ' data-kind="deleted"' if piece.kind == "deleted" else ""
    return f'<{tag}{kind} title="{escape(piece.by)}">{text}</{tag}>'


def _shortened(pieces: Sequence[Piece]) -> tuple[list[Piece], int]:
    kept, room = list[Piece](), SHOWN
    for at, piece in enumerate(pieces):
        if len(piece.text) > room:
            kept.append(piece._replace(text=piece.text[:room]))
            rest = len(piece.text) - room + sum(len(one.text) for one in pieces[at + 1 :])
            return kept, rest
        room -= len(piece.text)
        kept.append(piece)
    return kept, 0
