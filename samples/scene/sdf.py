"""Shapes as signed distances: negative inside, positive outside.

A shape stands on the plane ``y = 0`` of its own space, about the vertical axis. Formulas are the
usual ones (I. Quilez, "Distance functions"); a shape that bends space multiplies its result by a
factor below 1, so that a marching ray never steps through its surface.
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, length
from .noise import noise3


def smooth_min(a: Array, b: Array, k: float) -> Array:
    """Union with a fillet of about ``k``."""
    h = np.maximum(k - np.abs(a - b), 0) / k
    return np.minimum(a, b) - h * h * np.float32(k / 4)


def box2(x: Array, y: Array, width: float, height: float, radius: float = 0.0) -> Array:
    """Rectangle about the origin with half sizes ``width``, ``height`` and rounded corners."""
    qx, qy = np.abs(x) - (width - radius), np.abs(y) - (height - radius)
    outside = length(np.maximum(qx, 0), np.maximum(qy, 0))
    return outside + np.minimum(np.maximum(qx, qy), 0) - radius


def box3(p: Array, half: tuple[float, float, float], radius: float) -> Array:
    """Box about the origin with rounded edges."""
    q = [np.abs(p[i]) - (half[i] - radius) for i in range(3)]
    outside = length(*(np.maximum(side, 0) for side in q))
    result: Array = outside + np.minimum(np.maximum(np.maximum(q[0], q[1]), q[2]), 0) - radius
    return result


def segment(p: Array, a: tuple[float, float, float], b: tuple[float, float, float]) -> Array:
    """Distance to the segment from ``a`` to ``b``."""
    ab = [b[i] - a[i] for i in range(3)]
    pa = [p[i] - np.float32(a[i]) for i in range(3)]
    along = sum(pa[i] * ab[i] for i in range(3)) / sum(c * c for c in ab)
    h = np.clip(along, 0, 1).astype(np.float32)
    return length(*(pa[i] - h * np.float32(ab[i]) for i in range(3)))


def apple_flesh(p: Array) -> Array:
    """A spindle torus: the circle that crosses the axis leaves the dimples of the fruit."""
    x, y, z = p[0], p[1] - np.float32(0.34), p[2]
    angle = np.arctan2(z, x)
    lobes = 1 - 0.035 * np.cos(5 * angle) * np.clip(-y * 3, 0, 1)
    r = length(x, z) * (1 - 0.30 * y) / lobes
    return np.float32(0.72) * (length(r - np.float32(0.165), y / 1.28) - np.float32(0.265))


def apple_stem(p: Array) -> Array:
    """The stem, a little bent and thicker at its end."""
    y = p[1]
    bend = np.stack([p[0] - 0.35 * np.clip(y - 0.55, 0, 1) ** 2 * 4, y, p[2]])
    result: Array = segment(bend, (0, 0.5, 0), (0.02, 0.80, 0.0)) - (0.016 + 0.02 * (y > 0.77))
    return result


def apple(p: Array) -> Array:
    """An apple, 0.85 wide."""
    result: Array = np.minimum(apple_flesh(p), np.float32(0.8) * apple_stem(p))
    return result


def lemon(p: Array) -> Array:
    """A lemon along x, with its tips."""
    x, y, z = p[0], p[1] - np.float32(0.33), p[2]
    body = (length(x / 0.47, y / 0.33, z / 0.33) - 1) * np.float32(0.33)
    along = np.maximum(np.abs(x - 0.02) - 0.50, 0)
    tips = length(along, y, z) - np.float32(0.065)
    return np.float32(0.85) * smooth_min(body, tips, 0.16)


def mug_cavity(p: Array) -> Array:
    """The inside of the mug, above the drink."""
    return box2(length(p[0], p[2]), p[1] - np.float32(1.19), 0.36, 0.40, 0.01)


def mug(p: Array) -> Array:
    """A mug with its handle along +x, filled to y = 0.79."""
    outer = box2(length(p[0], p[2]), p[1] - np.float32(0.48), 0.42, 0.48, 0.05)
    stretched = np.maximum(np.abs(p[1] - 0.49) - 0.09, 0)
    ring = length(length(p[0] - np.float32(0.42), stretched) - np.float32(0.22), p[2] * 0.8)
    solid = smooth_min(outer, ring - np.float32(0.05), 0.05)
    cavity = -mug_cavity(p)
    h = np.maximum(0.03 - np.abs(solid - cavity), 0) / np.float32(0.03)
    return np.maximum(solid, cavity) + h * h * np.float32(0.0075)


def bottle(p: Array) -> Array:
    """A bottle 1.95 high, with a cap."""
    r, y = length(p[0], p[2]), p[1]
    body = box2(r, y - np.float32(0.58), 0.32, 0.58, 0.06)
    neck = box2(r, y - np.float32(1.3), 0.105, 0.52, 0.02)
    cap = box2(r, y - np.float32(1.84), 0.125, 0.11, 0.015)
    return np.float32(0.95) * np.minimum(smooth_min(body, neck, 0.34), cap)


def block(p: Array) -> Array:
    """A toy block, 0.8 wide, with a frame carved into each face."""
    q = p - np.array([[0], [0.4], [0]], np.float32)
    return box3(q, (0.4, 0.4, 0.4), 0.035)


def ball(p: Array) -> Array:
    """A ball of radius 0.5."""
    return length(p[0], p[1] - np.float32(0.5), p[2]) - np.float32(0.5)


def donut_icing(p: Array) -> Array:
    """How far above the wavy rim of the icing a point lies."""
    angle = np.arctan2(p[2], p[0])
    rim = (
        0.20 + 0.035 * np.sin(5 * angle + 1) + 0.03 * np.sin(8 * angle) + 0.015 * np.sin(13 * angle)
    )
    result: Array = p[1] - rim.astype(np.float32)
    return result


def donut(p: Array) -> Array:
    """A donut of radius 0.62 with a coat of icing."""
    ring = length(length(p[0], p[2]) - np.float32(0.38), (p[1] - np.float32(0.21)) * 1.08)
    dents = 0.02 * noise3(p[0] * 4 + 9, p[1] * 4, p[2] * 4)
    coat = 0.022 * np.clip(donut_icing(p) * 14, 0, 1)
    result: Array = np.float32(0.85) * (ring - np.float32(0.215) - coat + dents)
    return result


def board(p: Array) -> Array:
    """A cutting board, 2.6 by 1.7, with rounded corners."""
    flat = box2(p[0], p[2], 1.3, 0.85, 0.18)
    result: Array = np.maximum(
        flat, np.abs(p[1] - np.float32(0.08)) - np.float32(0.07)
    ) - np.float32(0.015)
    return result


def cloth(p: Array) -> Array:
    """A cloth 6 by 4.6 about the origin, a little uneven."""
    sag = 0.005 * (np.sin(p[0] * 1.7 + p[2]) + np.sin(p[2] * 2.3) - 2)
    return np.float32(0.9) * box3(
        np.stack([p[0], p[1] - sag.astype(np.float32), p[2]]), (3.0, 0.05, 2.3), 0.045
    )


def book(p: Array) -> Array:
    """A closed book, 1.6 by 1.15 by 0.22."""
    cover = box3(p - np.array([[0], [0.11], [0]], np.float32), (0.80, 0.11, 0.575), 0.015)
    open_sides = box3(p - np.array([[0.06], [0.11], [0]], np.float32), (0.80, 0.082, 0.62), 0.005)
    pages = box3(p - np.array([[0], [0.11], [0]], np.float32), (0.765, 0.09, 0.54), 0.005)
    return np.minimum(np.maximum(cover, -open_sides), pages)


def plate(p: Array) -> Array:
    """A shallow plate of radius 0.95."""
    r, y = length(p[0], p[2]), p[1]
    lift = 0.13 * np.clip((r - 0.5) / 0.45, 0, 1) ** 1.5
    return np.float32(0.8) * (box2(r, y - np.float32(0.035) - lift, 0.95, 0.03, 0.028))


def pencil(p: Array) -> Array:
    """A sharpened hexagonal pencil along x, 1.7 long."""
    y, z = p[1] - np.float32(0.037), p[2]
    hexagon = np.maximum(np.abs(z) * 0.866 + np.abs(y) * 0.5, np.abs(y)) - np.float32(0.036)
    cone = (length(y, z) - (0.85 - p[0]) * 0.19) * np.float32(0.97)
    result: Array = np.maximum(np.maximum(hexagon, cone), -p[0] - np.float32(0.85))
    return result


def leaf(p: Array) -> Array:
    """A fallen leaf: the overlap of two discs, curled, 0.9 long."""
    x, z = p[0], p[2]
    outline = length(x, np.abs(z) + np.float32(0.45)) - np.float32(0.62)
    curl = 0.05 + 0.30 * z * z + 0.12 * x * x + 0.02 * np.sin(9 * x + 7 * np.abs(z))
    sheet = np.abs(p[1] - curl.astype(np.float32)) - np.float32(0.008)
    stalk = segment(p, (0.40, 0.08, 0.0), (0.66, 0.12, 0.05)) - np.float32(0.014)
    result: Array = np.float32(0.75) * np.minimum(np.maximum(outline, sheet), stalk)
    return result
