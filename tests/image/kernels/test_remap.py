"""Remaps against the definition, and against the warp of the same points."""

from __future__ import annotations

import numpy as np
import pytest

from augkit.image.kernels.remap import remap
from augkit.image.kernels.warp import warp
from tests.image.kernels.sampling_reference import mapped, nearest, rotation, sampled

BORDERS = ["constant", "replicate", "reflect", "reflect101", "wrap"]


def picture(shape, dtype=np.uint8):
    random = np.random.default_rng(0)
    if dtype == np.float32:
        return random.random(shape, dtype=np.float32)
    return random.integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def waves(height, width):
    y, x = np.mgrid[0:height, 0:width] + 0.5
    points = np.stack([x + 3.1 * np.sin(y / 5), y + 2.3 * np.cos(x / 7)], axis=-1)
    return points.astype(np.float32)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_linear_is_the_definition(border, dtype, channels):
    image, points = picture((30, 41, channels), dtype), waves(34, 38)
    error = np.abs(
        remap(image, points, border=border).astype(float) - sampled(image, points, border=border)
    )
    assert error.max() < {np.uint8: 0.6, np.uint16: 0.52, np.float32: 1e-5}[dtype]


@pytest.mark.parametrize("border", BORDERS)
def test_cubic_is_the_definition(border):
    image, points = picture((30, 41, 3), np.float32), waves(34, 38)
    actual = remap(image, points, interpolation="cubic", border=border)
    np.testing.assert_allclose(actual, sampled(image, points, "cubic", border), atol=1e-5)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("dtype", [np.uint8, np.bool_, np.float64])
def test_nearest_is_exact(border, dtype):
    image, points = picture((30, 41, 1)).astype(dtype), waves(34, 38)
    actual = remap(image, points, interpolation="nearest", border=border, fill=1)
    np.testing.assert_array_equal(actual, nearest(image, points, border, 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
def test_identity_is_exact(dtype, interpolation):
    image = picture((20, 30, 3), dtype)
    y, x = np.mgrid[0:20, 0:30] + 0.5
    points = np.stack([x, y], axis=-1).astype(np.float32)
    np.testing.assert_array_equal(remap(image, points, interpolation=interpolation), image)


def test_agrees_with_warp():
    image = picture((40, 50, 3))
    matrix = rotation(21, 1.3, (40, 50), (48, 48))
    points = mapped(matrix, (48, 48)).astype(np.float32)
    difference = remap(image, points).astype(int) - warp(image, matrix, (48, 48))
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("border", BORDERS)
def test_not_a_number_is_fill(border):
    points = waves(8, 8)
    points[2, 3] = np.nan
    points[4, 5] = (np.inf, 1)
    points[6, 6] = (1, -1e20)
    image = np.full((8, 8, 3), 100, np.uint8)
    actual = remap(image, points, border=border, fill=(1, 2, 3))
    for place in ((2, 3), (4, 5), (6, 6)):
        assert actual[place].tolist() == [1, 2, 3]


def test_spans_and_alpha():
    image, points = picture((30, 41, 4)), waves(34, 38)
    spans = np.full((34, 2), (4, 20), np.int32)
    out = np.full((34, 38, 4), 9, np.uint8)
    full = remap(image, points, alpha=True)
    remap(image, points, alpha=True, spans=spans, out=out)
    np.testing.assert_array_equal(out[:, 4:20], full[:, 4:20])
    assert (out[:, :4] == 9).all()
    assert (out[:, 20:] == 9).all()


def test_coordinates_of_another_shape():
    with pytest.raises(ValueError, match="coordinates"):
        remap(picture((4, 4, 3)), np.zeros((4, 4), np.float32))
