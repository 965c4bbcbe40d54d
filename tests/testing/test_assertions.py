"""The public assertions hold for good transforms and catch bad ones."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from augkit import Number, image, parameter
from augkit.image import PixelTransform
from augkit.testing import assert_pure, assert_replayable, assert_reproducible

PICTURE = np.random.default_rng(0).integers(0, 200, (8, 8), dtype=np.uint8)
_count = itertools.count()


@dataclass(frozen=True)
class Darken(PixelTransform):
    """Subtract a level."""

    level: Number = parameter((0, 50), low=0, high=255, integer=True)

    def pixels(self, image, params, alpha):
        return np.maximum(image.astype(np.int16) - params["level"], 0).astype(image.dtype)


@dataclass(frozen=True)
class InPlace(PixelTransform):
    """Writes into its input."""

    def pixels(self, image, params, alpha):
        image[0, 0] += 1
        return image


@dataclass(frozen=True)
class Stateful(PixelTransform):
    """Depends on how often it was called."""

    def pixels(self, image, params, alpha):
        return image + np.uint8(next(_count) % 50)


def test_a_good_transform_passes():
    for transform in (Darken(), image.HorizontalFlip(p=0.5)):
        assert_pure(transform, PICTURE)
        assert_replayable(transform, PICTURE)
        assert_reproducible(transform, PICTURE)
        assert_replayable(transform, {"image": PICTURE, "boxes": [[1, 1, 4, 4]]})


def test_writing_into_the_input_is_caught():
    with pytest.raises(AssertionError, match="changed its input"):
        assert_pure(InPlace(), PICTURE.copy())


def test_hidden_state_is_caught():
    with pytest.raises(AssertionError, match="not what its recipe makes"):
        assert_replayable(Stateful(), PICTURE)
    with pytest.raises(AssertionError, match="differs"):
        assert_reproducible(Stateful(), PICTURE)
