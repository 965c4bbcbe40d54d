"""The things that stand in a picture: a shape, a material, a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from . import furniture, materials, sdf
from .arrays import Array, color, length, rotation
from .materials import Material

CATEGORIES = ("apple", "lemon", "mug", "bottle", "block", "ball", "donut")
"""Class names; the id of a class is its place in this list plus one, and 0 is the background."""

Distance = Callable[[Array], Array]


@dataclass(frozen=True)
class Thing:
    """A shape with a material, placed in the world.

    ``middle`` and ``reach`` are the bounding sphere in the shape's own space, ``heights`` bounds
    its lowest and highest point there, ``tint`` is the colour it throws on its neighbours.
    ``category`` is empty for scenery that gets no label.
    """

    category: str
    distance: Distance
    material: Material
    middle: tuple[float, float, float]
    reach: float
    heights: tuple[float, float]
    tint: Array
    points: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    position: Array = field(default_factory=lambda: np.zeros((3, 1), np.float32))
    turn: Array = field(default_factory=rotation)
    scale: float = 1.0

    def at(
        self,
        x: float,
        z: float,
        *,
        on: float = 0.0,
        yaw: float = 0.0,
        pitch: float = 0.0,
        roll: float = 0.0,
        scale: float = 1.0,
    ) -> Thing:
        """Set down at (x, z) on a surface of height ``on``, turned by degrees."""
        turn = rotation(yaw, pitch, roll)
        lift = 0.0
        if pitch or roll:
            lift = -_lowest(self.distance, self.middle, self.reach, turn.tobytes()) * scale
        position = np.array([[x], [on + lift], [z]], np.float32)
        return replace(self, position=position, turn=turn, scale=scale)

    def to_local(self, points: Array) -> Array:
        """World points in the shape's own space."""
        return self.turn.T @ (points - self.position) / np.float32(self.scale)

    def to_world(self, points: Array) -> Array:
        """Points of the shape's own space in the world."""
        return self.turn @ points * np.float32(self.scale) + self.position

    @property
    def center(self) -> Array:
        """Centre of the bounding sphere in the world."""
        return self.to_world(np.array(self.middle, np.float32)[:, None])

    def normal(self, local: Array) -> Array:
        """Outward unit normals at local points (differences at a tetrahedron's corners)."""
        total = np.zeros_like(local)
        for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
            k = np.array(corner, np.float32)[:, None]
            total += k * self.distance(local + np.float32(0.0015) * k)
        return total / np.maximum(length(total[0], total[1], total[2]), np.float32(1e-9))


@cache
def _lowest(
    distance: Distance, middle: tuple[float, float, float], reach: float, turn: bytes
) -> float:
    """Height of the lowest point of a turned shape, found on a grid."""
    axis = np.linspace(-reach, reach, 72, dtype=np.float32)
    grid = np.stack([g.ravel() for g in np.meshgrid(axis, axis, axis)])
    grid += np.array(middle, np.float32)[:, None]
    inside = grid[:, distance(grid) <= 0]
    matrix = np.frombuffer(turn, np.float32).reshape(3, 3)
    return float((matrix @ inside)[1].min())


def apple(main: str = "b3131b", second: str = "d9b13b", ripeness: float = 0.6) -> Thing:
    """An apple."""
    skin = materials.apple_skin(main, second, ripeness)
    return Thing("apple", sdf.apple, skin, (0, 0.40, 0), 0.53, (0, 0.84), color(main))


def lemon() -> Thing:
    """A lemon, lying along x."""
    return Thing(
        "lemon",
        sdf.lemon,
        materials.lemon_skin(),
        (0, 0.33, 0),
        0.62,
        (-0.01, 0.67),
        color("e0b010"),
    )


def lime() -> Thing:
    """A lemon before it ripens."""
    skin = materials.lemon_skin("8fae1f", "5d7d16")
    return Thing("lemon", sdf.lemon, skin, (0, 0.33, 0), 0.62, (-0.01, 0.67), color("7d9a1a"))


def mug(main: str = "2f5d73", band: str = "e8e0d0") -> Thing:
    """A mug with three keypoints."""
    points = {"rim": (0.0, 0.955, 0.0), "handle": (0.69, 0.49, 0.0), "base": (0.0, 0.0, 0.0)}
    return Thing(
        "mug",
        sdf.mug,
        materials.glaze(main, band),
        (0.13, 0.48, 0),
        0.80,
        (0, 0.97),
        color(main),
        points,
    )


def bottle(
    glass: str = "12301c", label: str = "efe6cf", accent: str = "7a1f1f", cap: str = "b8912f"
) -> Thing:
    """A bottle whose label faces +z."""
    skin = materials.bottle_glass(glass, label, accent, cap)
    return Thing("bottle", sdf.bottle, skin, (0, 0.98, 0), 1.06, (0, 1.96), color(glass))


def block(paint: str = "c0392b", letters: str = "AKT") -> Thing:
    """A toy block; the letters are those on its x, y and z sides."""
    skin = materials.painted_block(paint, letters)
    return Thing(
        "block",
        sdf.block,
        skin,
        (0, 0.4, 0),
        0.70,
        (0, 0.8),
        color(paint) * 0.5 + color("dcb98a") * 0.5,
    )


def ball(first: str = "d7263d", second: str = "1b79c4", third: str = "f2b705") -> Thing:
    """A ball of six gores."""
    skin = materials.beach_ball(first, second, third)
    tint = (color(first) + color(second) + color(third) + 3 * color("f3f1ea")) / 6
    return Thing("ball", sdf.ball, skin, (0, 0.5, 0), 0.505, (0, 1), tint.astype(np.float32))


def donut(coat: str = "e58fa8", sprinkled: bool = True) -> Thing:
    """A donut with icing."""
    hues = ("f7f3e8", "e0332e", "3b8ed0", "f3c623", "58a649") if sprinkled else ()
    skin = materials.icing(coat, hues)
    return Thing(
        "donut",
        sdf.donut,
        skin,
        (0, 0.22, 0),
        0.69,
        (-0.04, 0.48),
        color(coat) * 0.6 + color("b06f2e") * 0.4,
    )


def board() -> Thing:
    """A cutting board, 0.165 thick."""
    skin = furniture.board_wood("d3a468", "8c5a2b")
    return Thing("", sdf.board, skin, (0, 0.08, 0), 1.58, (-0.01, 0.17), color("b07d48"))


def book(cloth: str = "284b3f") -> Thing:
    """A book, 0.22 thick."""
    return Thing(
        "", sdf.book, furniture.book_cover(cloth), (0, 0.11, 0), 1.0, (0, 0.22), color(cloth)
    )


def plate(code: str = "d8d5cc", band: str = "2f4f7a") -> Thing:
    """A plate."""
    return Thing(
        "", sdf.plate, furniture.china(code, band), (0, 0.1, 0), 1.0, (0, 0.22), color(code)
    )


def cloth(dye: str = "b3202a") -> Thing:
    """A checked cloth spread on the ground, 0.05 thick."""
    tint = color(dye) * 0.5 + color("f2eee4") * 0.4
    return Thing("", sdf.cloth, furniture.gingham(dye), (0, 0, 0), 3.9, (-0.08, 0.06), tint)


def pencil(code: str = "e0a020") -> Thing:
    """A pencil along x."""
    return Thing(
        "", sdf.pencil, furniture.pencil_paint(code), (0, 0.04, 0), 0.87, (-0.01, 0.09), color(code)
    )


def leaf(code: str = "c9651b", vein: str = "e8c58a") -> Thing:
    """A fallen leaf."""
    return Thing(
        "", sdf.leaf, furniture.leaf_blade(code, vein), (0.1, 0.1, 0), 0.66, (0, 0.4), color(code)
    )
