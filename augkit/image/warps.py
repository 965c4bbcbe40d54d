"""Geometry that interpolates: rotation, zoom, shift, shear, perspective, elastic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from augkit.core.distributions import Number, bounds, resolve
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params
from augkit.image import field as fields
from augkit.image import matrix as mx
from augkit.image.base import Geometry, Warping
from augkit.image.sample import Shadow

__all__ = ["Affine", "ElasticTransform", "Perspective", "Rotate", "Shear", "Translate", "Zoom"]

Size = tuple[int, int]


def _expanded(matrix: mx.Matrix, size: Size) -> tuple[Size, mx.Matrix]:
    """The smallest whole size that holds the moved image, and the matrix shifted into it."""
    height, width = size
    corners = [
        mx.apply(matrix, x, y) for x, y in ((0, 0), (width, 0), (width, height), (0, height))
    ]
    x_low, x_high = min(x for x, _ in corners), max(x for x, _ in corners)
    y_low, y_high = min(y for _, y in corners), max(y for _, y in corners)
    # A hair below the exact size, so that rounding does not add a row at a quarter turn.
    new_width = max(1, -int(-(x_high - x_low - 1e-6) // 1))
    new_height = max(1, -int(-(y_high - y_low - 1e-6) // 1))
    shift = mx.translation((new_width - x_low - x_high) / 2, (new_height - y_low - y_high) / 2)
    return (new_height, new_width), mx.compose(shift, matrix)


@dataclass(frozen=True)
class Rotate(Warping):
    """Rotate about the centre of the image, counter-clockwise as seen.

    Args:
        degrees: angle in degrees; 0 changes nothing (default: uniform in [-30, 30]).
        expand: grow the image so that nothing is cut off; otherwise the size is kept.
        fill, border, interpolation, mask_interpolation, mask_fill: see `Affine`.

    >>> import numpy as np
    >>> image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    >>> Rotate(degrees=180)(image).tolist() == image[::-1, ::-1].tolist()
    True
    >>> Rotate(degrees=90, expand=True)(image).shape
    (4, 3)
    """

    keeps_size: ClassVar[bool] = True

    degrees: Number = parameter(
        (-30.0, 30.0), unit="degrees", neutral=0, doc="angle, counter-clockwise"
    )
    expand: bool = option(False, choices=(False, True), doc="grow the image to hold all of it")

    def geometry(self, params: Params, size: Size) -> Geometry:
        matrix = mx.about(mx.rotation(params["degrees"]), size[1] / 2, size[0] / 2)
        if self.expand:
            size, matrix = _expanded(matrix, size)
        return self.warped(size, matrix)


@dataclass(frozen=True)
class Zoom(Warping):
    """Zoom in or out about the centre; the size is kept.

    Args:
        scale: above 1 zooms in, below 1 zooms out; ``{"x": ..., "y": ...}`` scales each axis by
            itself (default: uniform in [0.8, 1.25]).
        fill, border, interpolation, mask_interpolation, mask_fill: see `Affine`.

    >>> import numpy as np
    >>> Zoom(scale=2.0)(np.zeros((8, 8), np.uint8)).shape
    (8, 8)
    """

    keeps_size: ClassVar[bool] = True

    scale: Number = parameter(
        (0.8, 1.25),
        low=1e-3,
        high=1e3,
        axes=("x", "y"),
        neutral=1,
        doc="1 is neutral, above zooms in",
    )

    def geometry(self, params: Params, size: Size) -> Geometry:
        x, y = _per_axis(params["scale"])
        return self.warped(size, mx.about(mx.scaling(x, y), size[1] / 2, size[0] / 2))


@dataclass(frozen=True)
class Translate(Warping):
    """Shift the image, by a fraction of its size or by whole pixels.

    Args:
        translate: fraction of the width (x) and of the height (y); one value or range is drawn
            for each axis by itself (default: uniform in [-0.1, 0.1]).
        pixels: shift in pixels instead, drawn likewise; then ``translate`` must be left alone.
        fill, border, interpolation, mask_interpolation, mask_fill: see `Affine`.

    >>> import numpy as np
    >>> Translate(translate={"x": 0.5, "y": 0})(np.array([[1, 2]], np.uint8)).tolist()
    [[0, 1]]
    """

    keeps_size: ClassVar[bool] = True

    translate: Number = parameter(
        {"x": (-0.1, 0.1), "y": (-0.1, 0.1)},
        low=-2,  # more would be pixels
        high=2,
        unit="of the size",
        axes=("x", "y"),
        neutral=0,
        doc="shift right and down",
    )
    pixels: Number | None = option(
        None, schema={"type": ["number", "array", "object", "null"]}, doc="shift in pixels"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        write = object.__setattr__
        if not isinstance(self.translate, dict):
            write(self, "translate", {"x": self.translate, "y": self.translate})
        if self.pixels is not None:
            known = _PIXELS.canonical("Translate.pixels", self.pixels)
            write(self, "pixels", known if isinstance(known, dict) else {"x": known, "y": known})

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        if self.pixels is None:
            return super().draw(stream, shadow)
        drawn = resolve(stream, "pixels", self.pixels)
        return {"pixels": {axis: float(round(value)) for axis, value in drawn.items()}}

    def geometry(self, params: Params, size: Size) -> Geometry:
        if "pixels" in params:
            return self.warped(size, mx.translation(params["pixels"]["x"], params["pixels"]["y"]))
        x, y = params["translate"]["x"] * size[1], params["translate"]["y"] * size[0]
        return self.warped(size, mx.translation(x, y))


def _parameter_of(default: Any, **known: Any) -> Any:
    return parameter(default, **known).metadata["augkit"]


_PIXELS = _parameter_of(0, low=-1e6, high=1e6, unit="pixels", axes=("x", "y"), neutral=0)


def _per_axis(value: Any) -> tuple[float, float]:
    return (value["x"], value["y"]) if isinstance(value, dict) else (value, value)


def _shear_of(value: Any) -> tuple[float, float]:
    """A scalar shear is along x."""
    return (value["x"], value["y"]) if isinstance(value, dict) else (value, 0.0)


@dataclass(frozen=True)
class Shear(Warping):
    """Shear about the centre.

    Args:
        shear: angle in degrees by which vertical lines lean (along x); ``{"x": ..., "y": ...}``
            shears along both axes, x first (default: uniform in [-15, 15]).
        fill, border, interpolation, mask_interpolation, mask_fill: see `Affine`.

    >>> import numpy as np
    >>> Shear(shear={"x": 10, "y": (-5, 5)})(np.zeros((8, 8), np.uint8)).shape
    (8, 8)
    """

    keeps_size: ClassVar[bool] = True

    shear: Number = parameter(
        (-15.0, 15.0),
        low=-80,
        high=80,
        unit="degrees",
        axes=("x", "y"),
        neutral=0,
        doc="angle; a scalar is along x",
    )

    def geometry(self, params: Params, size: Size) -> Geometry:
        matrix = mx.shearing(*_shear_of(params["shear"]))
        return self.warped(size, mx.about(matrix, size[1] / 2, size[0] / 2))


@dataclass(frozen=True)
class Affine(Warping):
    """Scale, shear, rotate and shift at once, about the centre, in this order.

    Args:
        degrees: rotation, counter-clockwise (default 0).
        scale: above 1 zooms in; per axis as ``{"x": ..., "y": ...}`` (default 1).
        shear: degrees along x, or per axis (default 0).
        translate: fraction of the size per axis; one value or range is drawn per axis (default 0).
        expand: grow the image so that nothing is cut off.
        fill: value beyond the image in the image's own units, one number or one per channel.
        border: ``"constant"`` (fill), ``"replicate"``, ``"reflect"``, ``"reflect101"`` or
            ``"wrap"``. What is mirrored is not annotated.
        interpolation: ``"linear"`` (antialiased where it shrinks), ``"nearest"`` or ``"cubic"``.
        mask_interpolation: ``"nearest"`` or, for soft masks, ``"linear"``.
        mask_fill: the fill of masks.

    >>> import numpy as np
    >>> Affine(degrees=(-10, 10), scale=(0.9, 1.1))(np.zeros((8, 8, 3), np.uint8)).shape
    (8, 8, 3)
    """

    keeps_size: ClassVar[bool] = True

    degrees: Number = parameter(0.0, unit="degrees", neutral=0, doc="rotation, counter-clockwise")
    scale: Number = parameter(
        1.0, low=1e-3, high=1e3, axes=("x", "y"), neutral=1, doc="above 1 zooms in"
    )
    shear: Number = parameter(
        0.0,
        low=-80,
        high=80,
        unit="degrees",
        axes=("x", "y"),
        neutral=0,
        doc="along x, or per axis",
    )
    translate: Number = parameter(
        {"x": 0.0, "y": 0.0},
        low=-2,  # more would be pixels
        high=2,
        unit="of the size",
        axes=("x", "y"),
        neutral=0,
        doc="shift right and down",
    )
    expand: bool = option(False, choices=(False, True), doc="grow the image to hold all of it")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.translate, dict):
            object.__setattr__(self, "translate", {"x": self.translate, "y": self.translate})

    def geometry(self, params: Params, size: Size) -> Geometry:
        height, width = size
        matrix = mx.scaling(*_per_axis(params["scale"]))
        x, y = _shear_of(params["shear"])
        if x != 0.0 or y != 0.0:
            matrix = mx.compose(mx.shearing(x, y), matrix)
        if params["degrees"] != 0.0:
            matrix = mx.compose(mx.rotation(params["degrees"]), matrix)
        matrix = mx.about(matrix, width / 2, height / 2)
        if self.expand:
            size, matrix = _expanded(matrix, size)
        shift = params["translate"]
        if shift["x"] != 0.0 or shift["y"] != 0.0:
            matrix = mx.compose(mx.translation(shift["x"] * width, shift["y"] * height), matrix)
        return self.warped(size, matrix)


def _unit_square_to(corners: Sequence[tuple[float, float]]) -> mx.Matrix:
    """The projective matrix from the unit square to four corners, clockwise from the origin.

    Heckbert, "Fundamentals of texture mapping and image warping", 1989, section 2.2.3.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, dx3 = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, dy3 = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    determinant = dx1 * dy2 - dx2 * dy1
    g = (dx3 * dy2 - dx2 * dy3) / determinant
    h = (dx1 * dy3 - dx3 * dy1) / determinant
    return (
        x1 - x0 + g * x1,
        x3 - x0 + h * x3,
        x0,
        y1 - y0 + g * y1,
        y3 - y0 + h * y3,
        y0,
        g,
        h,
        1.0,
    )


@dataclass(frozen=True)
class Perspective(Warping):
    """Move the four corners by themselves, as if the picture were seen from another side.

    Args:
        scale: how far a corner may go, as a fraction of the width and height; each corner draws a
            shift in [-s, s] along each axis (default: uniform in [0, 0.1]; below 0.5 the corners
            cannot cross).
        fill, border, interpolation, mask_interpolation, mask_fill: see `Affine`.

    >>> import numpy as np
    >>> Perspective(scale=0.1)(np.zeros((8, 8), np.uint8)).shape
    (8, 8)
    """

    keeps_size: ClassVar[bool] = True

    scale: Number = parameter(
        (0.0, 0.1), low=0, high=0.24, unit="of the size", neutral=0, doc="largest shift of a corner"
    )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        scale = super().draw(stream, shadow)["scale"]
        units = stream.units("corners", 8)
        return {"corners": [scale * (2.0 * unit - 1.0) for unit in units]}

    def geometry(self, params: Params, size: Size) -> Geometry:
        height, width = size
        shifts = params["corners"]
        if not any(shifts):
            return self.warped(size, mx.IDENTITY)
        places = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
        corners = [
            ((x + shifts[2 * i]) * width, (y + shifts[2 * i + 1]) * height)
            for i, (x, y) in enumerate(places)
        ]
        square = mx.scaling(1.0 / width, 1.0 / height)
        return self.warped(size, mx.compose(_unit_square_to(corners), square))


@dataclass(frozen=True)
class ElasticTransform(Warping):
    """Bend the image smoothly, as if printed on rubber; never folds.

    Control points on a coarse grid are displaced at random and joined by a cubic B-spline. Labels
    follow through the numeric inverse of the field.

    Args:
        displacement: largest displacement of a control point, as a fraction of the shorter side
            (default: uniform in [0, 0.03]).
        cells: grid cells along the shorter side: few for slow bends, many for fine ones
            (default 5). ``displacement`` must stay below 0.24 / cells, where the field could fold.
        fill, border, interpolation, mask_interpolation, mask_fill: see `Affine`.

    >>> import numpy as np
    >>> ElasticTransform(displacement=0.04, cells=5)(np.zeros((32, 32), np.uint8)).shape
    (32, 32)
    """

    keeps_size: ClassVar[bool] = True
    seeds: ClassVar[tuple[str, ...]] = ("seed",)

    displacement: Number = parameter(
        (0.0, 0.03),
        low=0,
        high=0.24,
        unit="of the shorter side",
        neutral=0,
        doc="largest displacement",
    )
    cells: int = option(
        5,
        schema={"type": "integer", "minimum": 1, "maximum": 64},
        doc="grid cells along the shorter side",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.cells, int) or not 1 <= self.cells <= 64:
            raise ValueError(
                f"ElasticTransform.cells must be a whole number within [1, 64], got {self.cells!r}"
            )
        most = fields.LIMIT / self.cells
        if bounds(self.displacement)[1] > most:
            raise ValueError(
                f"ElasticTransform.displacement must be at most 0.24 / cells = {most:.4g}, "
                f"or the image could fold, got {bounds(self.displacement)[1]:g}: take fewer cells"
            )

    def geometry(self, params: Params, size: Size) -> Geometry:
        strength = params["displacement"] * self.cells
        if strength == 0.0:
            return self.warped(size, mx.IDENTITY)
        shorter = min(size)
        rows = -(-size[0] * self.cells // shorter) + 3
        columns = -(-size[1] * self.cells // shorter) + 3
        field = fields.random_field(params["seed"], strength, self.cells, rows, columns)
        return self.warped(size, mx.IDENTITY, field=field)
