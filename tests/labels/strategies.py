"""Random labels that each format can hold."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from augkit.labels import ImageLabels
from augkit.labels.rle import encode

WIDTH, HEIGHT = 640, 427
NAMES = ("cat", "Hund ä", "no", "traffic light", "猫", '"quoted", 1', "<&>", "0", "#7")

coordinates = st.floats(-20, 700, allow_nan=False).map(lambda v: round(v, 4))
names = st.sampled_from(NAMES)
words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "S")), max_size=8)


@st.composite
def boxes(draw: st.DrawFn) -> list[float]:
    x, y, width, height = (draw(coordinates) for _ in range(4))
    return [x, y, x + abs(width), y + abs(height)]


@st.composite
def rings(draw: st.DrawFn) -> np.ndarray:
    points = draw(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=7))
    return np.array(points)


@st.composite
def rotated(draw: st.DrawFn) -> list[float]:
    sizes = st.floats(0.5, 300).map(lambda v: round(v, 4))
    degrees = draw(st.floats(-179.9, 0).map(lambda v: round(v, 4)))
    return [draw(coordinates), draw(coordinates), draw(sizes), draw(sizes), degrees + 0.0]


@st.composite
def keypoints(draw: st.DrawFn, count: int) -> list[list[float]]:
    one = st.one_of(
        st.tuples(coordinates, coordinates, st.sampled_from([1.0, 2.0])),
        st.just((0.0, 0.0, 0.0)),
    )
    return [list(draw(one)) for _ in range(count)]


@st.composite
def codes(draw: st.DrawFn, height: int = HEIGHT, width: int = WIDTH) -> object:
    y, x = draw(st.integers(0, height - 9)), draw(st.integers(0, width - 9))
    mask = np.zeros((height, width), np.uint8)
    mask[y : y + draw(st.integers(1, 8)), x : x + draw(st.integers(1, 8))] = 1
    return encode(mask)


def image_labels(
    rows: int,
    draw: st.DrawFn,
    *,
    outlines: bool = False,
    points: int = 0,
    rotation: bool = False,
    attributes: st.SearchStrategy[dict] | None = None,
) -> ImageLabels:
    extra = st.just({}) if attributes is None else attributes
    return ImageLabels(
        boxes=np.array([draw(boxes()) for _ in range(rows)]).reshape(-1, 4),
        labels=[draw(names) for _ in range(rows)],
        polygons=[[draw(rings())] for _ in range(rows)] if outlines else None,
        keypoints=np.array([draw(keypoints(points)) for _ in range(rows)]) if points else None,
        rotated_boxes=np.array([draw(rotated()) for _ in range(rows)]) if rotation else None,
        attributes=[draw(extra) for _ in range(rows)],
        width=WIDTH,
        height=HEIGHT,
    )
