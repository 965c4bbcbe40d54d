"""What an image may be, as an array or as a PIL image."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from augkit.image.sample import Pixels

__all__ = ["check_pixels", "from_pil", "is_pil", "pixels_of", "to_pil"]

_BYTES = np.dtype("uint8")
_DTYPES = frozenset(map(np.dtype, ("uint8", "uint16", "float32")))


def check_pixels(image: Any, name: str = "image") -> Pixels:
    """``image`` as it is, if it is an image; otherwise an error that says what to do."""
    if not isinstance(image, np.ndarray):
        raise TypeError(
            f"{name} must be a NumPy array or a PIL image, got {type(image).__name__}"
            + _instead(image)
        )
    if image.ndim == 3:
        if image.shape[2] > _MANY:
            _look_at_layout(image.shape, name)
    elif image.ndim != 2:
        raise ValueError(f"{name} must have shape (H, W) or (H, W, C), got {image.shape}")
    if image.size == 0:
        raise ValueError(f"{name} is empty: shape {image.shape}")
    dtype = image.dtype
    if dtype is _BYTES:  # most are
        return image
    if dtype not in _DTYPES:
        kind = dtype.name
        hint = {
            "float64": f"convert it with {name}.astype('float32')",
            "float16": f"convert it with {name}.astype('float32')",
            "bool": f"pass it as mask=, or convert it with {name}.astype('uint8') * 255",
        }.get(kind, "convert it to one of these, scaled to its full range")
        raise TypeError(f"{name} must be uint8, uint16 or float32 in [0, 1], got {kind}: {hint}")
    if dtype.kind == "f":
        low, high = float(image.min()), float(image.max())
        if not (low >= 0.0 and high <= 1.0):
            found = "NaN" if low != low or high != high else f"[{low:g}, {high:g}]"
            raise ValueError(
                f"{name} is float32 and must lie in [0, 1], got {found}{_rescaling(low, high, name)}"
            )
    return image


_MANY = 16
"""More channels than this, and few rows: then they may have changed places."""


def _look_at_layout(shape: tuple[int, ...], name: str) -> None:
    """A warning where the channels seem to stand first: allowed, and hardly ever meant."""
    height, width, channels = shape
    if height in (1, 3, 4) and width > _MANY:
        warnings.warn(
            f"{name} has shape {shape}, which are {height} rows of {width} pixels with {channels} "
            f"channels; if the channels stand first, pass {name}.transpose(1, 2, 0)",
            stacklevel=2,
        )


def _rescaling(low: float, high: float, name: str) -> str:
    """What to do with an image of floats, by the range of its values."""
    if low < 0:
        return ": normalize it after augmentation, not before"
    full = next((full for full in (255, 65535) if 1 < high <= full), None)
    return ": rescale it first" if full is None else f": divide it first, {name} / {full}"


def _instead(value: Any) -> str:
    """What to pass instead of something that is no image, where that is known."""
    if isinstance(value, str | os.PathLike):
        return "; read it first, with PIL.Image.open(path)"
    if isinstance(value, list | tuple):
        return "; several images go through pipeline.batch, numbers through np.array"
    if type(value).__module__.partition(".")[0] == "torch":
        return "; pass tensor.permute(1, 2, 0).numpy(), of shape (H, W, C)"
    return ""


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
