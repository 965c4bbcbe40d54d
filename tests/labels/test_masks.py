from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from augkit.labels import (
    ImageLabels,
    LabelError,
    LabelSchema,
    Rle,
    open_labels,
    open_writer,
    read_mask,
    write_mask,
)
from augkit.labels.rle import decode, encode

VALUES = np.array([[0, 1, 2], [3, 0, 1]], np.uint8)


def save(path: Path, values: np.ndarray = VALUES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    return path


def pack(counts: tuple[int, ...]) -> str:
    """``rleToString`` of pycocotools, on its own."""
    text = ""
    for index, count in enumerate(counts):
        value = count - counts[index - 2] if index > 2 else count
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != -1 if bits & 16 else value != 0
            text += chr((bits | 32 if more else bits) + 48)
    return text


masks = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**81 - 1)).map(
    lambda drawn: np.array(
        [drawn[2] >> bit & 1 for bit in range(drawn[0] * drawn[1])], np.uint8
    ).reshape(drawn[0], drawn[1])
)


@given(masks)
def test_run_lengths(mask: np.ndarray) -> None:
    code = encode(mask)
    np.testing.assert_array_equal(decode(code), mask)
    assert code.area == mask.sum()
    assert sum(code.counts) == mask.size
    size = list(mask.shape)
    assert Rle.from_dict({"size": size, "counts": list(code.counts)}) == code
    assert Rle.from_dict({"size": size, "counts": pack(code.counts)}) == code
    ys, xs = np.nonzero(mask)
    around = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(xs) else None
    assert code.bounds() == around


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_packed_run_lengths_of_any_size(counts: list[int]) -> None:
    total = sum(counts)
    code = Rle.from_dict({"size": [1, total], "counts": pack(tuple(counts))})
    assert code.counts == tuple(counts)


@pytest.mark.parametrize("size", [None, [2], [2, -1], [2, 2.5], [True, 2], "22"])
def test_bad_size_of_run_lengths(size: object) -> None:
    with pytest.raises(LabelError, match="RLE size"):
        Rle.from_dict({"size": size, "counts": [4]})  # type: ignore[dict-item]


@pytest.mark.parametrize("mode", ["L", "1", "P", "I;16", "RGB", "RGBA", "LA"])
def test_every_mode_comes_back(tmp_path: Path, mode: str) -> None:
    colors = np.array([[0, 0, 0, 255], [128, 0, 0, 255], [0, 128, 9, 255], [255] * 4], np.uint8)
    if mode == "I;16":
        image = Image.fromarray(VALUES.astype(np.uint16) * 20000)
    elif mode in ("RGB", "RGBA"):
        image = Image.fromarray(colors[VALUES][..., : len(mode)].copy())
    elif mode == "LA":
        image = Image.fromarray(colors[VALUES][..., [1, 3]].copy())
    elif mode == "1":
        image = Image.fromarray((VALUES > 0).astype(np.uint8) * 255).convert("1")
    else:
        image = Image.fromarray(VALUES)
        if mode == "P":
            image.putpalette([5, 6, 7] * 4)
    assert image.mode == mode
    image.save(tmp_path / "a.png")
    values, style = read_mask(tmp_path / "a.png")
    assert values.shape == (2, 3)
    assert values.dtype == (np.uint16 if mode == "I;16" else np.uint8)
    if mode.startswith("RGB"):
        assert style["colors"][0][:3] == [0, 0, 0]
        assert values[0, 0] == 0
    write_mask(tmp_path / "b.png", values, style)
    with Image.open(tmp_path / "a.png") as first, Image.open(tmp_path / "b.png") as second:
        assert second.mode == first.mode
        np.testing.assert_array_equal(np.array(second), np.array(first))
        assert second.getpalette() == first.getpalette()


def test_pictures_and_broken_files_are_no_masks(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    with pytest.raises(LabelError, match=r"colors: this is a picture"):
        read_mask(save(tmp_path / "a.png", noise))
    (tmp_path / "b.png").write_bytes(b"nothing")
    with pytest.raises(LabelError, match=r"b\.png: the mask cannot be read"):
        read_mask(tmp_path / "b.png")
    raw = (tmp_path / "a.png").read_bytes()
    (tmp_path / "c.png").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(LabelError, match=r"c\.png: the mask cannot be read"):
        read_mask(tmp_path / "c.png")
    Image.new("CMYK", (2, 2)).save(tmp_path / "d.tif")
    with pytest.raises(LabelError, match="mode CMYK"):
        read_mask(tmp_path / "d.tif")


@pytest.mark.parametrize("values", [[[70000]], [[-1]]])
def test_values_that_do_not_fit(tmp_path: Path, values: list[list[int]]) -> None:
    with pytest.raises(LabelError, match="from 0 to 65535"):
        write_mask(tmp_path / "a.png", np.array(values))


@pytest.mark.parametrize("name", ["1.png", "1_mask.png", "1_seg.tif", "1-mask.bmp", "1.PNG"])
@pytest.mark.parametrize("top", ["", "images/"])
def test_pairs(tmp_path: Path, name: str, top: str) -> None:
    save(tmp_path / "masks/a" / name.replace(".PNG", ".png")).rename(tmp_path / "masks/a" / name)
    source = open_labels("masks:masks", root=tmp_path)
    path = f"{top}a/1.jpg"
    labels = source.get(path, width=3, height=2)
    np.testing.assert_array_equal(labels.load().mask, VALUES)
    assert len(source) == 1
    assert source.is_label_file(f"masks/a/{name}")
    assert not source.is_label_file(path)
    small = source.subset([path, "b/2.jpg"])
    assert len(small) == 1
    assert small[path].mask == source[path].mask
    with pytest.raises(LabelError, match=r"image b/2\.jpg has no mask b/2\.png"):
        source["b/2.jpg"]
    assert source.missing([path, "b/2.jpg"]) == ["b/2.jpg"]
    assert source.problems == []
    assert source.missing([]) == []
    assert f"{name}: no image belongs to this mask" in source.problems[0]


def test_ambiguous_pairs(tmp_path: Path) -> None:
    save(tmp_path / "masks/1.png")
    save(tmp_path / "masks/1_mask.png")
    source = open_labels("masks:masks", root=tmp_path)
    with pytest.raises(LabelError, match=r"1\.jpg has several masks: 1\.png, 1_mask\.png"):
        source["1.jpg"]


def test_beside_the_images(tmp_path: Path) -> None:
    for name in ("1.png", "1_mask.png", "2.jpg", "2.png", "3.png"):
        save(tmp_path / name)
    source = open_labels("masks", root=tmp_path)
    assert source["1.png"].mask == tmp_path / "1_mask.png"
    assert source["2.jpg"].mask == tmp_path / "2.png"
    images = ["1.png", "2.jpg", "3.png"]
    assert source.missing(images) == ["3.png"]
    assert [n for n in [*images, "1_mask.png", "2.png"] if source.is_label_file(n)] == [
        "1_mask.png",
        "2.png",
    ]


def test_size_and_losses(tmp_path: Path) -> None:
    save(tmp_path / "masks/1.jpg")
    source = open_labels("masks:masks", root=tmp_path)
    source.get("1.jpg", width=3, height=2)
    assert "a JPEG changes the values" in source.problems[0]
    with pytest.raises(LabelError, match=r"is 3x2, but the image 1\.jpg is 2x3 \(after its EXIF"):
        source.get("1.jpg", width=2, height=3)
    writer = open_writer(source, tmp_path)
    with pytest.raises(LabelError, match="the image"):
        writer.write_image("1.jpg", 5, 5, ImageLabels(mask=VALUES))


def test_instances_alone_keep_their_values(tmp_path: Path) -> None:
    values = np.array([[0, 300, 300], [7, 7, 0]], np.uint16)
    save(tmp_path / "instances/1.png", values)
    source = open_labels("instances:instances", root=tmp_path)
    labels = source["1.jpg"].load()
    assert labels.count == 2
    np.testing.assert_array_equal(labels.masks[1], values == 300)
    kept = labels.moved([1], masks=labels.masks[1:, :, ::-1], width=3, height=2)
    [name] = open_writer(source, tmp_path / "out").write_image("1.jpg", 3, 2, kept)
    written, style = read_mask(tmp_path / "out" / name)
    assert written.tolist() == [[300, 300, 0], [0, 0, 0]]
    assert style == {"mode": "I;16"}


def test_instances_beside_boxes_are_their_rows(tmp_path: Path) -> None:
    save(tmp_path / "instances/1.png")
    (tmp_path / "a.csv").write_text("path,x1,y1,x2,y2,label\n" + "1.jpg,0,0,1,1,cat\n" * 3)
    source = open_labels(["csv:a.csv", "instances:instances"], root=tmp_path)
    labels = source["1.jpg"].load()
    assert labels.masks.shape == (3, 2, 3)
    kept = labels.moved([0, 2], boxes=labels.boxes[[0, 2]], masks=labels.masks[[0, 2]],
                        width=3, height=2)  # fmt: skip
    open_writer(source, tmp_path / "out").write_image("1.jpg", 3, 2, kept)
    assert read_mask(tmp_path / "out/instances/1.png")[0].tolist() == [[0, 1, 0], [2, 0, 1]]
    (tmp_path / "a.csv").write_text("path,x1,y1,x2,y2,label\n1.jpg,0,0,1,1,cat\n")
    source = open_labels(["csv:a.csv", "instances:instances"], root=tmp_path)
    with pytest.raises(LabelError, match="has 3 instances, and the labels describe 1"):
        source["1.jpg"].load()


def test_masks_that_are_not_there_are_not_written(tmp_path: Path) -> None:
    for kind in ("masks", "instances"):
        writer = open_writer([LabelSchema(kind)], tmp_path)
        assert writer.write_image("1.jpg", 2, 2, ImageLabels()) == []
        assert writer.outputs("a/1.jpg") == [f"{kind}/a/1.png"]
