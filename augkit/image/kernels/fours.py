"""Pixels of three bytes as pixels of four, as Pillow holds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import address_of
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes_copy import copy_pixel
from augkit.image.kernels._lanes_lines import spread_pixels

__all__ = ["in_fours"]


def in_fours(image: NDArray[np.uint8], out: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Write an image (H, W, 3), uint8, into the beginning of flat memory; as (H, W, 4).

    The fourth byte of a pixel means nothing. ``out`` has room for four bytes per pixel, and is the
    memory of what is returned.

    Examples
    --------
    >>> import numpy as np
    >>> in_fours(np.full((1, 2, 3), 7, np.uint8), np.empty(8, np.uint8))[..., :3].tolist()
    [[[7, 7, 7], [7, 7, 7]]]
    """
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    if out.size < 4 * height * width:
        raise ValueError(f"out has {out.size} bytes; an image of {image.shape} needs 4 per pixel")
    widen(address_of(image), address_of(out), height * width, (0,) * 3)
    return out[: 4 * height * width].reshape(height, width, 4)


@kernel
def widen(source: int, target: int, count: int, zeros: tuple[int, ...]) -> None:
    """Copy ``count`` pixels from one address to another."""
    # Sixteen are read with the next two.
    whole = max(count - 2, 0) // 16 * 16
    for j in range(0, whole, 16):
        spread_pixels(source + 3 * j, target + 4 * j)
    for j in range(whole, count):
        copy_pixel(source + 3 * j, target + 4 * j, zeros)
