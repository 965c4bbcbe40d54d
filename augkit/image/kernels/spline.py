"""Uniform cubic B-splines over a coarse grid: the displacement fields of elastic transforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel

__all__ = ["displace_grid", "displace_points"]

Floats = NDArray[np.float64]


@kernel
def _basis(position: float) -> tuple[int, float, float, float, float]:
    """The first of the four control points that act at ``position``, and their weights."""
    cell = np.floor(position)
    t = position - cell
    s = 1.0 - t
    return (
        int(cell),
        s * s * s / 6.0,
        (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
        (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0,
        t * t * t / 6.0,
    )


@kernel
def displace_points(points: Floats, coefficients: Floats, spacing: float, moved: Floats) -> None:
    """``moved = points + d(points)``; points (P, 2), coefficients (rows, columns, 2) in spacings.

    Beyond the grid the outermost control points go on.
    """
    rows, columns = coefficients.shape[0], coefficients.shape[1]
    y_weights, x_weights = np.empty(4), np.empty(4)
    for p in range(points.shape[0]):
        x, y = points[p, 0], points[p, 1]
        if not (np.isfinite(x) and np.isfinite(y)):
            moved[p, 0], moved[p, 1] = x, y
            continue
        left, x_weights[0], x_weights[1], x_weights[2], x_weights[3] = _basis(x / spacing)
        top, y_weights[0], y_weights[1], y_weights[2], y_weights[3] = _basis(y / spacing)
        dx = dy = 0.0
        for i in range(4):
            row = min(max(top + i, 0), rows - 1)
            for j in range(4):
                column = min(max(left + j, 0), columns - 1)
                weight = y_weights[i] * x_weights[j]
                dx += weight * coefficients[row, column, 0]
                dy += weight * coefficients[row, column, 1]
        moved[p, 0] = x + dx * spacing
        moved[p, 1] = y + dy * spacing


@kernel
def displace_grid(
    height: int, width: int, coefficients: Floats, spacing: float, moved: Floats
) -> None:
    """The same for the centres of all pixels, (H, W, 2): a row's four splines are blended once."""
    rows, columns = coefficients.shape[0], coefficients.shape[1]
    blended = np.empty((columns, 2))
    lefts = np.empty(width, np.int64)
    weights = np.empty((width, 4))
    for j in range(width):
        lefts[j], weights[j, 0], weights[j, 1], weights[j, 2], weights[j, 3] = _basis(
            (j + 0.5) / spacing
        )
    y_weights = np.empty(4)
    for i in range(height):
        top, y_weights[0], y_weights[1], y_weights[2], y_weights[3] = _basis((i + 0.5) / spacing)
        blended[:] = 0.0
        for k in range(4):
            row = min(max(top + k, 0), rows - 1)
            for column in range(columns):
                blended[column, 0] += y_weights[k] * coefficients[row, column, 0]
                blended[column, 1] += y_weights[k] * coefficients[row, column, 1]
        for j in range(width):
            dx = dy = 0.0
            for k in range(4):
                column = min(max(lefts[j] + k, 0), columns - 1)
                dx += weights[j, k] * blended[column, 0]
                dy += weights[j, k] * blended[column, 1]
            moved[i, j, 0] = j + 0.5 + dx * spacing
            moved[i, j, 1] = i + 0.5 + dy * spacing
