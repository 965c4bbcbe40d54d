"""The little geometry that label formats need: corners, outlines, areas."""

from __future__ import annotations

import math

import numpy as np

from augkit.labels.model import FloatArray, ImageLabels

__all__ = [
    "bounds",
    "box_of",
    "join_rings",
    "quad_to_rotated",
    "ring_area",
    "rotated_to_quad",
    "settled_keypoints",
]

# A quadrilateral counts as a rectangle when its corners are this near, in pixels or of its size.
RECTANGLE_PIXELS = 1.0
RECTANGLE_PART = 0.02


def bounds(points: FloatArray) -> FloatArray:
    """``x_min, y_min, x_max, y_max`` of (K, 2) points, K at least 1."""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def box_of(labels: ImageLabels, row: int) -> tuple[float, float, float, float] | None:
    """The box of an instance: its own, or around its rotated box, outline or seen keypoints."""
    points = np.zeros((0, 2))
    if labels.boxes is not None:
        points = labels.boxes[row].reshape(2, 2)
        return tuple(points.ravel().tolist())
    if labels.rotated_boxes is not None:
        points = rotated_to_quad(labels.rotated_boxes[row])
    elif labels.polygons is not None and labels.polygons[row]:
        points = np.concatenate(labels.polygons[row])
    elif labels.keypoints is not None:
        points = labels.keypoints[row]
        points = points[points[:, 2] > 0, :2]
    return tuple(bounds(points).tolist()) if len(points) else None


def settled_keypoints(points: FloatArray, width: int, height: int) -> FloatArray:
    """Keypoints to be written: one that is not labeled and not inside the image stands at 0, 0."""
    settled = points.copy()
    inside = (points[:, :2] >= 0).all(axis=1) & (points[:, :2] <= (width, height)).all(axis=1)
    settled[(points[:, 2] == 0) & ~inside, :2] = 0
    return settled


def ring_area(ring: FloatArray) -> float:
    """Area of a ring in square pixels (shoelace formula)."""
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def rotated_to_quad(box: FloatArray) -> FloatArray:
    """The (4, 2) corners of ``cx, cy, width, height, degrees`` counter-clockwise.

    At 0 degrees: upper left, upper right, lower right, lower left.

    >>> rotated_to_quad(np.array([5.0, 5.0, 4.0, 2.0, 90.0])).round(6).tolist()
    [[4.0, 7.0], [4.0, 3.0], [6.0, 3.0], [6.0, 7.0]]
    """
    center_x, center_y, width, height, degrees = box.tolist()
    angle = math.radians(degrees)
    # y points down, so a counter-clockwise turn as seen lowers y.
    along = np.array([math.cos(angle), -math.sin(angle)]) * width / 2
    across = np.array([math.sin(angle), math.cos(angle)]) * height / 2
    center = np.array([center_x, center_y])
    return np.array(
        [
            center - along - across,
            center + along - across,
            center + along + across,
            center - along + across,
        ]
    )


def quad_to_rotated(quad: FloatArray) -> tuple[FloatArray, bool]:
    """The rotated box of (4, 2) corners, and whether they are a rectangle.

    Of a rectangle the width is the side from the first corner to the second. Of anything else it
    is the smallest rectangle around the corners that has a side along one of theirs.
    """
    sides = np.roll(quad, -1, axis=0) - quad
    along = (sides[0] - sides[2]) / 2
    across = (sides[1] - sides[3]) / 2
    found = _from_axes(quad.mean(axis=0), along, across)
    turned = (along[0] * across[1] - along[1] * across[0]) < 0
    rebuilt = rotated_to_quad(found)
    if turned:
        rebuilt = rebuilt[[3, 2, 1, 0]]
    tolerance = max(RECTANGLE_PIXELS, RECTANGLE_PART * float(np.abs(sides).max()))
    if np.abs(rebuilt - quad).max() <= tolerance:
        return found, True
    around = [_around(quad, side) for side in sides if side.any()]
    return min(around, key=lambda box: float(box[2] * box[3])), False


def _from_axes(center: FloatArray, along: FloatArray, across: FloatArray) -> FloatArray:
    width, height = math.hypot(*along), math.hypot(*across)
    if width == 0:  # no direction of its own: square to the other side
        along = np.array([across[1], -across[0]])
    degrees = math.degrees(math.atan2(-along[1], along[0])) if along.any() else 0.0
    return np.array([*center, width, height, degrees + 0.0])


def _around(points: FloatArray, direction: FloatArray) -> FloatArray:
    unit = direction / math.hypot(*direction)
    frame = np.array([unit, [-unit[1], unit[0]]])
    local = points @ frame.T
    low, high = local.min(axis=0), local.max(axis=0)
    center = (low + high) / 2 @ frame
    width, height = high - low
    return np.array([*center, width, height, math.degrees(math.atan2(-unit[1], unit[0]))])


def join_rings(rings: list[FloatArray]) -> FloatArray:
    """One ring that draws several, joined by cuts of no width where they are nearest.

    Formats that have one ring per object would otherwise lose the parts or call them objects.
    """
    joined = rings[0]
    for ring in rings[1:]:
        gaps = ((joined[:, None] - ring[None]) ** 2).sum(axis=2)
        here, there = np.unravel_index(int(gaps.argmin()), gaps.shape)
        turn = np.roll(ring, -there, axis=0)
        joined = np.concatenate([joined[: here + 1], turn, turn[:1], joined[here:]])
    return joined
