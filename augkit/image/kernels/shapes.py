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
def _clip(
    source: Points, start: int, stop: int, line: tuple[float, float, float], target: Points, at: int
) -> int:
    """One shape where ``a x + b y + c >= 0`` (Sutherland and Hodgman, CACM 17, 1974).

    Written to ``target`` from ``at`` on; returns where it ends. Of m points, up to 1.5 m + 1.
    """
    if stop == start:
        return at
    a, b, c = line
    x0, y0 = source[stop - 1, 0], source[stop - 1, 1]
    d0 = a * x0 + b * y0 + c
    for i in range(start, stop):
        x1, y1 = source[i, 0], source[i, 1]
        d1 = a * x1 + b * y1 + c
        if (d0 < 0.0) != (d1 < 0.0):
            t = d0 / (d0 - d1)
            # On an upright or level line exactly, whatever is rounded.
            target[at, 0] = x0 + t * (x1 - x0) if b != 0.0 else -c / a
            target[at, 1] = y0 + t * (y1 - y0) if a != 0.0 else -c / b
            at += 1
        if d1 >= 0.0:
            target[at, 0], target[at, 1] = x1, y1
            at += 1
        x0, y0, d0 = x1, y1, d1
    return at


@kernel
def clip_to_half_plane(
    points: Points, offsets: Offsets, line: tuple[float, float, float]
) -> tuple[Points, Offsets]:
    """Each shape where ``a x + b y + c >= 0``, for ``line`` = (a, b, c)."""
    clipped = np.empty((2 * points.shape[0] + offsets.size, 2))
    ends = np.zeros_like(offsets)
    for shape in range(offsets.size - 1):
        ends[shape + 1] = _clip(
            points, offsets[shape], offsets[shape + 1], line, clipped, ends[shape]
        )
    return clipped[: ends[-1]].copy(), ends


@kernel
def clip_to_window(
    points: Points, offsets: Offsets, window: tuple[float, float, float, float]
) -> tuple[Points, Offsets]:
    """Each shape within (x_low, y_low, x_high, y_high); the very same arrays where all are."""
    x_low, y_low, x_high, y_high = window
    whole = bounds(points, offsets)
    longest, outside = 0, False
    for shape in range(offsets.size - 1):
        longest = max(longest, offsets[shape + 1] - offsets[shape])
        outside |= whole[shape, 0] < x_low or whole[shape, 2] > x_high
        outside |= whole[shape, 1] < y_low or whole[shape, 3] > y_high
    if not outside:
        return points, offsets
    # Four times half as many points again, and one.
    one, other = np.empty((4 * longest + 4, 2)), np.empty((4 * longest + 4, 2))
    clipped = np.empty((6 * points.shape[0] + 8 * offsets.size, 2))
    ends = np.zeros_like(offsets)
    for shape in range(offsets.size - 1):
        start, stop, at = offsets[shape], offsets[shape + 1], ends[shape]
        left, top, right, bottom = whole[shape]
        if left >= x_low and right <= x_high and top >= y_low and bottom <= y_high:
            # Slices as a whole compile for seconds: numba makes what it would say if they did not fit.
            for i in range(start, stop):
                clipped[at + i - start, 0], clipped[at + i - start, 1] = points[i, 0], points[i, 1]
            ends[shape + 1] = at + stop - start
            continue
        count = _clip(points, start, stop, (1.0, 0.0, -x_low), one, 0)
        count = _clip(one, 0, count, (-1.0, 0.0, x_high), other, 0)
        count = _clip(other, 0, count, (0.0, 1.0, -y_low), one, 0)
        ends[shape + 1] = _clip(one, 0, count, (0.0, -1.0, y_high), clipped, at)
    return clipped[: ends[-1]].copy(), ends
