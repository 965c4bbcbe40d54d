"""The pictures: what stands where, in what light, seen from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np

from . import furniture as f
from . import things as t
from .arrays import Array, color, column, normalize
from .camera import Camera, Develop
from .light import garden, room
from .materials import Material
from .things import Thing
from .trace import Light, Plane, World

Sky = Callable[[Array], Array]
Power = tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """A picture to take.

    ``orientation`` is the EXIF tag it is stored with, ``transparent`` a cut-out without ground,
    ``depth`` asks for a depth map as well.
    """

    path: PurePosixPath
    world: World
    camera: Camera
    split: str = "train"
    film: Develop = field(default_factory=Develop)
    orientation: int = 1
    transparent: bool = False
    depth: bool = False


def _light(
    place: tuple[float, float, float],
    power: Power,
    size: tuple[float, float],
    panes: tuple[int, int] = (0, 0),
) -> Light:
    """A rectangle of half sizes (across, up) that faces the origin."""
    center = column(*place)
    across = normalize(np.cross(column(0, 1, 0), center, axis=0).astype(np.float32))
    up = normalize(np.cross(center, across, axis=0).astype(np.float32))
    return Light(
        center, across * np.float32(size[0]), up * np.float32(size[1]), column(*power), panes
    )


def _window(x: float, y: float, z: float, power: Power, size: float = 1.5) -> Light:
    return _light((x, y, z), power, (size * 0.75, size), (2, 3))


def _sun(x: float, y: float, z: float, power: Power, spread: float = 0.035) -> Light:
    """The sun in a slightly hazy sky; ``spread`` is the tangent of its half width."""
    far = 4000.0 / float(np.sqrt(x * x + y * y + z * z))
    return _light((x * far, y * far, z * far), power, (4000 * spread, 4000 * spread))


def _ground(material: Material, tint: str) -> Plane:
    return Plane(1, 0.0, material, color(tint))


def _wall(distance: float, material: Material, tint: str) -> Plane:
    return Plane(2, -distance, material, color(tint))


# --- kitchen --------------------------------------------------------------------------------


def _kitchen(
    things: tuple[Thing, ...], top: Plane, wall: Plane, window: Light, ambient: float = 0.17
) -> World:
    sky = room("d9d6d0", "a08c74", "4a3a2c", 0.42)
    fill = column(1.05 * ambient, 1.0 * ambient, 0.92 * ambient)
    return World(things, (top, wall), (window,), sky, fill)


def _oak() -> Plane:
    return _ground(f.wood("b07c47", "5f3a1d"), "8a5c34")


def _walnut() -> Plane:
    return _ground(f.wood("7a5231", "3a2214", plank=1.7), "573822")


def breakfast() -> Scene:
    """A table laid for two."""
    things = (
        t.mug("2f5d73", "e8e0d0").at(-1.35, -0.55, yaw=-30),
        t.mug("a8452f", "efe2c8").at(1.75, -1.15, yaw=-150),
        t.plate().at(0.35, 0.15),
        t.donut("e58fa8").at(0.15, 0.25, on=0.06, yaw=20, scale=0.92),
        t.apple().at(1.65, 0.75, yaw=40),
        t.apple("9aa82c", "d8c84a", 0.35).at(-2.15, 0.45, yaw=100, scale=0.95),
        t.bottle("7a3d0c", "f1e9d2", "2d4a2b", "2e2e30").at(-0.35, -1.75, yaw=12),
        t.lemon().at(-0.95, 0.95, yaw=35),
    )
    wall = _wall(4.2, f.tiles("b9c4c0"), "a9b4b0")
    world = _kitchen(things, _oak(), wall, _window(-6.2, 4.6, 1.2, (2.7, 2.55, 2.3)))
    camera = Camera((480, 640), (0.3, 3.0, 7.2), (-0.15, 0.62, -0.1), 25, 0.055, (0.2, 0.3, 0.4))
    return Scene(PurePosixPath("kitchen/breakfast.jpg"), world, camera, depth=True)


def fruit_board() -> Scene:
    """Apples and lemons on a cutting board."""
    things = (
        t.board().at(0, 0, yaw=-12),
        t.apple("b3131b", "d9a93b", 0.75).at(-0.75, -0.2, on=0.165, yaw=80),
        t.apple("c23a1e", "e2c04a", 0.45).at(-0.05, 0.35, on=0.165, yaw=10, pitch=28, roll=-20),
        t.lemon().at(0.75, 0.1, on=0.165, yaw=-25),
        t.lemon().at(0.45, -0.55, on=0.165, yaw=60, scale=0.95),
        t.lime().at(1.75, 0.75, yaw=20, scale=0.75),
        t.apple("8da52a", "cfc548", 0.4).at(-1.85, 0.55, yaw=10, roll=70),
    )
    wall = _wall(3.6, f.plaster("8f9a8b"), "8f9a8b")
    world = _kitchen(things, _walnut(), wall, _window(5.6, 4.2, 0.3, (2.9, 2.7, 2.4)))
    camera = Camera((384, 512), (-0.3, 3.0, 6.0), (0, 0.3, 0.05), 25, 0.06)
    return Scene(PurePosixPath("kitchen/fruit_board.jpg"), world, camera)


def donuts() -> Scene:
    """Donuts on a plate, seen from above."""
    things = (
        t.plate("cfd3d2").at(0, 0.05, scale=1.55),
        t.donut("e58fa8").at(-0.62, 0.42, on=0.07, yaw=15),
        t.donut("4a2716", True).at(0.70, 0.36, on=0.07, yaw=95),
        t.donut("f0ead8", False).at(0.02, -0.70, on=0.07, yaw=200),
        t.mug("d9d4c8", "3d4a57").at(1.75, -1.25, yaw=-60),
    )
    wall = _wall(5.0, f.plaster("a89a86"), "a89a86")
    world = _kitchen(things, _oak(), wall, _window(-4.6, 5.0, -2.6, (2.7, 2.55, 2.35)))
    camera = Camera((480, 480), (0.5, 5.6, 4.6), (0.15, 0.25, -0.1), 31, 0.05)
    return Scene(PurePosixPath("kitchen/donuts.jpg"), world, camera, split="valid")


def coffee() -> Scene:
    """A mug and a lemon, upright."""
    things = (
        t.mug("e3dccb", "34506b").at(-0.25, 0.25, yaw=-25),
        t.bottle("14324a", "efe6cf", "8a5a1a", "b8912f").at(0.55, -0.9, yaw=-15),
        t.lemon().at(0.75, 0.6, yaw=-40, scale=0.9),
        t.donut("5b3019", False).at(-1.0, 1.0, yaw=40, scale=0.85),
    )
    wall = _wall(3.4, f.tiles("9fb0a4", "8a8f86", 0.9, 0.9), "92a398")
    world = _kitchen(things, _walnut(), wall, _window(-5.2, 3.9, 1.6, (2.8, 2.6, 2.3)))
    camera = Camera((512, 384), (0.35, 2.7, 6.6), (0.02, 0.72, -0.1), 25, 0.07, (0, 0.5, 0.5))
    return Scene(PurePosixPath("kitchen/coffee.jpg"), world, camera, split="test")


def mug_cutout() -> Scene:
    """A mug cut out of its picture."""
    things = (t.mug("b5482f", "f0e6d2").at(-0.12, 0, yaw=-32),)
    sky = room("e8e6e2", "b5aca0", "8a8278", 0.6)
    light = _window(-5.0, 4.6, 3.2, (2.2, 2.1, 2.0))
    world = World(things, (), (light,), sky, column(0.2, 0.2, 0.2))
    camera = Camera((360, 400), (0.2, 2.1, 4.6), (0, 0.47, 0), 18, 0.0)
    path = PurePosixPath("kitchen/mug_cutout.png")
    return Scene(path, world, camera, transparent=True)


# --- garden ---------------------------------------------------------------------------------


def _garden(
    things: tuple[Thing, ...], ground: Plane, sun: Light, turn: float, grass: float = 0.0
) -> World:
    return World(things, (ground,), (sun,), garden(turn, 0.75), column(0.20, 0.23, 0.24), grass)


def _grass() -> Plane:
    return _ground(f.lawn, "35491c")


def _raised(thing: Thing, height: float) -> Thing:
    return replace(thing, position=thing.position + column(0, height, 0))


def picnic() -> Scene:
    """A checked cloth in the sun."""
    things = (
        t.bottle("12301c", "efe6cf", "7a1f1f", "b8912f").at(-1.35, -0.9, yaw=20),
        t.apple().at(0.35, 0.45, yaw=15),
        t.apple("c23a1e", "e2c04a", 0.4).at(1.15, 0.05, yaw=140, scale=0.95),
        t.lemon().at(-0.55, 0.65, yaw=25),
        t.mug("e8c65a", "f4efe4").at(-0.2, -0.65, yaw=-20),
        t.donut("e58fa8").at(1.35, 1.05, yaw=10, scale=0.9),
        t.ball().at(2.35, -1.5, yaw=30, pitch=25, scale=1.25),
    )
    sun = _sun(-4.5, 4.6, 1.2, (2.7, 2.45, 2.05))
    spread = (t.cloth().at(0.1, -0.1, on=0.12, yaw=9), *(_raised(thing, 0.17) for thing in things))
    world = _garden(spread, _grass(), sun, 0.3, grass=0.15)
    camera = Camera((427, 640), (0.2, 2.0, 7.0), (0.2, 0.72, -0.2), 25, 0.06, (0.2, 0.4, 0.3))
    return Scene(PurePosixPath("garden/picnic.jpg"), world, camera)


def red_apple() -> Scene:
    """One apple on a stone, with fallen leaves."""
    things = (
        t.apple("a30f1c", "d8a23a", 0.7).at(-0.1, 0.1, yaw=200),
        t.leaf().at(-1.15, 0.75, yaw=30, scale=1.1),
        t.leaf("a8761f", "e0cf9a").at(1.0, 0.85, yaw=200),
        t.leaf("7d2f14", "c98a4a").at(1.35, -0.7, yaw=80, scale=1.15),
        t.leaf("b5871d", "ead79b").at(-1.7, -0.8, yaw=130, scale=1.2),
    )
    sun = _sun(4.2, 3.6, -0.8, (2.7, 2.35, 1.85))
    world = _garden(things, _ground(f.slabs("7d766c"), "8a8277"), sun, 0.9)
    camera = Camera((384, 512), (0.3, 1.15, 4.6), (0, 0.52, 0.0), 25, 0.075, (0, 0.4, 0.3))
    return Scene(PurePosixPath("garden/red apple.jpg"), world, camera)


def lawn() -> Scene:
    """A ball and two apples in the grass."""
    things = (
        t.ball().at(-0.55, -0.3, on=0.05, yaw=40, pitch=35, roll=15, scale=1.45),
        t.apple().at(0.85, 0.55, on=0.04, yaw=20),
        t.apple("9aa82c", "d8c84a", 0.4).at(1.65, -0.2, on=0.04, yaw=120, roll=40),
    )
    world = _garden(things, _grass(), _sun(-3.2, 4.6, -1.6, (2.8, 2.55, 2.1)), 1.9, grass=0.17)
    camera = Camera((384, 512), (0.2, 1.45, 6.4), (0.25, 0.82, 0), 23, 0.06, (0.1, 0.4, 0.3))
    return Scene(PurePosixPath("garden/lawn.jpg"), world, camera, split="valid")


def terrace() -> Scene:
    """A bottle and fruit on a terrace; taken with the camera turned (EXIF orientation 6)."""
    things = (
        t.bottle("12301c", "efe6cf", "24456b", "8a2320").at(-0.15, -0.25, yaw=8),
        t.lemon().at(0.7, 0.35, yaw=-30),
        t.lemon().at(-0.75, 0.55, yaw=50, scale=0.92),
        t.lime().at(0.1, 0.85, yaw=10, scale=0.72),
        t.leaf("8f8a2a", "d8d29a").at(-1.1, -0.5, yaw=60),
    )
    sun = _sun(3.6, 4.4, 1.4, (2.6, 2.35, 1.95))
    world = _garden(things, _ground(f.slabs("94806a"), "94806a"), sun, 2.6)
    camera = Camera((512, 384), (0.2, 1.6, 6.8), (0, 0.98, 0), 23, 0.065, (0, 0.5, 0.2))
    return Scene(PurePosixPath("garden/terrace.jpg"), world, camera, orientation=6)


# --- desk -----------------------------------------------------------------------------------


def _desk(things: tuple[Thing, ...], top: Plane, wall: Plane, lamps: tuple[Light, ...]) -> World:
    sky = room("cfd3d8", "8f8a86", "3d3833", 0.42)
    return World(things, (top, wall), lamps, sky, column(0.16, 0.165, 0.17))


def _birch() -> Plane:
    return _ground(f.wood("cfa873", "9c7443", plank=2.4, gloss=0.02), "b89263")


def _dark_desk() -> Plane:
    return _ground(f.wood("5b3a26", "2a1810", plank=2.2, gloss=0.045), "412818")


def blocks() -> Scene:
    """Toy blocks, some stacked."""
    things = (
        t.block("c0392b", "AKT").at(-0.95, -0.1, yaw=24),
        t.block("2b6cb0", "EMX").at(0.0, -0.35, yaw=-14),
        t.block("2f8f4e", "NZA").at(-0.46, -0.22, on=0.8, yaw=38),
        t.block("e0a11b", "VTK").at(0.95, 0.5, yaw=52),
        t.block("7d3c98", "XAE").at(-0.55, 1.1, yaw=-32, scale=0.9),
        t.ball("1f8a70", "f28c28", "3b5bdb").at(1.75, -0.75, pitch=40, yaw=10),
    )
    wall = _wall(3.6, f.plaster("b7a58a"), "b7a58a")
    world = _desk(things, _birch(), wall, (_window(-5.4, 4.4, 1.0, (2.6, 2.5, 2.35)),))
    camera = Camera((384, 512), (0.5, 3.0, 6.6), (0.15, 0.6, 0), 27, 0.055)
    return Scene(PurePosixPath("desk/blocks.jpg"), world, camera)


def study() -> Scene:
    """Books, a mug and an apple by lamplight."""
    things = (
        t.book("284b3f").at(-1.05, -0.25, yaw=14, scale=1.15),
        t.book("6b1f24").at(-1.0, -0.25, on=0.253, yaw=-6),
        t.apple("b3131b", "d9a93b", 0.65).at(-1.05, -0.2, on=0.473, yaw=60, scale=0.9),
        t.mug("31373d", "c9b48a").at(0.75, -0.35, yaw=-40),
        t.pencil().at(0.55, 0.95, yaw=24),
        t.pencil("9c2f2a").at(0.95, 1.1, yaw=41),
        t.block("2b6cb0", "EMX").at(1.95, 0.35, yaw=30, scale=0.75),
    )
    wall = _wall(3.0, f.plaster("5f6f76"), "5f6f76")
    lamp = _light((-2.6, 4.6, 1.2), (3.0, 2.35, 1.55), (0.5, 0.5))
    window = _window(7.0, 4.2, 2.5, (0.40, 0.55, 0.75), 1.6)
    world = _desk(things, _dark_desk(), wall, (lamp, window))
    camera = Camera((400, 640), (0.3, 2.7, 6.4), (0.2, 0.5, 0), 23, 0.06)
    film = Develop(exposure=1.15, vignette=0.4, grain=0.016)
    return Scene(PurePosixPath("desk/study.jpg"), world, camera, film=film, split="test")


def bottles() -> Scene:
    """Three bottles on a shelf."""
    things = (
        t.bottle("7a3d0c", "f1e9d2", "2d4a2b", "2e2e30").at(-0.85, -0.1, yaw=15),
        t.bottle("12301c", "e9dcc0", "7a1f1f", "b8912f").at(0.05, -0.45, yaw=-8, scale=1.15),
        t.bottle("3a1230", "efe6cf", "4a2a6b", "9a9a9e").at(0.9, 0.05, yaw=-20, scale=0.85),
        t.block("e0a11b", "VTK").at(-0.15, 0.75, yaw=25, scale=0.6),
    )
    wall = _wall(1.9, f.plaster("c7b79c"), "c7b79c")
    world = _desk(things, _dark_desk(), wall, (_window(4.8, 4.4, 2.6, (2.5, 2.4, 2.25)),))
    camera = Camera((480, 360), (0.0, 1.9, 7.0), (0, 0.95, 0), 24, 0.06)
    return Scene(PurePosixPath("desk/bottles.jpg"), world, camera)


def toys() -> Scene:
    """A ball and blocks at the edge of the picture, some of them cut off."""
    things = (
        t.ball("d7263d", "f2b705", "2a9d8f").at(-1.0, -0.35, pitch=30, roll=20, yaw=70, scale=1.4),
        t.ball("3b5bdb", "e64980", "37b24d").at(1.55, -0.9, pitch=60, yaw=20, scale=1.1),
        t.block("c0392b", "AKT").at(0.35, 0.45, yaw=30),
        t.block("2f8f4e", "NZA").at(1.35, 0.55, yaw=-20, scale=0.9),
        t.mug("e0b53c", "f4efe4").at(2.55, 0.35, yaw=-130),
        t.block("7d3c98", "XAE").at(-2.25, 0.85, yaw=12),
        t.pencil("2b6cb0").at(-0.35, 1.15, yaw=-20),
    )
    wall = _wall(3.4, f.plaster("8aa0a8"), "8aa0a8")
    world = _desk(things, _birch(), wall, (_window(-4.4, 4.8, 2.2, (2.6, 2.5, 2.35)),))
    camera = Camera((360, 600), (0.1, 2.6, 6.4), (0.15, 0.45, 0), 24, 0.06, (0.2, 0.4, 0.3))
    return Scene(PurePosixPath("desk/toys.jpg"), world, camera)


def all_scenes() -> tuple[Scene, ...]:
    """Every picture, in the order of the label files."""
    makers = (breakfast, coffee, donuts, fruit_board, mug_cutout, lawn, picnic, red_apple, terrace)
    return tuple(make() for make in (*makers, blocks, bottles, study, toys))
