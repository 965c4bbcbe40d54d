"""Rectangles outside of which a step keeps nothing, as later steps move them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image import matrix as mx
from augkit.image.base import Fill
from augkit.image.moving import Size

__all__ = ["Window", "becomes_frame"]


class Window:
    """A rectangle in the frame after some maps; outside of it, ``fill`` (None: not yet known)."""

    __slots__ = ("corners", "fill", "mask_fill")

    def __init__(self, window: tuple[float, float, float, float]) -> None:
        x0, y0, x1, y1 = window
        self.corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        self.fill: Fill | None = None
        self.mask_fill: Fill | None = None

    def move(self, matrix: mx.Matrix) -> None:
        self.corners = [mx.apply(matrix, x, y) for x, y in self.corners]

    def holds(self, size: Size) -> bool:
        """Whether the whole image of ``size`` lies inside (but for rounding)."""
        height, width = size
        corners = self.corners
        if corners == [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]:
            return True  # a crop that shows all there is
        turn = sum(
            corners[i - 1][0] * corners[i][1] - corners[i][0] * corners[i - 1][1] for i in range(4)
        )
        sign = 1.0 if turn >= 0 else -1.0
        tolerance = 1e-6 * (height + width)
        for i in range(4):
            (x0, y0), (x1, y1) = corners[i - 1], corners[i]
            length = abs(x1 - x0) + abs(y1 - y0)
            for x, y in ((0, 0), (width, 0), (width, height), (0, height)):
                if sign * ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) < -tolerance * length:
                    return False
        return True

    def spans(self, size: Size) -> NDArray[np.int32]:
        """Per row, the [start, stop) of pixels whose centres lie inside."""
        height, width = size
        y = np.arange(height) + 0.5
        low, high = np.full(height, -np.inf), np.full(height, np.inf)
        empty = np.zeros(height, dtype=bool)
        corners = self.corners
        turn = sum(
            corners[i - 1][0] * corners[i][1] - corners[i][0] * corners[i - 1][1] for i in range(4)
        )
        sign = 1.0 if turn >= 0 else -1.0
        for i in range(4):
            (x0, y0), (x1, y1) = corners[i - 1], corners[i]
            # Inside where a x + b <= 0 (in units of the edge), solved for x row by row.
            a = sign * (y1 - y0)
            b = -sign * ((x1 - x0) * (y - y0) + (y1 - y0) * x0)
            if abs(a) < 1e-12:
                empty |= b > 1e-9
            elif a > 0:
                high = np.minimum(high, -b / a)
            else:
                low = np.maximum(low, -b / a)
        # Pixel j is inside where low <= j + 0.5 < high; a hair of slack absorbs rounding.
        start = np.clip(np.ceil(low - 0.5 - 1e-9), 0, width)
        stop = np.clip(np.ceil(high - 0.5 - 1e-9), 0, width)
        stop = np.where(empty, start, np.maximum(stop, start))
        return np.stack([start, stop], axis=1).astype(np.int32)


def becomes_frame(window: tuple[float, float, float, float], matrix: mx.Matrix, size: Size) -> bool:
    """Whether what a step keeps is, but for rounding, all that its result shows."""
    a, b, c, d, e, f, g, h, i = matrix
    if not (b == d == g == h == 0.0 and i == 1.0):
        return False
    x0, y0, x1, y1 = window
    height, width = size
    near = 1e-6 * (height + width)
    return (
        -near < a * x0 + c < near
        and -near < e * y0 + f < near
        and -near < a * x1 + c - width < near
        and -near < e * y1 + f - height < near
    )
