"""Filters. Beyond the edge lies the mirrored image; blurred colors are weighted by alpha."""

from __future__ import annotations

from dataclasses import dataclass

from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params
from augkit.image import kernels
from augkit.image.base import PixelTransform, color_channels
from augkit.image.sample import Pixels

__all__ = ["GaussianBlur", "MotionBlur", "Sharpen"]


@dataclass(frozen=True)
class GaussianBlur(PixelTransform):
    """Blur with a Gaussian, cut at four standard deviations.

    Args:
        sigma: standard deviation in pixels; 0 is neutral (default: uniform in [0.1, 2]).

    >>> import numpy as np
    >>> GaussianBlur(sigma=1)(np.array([[0, 0, 0, 200, 0, 0, 0]], np.uint8)).tolist()
    [[2, 11, 48, 80, 48, 11, 2]]
    """

    sigma: Number = parameter(
        (0.1, 2.0), low=0, high=100, unit="pixels", neutral=0, doc="standard deviation"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        sigma = params["sigma"]
        if sigma == 0:
            return image
        return kernels.filter.gaussian_blur(image, sigma, alpha=alpha)


@dataclass(frozen=True)
class MotionBlur(PixelTransform):
    """Blur along a straight line, as if the camera had moved while the shutter was open.

    Args:
        length: the way from one end to the other in pixels; 0 is neutral (default: uniform in
            [0, 8]).
        degrees: its direction, counter-clockwise from the x axis; a line has no sense, so half a
            turn is all there is (default: uniform in [0, 180]).

    >>> import numpy as np
    >>> MotionBlur(length=2, degrees=0)(np.array([[0, 0, 200, 0, 0]], np.uint8)).tolist()
    [[0, 50, 100, 50, 0]]
    """

    length: Number = parameter(
        (0.0, 8.0), low=0, high=200, unit="pixels", neutral=0, doc="from one end to the other"
    )
    degrees: Number = parameter(
        (0.0, 180.0), low=-360, high=360, unit="degrees", doc="direction, counter-clockwise"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        length = params["length"]
        if length == 0:
            return image
        line = kernels.motion.line_kernel(length, params["degrees"])
        return kernels.filter.convolve(image, line, alpha=alpha)


@dataclass(frozen=True)
class Sharpen(PixelTransform):
    """Move away from a smoothed image, as Pillow's ``ImageEnhance.Sharpness`` and torchvision.

    The smoothing is 3 x 3 (5 in the middle, 1 around, over 13); the outermost pixels and alpha
    stay.

    Args:
        factor: 0 is the smoothed image, 1 neutral, 2 twice as sharp (default: uniform in [1, 2]).

    >>> import numpy as np
    >>> image = np.zeros((3, 3), np.uint8)
    >>> image[1, 1] = 130
    >>> int(Sharpen(factor=1.5)(image)[1, 1])
    170
    """

    factor: Number = parameter(
        (1.0, 2.0), low=0, high=100, neutral=1, doc="multiplies the distance from smooth"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        factor = params["factor"]
        if factor == 1:
            return image
        return kernels.sharpen.sharpen(image, factor, color_channels=color_channels(image, alpha))
