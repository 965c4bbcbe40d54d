from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from augkit.image.kernels.blend import blend, fill_rectangles, weighted_sum

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
SHAPES = [(7, 5), (7, 5, 1), (7, 5, 2), (31, 47, 3), (6, 9, 4), (3, 5, 5), (2, 3, 64), (1, 1, 3)]
EMPTY = [(0, 5, 3), (5, 0), (3, 3, 0)]


def make(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def close(result, values):
    dtype = result.dtype.type
    values = np.clip(values, 0, WHITE[dtype])
    limit = 1e-6 if dtype == np.float32 else 0.51
    return np.abs(result.astype(np.float64) - values).max(initial=0) <= limit


@pytest.mark.parametrize("shape", SHAPES + EMPTY)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weight", [0.0, 0.25, 1 / 3, 0.999, 1.0])
def test_blend(shape, dtype, weight):
    a, b = make(shape, dtype, 1), make(shape, dtype, 2)
    result = blend(a, b, weight)
    assert result.dtype == dtype
    assert close(result, a * (1.0 - weight) + b * np.float64(weight))
    if weight in (0.0, 1.0):
        np.testing.assert_array_equal(result, b if weight else a)
        assert not np.shares_memory(result, a)
        assert not np.shares_memory(result, b)
    np.testing.assert_array_equal(blend(a, a, weight), a) if dtype != np.float32 else None


def test_blend_is_pillow_within_a_level():
    a, b = make((40, 50, 3), np.uint8, 1), make((40, 50, 3), np.uint8, 2)
    theirs = np.asarray(Image.blend(Image.fromarray(a), Image.fromarray(b), 0.3))
    assert np.abs(blend(a, b, 0.3).astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("shape", SHAPES + EMPTY)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "weights", [[1.0], [0.3, 0.7], [0.2, 0.3, 0.5], [1 / 7] * 7, [2.0, -0.5], [1.0, 1.0, 1.0]]
)
def test_weighted_sum(shape, dtype, weights):
    images = [make(shape, dtype, seed) for seed in range(len(weights))]
    expected = sum(np.float64(w) * image for w, image in zip(weights, images, strict=True))
    result = weighted_sum(images, weights)
    assert result.shape == shape
    assert close(result, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_a_convex_sum_of_one_image_is_that_image(dtype, count):
    image = make((20, 30, 3), dtype)
    np.testing.assert_array_equal(weighted_sum([image] * count, [1 / count] * count), image)


@pytest.mark.parametrize("shape", SHAPES + EMPTY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_fill_rectangles(shape, dtype):
    image = make(shape, dtype)
    before = image.copy()
    rectangles = [[1, 1, 3, 2], [-5, 0, 1, 99], [4, 4, 4, 9], [3, 3, 2, 2], [50, 50, 60, 60]]
    level = WHITE[dtype] // 3 if dtype != np.float32 else 0.3
    expected = image.copy()
    for x0, y0, x1, y1 in rectangles:
        expected[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = level
    np.testing.assert_array_equal(fill_rectangles(image, rectangles, level), expected)
    np.testing.assert_array_equal(image, before)
    copy = fill_rectangles(image, np.zeros((0, 4), np.int64), level)
    np.testing.assert_array_equal(copy, image)
    assert not np.shares_memory(copy, image)


@pytest.mark.parametrize("dtype", DTYPES)
def test_fill_color_and_alpha(dtype):
    image = make((20, 30, 4), dtype)
    color = [WHITE[dtype], 0, WHITE[dtype] / 2 if dtype == np.float32 else WHITE[dtype] // 2]
    result = fill_rectangles(image, [[2, 3, 10, 8], [5, 5, 40, 40]], color, color_channels=3)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    assert (result[3:8, 2:10, :3] == np.array(color, dtype)).all()
    assert (result[5:, 5:, :3] == np.array(color, dtype)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_noise_fill(dtype):
    image = np.zeros((200, 300, 4), dtype)
    result = fill_rectangles(image, [[10, 20, 210, 120]], noise_seed=3, color_channels=3)
    inside = result[20:120, 10:210, :3].astype(np.float64) / WHITE[dtype]
    assert abs(inside.mean() - 0.5) < 0.01
    assert abs(inside.std() - 1 / np.sqrt(12)) < 0.01
    rest = result.copy()
    rest[20:120, 10:210, :3] = 0
    assert not rest.any()
    # A pixel's noise does not depend on the rectangles.
    other = fill_rectangles(image, [[0, 0, 50, 50]], noise_seed=3, color_channels=3)
    np.testing.assert_array_equal(other[20:50, 10:50], result[20:50, 10:50])
    assert (fill_rectangles(image, [[0, 0, 50, 50]], noise_seed=4) != other).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_layouts_out_and_no_mutation(dtype):
    base, second = make((20, 30, 3), dtype), make((20, 30, 3), dtype, 1)
    functions = {
        "blend": lambda image, other, **k: blend(image, other, 0.3, **k),
        "fill": lambda image, other, **k: fill_rectangles(image, [[1, 1, 3, 9]], **k),
        "sum": lambda image, other: weighted_sum([image, other], [0.2, 0.8]),
    }
    for name, function in functions.items():
        for slices in ((slice(None, None, 2), slice(None, None, -3)), (slice(3, None), slice(7))):
            a, b = base[slices], second[slices]
            before = a.copy()
            frozen = a.view()
            frozen.flags.writeable = False
            np.testing.assert_array_equal(function(frozen, b), function(before, b.copy()))
            np.testing.assert_array_equal(a, before)
        if name != "sum":
            out = np.empty_like(base)
            expected = function(base, second)
            assert function(base, second, out=out) is out
            np.testing.assert_array_equal(out, expected)
            copy = base.copy()
            np.testing.assert_array_equal(function(copy, second, out=copy), expected)


def test_errors_say_what_is_wrong():
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="weight must be"):
        blend(image, image, 1.5)
    with pytest.raises(ValueError, match="one shape and dtype"):
        blend(image, image[:2], 0.5)
    with pytest.raises(ValueError, match="one shape and dtype"):
        weighted_sum([image, image.astype(np.uint16)], [0.5, 0.5])
    with pytest.raises(ValueError, match="as many weights"):
        weighted_sum([image], [0.5, 0.5])
    with pytest.raises(ValueError, match="finite"):
        weighted_sum([image], [np.nan])
    with pytest.raises(ValueError, match="rectangles must be integers"):
        fill_rectangles(image, [[0.5, 0, 1, 1]])
    with pytest.raises(ValueError, match="rectangles must be integers"):
        fill_rectangles(image, [0, 0, 1, 1])
    with pytest.raises(ValueError, match="one per color channel"):
        fill_rectangles(image, [[0, 0, 1, 1]], [1, 2])
    with pytest.raises(ValueError, match="fill must be within"):
        fill_rectangles(image, [[0, 0, 1, 1]], -1)
