"""Image files into arrays: every file gives pixels as they are seen, or a plain reason.

The content decides what a file is, never its name. Each format is opened by its own reader from
a fixed list, and the size in its header is checked before anything is decoded.
"""

from __future__ import annotations

import importlib
import io
import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from augkit.core.errors import UnreadableError
from augkit.core.media import OTHER_BEGINNINGS, opened, reasons
from augkit.image.files.jpeg import decoded
from augkit.image.files.metadata import kept_exif, orientation_of, oriented
from augkit.image.files.options import MAX_PIXELS, SUFFIXES

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

__all__ = ["Picture", "decode", "probe", "read"]

_READERS = {
    "jpeg": ("JpegImagePlugin", "jpeg_factory"),
    "png": ("PngImagePlugin", "PngImageFile"),
    "webp": ("WebPImagePlugin", "WebPImageFile"),
    "tiff": ("TiffImagePlugin", "TiffImageFile"),
    "bmp": ("BmpImagePlugin", "BmpImageFile"),
    "gif": ("GifImagePlugin", "GifImageFile"),
    "ppm": ("PpmImagePlugin", "PpmImageFile"),
}
_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"BM", "bmp"),
    *((b"P" + digit, "ppm") for digit in (b"1", b"2", b"3", b"4", b"5", b"6")),
)
NAMES = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "tiff": "TIFF",
    "bmp": "BMP",
    "gif": "GIF",
    "ppm": "PPM",
}


@dataclass(frozen=True)
class Picture:
    """A decoded image file.

    Attributes:
        pixels: (H, W) or (H, W, C) as seen: uint8, uint16 or float32 in [0, 1].
        alpha: whether the last channel is alpha.
        facts: JSON-able: ``format``, ``mode`` (Pillow's name for what is stored), ``width``,
            ``height`` (as seen), ``bits`` per channel of ``pixels``, ``orientation`` where it is
            not 1, and ``notes`` in words where something was converted or odd.
        icc: the color profile, if it still holds for ``pixels``.
        exif: what `keep` keeps of the EXIF data.
    """

    pixels: NDArray[Any]
    alpha: bool
    facts: dict[str, Any] = field(default_factory=dict)
    icc: bytes | None = None
    exif: bytes | None = None


def read(
    path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS, exif: bool = False
) -> Picture:
    """Read an image file.

    Args:
        path: of a regular file.
        max_pixels: larger images are refused before they are decoded.
        exif: also collect the EXIF data worth keeping.

    Raises:
        UnreadableError: the file cannot be used; the message says why.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "one.pgm")
    >>> _ = path.write_bytes(b"P5 2 1 255\\n" + bytes([7, 9]))
    >>> read(path).pixels.tolist()
    [[7, 9]]
    """
    with opened(path) as file:
        data = file.read()
    return decode(data, os.fspath(path), max_pixels=max_pixels, exif=exif)


def decode(
    data: bytes, name: str = "", *, max_pixels: int = MAX_PIXELS, exif: bool = False
) -> Picture:
    """Like `read`, from bytes; ``name`` is only compared with what is inside."""
    stream = io.BytesIO(data)
    with reasons():
        image, facts = _opened(stream, name, max_pixels)
        turn = _orientation(image, facts, stream)
        notes: list[str] = facts.pop("notes")
        pixels, alpha, same_space = _quickly(image, data) or _slowly(image, data, notes)
        icc = image.info.get("icc_profile") if same_space else None
        if turn != 1:
            pixels = oriented(pixels, turn)
        kept = kept_exif(image) if exif else None
    facts["width"], facts["height"] = pixels.shape[1], pixels.shape[0]
    facts["bits"] = pixels.dtype.itemsize * 8
    if notes:
        facts["notes"] = notes
    return Picture(pixels, alpha, facts, icc, kept)


def probe(path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> dict[str, Any]:
    """Format, mode, width and height (as seen) from the header alone.

    Raises:
        UnreadableError: it cannot be used, as far as the header tells.
    """
    with opened(path) as file, reasons():
        image, facts = _opened(file, os.fspath(path), max_pixels)
        if _orientation(image, facts, file) >= 5 and facts["format"] != "tiff":
            facts["width"], facts["height"] = facts["height"], facts["width"]
    if not facts["notes"]:
        del facts["notes"]
    return facts


# -- opening -----------------------------------------------------------------------------------


def _format(beginning: bytes) -> str:
    if not beginning:
        raise UnreadableError("is empty (0 bytes)")
    for magic, name in _BEGINNINGS:
        if beginning.startswith(magic):
            return name
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "webp"
    if not any(beginning):
        raise UnreadableError("is not an image: it begins with zeros, perhaps a broken download")
    if beginning[4:8] == b"ftyp":
        kind = beginning[8:12].decode("latin-1").strip()
        raise UnreadableError(
            f"is a HEIF, AVIF or video file ({kind}), which is not read; convert it"
        )
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, what in OTHER_BEGINNINGS:
        if text.startswith(magic.lower()):
            raise UnreadableError(f"is not an image but {what}")
    known = ", ".join(NAMES.values())
    raise UnreadableError(
        f"is not an image of a known format ({known}); it begins with {beginning[:8]!r}"
    )


def _opened(stream: IO[bytes], name: str, max_pixels: int) -> tuple[ImageFile, dict[str, Any]]:
    """The file as a Pillow image that is not decoded yet, and what its header says.

    The reader is called directly: ``Image.open`` would warn about or refuse large images by a
    global limit, which belongs to the user's own program.
    """
    found = _format(stream.read(32))
    stream.seek(0)
    plugin, factory = _READERS[found]
    reader = getattr(importlib.import_module(f"PIL.{plugin}"), factory)
    image: ImageFile = reader(stream, None)
    width, height = image.size
    if width <= 0 or height <= 0:
        raise UnreadableError(f"has no pixels: {width} x {height}")
    if width * height > max_pixels:
        raise UnreadableError(
            f"is too large: {width} x {height} = {width * height / 1e6:.0f} million pixels, "
            f"{max_pixels / 1e6:.0f} million are allowed (max_pixels)"
        )
    notes = []
    if image.format == "MPO":
        notes.append("holds several pictures (MPO); the first is used")
    elif getattr(image, "is_animated", False):
        what = "several pages" if found == "tiff" else "an animation"
        raise UnreadableError(f"holds {what}, not one image; extract the frames to files")
    suffix = os.path.splitext(name)[1].lower()
    if suffix in SUFFIXES and SUFFIXES[suffix] != found:
        notes.append(f"is named {suffix} and holds {NAMES[found]}")
    facts = {"format": found, "mode": image.mode, "width": width, "height": height, "notes": notes}
    return image, facts


def _orientation(image: ImageFile, facts: dict[str, Any], stream: IO[bytes]) -> int:
    """The EXIF orientation still to be applied; Pillow applies the one of TIFF files itself."""
    if facts["format"] == "tiff":
        tags: Any = image
        turn = tags.tag_v2.get(0x0112, 1)
        if turn in (5, 6, 7, 8):
            width, height = tags.tag_v2[0x0100], tags.tag_v2[0x0101]
            facts["width"], facts["height"] = height, width
        facts.update({"orientation": turn} if turn in range(2, 9) else {})
        return 1
    data = image.info.get("exif")
    if data is None and facts["format"] == "png":
        data = _late_exif(stream)
    turn = orientation_of(data)
    if turn != 1:
        facts["orientation"] = turn
    return turn


def _late_exif(stream: IO[bytes]) -> bytes | None:
    """The EXIF data of a PNG file that stands behind the pixels, as the standard allows."""
    place = stream.tell()
    stream.seek(8)
    found = None
    while len(head := stream.read(8)) == 8:
        length = int.from_bytes(head[:4], "big")
        if head[4:] == b"eXIf":
            found = stream.read(length)
            break
        if head[4:] == b"IEND":
            break
        stream.seek(length + 4, os.SEEK_CUR)
    stream.seek(place)
    return found


_Pixels: TypeAlias = "tuple[NDArray[Any], bool, bool]"
"""Pixels, whether there is alpha, whether the color space is the one of the file."""


# -- pixels ------------------------------------------------------------------------------------


def _quickly(image: ImageFile, data: bytes) -> _Pixels | None:
    """The pixels of an everyday JPEG file."""
    if image.format != "JPEG" or image.mode not in ("RGB", "L"):
        return None
    pixels = decoded(data, gray=image.mode == "L")
    if pixels is None or pixels.shape[1::-1] != image.size:
        return None
    return pixels, False, True


def _slowly(image: ImageFile, data: bytes, notes: list[str]) -> _Pixels:
    image.load()
    return _deep_color(image, data, notes) or _pixels(image, notes)


def _pixels(image: Any, notes: list[str]) -> _Pixels:
    """Pixels in one of our forms; whether there is alpha; whether the color space is the same."""
    mode = image.mode
    clear = image.info.get("transparency") is not None
    if mode.startswith("I;16"):
        if clear:
            notes.append("the transparent gray level of a 16-bit image is ignored")
        return np.asarray(image).astype(np.uint16, copy=False), False, True
    if mode == "I":
        return _whole_numbers(np.asarray(image)), False, True
    if mode == "F":
        return _fractions(np.asarray(image)), False, True
    same_space = True
    if mode == "P":
        image = image.convert("RGBA" if clear else "RGB")
    elif mode in ("1", "L") and clear:
        image = image.convert("LA")
    elif mode == "1":
        image = image.convert("L")
    elif mode in ("PA", "RGBa") or (mode == "RGB" and clear):
        image = image.convert("RGBA")
    elif mode == "La":
        image = image.convert("LA")
    elif mode not in ("L", "LA", "RGB", "RGBA"):
        same_space = mode == "RGBX"
        if not same_space:
            notes.append(f"{mode} converted to RGB")
        image = image.convert("RGB")
    return np.asarray(image), image.mode in ("LA", "RGBA"), same_space


def _whole_numbers(values: NDArray[Any]) -> NDArray[np.uint16]:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise UnreadableError(
            f"holds whole numbers from {low} to {high}; rescale it to [0, 65535] (16 bits)"
        )
    return values.astype(np.uint16)


def _fractions(values: NDArray[Any]) -> NDArray[np.float32]:
    low, high = float(values.min()), float(values.max())
    if not (low >= 0.0 and high <= 1.0):
        found = "NaN" if low != low or high != high else f"[{low:g}, {high:g}]"
        raise UnreadableError(f"holds floating-point values of {found}; rescale it to [0, 1]")
    return values.astype(np.float32, copy=False)


_OTHER_BYTE = {"RGB;16B": "RGB;16L", "RGB;16L": "RGB;16B"}


def _deep_color(image: Any, data: bytes, notes: list[str]) -> _Pixels | None:
    """16-bit color in full, which Pillow reads as its high bytes; None for all other images.

    Reading the same file once more with the two bytes of a number exchanged gives the low bytes.
    """
    if image.format not in ("PNG", "TIFF") or not image.mode.startswith(("RGB", "LA")):
        return None
    found, again = _opened(io.BytesIO(data), "", 1 << 62)[0], None
    stored = {_raw_mode(tile.args) for tile in found.tile}
    if not any(";16" in mode for mode in stored):
        return None
    if len(stored) == 1 and image.mode == "RGB" and image.info.get("transparency") is None:
        again = _with_other_byte(found, next(iter(stored)))
    if again is None:
        notes.append("16 bits per channel reduced to 8: color with transparency is read at 8 bits")
        if stored == {"LA;16B"}:  # which Pillow gives as RGBA
            return np.asarray(image)[:, :, [0, 3]], True, True
        return None
    again.load()
    return np.asarray(image).astype(np.uint16) << 8 | np.asarray(again), False, True


def _raw_mode(args: Any) -> str:
    return str(args if isinstance(args, str) else args[0])


def _with_other_byte(image: Any, stored: str) -> Any:
    native = "L" if np.little_endian else "B"
    other = _OTHER_BYTE.get(stored.replace("16N", f"16{native}"))
    if other is None:
        return None
    image.tile = [
        tile._replace(args=other if isinstance(tile.args, str) else (other, *tile.args[1:]))
        for tile in image.tile
    ]
    return image
