"""The filter of an image that moved along a straight line while it was taken."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.core.elementary import cos_sin
from augkit.image.kernels._jit import kernel

__all__ = ["line_kernel"]

_PER_PIXEL = 8  # positions per pixel of the way, each shared bilinearly among its four pixels


def line_kernel(length: float, degrees: float) -> NDArray[np.float64]:
    """Return the weights of a line through the middle, two odd sides, summing to 1.

    Parameters
    ----------
    length : float, pixels, at least 0
        The way from one end to the other; 0 gives a single 1.
    degrees : float
        The direction, counter-clockwise as seen from the x axis.

    Examples
    --------
    >>> line_kernel(2, 0).round(3).tolist()
    [[0.25, 0.5, 0.25]]
    """
    cosine, sine = cos_sin(degrees)
    dx, dy = cosine * length, -sine * length
    radius_x, radius_y = math.ceil(abs(dx) / 2), math.ceil(abs(dy) / 2)
    weights = np.zeros((2 * radius_y + 1, 2 * radius_x + 1))
    count = max(1, math.ceil(length * _PER_PIXEL))
    _line(dx, dy, count, weights)
    return weights


@kernel
def _line(dx: float, dy: float, count: int, weights: NDArray[np.float64]) -> None:
    middle_y, middle_x = weights.shape[0] // 2, weights.shape[1] // 2
    for i in range(count):
        t = (i + 0.5) / count - 0.5
        x, y = t * dx, t * dy
        left, top = math.floor(x), math.floor(y)
        u, v = x - left, y - top
        for row in range(2):
            for column in range(2):
                share = (v if row else 1.0 - v) * (u if column else 1.0 - u)
                if share > 0.0:
                    weights[middle_y + top + row, middle_x + left + column] += share / count
