"""Labels that are wrong: a clear error before anything is written, or the picture set aside."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.acceptance.conftest import QUIET, SAMPLES, augkit_, manifest, quarantine, tree


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A kitchen of five photographs with COCO labels and masks of its own."""
    for part in ("photos", "masks"):
        shutil.copytree(SAMPLES / part / "kitchen", tmp_path / part / "kitchen")
    data = json.loads((SAMPLES / "labels" / "coco.json").read_text())
    data["images"] = [one for one in data["images"] if "kitchen" in one["file_name"]]
    known = {one["id"] for one in data["images"]}
    data["annotations"] = [one for one in data["annotations"] if one["image_id"] in known]
    (tmp_path / "coco.json").write_text(json.dumps(data))
    return tmp_path


def change(dataset: Path, name: str, **fields: Any) -> None:
    """Change the first annotation of an image."""
    data = json.loads((dataset / "coco.json").read_text())
    image = next(one["id"] for one in data["images"] if name in one["file_name"])
    row = next(one for one in data["annotations"] if one["image_id"] == image)
    row.update(fields)
    row.pop("segmentation", None)
    (dataset / "coco.json").write_text(json.dumps(data))


def run(small: Path, out: str = "out", *more: object, code: int = 0) -> Any:
    labels = ("--labels", "coco:coco.json", "--labels", "masks:masks", "--alpha", "png")
    return augkit_("run", small, "photos", out, "-j", 0, "-n", 2, *labels, *QUIET, *more, code=code)


@pytest.mark.usefixtures("dataset")
def test_good_labels(small: Path) -> None:
    run(small)
    assert len(manifest(Path("out"))) == 10


def test_boxes_that_are_no_numbers(dataset: Path, small: Path) -> None:
    change(dataset, "donuts", bbox=[math.nan, 5, 10, 10])
    change(dataset, "coffee", bbox=[5, 5, math.inf, 10])
    change(dataset, "breakfast", bbox=[5, 5, "wide", 10])
    run(small, code=3)
    reasons = quarantine(Path("out"))
    assert set(reasons) == {f"kitchen/{name}.jpg" for name in ("donuts", "coffee", "breakfast")}
    for reason in reasons.values():
        assert "bbox" in reason or "box" in reason
    assert len(manifest(Path("out"))) == 4


def test_a_box_outside_of_its_image(dataset: Path, small: Path) -> None:
    """Clipped where it sticks out; gone, with its label, where nothing is left of it."""
    run(small, "before")
    change(dataset, "donuts", bbox=[-50, -50, 5000, 5000])
    change(dataset, "coffee", bbox=[9000, 9000, 40, 40])
    run(small)
    before = {line["output"]: line["labels"] for line in manifest(Path("before"))}
    for line in manifest(Path("out")):
        lost = 1 if "coffee" in line["output"] else 0
        assert line["labels"]["instances"] == before[line["output"]]["instances"] - lost
    written = json.loads(Path("out", "annotations.json").read_text())
    sizes = {one["id"]: (one["width"], one["height"]) for one in written["images"]}
    for row in written["annotations"]:
        x, y, width, height = row["bbox"]
        assert x >= 0
        assert y >= 0
        assert x + width <= sizes[row["image_id"]][0]
        assert y + height <= sizes[row["image_id"]][1]


def test_masks_of_another_size_or_missing(dataset: Path, small: Path) -> None:
    Image.fromarray(np.zeros((5, 9), np.uint8)).save(dataset / "masks" / "kitchen" / "donuts.png")
    (dataset / "masks" / "kitchen" / "coffee.png").unlink()
    (dataset / "masks" / "kitchen" / "breakfast.png").write_bytes(b"no mask")
    ended = run(small, "out", "--json", code=3)
    reasons = quarantine(Path("out"))
    assert set(reasons) == {f"kitchen/{name}.jpg" for name in ("donuts", "coffee", "breakfast")}
    assert "the mask is 9x5" in reasons["kitchen/donuts.jpg"]
    assert "has no mask" in reasons["kitchen/coffee.jpg"]
    assert ended.data["outputs"] == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        ("", "coco.json"),
        ('{"images": [', "coco.json"),
        ("[1, 2]", "coco.json"),
        ('{"images": [], "annotations": 5}', "annotations"),
    ],
)
def test_a_label_file_that_is_missing_or_broken(
    dataset: Path, small: Path, content: str | None, said: str
) -> None:
    if content is None:
        (dataset / "coco.json").unlink()
    else:
        (dataset / "coco.json").write_text(content)
    assert said in run(small, code=2).err
    assert not Path("out").exists()


def test_an_image_without_labels_is_an_image(dataset: Path, small: Path) -> None:
    shutil.copy(SAMPLES / "photos" / "desk" / "toys.jpg", dataset / "photos" / "new.jpg")
    labels = ("--labels", "coco:coco.json", "--alpha", "png")
    augkit_("run", small, "photos", "out", "-j", 0, *labels, *QUIET)
    assert {line["labels"]["instances"] for line in manifest(Path("out")) if "new" in line["key"]}


# -- labels that have changed since ------------------------------------------------------------


def test_label_files_that_were_edited_are_not_gone_on_with(dataset: Path, small: Path) -> None:
    """Half of a run with the old labels and half with the new ones would be a lie."""
    run(small)
    before = tree(Path("out"))
    change(dataset, "donuts", bbox=[1, 2, 3, 4])
    ended = run(small, code=4)
    assert "coco.json" in ended.err
    assert tree(Path("out")) == before
    run(small, "other")


def test_masks_that_were_edited_are_not_gone_on_with(dataset: Path, small: Path) -> None:
    run(small)
    mask = dataset / "masks" / "kitchen" / "donuts.png"
    Image.fromarray(np.zeros(np.asarray(Image.open(mask)).shape, np.uint8)).save(mask)
    assert "donuts" in run(small, code=4).err


def test_one_of_many_label_files_is_repaired(small: Path) -> None:
    """What failed may be repaired and is tried again; what is done may not be changed."""
    shutil.copytree(SAMPLES / "photos" / "kitchen", "photos/kitchen")
    shutil.copytree(SAMPLES / "labels" / "yolo", "labels")
    bad = Path("labels", "kitchen", "donuts.txt")
    good = bad.read_text()
    bad.write_text("0 nan 0.5 0.1 0.1\n")
    arguments = ("run", small, "photos", "out", "-j", 0, "--labels", "yolo:labels")
    arguments += ("--alpha", "png", *QUIET)
    augkit_(*arguments, code=3)
    assert set(quarantine(Path("out"))) == {"kitchen/donuts.jpg"}
    bad.write_text(good)
    augkit_(*arguments, "--retry-failed")
    assert len(manifest(Path("out"))) == 5
    other = Path("labels", "kitchen", "coffee.txt")
    text = other.read_text()
    # The same length: only the content tells.
    other.write_text(text[:-2] + ("1" if text[-2] != "1" else "2") + "\n")
    assert "coffee" in augkit_(*arguments, code=4).err
