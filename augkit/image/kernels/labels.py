"""Labels through the steps of a pipeline, all rows at once.

The steps are the rows of one array (S, 10): what a step is, and nine numbers. A matrix has all
nine; a window the first four, as x_low, y_low, x_high, y_high. A projective matrix is scaled so that
w is about 1 in front of its horizon, never -1. Shapes are carried twice: whole, and what is visible
of them by now.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.core.elementary import cos_sin
from augkit.image.kernels._jit import kernel
from augkit.image.kernels.shapes import (
    Offsets,
    Points,
    areas,
    bounds,
    clip_to_half_plane,
    clip_to_window,
)

__all__ = [
    "MATRIX",
    "WINDOW",
    "bounds",
    "carry",
    "carry_boxes",
    "carry_points",
    "first_flaw",
    "fit_rotated",
    "kept_rows",
    "rotated_quads",
    "visible_fractions",
]

MATRIX, WINDOW = 0.0, 1.0
_HORIZON = 1e-6  # the smallest homogeneous w, relative to the centre's, that counts as in front

Floats = NDArray[np.float64]
Steps = NDArray[np.float64]

_cos_sin = kernel(cos_sin)


@kernel
def first_flaw(rows: Floats, corners: bool) -> int:
    """The first row that is not finite, or (``corners``: x, y, x, y) ends before it begins; else -1."""
    for row in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            if not math.isfinite(rows[row, column]):
                return row
        if corners and (rows[row, 2] < rows[row, 0] or rows[row, 3] < rows[row, 1]):
            return row
    return -1


@kernel
def _is_projective(step: Floats) -> bool:
    return bool(step[7] != 0.0 or step[8] != 0.0 or step[9] != 1.0)


@kernel
def _moved(points: Points, step: Floats) -> Points:
    """Points under a matrix; NaN behind its horizon."""
    moved = np.empty_like(points)
    projective = _is_projective(step)
    for i in range(points.shape[0]):
        x, y = points[i, 0], points[i, 1]
        moved[i, 0] = step[1] * x + step[2] * y + step[3]
        moved[i, 1] = step[4] * x + step[5] * y + step[6]
        if projective:
            w = step[7] * x + step[8] * y + step[9]
            # Half of it: a cut at the horizon lies there but for rounding.
            scale = 1.0 / w if w > 0.5 * _HORIZON else np.nan
            moved[i, 0] *= scale
            moved[i, 1] *= scale
    return moved


@kernel
def carry(
    points: Points, offsets: Offsets, visible: Points, seen: Offsets, steps: Steps
) -> tuple[Points, Points, Offsets]:
    """Shapes, and the visible part of each, after ``steps``.

    Points behind a horizon would come out mirrored: what is visible is cut in front of it first.
    """
    for number in range(steps.shape[0]):
        step = steps[number]
        if step[0] == WINDOW:
            window = (step[1], step[2], step[3], step[4])
            visible, seen = clip_to_window(visible, seen, window)
        else:
            if _is_projective(step):
                in_front = (step[7], step[8], step[9] - _HORIZON)
                visible, seen = clip_to_half_plane(visible, seen, in_front)
            points, visible = _moved(points, step), _moved(visible, step)
    return points, visible, seen


@kernel
def visible_fractions(
    points: Points, offsets: Offsets, visible: Points, seen: Offsets, instances: Offsets
) -> Floats:
    """Per instance (shapes from ``instances[i]`` on), the part of its area that is visible.

    A line or a point has no area, and what reaches behind a horizon none that is known: there it
    is 1 as long as anything is visible, and so it is where there was no outline in the first place.
    """
    whole, left = areas(points, offsets), areas(visible, seen)
    fractions = np.empty(instances.size - 1)
    for i in range(fractions.size):
        start, stop = instances[i], instances[i + 1]
        total = whole[start:stop].sum()
        if total > 0.0:
            fractions[i] = min(left[start:stop].sum() / total, 1.0)
        else:
            there = seen[stop] > seen[start] or offsets[stop] == offsets[start]
            fractions[i] = 1.0 if there else 0.0
    return fractions


@kernel
def carry_boxes(boxes: Floats, steps: Steps, tight: Floats, fractions: Floats) -> None:
    """Boxes (N, 4) through ``steps``, by their corners: what is visible of them, and how much.

    Writes tight boxes (N, 4), NaN where nothing is left, and fractions (N,).
    """
    points = np.empty((4 * boxes.shape[0], 2))
    for row in range(boxes.shape[0]):
        for corner in range(4):
            points[4 * row + corner, 0] = boxes[row, 2 if corner in (1, 2) else 0]
            points[4 * row + corner, 1] = boxes[row, 3 if corner in (2, 3) else 1]
    offsets = np.arange(0, points.shape[0] + 1, 4)
    points, visible, seen = carry(points, offsets, points, offsets, steps)
    rows = np.arange(boxes.shape[0] + 1)
    around = bounds(visible, seen)
    parts = visible_fractions(points, offsets, visible, seen, rows)
    for row in range(boxes.shape[0]):
        fractions[row] = parts[row]
        for side in range(4):
            tight[row, side] = around[row, side]


@kernel
def kept_rows(
    fractions: Floats, boxes: Floats, fraction: float, area: float, rows: NDArray[np.intp]
) -> int:
    """Write the rows to keep to the beginning of ``rows``; how many they are.

    Those of which something is visible, and a ``fraction`` at least; and of which the box, where
    there are boxes, has an ``area`` at least.
    """
    count = 0
    for row in range(fractions.size):
        keep = fractions[row] > 0.0 and fractions[row] >= fraction
        if keep and area > 0.0 and boxes.shape[0] > 0:
            width, height = boxes[row, 2] - boxes[row, 0], boxes[row, 3] - boxes[row, 1]
            keep = width * height >= area
        if keep:
            rows[count] = row
            count += 1
    return count


@kernel
def carry_points(points: Floats, steps: Steps, alive: NDArray[np.bool_]) -> None:
    """Points (K, 2+) through ``steps``, in place; ``alive`` becomes False where one leaves.

    Both edges belong to a window: a mirrored point stays in as it was. What was behind a horizon
    is nowhere; it counts as (0, 0) from there on.
    """
    for number in range(steps.shape[0]):
        kind, a, b, c, d, e, f, g, h, i = steps[number]
        if kind == WINDOW:
            for row in range(points.shape[0]):
                x, y = points[row, 0], points[row, 1]
                alive[row] &= (a <= x) & (x <= c) & (b <= y) & (y <= d)
            continue
        projective = _is_projective(steps[number])
        for row in range(points.shape[0]):
            x, y = points[row, 0], points[row, 1]
            scale = 1.0
            if projective:
                alive[row] &= g * x + h * y + i >= _HORIZON
                x, y = (x, y) if alive[row] else (0.0, 0.0)
                scale = 1.0 / (g * x + h * y + i)
            points[row, 0] = (a * x + b * y + c) * scale
            points[row, 1] = (d * x + e * y + f) * scale


# -- rotated boxes -----------------------------------------------------------------------------


@kernel
def rotated_quads(boxes: Floats) -> Points:
    """The corners (4 N, 2) of boxes (N, 5): centre x, y, width, height, degrees."""
    points = np.empty((4 * boxes.shape[0], 2))
    for row in range(boxes.shape[0]):
        cosine, sine = _cos_sin(boxes[row, 4])
        for corner in range(4):
            x = boxes[row, 2] * (0.5 if corner in (1, 2) else -0.5)
            y = boxes[row, 3] * (0.5 if corner in (2, 3) else -0.5)
            points[4 * row + corner, 0] = boxes[row, 0] + cosine * x + sine * y
            points[4 * row + corner, 1] = boxes[row, 1] - sine * x + cosine * y
    return points


@kernel
def fit_rotated(points: Points, offsets: Offsets) -> Floats:
    """The rotated box (N, 5) around each shape that was one before it was moved.

    The parallelogram's own sides where they are square; otherwise (after a shear) the smallest
    rectangle around it, which has a side along one of the hull's edges (Freeman and Shapira, CACM
    18, 1975). Of the angles of that rectangle, the nearest to the shape's first side is taken.
    """
    boxes = np.empty((offsets.size - 1, 5))
    for row in range(offsets.size - 1):
        start, stop = offsets[row], offsets[row + 1]
        first_x = points[start + 1, 0] - points[start, 0]
        first_y = points[start + 1, 1] - points[start, 1]
        smallest = np.inf
        boxes[row] = 0.0
        boxes[row, 0], boxes[row, 1] = points[start, 0], points[start, 1]
        for i in range(start, stop):
            j = i + 1 if i + 1 < stop else start
            x, y = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
            length = math.sqrt(x * x + y * y)
            if length == 0.0:
                continue
            x, y = x / length, y / length
            if abs(x * first_x + y * first_y) < abs(x * first_y - y * first_x):
                x, y = y, -x
            if x * first_x + y * first_y < 0.0:
                x, y = -x, -y
            ahead_low = ahead_high = x * points[start, 0] + y * points[start, 1]
            aside_low = aside_high = x * points[start, 1] - y * points[start, 0]
            for k in range(start + 1, stop):
                ahead = x * points[k, 0] + y * points[k, 1]
                aside = x * points[k, 1] - y * points[k, 0]
                ahead_low, ahead_high = min(ahead_low, ahead), max(ahead_high, ahead)
                aside_low, aside_high = min(aside_low, aside), max(aside_high, aside)
            area = (ahead_high - ahead_low) * (aside_high - aside_low)
            if not area >= smallest * (1.0 - 1e-9):
                smallest = area
                ahead, aside = (ahead_low + ahead_high) / 2, (aside_low + aside_high) / 2
                boxes[row, 0], boxes[row, 1] = x * ahead - y * aside, y * ahead + x * aside
                boxes[row, 2], boxes[row, 3] = ahead_high - ahead_low, aside_high - aside_low
                boxes[row, 4] = math.degrees(math.atan2(-y, x))
    return boxes
