"""JPEG decoded by simplejpeg, which gives Pillow's pixels in half the time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["decoded"]


def decoded(data: bytes, *, gray: bool) -> NDArray[np.uint8] | None:
    """The pixels of a JPEG file, (H, W, 3) or (H, W); None where Pillow has to be asked.

    Both are libjpeg-turbo, here with the same exact transform and the same smooth upsampling of
    chroma, so the pixels are the same; but Pillow goes through a picture of four bytes per pixel.
    Whatever is odd about a file is left to Pillow, which says in more words what is wrong with it.
    """
    try:
        import simplejpeg
    except ImportError:
        return None
    try:
        pixels: Any = simplejpeg.decode_jpeg(
            data, "GRAY" if gray else "RGB", fastdct=False, fastupsample=False
        )
    except ValueError:
        return None
    found: NDArray[np.uint8] = pixels[:, :, 0] if gray else pixels
    return found
