"""What is written is read again, and writing that again gives the same bytes."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augkit.labels import Category, ImageLabels, LabelSchema, LabelSource, open_labels, open_writer
from augkit.labels.geometry import bounds, rotated_to_quad
from tests.labels.strategies import (
    HEIGHT,
    NAMES,
    WIDTH,
    codes,
    image_labels,
    rings,
    words,
)

PATHS = ("a/1.jpg", "b/1.jpg", "b/2.png")
CATEGORIES = tuple(Category(3 * i + 1, name) for i, name in enumerate(NAMES))
COUNTED = tuple(Category(i, name) for i, name in enumerate(NAMES))
some = st.integers(0, 4)


def whole(text: str) -> str | int:
    """As XML gives it: whole numbers are numbers."""
    text = text.strip()
    return int(text) if re.fullmatch(r"0|-?[1-9]\d*", text) else text


def write(root: Path, schemas: list[LabelSchema], labels: dict[str, ImageLabels]) -> None:
    writer = open_writer(schemas, root)
    for path, one in labels.items():
        assert writer.write_image(path, WIDTH, HEIGHT, one) in ([], writer.outputs(path))
    records = ((path, WIDTH, HEIGHT, one.to_dict()) for path, one in labels.items())
    assert writer.write_dataset(records) == writer.dataset_outputs()


def contents(root: Path) -> dict[str, bytes]:
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file()
    }


def check(
    schema: LabelSchema, spec: str, labels: dict[str, ImageLabels], *, zero_based: bool = False
) -> LabelSource:
    """Write, read, compare, write what was read, compare the bytes."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "first"), Path(folder, "second")
        write(first, [schema], labels)
        source = open_labels(spec, root=first, voc_zero_based=zero_based)
        again = {path: source.get(path, width=WIDTH, height=HEIGHT) for path in labels}
        for path, one in labels.items():
            tolerance = 1e-3 if schema.format == "yolo-obb" else 1e-5  # degrees of tiny boxes
            assert again[path].is_close(one, tolerance=tolerance), (again[path], one)
        assert source.missing(labels) == []
        assert len(source) == len(labels)
        write(second, source.schemas, again)
        if schema.format != "yolo-obb":  # a rectangle is fitted: its last digit may differ
            assert contents(first) == contents(second)
        return source


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_coco(data: st.DataObject) -> None:
    attributes = st.fixed_dictionaries(
        {"iscrowd": st.sampled_from([0, 1])}, optional={"note": words, "score": st.floats(0, 1)}
    )
    outlines, points = data.draw(st.booleans()), data.draw(st.sampled_from([0, 3]))
    labels = {}
    for path in PATHS:
        one = image_labels(
            data.draw(some), data.draw, outlines=outlines, points=points, attributes=attributes
        )
        if outlines and one.polygons and data.draw(st.booleans()):
            one.polygons[0] = [data.draw(rings()), data.draw(rings())]
        if outlines and one.polygons and data.draw(st.booleans()):
            one.polygons[-1] = []
            one.masks = [None] * (one.count - 1) + [data.draw(codes())]
        one.image_attributes = {"license": 2, "date_captured": "2020-01-01"}
        labels[path] = one
    if points:  # the number of points is that of the file
        labels["c.jpg"] = image_labels(1, data.draw, outlines=outlines, points=3)
        labels["c.jpg"].keypoints[0, :] = [1, 2, 2]
    if not any(one.count for one in labels.values()):
        for one in labels.values():
            one.polygons = one.keypoints = None
    for one in labels.values():
        if one.keypoints is not None and not one.count:
            one.keypoints = np.zeros((0, 0, 3))
    schema = LabelSchema(
        "coco", "annotations.json", categories=CATEGORIES, options={"header": {"info": {"year": 1}}}
    )
    source = check(schema, "coco:annotations.json", labels)
    assert source.categories == CATEGORIES


@pytest.mark.parametrize("kind", ["yolo", "yolo-seg", "yolo-obb", "yolo-pose"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_yolo(kind: str, data: st.DataObject) -> None:
    labels = {}
    for path in PATHS:
        rows = data.draw(some)
        one = image_labels(
            rows,
            data.draw,
            outlines=kind == "yolo-seg",
            rotation=kind == "yolo-obb" and rows > 0,
            points=4 if kind == "yolo-pose" else 0,
        )
        if kind == "yolo-seg":
            one.boxes = np.array([bounds(r[0]) for r in one.polygons]).reshape(-1, 4)
        if kind == "yolo-obb":
            turned = one.rotated_boxes if rows else np.zeros((0, 5))
            one.rotated_boxes = turned
            one.boxes = np.array([bounds(rotated_to_quad(r)) for r in turned]).reshape(-1, 4)
        if kind == "yolo-pose":
            one.keypoints = one.keypoints.reshape(-1, 4, 3)
        labels[path] = one
    options = {"names_file": "data.yaml", "extra": {"kpt_shape": [4, 3], "flip_idx": [1, 0, 2, 3]}}
    source = check(LabelSchema(kind, categories=COUNTED, options=options), kind, labels)
    assert source.categories == COUNTED


@pytest.mark.parametrize("zero_based", [False, True])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_voc(zero_based: bool, data: st.DataObject) -> None:
    attributes = st.fixed_dictionaries(
        {"difficult": st.sampled_from([0, 1]), "pose": words.map(whole)},
        optional={"actions": st.just({"jumping": 1, "running": ["a", "b"]}), "@id": st.just("7")},
    )
    rotation, outlines = data.draw(st.booleans()), data.draw(st.booleans())
    labels = {}
    for path in PATHS:
        rows = data.draw(some)
        one = image_labels(
            rows, data.draw, outlines=outlines and rows > 0, attributes=attributes,
            rotation=rotation and rows > 0,
        )  # fmt: skip
        if one.rotated_boxes is not None:
            for row, box in enumerate(one.rotated_boxes):
                one.attributes[row] |= {"type": "robndbox"}
                one.boxes[row] = bounds(rotated_to_quad(box))
        one.image_attributes = {"source": {"database": "x"}, "segmented": 0, "depth": 3}
        labels[path] = one
    options = {"zero_based": zero_based}
    check(LabelSchema("voc", options=options), "voc", labels, zero_based=zero_based)


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        ("path,x_min,y_min,x_max,y_max,label,note", "edges"),
        ("filename\tnote\tclass\tx\ty\twidth\theight", "corner"),
        ("image;cx;cy;w;h;label;note", "center"),
    ],
)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_table(header: str, layout: str, data: st.DataObject) -> None:
    attributes = st.fixed_dictionaries({"note": words.map(str.strip)})
    labels = {
        path: image_labels(data.draw(some), data.draw, attributes=attributes) for path in PATHS
    }
    with tempfile.TemporaryDirectory() as folder:
        delimiter = next(mark for mark in ",;\t" if mark in header)
        suffix = "tsv" if delimiter == "\t" else "csv"
        file = Path(folder, f"boxes.{suffix}")
        file.write_text(header + "\n", encoding="utf-8")
        schema = open_labels(f"csv:{file}", root=folder).schemas[0]
    assert schema.options["layout"] == layout
    check(schema, f"csv:boxes.{suffix}", labels)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_json_keeps_every_bit(data: st.DataObject) -> None:
    labels = image_labels(
        data.draw(st.integers(1, 4)), data.draw, outlines=True, points=2, rotation=True
    )
    labels.boxes /= 3
    labels.masks = [data.draw(codes()) for _ in range(labels.count)]
    assert ImageLabels.from_dict(labels.to_dict()) == labels
