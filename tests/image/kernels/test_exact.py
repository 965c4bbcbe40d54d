"""Whole-pixel copies against numpy, for all kinds of pixels and strides."""

from __future__ import annotations

import numpy as np
import pytest

from augkit.image.kernels.exact import flip_horizontal, flip_vertical, pad, rotate90, transpose

KINDS = [
    (dtype, channels)
    for dtype in (np.uint8, np.uint16, np.float32)
    for channels in (None, 1, 2, 3, 4, 5, 64)
] + [(np.bool_, None), (np.float64, 3), (np.int64, 1), (np.complex128, 1)]
SIZES = [(1, 1), (1, 9), (7, 5), (8, 8), (37, 41), (70, 33)]
MODES = {"replicate": "edge", "reflect": "symmetric", "reflect101": "reflect", "wrap": "wrap"}


def pictures(dtype, channels):
    random = np.random.default_rng(0)
    for height, width in SIZES:
        shape = (height, width) if channels is None else (height, width, channels)
        image = random.integers(0, 256, shape).astype(dtype)
        locked = image.copy()
        locked.flags.writeable = False
        yield from (
            image,
            image[::-1],
            image[:, ::-1],
            image[::2, ::2],
            image.swapaxes(0, 1),
            locked,
        )


@pytest.mark.parametrize(("dtype", "channels"), KINDS)
def test_flips_and_turns(dtype, channels):
    for image in pictures(dtype, channels):
        before = image.copy()
        for actual, expected in (
            (flip_horizontal(image), image[:, ::-1]),
            (flip_vertical(image), image[::-1]),
            (transpose(image), image.swapaxes(0, 1)),
            *((rotate90(image, k), np.rot90(image, k)) for k in range(-1, 5)),
        ):
            np.testing.assert_array_equal(actual, expected)
            assert actual.flags.c_contiguous
            assert not np.shares_memory(actual, image)
        np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("border", MODES)
@pytest.mark.parametrize(("dtype", "channels"), KINDS)
def test_pad_with_borders(border, dtype, channels):
    for image in pictures(dtype, channels):
        for top, bottom, left, right in ((0, 0, 0, 0), (2, 1, 3, 4), (0, 100, 50, 0)):
            widths = [(top, bottom), (left, right)] + [(0, 0)] * (image.ndim - 2)
            expected = np.pad(image, widths, mode=MODES[border])
            np.testing.assert_array_equal(pad(image, (top, bottom, left, right), border), expected)


@pytest.mark.parametrize("channels", [None, 1, 3, 20])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pad_with_a_fill_for_each_channel(dtype, channels):
    for image in pictures(dtype, channels):
        fill = 7 if channels is None else list(range(channels))
        expected = np.empty((image.shape[0] + 3, image.shape[1] + 7, *image.shape[2:]), dtype)
        expected[...] = fill
        expected[1:-2, 3:-4] = image
        np.testing.assert_array_equal(pad(image, (1, 2, 3, 4), fill=fill), expected)


def test_flip_into_an_array():
    image = np.arange(24, dtype=np.uint8).reshape(4, 6)
    out = np.empty_like(image)
    assert flip_horizontal(image, out) is out
    np.testing.assert_array_equal(out, image[:, ::-1])
    assert flip_vertical(image, out=out) is out
    np.testing.assert_array_equal(out, image[::-1])


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0, 3), (3, 4, 0)])
def test_empty_images(shape):
    image = np.zeros(shape, np.uint8)
    assert flip_horizontal(image).shape == shape
    assert rotate90(image, 1).shape == (shape[1], shape[0], *shape[2:])
    assert pad(image, (1, 1, 1, 1)).shape == (shape[0] + 2, shape[1] + 2, *shape[2:])


def test_errors():
    image = np.zeros((3, 3), np.uint8)
    with pytest.raises(ValueError, match="pads"):
        pad(image, (-1, 0, 0, 0))
    with pytest.raises(ValueError, match="border"):
        pad(image, (1, 0, 0, 0), "mirror")
    with pytest.raises(ValueError, match="out"):
        flip_horizontal(image, np.zeros((3, 4), np.uint8))
    with pytest.raises(ValueError, match="nothing"):
        pad(np.zeros((0, 3), np.uint8), (1, 0, 0, 0), "wrap")
