"""The contact sheet as one HTML page: no script, no request, nothing but itself.

What can be clicked is done by the browser: toggles are checkboxes that style sheets look at, an
enlarged picture is the figure that the address points to.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.files import FileOptions, encode
from augkit.preview.captions import facts_of, shown_params
from augkit.preview.colors import css, ink
from augkit.preview.model import KINDS, Labels, Row, Sheet, Tile, rotated_corners

__all__ = ["as_html"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'"
_TINY = 160  # images below are shown with their pixels sharp
_TILE = 300  # about how wide a tile is on the screen; only sizes of text and dots depend on it
_JPEG = FileOptions(quality=88, subsampling="4:4:4")


def as_html(sheet: Sheet) -> bytes:
    """The page as UTF-8."""
    style = files("augkit.preview").joinpath("page.css").read_text("utf-8")
    kinds = sheet.counts()
    hidden = "".join(
        f'body:has(#show-{kind}:not(:checked)) [data-kind="{kind}"] {{ display: none; }}\n'
        for kind in kinds
    )
    title = f"{sheet.source}: augkit preview"
    chips = "".join(f"<li>{escape(name)}</li>" for name in sheet.transforms)
    rows = "\n".join(_row(row, number, sheet.seed) for number, row in enumerate(sheet.rows))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="augkit preview">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>
{style}{hidden}</style>
</head>
<body style="--columns:{max(2, sheet.across)}">
<a class="skip" href="#sheet">Skip to the images</a>
<header>
<h1>{escape(sheet.source)}</h1>
<p class="facts">{escape(facts_of(sheet))}</p>
<ul class="chips" aria-label="Transforms of the pipeline">{chips}</ul>
<details><summary>Pipeline</summary><pre tabindex="0">{escape(sheet.spec)}</pre></details>
</header>
{_bar(sheet, kinds)}<main id="sheet">
{rows}
</main>
<footer>Made by augkit preview. A run with the same pipeline and seed {sheet.seed} writes the same
pictures.</footer>
</body>
</html>
""".encode("utf-8", "replace")


def _bar(sheet: Sheet, kinds: dict[str, int]) -> str:
    """The toggles of the labels and the colors of the classes."""
    if not kinds:
        return ""
    toggles = "".join(
        f'<label class="toggle"><input type="checkbox" id="show-{kind}" checked>'
        f"{KINDS[kind]} <b>{count}</b></label>"
        for kind, count in kinds.items()
    )
    classes = "".join(
        f'<li style="--color:{css(color)}">{escape(name)}</li>' for name, color in sheet.legend
    )
    legend = f'<ul class="legend" aria-label="Classes">{classes}</ul>' if classes else ""
    return f'<div class="bar"><fieldset><legend>Show</legend>{toggles}</fieldset>{legend}</div>\n'


def _row(row: Row, number: int, seed: int) -> str:
    tiles = "\n".join(_tile(tile, row.key, seed, number, at) for at, tile in enumerate(row.tiles))
    return (
        f'<section class="row" id="row-{number}" aria-label="{escape(row.key)}">'
        f"<h2>{escape(row.key)}</h2>\n"
        f'<div class="tiles">\n{tiles}\n</div></section>'
    )


def _tile(tile: Tile, key: str, seed: int, row: int, at: int) -> str:
    title = escape(tile.title)
    if tile.image is None:
        return (
            f'<figure class="failed"><p class="reason">{escape(tile.error)}</p>'
            f"<figcaption><p><b>{title}</b></p></figcaption></figure>"
        )
    height, width = tile.size
    mine = f"image-{row}-{at}"
    tiny = " tiny" if max(tile.size) < _TINY else ""
    name = escape(f"{tile.title} of {key}")
    return (
        f'<figure id="{mine}" class="{"original" if at == 0 else "variant"}" '
        f'style="--ratio:{width / height:.4f}"><a class="close" href="#row-{row}">Close</a>'
        f'<div class="picture{tiny}"><img src="{_embedded(tile.image)}" alt="{name}" '
        f'width="{width}" height="{height}">{_svg(tile)}'
        f'<a class="enlarge" href="#{mine}" aria-label="Enlarge {name}"></a></div>'
        f'<figcaption><p><b>{title}</b><span class="size">{width} × {height}</span></p>'
        f"{_steps(tile, f'{key}, {tile.title}, seed {seed}')}</figcaption></figure>"
    )


def _steps(tile: Tile, origin: str) -> str:
    """What fired, and on demand with which parameters; for an original what is odd about it."""
    said = [tile.classes, *tile.notes] if tile.classes else tile.notes
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in said)
    if not tile.steps:
        return notes + ('<p class="note">unchanged</p>' if tile.title != "original" else "")
    chips = "".join(f"<li>{escape(step['op'])}</li>" for step in tile.steps)
    listed = "".join(
        f"<dt>{escape(step['id'])}</dt><dd>"
        + "<br>".join(f"{escape(name)} {escape(value)}" for name, value in shown_params(step))
        + "</dd>"
        for step in tile.steps
    )
    return (
        f'{notes}<ul class="chips">{chips}</ul><details><summary>Parameters</summary>'
        f'<dl>{listed}</dl><p class="origin">{escape(origin)}</p></details>'
    )


def _embedded(pixels: NDArray[np.uint8]) -> str:
    """An image as a data URI: JPEG for photographs, PNG for what is transparent or tiny."""
    png = pixels.shape[2] == 4 or max(pixels.shape[:2]) < _TINY
    if png:
        data, kind = _png(pixels), "png"
    else:
        data, kind = encode(pixels, ".jpg", _JPEG)[0], "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _png(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


# -- labels ------------------------------------------------------------------------------------


def _svg(tile: Tile) -> str:
    """The labels of an image as a drawing over it, one group per kind, one element per label."""
    labels = tile.labels
    height, width = tile.size
    groups = {
        "masks": _masks(labels, width, height),
        "polygons": _polygons(labels),
        "boxes": _boxes(labels),
        "rotated": _rotated(labels),
        "keypoints": _keypoints(labels),
        "names": _names(labels, width, height),
    }
    inner = "".join(
        f'<g data-kind="{kind}">{body}</g>'
        for kind, items in groups.items()
        if (body := "".join(items))
    )
    if not inner:
        return ""
    return (
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true" '
        f'style="--u:{width / _TILE:.4f}">{inner}</svg>'
    )


def _color(index: int) -> str:
    return f'style="--c:{css(index)}"'


def _n(value: Any) -> str:
    """A coordinate with at most two decimals."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _masks(labels: Labels, width: int, height: int) -> Iterable[str]:
    if labels.masks is not None:
        data = base64.b64encode(_png(labels.masks)).decode()
        yield (
            f'<image href="data:image/png;base64,{data}" width="{width}" height="{height}" '
            f'preserveAspectRatio="none" data-count="{labels.mask_count}"/>'
        )


def _polygons(labels: Labels) -> Iterable[str]:
    for rings, color in zip(labels.polygons or (), labels.colors, strict=False):
        path = "".join(
            "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in ring) + "Z" for ring in rings if len(ring)
        )
        if path:
            yield f'<path d="{path}" fill-rule="evenodd" {_color(color)}/>'


def _boxes(labels: Labels) -> Iterable[str]:
    if labels.boxes is None:
        return
    for (x, y, right, bottom), color in zip(labels.boxes, labels.colors, strict=True):
        yield (
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(right - x)}" height="{_n(bottom - y)}" '
            f"{_color(color)}/>"
        )


def _rotated(labels: Labels) -> Iterable[str]:
    if labels.rotated is None:
        return
    for box, color in zip(labels.rotated, labels.colors, strict=True):
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in rotated_corners(box))
        yield f'<polygon points="{points}" {_color(color)}/>'


def _keypoints(labels: Labels) -> Iterable[str]:
    if labels.keypoints is None:
        return
    for points, color in zip(labels.keypoints, labels.colors, strict=True):
        for x, y, seen in points:
            if seen > 0:
                hidden = ' class="hidden"' if seen == 1 else ""
                yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3"{hidden} {_color(color)}/>'


def _names(labels: Labels, width: int, height: int) -> Iterable[str]:
    unit = width / _TILE
    for name, color, x, y in labels.anchors():
        # Inside the corner of the box, and inside the picture.
        x = min(max(x, 0.0), width - 9 * unit) + 4 * unit
        y = min(max(y, 0.0), height - 16 * unit) + 4 * unit
        letters = "#{:02x}{:02x}{:02x}".format(*ink(color))
        yield (
            f'<text x="{_n(x)}" y="{_n(y)}" style="--c:{css(color)};--i:{letters}">'
            f"{escape(name)}</text>"
        )
