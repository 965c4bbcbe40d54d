"""Transforms that follow from the image's histogram. Any number of channels; alpha stays.

The histogram is that of the image as it arrives, so these run by themselves, never fused. Float
images are counted in 65536 levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params
from augkit.image.base import PixelTransform
from augkit.image.sample import Pixels

__all__ = ["CLAHE", "AutoContrast", "Equalize"]


def _color_channels(image: Pixels, alpha: bool) -> int:
    return (1 if image.ndim == 2 else image.shape[2]) - alpha


@dataclass(frozen=True)
class Equalize(PixelTransform):
    """Flatten the histogram of each channel, as Pillow's ``ImageOps.equalize``.

    Float images come out in 65536 levels.

    >>> import numpy as np
    >>> Equalize()(np.arange(100, 164, dtype=np.uint8).repeat(16).reshape(32, 32)).max()
    np.uint8(255)
    """

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        from augkit.image.kernels.histogram import equalize_table, histogram
        from augkit.image.kernels.table import table

        colors = _color_channels(image, alpha)
        if image.dtype != np.float32:
            lut = equalize_table(histogram(image, colors))
            return table(image, lut, color_channels=colors)
        levels = _in_levels(image)
        lut = equalize_table(histogram(levels, colors)).astype(np.float32) / np.float32(65535)
        return _alpha_kept(table(levels, lut, color_channels=colors), image, alpha)


def _in_levels(image: Pixels) -> Pixels:
    """A float image in 16 bits."""
    levels: Pixels = np.rint(image * np.float32(65535)).astype(np.uint16)
    return levels


def _alpha_kept(done: Pixels, image: Pixels, alpha: bool) -> Pixels:
    if alpha:
        done[..., -1] = image[..., -1]
    return done


@dataclass(frozen=True)
class AutoContrast(PixelTransform):
    """Stretch each channel to the full range, as Pillow's ``ImageOps.autocontrast``.

    A channel with a single value keeps it.

    Args:
        cutoff: fraction of the pixels at each end, the darkest and the brightest, that may
            saturate; within [0, 0.49] (default 0). Pillow takes the same in percent.

    >>> import numpy as np
    >>> AutoContrast()(np.array([[50, 100, 150]], np.uint8)).tolist()
    [[0, 127, 255]]
    """

    cutoff: Number = parameter(
        0.0, low=0, high=0.49, unit="of the pixels", doc="how many may saturate at each end"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        from augkit.image.kernels.histogram import autocontrast_table, histogram
        from augkit.image.kernels.table import table

        colors = _color_channels(image, alpha)
        cutoff = params["cutoff"]
        if image.dtype == np.float32:
            return _stretched(image, cutoff, colors)
        lut = autocontrast_table(histogram(image, colors), 100.0 * cutoff)
        return table(image, lut, color_channels=colors)


def _stretched(image: Pixels, cutoff: float, colors: int) -> Pixels:
    """A float image keeps its fine steps: its ends are found by sorting, the rest is a line."""
    values = image.reshape(image.shape[0] * image.shape[1], -1)[:, :colors]
    cut = int(cutoff * len(values))
    first, last = cut, len(values) - 1 - cut
    if cut == 0:
        low, high = values.min(axis=0), values.max(axis=0)
    else:
        low, high = np.partition(values, (first, last), axis=0)[[first, last]]
    varied = high > low
    stretched = (values - low) / np.where(varied, high - low, np.float32(1))
    done = image.copy()
    part = done.reshape(values.shape[0], -1)
    part[:, :colors] = np.where(varied, np.clip(stretched, 0, 1), values)
    return done


@dataclass(frozen=True)
class CLAHE(PixelTransform):
    """Equalize each region by its own histogram, with limited slope (Zuiderveld 1994).

    One channel is equalized itself; of three, the luma, and the difference is added to all three;
    of any other number, each by itself.

    Args:
        clip_limit: how many times the mean count a level may have: the highest slope (default:
            uniform in [1, 4]).
        tiles: how many regions (down, across), or one number for both (default 8).

    >>> import numpy as np
    >>> image = np.tile(np.array([[100, 104]], np.uint8), (16, 8))
    >>> int(np.ptp(CLAHE(clip_limit=40, tiles=2)(image))) > 4
    True
    """

    clip_limit: Number = parameter(
        (1.0, 4.0), low=1, high=1000, unit="times the mean count", doc="the highest slope"
    )
    tiles: int | tuple[int, int] = option(
        (8, 8),
        schema={
            "oneOf": [
                {"type": "integer", "minimum": 1, "maximum": 64},
                {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 1, "maximum": 64},
                    "minItems": 2,
                    "maxItems": 2,
                },
            ]
        },
        doc="regions (down, across)",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        tiles: Any = (self.tiles,) * 2 if type(self.tiles) is int else self.tiles
        if (
            not isinstance(tiles, tuple)
            or len(tiles) != 2
            or not all(type(count) is int and 1 <= count <= 64 for count in tiles)
        ):
            raise ValueError(
                "CLAHE.tiles must be one whole number or two (down, across), each within [1, 64], "
                f"got {self.tiles!r}"
            )
        object.__setattr__(self, "tiles", tiles)

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        from augkit.image.kernels.clahe import clahe

        tiles: Any = self.tiles
        colors = _color_channels(image, alpha)
        return clahe(image, params["clip_limit"], tiles, color_channels=colors)
