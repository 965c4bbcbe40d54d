"""Copies that move whole pixels: flips, transpose, quarter turns and padding, for any dtype."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import Fill, fill_values

__all__ = ["flip_horizontal", "flip_vertical", "pad", "rotate90", "transpose"]

Pixels = NDArray[np.generic]


def flip_horizontal(image: Pixels, out: Pixels | None = None) -> Pixels:
    """Mirror left and right."""
    return _copied(image[:, ::-1], out)


def flip_vertical(image: Pixels, out: Pixels | None = None) -> Pixels:
    """Mirror top and bottom."""
    return _copied(image[::-1], out)


def transpose(image: Pixels) -> Pixels:
    """Swap rows and columns."""
    return _copied(image.swapaxes(0, 1), None)


def rotate90(image: Pixels, k: int) -> Pixels:
    """Turn ``k`` quarters counter-clockwise as seen."""
    return _copied(np.rot90(image, k), None)


def _copied(view: Pixels, out: Pixels | None) -> Pixels:
    if out is None:
        out = np.empty(view.shape, view.dtype)
    out[...] = view
    return out


_MODES = {"replicate": "edge", "reflect": "symmetric", "reflect101": "reflect", "wrap": "wrap"}


def pad(
    image: Pixels, pads: tuple[int, int, int, int], border: str = "constant", fill: Fill = 0
) -> Pixels:
    """Widen by ``pads`` = (top, bottom, left, right) pixels."""
    top, bottom, left, right = pads
    height, width = image.shape[:2]
    if border != "constant":
        widths = [(top, bottom), (left, right)] + [(0, 0)] * (image.ndim - 2)
        padded: Pixels = np.ascontiguousarray(np.pad(image, widths, mode=_MODES[border]))  # type: ignore[call-overload]
        return padded
    out: Pixels = np.empty((height + top + bottom, width + left + right, *image.shape[2:]), image.dtype)
    out[...] = fill_values(fill, image.shape[2] if image.ndim == 3 else 1, image.dtype)[() if image.ndim == 3 else 0]
    out[top : top + height, left : left + width] = image
    return out
