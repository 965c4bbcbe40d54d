from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import data, exposure

from augkit.image.kernels.clahe import clahe
from augkit.image.kernels.histogram import (
    autocontrast_table,
    channel_means,
    equalize_table,
    histogram,
    minmax,
)
from augkit.image.kernels.table import table

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
SHAPES = [(7, 5), (7, 5, 1), (7, 5, 2), (31, 27, 3), (6, 9, 4), (3, 5, 5), (2, 3, 64), (1, 1, 3)]


def make(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def channels_of(image):
    return image.reshape(-1, image.shape[2] if image.ndim == 3 else 1).T


@pytest.mark.parametrize("shape", [*SHAPES, (0, 4, 3), (4, 0)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_histogram_is_bincount(shape, dtype):
    image = make(shape, dtype)
    counts = histogram(image)
    assert counts.dtype == np.int64
    for row, channel in zip(counts, channels_of(image), strict=True):
        np.testing.assert_array_equal(row, np.bincount(channel, minlength=WHITE[dtype] + 1))


def test_histogram_of_color_channels_only_and_flat_images():
    image = make((40, 30, 4), np.uint8)
    np.testing.assert_array_equal(histogram(image, 3), histogram(image)[:3])
    assert histogram(np.full((99, 101), 7, np.uint8))[0, 7] == 9999


@pytest.mark.parametrize("shape", [*SHAPES, (700, 900, 3)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_means_and_extremes(shape, dtype):
    image = make(shape, dtype)
    rows = channels_of(image)
    expected = rows.astype(np.float64).mean(axis=1)
    if dtype == np.float32:
        np.testing.assert_allclose(channel_means(image), expected, rtol=1e-12)
    else:
        total = rows.sum(axis=1, dtype=np.int64)
        np.testing.assert_array_equal(channel_means(image), total / rows.shape[1])
    ends = np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1)
    np.testing.assert_array_equal(minmax(image), ends)
    assert minmax(image).dtype == dtype


def test_means_do_not_overflow():
    image = np.full((4096, 4096), 65535, np.uint16)
    assert channel_means(image)[0] == 65535.0
    assert channel_means(np.full((6000, 5000, 1), 255, np.uint8))[0] == 255.0


def test_measures_of_nothing():
    assert channel_means(np.zeros((0, 4, 3), np.uint8)) == [0, 0, 0]
    with pytest.raises(ValueError, match="no pixels"):
        minmax(np.zeros((0, 4, 3), np.uint8))
    with pytest.raises(TypeError, match="float32"):
        histogram(np.zeros((2, 2), np.float32))


def images_for_pillow():
    rng = np.random.default_rng(3)
    yield make((40, 50, 3), np.uint8)
    yield np.clip(rng.normal(100, 20, (64, 48, 3)), 0, 255).astype(np.uint8)
    yield np.full((20, 20, 3), 77, np.uint8)
    yield np.where(rng.random((30, 30, 3)) < 0.5, 10, 200).astype(np.uint8)
    yield make((2, 2, 3), np.uint8)
    yield np.clip(rng.exponential(12, (50, 50, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("image", list(images_for_pillow()))
def test_equalize_is_pillow(image):
    expected = np.asarray(ImageOps.equalize(Image.fromarray(image)))
    np.testing.assert_array_equal(table(image, equalize_table(histogram(image))), expected)


@pytest.mark.parametrize("image", list(images_for_pillow()))
@pytest.mark.parametrize("cutoff", [0, 1, 2.5, (0, 10), (30, 1), (50, 50), (99, 1)])
def test_autocontrast_is_pillow(image, cutoff):
    expected = np.asarray(ImageOps.autocontrast(Image.fromarray(image), cutoff))
    result = table(image, autocontrast_table(histogram(image), cutoff))
    np.testing.assert_array_equal(result, expected)


def test_tables_of_16_bits():
    image = make((100, 100), np.uint16) // 2 + 1000
    stretched = table(image, autocontrast_table(histogram(image)))
    assert (stretched.min(), stretched.max()) == (0, 65535)
    flat = table(np.full((300, 300), 5, np.uint16), equalize_table(histogram(image)))
    assert flat.dtype == np.uint16


def test_autocontrast_rejects_impossible_cutoffs():
    counts = histogram(np.zeros((2, 2), np.uint8))
    for cutoff in (-1, 60, (80, 30)):
        with pytest.raises(ValueError, match="cutoff"):
            autocontrast_table(counts, cutoff)


def clahe_by_definition(image, clip_limit, rows, columns):
    """OpenCV's algorithm in float64, on one 8-bit channel that the tiles divide."""
    height, width = image.shape
    th, tw = height // rows, width // columns
    limit = max(1, int(clip_limit * th * tw / 256)) if clip_limit else th * tw
    luts = np.zeros((rows, columns, 256))
    for r in range(rows):
        for c in range(columns):
            tile = image[r * th : (r + 1) * th, c * tw : (c + 1) * tw]
            counts = np.bincount(tile.ravel(), minlength=256)
            excess = np.maximum(counts - limit, 0).sum()
            counts = np.minimum(counts, limit) + excess // 256
            rest = excess % 256
            if rest:
                counts[: rest * max(1, 256 // rest) : max(1, 256 // rest)][:rest] += 1
            luts[r, c] = (2 * np.cumsum(counts) * 255 + th * tw) // (2 * th * tw)
    y, x = np.mgrid[:height, :width]
    fy, fx = y / th - 0.5, x / tw - 0.5  # OpenCV measures from the pixel's corner
    y0, x0 = np.floor(fy).astype(int), np.floor(fx).astype(int)
    wy, wx = fy - y0, fx - x0
    total = np.zeros((height, width))
    for dy, vertical in ((0, 1 - wy), (1, wy)):
        for dx, horizontal in ((0, 1 - wx), (1, wx)):
            row, column = np.clip(y0 + dy, 0, rows - 1), np.clip(x0 + dx, 0, columns - 1)
            total += vertical * horizontal * luts[row, column, image]
    return total


@pytest.mark.parametrize("tiles", [(8, 8), (1, 1), (2, 5), (16, 4)])
@pytest.mark.parametrize("clip_limit", [0.0, 1.0, 2.0, 4.0, 40.0])
def test_clahe_follows_its_definition(tiles, clip_limit):
    image = data.camera()[:320, :320]
    expected = clahe_by_definition(image, clip_limit, *tiles)
    result = clahe(image, clip_limit, tiles)
    assert np.abs(result - expected).max() <= 0.51


def test_clahe_resembles_skimage():
    image = data.camera()
    ours = clahe(image, 256 * 0.01, (8, 8)).astype(float)
    theirs = exposure.equalize_adapthist(image, kernel_size=64, clip_limit=0.01) * 255
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.97


def test_clahe_on_16_bits_and_float_agrees_with_8_bits():
    image = data.camera()
    expected = clahe(image, 3.0).astype(float)
    wide = clahe(image.astype(np.uint16) * 257, 3.0)
    assert np.abs(wide / 257.0 - expected).mean() < 4
    real = clahe(image.astype(np.float32) / 255, 3.0)
    assert real.dtype == np.float32
    np.testing.assert_allclose(real, wide / 65535.0, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_clahe_in_color_moves_luma_only(dtype):
    image = make((64, 64, 3), np.uint8) // 3 + 80
    image = (image / 255 * WHITE[dtype]).astype(dtype)
    result = clahe(image, 1.5, (2, 2)).astype(np.float64)
    inside = ((result > 0) & (result < WHITE[dtype])).all(axis=2)
    before, after = np.diff(image.astype(np.float64)), np.diff(result)
    limit = 1e-6 if dtype == np.float32 else 0
    assert inside.mean() > 0.5
    assert np.abs(before - after)[inside].max() <= limit


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape", [(1, 1), (5, 7), (33, 65, 1), (17, 19, 2), (10, 10, 4), (9, 3, 5), (3, 3, 64)]
)
def test_clahe_takes_any_shape(shape, dtype):
    image = make(shape, dtype)
    before = image.copy()
    image.flags.writeable = False
    result = clahe(image)
    assert result.shape == shape
    assert result.dtype == dtype
    np.testing.assert_array_equal(image, before)
    wide = np.repeat(image, 2, axis=1)[:, ::2]
    np.testing.assert_array_equal(clahe(wide), result)


def test_clahe_copies_alpha_and_survives_nothing():
    image = make((40, 40, 4), np.uint8)
    result = clahe(image, color_channels=3)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    np.testing.assert_array_equal(result[..., :3], clahe(image[..., :3]))
    assert clahe(np.zeros((0, 4, 3), np.uint8)).shape == (0, 4, 3)
    with pytest.raises(ValueError, match="tiles"):
        clahe(image, tiles=(0, 8))
    with pytest.raises(ValueError, match="clip_limit"):
        clahe(image, -1.0)
