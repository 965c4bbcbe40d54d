"""Polygons in bulk: flat points (P, 2) and offsets (n + 1) that say where each shape begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel

__all__ = ["areas", "bounds", "clip_to_half_plane", "clip_to_window"]

Points = NDArray[np.float64]
Offsets = NDArray[np.int64]


@kernel
def areas(points: Points, offsets: Offsets) -> NDArray[np.float64]:
    """The unsigned area of each shape (shoelace formula); 0 for an empty one."""
    result = np.zeros(offsets.size - 1)
    for shape in range(offsets.size - 1):
        start, stop = offsets[shape], offsets[shape + 1]
        if stop - start < 3:
            continue
        total = 0.0
        # Relative to the first point, so that far-away small shapes keep their digits.
        x0, y0 = points[start, 0], points[start, 1]
        for i in range(start + 1, stop - 1):
            total += (points[i, 0] - x0) * (points[i + 1, 1] - y0)
            total -= (points[i + 1, 0] - x0) * (points[i, 1] - y0)
        result[shape] = abs(total) * 0.5
    return result


@kernel
def bounds(points: Points, offsets: Offsets) -> NDArray[np.float64]:
    """The axis-aligned box (x_min, y_min, x_max, y_max) of each shape; NaN for an empty one."""
    result = np.full((offsets.size - 1, 4), np.nan)
    for shape in range(offsets.size - 1):
        start, stop = offsets[shape], offsets[shape + 1]
        if stop == start:
            continue
        x_low = x_high = points[start, 0]
        y_low = y_high = points[start, 1]
        for i in range(start + 1, stop):
            x, y = points[i, 0], points[i, 1]
            x_low, x_high = min(x_low, x), max(x_high, x)
            y_low, y_high = min(y_low, y), max(y_high, y)
        result[shape, 0], result[shape, 1] = x_low, y_low
        result[shape, 2], result[shape, 3] = x_high, y_high
    return result


@kernel
def clip_to_half_plane(
    points: Points, offsets: Offsets, a: float, b: float, c: float
) -> tuple[Points, Offsets]:
    """Each shape where ``a x + b y + c >= 0`` (Sutherland and Hodgman, CACM 17, 1974)."""
    clipped = np.empty((2 * points.shape[0] + offsets.size, 2))
    new_offsets = np.zeros(offsets.size, dtype=np.int64)
    count = 0
    for shape in range(offsets.size - 1):
        start, stop = offsets[shape], offsets[shape + 1]
        if stop > start:
            x0, y0 = points[stop - 1, 0], points[stop - 1, 1]
            d0 = a * x0 + b * y0 + c
            for i in range(start, stop):
                x1, y1 = points[i, 0], points[i, 1]
                d1 = a * x1 + b * y1 + c
                if (d0 < 0.0) != (d1 < 0.0):
                    t = d0 / (d0 - d1)
                    clipped[count, 0] = x0 + t * (x1 - x0)
                    clipped[count, 1] = y0 + t * (y1 - y0)
                    count += 1
                if d1 >= 0.0:
                    clipped[count, 0], clipped[count, 1] = x1, y1
                    count += 1
                x0, y0, d0 = x1, y1, d1
        new_offsets[shape + 1] = count
    return clipped[:count].copy(), new_offsets


@kernel
def clip_to_window(
    points: Points, offsets: Offsets, window: tuple[float, float, float, float]
) -> tuple[Points, Offsets]:
    """Each shape within (x_low, y_low, x_high, y_high); the very same arrays where all are."""
    x_low, y_low, x_high, y_high = window
    for i in range(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        if x < x_low or x > x_high or y < y_low or y > y_high:
            break
    else:
        return points, offsets
    points, offsets = clip_to_half_plane(points, offsets, 1.0, 0.0, -x_low)
    points, offsets = clip_to_half_plane(points, offsets, 0.0, 1.0, -y_low)
    points, offsets = clip_to_half_plane(points, offsets, -1.0, 0.0, x_high)
    points, offsets = clip_to_half_plane(points, offsets, 0.0, -1.0, y_high)
    for i in range(points.shape[0]):  # what was cut lies on the edge, whatever was rounded
        points[i, 0] = min(max(points[i, 0], x_low), x_high)
        points[i, 1] = min(max(points[i, 1], y_low), y_high)
    return points, offsets
