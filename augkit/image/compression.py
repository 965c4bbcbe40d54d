"""The marks of compression, made by the real codec."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params
from augkit.image.base import PixelTransform, color_channels
from augkit.image.files.jpeg import decoded, encoded
from augkit.image.sample import Pixels

__all__ = ["JPEGCompression"]


@dataclass(frozen=True)
class JPEGCompression(PixelTransform):
    """Write as JPEG and read back, in memory, with Pillow. Alpha stays.

    Three color channels are one picture (with halved chroma, 4:2:0); of any other number, each is
    a gray picture by itself. JPEG has 8 bits: images of 16 bits and float images are rounded to
    256 levels on the way. The bytes are those of the libjpeg that Pillow was built with.

    Args:
        quality: JPEG's, a whole number within [1, 100] (default: 40 to 95).

    >>> import numpy as np
    >>> JPEGCompression(quality=90)(np.full((16, 16, 3), 128, np.uint8)).shape
    (16, 16, 3)
    """

    quality: Number = parameter(
        (40, 95), low=1, high=100, integer=True, doc="JPEG's quality; 100 is the least loss"
    )

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        colors = color_channels(image, alpha)
        quality = params["quality"]
        if image.ndim == 2:
            return _from_bytes(_coded(_in_bytes(image), quality), image)
        if colors == image.shape[2] == 3:
            return _from_bytes(_coded(_in_bytes(image), quality), image)
        done = image.copy()
        part = _in_bytes(image[..., :colors])
        if colors == 3:
            done[..., :3] = _from_bytes(_coded(part, quality), image)
        else:
            for channel in range(colors):
                done[..., channel] = _from_bytes(_coded(part[..., channel], quality), image)
        return done


def _coded(part: Pixels, quality: int) -> Pixels:
    file = encoded(part, quality=quality, subsampling="4:2:0")
    pixels = decoded(file, gray=part.ndim == 2)
    if pixels is not None:
        return pixels
    from PIL import Image

    with Image.open(io.BytesIO(file)) as coded:
        return np.asarray(coded)


def _in_bytes(image: Pixels) -> Pixels:
    """As 8 bits, rounded."""
    levels: Any = image
    if image.dtype == np.uint16:
        levels = (image.astype(np.uint32) + 128) // 257
    elif image.dtype == np.float32:
        levels = np.rint(image * np.float32(255))
    result: Pixels = levels.astype(np.uint8, copy=False)
    return result


def _from_bytes(levels: Pixels, like: Pixels) -> Pixels:
    """8 bits in the dtype of ``like``, white staying white."""
    if like.dtype == np.uint16:
        return levels.astype(np.uint16) * np.uint16(257)
    if like.dtype == np.float32:
        result: Pixels = levels.astype(np.float32) / np.float32(255)
        return result
    return levels
