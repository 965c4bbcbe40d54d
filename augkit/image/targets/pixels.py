"""What an image may be, as an array or as a PIL image."""

from __future__ import annotations

from typing import Any

import numpy as np

from augkit.image.sample import Pixels

__all__ = ["check_pixels", "from_pil", "is_pil", "pixels_of", "to_pil"]

_BYTES = np.dtype("uint8")
_DTYPES = frozenset(map(np.dtype, ("uint8", "uint16", "float32")))


def check_pixels(image: Any, name: str = "image") -> Pixels:
    """``image`` as it is, if it is an image; otherwise an error that says what to do."""
    if not isinstance(image, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array or a PIL image, got {type(image).__name__}")
    if image.ndim != 3 and image.ndim != 2:
        raise ValueError(f"{name} must have shape (H, W) or (H, W, C), got {image.shape}")
    if image.size == 0:
        raise ValueError(f"{name} is empty: shape {image.shape}")
    dtype = image.dtype
    if dtype is _BYTES:  # most are
        return image
    if dtype not in _DTYPES:
        kind = dtype.name
        hint = {
            "float64": "convert it with image.astype('float32')",
            "float16": "convert it with image.astype('float32')",
            "bool": "pass it as mask=, or convert it with image.astype('uint8') * 255",
        }.get(kind, "convert it to one of these, scaled to its full range")
        raise TypeError(f"{name} must be uint8, uint16 or float32 in [0, 1], got {kind}: {hint}")
    if dtype.kind == "f":
        low, high = float(image.min()), float(image.max())
        if not (low >= 0.0 and high <= 1.0):
            found = "NaN" if low != low or high != high else f"[{low:g}, {high:g}]"
            raise ValueError(
                f"{name} is float32 and must lie in [0, 1], got {found}: rescale it first"
            )
    return image


_PIL_MODES = {"L", "RGB", "LA", "RGBA", "I;16", "F"}


def from_pil(picture: Any) -> tuple[Pixels, bool]:
    """A PIL image as an array, and whether its last channel is alpha."""
    mode = picture.mode
    if mode in ("P", "PA"):
        picture = picture.convert(
            "RGBA" if mode == "PA" or "transparency" in picture.info else "RGB"
        )
    elif mode == "1":
        picture = picture.convert("L")
    elif mode in ("I;16B", "I;16L", "I"):
        array = np.asarray(picture)
        if array.min() < 0 or array.max() > 65535:
            raise ValueError("a PIL image of mode I must lie in [0, 65535]")
        return array.astype(np.uint16), False
    elif mode not in _PIL_MODES:
        picture = picture.convert("RGB")
    return np.asarray(picture), picture.mode in ("LA", "RGBA")


def to_pil(image: Pixels) -> Any:
    """An array as a PIL image; float images of three channels have no PIL form."""
    from PIL import Image

    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.dtype == np.uint16 and image.ndim == 3:
        raise ValueError("PIL has no 16-bit color images; pass a NumPy array instead")
    return Image.fromarray(np.ascontiguousarray(image))


def is_pil(value: Any) -> bool:
    """Whether a value is a PIL image, without importing PIL to find out."""
    if type(value) is np.ndarray:
        return False
    return any(base.__module__ == "PIL.Image" for base in type(value).__mro__)


def pixels_of(value: Any, name: str) -> tuple[Pixels, bool, bool]:
    """The array, whether it has alpha, whether it came as a PIL image."""
    if is_pil(value):
        image, alpha = from_pil(value)
        return check_pixels(image, name), alpha, True
    return check_pixels(value, name), False, False
