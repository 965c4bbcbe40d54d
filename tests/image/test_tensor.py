from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from augkit import Compose, OneOf, Recipe, image

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def picture(shape, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def standardized(pixels, mean, std):
    planes = pixels.reshape(*pixels.shape[:2], -1) / WHITE[pixels.dtype.type]
    return ((planes - np.array(mean)) / np.array(std)).transpose(2, 0, 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_imagenet_by_default(dtype):
    pixels = picture((20, 30, 3), dtype)
    before = pixels.copy()
    done = image.Normalize()(pixels)
    assert done.shape == (3, 20, 30)
    assert done.dtype == np.float32
    assert done.flags.c_contiguous
    np.testing.assert_allclose(done, standardized(pixels, MEAN, STD), atol=2e-6)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 5])
def test_one_number_serves_any_number_of_channels(channels, dtype):
    pixels = picture((6, 7, channels) if channels else (6, 7), dtype)
    done = image.Normalize(mean=0.5, std=0.25)(pixels)
    np.testing.assert_allclose(done, standardized(pixels, 0.5, 0.25), atol=2e-6)


def test_as_many_numbers_as_channels():
    with pytest.raises(
        ValueError, match="mean and std .* one per channel of the image, which has 5"
    ):
        image.Normalize()(picture((4, 4, 5)))


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_comes_out_in_0_to_1(channels):
    pixels = picture((6, 7, channels))
    done = Compose([image.Normalize(mean=0.5, std=0.5)], channels="rgba")(pixels)
    np.testing.assert_allclose(done[-1], pixels[..., -1] / 255, atol=1e-6)
    np.testing.assert_allclose(done[:-1], standardized(pixels[..., :-1], 0.5, 0.5), atol=2e-6)


def test_labels_stay_and_further_images_are_standardized():
    pixels, right = picture((6, 7, 3)), picture((6, 7, 3), seed=1)
    mask, boxes = picture((6, 7)), [[1.0, 1.0, 3.0, 4.0]]
    pipeline = Compose([image.HorizontalFlip(), image.Normalize()], targets={"right": "image"})
    out = pipeline(image=pixels, right=right, mask=mask, boxes=boxes)
    np.testing.assert_allclose(out["right"], standardized(right[:, ::-1], MEAN, STD), atol=2e-6)
    np.testing.assert_array_equal(out["mask"], mask[:, ::-1])
    assert out["boxes"] == [[4.0, 1.0, 6.0, 4.0]]


def test_a_picture_becomes_an_array():
    pixels = picture((6, 7, 3))
    done = image.Normalize()(Image.fromarray(pixels))
    assert isinstance(done, np.ndarray)
    np.testing.assert_array_equal(done, image.Normalize()(pixels))


def test_it_ends_the_image_part():
    with pytest.raises(ValueError, match="takes image, but Normalize before it gives tensor"):
        Compose([image.Normalize(), image.HorizontalFlip()])
    with pytest.raises(ValueError, match="has to fire always"):
        Compose([image.Normalize(p=0.5)])
    with pytest.raises(ValueError, match="has to fire always"):
        Compose([OneOf([image.Normalize(), image.Normalize(mean=0, std=1)])])


@pytest.mark.parametrize("dtype", DTYPES)
def test_recipes_replay_through_json(dtype):
    pixels = picture((16, 16, 3), dtype)
    pipeline = Compose([image.Brightness(), image.Normalize(mean=[0, 0.1, 0.2], std=0.3)], seed=5)
    pipeline = Compose.from_dict(pipeline.to_dict())
    done, recipe = pipeline.run(pixels, key=1)
    again = Recipe.from_json(recipe.to_json())
    np.testing.assert_array_equal(pipeline.apply(pixels, again), done)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"std": 0}, ValueError, "std must be above 0"),
        ({"std": (1, 1, -1)}, ValueError, "std must be above 0"),
        ({"mean": "imagenet"}, TypeError, "mean must be a number or one per channel"),
        ({"mean": ()}, TypeError, "mean must be a number or one per channel"),
        ({"mean": float("nan")}, ValueError, "mean must be finite"),
    ],
)
def test_bad_values(settings, error, message):
    with pytest.raises(error, match=message):
        image.Normalize(**settings)
