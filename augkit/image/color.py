"""Transforms that change each pixel by itself; neighbours in a pipeline run as one pass.

Values are fractions of the full range here, whatever the dtype. Alpha is never touched. What mixes
channels (`Saturation`, `Hue`, `Grayscale`) is defined on images of three color channels, and of
one, which count as three equal ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from augkit.core.distributions import Number
from augkit.core.elementary import cos_sin
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params
from augkit.image import kernels
from augkit.image import matrix as mx
from augkit.image.base import (
    LUMA,
    Color,
    ColorStep,
    Contrasted,
    Curve,
    Linear,
    PixelTransform,
    Scaled,
    color_channels,
)
from augkit.image.sample import Pixels, Shadow

__all__ = [
    "Brightness",
    "BrightnessShift",
    "ChannelShuffle",
    "ColorJitter",
    "Contrast",
    "Gamma",
    "Grayscale",
    "Hue",
    "Invert",
    "Posterize",
    "Saturation",
    "Solarize",
]

Floats = NDArray[np.float64]


# -- linear ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Brightness(Color):
    """Multiply every value, as Pillow's ``ImageEnhance.Brightness``.

    Args:
        factor: 0 is black, 1 neutral, above 1 brighter (default: uniform in [0.8, 1.2]).

    >>> import numpy as np
    >>> Brightness(factor=1.5)(np.array([[10, 100, 200]], np.uint8)).tolist()
    [[15, 150, 255]]
    """

    factor: Number = parameter((0.8, 1.2), low=0, high=100, neutral=1, doc="multiplies every value")

    def color(self, params: Params) -> Sequence[ColorStep]:
        factor = params["factor"]
        return () if factor == 1 else (Scaled(factor, 0.0),)


@dataclass(frozen=True)
class BrightnessShift(Color):
    """Add to every value, as albumentations' ``RandomBrightnessContrast`` and Keras do.

    Args:
        shift: fraction of the full range; 0 is neutral, below 0 darker (default: uniform in
            [-0.2, 0.2]).

    >>> import numpy as np
    >>> BrightnessShift(shift=0.2)(np.array([[10, 100, 230]], np.uint8)).tolist()
    [[61, 151, 255]]
    """

    shift: Number = parameter(
        (-0.2, 0.2), low=-1, high=1, neutral=0, doc="added to every value, of the full range"
    )

    def color(self, params: Params) -> Sequence[ColorStep]:
        shift = params["shift"]
        return () if shift == 0 else (Scaled(1.0, shift),)


@dataclass(frozen=True)
class Contrast(Color):
    """Move every value away from or towards a pivot: ``factor * (x - pivot) + pivot``.

    Args:
        factor: 0 is flat, 1 neutral, above 1 more contrast (default: uniform in [0.8, 1.2]).
        pivot: ``"mean"`` (default), the mean luma of the image that enters, as in Pillow's
            ``ImageEnhance.Contrast`` and torchvision (but not rounded to a whole level); or a
            number, as a fraction of the full range.

    >>> import numpy as np
    >>> Contrast(factor=2)(np.array([[90, 110]], np.uint8)).tolist()
    [[80, 120]]
    >>> Contrast(factor=2, pivot=0)(np.array([[90, 110]], np.uint8)).tolist()
    [[180, 220]]
    """

    factor: Number = parameter(
        (0.8, 1.2), low=0, high=100, neutral=1, doc="multiplies the distance from the pivot"
    )
    pivot: str | float = option(
        "mean",
        schema={"oneOf": [{"const": "mean"}, {"type": "number", "minimum": 0, "maximum": 1}]},
        doc="what stays: the mean of the image, or a fraction of the full range",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        pivot = self.pivot
        if pivot == "mean":
            return
        if isinstance(pivot, str | bool) or not isinstance(pivot, int | float):
            raise TypeError(f"Contrast.pivot must be 'mean' or a number in [0, 1], got {pivot!r}")
        if not 0 <= pivot <= 1:
            raise ValueError(f"Contrast.pivot must be 'mean' or within [0, 1], got {pivot!r}")

    def color(self, params: Params) -> Sequence[ColorStep]:
        factor, pivot = params["factor"], self.pivot
        if factor == 1:
            return ()
        if isinstance(pivot, str):
            return (Contrasted(factor),)
        return (Scaled(factor, (1.0 - factor) * pivot),)


def _saturated(factor: float) -> Linear:
    """Each channel as ``factor`` parts of itself and the rest of luma."""
    rest = 1.0 - factor
    red, green, blue = LUMA[0] * rest, LUMA[1] * rest, LUMA[2] * rest
    return Linear(
        (
            (red + factor, green, blue, 0.0),
            (red, green + factor, blue, 0.0),
            (red, green, blue + factor, 0.0),
        )
    )


@dataclass(frozen=True)
class Saturation(Color):
    """Blend with the gray image of the same luma, as Pillow's ``ImageEnhance.Color``.

    Args:
        factor: 0 is gray, 1 neutral, above 1 more colorful (default: uniform in [0.8, 1.2]).

    >>> import numpy as np
    >>> Saturation(factor=0)(np.array([[[255, 0, 0]]], np.uint8)).tolist()
    [[[76, 76, 76]]]
    """

    factor: Number = parameter(
        (0.8, 1.2), low=0, high=100, neutral=1, doc="multiplies the distance from gray"
    )

    def color(self, params: Params) -> Sequence[ColorStep]:
        factor = params["factor"]
        return () if factor == 1 else (_saturated(factor),)


# FCC NTSC: red, green and blue to Y, I and Q. Turning I and Q leaves luma and gray as they are.
_TO_YIQ: mx.Matrix = (*LUMA, 0.5959, -0.2746, -0.3213, 0.2115, -0.5227, 0.3112)
_QUARTER: mx.Matrix = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0)
_ACROSS = mx.compose(mx.invert(_TO_YIQ), mx.compose(_QUARTER, _TO_YIQ))
# For each of nine places, row by row: what stays, what is turned and what a quarter turn brings.
_TURNING = [(LUMA[k % 3], (k % 4 == 0) - LUMA[k % 3], _ACROSS[k]) for k in range(9)]


def _turned(hue: float) -> Linear:
    """The colors turned about the gray axis: luma + cos (x - luma) + sin (quarter turn of x)."""
    cosine, sine = cos_sin(360.0 * hue)
    a, b, c, d, e, f, g, h, i = [
        luma + cosine * rest + sine * across for luma, rest, across in _TURNING
    ]
    return Linear(((a, b, c, 0.0), (d, e, f, 0.0), (g, h, i, 0.0)))


@dataclass(frozen=True)
class Hue(Color):
    """Turn the color circle: a rotation in YIQ, which keeps luma and leaves gray gray.

    One matrix, without the rounding and the jumps of a way through HSV.

    Args:
        hue: fraction of the circle within [-0.5, 0.5]; 0 is neutral, a third takes red towards
            green (default: uniform in [-0.05, 0.05]).

    >>> import numpy as np
    >>> red, green, blue = Hue(hue=1 / 3)(np.array([[[200, 60, 60]]], np.uint8))[0, 0].tolist()
    >>> green > red and green > blue
    True
    """

    hue: Number = parameter(
        (-0.05, 0.05), low=-0.5, high=0.5, unit="of the circle", neutral=0, doc="turn of the colors"
    )

    def color(self, params: Params) -> Sequence[ColorStep]:
        hue = params["hue"]
        return () if hue == 0 else (_turned(hue),)


@dataclass(frozen=True)
class ColorJitter(Color):
    """Change brightness, contrast, saturation and hue in random order, as one pass.

    Args:
        brightness, contrast, saturation: factors, 1 is neutral (default: uniform in [0.8, 1.2]).
            Contrast turns about the mean of what enters it; see `Contrast`.
        hue: fraction of the circle, 0 is neutral (default: uniform in [-0.05, 0.05]).

    >>> import numpy as np
    >>> jitter = ColorJitter(brightness=0.5, contrast=1, saturation=1, hue=0)
    >>> jitter(np.array([[[10, 20, 30]]], np.uint8)).tolist()
    [[[5, 10, 15]]]
    """

    brightness: Number = parameter((0.8, 1.2), low=0, high=100, neutral=1, doc="see Brightness")
    contrast: Number = parameter((0.8, 1.2), low=0, high=100, neutral=1, doc="see Contrast")
    saturation: Number = parameter((0.8, 1.2), low=0, high=100, neutral=1, doc="see Saturation")
    hue: Number = parameter(
        (-0.05, 0.05), low=-0.5, high=0.5, unit="of the circle", neutral=0, doc="see Hue"
    )

    orders: ClassVar[tuple[tuple[str, int], ...]] = (("order", 4),)

    def color(self, params: Params) -> Sequence[ColorStep]:
        steps: list[ColorStep] = []
        for which in params["order"]:
            if which == 0 and params["brightness"] != 1:
                steps.append(Scaled(params["brightness"], 0.0))
            elif which == 1 and params["contrast"] != 1:
                steps.append(Contrasted(params["contrast"]))
            elif which == 2 and params["saturation"] != 1:
                steps.append(_saturated(params["saturation"]))
            elif which == 3 and params["hue"] != 0:
                steps.append(_turned(params["hue"]))
        return steps


_GRAY = (Linear(((*LUMA, 0.0), (*LUMA, 0.0), (*LUMA, 0.0))),)


@dataclass(frozen=True)
class Grayscale(Color):
    """Replace color by luma (ITU-R BT.601), as Pillow's ``convert("L")``; channels are kept.

    >>> import numpy as np
    >>> Grayscale()(np.array([[[255, 0, 0]]], np.uint8)).tolist()
    [[[76, 76, 76]]]
    """

    def color(self, params: Params) -> Sequence[ColorStep]:
        return _GRAY


_INVERSE = (Scaled(-1.0, 1.0),)


@dataclass(frozen=True)
class Invert(Color):
    """Turn every value into its negative: white to black.

    >>> import numpy as np
    >>> Invert()(np.array([[0, 100]], np.uint8)).tolist()
    [[255, 155]]
    """

    def color(self, params: Params) -> Sequence[ColorStep]:
        return _INVERSE


# -- curves ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gamma(Color):
    """Raise every value to a power: ``x ** gamma`` on [0, 1].

    Args:
        gamma: below 1 brightens the dark parts, 1 is neutral, above 1 darkens them (default:
            uniform in [0.8, 1.25]).

    >>> import numpy as np
    >>> Gamma(gamma=2)(np.array([[0, 128, 255]], np.uint8)).tolist()
    [[0, 64, 255]]
    """

    gamma: Number = parameter((0.8, 1.25), low=0.01, high=100, neutral=1, doc="the exponent")

    def color(self, params: Params) -> Sequence[ColorStep]:
        gamma = params["gamma"]
        if gamma == 1:
            return ()

        def curve(x: Floats) -> Floats:
            return kernels.power.power(x, gamma)

        return (Curve(curve),)


@dataclass(frozen=True)
class Posterize(Color):
    """Keep the highest bits of every value, as Pillow's ``ImageOps.posterize``.

    Images of 16 bits and float images get the levels that an 8-bit image would have.

    Args:
        bits: how many bits are kept, a whole number within [1, 8]; 8 changes nothing, whatever
            the dtype (default: 4 to 7).

    >>> import numpy as np
    >>> Posterize(bits=1)(np.array([[0, 127, 128, 255]], np.uint8)).tolist()
    [[0, 0, 128, 128]]
    """

    bits: Number = parameter(
        (4, 7), low=1, high=8, unit="bits", integer=True, neutral=8, doc="how many bits are kept"
    )

    def color(self, params: Params) -> Sequence[ColorStep]:
        bits = params["bits"]
        if bits == 8:
            return ()
        levels = float(1 << bits)
        step = 256.0 / (levels * 255.0)  # one level apart, with zeros in the other bits of a byte

        def curve(x: Floats) -> Floats:
            kept: Floats = np.minimum(np.floor(x * levels), levels - 1.0) * step
            return kept

        return (Curve(curve),)


@dataclass(frozen=True)
class Solarize(Color):
    """Invert the values at or above a threshold, as Pillow's ``ImageOps.solarize``.

    Args:
        threshold: fraction of the full range; 0 inverts everything, 1 changes nothing (default:
            uniform in [0.5, 0.9]).

    >>> import numpy as np
    >>> Solarize(threshold=0.5)(np.array([[0, 127, 128, 255]], np.uint8)).tolist()
    [[0, 127, 127, 0]]
    """

    threshold: Number = parameter(
        (0.5, 0.9), low=0, high=1, unit="of the full range", neutral=1, doc="what is inverted"
    )

    def color(self, params: Params) -> Sequence[ColorStep]:
        threshold = params["threshold"]
        if threshold >= 1:
            return ()

        def curve(x: Floats) -> Floats:
            return np.where(x >= threshold, 1.0 - x, x)

        return (Curve(curve),)


# -- channels ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChannelShuffle(PixelTransform):
    """Put the color channels in a random order; any number of channels, alpha stays last.

    >>> import numpy as np
    >>> sorted(ChannelShuffle()(np.array([[[1, 2, 3, 4, 5]]], np.uint8))[0, 0].tolist())
    [1, 2, 3, 4, 5]
    """

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        colors = shadow.channels - shadow.alpha
        return {"order": stream.permutation("order", colors) if colors > 1 else [0]}

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        order: list[int] = params["order"]
        colors = color_channels(image, alpha)
        if colors == 1 or order == list(range(colors)):
            return image
        if colors != len(order):
            raise ValueError(
                f"ChannelShuffle drew an order of {len(order)} color channels, this image has "
                f"{colors}; images that share a recipe must have as many channels"
            )
        if colors == 3:
            rows: Any = np.eye(3, 4)[order]
            return kernels.matrix.color_matrix(image, rows)
        shuffled = image.copy()
        for place, source in enumerate(order):
            shuffled[..., place] = image[..., source]
        return shuffled
