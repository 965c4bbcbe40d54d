from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from augkit import Compose, Recipe, image

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
TRANSFORMS = [image.Equalize(), image.AutoContrast(cutoff=0.02), image.CLAHE(clip_limit=3)]


def picture(shape, dtype=np.uint8, seed=0):
    """Smooth and dull: between a fifth and three fifths of the range."""
    rng = np.random.default_rng(seed)
    values = 0.2 + 0.4 * rng.beta(2.0, 3.0, shape)
    return values.astype(dtype) if dtype == np.float32 else (values * WHITE[dtype]).astype(dtype)


@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 3), (64, 64, 3)])
def test_equalize_is_pillows(shape):
    pixels = picture(shape)
    expected = np.asarray(ImageOps.equalize(Image.fromarray(pixels)))
    np.testing.assert_array_equal(image.Equalize()(pixels), expected)


@pytest.mark.parametrize("percent", [0, 1, 5, 20])
@pytest.mark.parametrize("shape", [(30, 40), (30, 40, 3)])
def test_autocontrast_is_pillows(shape, percent):
    pixels = picture(shape)
    expected = np.asarray(ImageOps.autocontrast(Image.fromarray(pixels), cutoff=percent))
    np.testing.assert_array_equal(image.AutoContrast(cutoff=percent / 100)(pixels), expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_equalize_flattens(dtype):
    done = image.Equalize()(picture((200, 200), dtype)) / WHITE[dtype]
    counts = np.histogram(done, bins=8, range=(0, 1))[0] / done.size
    np.testing.assert_allclose(counts, 1 / 8, atol=0.03)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cutoff", [0, 0.1])
def test_autocontrast_reaches_both_ends(cutoff, dtype):
    pixels = picture((50, 60, 3), dtype)
    done = image.AutoContrast(cutoff=cutoff)(pixels)
    for channel in range(3):
        values, given = done[..., channel], pixels[..., channel].astype(np.float64)
        # The scaling is a float's: both ends are reached to a rounding.
        assert values.min() <= WHITE[dtype] * 1e-6
        assert values.max() >= WHITE[dtype] * (1 - 1e-6)
        ordered = np.sort(given, axis=None)
        cut = int(cutoff * ordered.size)
        low, high = ordered[cut], ordered[-1 - cut]
        expected = np.clip((given - low) / (high - low), 0, 1) * WHITE[dtype]
        assert np.abs(values - expected).max() <= (5e-5 if dtype == np.float32 else 1)


def test_float_autocontrast_keeps_fine_steps():
    pixels = np.linspace(0.5, 0.5001, 100, dtype=np.float32).reshape(10, 10)
    assert len(np.unique(image.AutoContrast()(pixels))) == len(np.unique(pixels))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transform", [image.Equalize(), image.AutoContrast()], ids=repr)
def test_a_single_value_stays(transform, dtype):
    pixels = np.full((5, 5, 3), 0.4 * WHITE[dtype], dtype=dtype)
    limit = 1e-5 if dtype == np.float32 else 0
    assert np.abs(transform(pixels).astype(np.float64) - pixels).max() <= limit


@pytest.mark.parametrize("dtype", DTYPES)
def test_clahe_raises_local_contrast_and_keeps_chroma(dtype):
    pixels = picture((64, 64, 3), dtype)
    done = image.CLAHE(clip_limit=4, tiles=4)(pixels)
    assert done.astype(np.float64).std() > 1.3 * pixels.astype(np.float64).std()
    inside = ((done > 0) & (done < WHITE[dtype])).all(axis=2)
    before = np.diff(pixels.astype(np.float64), axis=2)[inside]
    after = np.diff(done.astype(np.float64), axis=2)[inside]
    assert np.abs(after - before).max() <= (1e-5 if dtype == np.float32 else 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_any_number_of_channels(transform, channels, dtype):
    pixels = picture((20, 30, channels) if channels else (20, 30), dtype)
    before = pixels.copy()
    done = transform(pixels)
    assert done.shape == pixels.shape
    assert done.dtype == pixels.dtype
    np.testing.assert_array_equal(pixels, before)
    if channels and not (channels == 3 and isinstance(transform, image.CLAHE)):
        for channel in range(channels):
            alone = transform(np.ascontiguousarray(pixels[..., channel]))
            np.testing.assert_array_equal(done[..., channel], alone)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)
def test_alpha_stays_and_does_not_count(transform, channels, dtype):
    pixels = picture((20, 30, channels), dtype)
    done = Compose([transform], channels="rgba")(pixels)
    np.testing.assert_array_equal(done[..., -1], pixels[..., -1])
    colors = np.ascontiguousarray(pixels[..., :-1])
    np.testing.assert_array_equal(done[..., :-1], transform(colors))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["Equalize", "AutoContrast", "CLAHE"])
def test_recipes_replay_through_json(name, dtype):
    pixels = picture((16, 16, 3), dtype)
    pipeline = Compose([getattr(image, name)()], seed=5)
    done, recipe = pipeline.run(pixels, key=1)
    again = Recipe.from_json(recipe.to_json())
    np.testing.assert_array_equal(pipeline.apply(pixels, again), done)


@pytest.mark.parametrize("tiles", [0, (0, 8), (8,), 2.5, "8", (1, 2, 3), True])
def test_bad_tiles(tiles):
    with pytest.raises(ValueError, match=r"CLAHE\.tiles must be one whole number or two"):
        image.CLAHE(tiles=tiles)


def test_tiles_may_be_one_number():
    assert image.CLAHE(tiles=4).tiles == (4, 4)
    assert image.CLAHE(tiles=[2, 3]).to_dict() == {"CLAHE": {"tiles": [2, 3]}}
