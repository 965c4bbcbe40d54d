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
    height: int,
    width: int,
    coefficients: Floats,
    spacing: float,
    moved: NDArray[np.float32],
) -> None:
    """The same for the centres of all pixels, (H, W, 2): a row's four splines are blended once."""
    rows, columns = coefficients.shape[0], coefficients.shape[1]
    cells = int(width / spacing) + 1
    # Control points of one row, with the outermost repeated so that no pixel has to ask.
    x_line, y_line = np.empty(cells + 4), np.empty(cells + 4)
    starts = np.empty(cells + 1, np.int64)  # the first pixel of each cell
    starts[:] = width
    weights = np.empty((4, width))
    for j in range(width - 1, -1, -1):
        left, weights[0, j], weights[1, j], weights[2, j], weights[3, j] = _basis(
            (j + 0.5) / spacing
        )
        starts[left] = j
    for cell in range(cells - 1, -1, -1):
        starts[cell] = min(starts[cell], starts[cell + 1])
    for i in range(height):
        top, a, b, c, d = _basis((i + 0.5) / spacing)
        r0, r1 = min(top, rows - 1), min(top + 1, rows - 1)
        r2, r3 = min(top + 2, rows - 1), min(top + 3, rows - 1)
        for column in range(cells + 4):
            k = min(column, columns - 1)
            x_line[column] = spacing * (
                a * coefficients[r0, k, 0]
                + b * coefficients[r1, k, 0]
                + c * coefficients[r2, k, 0]
                + d * coefficients[r3, k, 0]
            )
            y_line[column] = spacing * (
                a * coefficients[r0, k, 1]
                + b * coefficients[r1, k, 1]
                + c * coefficients[r2, k, 1]
                + d * coefficients[r3, k, 1]
            )
        for cell in range(cells):
            x0, x1, x2, x3 = x_line[cell], x_line[cell + 1], x_line[cell + 2], x_line[cell + 3]
            y0, y1, y2, y3 = y_line[cell], y_line[cell + 1], y_line[cell + 2], y_line[cell + 3]
            for j in range(starts[cell], starts[cell + 1]):
                e, f, g, h = weights[0, j], weights[1, j], weights[2, j], weights[3, j]
                moved[i, j, 0] = j + 0.5 + (e * x0 + f * x1 + g * x2 + h * x3)
                moved[i, j, 1] = i + 0.5 + (e * y0 + f * y1 + g * y2 + h * y3)
