from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from augkit.labels import ImageLabels, LabelError, LabelSource, open_labels, open_writer
from augkit.labels.coco import detect

CAT = {"id": 7, "name": "cat", "supercategory": "pet"}
IMAGE = {"id": 1, "file_name": "1.jpg", "width": 10, "height": 8, "license": 3}


def annotation(**fields: object) -> dict[str, object]:
    return {"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4], **fields}


def opened(tmp_path: Path, *annotations: object, **fields: object) -> LabelSource:
    data = {"images": [IMAGE], "annotations": list(annotations), "categories": [CAT], **fields}
    (tmp_path / "a.json").write_text(json.dumps(data))
    return open_labels("coco:a.json", root=tmp_path)


def test_everything_of_an_annotation(tmp_path: Path) -> None:
    ring = [1, 1, 4, 1, 4, 5]
    source = opened(
        tmp_path,
        annotation(segmentation=[ring], iscrowd=0, score=0.5, area=99, keypoints=[1, 2, 2]),
        annotation(id=2, segmentation={"size": [8, 10], "counts": [8, 3, 69]}, iscrowd=1),
    )
    labels = source.get("1.jpg", width=10, height=8)
    assert labels.boxes.tolist() == [[1, 2, 4, 6]] * 2
    assert [[r.tolist() for r in rings] for rings in labels.polygons] == [
        [[[1, 1], [4, 1], [4, 5]]],
        [],
    ]
    assert labels.keypoints.tolist() == [[[1, 2, 2]], [[0, 0, 0]]]
    assert labels.attributes == [{"iscrowd": 0, "score": 0.5}, {"iscrowd": 1}]
    assert labels.image_attributes == {"license": 3}
    assert (labels.width, labels.height) == (10, 8)
    masks = labels.load().masks
    assert masks.shape == (2, 8, 10)
    assert masks[1, :, 1].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
    assert masks.sum() == 3
    assert source.problems == []


def test_what_is_written(tmp_path: Path) -> None:
    source = opened(tmp_path, annotation(segmentation=[[0, 0, 2, 0, 2, 2]], iscrowd=0))
    labels = source["1.jpg"]
    writer = open_writer(source, tmp_path / "out")
    empty = ImageLabels(boxes=np.zeros((0, 4)))
    unlisted = ImageLabels(listed=False)
    records = [("a.jpg", 10, 8, labels), ("b.jpg", 4, 4, empty), ("c.jpg", 4, 4, unlisted)]
    writer.write_dataset((path, w, h, one.to_dict()) for path, w, h, one in records)
    data = json.loads((tmp_path / "out/annotations.json").read_text())
    assert data["images"] == [
        {"id": 1, "file_name": "a.jpg", "width": 10, "height": 8, "license": 3},
        {"id": 2, "file_name": "b.jpg", "width": 4, "height": 4},
    ]
    assert data["annotations"] == [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 7,
            "bbox": [1, 2, 3, 4],
            "area": 2,
            "segmentation": [[0, 0, 2, 0, 2, 2]],
            "iscrowd": 0,
        }
    ]
    assert data["categories"] == [CAT]


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"images": 3}', "", '{"images": [{"id": 1}]}', "[" * 99999]
)
def test_broken_files(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(LabelError, match=r"a\.json"):
        open_labels("coco:a.json", root=tmp_path)


def test_line_of_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{\r\n"images": [],\r\n oops}')
    with pytest.raises(LabelError, match=r"a\.json:3: not JSON"):
        open_labels("coco:a.json", root=tmp_path)


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"images": []\n, "x": "\xe9"}')
    with pytest.raises(LabelError, match=r"a\.json:2: not UTF-8 \(byte 0xe9"):
        open_labels("coco:a.json", root=tmp_path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bbox": [1, 2, float("nan"), 4]}, "bbox must be 4 finite numbers"),
        ({"bbox": [1, 2, float("inf"), 4]}, "finite"),
        ({"bbox": [1, 2, 3]}, "4 finite numbers"),
        ({"bbox": "1 2 3 4"}, "4 finite numbers"),
        ({"category_id": 8}, "no category has the id 8"),
        ({"category_id": [7]}, "no category"),
        ({"segmentation": [[1, 2, 3]]}, "odd number"),
        ({"segmentation": "x"}, "polygons or an RLE"),
        ({"segmentation": {"size": [8, 10], "counts": [3]}}, "add up to 3"),
        ({"segmentation": {"size": [8, 10], "counts": [-1, 81]}}, "whole numbers from 0"),
        ({"segmentation": {"size": [8, 10], "counts": "~~~"}}, "never has|add up|middle"),
        ({"segmentation": {"size": [4, 4], "counts": [16]}}, "4x4 and the image 10x8"),
        ({"keypoints": [1, 2]}, "x, y, visibility"),
        ({"bbox": None}, "no bbox, and nothing to compute it from"),
        ({"score": float("nan")}, "NaN or an infinite"),
    ],
)
def test_one_bad_annotation_spoils_one_image(
    tmp_path: Path, fields: dict[str, object], message: str
) -> None:
    images = [IMAGE, {**IMAGE, "id": 2, "file_name": "2.jpg"}]
    source = opened(tmp_path, annotation(**fields), annotation(image_id=2, id=2), images=images)
    with pytest.raises(LabelError, match=message):
        source["1.jpg"]
    assert source["2.jpg"].count == 1
    assert len(source.check(["1.jpg", "2.jpg"])) == 1


@pytest.mark.parametrize(
    ("fields", "box"),
    [
        ({"segmentation": [[1, 2, 5, 2, 3, 6]]}, [1, 2, 5, 6]),
        ({"segmentation": {"size": [8, 10], "counts": [9, 2, 69]}}, [1, 1, 2, 3]),
        ({"keypoints": [1, 2, 2, 0, 0, 0, 4, 6, 1]}, [1, 2, 4, 6]),
    ],
)
def test_box_from_the_rest(tmp_path: Path, fields: dict[str, object], box: list[float]) -> None:
    raw = annotation(**fields)
    del raw["bbox"]
    assert opened(tmp_path, raw)["1.jpg"].boxes.tolist() == [box]


def test_odd_things_are_reported_and_kept(tmp_path: Path) -> None:
    source = opened(
        tmp_path,
        annotation(bbox=[1, 2, 0, -4]),
        annotation(image_id=9),
        annotation(id=3, segmentation=[1, 2, 3, 4, 5, 6]),
        annotation(id=4, segmentation=[[1, 2, 3, 4]]),
    )
    labels = source.get("1.jpg", width=8, height=10)
    assert labels.count == 3
    assert labels.boxes[0].tolist() == [1, 2, 1, -2]
    text = "\n".join(source.problems)
    for part in (
        "several annotations have the id 1",
        "no image has the id 9",
        "has no area",
        "one ring, not a list",
        "under three points",
        "10x8 here, but the image is 8x10 (the image has an EXIF orientation?)",
    ):
        assert part in text
    assert (labels.width, labels.height) == (8, 10)


def test_many_problems_of_a_kind_are_counted(tmp_path: Path) -> None:
    source = opened(tmp_path, *(annotation(id=i, image_id=5) for i in range(1000)))
    assert len(source.problems) == 21
    assert "980 more" in source.problems[-1]


def test_duplicate_images(tmp_path: Path) -> None:
    images = [IMAGE, {**IMAGE, "id": 2}, {**IMAGE, "file_name": "3.jpg"}]
    source = opened(tmp_path, annotation(), images=images)
    for path in ("1.jpg", "3.jpg"):
        with pytest.raises(LabelError, match="several images"):
            source[path]


def test_categories(tmp_path: Path) -> None:
    twins = [CAT, {"id": 9, "name": "cat"}, {"id": 2, "name": "dog", "skeleton": [[1, 2]]}]
    source = opened(tmp_path, annotation(), annotation(id=2, category_id=9), categories=twins)
    assert source["1.jpg"].labels == ["cat#7", "cat#9"]
    assert "several categories are called 'cat'" in source.problems[0]
    open_writer(source, tmp_path).write_dataset([("1.jpg", 10, 8, source["1.jpg"].to_dict())])
    written = json.loads((tmp_path / "annotations.json").read_text())
    assert written["categories"] == twins
    assert [a["category_id"] for a in written["annotations"]] == [7, 9]
    with pytest.raises(LabelError, match="id 7 of another category"):
        opened(tmp_path, categories=[CAT, {"id": 7, "name": "x"}])


def test_keypoints_at_centers(tmp_path: Path) -> None:
    opened(tmp_path, annotation(keypoints=[1, 2, 2, 0, 0, 0]))
    source = open_labels("coco:a.json", root=tmp_path, keypoints_at="centers")
    labels = source["1.jpg"]
    assert labels.keypoints.tolist() == [[[1.5, 2.5, 2], [0, 0, 0]]]
    open_writer(source, tmp_path).write_dataset([("1.jpg", 10, 8, labels.to_dict())])
    written = json.loads((tmp_path / "annotations.json").read_text())
    assert written["annotations"][0]["keypoints"] == [1, 2, 2, 0, 0, 0]
    assert written["annotations"][0]["num_keypoints"] == 1
    with pytest.raises(ValueError, match="keypoints_at"):
        open_labels("coco:a.json", root=tmp_path, keypoints_at="middle")  # type: ignore[arg-type]


def test_a_file_per_split(tmp_path: Path) -> None:
    """As Roboflow exports it: names are relative to the file's own folder."""
    for split in ("train", "valid"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "1.jpg").touch()
        data = {"images": [IMAGE], "annotations": [annotation()], "categories": [CAT]}
        (tmp_path / split / "_annotations.coco.json").write_text(json.dumps(data))
    assert len(detect(tmp_path)) == 2
    source = open_labels("auto", root=tmp_path)
    paths = ["train/1.jpg", "valid/1.jpg"]
    assert source.missing([*paths, "1.jpg"]) == ["1.jpg"]
    labels = {path: source[path] for path in paths}
    assert labels["valid/1.jpg"].origin == "valid/_annotations.coco.json"
    writer = open_writer(source, tmp_path / "out")
    records = [(path, 10, 8, one.to_dict()) for path, one in labels.items()]
    assert writer.write_dataset(records) == [
        "train/_annotations.coco.json",
        "valid/_annotations.coco.json",
    ]
    for split in ("train", "valid"):
        text = (tmp_path / "out" / split / "_annotations.coco.json").read_text()
        assert [image["file_name"] for image in json.loads(text)["images"]] == ["1.jpg"]


def test_a_subset_is_small_and_says_the_same(tmp_path: Path) -> None:
    images = [{**IMAGE, "id": i, "file_name": f"{i}.jpg"} for i in range(500)]
    source = opened(tmp_path, *(annotation(image_id=i) for i in range(500)), images=images)
    small = source.subset(["3.jpg", "4.jpg", "absent.jpg"])
    sent = pickle.dumps(small)
    assert len(sent) < len(pickle.dumps(source)) / 20
    received = pickle.loads(sent)
    assert len(received) == 2
    assert received["3.jpg"] == source["3.jpg"]
    assert not received["absent.jpg"].listed
    assert received.schemas == source.schemas


def test_interrupted_writing_leaves_nothing(tmp_path: Path) -> None:
    source = opened(tmp_path, annotation())
    labels = source["1.jpg"].to_dict()

    def records() -> object:
        yield "1.jpg", 10, 8, labels
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_writer(source, tmp_path / "out").write_dataset(records())  # type: ignore[arg-type]
    assert list((tmp_path / "out").iterdir()) == []


def test_unknown_label_is_refused(tmp_path: Path) -> None:
    source = opened(tmp_path, annotation())
    labels = source["1.jpg"]
    labels.labels = ["dog"]
    with pytest.raises(LabelError, match="'dog', which is not a category"):
        open_writer(source, tmp_path).write_dataset([("1.jpg", 10, 8, labels.to_dict())])
