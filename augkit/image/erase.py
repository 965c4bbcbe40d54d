"""Transforms that take parts of the image away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from augkit.core.distributions import Number, resolve
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params
from augkit.image import kernels
from augkit.image.base import Fill, PixelTransform, color_channels
from augkit.image.sample import Pixels, Shadow

__all__ = ["CoarseDropout"]


@dataclass(frozen=True)
class CoarseDropout(PixelTransform):
    """Paint over rectangles at random places, as Cutout (DeVries and Taylor 2017) does with one.

    Boxes, polygons and keypoints stay: what is hidden is still there. Alpha stays.

    Args:
        holes: how many, a whole number; 0 is neutral (default: 1 to 4).
        height, width: of each hole, as a fraction of the image's; each hole draws for itself
            (default: uniform in [0.05, 0.2]). A hole lies inside the image and has at least one
            pixel, unless its height or width is 0.
        fill: one number or one per color channel, in the image's own units; or ``"noise"``:
            uniform noise over the full range (default 0).
        mask_fill: what the holes become in masks; None leaves masks as they are (default).

    >>> import numpy as np
    >>> dropout = CoarseDropout(holes=1, height=0.5, width=1.0)
    >>> int(dropout(np.full((4, 6), 9, np.uint8)).sum()) == 9 * 12
    True
    """

    holes: Number = parameter(
        (1, 4), low=0, high=1000, unit="holes", integer=True, neutral=0, doc="how many"
    )
    height: Number = parameter(
        (0.05, 0.2), low=0, high=1, unit="of the height", doc="height of a hole"
    )
    width: Number = parameter(
        (0.05, 0.2), low=0, high=1, unit="of the width", doc="width of a hole"
    )
    fill: Fill | str = option(
        0,
        schema={
            "oneOf": [
                {"type": "number"},
                {"type": "array", "items": {"type": "number"}},
                {"const": "noise"},
            ]
        },
        doc="number, one per color channel, or 'noise'",
    )
    mask_fill: float | None = option(
        None, schema={"type": ["number", "null"]}, doc="what holes become in masks; null: untouched"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        fill, mask_fill = self.fill, self.mask_fill
        if isinstance(fill, str) and fill != "noise":
            raise ValueError(f"CoarseDropout.fill must be numbers or 'noise', got {fill!r}")
        if mask_fill is not None and not isinstance(mask_fill, int | float):
            raise TypeError(f"CoarseDropout.mask_fill must be a number or None, got {mask_fill!r}")

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        count: Any = self.holes
        if type(count) is not int:
            count = resolve(stream, "holes", count, integer=True)
        ys, xs = stream.units("y", count), stream.units("x", count)
        heights = _several(stream, "height", self.height, count)
        widths = _several(stream, "width", self.width, count)
        holes = [
            {"y": y, "x": x, "height": height, "width": width}
            for y, x, height, width in zip(ys, xs, heights, widths, strict=True)
        ]
        return {"holes": holes, "seed": stream.seed()} if self.fill == "noise" else {"holes": holes}

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        if not params["holes"]:
            return image
        fill: Any = self.fill
        noise = fill == "noise"
        return kernels.blend.paint_rectangles(
            image,
            _rectangles(params["holes"], (image.shape[0], image.shape[1])),
            0 if noise else fill,
            noise_seed=params["seed"] if noise else None,
            color_channels=color_channels(image, alpha),
        )

    def mask(self, mask: Pixels, params: Params) -> Pixels:
        if self.mask_fill is None or not params["holes"]:
            return mask
        painted = mask.copy()
        for x0, y0, x1, y1 in _rectangles(params["holes"], (mask.shape[0], mask.shape[1])):
            painted[y0:y1, x0:x1] = self.mask_fill
        return painted


def _several(stream: Stream, name: str, value: Any, count: int) -> list[float]:
    """``count`` draws of one parameter; of a range, all from one substream."""
    if type(value) is tuple:
        low, high = value
        return [low + (high - low) * unit for unit in stream.units(name, count)]
    return [resolve(stream, f"{name}.{draw}", value) for draw in range(count)]


def _rectangles(holes: Sequence[Params], size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """x0, y0, x1, y1 in whole pixels: as large as the fractions say, at one of the places where
    that fits."""
    image_height, image_width = size
    found = []
    for hole in holes:
        height, width = hole["height"], hole["width"]
        height = (round(height * image_height) or 1) if height > 0 else 0
        width = (round(width * image_width) or 1) if width > 0 else 0
        y0 = int(hole["y"] * (image_height - height + 1))
        x0 = int(hole["x"] * (image_width - width + 1))
        found.append((x0, y0, x0 + width, y0 + height))
    return found
