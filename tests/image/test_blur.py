from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import ndimage

from augkit import Compose, Recipe, image

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
TRANSFORMS = [
    image.GaussianBlur(sigma=1.3),
    image.MotionBlur(length=5, degrees=30),
    image.Sharpen(factor=1.7),
]


def picture(shape, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def apart(a, b):
    return float(np.abs(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)).max())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
def test_gaussian_blur_is_scipys(sigma, dtype):
    pixels = picture((40, 50), dtype)
    expected = ndimage.gaussian_filter(pixels.astype(np.float64), sigma, mode="mirror")
    limit = 1e-5 if dtype == np.float32 else 1
    assert apart(image.GaussianBlur(sigma=sigma)(pixels), expected) <= limit


@pytest.mark.parametrize(("mode", "shape"), [("L", (30, 40)), ("RGB", (30, 40, 3))])
@pytest.mark.parametrize("factor", [0, 0.5, 1, 1.5, 3])
def test_sharpen_is_pillows(factor, mode, shape):
    pixels = picture(shape)
    expected = ImageEnhance.Sharpness(Image.fromarray(pixels, mode)).enhance(factor)
    # Pillow rounds the smoothed image before it moves away from it, and truncates.
    assert apart(image.Sharpen(factor=factor)(pixels), expected) <= 1 + abs(1 - factor)


def spread(pixels):
    """Covariance of an image taken as a density, in (x, y)."""
    weights = pixels / pixels.sum()
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    mean = (weights * x).sum(), (weights * y).sum()
    dx, dy = x - mean[0], y - mean[1]
    matrix = [[(weights * dx * dx).sum(), (weights * dx * dy).sum()],
              [(weights * dx * dy).sum(), (weights * dy * dy).sum()]]  # fmt: skip
    return np.array(mean), np.array(matrix)


@pytest.mark.parametrize("degrees", [0, 20, 45, 90, 135, 180, -60])
@pytest.mark.parametrize("length", [1, 4.5, 12])
def test_motion_blur_spreads_along_its_line(length, degrees):
    dot = np.zeros((41, 41), dtype=np.float32)
    dot[20, 20] = 1
    done = image.MotionBlur(length=length, degrees=degrees)(dot)
    assert abs(done.sum() - 1) < 1e-5
    mean, covariance = spread(done.astype(np.float64))
    np.testing.assert_allclose(mean, 20, atol=1e-4)
    # A line has the variance length² / 12; what bilinear sharing adds is below 1/4 per axis.
    angle = np.radians(degrees)
    along, across = (
        np.array([np.cos(angle), -np.sin(angle)]),
        np.array([np.sin(angle), np.cos(angle)]),
    )
    assert length**2 / 12 - 0.01 <= along @ covariance @ along <= length**2 / 12 + 0.26
    assert -1e-5 <= across @ covariance @ across <= 0.26
    if degrees % 90 == 0:
        assert across @ covariance @ across < 1e-5


def test_motion_is_counter_clockwise():
    dot = np.zeros((21, 21), dtype=np.float32)
    dot[10, 10] = 1
    done = image.MotionBlur(length=10, degrees=45)(dot)
    assert done[7, 13] > 0
    assert done[13, 13] == 0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_flat_regions_stay(transform, dtype):
    pixels = np.full((20, 20, 3), 0.6 * WHITE[dtype], dtype=dtype)
    assert apart(transform(pixels), pixels) <= (1e-6 if dtype == np.float32 else 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_any_number_of_channels(transform, channels, dtype):
    pixels = picture((16, 17, channels) if channels else (16, 17), dtype)
    before = pixels.copy()
    done = transform(pixels)
    assert done.shape == pixels.shape
    assert done.dtype == pixels.dtype
    np.testing.assert_array_equal(pixels, before)
    for channel in range(channels):
        alone = transform(np.ascontiguousarray(pixels[..., channel]))
        assert apart(done[..., channel], alone) <= (1e-6 if dtype == np.float32 else 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transform", TRANSFORMS[:2], ids=repr)
def test_what_is_transparent_does_not_bleed(transform, dtype):
    white = WHITE[dtype]
    pixels = np.zeros((21, 21, 4), dtype=dtype)
    pixels[..., 0] = white  # transparent red all around
    pixels[6:15, 6:15] = (0, white, 0, white)
    done = Compose([transform], channels="rgba")(pixels)
    seen = done[..., 3] > 0.02 * white
    assert (done[seen][:, 1] >= 0.98 * white).all()
    assert (done[seen][:, 0] <= 0.02 * white).all()
    assert (done[..., 3] != pixels[..., 3]).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_sharpen_leaves_alpha(dtype):
    pixels = picture((16, 17, 4), dtype)
    done = Compose([image.Sharpen(factor=2)], channels="rgba")(pixels)
    np.testing.assert_array_equal(done[..., 3], pixels[..., 3])


@pytest.mark.parametrize("dtype", DTYPES)
def test_neutral_is_identity(dtype):
    pixels = picture((9, 8, 3), dtype)
    for transform in (
        image.GaussianBlur(sigma=0),
        image.GaussianBlur(sigma=0.05),
        image.MotionBlur(length=0),
        image.Sharpen(factor=1),
    ):
        np.testing.assert_array_equal(transform(pixels), pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2, 3)])
@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_small_images(transform, shape):
    assert transform(picture(shape)).shape == shape


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["GaussianBlur", "MotionBlur", "Sharpen"])
def test_recipes_replay_through_json(name, dtype):
    pixels = picture((16, 16, 3), dtype)
    pipeline = Compose([getattr(image, name)()], seed=5)
    done, recipe = pipeline.run(pixels, key=1)
    again = Recipe.from_json(recipe.to_json())
    np.testing.assert_array_equal(pipeline.apply(pixels, again), done)
