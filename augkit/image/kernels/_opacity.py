"""Filters of images with alpha: colors are weighted by their opacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.table import Number, Pixels, as_pixels, full_range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["premultiplied"]


def premultiplied(
    image: Pixels,
    fill: float | Sequence[float],
    smooth: bool,
    apply: Callable[[Pixels, float | Sequence[float]], Pixels],
) -> Pixels:
    """Filter color weighted by the opacity in the last channel.

    By way of float32, whatever the dtype. An opaque image needs none of it where the kernel's weights
    sum to 1 (``smooth``).
    """
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    if channels < 2:
        raise ValueError("alpha needs an image with at least 2 channels; the last is opacity")
    white = full_range(image.dtype)
    pixel = np.broadcast_to(np.asarray(fill, dtype=np.float64), (channels,)) / white
    source = pixels.reshape(height * width, channels)
    if smooth and _opaque(source, image.dtype.type(white)):
        return apply(image, fill)
    color_fill = pixel * np.append(np.full(channels - 1, pixel[-1]), 1.0)
    weighted = np.empty(pixels.shape, np.float32)
    _weigh(source, np.float32(1 / white), weighted.reshape(source.shape))
    filtered = apply(weighted, color_fill.tolist())
    result = np.empty(image.shape, image.dtype)
    rounding = np.float32(0 if image.dtype == np.float32 else 0.5)
    _unweigh(
        filtered.reshape(source.shape), np.float32(white), rounding, result.reshape(source.shape)
    )
    return result


@kernel
def _opaque(source: Pixels, white: Number) -> bool:
    last = source.shape[1] - 1
    for i in range(source.shape[0]):  # noqa: SIM110  (numba has no generators here)
        if source[i, last] != white:
            return False
    return True


@kernel
def _weigh(source: Pixels, unit: np.float32, target: NDArray[np.float32]) -> None:
    last = source.shape[1] - 1
    for i in range(source.shape[0]):
        opacity = np.float32(source[i, last]) * unit
        share = opacity * unit
        for c in range(last):
            target[i, c] = np.float32(source[i, c]) * share
        target[i, last] = opacity


@kernel
def _unweigh(
    source: NDArray[np.float32], white: np.float32, rounding: np.float32, target: Pixels
) -> None:
    last = source.shape[1] - 1
    for i in range(source.shape[0]):
        opacity = source[i, last]
        scale = white / opacity if opacity > 0 else np.float32(0)
        for c in range(last):
            target[i, c] = min(source[i, c] * scale + rounding, white)
        target[i, last] = min(opacity * white + rounding, white)
