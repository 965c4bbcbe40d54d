"""The little of a file's metadata that matters: which way is up, and what may be kept."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["kept_exif", "orientation_of", "oriented", "profile_fits"]

_ORIENTATION = 0x0112
_EXIF_BLOCK = 0x8769
# Description, make, model, software, date, artist, copyright: what says nothing of the pixels.
_KEPT = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
_STALE = frozenset({0xA002, 0xA003, 0xA005})  # width, height, interoperability


def orientation_of(exif: bytes | None) -> int:
    """The orientation in EXIF data, 1 to 8; 1 where it says nothing, or nothing sensible.

    >>> from PIL import Image
    >>> exif = Image.Exif()
    >>> exif[0x0112] = 6
    >>> orientation_of(exif.tobytes())
    6
    """
    if not exif:
        return 1
    data = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return 1
    try:
        start = struct.unpack_from(f"{order}I", data, 4)[0]
        (count,) = struct.unpack_from(f"{order}H", data, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", data, entry)
            if tag == _ORIENTATION:
                return int(value) if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def oriented(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Stored pixels (H, W[, C]) as they are seen under an EXIF orientation of 1 to 8.

    >>> oriented(np.array([[1, 2]]), 6).tolist()
    [[1], [2]]
    """
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def kept_exif(image: Any) -> bytes | None:
    """EXIF data that still holds after augmentation: no orientation, sizes, thumbnail or place."""
    from PIL import Image

    try:
        found = image.getexif()
        kept = Image.Exif()
        for tag in _KEPT:
            if tag in found:
                kept[tag] = found[tag]
        inner = found.get_ifd(_EXIF_BLOCK)
        block = {tag: value for tag, value in inner.items() if tag not in _STALE}
        if block:
            kept[_EXIF_BLOCK] = block
        return kept.tobytes() if len(kept) else None
    except Exception:  # Damaged metadata is no reason to lose an image.
        return None


def profile_fits(icc: bytes, channels: int) -> bool:
    """Whether a color profile is one for gray (1 channel) or RGB (3)."""
    return icc[16:20] == (b"GRAY" if channels == 1 else b"RGB ")
