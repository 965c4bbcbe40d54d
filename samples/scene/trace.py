"""Rays against a scene: the nearest thing along each, and whether anything stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import Array, Flags, Ids, dot
from .materials import Material
from .noise import cell_random
from .things import Thing

FAR = np.float32(1e4)
NOTHING, GRASS = -1, -2
_HIT = np.float32(0.0012)


@dataclass(frozen=True)
class Plane:
    """An endless plane ``p[axis] == offset`` whose visible side looks towards plus ``axis``."""

    axis: int
    offset: float
    material: Material
    tint: Array


@dataclass(frozen=True)
class Light:
    """A rectangular light: its centre, two half edges, and the irradiance it gives at the origin.

    ``panes`` is how many panes a window has across and up, for its mirror images; 0 is a lamp or
    the sun.
    """

    center: Array
    across: Array
    up: Array
    power: Array
    panes: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class World:
    """All there is in a picture. ``sky`` gives the radiance of directions that meet nothing."""

    things: tuple[Thing, ...]
    planes: tuple[Plane, ...]
    lights: tuple[Light, ...]
    sky: Callable[[Array], Array]
    ambient: Array
    grass: float = 0.0


def _sphere_span(thing: Thing, origin: Array, direction: Array) -> tuple[Array, Array, Flags]:
    """Where rays enter and leave the bounding sphere of a thing."""
    offset = origin - thing.center
    b = dot(offset, direction)
    radius = np.float32(thing.reach * thing.scale)
    inside = b * b - dot(offset, offset) + radius * radius
    root = np.sqrt(np.maximum(inside, 0))
    return np.maximum(-b - root, 0), -b + root, (inside > 0) & (root > b)


def _march(
    thing: Thing, origin: Array, direction: Array, near: Array, far: Array, steps: int
) -> Array:
    """Distance to the surface along each ray, ``FAR`` for a miss (sphere tracing, Hart 1996)."""
    scale = np.float32(thing.scale)
    local_origin = thing.to_local(origin)
    local_direction = thing.turn.T @ direction
    result = np.full(near.shape, FAR, np.float32)
    t, end = near / scale, far / scale
    # flat things fill little of their sphere: skip what lies below and above them
    rise = np.where(np.abs(local_direction[1]) < 1e-6, np.float32(1e-6), local_direction[1])
    low, high = ((height - local_origin[1]) / rise for height in thing.heights)
    t, end = np.maximum(t, np.minimum(low, high)), np.minimum(end, np.maximum(low, high))
    alive = np.flatnonzero(t < end)
    t, end = t[alive], end[alive]
    local_origin, local_direction = local_origin[:, alive], local_direction[:, alive]
    for step in range(steps):
        gap = thing.distance(local_origin + local_direction * t)
        met = gap < _HIT
        t = t + gap
        if met.any():
            result[alive[met]] = t[met] * scale
        keep = ~met & (t < end)
        kept = int(np.count_nonzero(keep))
        if kept == 0:
            break
        # dropping finished rays costs about one step, so it waits until it pays
        if kept < 0.8 * keep.size or met.any() or step % 6 == 5:
            alive, t, end = alive[keep], t[keep], end[keep]
            local_origin, local_direction = local_origin[:, keep], local_direction[:, keep]
    return result


def nearest(world: World, origin: Array, direction: Array, steps: int = 72) -> tuple[Array, Ids]:
    """Distance and index of the first hit; planes count on after the things."""
    n = direction.shape[1]
    t, which = np.full(n, FAR, np.float32), np.full(n, NOTHING, np.int32)
    for index, plane in enumerate(world.planes):
        slope = direction[plane.axis]
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = (np.float32(plane.offset) - origin[plane.axis]) / slope
        met = (slope < 0) & (distance > 0) & (distance < t)
        t[met], which[met] = distance[met], len(world.things) + index
    for index, thing in enumerate(world.things):
        near, far, crossing = _sphere_span(thing, origin, direction)
        rays = np.flatnonzero(crossing & (near < t))
        if rays.size:
            end = np.minimum(far[rays], t[rays])
            found = _march(thing, origin[:, rays], direction[:, rays], near[rays], end, steps)
            closer = found < t[rays]
            t[rays[closer]], which[rays[closer]] = found[closer], index
    return t, which


def blocked(world: World, origin: Array, direction: Array, limit: Array) -> Flags:
    """Whether a thing stands between each origin and ``limit`` along its direction."""
    dark = np.zeros(direction.shape[1], bool)
    for thing in world.things:
        near, far, crossing = _sphere_span(thing, origin, direction)
        rays = np.flatnonzero(crossing & ~dark & (near < limit))
        if rays.size:
            end = np.minimum(far[rays], limit[rays])
            found = _march(thing, origin[:, rays], direction[:, rays], near[rays], end, 40)
            dark[rays[found < FAR]] = True
    return dark


def grass_blades(
    world: World, origin: Array, direction: Array, limit: Array, layers: int = 26
) -> tuple[Array, Array]:
    """First blade of grass along each ray: distance (``FAR`` for none) and height in [0, 1].

    Blades are columns over a jittered grid that lean and taper, sampled on horizontal layers
    (shell texturing, Lengyel et al. 2001).
    """
    n = direction.shape[1]
    found, height = np.full(n, FAR, np.float32), np.zeros(n, np.float32)
    alive = np.flatnonzero(direction[1] < -1e-3)
    for layer in range(layers, 0, -1):
        level = np.float32(layer / layers)
        o, d = origin[:, alive], direction[:, alive]
        t = (level * np.float32(world.grass) - o[1]) / d[1]
        x, z = o[0] + t * d[0], o[2] + t * d[2]
        met = np.zeros(alive.size, bool)
        for turn, (c, s) in enumerate(((0.96, 0.28), (-0.6, 0.8), (0.28, -0.96))):
            u, v = 13 * (c * x - s * z), 13 * (s * x + c * z)
            # a blade leans with the square of its height, each its own way
            patch_x, patch_z = np.floor(u * 0.5), np.floor(v * 0.5)
            u = u + 2.2 * level * level * (cell_random(patch_x, patch_z, 11 + turn) - 0.5)
            v = v + 2.2 * level * level * (cell_random(patch_x, patch_z, 14 + turn) - 0.5)
            tall = 0.25 + 0.75 * cell_random(u, v, 17 + turn)
            du = u - np.floor(u) - 0.3 - 0.4 * cell_random(u, v, 20 + turn)
            dv = v - np.floor(v) - 0.3 - 0.4 * cell_random(u, v, 23 + turn)
            room = 0.30 * (1 - level / tall)
            met |= (room > 0) & (du * du + dv * dv < room * np.abs(room))
        met &= (t > 0) & (t < limit[alive])
        found[alive[met]], height[alive[met]] = t[met], level
        alive = alive[~met]
        if alive.size == 0:
            break
    return found, height
