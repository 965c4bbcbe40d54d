from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from augkit import Compose, Recipe, image

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}


def picture(shape, dtype=np.uint8):
    """Smooth, as JPEG likes it, with some grain."""
    y, x = np.mgrid[: shape[0], : shape[1]] / 40.0
    values = 0.5 + 0.3 * np.sin(3 * x + y) + 0.05 * np.random.default_rng(0).random(shape[:2])
    if len(shape) == 3:
        values = np.stack([np.roll(values, 5 * channel, axis=0) for channel in range(shape[2])], 2)
    return (values * WHITE[dtype]).astype(dtype)


def apart(a, b):
    return float(np.abs(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)).max())


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 3)])
@pytest.mark.parametrize("quality", [1, 30, 75, 100])
def test_bytes_are_pillows(quality, shape):
    pixels = picture(shape)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(file) as expected:
        done = image.JPEGCompression(quality=quality)(pixels)
        np.testing.assert_array_equal(done, np.asarray(expected))


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_other_dtypes_go_through_8_bits(dtype):
    bytes_ = picture((32, 40, 3))
    scale = 257 if dtype == np.uint16 else 1 / 255
    pixels = (bytes_ * np.float64(scale)).astype(dtype)
    done = image.JPEGCompression(quality=50)(pixels)
    assert done.dtype == dtype
    expected = image.JPEGCompression(quality=50)(bytes_) * np.float64(scale)
    assert apart(done, expected) <= (1e-6 if dtype == np.float32 else 0)
    assert done.max() <= WHITE[dtype]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 5])
def test_any_number_of_channels(channels, dtype):
    pixels = picture((32, 40, channels) if channels else (32, 40), dtype)
    before = pixels.copy()
    done = image.JPEGCompression(quality=60)(pixels)
    assert done.shape == pixels.shape
    assert done.dtype == dtype
    assert (done != pixels).any()
    assert apart(done, pixels) < 0.2 * WHITE[dtype]
    np.testing.assert_array_equal(pixels, before)
    if channels != 3:
        for channel in range(channels):
            alone = image.JPEGCompression(quality=60)(np.ascontiguousarray(pixels[..., channel]))
            np.testing.assert_array_equal(done[..., channel], alone)


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_stays(channels):
    pixels = picture((32, 40, channels))
    done = Compose([image.JPEGCompression(quality=20)], channels="rgba")(pixels)
    np.testing.assert_array_equal(done[..., -1], pixels[..., -1])
    assert (done[..., :-1] != pixels[..., :-1]).any()


def test_lower_quality_is_further_away():
    pixels = picture((64, 64, 3))
    errors = [
        ((image.JPEGCompression(quality=quality)(pixels) - pixels.astype(float)) ** 2).mean()
        for quality in (95, 60, 20, 5)
    ]
    assert errors == sorted(errors)


def test_quality_is_whole_and_within_bounds():
    pipeline = Compose([image.JPEGCompression(quality=(10, 12))], seed=0)
    pixels = picture((8, 8))
    drawn = {pipeline.draw(pixels, key=key).steps[0].params["quality"] for key in range(50)}
    assert drawn == {10, 11, 12}
    with pytest.raises(ValueError, match=r"quality must be within \[1, 100\]"):
        image.JPEGCompression(quality=0)


def test_recipes_replay_through_json():
    pixels = picture((16, 16, 3))
    pipeline = Compose([image.JPEGCompression()], seed=5)
    done, recipe = pipeline.run(pixels, key=1)
    again = Recipe.from_json(recipe.to_json())
    np.testing.assert_array_equal(pipeline.apply(pixels, again), done)
