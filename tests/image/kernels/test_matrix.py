from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from augkit.image.kernels.matrix import color_matrix, gray, scale_offset

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}


def make(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def finish(values, dtype):
    values = np.clip(values, 0, WHITE[dtype])
    return values if dtype == np.float32 else np.floor(values + 0.5)


def apart(result, expected):
    return np.abs(result.astype(np.float64) - expected).max(initial=0)


MATRICES = {
    "mix": np.array([[0.5, 0.3, 0.2, 0.05], [-0.4, 1.9, -0.6, 0.1], [0.0, 0.25, 0.5, -0.2]]),
    "hue": np.array([[0.1, 1.2, -0.3, 0.0], [-0.2, 0.4, 0.8, 0.0], [1.1, -0.6, 0.5, 0.0]]),
    "strong": np.array([[9.0, -4.0, -4.0, 0.5], [40.0, 0, 0, -20.0], [0.001, 0.002, 0.003, 0.9]]),
}


@pytest.mark.parametrize("shape", [(37, 41, 3), (5, 300, 4), (3, 4, 5), (2, 3, 64), (1, 1, 3)])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MATRICES)
def test_against_float64(shape, dtype, name):
    image, matrix = make(shape, dtype), MATRICES[name]
    result = color_matrix(image, matrix)
    values = image[..., :3].astype(np.float64) @ matrix[:, :3].T + matrix[:, 3] * WHITE[dtype]
    limit = 1e-5 if dtype == np.float32 else 1
    assert apart(result[..., :3], finish(values, dtype)) <= limit
    np.testing.assert_array_equal(result[..., 3:], image[..., 3:])
    if dtype != np.float32:
        # Rounding once: only values close to a half can differ.
        differ = result[..., :3] != finish(values, dtype)
        assert np.abs(values[differ] % 1 - 0.5).max(initial=0) < 0.2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [3, 4, 7])
def test_identity_is_exact(dtype, channels):
    image = make((50, 60, channels), dtype)
    np.testing.assert_array_equal(color_matrix(image, np.eye(3, 4)), image)


def test_all_bytes_exactly_under_scaling():
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    np.testing.assert_array_equal(
        color_matrix(ramp, np.eye(3, 4) * 0.5)[0, :, 0], (np.arange(256) + 1) // 2
    )


def test_gray_stays_gray_when_rows_sum_to_one():
    matrix = np.full((3, 4), 1 / 3)
    matrix[:, 3] = 0
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    np.testing.assert_array_equal(color_matrix(ramp, matrix), ramp)


@pytest.mark.parametrize("slope", [1e5, 1e9, 1e300])
def test_huge_coefficients_keep_their_edge(slope):
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    matrix = np.hstack([np.eye(3) * slope, np.full((3, 1), -slope * 0.5)])
    expected = np.where(np.arange(256) >= 128, 255, 0)
    np.testing.assert_array_equal(color_matrix(ramp, matrix)[0, :, 1], expected)
    np.testing.assert_array_equal(scale_offset(ramp, slope, -slope * 0.5)[0, :, 1], expected)


@pytest.mark.parametrize("shape", [(9, 11), (9, 11, 1), (70, 33, 3), (8, 90, 4), (5, 4, 64)])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("scale", "offset"), [(1.3, -0.1), (-1.0, 1.0), (0.0, 0.5), (30.0, -9.0)])
def test_scale_offset_against_float64(shape, dtype, scale, offset):
    image = make(shape, dtype)
    values = image.astype(np.float64) * scale + offset * WHITE[dtype]
    result = scale_offset(image, scale, offset)
    assert result.shape == image.shape
    assert apart(result, finish(values, dtype)) <= (1e-5 if dtype == np.float32 else 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_scale_offset_per_channel_and_alpha(dtype):
    image = make((50, 77, 4), dtype)
    scale, offset = [0.5, 2.0, 1.0], [0.1, -0.2, 0.0]
    result = scale_offset(image, scale, offset, color_channels=3)
    values = image[..., :3] * np.float64(1) * scale + np.multiply(offset, WHITE[dtype])
    assert apart(result[..., :3], finish(values, dtype)) <= (1e-5 if dtype == np.float32 else 1)
    np.testing.assert_array_equal(result[..., 2:], image[..., 2:])


@pytest.mark.parametrize("dtype", DTYPES)
def test_neutral_scale_and_inversion_are_exact(dtype):
    image = make((50, 77, 3), dtype)
    np.testing.assert_array_equal(scale_offset(image, 1.0, 0.0), image)
    if dtype != np.float32:
        np.testing.assert_array_equal(scale_offset(image, -1.0, 1.0), WHITE[dtype] - image)


def test_gray_is_pillow():
    image = make((200, 301, 3), np.uint8)
    np.testing.assert_array_equal(gray(image), np.asarray(Image.fromarray(image).convert("L")))


@pytest.mark.parametrize("dtype", DTYPES)
def test_gray_against_float64_and_keeps_gray(dtype):
    image = make((40, 50, 4), dtype)
    weights = (0.2126, 0.7152, 0.0722)
    values = image[..., :3].astype(np.float64) @ np.array(weights)
    limit = 1e-6 if dtype == np.float32 else 1
    assert apart(gray(image, weights), finish(values, dtype)) <= limit
    level = np.repeat(make((40, 50, 1), dtype), 3, axis=2)
    if dtype == np.float32:
        assert apart(gray(level, weights), level[..., 0]) < 1e-6
    else:
        np.testing.assert_array_equal(gray(level, weights), level[..., 0])


@pytest.mark.parametrize("function", [
    lambda image, **k: color_matrix(image, MATRICES["mix"], **k),
    lambda image, **k: scale_offset(image, 1.2, 0.1, **k),
])  # fmt: skip
@pytest.mark.parametrize("dtype", DTYPES)
def test_layouts_out_and_no_mutation(function, dtype):
    base = make((20, 30, 3), dtype)
    for image in (base[::2, ::-3], base.transpose(1, 0, 2)):
        before = image.copy()
        frozen = image.view()
        frozen.flags.writeable = False
        np.testing.assert_array_equal(function(frozen), function(before))
        np.testing.assert_array_equal(image, before)
    out = np.empty_like(base)
    expected = function(base)
    assert function(base, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(function(base, out=base), expected)
    for shape in ((0, 5, 3), (5, 0, 3)):
        assert function(np.zeros(shape, dtype)).shape == shape


def test_errors_say_what_is_wrong():
    image = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(ValueError, match="2 channels"):
        color_matrix(image[..., :2], np.eye(3, 4))
    with pytest.raises(ValueError, match="3 rows of 4"):
        color_matrix(image, np.eye(3))
    with pytest.raises(ValueError, match="finite"):
        color_matrix(image, np.full((3, 4), np.nan))
    with pytest.raises(ValueError, match="one per color channel"):
        scale_offset(image, [1.0, 2.0], 0.0)
    with pytest.raises(ValueError, match="finite"):
        scale_offset(image, np.inf, 0.0)
    with pytest.raises(ValueError, match="sum to 1"):
        gray(image, (1.0, 1.0, 1.0))
    with pytest.raises(TypeError, match="float64"):
        color_matrix(image.astype(np.float64), np.eye(3, 4))
