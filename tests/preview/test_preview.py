"""The contact sheet: that it shows what a run writes, and says what it cannot show."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import augkit
from augkit import image
from augkit.batch import JobSpec, run
from augkit.core.errors import SpecError
from augkit.image.files import read
from augkit.labels import open_labels
from augkit.preview import preview
from augkit.preview.collect import SHOWN, collect
from augkit.preview.model import KINDS, Labels, Sheet, rotated_corners
from augkit.preview.page import as_html
from augkit.preview.picture import as_png

from .scene import BROKEN, NAMES, pipeline, write_folder


def sheet_of(photos: Path, made: augkit.Compose | None = None, **changes: object) -> Sheet:
    arguments: dict[str, object] = {
        "count": 9, "variants": 3, "seed": None, "labels": "none", "columns": None, **changes,
    }  # fmt: skip
    return collect(made or pipeline(), photos, **arguments)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("preview"))


def test_it_shows_what_a_run_makes(photos: Path) -> None:
    spec = f"coco:{photos.parent / 'coco.json'}"
    sheet = sheet_of(photos, labels=spec)
    source = open_labels(spec, root=photos)
    made = pipeline()
    for name in NAMES:
        row = next(row for row in sheet.rows if row.key == name)
        pixels = np.asarray(Image.open(photos / name))
        labels = source.get(name, width=160, height=120)
        for variant in range(3):
            result, recipe = made.run(
                {"image": pixels, "boxes": labels.boxes, "labels": labels.labels},
                key=name,
                variant=variant,
            )
            tile = row.tiles[variant + 1]
            assert tile.title == f"variant {variant}"
            assert np.array_equal(tile.image, result["image"])
            assert np.allclose(tile.labels.boxes, result["boxes"])
            assert list(tile.labels.names) == list(result["labels"])
            assert tile.steps == recipe.to_dict()["steps"]


def test_it_shows_what_a_run_writes(photos: Path, tmp_path: Path) -> None:
    job = JobSpec(pipeline().to_dict(), "augkit.image.codec:ImageMedium", variants=3)
    run(job, photos, tmp_path / "out", workers=0)
    for row in sheet_of(photos).rows:
        if row.key == BROKEN:
            continue
        for variant, tile in enumerate(row.tiles[1:]):
            stem = row.key.removesuffix(".png")
            written = read(tmp_path / "out" / f"{stem}_aug{variant:03d}.png")
            assert np.array_equal(written.pixels, tile.image)


def test_mixtures_show_the_labels_of_both(photos: Path, tmp_path: Path) -> None:
    mosaic = augkit.Compose([image.Mosaic(size=(160, 160))], seed=2)
    sheet = sheet_of(photos, mosaic, labels=f"coco:{photos.parent / 'coco.json'}")
    tiles = [tile for row in sheet.rows for tile in row.tiles[1:]]
    assert all(tile.image is not None for tile in tiles), [tile.error for tile in tiles]
    assert max(len(tile.labels.names) for tile in tiles) > 2
    rows = ["path,class", *(f"{name},{name[0]}" for name in ("a.png", "sub/c.png"))]
    (tmp_path / "classes.csv").write_text("\n".join(rows) + "\n")
    mix = augkit.Compose([image.MixUp()], seed=2)
    sheet = sheet_of(photos, mix, labels=f"csv:{tmp_path / 'classes.csv'}", variants=6)
    found = [tile.classes for row in sheet.rows for tile in row.tiles if row.key == "a.png"]
    assert found[0] == "a"
    assert any("%" in text for text in found[1:])


def test_another_seed_is_another_sheet_and_the_same_seed_the_same(photos: Path) -> None:
    assert as_html(sheet_of(photos)) == as_html(sheet_of(photos, seed=11))
    assert as_png(sheet_of(photos)) == as_png(sheet_of(photos))
    assert as_html(sheet_of(photos)) != as_html(sheet_of(photos, seed=12))


def test_labels_do_not_depend_on_the_form_the_pipeline_was_made_for(photos: Path) -> None:
    spec = f"coco:{photos.parent / 'coco.json'}"
    plain = sheet_of(photos, labels=spec)
    other = sheet_of(photos, pipeline(box_format="yolo", keypoints_at="centers"), labels=spec)
    for one, two in zip(plain.rows, other.rows, strict=True):
        for a, b in zip(one.tiles, two.tiles, strict=True):
            assert (a.labels.boxes is None) == (b.labels.boxes is None)
            assert a.labels.boxes is None or np.array_equal(a.labels.boxes, b.labels.boxes)


def test_what_cannot_be_read_says_why(photos: Path) -> None:
    row = next(row for row in sheet_of(photos).rows if row.key == BROKEN)
    assert len(row.tiles) == 1
    assert row.tiles[0].error.startswith(("is damaged", "is truncated"))
    page = as_html(sheet_of(photos)).decode()
    assert 'class="failed"' in page
    assert "broken &lt;&amp;&gt; file.jpg" in page


def test_a_variant_that_fails_leaves_the_others(photos: Path) -> None:
    made = augkit.Compose([image.RandomCrop(size=(500, 500), p=0.5)], seed=3)
    tiles = [tile for row in sheet_of(photos, made, variants=6).rows for tile in row.tiles]
    # Where the crop does not fit, the reason is shown; where it did not fire, the image.
    assert all((tile.image is None) == bool(tile.error) for tile in tiles)
    assert any(tile.image is not None for tile in tiles[1:])


def test_the_images_are_spread_over_the_folder(photos: Path) -> None:
    keys = [row.key for row in sheet_of(photos).rows]
    assert keys == ["a.png", NAMES[1], BROKEN, "sub/c.png"]
    assert [row.key for row in sheet_of(photos, count=2).rows] == [keys[0], keys[-1]]
    assert [row.key for row in sheet_of(photos, count=1).rows] == [keys[0]]
    assert len(sheet_of(photos, count=3).rows) == 3


def test_one_file_alone(photos: Path) -> None:
    sheet = sheet_of(photos / "sub" / "c.png")
    assert [row.key for row in sheet.rows] == ["c.png"]
    assert sheet.available == 1


def test_masks(photos: Path) -> None:
    sheet = sheet_of(photos, labels=f"masks:{photos.parent / 'masks'}", variants=1)
    tile = next(row for row in sheet.rows if row.key == "a.png").tiles[0]
    assert tile.labels.masks is not None
    assert tile.labels.masks[30, 20, 3] > 0
    assert tile.labels.masks[0, 0, 3] == 0
    assert tile.labels.masks[30, 20, :3].tolist() != tile.labels.masks[70, 100, :3].tolist()
    # An image without a mask is an error of its labels, shown as such.
    (photos / "unlabelled.png").write_bytes((photos / "a.png").read_bytes())
    try:
        sheet = sheet_of(photos, labels=f"masks:{photos.parent / 'masks'}", variants=1)
        assert "no mask" in next(r for r in sheet.rows if r.key == "unlabelled.png").tiles[0].error
    finally:
        (photos / "unlabelled.png").unlink()


def test_alpha_depth_and_large_images(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (40, 50, 4), dtype=np.uint8)).save(tmp_path / "alpha.png")
    Image.fromarray(rng.integers(0, 65536, (40, 50), dtype=np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(rng.random((40, 50)).astype(np.float32)).save(tmp_path / "float.tif")
    Image.fromarray(np.zeros((30, 2000), np.uint8)).save(tmp_path / "wide.png")
    Image.fromarray(np.zeros((1, 1), np.uint8)).save(tmp_path / "dot.png")
    made = augkit.Compose([image.VerticalFlip()], seed=1)
    sheet = sheet_of(tmp_path, made, variants=1)
    shapes = {row.key: [tile.image.shape for tile in row.tiles] for row in sheet.rows}
    assert shapes == {
        "alpha.png": [(40, 50, 4)] * 2,
        "deep.png": [(40, 50, 3)] * 2,
        "dot.png": [(1, 1, 3)] * 2,
        "float.tif": [(40, 50, 3)] * 2,
        "wide.png": [(8, SHOWN, 3)] * 2,
    }
    as_html(sheet)
    as_png(sheet)


def test_a_tensor_is_shown_as_an_image(photos: Path) -> None:
    made = augkit.Compose([image.Normalize()], seed=1)
    tile = sheet_of(photos, made, variants=1).rows[0].tiles[1]
    assert tile.image is not None
    assert tile.image.shape == (120, 160, 3)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.counts: dict[str, int] = {}
        self.group = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag in ("script", "iframe", "object"):
            raise AssertionError(f"<{tag}> in the page")
        for name in ("src", "href"):
            if name in found:
                self.links.append(str(found[name]))
        if tag == "g":
            self.group = str(found["data-kind"])
        elif self.group:
            count = int(found.get("data-count") or 1)
            self.counts[self.group] = self.counts.get(self.group, 0) + count
        if tag not in ("meta", "link", "img", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "g":
            self.group = ""


def test_the_page_needs_nothing_but_itself(photos: Path) -> None:
    sheet = sheet_of(photos, labels=f"coco:{photos.parent / 'coco.json'}")
    text = as_html(sheet).decode()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link.startswith(("data:", "#"))
        assert link.startswith("data:") or link[1:] in page.ids
    assert page.counts == sheet.counts()
    assert not re.search(r"url\(|@import|https?:", text)
    assert "<b>bold" not in text
    assert "default-src 'none'" in text


def test_the_sheet_as_an_image(photos: Path) -> None:
    picture = Image.open(io.BytesIO(as_png(sheet_of(photos, variants=5, columns=3))))
    narrow, wide = picture.size, Image.open(io.BytesIO(as_png(sheet_of(photos, variants=5)))).size
    assert narrow[0] < wide[0]
    assert narrow[1] > wide[1]
    assert len(np.unique(np.asarray(picture).reshape(-1, 3), axis=0)) > 100


@pytest.mark.parametrize(
    ("name", "files"),
    [("x.png", ["x.png"]), ("x.HTML", ["x.HTML"]), ("x", ["x.png", "x.html"])],
)
def test_the_name_decides_what_is_written(
    photos: Path, tmp_path: Path, name: str, files: list[str]
) -> None:
    (tmp_path / "new").mkdir()
    written = preview(pipeline(), photos, tmp_path / "new" / name, count=1, variants=0)
    assert [path.name for path in written] == files
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(files)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.txt", "a preview is a .png or an .html, not a .txt"),
        ("new/x.png", "there is no folder .*new.; make it first"),
    ],
)
def test_a_name_that_is_no_preview_is_refused(
    photos: Path, tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        preview(pipeline(), photos, tmp_path / name, count=1, variants=0)
    assert not list(tmp_path.iterdir())


def test_into_a_folder(photos: Path, tmp_path: Path) -> None:
    written = preview(pipeline(), photos, tmp_path, count=1, variants=1)
    assert [path.name for path in written] == ["preview.png", "preview.html"]


def test_wrong_arguments(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        preview(pipeline(), photos, tmp_path / "x", count=0, variants=-1, columns=0)
    assert len(caught.value.problems) == 3
    with pytest.raises(SpecError, match="not there"):
        preview(pipeline(), photos / "nowhere", tmp_path / "x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SpecError, match="no image in"):
        preview(pipeline(), tmp_path / "empty", tmp_path / "x")


def test_corners_of_a_rotated_box() -> None:
    corners = rotated_corners(np.array([10.0, 20.0, 4.0, 2.0, 90.0]))
    assert np.allclose(sorted(corners.tolist()), sorted([[9, 22], [9, 18], [11, 18], [11, 22]]))
    # A quarter turn counter-clockwise as seen: the right end of the box points up.
    right = (corners[1] + corners[2]) / 2
    assert np.allclose(right, [10, 18])


def test_every_kind_of_label_is_counted_and_drawn() -> None:
    labels = Labels(
        names=["a", ""],
        colors=[0, 13],
        rotated=np.array([[5.0, 5, 4, 2, 30], [7, 7, 4, 2, 30]]),
        polygons=[[np.array([[1.0, 1], [5, 1], [3, 4]])], []],
        keypoints=np.array(
            [[[1.0, 2, 2], [3, 4, 1], [0, 0, 0]], [[5, 5, 2], [6, 6, 2], [0, 0, 0]]]
        ),
        masks=np.zeros((8, 8, 4), np.uint8),
        mask_count=2,
    )
    counts = {"masks": 2, "polygons": 1, "rotated": 2, "keypoints": 4, "names": 1}
    assert labels.counts() == counts
    assert counts.keys() <= KINDS.keys()
