"""Smooth displacement fields that cannot fold.

A field is a uniform cubic B-spline over a coarse grid of displacements. It maps output to source:
``source = output + d(output)``. With every coefficient below 0.24 of the grid spacing the slopes of
``d`` add up to less than one in each row of its Jacobian, so the map is one-to-one and its inverse
(for points) is a fixed-point iteration that converges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from augkit.core.random import Stream

__all__ = ["LIMIT", "Field", "random_field"]

LIMIT = 0.24
"""The largest displacement of a grid node, in units of the grid's spacing."""


@dataclass(frozen=True, eq=False)
class Field:
    """Displacements on a grid of control points.

    Attributes:
        coefficients: (rows, columns, 2) as fractions of the spacing, at most `LIMIT`.
        cells: grid cells along the shorter side of the image.
    """

    coefficients: NDArray[np.float64]
    cells: int

    def spacing(self, size: tuple[int, int]) -> float:
        """Pixels between two control points on an image of ``size`` (height, width)."""
        return min(size) / self.cells

    def displacement(
        self, points: NDArray[np.float64], size: tuple[int, int]
    ) -> NDArray[np.float64]:
        """The displacement (P, 2) in pixels at points (P, 2) in output coordinates."""
        spacing = self.spacing(size)
        grid = points / spacing
        columns, x_weights = _basis(grid[:, 0], self.coefficients.shape[1])
        rows, y_weights = _basis(grid[:, 1], self.coefficients.shape[0])
        near = self.coefficients[rows[:, :, None], columns[:, None, :]]
        bent: NDArray[np.float64] = (
            np.einsum("pi,pj,pijk->pk", y_weights, x_weights, near) * spacing
        )
        return bent

    def forward(self, points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
        """Where source points go: the solution of ``output + d(output) = source``."""
        output = points.copy()
        for _ in range(64):
            step = points - self.displacement(output, size) - output
            output = output + step
            if points.size == 0 or np.nanmax(np.abs(step), initial=0.0) < 1e-7:
                break
        return output


def _basis(
    position: NDArray[np.float64], count: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The four control points that act at a position, and their weights; the outermost go on."""
    position = np.nan_to_num(position)
    cell = np.floor(position)
    t = position - cell
    weights = np.stack(
        [
            (1 - t) ** 3 / 6,
            (3 * t**3 - 6 * t**2 + 4) / 6,
            (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
            t**3 / 6,
        ],
        axis=1,
    )
    index = np.clip(cell.astype(np.intp)[:, None] + np.arange(4), 0, count - 1)
    return index, weights


@lru_cache(maxsize=64)
def random_field(seed: int, strength: float, cells: int, rows: int, columns: int) -> Field:
    """A field with independent uniform coefficients up to ``strength`` (at most `LIMIT`)."""
    units = Stream((seed, 0)).at("grid").units("coefficients", rows * columns * 2)
    coefficients = (np.array(units).reshape(rows, columns, 2) * 2.0 - 1.0) * strength
    return Field(coefficients, cells)
