"""The contact sheet as one PNG image."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from augkit.preview.captions import facts_of
from augkit.preview.colors import PALETTE, ink
from augkit.preview.model import Labels, Row, Sheet, Tile, rotated_corners

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

    Font: TypeAlias = "ImageFont.FreeTypeFont | ImageFont.ImageFont"

__all__ = ["as_png"]

TILE = 300  # width of a tile
TALLEST = 300  # its greatest height
GAP = 18
MARGIN = 36
FINER = 3  # lines are drawn this much larger and made small: smooth edges
PAPER, INK, SOFT, LINE = (251, 251, 250), (28, 30, 33), (106, 111, 119), (226, 226, 222)
BAD, BAD_PAPER = (180, 35, 24), (254, 243, 242)


def as_png(sheet: Sheet) -> bytes:
    """The sheet as a PNG file."""
    from PIL import Image, ImageDraw

    columns = min(sheet.across, max(len(row.tiles) for row in sheet.rows))
    width = max(2 * MARGIN + columns * TILE + (columns - 1) * GAP, 640)
    bands = [_header(sheet, width), *(_band(row, columns, width) for row in sheet.rows)]
    height = sum(band.height for band in bands) + MARGIN // 2
    page = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(page)
    top = 0
    for number, band in enumerate(bands):
        page.paste(band, (0, top))
        if number:
            draw.line([(MARGIN, top), (width - MARGIN, top)], LINE)
        top += band.height
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _font(size: int) -> Font:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _header(sheet: Sheet, width: int) -> Image.Image:
    from PIL import Image, ImageDraw

    room = width - 2 * MARGIN
    lines = _wrapped(", ".join(sheet.transforms), _font(17), room, 3)
    legend = 34 if sheet.legend else 0
    band = Image.new("RGB", (width, MARGIN + 74 + 24 * len(lines) + legend + 8), PAPER)
    draw = ImageDraw.Draw(band)
    draw.text((MARGIN, MARGIN), _fitted(sheet.source, _font(30), room), INK, _font(30))
    draw.text((MARGIN, MARGIN + 41), facts_of(sheet, sheet.sample), SOFT, _font(17))
    top = MARGIN + 70
    for line in lines:
        draw.text((MARGIN, top), line, SOFT, _font(17))
        top += 24
    left = MARGIN
    for name, color in sheet.legend:
        name = _fitted(name, _font(16), 200)
        wide = 22 + round(_font(16).getlength(name)) + 20
        if left + wide > width - MARGIN:
            break
        square = [left, top + 11, left + 14, top + 25]
        draw.rounded_rectangle(square, 4, PALETTE[color % len(PALETTE)])
        draw.text((left + 21, top + 8), name, INK, _font(16))
        left += wide
    return band


def _band(row: Row, columns: int, width: int) -> Image.Image:
    """A file: its name, and its tiles in lines of ``columns``."""
    from PIL import Image, ImageDraw

    lines = [row.tiles[start : start + columns] for start in range(0, len(row.tiles), columns)]
    drawn = [[_tile(tile) for tile in line] for line in lines]
    heights = [max(tile.height for tile in line) + GAP for line in drawn]
    band = Image.new("RGB", (width, 48 + sum(heights) + 4), PAPER)
    draw = ImageDraw.Draw(band)
    draw.text((MARGIN, 15), _fitted(row.key, _font(19), width - 2 * MARGIN), INK, _font(19))
    top = 48
    for line, height in zip(drawn, heights, strict=True):
        for column, tile in enumerate(line):
            band.paste(tile, (MARGIN + column * (TILE + GAP), top))
        top += height
    return band


def _tile(tile: Tile) -> Image.Image:
    """One image with its labels and its caption."""
    from PIL import Image, ImageDraw

    shown = tile.image
    picture = _reason(tile.error) if shown is None else _rounded(_labelled(tile, shown))
    ops = ", ".join(str(step["op"]) for step in tile.steps)
    words = ops or ("" if tile.title == "original" or tile.error else "unchanged")
    words = "; ".join(filter(None, [tile.classes, words, *tile.notes]))
    lines = _wrapped(words, _font(14), TILE, 3)
    full = Image.new("RGB", (TILE, picture.height + 30 + 19 * len(lines)), PAPER)
    full.paste(picture, (0, 0))
    draw = ImageDraw.Draw(full)
    top = picture.height + 7
    draw.text((0, top), tile.title, INK, _font(16))
    if tile.image is not None:
        # The font has neither multiplication sign nor middle dot.
        size = tile.measure.replace(" · ", ", ") or f"{tile.size[1]} x {tile.size[0]}"
        draw.text((TILE - _font(14).getlength(size), top + 1), size, SOFT, _font(14))
    for number, line in enumerate(lines):
        draw.text((0, top + 23 + 19 * number), line, SOFT, _font(14))
    return full


def _reason(error: str) -> Image.Image:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (TILE, 200), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle([0, 0, TILE - 1, 199], 8, BAD_PAPER, BAD)
    lines = _wrapped(error, _font(16), TILE - 40, 6)
    top = 100 - 11 * len(lines)
    for line in lines:
        draw.text(((TILE - _font(16).getlength(line)) / 2, top), line, BAD, _font(16))
        top += 22
    return picture


def _labelled(tile: Tile, pixels: NDArray[np.uint8]) -> Image.Image:
    """The image at the size of a tile, with its labels on it."""
    from PIL import Image, ImageDraw

    scale = min(TILE / tile.size[1], TALLEST / tile.size[0])
    size = max(1, round(tile.size[1] * scale)), max(1, round(tile.size[0] * scale))
    image = Image.fromarray(pixels)
    enlarged = size[0] > image.width
    how = Image.Resampling.NEAREST if enlarged else Image.Resampling.LANCZOS
    image = image.resize(size, how)
    if image.mode == "RGBA":
        image = Image.alpha_composite(_checks(size), image)
    image = image.convert("RGBA")
    if tile.labels.masks is not None:
        mask = Image.fromarray(tile.labels.masks).resize(size, Image.Resampling.NEAREST)
        image = Image.alpha_composite(image, mask)
    fine = Image.new("RGBA", (size[0] * FINER, size[1] * FINER))
    _lines(ImageDraw.Draw(fine), tile.labels, scale * FINER)
    image = Image.alpha_composite(image, _smaller(fine)).convert("RGB")
    draw = ImageDraw.Draw(image)
    for name, color, x, y in tile.labels.anchors():
        _chip(draw, name, color, x * scale, y * scale, size)
    return image


def _checks(size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    rows, columns = np.indices((size[1], size[0])) // 8
    gray = np.where((rows + columns) % 2, 255, 228).astype(np.uint8)
    return Image.fromarray(gray).convert("RGBA")


def _smaller(fine: Image.Image) -> Image.Image:
    """The lines at their final size; alpha is multiplied in so that edges keep their color."""
    return fine.convert("RGBa").reduce(FINER).convert("RGBA")


def _lines(draw: ImageDraw.ImageDraw, labels: Labels, scale: float) -> None:
    """Polygons, boxes, rotated boxes and keypoints, at ``scale`` pixels per image pixel."""
    colors = [PALETTE[color % len(PALETTE)] for color in labels.colors]
    thick = 2 * FINER
    for rings, color in zip(labels.polygons or (), colors, strict=False):
        for ring in rings:
            points = [(x * scale, y * scale) for x, y in ring]
            if len(points) > 2:
                draw.polygon(points, (*color, 46))
                draw.line([*points, points[0]], (*color, 255), thick * 3 // 4, joint="curve")
    if labels.boxes is not None:
        for box, color in zip(labels.boxes * scale, colors, strict=True):
            left, top, right, bottom = (float(edge) for edge in box)
            edges = [left, top, max(left, right), max(top, bottom)]
            draw.rectangle(edges, None, (*color, 255), thick)
    if labels.rotated is not None:
        for box, color in zip(labels.rotated, colors, strict=True):
            corners = [(x * scale, y * scale) for x, y in rotated_corners(box)]
            draw.line([*corners, *corners[:2]], (*color, 255), thick, joint="curve")
    if labels.keypoints is not None:
        radius = 4 * FINER
        for points, color in zip(labels.keypoints, colors, strict=True):
            for x, y, seen in points:
                if seen > 0:
                    left, top = x * scale - radius, y * scale - radius
                    inside = None if seen == 1 else (*color, 255)
                    edge = (*color, 255) if seen == 1 else (255, 255, 255, 255)
                    place = [left, top, left + 2 * radius, top + 2 * radius]
                    draw.ellipse(place, inside, edge, FINER * 3 // 2)


def _chip(
    draw: ImageDraw.ImageDraw, name: str, color: int, x: float, y: float, size: tuple[int, int]
) -> None:
    """A class name on its color, inside the corner of its box and inside the picture."""
    font = _font(13)
    name = _fitted(name, font, max(20, size[0] - 12))
    wide = font.getlength(name) + 8
    left = min(max(x, 0.0), max(size[0] - wide, 0))
    top = min(max(y, 0.0), max(size[1] - 18, 0))
    draw.rounded_rectangle([left, top, left + wide, top + 17], 3, PALETTE[color % len(PALETTE)])
    draw.text((left + 4, top + 1), name, ink(color), font)


def _rounded(image: Image.Image) -> Image.Image:
    """A picture with rounded corners, on the paper, as wide as a tile."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (image.width * FINER, image.height * FINER), 0)
    edge = [0, 0, mask.width - 1, mask.height - 1]
    ImageDraw.Draw(mask).rounded_rectangle(edge, 7 * FINER, 255)
    picture = Image.new("RGB", (TILE, image.height), PAPER)
    picture.paste(image, (0, 0), mask.reduce(FINER))
    return picture


def _fitted(text: str, font: Font, room: float) -> str:
    """Text cut to fit, with an ellipsis."""
    text = text.encode("utf-8", "replace").decode()
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _wrapped(text: str, font: Font, room: float, most: int) -> list[str]:
    """Text in at most ``most`` lines."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line = words.pop(0)
        while words and font.getlength(f"{line} {words[0]}") <= room:
            line += " " + words.pop(0)
        if words and len(lines) == most - 1:
            line = " ".join([line, *words])
        lines.append(_fitted(line, font, room))
    return lines
