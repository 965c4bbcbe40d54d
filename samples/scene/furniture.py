"""What the rest of a picture looks like: tables, walls, ground, and unlabelled things."""

from __future__ import annotations

import numpy as np

from . import sdf
from .arrays import Array, color, length, mix, smoothstep
from .materials import Material, Surface, gradient, paint, surface
from .noise import cell_random, fractal2, fractal3, noise2, noise3


def china(code: str, band: str) -> Material:
    """A glazed plate with two painted lines around its rim."""
    hue, line = color(code), color(band)

    def material(p: Array, n: Array) -> Surface:
        r = length(p[0], p[2])
        painted = (np.abs(r - 0.89) < 0.014) | (np.abs(r - 0.845) < 0.006)
        tone = 0.95 + 0.07 * fractal2(p[0] * 3, p[2] * 3, 2)
        return surface(paint(hue * tone, painted, line), 0.045, 0.06)

    return material


def _grain(along: Array, across: Array, seed: float | Array) -> tuple[Array, Array]:
    """Wood grain: broad rings and fine pores, both stretched along the board."""
    warp = fractal2(along * 0.35 + seed, across * 1.1 + seed, 2)
    rings = 0.5 + 0.5 * np.sin((across * 6 + warp * 11 + noise2(along * 0.2, across * 9)) * 2.2)
    pores = fractal2(along * 2.6, across * 46 + seed, 3)
    return rings.astype(np.float32), pores


def wood(light: str, dark: str, plank: float = 1.35, gloss: float = 0.035) -> Material:
    """Planks along x, each with its own tone, joined by narrow gaps."""
    pale, deep = color(light), color(dark)

    def material(p: Array, n: Array) -> Surface:
        row = p[2] / plank
        shift = cell_random(row, row * 0, 5)
        column = (p[0] + shift * 9) / 7.5
        tone = cell_random(row, column, 6)
        rings, pores = _grain(p[0] + shift * 31, p[2], np.floor(row) * 5.7)
        share = 0.18 + 0.42 * rings + 0.75 * (pores - 0.42)
        albedo = mix(pale, deep, np.clip(share, 0, 1)) * (0.74 + 0.42 * tone)
        gap = np.minimum(
            np.abs(row - np.round(row)) * plank, np.abs(column - np.round(column)) * 7.5
        )
        albedo = albedo * (1 - 0.8 * smoothstep(0.022, 0.004, gap))
        return surface(albedo, gloss, 0.10 + 0.22 * pores)

    return material


def board_wood(light: str, dark: str) -> Material:
    """One piece of wood with the grain along x."""
    pale, deep = color(light), color(dark)

    def material(p: Array, n: Array) -> Surface:
        rings, pores = _grain(p[0] * 1.4 + 3, p[2] * 1.4 + p[1], 2.0)
        share = np.clip(0.1 + 0.5 * rings + 0.8 * (pores - 0.45), 0, 1)
        return surface(mix(pale, deep, share), 0.02, 0.28)

    return material


def gingham(dye: str, square: float = 0.42) -> Material:
    """Checked cloth: dyed threads both ways, a weave and soft wrinkles."""
    hue, white = color(dye), color("f2eee4")

    def height(p: Array) -> Array:
        x, z = p[0], p[2]
        folds = 0.075 * fractal2(x * 0.9 + 3 + 0.3 * z, z * 0.6, 3)
        weave = 0.0035 * (np.sin(x * 95) * np.sin(z * 95))
        result: Array = (folds + weave).astype(np.float32)
        return result

    def material(p: Array, n: Array) -> Surface:
        bend = 0.10 * (fractal2(p[0] * 0.8, p[2] * 0.8, 2) - 0.5)
        x, z = p[0] + bend, p[2] - bend
        dyed = (np.floor(x / square) % 2) + (np.floor(z / square) % 2)
        threads = 0.88 + 0.12 * np.sin(x * 95) * np.sin(z * 95)
        albedo = mix(white, hue, (0.5 * dyed).astype(np.float32)) * threads
        lint = 0.92 + 0.16 * fractal2(x * 22, z * 22, 2)
        return surface(albedo * lint, 0.0, 0.5, gradient(height, p, 0.008))

    return material


def slabs(tone: str, size: float = 2.6) -> Material:
    """Stone paving: mottled slabs, pits, mossy joints."""
    stone, moss, pale = color(tone), color("4d5a2a"), color("d8d0bf")

    def height(p: Array) -> Array:
        x, z = p[0], p[2]
        return (0.10 * fractal2(x * 3, z * 3, 4) + 0.02 * noise2(x * 40, z * 40)).astype(np.float32)

    def material(p: Array, n: Array) -> Surface:
        wobble = 0.05 * (noise2(p[0] * 2.5, p[2] * 2.5) - 0.5)
        row = (p[2] + wobble) / size
        column = (p[0] + wobble) / (size * 1.3) + 0.5 * (np.floor(row) % 2)
        tint = cell_random(row, column, 3)
        mottle, grit = fractal2(p[0] * 1.1, p[2] * 1.1, 4), noise2(p[0] * 46, p[2] * 46)
        albedo = mix(stone, pale, smoothstep(0.35, 0.85, mottle) * 0.6) * (0.72 + 0.3 * tint)
        albedo = albedo * (0.72 + 0.28 * grit + 0.25 * mottle)
        edges = (np.abs(row - np.round(row)) * size, np.abs(column - np.round(column)) * size * 1.3)
        joint = np.minimum(*edges) + 0.04 * (mottle - 0.5)
        spread = smoothstep(0.09, 0.03, joint.astype(np.float32))
        green = moss * (0.35 + 1.1 * fractal2(p[0] * 16, p[2] * 16, 2))
        albedo = mix(albedo, green, spread)
        return surface(albedo, 0.008, 0.45, gradient(height, p, 0.01))

    return material


def tiles(tone: str, grout: str = "b9b2a6", width: float = 1.5, high: float = 0.75) -> Material:
    """Glazed wall tiles in a running bond (x across, y up)."""
    glazed, joint_color = color(tone), color(grout)

    def material(p: Array, n: Array) -> Surface:
        row = p[1] / high
        column = p[0] / width + 0.5 * (np.floor(row) % 2)
        edge = np.minimum(
            np.abs(row - np.round(row)) * high, np.abs(column - np.round(column)) * width
        )
        tint = 0.90 + 0.16 * cell_random(column, row, 2)
        albedo = mix(joint_color * np.ones_like(p), glazed * tint, smoothstep(0.02, 0.045, edge))
        return surface(albedo, 0.03, 0.12)

    return material


def plaster(tone: str) -> Material:
    """A painted wall with the marks of the roller."""
    hue = color(tone)

    def material(p: Array, n: Array) -> Surface:
        mottle = fractal2(p[0] * 0.5 + 8, p[1] * 0.5, 3)
        return surface(hue * (0.88 + 0.2 * mottle), 0.0, 0.5)

    return material


def lawn(p: Array, n: Array) -> Surface:
    """The soil seen between blades of grass."""
    patch = fractal2(p[0] * 1.5, p[2] * 1.5, 3)
    albedo = mix(color("2c3312"), color("3d5a1c"), patch) * (
        0.6 + 0.6 * noise2(p[0] * 30, p[2] * 30)
    )
    return surface(albedo, 0.0, 0.5)


def book_cover(cloth: str, foil: str = "d9b36c") -> Material:
    """A cloth-bound book with a foil title, and its pages."""
    hue, gold, paper = color(cloth), color(foil), color("e9e0cc")

    def material(p: Array, n: Array) -> Surface:
        x, y, z = p[0], p[1] - np.float32(0.11), p[2]
        cloth_ = hue * (
            0.85 + 0.15 * np.sin(x * 120) * np.sin(z * 120) + 0.1 * noise3(x * 6, y, z * 6)
        )
        frame_ = np.abs(sdf.box2(x - np.float32(0.04), z, 0.66, 0.46)) < 0.012
        title = (np.abs(z + 0.16) < 0.045) & (np.abs(x) < 0.36) & (noise2(x * 22, z * 3 + 9) > 0.32)
        line = (np.abs(z - 0.02) < 0.02) & (np.abs(x) < 0.22) & (noise2(x * 34, z) > 0.32)
        print_ = (frame_ | title | line) & (n[1] > 0.8)
        albedo = paint(cloth_, print_, gold)
        inner = (np.abs(y) < 0.087) & (np.abs(n[1]) < 0.5) & (x > -0.77)
        albedo = paint(albedo, inner, paper * (0.75 + 0.3 * noise2(y * 160 + 50, x * 2 + z * 2)))
        return surface(albedo, np.where(print_, 0.15, 0.012), 0.3)

    return material


def pencil_paint(code: str) -> Material:
    """Lacquered body, cut wood, lead."""
    hue, cut, lead = color(code), color("d9b382"), color("2b2b2e")

    def material(p: Array, n: Array) -> Surface:
        r = length(p[1] - np.float32(0.037), p[2])
        albedo = np.repeat(hue, p.shape[1], axis=1)
        albedo = paint(albedo, p[0] < -0.79, color("c9a227"))
        albedo = paint(albedo, (p[0] > 0.62) & (r < (0.85 - p[0]) * 0.2 + 0.004), cut)
        albedo = paint(albedo, p[0] > 0.785, lead)
        return surface(albedo, 0.04, 0.1)

    return material


def leaf_blade(code: str, vein: str) -> Material:
    """Blade and veins of a leaf."""
    hue, rib = color(code), color(vein)

    def material(p: Array, n: Array) -> Surface:
        side = np.abs(p[2])
        veins = np.abs(((p[0] - 0.9 * side) * 9) % 1 - 0.5) < 0.06
        tone = fractal3(p[0] * 6, p[1] * 6, p[2] * 6, 3)
        albedo = mix(hue, hue * 0.35 + color("6b4a12") * 0.5, smoothstep(0.55, 0.8, tone))
        albedo = paint(albedo * (0.7 + 0.5 * tone), veins | (side < 0.012), rib * 0.8)
        return surface(albedo, 0.02, 0.3)

    return material
