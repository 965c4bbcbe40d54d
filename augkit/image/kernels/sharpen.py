"""Away from a smoothed image, or towards it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.filter import convolve
from augkit.image.kernels.table import Pixels, as_pixels, color_count

__all__ = ["sharpen"]


def sharpen(image: Pixels, factor: float, *, color_channels: int | None = None) -> Pixels:
    """Move away from (``factor`` > 1) or towards (< 1) a smoothed image.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    factor : float, at least 0
        1 is neutral, 0 is the smoothed image. The smoothing is Pillow's ``ImageFilter.SMOOTH``
        (3x3: 5 in the middle, 1 around, over 13) and the outermost pixels stay, as in Pillow's
        ``ImageEnhance.Sharpness`` and torchvision's ``adjust_sharpness``; unlike there, the result
        is rounded once, so it may differ by one level.
    color_channels : int, optional
        How many leading channels to change (default all); the others are copied.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((3, 3), dtype=np.uint8)
    >>> image[1, 1] = 130
    >>> int(sharpen(image, 0.0)[1, 1]), int(sharpen(image, 1.5)[1, 1])
    (50, 170)
    """
    if not (factor >= 0 and math.isfinite(factor)):
        raise ValueError(f"factor must be a finite number, at least 0; got {factor!r}")
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    color = color_count(channels, color_channels)
    result = image.copy(order="C")
    if factor == 1.0 or height < 3 or width < 3 or color == 0:
        return result
    share = (1.0 - factor) / 13.0
    if image.dtype == np.uint8:
        # As fine as sums of 9 pixels leave room for in 32 bits.
        shift = 30 - math.frexp(255.0 * max(1.0, 16.0 * abs(share) + 1.0))[1]
        around = round(share * 2.0**shift)
        middle = (1 << shift) - 8 * around
        source, target = pixels.reshape(height, -1), result.reshape(height, -1)
        sums = np.empty(source.shape[1], np.uint16)
        _sharpen_bytes(source, channels, np.int32(middle), np.int32(around), shift, sums, target)
        if color < channels:
            result[..., color:] = image[..., color:]
        return result
    weights = np.full((3, 3), share)
    weights[1, 1] = 1.0 - 8.0 * share
    filtered = convolve(pixels, weights)
    inside = result.reshape(pixels.shape)[1:-1, 1:-1, :color]
    inside[...] = filtered[1:-1, 1:-1, :color]
    return result


@kernel
def _sharpen_bytes(
    source: NDArray[np.uint8],
    channels: int,
    middle: np.int32,
    around: np.int32,
    shift: int,
    sums: NDArray[np.uint16],
    target: NDArray[np.uint8],
) -> None:
    """Weigh the pixel and the sum of its eight neighbours; the outermost pixels are left alone."""
    height, length = source.shape
    inner = length - 2 * channels
    half = np.int32((1 << shift) >> 1)
    left, centre = sums[:inner], sums[channels : channels + inner]
    right = sums[2 * channels : 2 * channels + inner]
    for y in range(1, height - 1):
        above, row, below = source[y - 1], source[y], source[y + 1]
        for x in range(length):
            sums[x] = np.uint16(above[x]) + np.uint16(row[x]) + np.uint16(below[x])
        pixels, into = row[channels : channels + inner], target[y, channels : channels + inner]
        for x in range(inner):
            pixel = np.int32(pixels[x])
            beside = np.int32(np.int32(left[x]) + np.int32(centre[x]) + np.int32(right[x]) - pixel)
            value = np.int32(np.int32(middle * pixel) + np.int32(around * beside) + half)
            into[x] = min(max(np.int32(value >> shift), np.int32(0)), np.int32(255))
