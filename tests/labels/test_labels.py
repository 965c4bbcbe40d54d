"""What all formats share: the model, names of images, specs, several sources at once."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import augkit.labels
from augkit.labels import (
    Category,
    ImageLabels,
    LabelError,
    LabelSchema,
    open_labels,
    open_writer,
    register_format,
    split_of,
)
from augkit.labels.files import (
    atomic_file,
    checked_relative,
    number,
    number_text,
    read_text,
    write_text,
)


def table(root: Path, *names: str, file: str = "a.csv") -> Path:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("path,label\n" + "".join(f'"{name}",{i}\n' for i, name in enumerate(names)))
    return path


def images(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_import_is_light() -> None:
    code = (
        "import sys, augkit.labels; "
        "print([m for m in ('numpy', 'PIL', 'yaml', 'xml.etree') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_public_names() -> None:
    for name in augkit.labels.__all__:
        assert getattr(augkit.labels, name) is not None
    assert dir(augkit.labels) == sorted(augkit.labels.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        augkit.labels.nothing  # noqa: B018


def test_rows_must_be_parallel() -> None:
    with pytest.raises(LabelError, match="boxes has 1 rows and labels has 2"):
        ImageLabels(boxes=[[0, 0, 1, 1]], labels=["a", "b"])
    with pytest.raises(LabelError, match=r"boxes must have shape \(instances, 4\), got \(1, 3\)"):
        ImageLabels(boxes=[[0, 0, 1]], labels=["a"])
    with pytest.raises(LabelError, match="visibility"):
        ImageLabels(keypoints=[[[0, 0]]], labels=["a"])
    with pytest.raises(LabelError, match="rings"):
        ImageLabels(polygons=[[[1, 2, 3]]], labels=["a"])
    assert ImageLabels(boxes=[]).boxes.shape == (0, 4)


def test_moved() -> None:
    labels = ImageLabels(
        boxes=[[0, 0, 1, 1], [2, 2, 3, 3]],
        keypoints=[[[1, 1, 1]], [[2, 2, 2]]],
        labels=["a", "b"],
        attributes=[{"n": 1}, {"n": 2}],
        image_attributes={"license": 1},
        width=4,
        height=4,
        origin="x.json",
    )
    ring = np.array([[0.0, 0], [1, 0], [1, 1]])
    new = labels.moved(
        [1], boxes=[[0, 0, 2, 2]], keypoints=[[[5, 5]]], polygons=[ring], width=8, height=6
    )
    assert new.labels == ["b"]
    assert new.attributes == [{"n": 2}]
    assert new.keypoints.tolist() == [[[5, 5, 2]]]
    assert [r.tolist() for r in new.polygons[0]] == [ring.tolist()]
    assert (new.width, new.height, new.origin) == (8, 6, "x.json")
    assert labels.count == 2
    assert labels.boxes.tolist() == [[0, 0, 1, 1], [2, 2, 3, 3]]
    none = labels.moved([], boxes=[], masks=[], width=8, height=6)
    assert none.masks.shape == (0, 6, 8)
    assert none != new
    assert none != "labels"


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(LabelError, match="boxes must be finite, got nan"):
        ImageLabels(boxes=[[0, 0, float("nan"), 1]], labels=["a"]).to_dict()
    points = [[[float("nan"), 1, 0], [2, 2, 2]]]
    assert ImageLabels(keypoints=points, labels=["a"]).to_dict()["keypoints"] == [
        [[0, 1, 0], [2, 2, 2]]
    ]
    points[0][0][2] = 1
    with pytest.raises(LabelError, match="keypoints must be finite"):
        ImageLabels(keypoints=points, labels=["a"]).to_dict()


def test_outlines_may_be_arrays() -> None:
    ring = np.array([[0.0, 0], [1, 0], [1, 1]])
    labels = ImageLabels(polygons=[ring, [ring, ring]], labels=["a", "b"])
    assert [len(rings) for rings in labels.polygons] == [1, 2]


def test_through_json() -> None:
    labels = ImageLabels(
        boxes=[[1 / 3, 0, 1, 1]],
        polygons=[[]],
        masks=np.array([[[0, 1], [0, 0]]]),
        labels=["a"],
        listed=False,
        origin="x",
        width=2,
        height=2,
    )
    again = ImageLabels.from_dict(json.loads(json.dumps(labels.to_dict())))
    assert again.load().masks.tolist() == labels.masks.tolist()
    assert again.boxes.tolist() == labels.boxes.tolist()
    assert (again.listed, again.origin) == (False, "x")
    schema = LabelSchema("coco", "a.json", "o", (Category(1, "x", "x#1", {"k": [1]}),), {"a": None})
    assert LabelSchema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


@pytest.mark.parametrize(
    ("names", "files", "found", "lost"),
    [
        (["a/1.jpg", "b/1.jpg"], ["a/1.jpg", "b/1.jpg"], ["a/1.jpg", "b/1.jpg"], ["1.jpg"]),
        (["1.jpg"], ["a/1.jpg"], ["a/1.jpg"], ["a/2.jpg"]),
        (["1.jpg"], ["1.jpg", "a/1.jpg"], ["1.jpg"], ["a/1.jpg"]),
        (["photos/a/1.jpg"], ["a/1.jpg"], ["a/1.jpg"], []),
        (["/home/me/photos/a/1.jpg"], ["a/1.jpg"], ["a/1.jpg"], []),
        (["C:\\photos\\a\\1.jpg"], ["a/1.jpg"], ["a/1.jpg"], []),
        (["../../a/1.jpg"], ["a/1.jpg"], ["a/1.jpg"], []),
        (["./a//1.jpg"], ["a/1.jpg"], ["a/1.jpg"], []),
        (["1"], ["a/1.jpg"], ["a/1.jpg"], ["a/11.jpg"]),
        (["1.v2"], ["a/1.v2.png"], ["a/1.v2.png"], ["a/1.png"]),
        (["1.jpg", "a/1.jpg"], ["1.jpg", "a/1.jpg", "b/a/1.jpg"], ["1.jpg", "a/1.jpg"], []),
        (["cafe\u0301.jpg"], ["café.jpg"], ["café.jpg"], []),
        (["b/1.jpg"], ["1.jpg", "b/1.jpg"], ["b/1.jpg"], ["1.jpg"]),
        (["1.jpg"], ["1.png"], [], ["1.png"]),
    ],
)
def test_names_find_images(
    tmp_path: Path, names: list[str], files: list[str], found: list[str], lost: list[str]
) -> None:
    images(tmp_path, *files)
    table(tmp_path, *names)
    source = open_labels("csv:a.csv", root=tmp_path)
    assert source.missing([*found, *lost]) == lost
    small = source.subset([*found, *lost])
    assert small.missing([*found, *lost]) == lost
    assert [small[path] for path in found] == [source[path] for path in found]


@pytest.mark.parametrize(
    ("names", "files", "path", "message"),
    [
        (["1.jpg"], ["a/1.jpg", "b/1.jpg"], "a/1.jpg", r"'1\.jpg' may mean a/1\.jpg, b/1\.jpg"),
        (["x/1.jpg", "y/1.jpg"], ["1.jpg"], "1.jpg", r"may mean '1\.jpg': x/1\.jpg, y"),
        (["1"], ["1.jpg", "1.png"], "1.jpg", r"'1' may mean 1\.jpg, 1\.png"),
    ],
)
def test_ambiguous_names(
    tmp_path: Path, names: list[str], files: list[str], path: str, message: str
) -> None:
    images(tmp_path, *files)
    table(tmp_path, *names)
    source = open_labels("csv:a.csv", root=tmp_path)
    for one in (source, pickle.loads(pickle.dumps(source.subset([path])))):
        with pytest.raises(LabelError, match=message):
            one[path]


def test_names_from_elsewhere_are_reported(tmp_path: Path) -> None:
    table(tmp_path, "/etc/passwd.jpg", "../up.jpg")
    problems = open_labels("csv:a.csv", root=tmp_path).problems
    assert "absolute path '/etc/passwd.jpg'" in problems[0]
    assert "path '../up.jpg' has '..'" in problems[1]


@pytest.mark.parametrize("path", ["/a.jpg", "../a.jpg", "a/../../b.jpg", "C:/a.jpg", "", "a\0.jpg"])
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    for kind in ("yolo", "voc", "masks"):
        with pytest.raises(LabelError, match="must be relative"):
            open_writer([LabelSchema(kind)], tmp_path).outputs(path)
    with pytest.raises(LabelError, match="must be relative"):
        open_writer([LabelSchema("coco", "../a.json")], tmp_path)
    assert checked_relative("a/b.jpg").as_posix() == "a/b.jpg"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("coc:a.json", "unknown label format 'coc' .did you mean 'coco'"),
        ("coco", "coco needs a file"),
        ("csv", "csv needs a file"),
        ("csv:absent.csv", "'absent.csv' does not exist; looked for"),
        ("yolo:absent", "does not exist"),
        (["auto", "voc"], "'auto' stands alone"),
        (["voc", "voc"], "can be given once"),
        (["csv:a.csv", "csv:a.csv"], "need different names"),
    ],
)
def test_bad_specs(tmp_path: Path, spec: str | list[str], message: str) -> None:
    table(tmp_path, "1.jpg")
    with pytest.raises(LabelError, match=message):
        open_labels(spec, root=tmp_path)


def test_relative_specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, here = tmp_path / "root", tmp_path / "here"
    table(root, "1.jpg")
    table(here, "1.jpg")
    table(here, "1.jpg", file="b.csv")
    monkeypatch.chdir(here)
    assert "1.jpg" in open_labels("csv:b.csv", root=root)
    with pytest.raises(LabelError, match=r"'a\.csv' may be .* give the whole path"):
        open_labels("csv:a.csv", root=root)
    assert "1.jpg" in open_labels("csv:a.csv", root=here)


def test_no_labels(tmp_path: Path) -> None:
    images(tmp_path, "1.jpg")
    for spec in ("none", "auto"):
        source = open_labels(spec, root=tmp_path)
        assert source.missing(["1.jpg"]) == []
        assert len(source) == 0
        assert source["1.jpg"].count == 0
        assert source.categories == ()
        assert source.group("1.jpg") == (None, None)
        assert open_writer(source, tmp_path).write_dataset([("1.jpg", 1, 1, {})]) == []


def test_auto_refuses_two_kinds(tmp_path: Path) -> None:
    images(tmp_path, "1.jpg")
    table(tmp_path, "1.jpg")
    (tmp_path / "1.xml").write_text("<annotation></annotation>")
    with pytest.raises(LabelError, match=r"several kinds of labels were found \(voc, csv"):
        open_labels("auto", root=tmp_path)


def test_several_sources(tmp_path: Path) -> None:
    table(tmp_path, "1.jpg", "2.jpg", file="a.csv")
    table(tmp_path, "2.jpg", file="b.csv")
    source = open_labels(["csv:a.csv", "csv:b.csv"], root=tmp_path)
    assert source["1.jpg"].origin == "a.csv"
    assert source.is_label_file("b.csv")
    with pytest.raises(LabelError, match=r"a\.csv and b\.csv both describe the objects of 2\.jpg"):
        source["2.jpg"]
    assert not source["3.jpg"].listed
    assert len(source.check(["1.jpg", "2.jpg"])) == 1
    small = pickle.loads(pickle.dumps(source.subset(["1.jpg"])))
    assert small["1.jpg"].origin == "a.csv"
    assert small.missing(["1.jpg", "2.jpg"]) == ["2.jpg"]


def test_another_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("augkit.labels.registry.FORMATS", dict(augkit.labels.FORMATS))
    register_format("mine", "augkit.labels.table")
    table(tmp_path, "1.jpg")
    assert open_labels("mine:a.csv", root=tmp_path)["1.jpg"].labels == ["0"]
    with pytest.raises(ValueError, match="'coco' is already"):
        register_format("coco", "elsewhere")


def test_numbers() -> None:
    values = [0.0, -0.0, 1e-9, 1 / 3, 12345.678901, 1e15, -2.5]
    assert [number(v) for v in values] == [0, 0, 0, 0.333333, 12345.678901, 10**15, -2.5]
    assert [number_text(v) for v in values][2:4] == ["0", "0.333333"]
    assert number_text(0.00002) == "0.00002"


def test_files(tmp_path: Path) -> None:
    write_text(tmp_path / "a/b.txt", "ä\n")
    assert (tmp_path / "a/b.txt").read_bytes() == b"\xc3\xa4\n"
    with pytest.raises(TypeError), atomic_file(tmp_path / "a/b.txt") as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.txt"]
    assert read_text(tmp_path / "a/b.txt") == "ä\n"
    with pytest.raises(LabelError, match="does not exist") as caught:
        read_text(tmp_path / "absent")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(LabelError, match="cannot be read"):
        read_text(tmp_path)


def test_splits() -> None:
    assert split_of("data/Training/1.jpg") == "train"
    assert split_of("train.jpg") is None
    assert split_of("val2017/1.jpg") == "val"
    assert split_of("trains/1.jpg") is None


@pytest.mark.parametrize(
    "labels",
    [
        ImageLabels(polygons=[[[[1, 2], [5, 2], [5, 6], [1, 6]]]], labels=["cat"]),
        ImageLabels(rotated_boxes=[[3, 4, 4, 4, 90]], labels=["cat"]),
        ImageLabels(keypoints=[[[1, 2, 2], [5, 6, 1], [0, 0, 0]]], labels=["cat"]),
    ],
)
def test_formats_of_boxes_take_what_has_an_extent(tmp_path: Path, labels: ImageLabels) -> None:
    """Labels without boxes are written with the box around them, whatever their source."""
    cats = (Category(0, "cat"),)
    kinds = {"yolo": "yolo", "yolo-obb": "yolo-obb", "voc": "voc", "coco": "coco:annotations.json"}
    for kind, spec in kinds.items():
        into = tmp_path / kind
        writer = open_writer(
            [LabelSchema(kind, categories=cats, options={"names_file": "data.yaml"})], into
        )
        writer.write_image("1.jpg", 10, 10, labels)
        writer.write_dataset([("1.jpg", 10, 10, labels.to_dict())])
        read = open_labels(spec, root=into).get("1.jpg", width=10, height=10)
        np.testing.assert_allclose(read.boxes, [[1, 2, 5, 6]], atol=1e-6)
        assert read.labels == ["cat"]


def test_labels_without_extent_are_refused(tmp_path: Path) -> None:
    labels = ImageLabels(labels=["cat"])
    for kind in ("yolo", "voc"):
        writer = open_writer([LabelSchema(kind, categories=(Category(0, "cat"),))], tmp_path)
        with pytest.raises(LabelError, match="needs a box for 'cat'"):
            writer.write_image("1.jpg", 2, 2, labels)
    writer = open_writer([LabelSchema("coco", categories=(Category(0, "cat"),))], tmp_path)
    with pytest.raises(LabelError, match="needs a box or an outline"):
        writer.write_dataset([("1.jpg", 2, 2, labels.to_dict())])


def test_find_splits(tmp_path: Path) -> None:
    images(tmp_path, "images/train/1.jpg", "images/valid/1.jpg", "notes/1.jpg")
    found = augkit.labels.find_splits(tmp_path)
    assert found == {"train": tmp_path / "images/train", "val": tmp_path / "images/valid"}
    assert augkit.labels.find_splits(tmp_path / "absent") == {}
