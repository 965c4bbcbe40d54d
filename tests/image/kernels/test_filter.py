from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import ndimage

from augkit.image.kernels.filter import BORDERS, convolve, separable
from augkit.image.kernels.gaussian import gaussian_kernel
from augkit.image.kernels.sharpen import sharpen

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
SHAPES = [(17, 15), (17, 15, 1), (9, 5, 2), (31, 47, 3), (16, 29, 4), (8, 5, 5), (5, 6, 64)]
TINY = [(1, 1), (1, 1, 3), (1, 9, 3), (9, 1), (2, 2, 4), (0, 5, 3), (5, 0), (3, 3, 0)]
SCIPY_MODES = {
    "reflect101": "mirror",
    "reflect": "reflect",
    "replicate": "nearest",
    "wrap": "grid-wrap",
    "constant": "constant",
}


def make(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def by_definition(image, kernel, border, fill=0.0):
    """Correlation in float64, clipped but not rounded."""
    kernel = kernel if image.ndim == 2 else kernel[:, :, np.newaxis]
    values = ndimage.correlate(
        image.astype(np.float64), kernel, mode=SCIPY_MODES[border], cval=fill
    )
    return np.clip(values, 0, WHITE[image.dtype.type])


def error(result, expected):
    """In levels of 8 bits, whatever the dtype."""
    white = WHITE[result.dtype.type]
    return np.abs(result.astype(np.float64) - expected).max(initial=0) / white * 255


def limit(dtype, taps):
    """Half a level for rounding, and what fixed point and dropped ends may add."""
    return {np.uint8: 0.6 + taps / 150, np.uint16: 0.6 / 257, np.float32: 1e-3}[dtype]


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0, 1.7, 3.0, 8.0, 30.0])
def test_gaussian_kernel_is_scipys(sigma):
    weights = gaussian_kernel(sigma)
    radius = len(weights) // 2
    assert radius == int(4 * sigma + 0.5)
    dot = np.zeros(2 * radius + 1)
    dot[radius] = 1.0
    expected = ndimage.gaussian_filter1d(dot, sigma, mode="constant", radius=radius)
    np.testing.assert_allclose(weights, expected, rtol=1e-11, atol=1e-16)
    assert abs(weights.sum() - 1) < 1e-15


def test_sigma_zero_is_neutral():
    assert gaussian_kernel(0.0).tolist() == [1.0]
    with pytest.raises(ValueError, match="sigma"):
        gaussian_kernel(-1.0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("sigmas", [(1.0, 2.5), (0.0, 1.5), (4.0, 0.6)])
def test_gaussian_against_scipy(shape, dtype, border, sigmas):
    image = make(shape, dtype)
    x, y = (gaussian_kernel(sigma) for sigma in sigmas)
    fill = WHITE[dtype] // 4 if dtype != np.float32 else 0.25
    result = separable(image, x, y, border, fill=fill)
    expected = by_definition(image, np.outer(y, x), border, fill)
    assert error(result, expected) <= limit(dtype, len(x) + len(y))
    assert result.dtype == dtype
    assert result.flags.c_contiguous


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "weights",
    [
        [0.2, 0.3, 0.5],  # not symmetric
        [-0.5, 2.0, -0.5],
        [0, 0, 1.0],
        [1.0] * 5,
        [3.0],
        [0.0],
        [1.0, -2.0, 1.0],
        [0.001, 0.01, 0.0],
    ],
)
def test_any_weights(dtype, weights):
    image = make((20, 30, 3), dtype)
    blur = np.array([0.25, 0.5, 0.25])
    expected = by_definition(image, np.outer(blur, weights), "reflect101")
    assert error(separable(image, weights, blur), expected) <= limit(dtype, 20)
    expected = by_definition(image, np.outer(weights, blur), "reflect101")
    assert error(separable(image, blur, weights), expected) <= limit(dtype, 20)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", [15, 63, 101, 301])
def test_long_kernels(dtype, length):
    image = make((90, 120, 3), dtype)
    box, curve = np.full(length, 1 / length), gaussian_kernel(length / 8.2)
    for x, y in ((box, box), (curve, [1.0])):
        expected = ndimage.correlate1d(image.astype(np.float64), y, 0, mode="mirror")
        expected = ndimage.correlate1d(expected, x, 1, mode="mirror")
        assert error(separable(image, x, y), expected) <= limit(dtype, 130)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("sigma", [0.4, 1.0, 2.0, 3.3, 7.0, 15.0])
def test_flat_stays_flat_to_the_byte(dtype, sigma):
    weights = gaussian_kernel(sigma)
    for level in (0, 1, 100, 127, 128, 254, 255):
        image = np.full((5, 70, 3), level * (WHITE[dtype] // 255), dtype)
        np.testing.assert_array_equal(separable(image, weights, weights), image)
        line = np.zeros((9, 9))
        line[4] = 1 / 9
        np.testing.assert_array_equal(convolve(image, line), image)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("border", BORDERS)
def test_convolve_against_scipy(shape, dtype, border):
    image = make(shape, dtype)
    rng = np.random.default_rng(2)
    line = np.eye(7) / 7
    mixed = rng.normal(size=(3, 5))
    fill = WHITE[dtype] // 4 if dtype != np.float32 else 0.25
    for weights in (line, np.fliplr(line), mixed, np.full((5, 3), 1 / 15)):
        expected = by_definition(image, weights, border, fill)
        assert error(convolve(image, weights, border, fill=fill), expected) <= limit(dtype, 15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_convolve_with_a_single_tap_copies(dtype):
    image = make((9, 11, 3), dtype)
    one = np.zeros((5, 5))
    one[2, 2] = 1.0
    np.testing.assert_array_equal(convolve(image, one), image)
    one = np.zeros((3, 3))
    one[0, 2] = 1.0
    np.testing.assert_array_equal(convolve(image, one, "wrap"), np.roll(image, (1, -1), (0, 1)))
    assert not convolve(image, np.zeros((3, 3))).any()


FUNCTIONS = {
    "separable": lambda image, **k: separable(image, gaussian_kernel(1.2), [0.25, 0.5, 0.25], **k),
    "convolve": lambda image, **k: convolve(image, np.eye(5) / 5, **k),
    "mixed": lambda image, **k: convolve(image, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], **k),
    "sharpen": lambda image: sharpen(image, 1.7),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
class TestEveryFilter:
    @pytest.mark.parametrize("shape", TINY)
    def test_tiny_and_empty(self, dtype, name, shape):
        image = make(shape, dtype)
        result = FUNCTIONS[name](image)
        assert result.shape == shape
        assert result.dtype == dtype

    def test_layouts_and_no_mutation(self, dtype, name):
        base = make((24, 36, 3), dtype)
        for image in (base[::2, ::-3], base.transpose(1, 0, 2)):
            before = image.copy()
            frozen = image.view()
            frozen.flags.writeable = False
            result = FUNCTIONS[name](frozen)
            np.testing.assert_array_equal(result, FUNCTIONS[name](before))
            assert result.flags.c_contiguous
            np.testing.assert_array_equal(image, before)


def test_sharpen_is_pillow_within_a_level():
    image = make((60, 70, 3), np.uint8)
    image = np.clip(ndimage.gaussian_filter(image, (1, 1, 0)) * 1.5, 0, 255).astype(np.uint8)
    for factor in (0.0, 0.5, 1.0, 1.5, 2.0):
        theirs = np.asarray(ImageEnhance.Sharpness(Image.fromarray(image)).enhance(factor))
        ours = sharpen(image, factor)
        assert np.abs(ours.astype(int) - theirs).max() <= 1
        np.testing.assert_array_equal(ours[0], image[0])
        np.testing.assert_array_equal(ours[:, -1], image[:, -1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("factor", [0.0, 0.7, 3.0])
def test_sharpen_against_float64(dtype, factor):
    image = make((20, 30, 4), dtype)
    smooth = np.ones((3, 3))
    smooth[1, 1] = 5
    blurred = by_definition(image, smooth / 13, "reflect101")
    values = np.clip(blurred + factor * (image - blurred), 0, WHITE[dtype])
    result = sharpen(image, factor, color_channels=3)
    assert error(result[1:-1, 1:-1, :3], values[1:-1, 1:-1, :3]) <= limit(dtype, 2)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])


@pytest.mark.parametrize("dtype", DTYPES)
def test_sharpen_by_one_is_neutral(dtype):
    image = make((20, 30, 3), dtype)
    np.testing.assert_array_equal(sharpen(image, 1.0), image)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("name", ["separable", "convolve"])
def test_alpha_is_premultiplied(dtype, channels, name):
    image = make((20, 30, channels), dtype)
    image[5:15, 10:20, -1] = 0
    values = image.astype(np.float64) / WHITE[dtype]
    values[..., :-1] *= values[..., -1:]
    blur = np.outer([0.25, 0.5, 0.25], gaussian_kernel(1.2))
    kernel = blur if name == "separable" else np.eye(5) / 5
    expected = ndimage.correlate(values, kernel[:, :, np.newaxis], mode="mirror")
    opacity = expected[..., -1:]
    color = np.divide(expected[..., :-1], opacity, out=np.zeros_like(expected[..., :-1]),
                      where=opacity > 1e-9)  # fmt: skip
    result = FUNCTIONS[name](image, alpha=True)
    assert result.dtype == dtype
    white = WHITE[dtype]
    assert error(result[..., -1:], opacity * white) <= limit(dtype, 0) + 0.01
    solid = opacity[..., 0] > 0.05
    assert error(result[..., :-1][solid], color[solid] * white) <= max(0.55, limit(dtype, 0))
    assert not result[..., :-1][opacity[..., 0] == 0].any()


def test_hidden_color_does_not_leak():
    image = np.zeros((9, 9, 4), np.uint8)
    image[..., 0] = 255  # red, but invisible
    image[:, :5] = (0, 200, 0, 255)
    weights = gaussian_kernel(1.0)
    result = separable(image, weights, weights, alpha=True)
    seen = result[..., 3] > 0
    np.testing.assert_array_equal(result[seen][:, :3], [[0, 200, 0]] * seen.sum())


@pytest.mark.parametrize("dtype", DTYPES)
def test_opaque_alpha_stays_opaque(dtype):
    image = make((20, 30, 4), dtype)
    image[..., 3] = WHITE[dtype]
    weights = gaussian_kernel(1.3)
    result = separable(image, weights, weights, alpha=True)
    assert (result[..., 3] == WHITE[dtype]).all()
    assert error(result[..., :3], separable(image[..., :3], weights, weights)) <= 1


def test_errors_say_what_is_wrong():
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="kernel_x must be an odd number"):
        separable(image, [0.5, 0.5], [1.0])
    with pytest.raises(ValueError, match="kernel_y must be an odd number"):
        separable(image, [1.0], np.ones((3, 3)))
    with pytest.raises(ValueError, match="border is 'mirror'"):
        separable(image, [0.5, 0, 0.5], [1.0], "mirror")
    with pytest.raises(ValueError, match="fill must be"):
        convolve(image, np.ones((3, 3)), "constant", fill=[1, 2])
    with pytest.raises(ValueError, match="fill must be within"):
        convolve(image, np.ones((3, 3)), "constant", fill=300)
    with pytest.raises(ValueError, match="odd sides"):
        convolve(image, np.ones((2, 3)))
    with pytest.raises(ValueError, match="factor"):
        sharpen(image, -1.0)
    with pytest.raises(ValueError, match="at least 2 channels"):
        separable(image[..., :1], [0.5, 0, 0.5], [1.0], alpha=True)
