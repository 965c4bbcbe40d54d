"""Labels and pixels agree: draw a blob, move everything, find the blob where the label says."""

from __future__ import annotations

import numpy as np
import pytest

from augkit import Compose, image
from augkit.image import Geometric
from tests.image.cases import settings_of

HEIGHT, WIDTH = 120, 160
GEOMETRIC = [name for name in image.TRANSFORMS if issubclass(getattr(image, name), Geometric)]
CASES = [
    pytest.param(getattr(image, name), settings, id=f"{name}-{position}")
    for name in GEOMETRIC
    for position, settings in enumerate(settings_of(name))
]
KEYS = [f"key-{k}" for k in range(6)]


def larger(cls, settings):
    """Settings for the larger picture of these tests, black beyond it."""
    settings = {name: value for name, value in settings.items() if name != "fill"}
    if "size" in settings and cls.__name__ != "Pad":
        return {**settings, "size": (96, 128)}
    return {**settings, "size": (150, 200)} if "size" in settings else settings


def disc(cx, cy, radius, soft=False):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    distance = np.hypot(x - cx, y - cy)
    if soft:
        return np.exp(-0.5 * (distance / radius) ** 2).astype(np.float32)
    return (distance <= radius).astype(np.uint8)


def centroid(weights):
    weights = weights.astype(np.float64)
    y, x = np.mgrid[0 : weights.shape[0], 0 : weights.shape[1]] + 0.5
    return np.array([(weights * x).sum(), (weights * y).sum()]) / weights.sum()


def square(cx, cy, half):
    return [
        [cx - half, cy - half],
        [cx + half, cy - half],
        [cx + half, cy + half],
        [cx - half, cy + half],
    ]


@pytest.mark.parametrize(("cls", "settings"), CASES)
@pytest.mark.parametrize("key", KEYS)
def test_keypoints_follow_a_blob(cls, settings, key):
    pipeline = Compose([cls(**larger(cls, settings))], seed=3, keep_outside=True)
    for cx, cy in ((80, 60), (50, 40), (100.5, 75.25)):
        moved = pipeline(image=disc(cx, cy, 2.5, soft=True), keypoints=[[cx, cy]], key=key)
        (x, y), (height, width) = moved["keypoints"][0], moved["image"].shape
        if not (12 < x < width - 12 and 12 < y < height - 12):
            continue  # part of the blob is cut off
        if settings.get("border", "constant") != "constant":
            y0, x0 = max(int(y) - 12, 0), max(int(x) - 12, 0)  # without the mirrored copies
            found = centroid(moved["image"][y0 : y0 + 24, x0 : x0 + 24]) + [x0, y0]
        else:
            found = centroid(moved["image"])
        assert np.abs(found - [x, y]).max() < 0.5


@pytest.mark.parametrize(("cls", "settings"), CASES)
@pytest.mark.parametrize("key", KEYS[:3])
def test_masks_boxes_and_polygons_agree(cls, settings, key):
    pipeline = Compose([cls(**larger(cls, settings))], seed=5)
    corners = square(80, 60, 16)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[44:76, 64:96] = 1
    moved = pipeline(
        image=np.zeros((HEIGHT, WIDTH), np.uint8),
        mask=mask,
        masks=mask[None],
        boxes=[[64, 44, 96, 76]],
        rotated_boxes=[[80, 60, 32, 32, 0]],
        polygons=[corners],
        labels=["square"],
        key=key,
    )
    np.testing.assert_array_equal(moved["mask"], moved["masks"][0])
    assert moved["labels"] == ["square"]
    window = moved["mask"]
    if settings.get("border", "constant") != "constant":
        x0, y0, x1, y1 = (round(value) for value in moved["boxes"][0])
        keep = np.zeros_like(window)
        keep[max(y0 - 1, 0) : y1 + 1, max(x0 - 1, 0) : x1 + 1] = 1
        window = window * keep
    rows, columns = np.nonzero(window)
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    # A pixel is set where its centre is inside: half a pixel, and a hair for slanted corners.
    np.testing.assert_allclose(moved["boxes"][0], found, atol=1.0)
    ring = np.array(moved["polygons"][0][0])
    bounds = [*ring.min(axis=0), *ring.max(axis=0)]
    np.testing.assert_allclose(moved["boxes"][0], bounds, atol=1e-6)
    x, y = ring.T
    area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    perimeter = np.hypot(*(ring - np.roll(ring, -1, axis=0)).T).sum()
    assert abs(area - window.sum()) < 0.5 * perimeter


@pytest.mark.parametrize("degrees", [0, 15, 30, 45, 60, 90, 135, 180, 270, -20])
def test_rotated_boxes_turn_with_the_image(degrees):
    moved = image.Rotate(degrees=degrees)(
        image=np.zeros((HEIGHT, WIDTH), np.uint8), rotated_boxes=[[90, 50, 30, 10, 20]]
    )
    cx, cy, width, height, angle = moved["rotated_boxes"][0]
    assert (width, height) == (pytest.approx(30), pytest.approx(10))
    assert (angle - 20 - degrees) % 180 == pytest.approx(0, abs=1e-6) or (
        angle - 20 - degrees
    ) % 180 == pytest.approx(180, abs=1e-6)
    radians = np.radians(degrees)
    x, y = 90 - WIDTH / 2, 50 - HEIGHT / 2
    assert cx == pytest.approx(WIDTH / 2 + np.cos(radians) * x + np.sin(radians) * y)
    assert cy == pytest.approx(HEIGHT / 2 - np.sin(radians) * x + np.cos(radians) * y)


class TestFusion:
    PICTURE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)

    def test_four_rotations_by_22_5_are_one_by_90(self):
        four = Compose([image.Rotate(degrees=22.5)] * 4)
        np.testing.assert_array_equal(four(self.PICTURE), np.rot90(self.PICTURE))

    def test_boxes_do_not_inflate_through_chained_rotations(self):
        four = Compose([image.Rotate(degrees=45)] * 4)
        moved = four(image=self.PICTURE, boxes=[[10, 20, 30, 40]])
        np.testing.assert_allclose(moved["boxes"], [[34, 24, 54, 44]], atol=1e-9)

    def test_turning_there_and_back_loses_nothing(self):
        there_and_back = Compose([image.Rotate(degrees=33), image.Rotate(degrees=-33)])
        np.testing.assert_array_equal(there_and_back(self.PICTURE), self.PICTURE)

    def test_a_crop_is_a_window(self):
        """What a crop cut off does not come back when a later step looks beyond it."""
        pipeline = Compose([image.CenterCrop(32), image.Translate(pixels={"x": 8, "y": 0}, fill=7)])
        moved = pipeline(self.PICTURE)
        assert (moved[:, :8] == 7).all()
        np.testing.assert_array_equal(moved[:, 8:], self.PICTURE[16:48, 16:40])

    def test_a_pad_shows_its_fill_not_what_was_turned_away(self):
        pipeline = Compose(
            [image.Translate(pixels={"x": 8, "y": 0}), image.Pad(pixels=(0, 8), fill=9)]
        )
        moved = pipeline(self.PICTURE)
        assert (moved[:, 72:] == 9).all()
        assert (moved[:, :8] == 9).all()
        assert (moved[:, 8:16] == 0).all()
        np.testing.assert_array_equal(moved[:, 16:72], self.PICTURE[:, :56])

    def test_a_changed_fill_is_a_window(self):
        pipeline = Compose(
            [
                image.Translate(pixels={"x": 8, "y": 0}, fill=1),
                image.Translate(pixels={"x": 8, "y": 0}, fill=2),
            ]
        )
        moved = pipeline(self.PICTURE)
        assert (moved[:, :8] == 2).all()
        assert (moved[:, 8:16] == 1).all()

    def test_windows_cut_labels_as_they_cut_pixels(self):
        pipeline = Compose([image.CenterCrop(32), image.Rotate(degrees=30)])
        mask = np.ones((64, 64), np.uint8)
        moved = pipeline(
            image=self.PICTURE, mask=mask, polygons=[square(32, 32, 32)], boxes=[[0, 0, 64, 64]]
        )
        ring = np.array(moved["polygons"][0][0])
        x, y = ring.T
        area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
        assert area == pytest.approx(moved["mask"].sum(), rel=0.02)

    def test_fused_and_stepwise_agree_where_nothing_is_lost(self):
        steps = [
            image.HorizontalFlip(),
            image.Rotate90(turns=1),
            image.Transpose(),
            image.CenterCrop((40, 50)),
        ]
        fused, stepwise = Compose(steps), Compose(steps, fuse=False)
        np.testing.assert_array_equal(fused(self.PICTURE), stepwise(self.PICTURE))
