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
from augkit.image import kernels
from augkit.image.base import PixelTransform, color_channels
from augkit.image.sample import Pixels

__all__ = ["CLAHE", "AutoContrast", "Equalize"]


@dataclass(frozen=True)
class Equalize(PixelTransform):
    """Flatten the histogram of each channel, as Pillow's ``ImageOps.equalize``.

    Float images come out in 65536 levels.

    >>> import numpy as np
    >>> Equalize()(np.arange(100, 164, dtype=np.uint8).repeat(16).reshape(32, 32)).max()
    np.uint8(255)
    """

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        colors = color_channels(image, alpha)
        if image.dtype != np.float32:
            lut = kernels.histogram.equalize_table(kernels.histogram.histogram(image, colors))
            return kernels.table.table(image, lut, color_channels=colors)
        levels = _in_levels(image)
        whole = kernels.histogram.equalize_table(kernels.histogram.histogram(levels, colors))
        lut = whole.astype(np.float32) / np.float32(65535)
        done = kernels.table.table(levels, lut, color_channels=colors)
        return _alpha_kept(done, image, alpha)


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
        colors = color_channels(image, alpha)
        cutoff = params["cutoff"]
        if image.dtype == np.float32:
            return _stretched(image, cutoff, colors)
        counts = kernels.histogram.histogram(image, colors)
        lut = kernels.histogram.autocontrast_table(counts, 100.0 * cutoff)
        return kernels.table.table(image, lut, color_channels=colors)


def _stretched(image: Pixels, cutoff: float, colors: int) -> Pixels:
    """A float image keeps its fine steps: only the ends are measured, the rest is a line."""
    from augkit.image.kernels.histogram import histogram, minmax
    from augkit.image.kernels.matrix import scale_offset

    if cutoff == 0:
        low, high = minmax(image, colors).astype(np.float64).T
    else:
        reached = np.cumsum(histogram(_in_levels(image), colors), axis=1)
        count = image.shape[0] * image.shape[1]
        cut = int(cutoff * count)
        low = (reached > cut).argmax(axis=1) / 65535.0
        high = (reached >= count - cut).argmax(axis=1) / 65535.0
    flat = high <= low
    scale = 1.0 / np.where(flat, 1.0, high - low)
    offset = np.where(flat, 0.0, -low * scale)
    return scale_offset(image, scale.tolist(), offset.tolist(), color_channels=colors)


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
        tiles: Any = self.tiles
        colors = color_channels(image, alpha)
        return kernels.clahe.clahe(image, params["clip_limit"], tiles, color_channels=colors)
