"""The sample labels of all formats, read and compared with one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from augkit.labels import (
    ImageLabels,
    LabelSource,
    find_splits,
    folder_class,
    open_labels,
    open_writer,
    read_split,
)
from augkit.labels.paths import IMAGE_SUFFIXES, image_size
from augkit.labels.source import iter_files

SAMPLES = Path(__file__).parents[2] / "samples"
PHOTOS = SAMPLES / "photos"
IMAGES = [f.relative_to(PHOTOS).as_posix() for f in iter_files(PHOTOS, IMAGE_SUFFIXES)]
SPECS = {
    "coco": f"coco:{SAMPLES}/labels/coco.json",
    "yolo": f"yolo:{SAMPLES}/labels/yolo",
    "voc": f"voc:{SAMPLES}/labels/voc",
    "csv": f"csv:{SAMPLES}/labels/boxes.csv",
}
MASKS = (f"masks:{SAMPLES}/masks", f"instances:{SAMPLES}/instances")


def source_of(*specs: str) -> LabelSource:
    return open_labels(specs, root=PHOTOS, voc_zero_based=True)  # as the samples say of themselves


@pytest.mark.parametrize("spec", [*SPECS.values(), *MASKS])
def test_every_photo_has_its_labels(spec: str) -> None:
    source = source_of(spec)
    assert IMAGES
    assert source.missing(IMAGES) == []
    assert len(source) == len(IMAGES)
    assert source.check(IMAGES) == []
    for path in IMAGES:
        width, height = image_size(PHOTOS / path)
        source.get(path, width=width, height=height)
    assert source.problems == []


def test_formats_agree() -> None:
    sources = {name: source_of(spec) for name, spec in SPECS.items()}
    assert [c.name for c in sources["coco"].categories] == [
        c.name for c in sources["yolo"].categories
    ]
    for path in IMAGES:
        coco = sources["coco"][path]
        assert coco.count
        for name in ("yolo", "voc", "csv"):
            other = sources[name][path]
            assert other.labels == coco.labels
            tolerance = 0.01 if name == "yolo" else 0
            np.testing.assert_allclose(other.boxes, coco.boxes, atol=tolerance)


def test_boxes_agree_with_masks() -> None:
    source = source_of(SPECS["coco"], *MASKS)
    number_of = {c.label: c.id for c in source.categories}
    for path in IMAGES:
        labels = source[path].load()
        assert labels.masks.shape == (labels.count, labels.height, labels.width)
        for row, mask in enumerate(labels.masks):
            ys, xs = np.nonzero(mask)
            around = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
            np.testing.assert_array_equal(labels.boxes[row], around)
            assert set(labels.mask[mask != 0]) == {number_of[labels.labels[row]]}


def test_splits() -> None:
    table = read_split("labels/splits.csv", root=SAMPLES)
    source = open_labels(f"csv:{SAMPLES}/labels/splits.csv", root=PHOTOS)
    assert set(table) == set(IMAGES)
    for path in IMAGES:
        assert source.group(path) == table[path]
        assert source[path].labels == [table[path][1]]
    assert {folder_class(path) for path in IMAGES} == {"desk", "garden", "kitchen"}
    assert find_splits(PHOTOS) == {}


def test_written_again(tmp_path: Path) -> None:
    """Every format at once: written, read, the same."""
    for specs in [*([spec] for spec in SPECS.values()), [SPECS["coco"], *MASKS]]:
        source = source_of(*specs)
        into = tmp_path / specs[0].partition(":")[0] / str(len(specs))
        writer = open_writer([s.to_dict() for s in source.schemas], into)
        expected: dict[str, ImageLabels] = {}
        for path in IMAGES:
            width, height = image_size(PHOTOS / path)
            expected[path] = source.get(path, width=width, height=height).load()
            files = writer.write_image(path, width, height, expected[path])
            assert all((into / file).is_file() for file in files)
        writer.write_dataset(
            (path, one.width, one.height, one.to_dict()) for path, one in expected.items()
        )
        assert not [file for file in into.rglob("*") if file.name.startswith(".")]
        names = {"coco": "coco:annotations.json", "csv": "csv:boxes.csv"}
        again = open_labels(
            [names.get(s.format, s.format if s.format in SPECS else f"{s.format}:{s.format}")
             for s in source.schemas],
            root=into,
            voc_zero_based=True,
        )  # fmt: skip
        for path, one in expected.items():
            read = again.get(path, width=one.width, height=one.height).load()
            assert read.is_close(one), path


def test_auto_finds_masks_and_labels() -> None:
    source = open_labels("auto", root=PHOTOS)
    assert source.missing(IMAGES) == []
    assert [schema.format for schema in source.schemas] == ["masks", "instances"]
