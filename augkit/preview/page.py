"""The page of a sheet of images: pictures, with their labels as drawings over them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.files import FileOptions, encode
from augkit.preview.captions import facts_of
from augkit.preview.colors import css, ink
from augkit.preview.model import KINDS, Labels, Sheet, Tile, rotated_corners
from augkit.preview.shell import Frame, bar, failed_tile, framed, row, steps_of

__all__ = ["as_html"]

_TINY = 160  # images below are shown with their pixels sharp
_TILE = 300  # about how wide a tile is on the screen; only sizes of text and dots depend on it
_JPEG = FileOptions(quality=88, subsampling="4:4:4")


def as_html(sheet: Sheet) -> bytes:
    """The page as UTF-8."""
    words = KINDS | {"boxes": "Events"} if sheet.sample == "sound" else KINDS
    kinds = {kind: (words[kind], count) for kind, count in sheet.counts().items()}
    toggles, style = bar(kinds, sheet.legend)
    frame = Frame(
        source=sheet.source,
        facts=facts_of(sheet, sheet.sample),
        transforms=sheet.transforms,
        spec=sheet.spec,
        seed=sheet.seed,
        samples=sheet.samples,
        styles=("images.css", "sounds.css") if sheet.sample == "sound" else ("images.css",),
        columns=sheet.across,
    )
    rows = (
        row(
            each.key,
            number,
            (_tile(tile, each.key, sheet.seed, number, at) for at, tile in enumerate(each.tiles)),
        )
        for number, each in enumerate(sheet.rows)
    )
    return framed(frame, rows, toggles, style)


def _tile(tile: Tile, key: str, seed: int, number: int, at: int) -> str:
    title = escape(tile.title)
    if tile.image is None:
        return failed_tile(tile.title, tile.error)
    height, width = tile.size
    mine = f"image-{number}-{at}"
    tiny = " tiny" if max(tile.size) < _TINY else ""
    name = escape(f"{tile.title} of {key}")
    origin = f"{key}, {tile.title}, seed {seed}"
    notes = [tile.classes, *tile.notes] if tile.classes else tile.notes
    size = escape(tile.measure or f"{width} × {height}")
    player = (
        f'<audio controls preload="metadata" src="{tile.sound}" aria-label="{name}"></audio>'
        if tile.sound
        else ""
    )
    return (
        f'<figure id="{mine}" class="{"original" if at == 0 else "variant"}" '
        f'style="--ratio:{width / height:.4f}"><a class="close" href="#row-{number}">Close</a>'
        f'<div class="picture{tiny}"><img src="{_embedded(tile.image)}" alt="{name}" '
        f'width="{width}" height="{height}">{_svg(tile)}'
        f'<a class="enlarge" href="#{mine}" aria-label="Enlarge {name}"></a></div>{player}'
        f'<figcaption><p><b>{title}</b><span class="size">{size}</span></p>'
        f"{steps_of(tile.title, tile.steps, origin, notes)}</figcaption></figure>"
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
