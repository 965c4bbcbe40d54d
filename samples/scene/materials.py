"""What labelled things look like: colour, gloss and fine relief at points of a shape's own space.

A material is a function of the points (3, n) and the unit normals there. Colours are linear.
``relief`` is the gradient of a height that tilts the normal without changing the shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import sdf
from .arrays import Array, Flags, color, length, mix, smoothstep
from .noise import cell_random, fractal3, noise2, noise3


@dataclass(frozen=True)
class Surface:
    """The look of some points: colours, mirror share seen head-on, blur of the mirror, relief."""

    albedo: Array
    mirror: Array
    roughness: Array
    relief: Array | None = None


Material = Callable[[Array, Array], Surface]


def surface(
    albedo: Array, mirror: float | Array, roughness: float | Array, relief: Array | None = None
) -> Surface:
    """A surface; numbers hold for all its points."""
    count = albedo.shape[1:]
    return Surface(
        albedo.astype(np.float32),
        np.broadcast_to(np.asarray(mirror, np.float32), count),
        np.broadcast_to(np.asarray(roughness, np.float32), count),
        relief,
    )


def gradient(height: Callable[[Array], Array], p: Array, step: float = 0.004) -> Array:
    """Gradient of a height function by forward differences."""
    here, slopes = height(p), []
    for axis in range(3):
        q = p.copy()
        q[axis] += np.float32(step)
        slopes.append((height(q) - here) / np.float32(step))
    return np.stack(slopes)


def paint(albedo: Array, where: Flags, coat: Array) -> Array:
    """``coat`` where the flags are set, ``albedo`` elsewhere."""
    return np.where(where, coat, albedo)


def apple_skin(main: str, second: str, ripeness: float = 0.5) -> Material:
    """Streaks of ``main`` over ``second``, pale specks, greenish about the stem."""
    red, yellow, speck, brown = color(main), color(second), color("f0d9a8"), color("4a3319")

    def material(p: Array, n: Array) -> Surface:
        x, y, z = p[0], p[1] - np.float32(0.34), p[2]
        r = length(x, z) + np.float32(1e-3)
        cx, cz = x / r, z / r
        streaks = noise3(cx * 14, y * 2.2, cz * 14) * 0.6 + noise3(cx * 5, y * 3, cz * 5) * 0.4
        blush = fractal3(x * 2.2 + 5, y * 2.2, z * 2.2, 2)
        top = smoothstep(0.30, 0.04, r) * (y > 0)
        share = smoothstep(-0.25, 0.25, streaks * 0.55 + blush - 0.95 + ripeness - 0.8 * top)
        albedo: Array = mix(yellow, red, share) * (0.8 + 0.35 * streaks)
        grain = noise3(cx * 30 + 3, y * 34, cz * 30)
        albedo = mix(albedo, speck, 0.55 * smoothstep(0.86, 0.95, grain))
        stem = sdf.apple_stem(p) < sdf.apple_flesh(p) + 0.004
        albedo = paint(albedo, stem, brown * (0.7 + 0.6 * noise3(x * 30, p[1] * 12, z * 30)))
        mirror = np.where(stem, 0.01, 0.045)
        return surface(albedo, mirror, np.where(stem, 0.4, 0.10))

    return material


def lemon_skin(main: str = "f2bf12", tips: str = "a9a521") -> Material:
    """Pores, and tips that are still a little green."""
    yellow, green = color(main), color(tips)

    def height(p: Array) -> Array:
        broad = 0.016 * noise3(p[0] * 7, p[1] * 7, p[2] * 7)
        fine = 0.0055 * noise3(p[0] * 36 + 5, p[1] * 36, p[2] * 36)
        return (broad + fine).astype(np.float32)

    def material(p: Array, n: Array) -> Surface:
        tone = fractal3(p[0] * 3, p[1] * 3, p[2] * 3, 3)
        pores = noise3(p[0] * 36 + 5, p[1] * 36, p[2] * 36)
        share = smoothstep(0.34, 0.56, np.abs(p[0]) + 0.25 * (tone - 0.5))
        albedo = mix(yellow, green, 0.75 * share) * (0.72 + 0.22 * tone + 0.22 * pores)
        return surface(albedo, 0.04, 0.22, gradient(height, p))

    return material


def glaze(main: str, band: str, inside: str = "f4efe4") -> Material:
    """A glazed mug: a dipped band with a wavering edge, specks, coffee inside."""
    body, dip, pale = color(main), color(band), color(inside)
    coffee, foam = color("2a1408"), color("a06a36")

    def material(p: Array, n: Array) -> Surface:
        r = length(p[0], p[2])
        edge = 0.36 + 0.05 * noise2(np.arctan2(p[2], p[0]) * 3 + 20, p[1] * 0)
        albedo = mix(body, dip, smoothstep(-0.008, 0.008, edge - p[1]))
        specks = noise3(p[0] * 27, p[1] * 27, p[2] * 27)
        albedo = albedo * (1 - 0.55 * smoothstep(0.86, 0.92, specks))
        hollow = (r < 0.385) & (p[1] > 0.7)
        albedo = paint(albedo, hollow, pale)
        drink = hollow & (p[1] < 0.81) & (n[1] > 0.7)
        ring = smoothstep(0.30, 0.36, r + 0.05 * noise2(p[0] * 12, p[2] * 12))
        albedo = paint(albedo, drink, mix(coffee, foam, 0.8 * ring))
        clay = (p[1] < 0.03) | (n[1] < -0.9)
        albedo = paint(albedo, clay, color("b58e6a"))
        return surface(albedo, np.where(clay, 0.0, 0.05), np.where(drink, 0.02, 0.05))

    return material


def bottle_glass(glass: str, label: str, accent: str, cap: str) -> Material:
    """Dark glass with a printed paper label and a cap."""
    tint, paper, ink, metal = color(glass), color(label), color(accent), color(cap)

    def material(p: Array, n: Array) -> Surface:
        angle, y, r = np.arctan2(p[2], p[0]), p[1], length(p[0], p[2])
        rim = smoothstep(0.35, 1.0, np.abs(n[1])) * 0.4
        albedo = tint * (0.7 + 0.5 * smoothstep(1.2, 0.1, y) + rim)
        on_label = (y > 0.28) & (y < 0.92) & (r > 0.28) & (np.abs(angle - 1.5) < 1.45)
        print_ = paper * (0.93 + 0.09 * noise2(angle * 40, y * 60))
        across = (angle - 1.5) * 0.32
        bands = (np.abs(y - 0.33) < 0.022) | (np.abs(y - 0.87) < 0.022)
        print_ = paint(print_, bands, ink)
        badge = length(across, y - np.float32(0.68))
        print_ = paint(print_, (badge < 0.115) & (badge > 0.09), ink)
        print_ = paint(print_, length(across * 1.9, y - np.float32(0.68)) < 0.07, ink)
        rows = (np.abs(y - 0.52) < 0.016) | (np.abs(y - 0.46) < 0.009) | (np.abs(y - 0.42) < 0.009)
        words = (noise2(across * 55 + 40, np.floor(y * 30)) > 0.36) & (np.abs(across) < 0.23)
        print_ = paint(print_, rows & words, ink * 0.6)
        albedo = paint(albedo, on_label, print_)
        on_cap = y > 1.725
        ridges = 0.8 + 0.2 * np.sin(angle * 36)
        albedo = paint(albedo, on_cap, metal * np.where(y < 1.93, ridges, 1.0))
        mirror = np.where(on_label, 0.012, np.where(on_cap, 0.10, 0.075))
        rough = np.where(on_label, 0.35, np.where(on_cap, 0.22, 0.015))
        return surface(albedo, mirror, rough)

    return material


_STROKES: dict[str, list[tuple[float, float, float, float]]] = {
    "A": [(-0.6, -1, 0, 1), (0, 1, 0.6, -1), (-0.34, -0.25, 0.34, -0.25)],
    "E": [(-0.5, -1, -0.5, 1), (-0.5, 1, 0.55, 1), (-0.5, 0, 0.4, 0), (-0.5, -1, 0.55, -1)],
    "K": [(-0.5, -1, -0.5, 1), (-0.5, -0.1, 0.55, 1), (-0.2, 0.18, 0.6, -1)],
    "M": [(-0.7, -1, -0.6, 1), (-0.6, 1, 0, -0.3), (0, -0.3, 0.6, 1), (0.6, 1, 0.7, -1)],
    "N": [(-0.55, -1, -0.55, 1), (-0.55, 1, 0.55, -1), (0.55, -1, 0.55, 1)],
    "T": [(0, -1, 0, 1), (-0.65, 1, 0.65, 1)],
    "V": [(-0.6, 1, 0, -1), (0, -1, 0.6, 1)],
    "X": [(-0.6, -1, 0.6, 1), (-0.6, 1, 0.6, -1)],
    "Z": [(-0.55, 1, 0.55, 1), (0.55, 1, -0.55, -1), (-0.55, -1, 0.6, -1)],
}


def painted_block(code: str, letters: str) -> Material:
    """Pale wood with a painted frame and a letter on each side (one letter per pair of axes)."""
    hue, light, dark = color(code), color("dcb98a"), color("b98a55")

    def material(p: Array, n: Array) -> Surface:
        x, y, z = p[0], p[1] - np.float32(0.4), p[2]
        rings = fractal3(x * 1.5 + 4, y * 14, z * 14, 2)
        albedo = mix(light, dark, smoothstep(0.3, 0.75, rings)) * (0.9 + 0.2 * noise3(x, y, z))
        faces = (
            (np.abs(n[0]) > 0.8, z * -np.sign(n[0]), y),
            (np.abs(n[1]) > 0.8, x, -z * np.sign(n[1])),
            (np.abs(n[2]) > 0.8, x * np.sign(n[2]), y),
        )
        painted = np.zeros(x.shape, bool)
        for (face, across, up), letter in zip(faces, letters, strict=True):
            edge = np.maximum(np.abs(across), np.abs(up))
            stroke = np.full_like(x, 9)
            place = np.stack([across / 0.2, up / 0.2, up * 0])
            for ax, ay, bx, by in _STROKES[letter]:
                stroke = np.minimum(stroke, sdf.segment(place, (ax, ay, 0), (bx, by, 0)))
            painted |= face & ((stroke < 0.23) | ((edge > 0.315) & (edge < 0.36)))
        wear = noise3(x * 17, y * 17, z * 17) < 0.9
        albedo = paint(albedo, painted & wear, hue * (0.9 + 0.15 * rings))
        return surface(albedo, np.where(painted, 0.04, 0.02), np.where(painted, 0.16, 0.3))

    return material


def beach_ball(first: str, second: str, third: str) -> Material:
    """Six gores between white ones, a cap at each pole and welded seams."""
    hues, white = (color(first), color(second), color(third)), color("f3f1ea")

    def material(p: Array, n: Array) -> Surface:
        x, y, z = p[0], p[1] - np.float32(0.5), p[2]
        turn = (np.arctan2(z, x) / (2 * np.pi) + 0.5) * 6
        gore = np.floor(turn).astype(np.int32) % 6
        albedo = np.repeat(white, x.size, axis=1)
        for index, hue in enumerate(hues):
            albedo = paint(albedo, gore == 2 * index, hue)
        pole = length(x, z) < 0.11
        albedo = paint(albedo, pole, white * 0.95)
        seam = np.abs(turn - np.round(turn)) * length(x, z)
        seam = np.where(pole, 1, seam) + np.where(length(x, z) < 0.10, 1, 0)
        albedo = albedo * (1 - 0.28 * smoothstep(0.012, 0.004, seam.astype(np.float32)))
        dust = fractal3(x * 5, y * 5, z * 5, 2)
        return surface(albedo * (0.9 + 0.15 * dust), 0.045, 0.07)

    return material


def icing(coat: str, sprinkles: tuple[str, ...] = ()) -> Material:
    """Baked dough below a coat of icing with sprinkles."""
    sugar, crust, pale = color(coat), color("b06f2e"), color("e2b878")
    hues = [color(code) for code in sprinkles]

    def material(p: Array, n: Array) -> Surface:
        above = sdf.donut_icing(p)
        grain = fractal3(p[0] * 9, p[1] * 9, p[2] * 9, 2)
        band = smoothstep(0.10, 0.0, np.abs(p[1] - np.float32(0.17)))
        albedo = mix(crust, pale, 0.6 * band) * (0.75 + 0.5 * grain)
        coated = above > 0.0
        albedo = paint(albedo, coated, sugar * (0.94 + 0.08 * grain))
        sprinkled = np.zeros(above.shape, bool)
        if hues:
            around = np.arctan2(p[2], p[0]) / (2 * np.pi) * 27
            over = np.arctan2(p[1] - np.float32(0.2), length(p[0], p[2]) - 0.38) / np.pi * 7
            fx, fy = around - np.floor(around) - 0.5, over - np.floor(over) - 0.5
            tilt = cell_random(around, over) * np.float32(np.pi)
            dx = (cell_random(around, over, 1) - 0.5) * 0.35
            dy = (cell_random(around, over, 2) - 0.5) * 0.35
            c, s = np.cos(tilt), np.sin(tilt)
            u, v = (fx - dx) * c + (fy - dy) * s, (fy - dy) * c - (fx - dx) * s
            rod = length(np.maximum(np.abs(u) - 0.19, 0), v) < 0.085
            sprinkled = rod & (above > 0.035) & (cell_random(around, over, 3) < 0.8)
            pick = (cell_random(around, over, 4) * len(hues)).astype(np.int32)
            for index, hue in enumerate(hues):
                albedo = paint(albedo, sprinkled & (pick == index), hue)
        return surface(albedo, np.where(coated, 0.045, 0.0), np.where(sprinkled, 0.2, 0.1))

    return material
