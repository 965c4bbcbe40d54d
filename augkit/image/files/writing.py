"""Arrays into image files: the same pixels and options give the same bytes."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.errors import UnreadableError
from augkit.image.files.jpeg import encoded
from augkit.image.files.metadata import profile_fits
from augkit.image.files.options import SUFFIXES, FileOptions
from augkit.image.files.png import encode_png
from augkit.image.files.tiff import encode_tiff
from augkit.image.sample import dtype_name

__all__ = ["encode", "write"]

_DEFAULTS = FileOptions()
_DEPTHS = frozenset({"uint8", "uint16", "float32"})
_OPAQUE = frozenset({"jpeg", "bmp"})
_EIGHT_BITS = frozenset({"jpeg", "bmp", "webp"})
_LARGEST_JPEG_EXIF = 65533


def encode(
    pixels: NDArray[Any],
    suffix: str,
    options: FileOptions = _DEFAULTS,
    *,
    lossless: bool = False,
    icc: bytes | None = None,
    exif: bytes | None = None,
) -> tuple[bytes, dict[str, Any]]:
    """An image file in memory, and facts about it.

    Args:
        pixels: (H, W) or (H, W, C), uint8, uint16 or float32 in [0, 1]; of 2 and 4 channels the
            last is alpha. More bits than the format has are rounded away, with a note.
        suffix: decides the format, such as ``".png"``.
        options: quality and the like.
        lossless: every value has to come back; JPEG is refused, WebP written losslessly.
        icc, exif: metadata to put in where the format and the channels allow it.

    Returns:
        The bytes; and ``format``, ``mode``, ``width``, ``height``, ``bits``, and ``notes`` where
        something was changed.

    Raises:
        UnreadableError: this image cannot be written in this format.

    >>> data, facts = encode(np.zeros((2, 3), np.uint8), ".png")
    >>> facts
    {'format': 'png', 'mode': 'L', 'width': 3, 'height': 2, 'bits': 8}
    """
    name = SUFFIXES.get(suffix.lower())
    if name is None or name in ("gif", "ppm"):
        raise UnreadableError(f"cannot be written as {suffix}; choose jpg, png, webp, tiff or bmp")
    if lossless and name == "jpeg":
        raise UnreadableError("cannot be written as JPEG without loss; choose png")
    notes: list[str] = []
    pixels = _checked(pixels, name)
    alpha = pixels.ndim == 3 and pixels.shape[2] in (2, 4)
    pixels = _depth(pixels, name, lossless, notes)
    if alpha and name in _OPAQUE:
        pixels, alpha = _flattened(pixels, options), False
    colors = (1 if pixels.ndim == 2 else pixels.shape[2]) - alpha
    if icc is not None and not profile_fits(icc, colors):
        icc = None
    if name == "png":
        data = encode_png(pixels, options.compress_level, icc=icc, exif=exif)
    elif name == "tiff":
        data = encode_tiff(pixels, options.compress_level, alpha=alpha, icc=icc)
    else:
        data = _by_pillow(pixels, name, options, lossless, icc, exif)
    facts: dict[str, Any] = {
        "format": name,
        "mode": {1: "L", 3: "RGB"}.get(colors, f"{colors} channels") + ("A" if alpha else ""),
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "bits": 8 * pixels.dtype.itemsize,
    }
    if notes:
        facts["notes"] = notes
    return data, facts


def write(
    path: str | os.PathLike[str], pixels: NDArray[Any], options: FileOptions = _DEFAULTS
) -> dict[str, Any]:
    """Write an image file; the suffix of ``path`` decides the format. Facts as from `encode`."""
    data, facts = encode(pixels, os.path.splitext(path)[1], options)
    with open(path, "wb") as file:
        file.write(data)
    return facts


def _checked(pixels: NDArray[Any], name: str) -> NDArray[Any]:
    """Pixels that are an image with 1 to 4 channels (any number for TIFF), gray as (H, W)."""
    kind = dtype_name(pixels)
    if pixels.ndim not in (2, 3) or pixels.size == 0 or kind not in _DEPTHS:
        raise UnreadableError(
            f"the result is no image: shape {pixels.shape}, {kind}; "
            "it must be (H, W) or (H, W, C), uint8, uint16 or float32"
        )
    if pixels.dtype == np.float32:
        low, high = float(pixels.min()), float(pixels.max())
        if not (low >= 0.0 and high <= 1.0):
            raise UnreadableError(
                f"the result is float32 within [{low:g}, {high:g}], not an image in [0, 1]; "
                "leave Normalize out of a pipeline that writes files"
            )
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim == 3 and pixels.shape[2] > 4 and name != "tiff":
        raise UnreadableError(f"has {pixels.shape[2]} channels, which only TIFF holds; choose tiff")
    return pixels


def _depth(pixels: NDArray[Any], name: str, lossless: bool, notes: list[str]) -> NDArray[Any]:
    """Pixels with a depth the format has."""
    kind = dtype_name(pixels)
    if kind == "uint8" or name == "tiff" or (kind == "uint16" and name == "png"):
        return pixels
    if lossless:
        raise UnreadableError(f"{kind} cannot be written as {name} without loss; choose tiff")
    if name in _EIGHT_BITS:
        notes.append(f"{kind} rounded to 8 bits for {name}")
        if kind == "uint16":
            return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
        return np.rint(pixels * np.float32(255)).astype(np.uint8)
    notes.append(f"{kind} rounded to 16 bits for {name}")
    return np.rint(pixels * np.float32(65535)).astype(np.uint16)


def _flattened(pixels: NDArray[np.uint8], options: FileOptions) -> NDArray[np.uint8]:
    """Color laid over the background; gray stays gray over a gray one."""
    policy = options.alpha.partition(":")[0]
    if policy != "flatten":
        raise UnreadableError(
            "is transparent and the format to write is not: choose --alpha flatten:white, "
            "--alpha png or --format png"
        )
    background = options.background
    color, alpha = pixels[:, :, :-1], pixels[:, :, -1:].astype(np.uint32)
    if color.shape[2] == 1 and len(set(background)) > 1:
        color = np.repeat(color, 3, axis=2)
    behind = np.array(background[: color.shape[2]], np.uint32)
    mixed = (color * alpha + behind * (255 - alpha) + 127) // 255
    over: NDArray[np.uint8] = mixed.astype(np.uint8)
    return over[:, :, 0] if over.shape[2] == 1 else over


def _by_pillow(
    pixels: NDArray[np.uint8],
    name: str,
    options: FileOptions,
    lossless: bool,
    icc: bytes | None,
    exif: bytes | None,
) -> bytes:
    from PIL import Image

    settings: dict[str, Any] = {}
    if name == "jpeg":
        settings = {"quality": options.quality}
        if pixels.ndim == 3:
            settings["subsampling"] = options.subsampling
        if exif is not None and len(exif) > _LARGEST_JPEG_EXIF:
            exif = None
    elif name == "webp":
        settings = {"quality": options.quality, "method": 2}
        if lossless:
            settings = {"lossless": True, "exact": True, "quality": 50, "method": 2}
    if name != "bmp":
        settings |= {} if icc is None else {"icc_profile": icc}
        settings |= {} if exif is None else {"exif": exif}
    try:
        if name == "jpeg":
            return encoded(pixels, **settings)
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, name.upper(), **settings)
    except (OSError, ValueError) as error:  # such as a side longer than the format allows
        raise UnreadableError(f"cannot be written as {name}: {error}") from None
    return buffer.getvalue()
