"""Resizing against Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from augkit.image.kernels.resize import resize

PILLOW = {
    "nearest": Image.Resampling.NEAREST,
    "linear": Image.Resampling.BILINEAR,
    "cubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SIZES = [(1, 1), (7, 3), (31, 44), (60, 80), (100, 150), (130, 10), (10, 300)]


def picture(height, width, channels, dtype=np.uint8):
    random = np.random.default_rng(0)
    if dtype == np.float32:
        return random.random((height, width, channels), dtype=np.float32)
    return random.integers(0, np.iinfo(dtype).max + 1, (height, width, channels), dtype=dtype)


def pillow(image, size, interpolation, box=None):
    """Channel by channel; first across, then down (Pillow chooses the order by the sizes)."""
    height, width = image.shape[:2]
    left, top, right, bottom = box or (0, 0, width, height)
    method = PILLOW[interpolation]
    channels = []
    for channel in np.moveaxis(image, 2, 0):
        plane = Image.fromarray(np.ascontiguousarray(channel))
        if interpolation == "nearest":
            plane = plane.resize(size[::-1], method, box=(left, top, right, bottom))
        else:
            plane = plane.resize((size[1], height), method, box=(left, 0, right, height))
            plane = plane.resize(size[::-1], method, box=(0, top, size[1], bottom))
        channels.append(np.asarray(plane))
    return np.stack(channels, axis=2)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("interpolation", PILLOW)
@pytest.mark.parametrize("source", [(1, 1), (3, 5), (60, 80), (150, 33)])
def test_bytes_are_pillows_within_a_level(channels, interpolation, source):
    image = picture(*source, channels)
    height, width = source
    # Pillow keeps boxes in single precision; sixteenths are exact there, too.
    for box in (None, (width * 0.0625, height * 0.125, width * 0.9375, height * 0.75)):
        for size in SIZES:
            actual = resize(image, size, interpolation=interpolation, box=box).astype(int)
            difference = np.abs(actual - pillow(image, size, interpolation, box))
            allowed = {"nearest": 0, "linear": 1, "cubic": 2, "lanczos": 2}[interpolation]
            assert difference.max() <= allowed, (size, box)
            # Where a value between the passes is a tie, a sharpening second pass adds to the step.
            assert (difference > 1).mean() < 0.01, (size, box)


@pytest.mark.parametrize("interpolation", ["linear", "cubic", "lanczos"])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_deep_pixels(interpolation, dtype, channels):
    image = picture(40, 50, channels, dtype)
    for size in SIZES:
        expected = pillow(image.astype(np.float32), size, interpolation)
        actual = resize(image, size, interpolation=interpolation)
        assert actual.dtype == dtype
        if dtype == np.float32:
            np.testing.assert_allclose(actual, expected, atol=2e-6)
        else:
            inside = (expected > 3000) & (expected < 62000)  # overshoot is clipped after each pass
            assert interpolation != "linear" or inside.any()
            tolerance = 1.6 if interpolation == "linear" else 12000
            assert np.abs(actual - expected)[inside].max(initial=0) <= tolerance


@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
def test_without_antialiasing_it_is_plain_interpolation(interpolation):
    image = picture(60, 80, 1)
    actual = resize(image, (15, 16), interpolation=interpolation, antialias=False)[:, :, 0]
    # At a quarter and a fifth: halfway between pixels down, on a pixel across.
    rows = np.arange(15) * 4 + 1
    across = image[:, 2::5, 0].astype(float)
    weights = {"linear": [0, 0.5, 0.5, 0], "cubic": [-0.0625, 0.5625, 0.5625, -0.0625]}[
        interpolation
    ]
    expected = sum(w * across[rows + k - 1] for k, w in enumerate(weights))
    assert np.abs(actual - np.clip(expected, 0, 255)).max() <= 0.51


@pytest.mark.parametrize("interpolation", PILLOW)
@pytest.mark.parametrize("size", [(31, 44), (100, 150)])
def test_flips_are_flips_of_the_result(interpolation, size):
    image = picture(60, 80, 3)
    plain = resize(image, size, interpolation=interpolation)
    for flip_x, flip_y in ((True, False), (False, True), (True, True)):
        flipped = resize(image, size, interpolation=interpolation, flip_x=flip_x, flip_y=flip_y)
        expected = plain[:: -1 if flip_y else 1, :: -1 if flip_x else 1]
        np.testing.assert_array_equal(flipped, expected)


@pytest.mark.parametrize("interpolation", PILLOW)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_same_size_is_the_same_image(interpolation, dtype):
    image = picture(40, 50, 3, dtype)
    np.testing.assert_array_equal(resize(image, (40, 50), interpolation=interpolation), image)
    part = resize(image, (30, 33), interpolation=interpolation, box=(7, 5, 40, 35))
    np.testing.assert_array_equal(part, image[5:35, 7:40])


@pytest.mark.parametrize("value", [0, 1, 128, 254, 255])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_flat_stays_flat(value, channels):
    image = np.full((200, 180, channels), value, np.uint8)
    for size in ((1, 1), (3, 3), (50, 61), (199, 179), (200, 180), (333, 400)):
        assert (resize(image, size) == value).all()


def test_transparent_colors_do_not_bleed():
    image = np.zeros((4, 8, 4), np.uint8)
    image[:, :3] = (255, 0, 0, 0)
    image[:, 3:] = (0, 0, 255, 255)
    small = resize(image, (2, 4), alpha=True)
    assert not small[..., 0].any()
    assert (small[..., 2][small[..., 3] > 0] == 255).all()
    assert ((small[:, 1, 3] > 0) & (small[:, 1, 3] < 255)).all()


def test_nearest_moves_any_dtype():
    for dtype in (np.bool_, np.int8, np.int64, np.float64, np.complex128):
        image = picture(13, 17, 3).astype(dtype)
        expected = pillow(np.arange(13 * 17, dtype=np.int32).reshape(13, 17, 1), (30, 7), "nearest")
        np.testing.assert_array_equal(
            resize(image, (30, 7), interpolation="nearest"), image.reshape(-1, 3)[expected[:, :, 0]]
        )


def test_strided_read_only_and_gray():
    image = picture(60, 80, 3)
    image.flags.writeable = False
    view = image[::2, 10:70, 1]
    actual = resize(view, (20, 90))
    assert actual.shape == (20, 90)
    np.testing.assert_array_equal(actual, resize(view.copy()[:, :, None], (20, 90))[:, :, 0])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"interpolation": "quintic"}, ValueError),
        ({"box": (0, 0, 5, 0)}, ValueError),
        ({"box": (-1, 0, 3, 3)}, ValueError),
        ({"size": (-1, 3)}, ValueError),
        ({"source": np.zeros((0, 3, 3), np.uint8)}, ValueError),
        ({"source": np.zeros((4, 4, 3), np.int32)}, TypeError),
    ],
)
def test_errors(options, error):
    with pytest.raises(error, match=r"interpolation|box|size|source|image"):
        resize(**{"source": picture(4, 4, 3), "size": (4, 4), **options})
