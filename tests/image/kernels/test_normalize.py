from __future__ import annotations

import numpy as np
import pytest

from augkit.image.kernels.normalize import normalize_chw, normalize_hwc

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
SHAPES = [
    (7, 5),
    (7, 5, 1),
    (7, 5, 2),
    (33, 47, 3),
    (300, 200, 3),
    (6, 9, 4),
    (2, 3, 64),
    (1, 1, 3),
]
EMPTY = [(0, 5, 3), (5, 0), (5, 5, 0)]


def make(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


@pytest.mark.parametrize("shape", SHAPES + EMPTY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_against_float64(shape, dtype):
    image = make(shape, dtype)
    channels = shape[2] if len(shape) == 3 else 1
    rng = np.random.default_rng(1)
    mean, std = rng.random(channels), rng.random(channels) + 0.1
    values = image.reshape(*shape[:2], channels).astype(np.float64)
    expected = (values / WHITE[dtype] - mean) / std
    planes = normalize_chw(image, mean.tolist(), std.tolist())
    assert planes.shape == (channels, *shape[:2])
    assert planes.dtype == np.float32
    assert planes.flags.c_contiguous
    np.testing.assert_allclose(planes, expected.transpose(2, 0, 1), atol=2e-6)
    rows = normalize_hwc(image, mean.tolist(), std.tolist())
    assert rows.shape == shape
    np.testing.assert_array_equal(rows.reshape(values.shape), planes.transpose(1, 2, 0))


@pytest.mark.parametrize("dtype", DTYPES)
def test_layouts_out_and_no_mutation(dtype):
    base = make((40, 30, 3), dtype)
    for image in (base[::2, ::-3], base.transpose(1, 0, 2)):
        before = image.copy()
        frozen = image.view()
        frozen.flags.writeable = False
        for function in (normalize_chw, normalize_hwc):
            np.testing.assert_array_equal(function(frozen, 0.4, 0.2), function(before, 0.4, 0.2))
        np.testing.assert_array_equal(image, before)
    batch = np.zeros((2, 3, 40, 30), np.float32)
    assert np.shares_memory(normalize_chw(base, 0.4, 0.2, out=batch[1]), batch)
    np.testing.assert_array_equal(batch[1], normalize_chw(base, 0.4, 0.2))
    assert not batch[0].any()


def test_errors_say_what_is_wrong():
    image = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(ValueError, match="one per channel"):
        normalize_chw(image, [0.1, 0.2], 1.0)
    with pytest.raises(ValueError, match="std not 0"):
        normalize_hwc(image, 0.0, 0.0)
    with pytest.raises(ValueError, match="finite"):
        normalize_hwc(image, np.nan, 1.0)
    with pytest.raises(ValueError, match="out must be"):
        normalize_chw(image, 0.0, 1.0, out=np.zeros((2, 2, 3), np.float32))
