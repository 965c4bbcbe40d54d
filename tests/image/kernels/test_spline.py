"""Displacement fields against SciPy's B-splines."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BSpline

from augkit.image.field import LIMIT, random_field

SIZES = [(40, 60), (1, 1), (7, 200), (64, 64)]


def field_for(size, cells=4, strength=0.2):
    shorter = min(size)
    rows, columns = (-(-side * cells // shorter) + 3 for side in size)
    return random_field(5, strength, cells, rows, columns)


@pytest.mark.parametrize("size", SIZES)
def test_the_grid_is_a_uniform_cubic_b_spline(size):
    field = field_for(size)
    spacing = field.spacing(size)
    height, width = size

    def along(axis_length, count):
        knots = np.arange(-3, count + 1, dtype=float)
        positions = (np.arange(axis_length) + 0.5) / spacing
        return np.stack(
            [BSpline(knots, np.eye(count)[k], 3)(positions) for k in range(count)], axis=1
        )

    down = along(height, field.coefficients.shape[0])
    across = along(width, field.coefficients.shape[1])
    expected = np.einsum("ia,jb,abk->ijk", down, across, field.coefficients) * spacing
    y, x = np.mgrid[0:height, 0:width] + 0.5
    np.testing.assert_allclose(
        field.backward_grid(size), np.stack([x, y], axis=-1) + expected, atol=2e-5
    )


@pytest.mark.parametrize("size", SIZES)
def test_points_and_grid_agree(size):
    field = field_for(size)
    y, x = np.mgrid[0 : size[0], 0 : size[1]] + 0.5
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    np.testing.assert_allclose(
        field.backward(points, size), field.backward_grid(size).reshape(-1, 2), atol=2e-5
    )


@pytest.mark.parametrize("strength", [0.05, LIMIT])
def test_forward_undoes_backward(strength):
    size = (60, 90)
    field = field_for(size, cells=5, strength=strength)
    points = np.random.default_rng(1).uniform(-5, 95, (300, 2))
    np.testing.assert_allclose(field.forward(field.backward(points, size), size), points, atol=1e-5)


def test_the_strongest_field_does_not_fold():
    size = (60, 90)
    moved = field_for(size, cells=6, strength=LIMIT).backward_grid(size).astype(np.float64)
    dx, dy = np.gradient(moved, axis=1), np.gradient(moved, axis=0)
    jacobian = dx[..., 0] * dy[..., 1] - dx[..., 1] * dy[..., 0]
    assert jacobian.min() > 0


def test_points_that_are_gone_stay_gone():
    field = field_for((40, 60))
    moved = field.backward(np.array([[np.nan, 1.0], [3.0, 4.0]]), (40, 60))
    assert np.isnan(moved[0, 0])
    assert np.isfinite(moved[1]).all()
