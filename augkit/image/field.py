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

from augkit.core.random import Root, Stream

__all__ = ["LIMIT", "Field", "random_field"]

Floats = NDArray[np.float64]

LIMIT = 0.24
"""The largest displacement of a grid node, in units of the grid's spacing."""


@dataclass(frozen=True, eq=False)
class Field:
    """Displacements on a grid of control points.

    Attributes:
        coefficients: (rows, columns, 2) as fractions of the spacing, at most `LIMIT`.
        cells: grid cells along the shorter side of the image.
    """

    coefficients: Floats
    cells: int

    def spacing(self, size: tuple[int, int]) -> float:
        """Pixels between two control points on an image of ``size`` (height, width)."""
        return min(size) / self.cells

    def backward(self, points: Floats, size: tuple[int, int]) -> Floats:
        """Where output points (P, 2) come from: ``output + d(output)``."""
        from augkit.image.kernels.spline import displace_points

        moved = np.empty_like(points)
        displace_points(points, self.coefficients, self.spacing(size), moved)
        return moved

    def backward_grid(self, size: tuple[int, int]) -> NDArray[np.float32]:
        """The same for the centres of all pixels of the output, (H, W, 2) in float32."""
        from augkit.image.kernels.spline import displace_grid

        moved = np.empty((*size, 2), np.float32)
        displace_grid(*size, self.coefficients, self.spacing(size), moved)
        return moved

    def forward(self, points: Floats, size: tuple[int, int]) -> Floats:
        """Where source points go: the solution of ``output + d(output) = source``."""
        output = points.copy()
        for _ in range(64):
            step = points - self.backward(output, size)
            output = output + step
            if points.size == 0 or np.nanmax(np.abs(step), initial=0.0) < 1e-7:
                break
        return output


@lru_cache(maxsize=64)
def random_field(seed: int, strength: float, cells: int, rows: int, columns: int) -> Field:
    """A field with independent uniform coefficients up to ``strength`` (at most `LIMIT`)."""
    units = Stream(Root((seed, 0))).at("grid").units("coefficients", rows * columns * 2)
    coefficients = (np.array(units).reshape(rows, columns, 2) * 2.0 - 1.0) * strength
    return Field(coefficients, cells)
