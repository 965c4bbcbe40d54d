"""Painting what lies outside of a window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import span
from augkit.image.kernels._jit import kernel

__all__ = ["paint_outside"]


@kernel
def paint_outside(
    pixels: NDArray[np.generic], spans: NDArray[np.int32], fill: NDArray[np.generic]
) -> None:
    """In place: ``fill`` (C,) in every row's pixels outside of its span [start, stop)."""
    height, width, channels = pixels.shape
    for i in range(height):
        start, stop = span(spans, i, width)
        for j in range(start):
            for c in range(channels):
                pixels[i, j, c] = fill[c]
        for j in range(stop, width):
            for c in range(channels):
                pixels[i, j, c] = fill[c]
