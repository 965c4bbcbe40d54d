"""JPEG: what Pillow gives, without the copies it makes."""

from __future__ import annotations

import io
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["decoded", "encoded"]


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


_KEPT = 1 << 24


class _Memory(threading.local):
    """Memory of this thread for a picture of usual size.

    The system takes large blocks back when they are freed, and it takes longer to get one again
    than to fill it.
    """

    def __init__(self) -> None:
        self.block = np.empty(0, np.uint8)

    def room(self, count: int) -> NDArray[np.uint8]:
        if count > _KEPT:
            return np.empty(count, np.uint8)
        if count > self.block.size:
            self.block = np.empty(count, np.uint8)
        return self.block


_memory = _Memory()


def encoded(pixels: NDArray[np.uint8], **settings: Any) -> bytes:
    """A JPEG file of (H, W, 3) or (H, W), as Pillow writes it with these settings.

    Pillow holds color in four bytes per pixel, and copies what is given to it in three; what is
    given in four it uses where it is.
    """
    from PIL import Image

    if pixels.ndim == 3:
        from augkit.image.kernels.fours import in_fours

        height, width = pixels.shape[:2]
        fours = in_fours(pixels, _memory.room(4 * height * width))
        picture = Image.frombuffer("RGBX", (width, height), fours, "raw", "RGBX", 0, 1)
    else:
        picture = Image.fromarray(np.ascontiguousarray(pixels))
    file = io.BytesIO()
    picture.save(file, "JPEG", **settings)
    return file.getvalue()
