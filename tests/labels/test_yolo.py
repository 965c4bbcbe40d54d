from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from augkit.labels import ImageLabels, LabelError, LabelSource, open_labels, open_writer
from augkit.labels.geometry import join_rings, quad_to_rotated, ring_area, rotated_to_quad

NAMES = "names: [cat, no]\nnc: 2\n"


def opened(root: Path, text: str, spec: str = "yolo", names: str = NAMES) -> LabelSource:
    (root / "labels").mkdir(exist_ok=True)
    (root / "labels/1.txt").write_text(text)
    (root / "data.yaml").write_text(names)
    return open_labels(spec, root=root)


def test_boxes_in_pixels(tmp_path: Path) -> None:
    source = opened(tmp_path, "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.25 0.2 0.5 0.875\n")
    labels = source.get("1.jpg", width=200, height=100)
    np.testing.assert_allclose(labels.boxes, [[80, 30, 120, 70], [0, 0, 40, 50]], atol=1e-9)
    assert labels.labels == ["no", "cat"]
    assert labels.attributes == [{}, {"score": 0.875}]
    open_writer(source, tmp_path / "out").write_image("a.jpg", 200, 100, labels)
    assert (tmp_path / "out/labels/a.txt").read_text() == (
        "1 0.500000 0.500000 0.200000 0.400000\n0 0.100000 0.250000 0.200000 0.500000 0.875\n"
    )


def test_the_size_is_read_from_the_image_as_seen(tmp_path: Path) -> None:
    source = opened(tmp_path, "0 0.5 0.5 1 1")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "1.jpg", exif=exif)
    labels = source["1.jpg"]
    assert (labels.width, labels.height) == (20, 40)
    (tmp_path / "1.jpg").write_bytes(b"no image")
    with pytest.raises(LabelError, match=r"1\.jpg: the size of the image is needed"):
        source["1.jpg"]


def test_empty_and_missing_files(tmp_path: Path) -> None:
    source = opened(tmp_path, "")
    empty = source.get("1.jpg", width=9, height=9)
    assert empty.listed
    assert empty.boxes.shape == (0, 4)
    absent = source.get("2.jpg", width=9, height=9)
    assert not absent.listed
    assert source.problems == ["2.jpg: no label file; taken as unlabeled"]
    assert source.missing(["1.jpg", "2.jpg"]) == ["2.jpg"]
    writer = open_writer(source, tmp_path / "out")
    assert writer.write_image("1.jpg", 9, 9, empty) == ["labels/1.txt"]
    assert (tmp_path / "out/labels/1.txt").read_bytes() == b""
    assert writer.write_image("2.jpg", 9, 9, absent) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 0.5 0.5 0.1 0.1", r"labels/1\.txt:2: unknown class 2; .*names 2 classes"),
        ("0.5 0.5 0.5 0.1 0.1", "whole number from 0"),
        ("-1 0.5 0.5 0.1 0.1", "whole number from 0"),
        ("cat 0.5 0.5 0.1 0.1", "'cat' is not a finite number"),
        ("0 nan 0.5 0.1 0.1", "'nan' is not a finite number"),
        ("0 1_0 0.5 0.1 0.1", "'1_0' is not"),
        ("0 inf 0.5 0.1 0.1", "'inf' is not"),
        ("0 0.5 0.5 0.1", "5 columns per line, got 4"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2", "got 9; is this yolo-obb"),
    ],
)
def test_bad_lines(tmp_path: Path, line: str, message: str) -> None:
    source = opened(tmp_path, f"0 0.5 0.5 0.1 0.1\r\n{line}\r\n")
    with pytest.raises(LabelError, match=message):
        source.get("1.jpg", width=9, height=9)


def test_odd_lines_are_reported(tmp_path: Path) -> None:
    source = opened(tmp_path, "0 0.9 0.5 0.4 0.1\n0 320 240 10 10\n0 0.5 0.5 0 -0.1\n")
    assert source.get("1.jpg", width=9, height=9).count == 3
    text = "\n".join(source.problems)
    assert "1.txt:1: the object leaves the image\n" in text
    assert "1.txt:2: the object leaves the image; are these pixels?" in text
    assert "1.txt:3: the box has no area" in text


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("names:\n  0: cat\n  5: no\n", [(0, "cat"), (5, "no")]),
        ("names: ['on', 1, yes]\n", [(0, "on"), (1, "1"), (2, "yes")]),
    ],
)
def test_forms_of_names(tmp_path: Path, names: str, expected: list[tuple[int, str]]) -> None:
    source = opened(tmp_path, "", names=names)
    assert [(c.id, c.name) for c in source.categories] == expected
    out = tmp_path / "out"
    open_writer(source, out).write_dataset([("train/images/1.jpg", 9, 9, {})])
    assert open_labels("yolo", root=out).categories == source.categories


@pytest.mark.parametrize(
    "names", ["names: cat", "names: [a, [b]]", "a: [", "nc: 2", "names: {x: y}"]
)
def test_bad_names(tmp_path: Path, names: str) -> None:
    with pytest.raises(LabelError, match=r"data\.yaml"):
        opened(tmp_path, "", names=names)


@pytest.mark.parametrize("file", ["labels/classes.txt", "classes.txt", "obj.names"])
def test_text_of_names(tmp_path: Path, file: str) -> None:
    opened(tmp_path, "1 0.5 0.5 0.1 0.1")
    (tmp_path / "data.yaml").unlink()
    assert open_labels("yolo", root=tmp_path).get("1.jpg", width=9, height=9).labels == ["1"]
    (tmp_path / file).write_bytes(b"cat\r\ntraffic light\r\n")
    source = open_labels("yolo", root=tmp_path)
    assert source.get("1.jpg", width=9, height=9).labels == ["traffic light"]
    assert len(source) == 1
    assert open_writer(source, tmp_path / "out").write_dataset([]) == ["classes.txt"]
    assert (tmp_path / "out/classes.txt").read_bytes() == b"cat\ntraffic light\n"


@pytest.mark.parametrize(
    ("image", "label", "written"),
    [
        ("images/train/1.jpg", "labels/train/1.txt", "labels/train/1.txt"),
        ("train/images/1.jpg", "train/labels/1.txt", "train/labels/1.txt"),
        ("images/a/images/1.jpg", "images/a/labels/1.txt", "images/a/labels/1.txt"),
        ("a/1.jpg", "labels/a/1.txt", "labels/a/1.txt"),
        ("a/1.jpg", "a/1.txt", "a/1.txt"),
    ],
)
def test_where_label_files_are(tmp_path: Path, image: str, label: str, written: str) -> None:
    for name in (image, label):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    source = open_labels("yolo", root=tmp_path)
    assert image in source
    assert open_writer(source, tmp_path).outputs(image) == [written]


def test_root_called_images(tmp_path: Path) -> None:
    (tmp_path / "images/train").mkdir(parents=True)
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "labels/train/1.txt").write_text("0 0.5 0.5 1 1")
    (tmp_path / "data.yaml").write_text(NAMES)
    source = open_labels("yolo", root=tmp_path / "images")
    assert source.get("train/1.jpg", width=4, height=4).labels == ["cat"]
    assert "2.jpg" not in source
    # In the destination no folder is called images, so YOLO looks beside the images.
    assert open_writer(source, tmp_path / "out").outputs("train/1.jpg") == ["train/1.txt"]


def test_labels_from_elsewhere_are_written_beside_the_images(tmp_path: Path) -> None:
    for folder in ("photos/a", "elsewhere/a"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "elsewhere/a/1.txt").write_text("0 0.5 0.5 1 1")
    source = open_labels(f"yolo:{tmp_path / 'elsewhere'}", root=tmp_path / "photos")
    writer = open_writer(source, tmp_path / "out")
    assert writer.outputs("a/1.jpg") == ["a/1.txt"]
    assert writer.outputs("images/1.jpg") == ["labels/1.txt"]


def test_data_yaml_says_where_the_splits_are(tmp_path: Path) -> None:
    extra = "license: CC\nflip_idx: [1, 0]\ntrain: x\nval: y\npath: ../elsewhere\n"
    source = opened(tmp_path, "", names=NAMES + extra)
    paths = ["images/train/a/1.jpg", "images/train/b/1.jpg", "images/val/1.jpg"]
    writer = open_writer(source, tmp_path / "out")
    writer.write_dataset((path, 1, 1, ImageLabels().to_dict()) for path in paths)
    assert (tmp_path / "out/data.yaml").read_text() == (
        "train: images/train\nval: images/val\nlicense: CC\nflip_idx: [1, 0]\nnc: 2\n"
        "names: {0: cat, 1: 'no'}\n"
    )


def test_pose(tmp_path: Path) -> None:
    shape = "kpt_shape: [2, 2]\n"
    source = opened(tmp_path, "0 0.5 0.5 1 1 0.5 0.25 0 0", "yolo-pose", NAMES + shape)
    labels = source.get("1.jpg", width=100, height=40)
    assert labels.keypoints.tolist() == [[[50, 10, 2], [0, 0, 0]]]
    writer = open_writer(source, tmp_path / "out")
    writer.write_image("1.jpg", 100, 40, labels)
    assert (
        (tmp_path / "out/labels/1.txt")
        .read_text()
        .endswith("0.500000 0.250000 0.000000 0.000000\n")
    )
    with pytest.raises(LabelError, match=r"data\.yaml: yolo-pose needs kpt_shape"):
        opened(tmp_path, "", "yolo-pose", NAMES)


def test_points_that_left_the_image_are_not_written(tmp_path: Path) -> None:
    source = opened(tmp_path, "", "yolo-pose", NAMES + "kpt_shape: [3, 3]\n")
    points = [[-5, 2, 0], [float("nan"), 2, 0], [5, 2, 0]]
    labels = ImageLabels(boxes=[[0, 0, 10, 10]], keypoints=[points], labels=["cat"])
    open_writer(source, tmp_path / "out").write_image("1.jpg", 10, 10, labels)
    cells = (tmp_path / "out/labels/1.txt").read_text().split()[5:]
    assert [float(cell) for cell in cells] == [0, 0, 0, 0, 0, 0, 0.5, 0.2, 0]


def test_segments_with_boxes_among_them(tmp_path: Path) -> None:
    source = opened(tmp_path, "0 0 0 0.5 0 0.5 1\n1 0.5 0.5 0.5 0.5\n", "yolo-seg")
    labels = source.get("1.jpg", width=10, height=10)
    assert [len(rings) for rings in labels.polygons] == [1, 0]
    assert labels.boxes.tolist() == [[0, 0, 5, 10], [2.5, 2.5, 7.5, 7.5]]


def test_parts_of_one_object_stay_one_line(tmp_path: Path) -> None:
    source = opened(tmp_path, "", "yolo-seg")
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], float)
    rings = [square, square + np.array([6, 0]), square + np.array([0, 5])]
    joined = join_rings(rings)
    assert ring_area(joined) == pytest.approx(12)
    labels = ImageLabels(boxes=[[0, 0, 8, 7]], polygons=[rings], labels=["cat"])
    open_writer(source, tmp_path / "out").write_image("1.jpg", 10, 10, labels)
    assert (tmp_path / "out/labels/1.txt").read_text().count("\n") == 1


def test_obb(tmp_path: Path) -> None:
    """A quarter turn clockwise of a box 4 wide and 2 high, then a quadrilateral."""
    lines = "0 .6 .3 .6 .7 .4 .7 .4 .3\n0 .1 .1 .9 .1 .7 .6 .3 .6\n"
    source = opened(tmp_path, lines, "yolo-obb")
    labels = source.get("1.jpg", width=100, height=100)
    np.testing.assert_allclose(labels.rotated_boxes[0], [50, 50, 40, 20, -90], atol=1e-9)
    np.testing.assert_allclose(labels.boxes[0], [40, 30, 60, 70], atol=1e-9)
    np.testing.assert_allclose(labels.rotated_boxes[1], [50, 35, 80, 50, 0], atol=1e-9)
    assert "1.txt:2: the four corners are no rectangle" in source.problems[0]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [1, 2, 3, 0], [3, 2, 1, 0], [0, 3, 2, 1]])
@pytest.mark.parametrize("degrees", [0, 30, 90, -135, 180])
def test_quads_in_any_order(order: list[int], degrees: float) -> None:
    quad = rotated_to_quad(np.array([50.0, 40.0, 30.0, 10.0, degrees]))[order]
    box, rectangle = quad_to_rotated(quad)
    assert rectangle
    again = rotated_to_quad(box)
    assert {tuple(p) for p in again.round(6) + 0.0} == {tuple(p) for p in quad.round(6) + 0.0}
    np.testing.assert_allclose(quad_to_rotated(again)[0], box, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "names", "kind"),
    [
        ("0 0.5 0.5 1 1", NAMES, ["yolo"]),
        ("0 0 0 1 0 1 1\n0 0 0 1 0 1 1 0 1\n", NAMES, ["yolo-seg"]),
        ("0 .5 .5 1 1 0 0 2 1 1 2", NAMES + "kpt_shape: [2, 3]\n", ["yolo-pose"]),
        ("", NAMES, ["yolo"]),
        ("some notes", NAMES, []),
    ],
)
def test_auto(tmp_path: Path, text: str, names: str, kind: list[str]) -> None:
    opened(tmp_path, text, names=names)
    (tmp_path / "1.jpg").touch()
    source = open_labels("auto", root=tmp_path)
    assert [schema.format for schema in source.schemas] == kind
    opened(tmp_path, "0 0 0 1 0 1 1 0 1\n")
    with pytest.raises(LabelError, match="say yolo-obb"):
        open_labels("auto", root=tmp_path)


def test_precision_grows_with_the_image(tmp_path: Path) -> None:
    source = opened(tmp_path, "")
    writer = open_writer(source, tmp_path / "out")
    for side in (7, 640, 31_000):
        box = np.array([[side / 3, side / 7, side / 2.1, side / 1.3]])
        writer.write_image("1.jpg", side, side, ImageLabels(boxes=box, labels=["cat"]))
        read = open_labels("yolo", root=tmp_path / "out").get("1.jpg", width=side, height=side)
        np.testing.assert_allclose(read.boxes, box, atol=2e-6, rtol=0)


def test_large_numbers_of_classes_are_not_needed_for_numbers(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("79 0.5 0.5 1 1\n")
    source = open_labels("yolo", root=tmp_path)
    labels = source.get("1.jpg", width=4, height=4)
    assert labels.labels == ["79"]
    assert open_writer(source, tmp_path / "out").write_image("x/1.jpg", 4, 4, labels) == ["x/1.txt"]
    assert (tmp_path / "out/x/1.txt").read_text().startswith("79 ")


def test_odd_names(tmp_path: Path) -> None:
    source = opened(tmp_path, "1 0.5 0.5 1 1", names="names: [cat, cat]\nnc: 3\n")
    assert source.get("1.jpg", width=4, height=4).labels == ["cat#1"]
    text = "\n".join(source.problems)
    assert "nc is 3, but there are 2 names" in text
    assert "several classes are called 'cat'" in text
    (tmp_path / "data.yaml").rename(tmp_path / "pets.yaml")
    (tmp_path / "other.yaml").write_bytes(b"\xff")
    assert len(open_labels("yolo", root=tmp_path).categories) == 2
    (tmp_path / "pets.yaml").unlink()
    (tmp_path / "classes.txt").write_text("cat\n\ndog\n")
    with pytest.raises(LabelError, match=r"classes\.txt:2: a class has no name"):
        open_labels("yolo", root=tmp_path)


def test_labels_that_no_class_has(tmp_path: Path) -> None:
    writer = open_writer(opened(tmp_path, ""), tmp_path / "out")
    with pytest.raises(LabelError, match="'dog', which is not a class name"):
        writer.write_image("1.jpg", 4, 4, ImageLabels(boxes=[[0, 0, 1, 1]], labels=["dog"]))
