"""The sample pictures and their labels agree with one another (nothing is rendered here)."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

SAMPLES = Path(__file__).parent.parent / "samples"
LABELS = SAMPLES / "labels"
PHOTOS = sorted(
    p.relative_to(SAMPLES / "photos") for p in (SAMPLES / "photos").rglob("*") if p.is_file()
)
Box = tuple[float, float, float, float]

each_photo = pytest.mark.parametrize("photo", PHOTOS, ids=str)


@cache
def coco() -> dict[str, list[dict]]:
    return json.loads((LABELS / "coco.json").read_text(encoding="utf-8"))


def record(photo: Path) -> dict:
    return next(image for image in coco()["images"] if image["file_name"] == photo.as_posix())


def annotations(photo: Path) -> list[dict]:
    number = record(photo)["id"]
    return [a for a in coco()["annotations"] if a["image_id"] == number]


def names() -> dict[int, str]:
    return {c["id"]: c["name"] for c in coco()["categories"]}


def labelled_boxes(photo: Path) -> list[tuple[str, Box]]:
    """Class name and (x_min, y_min, x_max, y_max) of each COCO annotation."""
    rows = []
    for annotation in annotations(photo):
        x, y, width, height = annotation["bbox"]
        rows.append((names()[annotation["category_id"]], (x, y, x + width, y + height)))
    return rows


def png(folder: str, photo: Path) -> NDArray[np.uint8]:
    with Image.open(SAMPLES / folder / photo.with_suffix(".png")) as image:
        assert image.mode == "L"
        return np.asarray(image)


def displayed(photo: Path) -> Image.Image:
    with Image.open(SAMPLES / "photos" / photo) as stored:
        return ImageOps.exif_transpose(stored)


def test_there_is_a_dozen_of_pictures_of_several_shapes() -> None:
    assert 12 <= len(PHOTOS) <= 16
    assert {image["file_name"] for image in coco()["images"]} == {p.as_posix() for p in PHOTOS}
    shapes = {displayed(photo).size for photo in PHOTOS}
    assert len(shapes) >= 6
    assert any(w == h for w, h in shapes)
    assert any(w < h for w, h in shapes)
    assert any(" " in p.name for p in PHOTOS)
    assert len({p.parent for p in PHOTOS}) == 3


def test_the_whole_folder_is_small() -> None:
    parts = ("photos", "masks", "instances", "depth", "labels", "pipelines", "scene")
    files = [p for part in parts for p in (SAMPLES / part).rglob("*.*") if p.suffix != ".pyc"]
    total = sum(p.stat().st_size for p in files if p.is_file())
    assert total < 3_000_000


@each_photo
def test_size_and_labels_are_those_of_the_displayed_picture(photo: Path) -> None:
    image = displayed(photo)
    assert (record(photo)["width"], record(photo)["height"]) == image.size
    for folder in ("masks", "instances"):
        assert png(folder, photo).shape == image.size[::-1]
    assert annotations(photo)


@each_photo
def test_coco_boxes_areas_and_polygons_are_those_of_the_masks(photo: Path) -> None:
    ids, classes = png("instances", photo), png("masks", photo)
    assert set(np.unique(ids)) - {0} == set(range(1, len(annotations(photo)) + 1))
    assert np.array_equal(ids > 0, classes > 0)
    for number, annotation in enumerate(annotations(photo), start=1):
        mask = ids == number
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        x, y, width, height = annotation["bbox"]
        tight = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert (x, y, x + width, y + height) == tight
        assert set(np.unique(classes[mask])) == {annotation["category_id"]}
        assert annotation["area"] == mask.sum()
        assert annotation["iscrowd"] == 0
        assert np.array_equal(fill(annotation["segmentation"], mask.shape), mask)


def fill(polygons: list[list[float]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Pixels whose centres lie in any polygon, by counting crossings to the left of each."""
    filled = np.zeros(shape, bool)
    for polygon in polygons:
        x, y = np.array(polygon[0::2]), np.array(polygon[1::2])
        crossings = np.zeros(shape, np.int32)
        for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
            assert x0 == x1 or y0 == y1  # polygons follow pixel edges
            if x0 == x1 and x0 < shape[1]:
                crossings[min(y0, y1) : max(y0, y1), x0:] += 1
        part = crossings % 2 == 1
        assert not (filled & part).any()
        filled |= part
    return filled


@each_photo
def test_polygons_are_drawn_alike_by_pillow(photo: Path) -> None:
    ids = png("instances", photo)
    for number, annotation in enumerate(annotations(photo), start=1):
        canvas = Image.new("1", ids.shape[::-1])
        for polygon in annotation["segmentation"]:
            ImageDraw.Draw(canvas).polygon(polygon, fill=1)
        # Pillow paints the outline too, up to one pixel outside
        drawn, mask = np.asarray(canvas), ids == number
        assert drawn[mask].all()


@each_photo
def test_yolo_agrees_with_coco(photo: Path) -> None:
    classes = (LABELS / "yolo" / "classes.txt").read_text().split()
    assert classes == list(names().values())
    data = yaml.safe_load((LABELS / "yolo" / "data.yaml").read_text())
    assert list(data["names"].values()) == classes
    width, height = record(photo)["width"], record(photo)["height"]
    lines = (LABELS / "yolo" / photo.with_suffix(".txt")).read_text().splitlines()
    assert len(lines) == len(annotations(photo))
    for line, (label, box) in zip(lines, labelled_boxes(photo), strict=True):
        assert re.fullmatch(r"\d+( [01]\.\d{6}){4}", line)
        number, *values = line.split()
        x, y, w, h = (float(value) for value in values)
        edges = (
            (x - w / 2) * width,
            (y - h / 2) * height,
            (x + w / 2) * width,
            (y + h / 2) * height,
        )
        assert classes[int(number)] == label
        assert edges == pytest.approx(box, abs=0.001)


@each_photo
def test_voc_agrees_with_coco(photo: Path) -> None:
    root = ElementTree.parse(LABELS / "voc" / photo.with_suffix(".xml")).getroot()
    assert root.findtext("filename") == photo.name
    assert root.findtext("folder") == photo.parent.as_posix()
    assert int(root.findtext("size/width") or 0) == record(photo)["width"]
    assert int(root.findtext("size/height") or 0) == record(photo)["height"]
    edges = ("xmin", "ymin", "xmax", "ymax")
    rows = [
        (item.findtext("name"), tuple(int(item.findtext(f"bndbox/{e}") or -1) for e in edges))
        for item in root.iter("object")
    ]
    assert rows == labelled_boxes(photo)


def test_csv_agrees_with_coco() -> None:
    with (LABELS / "boxes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    edges = ("x_min", "y_min", "x_max", "y_max")
    assert list(rows[0]) == ["path", *edges, "label"]
    for photo in PHOTOS:
        own = [row for row in rows if row["path"] == photo.as_posix()]
        found = [(row["label"], tuple(int(row[edge]) for edge in edges)) for row in own]
        assert found == labelled_boxes(photo)
    assert len(rows) == len(coco()["annotations"])


def test_every_picture_has_a_split_and_its_largest_class() -> None:
    with (LABELS / "splits.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert set(rows) == {photo.as_posix() for photo in PHOTOS}
    assert {row["split"] for row in rows.values()} == {"train", "valid", "test"}
    for photo in PHOTOS:
        areas = dict.fromkeys(names().values(), 0)
        for annotation in annotations(photo):
            areas[names()[annotation["category_id"]]] += annotation["area"]
        assert rows[photo.as_posix()]["label"] == max(areas, key=areas.__getitem__)


def test_mugs_have_keypoints_and_nothing_else_has() -> None:
    mug = next(c for c in coco()["categories"] if c["name"] == "mug")
    assert mug["keypoints"] == ["rim", "handle", "base"]
    mugs = [a for a in coco()["annotations"] if a["category_id"] == mug["id"]]
    assert len(mugs) >= 4
    assert all(("keypoints" in a) == (a in mugs) for a in coco()["annotations"])
    sizes = {image["id"]: (image["width"], image["height"]) for image in coco()["images"]}
    for annotation in mugs:
        points = np.reshape(annotation["keypoints"], (3, 3))
        assert annotation["num_keypoints"] == (points[:, 2] > 0).sum()
        x, y, width, height = annotation["bbox"]
        for px, py, visible in points[points[:, 2] > 0]:
            assert 0 <= px < sizes[annotation["image_id"]][0]
            assert 0 <= py < sizes[annotation["image_id"]][1]
            if visible == 2:
                assert x <= px <= x + width
                assert y <= py <= y + height


def test_every_class_is_there_more_than_once() -> None:
    counts = dict.fromkeys(names(), 0)
    for annotation in coco()["annotations"]:
        counts[annotation["category_id"]] += 1
    assert min(counts.values()) >= 3
    assert list(names()) == list(range(1, len(names()) + 1))


def test_one_picture_is_stored_turned_and_labelled_as_displayed() -> None:
    turned = []
    for photo in PHOTOS:
        with Image.open(SAMPLES / "photos" / photo) as stored:
            if stored.getexif().get(0x0112, 1) != 1:
                turned.append(photo)
                assert stored.getexif()[0x0112] == 6
                width, height = stored.size
                assert (record(photo)["width"], record(photo)["height"]) == (height, width)
                assert width != height
                # a quarter turn clockwise brings it upright
                upright = np.rot90(np.asarray(stored), k=-1)
                assert np.array_equal(np.asarray(displayed(photo)), upright)
    assert len(turned) == 1
    # yellow fruit lies where the mask says lemon, which fails for any other turn
    pixels = np.asarray(displayed(turned[0]), np.float64)
    lemon = next(i for i, name in names().items() if name == "lemon")
    inside = png("masks", turned[0]) == lemon
    yellow = pixels[..., :2].mean(2) - pixels[..., 2]
    assert yellow[inside].mean() > 2 * abs(yellow[~inside].mean())


def test_the_cut_out_is_transparent_around_its_mask() -> None:
    (photo,) = [p for p in PHOTOS if p.suffix == ".png"]
    with Image.open(SAMPLES / "photos" / photo) as image:
        assert image.mode == "RGBA"
        alpha = np.asarray(image)[..., 3]
    mask = png("instances", photo) == 1
    assert {0, 255} < set(np.unique(alpha))
    assert np.mean((alpha >= 128) == mask) > 0.998


def test_the_depth_map_has_sixteen_bits() -> None:
    (path,) = (SAMPLES / "depth").glob("*.png")
    with Image.open(path) as image:
        assert image.mode.startswith("I;16")
        depth = np.asarray(image)
    assert depth.dtype == np.uint16
    assert len(np.unique(depth)) > 5000
    assert depth.shape == png("masks", Path("kitchen") / path.name).shape


def test_pipelines_are_specs_of_version_one() -> None:
    paths = sorted((SAMPLES / "pipelines").glob("*.yaml"))
    assert {"detection", "light", "segmentation"} <= {p.stem for p in paths}
    for path in paths:
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert spec["augkit"] == 1
        assert spec["modality"] in ("image", "text", "audio")
        assert spec["pipeline"]


# -- texts -------------------------------------------------------------------------------------


def test_reviews_have_classes_and_splits() -> None:
    with (SAMPLES / "text" / "reviews.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["text"] for row in rows}) == len(rows) == 60
    assert {row["label"] for row in rows} == {"positive", "negative"}
    for split in ("train", "valid", "test"):
        assert {row["label"] for row in rows if row["split"] == split} == {"positive", "negative"}
    text = " ".join(row["text"] for row in rows)
    assert all(
        odd in text for odd in ("https://", "@anna_k", "#outdoors", '"', "\U0001f3fd", "n't")
    )


def test_tags_begin_where_they_should() -> None:
    before = "O"
    kinds = set()
    for line in (SAMPLES / "text" / "entities.conll").read_text(encoding="utf-8").splitlines():
        tag = line.split(" ")[1] if line else "O"
        if tag.startswith("I-"):
            assert before[2:] == tag[2:], line
        kinds.add(tag)
        before = tag
    assert kinds == {"O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"}


def test_answers_stand_where_they_are_said_to() -> None:
    lines = (SAMPLES / "text" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 8
    for row in map(json.loads, lines):
        answers = row["answers"]
        for answer, start in zip(answers["text"], answers["answer_start"], strict=True):
            assert row["context"][start : start + len(answer)] == answer
