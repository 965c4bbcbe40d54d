"""What is decoded and encoded is what Pillow gives: pixels, and bytes. What is odd is left to Pillow."""

import io

import numpy as np
import pytest
from PIL import Image

from augkit.image.files.jpeg import decoded, encoded

SHAPES = [(1, 1), (7, 9), (16, 17), (33, 65), (64, 48)]


def picture(shape):
    """A ramp with noise: smooth parts and edges in every block."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    noise = np.random.default_rng(3).integers(0, 60, (*shape, 3))
    return (np.stack([3 * x, 2 * y, x + y], axis=2) % 190 + noise).astype(np.uint8)


def written(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("quality", [5, 75, 96, 100])
def test_color_is_pillows(quality, subsampling, options):
    for shape in SHAPES:
        data = written(picture(shape), quality=quality, subsampling=subsampling, **options)
        expected = np.asarray(Image.open(io.BytesIO(data)))
        np.testing.assert_array_equal(decoded(data, gray=False), expected)


@pytest.mark.parametrize("quality", [5, 75, 100])
def test_gray_is_pillows(quality):
    for shape in SHAPES:
        data = written(picture(shape)[..., 0], quality=quality)
        expected = np.asarray(Image.open(io.BytesIO(data)))
        np.testing.assert_array_equal(decoded(data, gray=True), expected)


@pytest.mark.parametrize("options", [{}, {"subsampling": "4:2:0"}, {"optimize": True}])
def test_files_are_pillows(options):
    for shape in [*SHAPES, (1, 2), (3, 1), (1, 6), (640, 480), (2, 3)]:
        for pixels in (picture(shape), picture(shape)[::-1, ::-1], picture(shape)[..., 0]):
            assert encoded(pixels, quality=95, **options) == written(pixels, quality=95, **options)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-2],
        lambda data: data[:2] + b"\x00" + data[2:],
        lambda data: b"\x89PNG" + data[4:],
    ],
)
def test_a_spoiled_file_is_left_to_pillow(spoil):
    data = spoil(written(picture((48, 48)), quality=80))
    pixels = decoded(data, gray=False)
    if pixels is not None:  # a missing end marker alone does no harm
        expected = np.asarray(Image.open(io.BytesIO(data)))
        np.testing.assert_array_equal(pixels, expected)
