from __future__ import annotations

import numpy as np
import pytest

from augkit.image.kernels import table as module
from augkit.image.kernels.table import table

SHAPES = [(7, 5), (7, 5, 1), (7, 5, 2), (7, 5, 3), (6, 9, 4), (3, 4, 5), (2, 3, 64), (1, 1, 3)]
EMPTY = [(0, 5, 3), (5, 0), (0, 0, 4)]


def make(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def random_table(dtype, out, rows=None, seed=1):
    levels = int(np.iinfo(dtype).max) + 1
    shape = (levels,) if rows is None else (rows, levels)
    rng = np.random.default_rng(seed)
    if out == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, np.iinfo(out).max + 1, shape, dtype=out)


@pytest.mark.parametrize("shape", SHAPES + EMPTY)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("out", [np.uint8, np.uint16, np.float32])
def test_shared_table_is_indexing(shape, dtype, out):
    image, lut = make(shape, dtype), random_table(dtype, out)
    result = table(image, lut)
    np.testing.assert_array_equal(result, lut[image])
    assert result.dtype == out
    assert result.flags.c_contiguous


@pytest.mark.parametrize("shape", [s for s in SHAPES + EMPTY if len(s) == 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("out", [np.uint8, np.float32])
def test_one_table_per_channel(shape, dtype, out):
    image, luts = make(shape, dtype), random_table(dtype, out, shape[2])
    expected = np.stack([luts[c][image[..., c]] for c in range(shape[2])], axis=-1)
    np.testing.assert_array_equal(table(image, luts), expected)


@pytest.mark.parametrize("rows", [None, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(9, 11), (64, 700)])
def test_alpha_is_copied(rows, dtype, size):
    image, lut = make((*size, 4), dtype), random_table(dtype, dtype, rows)
    result = table(image, lut, color_channels=3)
    np.testing.assert_array_equal(result[..., 3], image[..., 3])
    luts = np.broadcast_to(lut, (3, lut.shape[-1]))
    for c in range(3):
        np.testing.assert_array_equal(result[..., c], luts[c][image[..., c]])


def test_alpha_is_rescaled_to_another_dtype():
    image = make((4, 5, 2), np.uint8)
    lut = np.zeros(256, np.float32)
    result = table(image, lut, color_channels=1)
    np.testing.assert_array_equal(result[..., 1], (image[..., 1] / 255.0).astype(np.float32))
    wide = table(image, np.zeros(256, np.uint16), color_channels=1)
    np.testing.assert_array_equal(wide[..., 1], image[..., 1].astype(np.uint16) * 257)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (100, 1000), (181, 331)])
def test_large_and_odd_sizes(size):
    image, luts = make((*size, 3), np.uint8), random_table(np.uint8, np.uint8, 3)
    expected = np.stack([luts[c][image[..., c]] for c in range(3)], axis=-1)
    np.testing.assert_array_equal(table(image, luts), expected)
    np.testing.assert_array_equal(table(image, luts[0]), luts[0][image])


@pytest.mark.parametrize("rows", [None, 3])
def test_without_stringzilla(monkeypatch, rows):
    image, lut = make((20, 30, 3), np.uint8), random_table(np.uint8, np.uint8, rows)
    expected = table(image, lut)
    monkeypatch.setattr(module, "_translate", lambda: None)
    np.testing.assert_array_equal(table(image, lut), expected)


@pytest.mark.parametrize("rows", [None, 3])
def test_any_layout_and_never_mutated(rows):
    base, lut = make((20, 30, 3), np.uint8), random_table(np.uint8, np.uint8, rows)
    for image in (base[::2, ::-3], base.transpose(1, 0, 2), np.asfortranarray(base)):
        before = image.copy()
        frozen = image.view()
        frozen.flags.writeable = False
        np.testing.assert_array_equal(table(frozen, lut), table(before, lut))
        np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("rows", [None, 3])
def test_out(rows):
    image, lut = make((20, 30, 3), np.uint8), random_table(np.uint8, np.uint8, rows)
    expected = table(image, lut)
    out = np.empty_like(image)
    assert table(image, lut, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(table(image, lut, out=image), expected)


@pytest.mark.parametrize(
    ("image", "lut", "options", "error", "message"),
    [
        (np.zeros((2, 2), np.float32), np.zeros(256, np.uint8), {}, TypeError, "float32"),
        (np.zeros((2, 2), np.int64), np.zeros(256, np.uint8), {}, TypeError, "int64"),
        (np.zeros((2, 2), np.uint8), np.zeros(255, np.uint8), {}, ValueError, "lut has shape"),
        (np.zeros((2, 2), np.uint8), np.zeros(256, np.int32), {}, TypeError, "int32"),
        (np.zeros(4, np.uint8), np.zeros(256, np.uint8), {}, ValueError, "shape"),
        (
            np.zeros((2, 2, 3), np.uint8),
            np.zeros(256, np.uint8),
            {"color_channels": 4},
            ValueError,
            "color_channels is 4",
        ),
        (
            np.zeros((2, 2, 3), np.uint8),
            np.zeros(256, np.uint8),
            {"out": np.zeros((2, 2), np.uint8)},
            ValueError,
            "out has shape",
        ),
    ],
)
def test_errors_say_what_is_wrong(image, lut, options, error, message):
    with pytest.raises(error, match=message):
        table(image, lut, **options)
