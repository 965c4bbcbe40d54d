"""Crops, pads and sizes: geometry that chooses what is seen, and how large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Any, ClassVar

from augkit.core.distributions import Number, resolve
from augkit.core.elementary import exp, log
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params
from augkit.image import matrix as mx
from augkit.image.base import BORDERS, Fill, Geometric, Geometry, Warping
from augkit.image.sample import Shadow

__all__ = ["CenterCrop", "CropAndPad", "Pad", "RandomCrop", "RandomResizedCrop", "Resize"]

Size = tuple[int, int]
_log = lru_cache(maxsize=256)(log)  # of the same two ratios, call after call
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


@dataclass(frozen=True)
class Resize(Warping):
    """Scale to a size; antialiased where it shrinks.

    Args:
        size: (height, width) in pixels, or one number for a square.
        fit: ``"stretch"`` (default) to exactly that size, whatever the aspect; or keep the aspect, as
            large as goes ``"inside"`` of the size (then `Pad`), or as small as to ``"cover"`` it (then
            a crop).
        interpolation, mask_interpolation: see `Affine`.

    >>> import numpy as np
    >>> Resize(size=(2, 4))(np.zeros((8, 8, 3), np.uint8)).shape
    (2, 4, 3)
    >>> [Resize(size=6, fit=fit)(np.zeros((8, 16), np.uint8)).shape for fit in ("inside", "cover")]
    [(3, 6), (6, 12)]
    """

    size: int | tuple[int, int] = option(224, schema=_SIZE_SCHEMA, doc="(height, width) in pixels")
    fit: str = option(
        "stretch",
        kw_only=True,
        choices=("stretch", "inside", "cover"),
        doc="what becomes of the aspect",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "size", _checked_size("Resize", self.size))

    def geometry(self, params: Params, size: Size) -> Geometry:
        wanted: Any = self.size  # a pair since it was checked
        height, width = wanted
        if self.fit != "stretch" and 0 not in size:
            scales = height / size[0], width / size[1]
            scale = min(scales) if self.fit == "inside" else max(scales)
            height, width = (max(1, round(scale * side)) for side in size)
        matrix = mx.scaling(width / size[1], height / size[0])
        return self.warped((height, width), matrix)._replace(border=None)


def _crop(left: int, top: int, height: int, width: int) -> Geometry:
    """Take a window, and pad where it is larger than the image."""
    x, y = float(left), float(top)
    matrix = (1.0, 0.0, -x, 0.0, 1.0, -y, 0.0, 0.0, 1.0)
    return Geometry((height, width), matrix, None, (x, y, x + width, y + height))


def _padded(geometry: Geometry, size: Size, fill: Fill, border: str, mask_fill: Fill) -> Geometry:
    """A geometry that shows what lies beyond an image of ``size``, cut at the image's edge."""
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
        wanted: Any = self.size  # a pair since it was checked
        height, width = wanted
        room = (size[0] - height, size[1] - width)
        top, left = self._position(params, room)
        geometry = _crop(left, top, height, width)
        if room[0] >= 0 and room[1] >= 0:
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

    units: ClassVar[tuple[str, ...]] = ("y", "x")

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
        size = height, width = shadow.size
        low, high = _log(self.ratio[0]), _log(self.ratio[1])
        for attempt in range(10):
            again = f".{attempt}" if attempt else ""
            part = resolve(stream, f"scale{again}", self.scale)
            ratio = exp(low + (high - low) * stream.unit(f"ratio{again}"))
            area = part * height * width
            crop_width, crop_height = round(sqrt(area * ratio)), round(sqrt(area / ratio))
            if 0 < crop_width <= width and 0 < crop_height <= height:
                return _relative(crop_height, crop_width, stream.unit("y"), stream.unit("x"), size)
        ratio = min(max(width / height, self.ratio[0]), self.ratio[1])
        crop_width, crop_height = (
            min(width, round(height * ratio)),
            min(height, round(width / ratio)),
        )
        return _relative(max(crop_height, 1), max(crop_width, 1), 0.5, 0.5, size)

    def geometry(self, params: Params, size: Size) -> Geometry:
        wanted: Any = self.size  # a pair since it was checked
        height, width = wanted
        crop_height = max(1, round(params["height"] * size[0]))
        crop_width = max(1, round(params["width"] * size[1]))
        top, left = (
            _place(params["y"], size[0] - crop_height),
            _place(params["x"], size[1] - crop_width),
        )
        x, y = width / crop_width, height / crop_height
        return Geometry(
            (height, width),
            (x, 0.0, -left * x, 0.0, y, -top * y, 0.0, 0.0, 1.0),
            None,
            (float(left), float(top), float(left + crop_width), float(top + crop_height)),
            None,
            0,
            0,
            self.interpolation,
            self.mask_interpolation,
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
        pixels: Any = self.pixels
        sides = _sides(pixels)
        if self.size is not None:
            if any(sides):
                raise ValueError("Pad takes pixels or size, not both")
            object.__setattr__(self, "size", _checked_size("Pad", self.size))

    def geometry(self, params: Params, size: Size) -> Geometry:
        pixels: Any = self.pixels  # hashable since it was settled
        top, right, bottom, left = _sides(pixels)
        if self.size is not None:
            height, width = _checked_size("Pad", self.size)
            rows, columns = max(height - size[0], 0), max(width - size[1], 0)
            top, left = rows // 2, columns // 2
            bottom, right = rows - top, columns - left
        grown = (size[0] + top + bottom, size[1] + left + right)
        matrix = mx.translation(left, top)
        if grown == size:
            return Geometry(grown, matrix)
        window = (0.0, 0.0, float(size[1]), float(size[0]))
        return Geometry(grown, matrix, None, window, self.border, self.fill, self.mask_fill)


@lru_cache(maxsize=256)
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
        sides = ("top", "right", "bottom", "left")
        return {side: resolve(stream, f"fraction.{side}", self.fraction) for side in sides}

    def geometry(self, params: Params, size: Size) -> Geometry:
        top, bottom = (round(params[side] * size[0]) for side in ("top", "bottom"))
        left, right = (round(params[side] * size[1]) for side in ("left", "right"))
        height, width = max(size[0] + top + bottom, 1), max(size[1] + left + right, 1)
        geometry = _crop(-left, -top, height, width)
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
