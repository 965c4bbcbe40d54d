from __future__ import annotations

import numpy as np
import pytest

from augkit import Compose, Recipe, image

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}


def flat(shape, dtype=np.uint8):
    return np.full(shape, 0.5 * WHITE[dtype], dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 5])
def test_one_hole_of_a_known_size(channels, dtype):
    pixels = flat((20, 40, channels) if channels else (20, 40), dtype)
    before = pixels.copy()
    dropout = image.CoarseDropout(holes=1, height=0.25, width=0.5)
    for seed in range(10):
        done = Compose([dropout], seed=seed)(pixels)
        hole = (done != pixels).reshape(20, 40, -1)
        assert (hole == hole[..., :1]).all()
        rows, columns = np.flatnonzero(hole.any(axis=(1, 2))), np.flatnonzero(hole.any(axis=(0, 2)))
        assert (len(rows), len(columns)) == (5, 20)
        assert hole[..., 0].sum() == 5 * 20
        assert (done.reshape(20, 40, -1)[hole] == 0).all()
    np.testing.assert_array_equal(pixels, before)


def test_every_place_is_as_likely():
    pipeline = Compose([image.CoarseDropout(holes=1, height=0.5, width=1.0)], seed=0)
    pixels = flat((8, 3))
    tops = [int(np.argmin(pipeline(pixels, key=key)[:, 0])) for key in range(1000)]
    counts = np.bincount(tops, minlength=5)
    assert len(counts) == 5
    assert ((counts - 200) ** 2 / 200).sum() < 20  # chi squared, 4 degrees, p = 0.0005


def test_holes_are_counted_and_drawn_apart():
    pipeline = Compose([image.CoarseDropout(holes=(2, 5))], seed=1)
    seen = set()
    for key in range(60):
        holes = pipeline.draw(flat((9, 9)), key=key).steps[0].params["holes"]
        seen.add(len(holes))
        assert len(
            {(hole["height"], hole["width"], hole["x"], hole["y"]) for hole in holes}
        ) == len(holes)
    assert seen == {2, 3, 4, 5}


@pytest.mark.parametrize("dtype", DTYPES)
def test_fill_per_channel_and_noise(dtype):
    pixels = flat((16, 16, 3), dtype)
    white = WHITE[dtype]
    whole = {"holes": 1, "height": 1, "width": 1}
    done = image.CoarseDropout(**whole, fill=(0, white, 0))(pixels)
    assert (done == np.array([0, white, 0], dtype)).all()
    done = image.CoarseDropout(**whole, fill="noise")(np.repeat(np.repeat(pixels, 8, 0), 8, 1))
    values = done / white
    assert abs(values.mean() - 0.5) < 0.01
    assert abs(values.var() - 1 / 12) < 0.002


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("fill", [0, "noise"])
def test_alpha_stays(fill, channels):
    pixels = flat((16, 16, channels))
    dropout = image.CoarseDropout(holes=3, height=0.5, fill=fill)
    done = Compose([dropout], channels="rgba")(pixels)
    np.testing.assert_array_equal(done[..., -1], pixels[..., -1])
    assert (done[..., :-1] != pixels[..., :-1]).any()


def test_masks_and_labels():
    pixels, mask = flat((20, 20, 3)), np.ones((20, 20), np.int32)
    masks = np.ones((2, 20, 20), np.uint8)
    boxes = np.array([[1.0, 2.0, 8.0, 9.0], [3.0, 3.0, 19.0, 19.0]])
    named = {"image": pixels, "mask": mask, "masks": masks, "boxes": boxes}
    kept = Compose([image.CoarseDropout(holes=4, height=0.4)], seed=2)(**named)
    np.testing.assert_array_equal(kept["mask"], mask)
    np.testing.assert_array_equal(kept["boxes"], boxes)
    cut = Compose([image.CoarseDropout(holes=4, height=0.4, mask_fill=7)], seed=2)(**named)
    hole = (cut["image"] == 0).all(axis=2)
    np.testing.assert_array_equal(cut["image"], kept["image"])
    np.testing.assert_array_equal(cut["mask"], np.where(hole, 7, 1))
    assert cut["mask"].dtype == np.int32
    for instance in cut["masks"]:
        np.testing.assert_array_equal(instance, np.where(hole, 7, 1))
    assert (mask == 1).all()


def test_a_recipe_fits_another_size():
    pipeline = Compose([image.CoarseDropout(holes=1, height=0.5, width=0.5)], seed=3)
    recipe = pipeline.draw(flat((10, 10)))
    small, large = pipeline.apply(flat((10, 10)), recipe), pipeline.apply(flat((40, 80)), recipe)
    assert (small == 0).sum() == 25
    assert (large == 0).sum() == 20 * 40
    assert abs(np.argwhere(small == 0)[0] / 10 - np.argwhere(large == 0)[0] / (40, 80)).max() < 0.15


@pytest.mark.parametrize("dtype", DTYPES)
def test_neutral_is_identity(dtype):
    pixels = flat((5, 6, 3), dtype)
    for settings in ({"holes": 0}, {"height": 0}, {"width": 0}, {"holes": 0, "fill": "noise"}):
        dropout = image.CoarseDropout(**settings, mask_fill=3)
        out = dropout(image=pixels, mask=pixels[..., 0])
        np.testing.assert_array_equal(out["image"], pixels)
        np.testing.assert_array_equal(out["mask"], pixels[..., 0])


def test_a_hole_in_one_pixel():
    assert image.CoarseDropout(holes=1)(flat((1, 1))).tolist() == [[0]]


@pytest.mark.parametrize("fill", [0, "noise"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_recipes_replay_through_json(fill, dtype):
    pixels = flat((16, 16, 3), dtype)
    pipeline = Compose([image.CoarseDropout(fill=fill)], seed=5)
    done, recipe = pipeline.run(pixels, key=1)
    again = Recipe.from_json(recipe.to_json())
    np.testing.assert_array_equal(pipeline.apply(pixels, again), done)


def test_bad_fills():
    with pytest.raises(ValueError, match="fill must be numbers or 'noise', got 'nosie'"):
        image.CoarseDropout(fill="nosie")
    with pytest.raises(TypeError, match="mask_fill must be a number or None"):
        image.CoarseDropout(mask_fill="none")
    with pytest.raises(ValueError, match="fill must be within 0 and 255"):
        image.CoarseDropout(fill=300)(flat((4, 4)))
