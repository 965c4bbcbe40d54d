"""What rays see: one bounce of path tracing, split so that noise can be smoothed.

The colour of a pixel is ``albedo * diffuse + gloss + glow``. ``diffuse`` is smooth apart from
sampling noise and is filtered later; the texture, in ``albedo``, is left sharp.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import Array, Ids, color, dot, frame, length, mix, normalize, smoothstep
from .noise import cell_random, fractal2
from .trace import FAR, GRASS, NOTHING, Light, World, blocked, grass_blades, nearest

_OFFSET = np.float32(0.012)
_BRIGHTEST = 22.0


@dataclass(frozen=True)
class Seen:
    """What a set of rays met, one column each."""

    albedo: Array
    diffuse: Array
    gloss: Array
    glow: Array
    normal: Array
    distance: Array
    which: Ids


def _light_along(light: Light, origin: Array, direction: Array) -> Array:
    """Radiance of a light as seen along rays, with the bars of a window."""
    face = np.cross(light.across[:, 0], light.up[:, 0])[:, None].astype(np.float32)
    facing = dot(direction, face)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = dot(light.center - origin, face) / facing
    spot = origin + direction * np.where(np.isfinite(t), t, 0) - light.center
    u = dot(spot, light.across) / float((light.across**2).sum())
    v = dot(spot, light.up) / float((light.up**2).sum())
    inside = (t > 0) & (np.abs(u) < 1) & (np.abs(v) < 1)
    for panes, place in zip(light.panes, (u, v), strict=True):
        if panes:
            inside &= np.abs((place + 1) * panes / 2 % 1 - 0.5) < 0.45
    area = 4 * float(np.sqrt((light.across**2).sum() * (light.up**2).sum()))
    radiance = light.power * np.float32(np.pi * (light.center**2).sum() / area)
    peak = float(radiance.max())
    result: Array = radiance * np.float32(min(1.0, _BRIGHTEST / peak)) * inside
    return result


def _direct(world: World, points: Array, normals: Array, u: Array, shadows: bool = True) -> Array:
    """Irradiance from one sample of each light."""
    total = np.zeros_like(points)
    for light in world.lights:
        spot = light.center + light.across * (2 * u[0] - 1) + light.up * (2 * u[1] - 1)
        way = spot - points
        squared = dot(way, way)
        reach = np.sqrt(squared)
        way = way / reach
        share = np.maximum(dot(way, normals), 0) * float((light.center**2).sum()) / squared
        if shadows:
            lit = np.flatnonzero(share > 0)
            dark = blocked(world, points[:, lit], way[:, lit], reach[lit])
            share[lit[dark]] = 0
        total += light.power * share
    return total


def _tints(world: World, which: Ids) -> Array:
    """Average colour of what was hit."""
    palette = [thing.tint for thing in world.things] + [plane.tint for plane in world.planes]
    return np.concatenate(palette, axis=1)[:, which]


def _normals(world: World, points: Array, which: Ids) -> Array:
    normals = np.zeros_like(points)
    for index in np.unique(which):
        rays = np.flatnonzero(which == index)
        if 0 <= index < len(world.things):
            thing = world.things[index]
            normals[:, rays] = thing.turn @ thing.normal(thing.to_local(points[:, rays]))
        elif index >= 0:
            normals[world.planes[index - len(world.things)].axis, rays] = 1
    return normals


def _incoming(world: World, origin: Array, direction: Array, u: Array, mirror: bool) -> Array:
    """Radiance that arrives along rays. Lamps are seen in mirrors; elsewhere they are sampled."""
    t, which = nearest(world, origin, direction, steps=40)
    radiance = world.sky(direction)
    if mirror:
        for light in world.lights:
            radiance = radiance + _light_along(light, origin, direction)
    rays = np.flatnonzero(which != NOTHING)
    if rays.size:
        points = origin[:, rays] + direction[:, rays] * t[rays]
        normals = _normals(world, points, which[rays])
        points = points + normals * _OFFSET
        arriving = _direct(world, points, normals, u[:, rays], shadows=not mirror)
        if mirror:
            arriving = arriving * np.float32(0.7)
        hidden = np.clip(t[rays] / 0.8, 0.3, 1)  # ambient light barely enters narrow gaps
        radiance[:, rays] = _tints(world, which[rays]) * (arriving + world.ambient * hidden)
    return radiance


def look(world: World, origin: Array, direction: Array, u: Array) -> Seen:
    """Follow camera rays. ``u`` (8, n) are the random numbers of this sample, in [0, 1)."""
    n = direction.shape[1]
    t, which = nearest(world, origin, direction)
    albedo, mirror = np.zeros((3, n), np.float32), np.zeros(n, np.float32)
    rough, shade = np.full(n, 0.5, np.float32), np.zeros((3, n), np.float32)
    normal = np.zeros((3, n), np.float32)
    blade = np.zeros(n, np.float32)
    if world.grass:
        near_grass, blade = grass_blades(world, origin, direction, t)
        hidden = near_grass < t
        t, which = np.where(hidden, near_grass, t), np.where(hidden, GRASS, which)
    points = origin + direction * t
    for index in np.unique(which):
        if index == NOTHING:
            continue
        rays = np.flatnonzero(which == index)
        if index == GRASS:
            albedo[:, rays], normal[:, rays] = _grass_look(points[:, rays], blade[rays])
            shade[1, rays] = 1
            continue
        if index < len(world.things):
            thing = world.things[index]
            local = thing.to_local(points[:, rays])
            flat = thing.normal(local)
            surface, turn = thing.material(local, flat), thing.turn
        else:
            plane = world.planes[index - len(world.things)]
            flat = np.zeros((3, rays.size), np.float32)
            flat[plane.axis] = 1
            surface, turn = plane.material(points[:, rays], flat), np.eye(3, dtype=np.float32)
        bumpy = flat
        if surface.relief is not None:
            slope = surface.relief - flat * dot(surface.relief, flat)
            bumpy = normalize(flat - slope)
        albedo[:, rays], mirror[rays], rough[rays] = (
            surface.albedo,
            surface.mirror,
            surface.roughness,
        )
        normal[:, rays], shade[:, rays] = turn @ flat, turn @ bumpy

    seen = np.flatnonzero(which != NOTHING)
    diffuse, gloss = np.zeros((3, n), np.float32), np.zeros((3, n), np.float32)
    start = points[:, seen] + normal[:, seen] * _OFFSET
    facing, u_seen = shade[:, seen], u[:, seen]
    diffuse[:, seen] = _direct(world, start, facing, u_seen[0:2])
    one, two = frame(facing)
    radius, angle = np.sqrt(u_seen[2]), np.float32(2 * np.pi) * u_seen[3]
    way = one * (radius * np.cos(angle)) + two * (radius * np.sin(angle))
    way = way + facing * np.sqrt(np.maximum(1 - u_seen[2], 0))
    diffuse[:, seen] += _incoming(world, start, way, u_seen[4:6], mirror=False)

    shiny = np.flatnonzero(mirror > 0)
    if shiny.size:
        facing, into = shade[:, shiny], direction[:, shiny]
        cosine = np.clip(-dot(into, facing), 0, 1)
        # Schlick's approximation, calmer on rough surfaces
        grazing = (1 - cosine) ** 5 * (1 - rough[shiny]) ** 2
        share = mirror[shiny] + (1 - mirror[shiny]) * grazing * np.float32(0.6)
        one, two = frame(facing)
        spread = rough[shiny] * np.sqrt(u[6, shiny] / np.maximum(1.02 - u[6, shiny], 0.02)) * 0.5
        angle = np.float32(2 * np.pi) * u[7, shiny]
        half = normalize(facing + one * (spread * np.cos(angle)) + two * (spread * np.sin(angle)))
        way = normalize(into + 2 * half * np.maximum(-dot(into, half), 0))
        begin = points[:, shiny] + normal[:, shiny] * _OFFSET
        gloss[:, shiny] = share * _incoming(world, begin, way, u[4:6, shiny], mirror=True)

    glow = np.where(which == NOTHING, world.sky(direction), 0).astype(np.float32)
    return Seen(albedo, diffuse, gloss, glow, normal, np.minimum(t, FAR), which.astype(np.int32))


def _grass_look(points: Array, blade: Array) -> tuple[Array, Array]:
    """Colour and normal of blades: dark below, fresh above, drier in patches."""
    x, _, z = points
    patch, fine = fractal2(x * 0.7 + 5, z * 0.7, 3), fractal2(x * 9, z * 9, 2)
    fresh = mix(color("4d7a22"), color("8a9a3c"), np.clip(1.6 * patch - 0.4, 0, 1))
    albedo = mix(color("151f08"), fresh, blade ** np.float32(1.3)) * (0.7 + 0.6 * fine)
    lean = np.stack([fine - 0.5, np.ones_like(fine), fractal2(x * 8 + 40, z * 8, 2) - 0.3])
    return albedo.astype(np.float32), normalize(lean.astype(np.float32))


# --- skies ----------------------------------------------------------------------------------


def room(ceiling: str, wall: str, floor: str, strength: float = 1.0) -> Callable[[Array], Array]:
    """The inside of a room: a bright ceiling, walls that fade with the distance to a window."""
    above, middle, below = color(ceiling), color(wall), color(floor)

    def sky(direction: Array) -> Array:
        x, y, _ = direction
        side = middle * (0.75 - 0.35 * x)
        radiance = mix(side, above, smoothstep(0.25, 0.75, y))
        return mix(radiance, below, smoothstep(-0.05, -0.4, y)) * np.float32(strength)

    return sky


def garden(turn: float, strength: float = 1.0) -> Callable[[Array], Array]:
    """Sky over a hedge, out of focus, with bright gaps between the leaves.

    ``turn`` (radians) picks the part of the hedge ahead.
    """
    zenith, horizon = color("5d92d6"), color("dfe9f2")
    shade, leaves, lit = color("16250b"), color("3f5c1c"), color("a3b356")

    def sky(direction: Array) -> Array:
        x, y, z = direction
        around = np.arctan2(x, -z) + np.float32(turn)
        air = mix(horizon, zenith, smoothstep(0.0, 0.7, y)) * np.float32(1.25)
        mass, detail = fractal2(around * 4 + 30, y * 4 + 9, 2), fractal2(around * 9 + 3, y * 9, 2)
        hedge = mix(shade, leaves, smoothstep(0.25, 0.7, mass))
        hedge = mix(hedge, lit, 0.7 * smoothstep(0.5, 0.85, detail))
        for layer, size in ((0, 17.0), (1, 26.0)):
            hedge = hedge + _bokeh(around * size, y * size, layer) * color("f4efc0")
        top = 0.42 + 0.35 * (fractal2(around * 2.5 + 11, y * 0 + 2, 3) - 0.5)
        radiance = mix(hedge, air, smoothstep(-0.05, 0.05, y - top))
        ground = color("46591f")
        return mix(radiance, ground, smoothstep(0.02, -0.06, y)) * np.float32(strength)

    return sky


def _bokeh(x: Array, y: Array, layer: int) -> Array:
    """Soft discs of light, one per cell at most: how a lens draws sparkles far behind."""
    dx = x - np.floor(x) - 0.4 - 0.2 * cell_random(x, y, 30 + layer)
    dy = y - np.floor(y) - 0.4 - 0.2 * cell_random(x, y, 33 + layer)
    chosen = cell_random(x, y, 36 + layer) > 0.62
    size = 0.22 + 0.17 * cell_random(x, y, 39 + layer)
    disc = smoothstep(0.03, -0.03, length(dx, dy) - size)
    return disc * chosen * (0.12 + 0.5 * cell_random(x, y, 42 + layer) ** 3)
