from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from augkit import Compose, Recipe, image
from augkit.image.base import LUMA, Color, Linear

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}


def picture(shape, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def rounded(values, dtype):
    values = np.clip(values, 0, 1) * WHITE[dtype]
    return (values if dtype == np.float32 else np.floor(values + 0.5)).astype(dtype)


def apart(a, b):
    return float(np.abs(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)).max())


POINTWISE = [
    image.Brightness(factor=1.4),
    image.BrightnessShift(shift=-0.15),
    image.Contrast(factor=0.6),
    image.Contrast(factor=1.6, pivot=0.5),
    image.Gamma(gamma=0.7),
    image.Invert(),
    image.Posterize(bits=3),
    image.Solarize(threshold=0.4),
]
MIXING = [
    image.Saturation(factor=1.5),
    image.Hue(hue=0.2),
    image.Grayscale(),
    image.ColorJitter(hue=0.1),
]
NEUTRAL = [
    image.Brightness(factor=1),
    image.BrightnessShift(shift=0),
    image.Contrast(factor=1),
    image.Contrast(factor=1, pivot=0.3),
    image.Saturation(factor=1),
    image.Hue(hue=0),
    image.Gamma(gamma=1),
    image.Posterize(bits=8),
    image.Solarize(threshold=1),
    image.ColorJitter(brightness=1, contrast=1, saturation=1, hue=0),
]


# -- against Pillow ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("factor", [0.0, 0.3, 0.9, 1.0, 1.3, 2.5])
@pytest.mark.parametrize(
    ("transform", "enhancer"),
    [
        (image.Brightness, ImageEnhance.Brightness),
        (image.Contrast, ImageEnhance.Contrast),
        (image.Saturation, ImageEnhance.Color),
    ],
)
def test_factors_are_pillows(transform, enhancer, factor, mode):
    pixels = picture((40, 50, 3)[: 2 + (mode == "RGB")])
    expected = enhancer(Image.fromarray(pixels, mode)).enhance(factor)
    # Pillow rounds the mean and the gray image first, and truncates at the end.
    assert apart(transform(factor=factor)(pixels), expected) <= 1 + abs(1 - factor)


@pytest.mark.parametrize("bits", range(1, 9))
def test_posterize_is_pillows(bits):
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = ImageOps.posterize(Image.fromarray(pixels), bits)
    np.testing.assert_array_equal(image.Posterize(bits=bits)(pixels), np.asarray(expected))


@pytest.mark.parametrize("threshold", [0, 1, 64, 127, 128, 200, 254])
def test_solarize_is_pillows(threshold):
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = ImageOps.solarize(Image.fromarray(pixels), threshold)
    ours = image.Solarize(threshold=threshold / 255)(pixels)
    np.testing.assert_array_equal(ours, np.asarray(expected))


def test_invert_and_grayscale_are_pillows():
    pixels = picture((64, 64, 3))
    given = Image.fromarray(pixels)
    np.testing.assert_array_equal(image.Invert()(pixels), np.asarray(ImageOps.invert(given)))
    gray = image.Grayscale()(pixels)
    assert (gray == gray[..., :1]).all()
    assert apart(gray[..., 0], given.convert("L")) <= 1


# -- closed forms ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("gamma", [0.01, 0.45, 0.999, 1.7, 3.3, 100])
def test_gamma_on_every_level(dtype, gamma):
    top = WHITE[dtype]
    levels = np.arange(top + 1, dtype=dtype).reshape(16, -1)
    expected = np.floor((levels / top) ** gamma * top + 0.5)
    ours = image.Gamma(gamma=gamma)(levels)
    # Only a value within rounding of a half may fall to the other side.
    assert (ours != expected).sum() <= 1
    assert ours.ravel()[0] == 0
    assert ours.ravel()[-1] == top


def test_gamma_of_floats():
    pixels = picture((30, 30, 3), np.float32)
    pixels[0, 0] = [0.0, 1.0, 1e-10]
    expected = pixels.astype(np.float64) ** 1.8
    np.testing.assert_allclose(image.Gamma(gamma=1.8)(pixels), expected, rtol=2e-7)


def yiq_rotation(hue):
    angle = 2 * np.pi * hue
    to_yiq = np.array(
        [[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]]
    )
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]]
    )
    return np.linalg.inv(to_yiq) @ turn @ to_yiq


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hue", [-0.5, -0.2, 0.01, 1 / 3, 0.5])
def test_hue_is_a_rotation_in_yiq(hue, dtype):
    pixels = picture((40, 40, 3), dtype)
    expected = pixels.astype(np.float64) / WHITE[dtype] @ yiq_rotation(hue).T
    limit = 1e-5 if dtype == np.float32 else 1
    assert apart(image.Hue(hue=hue)(pixels), rounded(expected, dtype)) <= limit


@pytest.mark.parametrize("dtype", DTYPES)
def test_gray_stays_gray_under_color(dtype):
    gray = np.repeat(picture((20, 20, 1), dtype), 3, axis=2)
    for transform in (image.Hue(hue=0.3), image.Saturation(factor=2.5), image.Grayscale()):
        limit = 1e-6 if dtype == np.float32 else 0
        assert apart(transform(gray), gray) <= limit


def test_contrast_about_a_pivot():
    pixels = picture((20, 20), np.float32)
    expected = np.clip((pixels - 0.25) * 1.5 + 0.25, 0, 1)
    assert apart(image.Contrast(factor=1.5, pivot=0.25)(pixels), expected) < 1e-6


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
@pytest.mark.parametrize("dtype", DTYPES)
def test_color_jitter_is_its_parts_unrounded(order, dtype):
    pixels = picture((30, 30, 3), dtype)
    x = pixels.astype(np.float64) / WHITE[dtype]
    params = {"brightness": 0.7, "contrast": 1.3, "saturation": 0.4, "hue": 0.15}
    for which in order:
        luma = x @ LUMA
        if which == 0:
            x = x * 0.7
        elif which == 1:
            x = (x - luma.mean()) * 1.3 + luma.mean()
        elif which == 2:
            x = luma[..., None] + (x - luma[..., None]) * 0.4
        else:
            x = x @ yiq_rotation(0.15).T
    pipeline = Compose([image.ColorJitter()])
    recipe = pipeline.draw(pixels).to_dict()
    recipe["steps"][0]["params"] = {**params, "order": order}
    ours = pipeline.apply(pixels, recipe)
    assert apart(ours, rounded(x, dtype)) <= (1e-5 if dtype == np.float32 else 1)


def test_color_jitter_draws_every_order_alike():
    pipeline = Compose([image.ColorJitter()], seed=1)
    pixels = picture((2, 2, 3))
    orders = [tuple(pipeline.draw(pixels, key=key).steps[0].params["order"]) for key in range(2400)]
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 24
    assert ((counts - 100) ** 2 / 100).sum() < 52  # chi squared, 23 degrees, p = 0.0005


def test_neighbours_are_one_pass():
    pixels = picture((8, 8, 3))
    pipeline = Compose([image.ColorJitter(), image.Hue(), image.Invert(), image.Grayscale()])
    recipe = pipeline.draw(pixels, key=0)
    assert len(pipeline.explain(recipe).splitlines()) == 1


@dataclass(frozen=True)
class Swapped(Color):
    """Red and blue change places; whole numbers and others, as one writes them."""

    def color(self, params):
        return [Linear(((0, 0, 1, 0), (0, 1.0, 0, 0), (1, 0, 0, 0.0)))]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_matrix_of_whole_and_other_numbers(dtype):
    pixels = picture((5, 6, 3), dtype)
    np.testing.assert_array_equal(Swapped()(pixels), pixels[..., ::-1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "move",
    [
        image.Rotate(degrees=20),
        image.Rotate(degrees=0),
        image.Rotate(degrees=180),
        image.Rotate90(turns=1),
        image.HorizontalFlip(p=1),
        image.CenterCrop(size=(20, 20)),
        image.Resize(size=(30, 25)),
        image.Zoom(scale=0.5),
    ],
)
def test_colors_of_what_was_moved(move, dtype):
    """Color steps write into what a warp has just made, and into nothing else."""
    pixels = picture((30, 30, 3), dtype)
    before = pixels.copy()
    moved = move(pixels)
    kept = moved.copy()
    for change in (image.Brightness(factor=0.7), image.Gamma(gamma=1.5), image.Invert()):
        both = Compose([move, change])(pixels)
        np.testing.assert_array_equal(both, change(kept))
        np.testing.assert_array_equal(pixels, before)
        np.testing.assert_array_equal(moved, kept)


def test_invert_twice_is_nothing():
    for dtype in DTYPES:
        pixels = picture((9, 9, 3), dtype)
        twice = Compose([image.Invert(), image.Invert()])(pixels)
        np.testing.assert_array_equal(twice, pixels)


# -- dtypes, channels, alpha -------------------------------------------------------------------


@pytest.mark.parametrize("transform", POINTWISE + MIXING, ids=repr)
def test_dtypes_agree(transform):
    bytes_ = picture((24, 24, 3))
    pipeline = Compose([transform], seed=2)
    expected = pipeline(bytes_, key=1)
    assert expected.dtype == np.uint8
    wide = pipeline(bytes_.astype(np.uint16) * 257, key=1)
    assert wide.dtype == np.uint16
    assert apart(wide / 257, expected) <= 1
    floats = pipeline(bytes_.astype(np.float32) / 255, key=1)
    assert floats.dtype == np.float32
    assert apart(floats * 255, expected) <= 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("transform", POINTWISE, ids=repr)
def test_pointwise_takes_any_number_of_channels(transform, channels, dtype):
    pixels = picture((12, 10, channels) if channels else (12, 10), dtype)
    done = transform(pixels)
    assert done.shape == pixels.shape
    assert done.dtype == pixels.dtype
    if not (isinstance(transform, image.Contrast) and transform.pivot == "mean") and channels:
        for channel in range(channels):
            np.testing.assert_array_equal(done[..., channel], transform(pixels[..., channel]))


@pytest.mark.parametrize("transform", MIXING, ids=repr)
def test_mixing_takes_one_or_three_channels(transform):
    gray = picture((6, 6))
    assert transform(gray).shape == gray.shape
    for channels in (2, 4, 5):
        with pytest.raises(ValueError, match=f"1 or 3 color channels, got {channels}"):
            transform(picture((6, 6, channels)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transform", POINTWISE + MIXING, ids=repr)
def test_alpha_stays(transform, dtype):
    for channels in (2, 4):
        pixels = picture((12, 10, channels), dtype)
        done = Compose([transform], seed=1, channels="rgba")(pixels, key=0)
        np.testing.assert_array_equal(done[..., -1], pixels[..., -1])
        colors = pixels[..., :-1] if channels == 4 else pixels[..., 0]
        alone = Compose([transform], seed=1)(np.ascontiguousarray(colors), key=0)
        np.testing.assert_array_equal(done[..., :-1].reshape(alone.shape), alone)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transform", NEUTRAL, ids=repr)
def test_neutral_is_identity(transform, dtype):
    for shape in ((7, 5), (7, 5, 1), (7, 5, 3)):
        pixels = picture(shape, dtype)
        np.testing.assert_array_equal(transform(pixels), pixels)


def test_further_images_are_colored_alike_and_maps_are_not():
    left, right = picture((6, 6, 3)), picture((6, 6, 3), seed=1)
    pipeline = Compose([image.Brightness(factor=0.5)], targets={"right": "image", "depth": "map"})
    out = pipeline(image=left, right=right, depth=left[..., 0])
    np.testing.assert_array_equal(out["right"], image.Brightness(factor=0.5)(right))
    np.testing.assert_array_equal(out["depth"], left[..., 0])


# -- channel shuffle ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 16])
def test_channel_shuffle_permutes(channels, dtype):
    pixels = picture((6, 7, channels), dtype)
    pipeline = Compose([image.ChannelShuffle()], seed=3)
    seen = set()
    for key in range(20):
        done, recipe = pipeline.run(pixels, key=key)
        order = recipe.steps[0].params["order"]
        seen.add(tuple(order))
        np.testing.assert_array_equal(done, pixels[..., order])
    assert len(seen) > 1 or channels == 1


def test_channel_shuffle_leaves_alpha_and_gray():
    pixels = picture((6, 7, 4))
    pipeline = Compose([image.ChannelShuffle()], channels="rgba", seed=0)
    for key in range(8):
        np.testing.assert_array_equal(pipeline(pixels, key=key)[..., 3], pixels[..., 3])
    gray = picture((6, 7))
    np.testing.assert_array_equal(image.ChannelShuffle()(gray), gray)


def test_channel_shuffle_refuses_another_number_of_channels():
    pipeline = Compose([image.ChannelShuffle()], seed=1)
    recipe = next(
        recipe
        for key in range(9)
        if (recipe := pipeline.draw(picture((4, 4, 3)), key=key)).steps[0].params["order"][0]
    )
    with pytest.raises(ValueError, match="3 color channels, this image has 5"):
        pipeline.apply(picture((4, 4, 5)), recipe)


# -- recipes and errors ------------------------------------------------------------------------

DEFAULTS = [
    getattr(image, name)()
    for name in (
        "Brightness",
        "BrightnessShift",
        "ChannelShuffle",
        "ColorJitter",
        "Contrast",
        "Gamma",
        "Grayscale",
        "Hue",
        "Invert",
        "Posterize",
        "Saturation",
        "Solarize",
    )
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transform", DEFAULTS, ids=repr)
def test_recipes_replay_through_json(transform, dtype):
    pixels = picture((16, 16, 3), dtype)
    before = pixels.copy()
    pipeline = Compose.from_dict(json.loads(json.dumps(Compose([transform], seed=5).to_dict())))
    for key in range(4):
        done, recipe = pipeline.run(pixels, key=key)
        again = Recipe.from_json(recipe.to_json())
        np.testing.assert_array_equal(pipeline.apply(pixels, again), done)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: image.Brightness(factor=-1), "Brightness.factor must be within"),
        (lambda: image.Hue(hue=(0, 0.6)), "Hue.hue must be within"),
        (lambda: image.Posterize(bits=2.5), "Posterize.bits must be whole"),
        (lambda: image.Posterize(bits=(0, 4)), "Posterize.bits must be within"),
        (lambda: image.Gamma(gamma=0), "Gamma.gamma must be within"),
        (lambda: image.Contrast(pivot=2), "Contrast.pivot must be 'mean' or within"),
        (lambda: image.Solarize(threshold=float("nan")), "Solarize.threshold must be within"),
    ],
)
def test_bad_values_fail_at_construction(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_pivot_of_another_kind():
    with pytest.raises(TypeError, match=r"Contrast\.pivot must be 'mean' or a number"):
        image.Contrast(pivot="median")
