"""Filters of images with alpha: colors are weighted by their opacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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

    8-bit products are exact in 16 bits; 16-bit images go through float32. An opaque image needs
    none of it where the kernel's weights sum to 1 (``smooth``).
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
    if image.dtype == np.uint8:
        weighted = np.empty(pixels.shape, np.uint16)
        _weigh(source, np.uint16(255), weighted.reshape(source.shape))
        color_fill = color_fill * 65025.0
    else:
        weighted = np.empty(pixels.shape, np.float32)
        shares = pixels.astype(np.float32) / np.float32(white)
        shares.flags.writeable = False
        _weigh(shares.reshape(source.shape), np.float32(1), weighted.reshape(source.shape))
    filtered = apply(weighted, color_fill.tolist())
    result = np.empty(image.shape, image.dtype)
    rounding = np.float32(0 if image.dtype == np.float32 else 0.5)
    unit = np.float32(white / (65025.0 if image.dtype == np.uint8 else 1.0))
    _unweigh(
        filtered.reshape(source.shape),
        np.float32(white),
        unit,
        rounding,
        result.reshape(source.shape),
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
def _weigh(source: Pixels, white: Number, target: Pixels) -> None:
    cast = target.dtype.type
    last = source.shape[1] - 1
    for i in range(source.shape[0]):
        opacity = cast(source[i, last])
        for c in range(last):
            target[i, c] = cast(source[i, c]) * opacity
        target[i, last] = opacity * white


@kernel
def _unweigh(
    source: Pixels,
    white: Number,
    unit: Number,
    rounding: Number,
    target: Pixels,
) -> None:
    last = source.shape[1] - 1
    for i in range(source.shape[0]):
        opacity = np.float32(source[i, last])
        scale = white / opacity if opacity > 0 else np.float32(0)
        for c in range(last):
            target[i, c] = min(np.float32(source[i, c]) * scale + rounding, white)
        target[i, last] = min(opacity * unit + rounding, white)
