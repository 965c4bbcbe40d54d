"""Runs of linear color steps against the same in float64, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from augkit.image.kernels import compose
from augkit.image.kernels.compose import CONTRASTED, LUMA, MIXED, SCALED

GENERATOR = np.random.default_rng(12)


def random_steps(count):
    made = []
    for kind in GENERATOR.choice([SCALED, CONTRASTED, MIXED], count):
        size = {SCALED: 2, CONTRASTED: 1, MIXED: 12}[kind]
        made.append((kind, GENERATOR.uniform(-0.3, 1.2, size)))
    return made


def numbers(steps):
    return np.array([part for kind, own in steps for part in (kind, *own)])


def by_definition(image, steps):
    """The image, in [0, 1], step by step; contrast about the mean luma of all its pixels."""
    for kind, own in steps:
        if kind == SCALED:
            image = own[0] * image + own[1]
        elif kind == CONTRASTED:
            pivot = (image @ LUMA).mean()
            image = own[0] * (image - pivot) + pivot
        else:
            rows = own.reshape(3, 4)
            image = image @ rows[:, :3].T + rows[:, 3]
    return image


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_a_run_is_its_steps_one_after_the_other(count):
    image = GENERATOR.random((9, 7, 3))
    for _ in range(20):
        steps, rows = random_steps(count), np.empty(12)
        compose.compose(numbers(steps), image.mean(axis=(0, 1)), rows)
        matrix = rows.reshape(3, 4)
        made = image @ matrix[:, :3].T + matrix[:, 3]
        np.testing.assert_allclose(made, by_definition(image, steps), atol=1e-12)


@pytest.mark.parametrize("channels", [3, 4])
def test_bytes_are_within_a_level_of_the_definition(channels):
    image = GENERATOR.integers(0, 256, (23, 41, channels), dtype=np.uint8)
    for count in (1, 2, 4):
        steps, made = random_steps(count), np.empty_like(image)
        measured = any(kind == CONTRASTED for kind, _ in steps)
        assert compose.mix_bytes(image, numbers(steps), measured, made)
        expected = np.clip(by_definition(image[..., :3] / 255, steps), 0, 1) * 255
        assert np.abs(made[..., :3] - expected).max() <= 1.0
        np.testing.assert_array_equal(made[..., 3:], image[..., 3:])


def test_what_sixteen_bits_do_not_hold_is_left():
    image, made = np.full((2, 2, 3), 9, np.uint8), np.zeros((2, 2, 3), np.uint8)
    assert not compose.mix_bytes(image, np.array([SCALED, 5.0, 0.0]), False, made)
    assert not made.any()
