"""Transforms that move pixels, and labels with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from augkit.core.distributions import Number
from augkit.core.elementary import exp, log
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params
from augkit.image import field as fields
from augkit.image import matrix as mx
from augkit.image.base import BORDERS, Fill, Geometric, Geometry, Warping
from augkit.image.sample import Shadow

__all__ = [
    "Affine",
    "CenterCrop",
    "CropAndPad",
    "ElasticTransform",
    "HorizontalFlip",
    "Pad",
    "Perspective",
    "RandomCrop",
    "RandomResizedCrop",
    "Resize",
    "Rotate",
    "Rotate90",
    "Shear",
    "Translate",
    "Transpose",
    "VerticalFlip",
    "Zoom",
]

Size = tuple[int, int]
_SIZE_SCHEMA = {
    "oneOf": [
        {"type": "integer", "minimum": 1},
        {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 2, "maxItems": 2},
    ]
}


def _checked_size(name: str, size: Any) -> tuple[int, int]:
    """(height, width) from a pair or, for a square, from one number."""
    pair = (size, size) if isinstance(size, int) and not isinstance(size, bool) else size
    if (
        not isinstance(pair, tuple | list)
        or len(pair) != 2
        or not all(
            isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in pair
        )
    ):
        raise ValueError(
            f"{name}.size must be (height, width) in whole pixels above 0, got {size!r}"
        )
    return pair[0], pair[1]


# -- exact -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HorizontalFlip(Geometric):
    """Mirror left and right. Exact: pixels are copied.

    >>> import numpy as np
    >>> HorizontalFlip()(np.array([[1, 2, 3]], np.uint8)).tolist()
    [[3, 2, 1]]
    """

    def geometry(self, params: Params, size: Size) -> Geometry:
        return Geometry(size, (-1.0, 0.0, float(size[1]), 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class VerticalFlip(Geometric):
    """Mirror top and bottom. Exact: pixels are copied.

    >>> import numpy as np
    >>> VerticalFlip()(np.array([[1], [2]], np.uint8)).tolist()
    [[2], [1]]
    """

    def geometry(self, params: Params, size: Size) -> Geometry:
        return Geometry(size, (1.0, 0.0, 0.0, 0.0, -1.0, float(size[0]), 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Transpose(Geometric):
    """Swap x and y: mirror about the main diagonal; height and width change places. Exact.

    >>> import numpy as np
    >>> Transpose()(np.array([[1, 2, 3]], np.uint8)).tolist()
    [[1], [2], [3]]
    """

    def geometry(self, params: Params, size: Size) -> Geometry:
        return Geometry((size[1], size[0]), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Rotate90(Geometric):
    """Rotate by quarter turns, counter-clockwise as seen. Exact; odd turns swap height and width.

    Args:
        turns: how many quarter turns; a whole number or a range (default: 0 to 3).

    >>> import numpy as np
    >>> Rotate90(turns=1)(np.array([[1, 2, 3]], np.uint8)).tolist()
    [[3], [2], [1]]
    """

    turns: Number = parameter(
        (0, 3), integer=True, unit="quarter turns", neutral=0, doc="how often to turn by 90 degrees"
    )

    def geometry(self, params: Params, size: Size) -> Geometry:
        height, width = size
        turns = params["turns"] % 4
        turned = size if turns % 2 == 0 else (width, height)
        turn = mx.about(mx.rotation(90.0 * turns), 0.0, 0.0)
        # Bring the turned image's corner back to the origin.
        shift = ((0, 0), (0, width), (width, height), (height, 0))[turns]
        return Geometry(turned, mx.compose(mx.translation(*map(float, shift)), turn))


# -- warps about the centre --------------------------------------------------------------------


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

    translate: Number = parameter(
        {"x": (-0.1, 0.1), "y": (-0.1, 0.1)},
        low=-10,
        high=10,
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
        from augkit.core.distributions import resolve

        drawn = resolve(stream, "pixels", self.pixels)
        return {"pixels": {axis: float(round(value)) for axis, value in drawn.items()}}

    def geometry(self, params: Params, size: Size) -> Geometry:
        if "pixels" in params:
            return self.warped(size, mx.translation(params["pixels"]["x"], params["pixels"]["y"]))
        x, y = params["translate"]["x"] * size[1], params["translate"]["y"] * size[0]
        return self.warped(size, mx.translation(x, y))


def _parameter_of(default: Any, **known: Any) -> Any:
    return parameter(default, **known).metadata["augkit"]


_PIXELS = _parameter_of(0, low=-1e6, high=1e6, unit="pixels", axes=("x", "y"))


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
        low=-10,
        high=10,
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
        cells: grid cells along the shorter side: few for slow bends, many for fine ones (default 5).
            ``displacement`` must stay below 0.24 / cells, where the field could fold.
        fill, border, interpolation, mask_interpolation, mask_fill: see `Affine`.

    >>> import numpy as np
    >>> ElasticTransform(displacement=0.04, cells=5)(np.zeros((32, 32), np.uint8)).shape
    (32, 32)
    """

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
        from augkit.core.distributions import bounds

        if not isinstance(self.cells, int) or not 1 <= self.cells <= 64:
            raise ValueError(
                f"ElasticTransform.cells must be a whole number within [1, 64], got {self.cells!r}"
            )
        most = fields.LIMIT / self.cells
        if bounds(self.displacement)[1] > most:
            raise ValueError(
                f"ElasticTransform.displacement must be at most 0.24 / cells = {most:.4g}, or the image "
                f"could fold, got {bounds(self.displacement)[1]:g}: take fewer cells"
            )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {**super().draw(stream, shadow), "seed": stream.seed()}

    def geometry(self, params: Params, size: Size) -> Geometry:
        strength = params["displacement"] * self.cells
        if strength == 0.0:
            return self.warped(size, mx.IDENTITY)
        shorter = min(size)
        rows = -(-size[0] * self.cells // shorter) + 3
        columns = -(-size[1] * self.cells // shorter) + 3
        field = fields.random_field(params["seed"], strength, self.cells, rows, columns)
        return self.warped(size, mx.IDENTITY, field=field)


# -- crops, pads, sizes ------------------------------------------------------------------------


@dataclass(frozen=True)
class Resize(Warping):
    """Scale to a size, whatever the aspect; antialiased where it shrinks.

    Args:
        size: (height, width) in pixels, or one number for a square.
        interpolation, mask_interpolation: see `Affine`.

    >>> import numpy as np
    >>> Resize(size=(2, 4))(np.zeros((8, 8, 3), np.uint8)).shape
    (2, 4, 3)
    """

    size: int | tuple[int, int] = option(224, schema=_SIZE_SCHEMA, doc="(height, width) in pixels")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "size", _checked_size("Resize", self.size))

    def geometry(self, params: Params, size: Size) -> Geometry:
        height, width = _checked_size("Resize", self.size)
        matrix = mx.scaling(width / size[1], height / size[0])
        return self.warped((height, width), matrix)._replace(border=None)


def _crop(size: Size, left: int, top: int, height: int, width: int) -> Geometry:
    """Take a window, and pad where it is larger than the image."""
    window = (float(left), float(top), float(left + width), float(top + height))
    return Geometry((height, width), mx.translation(float(-left), float(-top)), window=window)


def _padded(geometry: Geometry, size: Size, fill: Fill, border: str, mask_fill: Fill) -> Geometry:
    """A geometry that shows what lies beyond an image of ``size``, cut at the image's edge before."""
    window = (0.0, 0.0, float(size[1]), float(size[0]))
    return geometry._replace(window=window, border=border, fill=fill, mask_fill=mask_fill)


@dataclass(frozen=True)
class CenterCrop(Geometric):
    """Cut a window from the middle; an image smaller than the window is padded.

    Args:
        size: (height, width) in pixels, or one number for a square.
        fill, mask_fill: of the padding.

    >>> import numpy as np
    >>> CenterCrop(size=2)(np.arange(16, dtype=np.uint8).reshape(4, 4)).tolist()
    [[5, 6], [9, 10]]
    """

    size: int | tuple[int, int] = option(224, schema=_SIZE_SCHEMA, doc="(height, width) in pixels")
    fill: Fill = option(
        0, schema={"type": ["number", "array"]}, doc="fill where the image is smaller"
    )
    mask_fill: Fill = option(0, schema={"type": ["number", "array"]}, doc="the fill of masks")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "size", _checked_size(type(self).__name__, self.size))

    def _position(self, params: Params, room: tuple[int, int]) -> tuple[int, int]:
        """Top and left of the window, given what is left over in height and width."""
        return room[0] // 2, room[1] // 2

    def geometry(self, params: Params, size: Size) -> Geometry:
        height, width = _checked_size("CenterCrop", self.size)
        room = (size[0] - height, size[1] - width)
        top, left = self._position(params, room)
        geometry = _crop(size, left, top, height, width)
        if min(room) >= 0:
            return geometry
        return _padded(geometry, size, self.fill, "constant", self.mask_fill)


@dataclass(frozen=True)
class RandomCrop(CenterCrop):
    """Cut a window at a random place; an image smaller than the window is padded.

    Args:
        size: (height, width) in pixels, or one number for a square.
        fill, mask_fill: of the padding.

    >>> import numpy as np
    >>> RandomCrop(size=(2, 3))(np.zeros((8, 8), np.uint8)).shape
    (2, 3)
    """

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {"y": stream.unit("y"), "x": stream.unit("x")}

    def _position(self, params: Params, room: tuple[int, int]) -> tuple[int, int]:
        return _place(params["y"], room[0]), _place(params["x"], room[1])


def _place(unit: float, room: int) -> int:
    """One of the ``room + 1`` places; centred where there is no room."""
    return int(unit * (room + 1)) if room >= 0 else room // 2


@dataclass(frozen=True)
class RandomResizedCrop(Geometric):
    """Cut a random part of random size and aspect, and scale it to ``size``.

    As in Szegedy et al., "Going deeper with convolutions" (CVPR 2015), and in torchvision: the area
    is uniform in ``scale``, the aspect log-uniform in ``ratio``; after ten misses the middle.

    Args:
        size: (height, width) in pixels, or one number for a square.
        scale: part of the area (default: uniform in [0.08, 1]).
        ratio: width to height (default: log-uniform in [3/4, 4/3]).
        interpolation, mask_interpolation: see `Affine`.

    >>> import numpy as np
    >>> RandomResizedCrop(size=4)(np.zeros((8, 8, 3), np.uint8)).shape
    (4, 4, 3)
    """

    size: int | tuple[int, int] = option(224, schema=_SIZE_SCHEMA, doc="(height, width) in pixels")
    scale: Number = parameter(
        (0.08, 1.0), low=1e-4, high=1, unit="of the area", doc="part of the area"
    )
    ratio: Sequence[float] = option(
        (3 / 4, 4 / 3),
        schema={"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        doc="smallest and largest width / height",
    )
    interpolation: str = option(
        "linear", choices=("nearest", "linear", "cubic"), doc="how image pixels are interpolated"
    )
    mask_interpolation: str = option(
        "nearest", choices=("nearest", "linear"), doc="how mask pixels are interpolated"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "size", _checked_size("RandomResizedCrop", self.size))
        ratio = self.ratio
        if not isinstance(ratio, tuple | list) or len(ratio) != 2 or not 0 < ratio[0] <= ratio[1]:
            raise ValueError(
                f"RandomResizedCrop.ratio must be a pair 0 < low <= high, got {ratio!r}"
            )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        from augkit.core.distributions import resolve

        height, width = shadow.size
        low, high = log(self.ratio[0]), log(self.ratio[1])
        for attempt in range(10):
            part = resolve(stream, f"scale.{attempt}" if attempt else "scale", self.scale)
            ratio = exp(
                low + (high - low) * stream.unit(f"ratio.{attempt}" if attempt else "ratio")
            )
            crop_width = round(sqrt(part * height * width * ratio))
            crop_height = round(sqrt(part * height * width / ratio))
            if 0 < crop_width <= width and 0 < crop_height <= height:
                break
        else:
            ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
            crop_width, crop_height = (
                min(width, round(height * ratio)),
                min(height, round(width / ratio)),
            )
            crop_width, crop_height = max(crop_width, 1), max(crop_height, 1)
            return _relative(crop_height, crop_width, 0.5, 0.5, shadow.size)
        return _relative(crop_height, crop_width, stream.unit("y"), stream.unit("x"), shadow.size)

    def geometry(self, params: Params, size: Size) -> Geometry:
        height, width = _checked_size("RandomResizedCrop", self.size)
        crop_height = max(1, round(params["height"] * size[0]))
        crop_width = max(1, round(params["width"] * size[1]))
        top, left = (
            _place(params["y"], size[0] - crop_height),
            _place(params["x"], size[1] - crop_width),
        )
        crop = _crop(size, left, top, crop_height, crop_width)
        matrix = mx.compose(mx.scaling(width / crop_width, height / crop_height), crop.matrix)
        return crop._replace(
            size=(height, width),
            matrix=matrix,
            interpolation=self.interpolation,
            mask_interpolation=self.mask_interpolation,
        )


def _relative(height: int, width: int, y: float, x: float, size: Size) -> Params:
    """A crop as fractions, so that a recipe also fits an image of another size."""
    return {"height": height / size[0], "width": width / size[1], "y": y, "x": x}


@dataclass(frozen=True)
class Pad(Geometric):
    """Add a border, in pixels or up to a smallest size.

    Args:
        pixels: on every side, or (vertical, horizontal), or (top, right, bottom, left).
        size: pad evenly up to this (height, width) instead, where the image is smaller.
        border: ``"constant"``, ``"replicate"``, ``"reflect"``, ``"reflect101"`` or ``"wrap"``.
        fill, mask_fill: of a constant border.

    >>> import numpy as np
    >>> Pad(pixels=(0, 1), fill=9)(np.array([[1, 2]], np.uint8)).tolist()
    [[9, 1, 2, 9]]
    """

    pixels: int | Sequence[int] = option(
        0,
        schema={"type": ["integer", "array"], "items": {"type": "integer", "minimum": 0}},
        doc="per side, in pixels",
    )
    size: int | tuple[int, int] | None = option(
        None, schema={**_SIZE_SCHEMA}, doc="smallest (height, width)"
    )
    border: str = option("constant", choices=BORDERS, doc="what the border shows")
    fill: Fill = option(0, schema={"type": ["number", "array"]}, doc="value of a constant border")
    mask_fill: Fill = option(0, schema={"type": ["number", "array"]}, doc="the fill of masks")

    def __post_init__(self) -> None:
        super().__post_init__()
        sides = _sides(self.pixels)
        if self.size is not None:
            if any(sides):
                raise ValueError("Pad takes pixels or size, not both")
            object.__setattr__(self, "size", _checked_size("Pad", self.size))

    def geometry(self, params: Params, size: Size) -> Geometry:
        top, right, bottom, left = _sides(self.pixels)
        if self.size is not None:
            height, width = _checked_size("Pad", self.size)
            rows, columns = max(height - size[0], 0), max(width - size[1], 0)
            top, left = rows // 2, columns // 2
            bottom, right = rows - top, columns - left
        grown = (size[0] + top + bottom, size[1] + left + right)
        geometry = Geometry(grown, mx.translation(float(left), float(top)))
        if grown == size:
            return geometry
        return _padded(geometry, size, self.fill, self.border, self.mask_fill)


def _sides(pixels: Any) -> tuple[int, int, int, int]:
    """Top, right, bottom, left, in CSS's order."""
    given = (pixels,) if isinstance(pixels, int) else tuple(pixels)
    if len(given) not in (1, 2, 4) or not all(
        isinstance(side, int) and side >= 0 for side in given
    ):
        raise ValueError(
            "Pad.pixels must be one, two (vertical, horizontal) or four (top, right, bottom, left) whole "
            f"numbers of at least 0, got {pixels!r}"
        )
    if len(given) == 1:
        return given * 4
    return given * 2 if len(given) == 2 else given


@dataclass(frozen=True)
class CropAndPad(Geometric):
    """Cut off (below 0) or add (above 0) a fraction at each side.

    Args:
        fraction: of the height at top and bottom, of the width at left and right; each side draws
            for itself (default: uniform in [-0.1, 0.1]).
        keep_size: scale the result back to the size that came in (default True).
        border, fill, mask_fill: of what is added.
        interpolation, mask_interpolation: see `Affine`.

    >>> import numpy as np
    >>> CropAndPad(fraction=-0.25, keep_size=False)(np.zeros((8, 8), np.uint8)).shape
    (4, 4)
    """

    fraction: Number = parameter(
        (-0.1, 0.1),
        low=-0.49,
        high=10,
        unit="of the size",
        neutral=0,
        doc="below 0 crops, above 0 pads",
    )
    keep_size: bool = option(True, choices=(False, True), doc="scale back to the size that came in")
    border: str = option("constant", choices=BORDERS, doc="what is added")
    fill: Fill = option(0, schema={"type": ["number", "array"]}, doc="value of a constant border")
    mask_fill: Fill = option(0, schema={"type": ["number", "array"]}, doc="the fill of masks")
    interpolation: str = option(
        "linear", choices=("nearest", "linear", "cubic"), doc="how image pixels are interpolated"
    )
    mask_interpolation: str = option(
        "nearest", choices=("nearest", "linear"), doc="how mask pixels are interpolated"
    )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        from augkit.core.distributions import resolve

        sides = ("top", "right", "bottom", "left")
        return {side: resolve(stream, f"fraction.{side}", self.fraction) for side in sides}

    def geometry(self, params: Params, size: Size) -> Geometry:
        top, bottom = (round(params[side] * size[0]) for side in ("top", "bottom"))
        left, right = (round(params[side] * size[1]) for side in ("left", "right"))
        height, width = max(size[0] + top + bottom, 1), max(size[1] + left + right, 1)
        geometry = _crop(size, -left, -top, height, width)
        if max(top, bottom, left, right) > 0:
            window = (
                float(max(-left, 0)),
                float(max(-top, 0)),
                float(size[1] - max(-right, 0)),
                float(size[0] - max(-bottom, 0)),
            )
            geometry = _padded(geometry, size, self.fill, self.border, self.mask_fill)._replace(
                window=window
            )
        if self.keep_size and (height, width) != size:
            matrix = mx.compose(mx.scaling(size[1] / width, size[0] / height), geometry.matrix)
            geometry = geometry._replace(
                size=size,
                matrix=matrix,
                interpolation=self.interpolation,
                mask_interpolation=self.mask_interpolation,
            )
        return geometry
