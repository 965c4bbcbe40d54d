"""What can be chosen about image files, and the formats there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from augkit.core.errors import SpecError
from augkit.core.media import choice_problems, number_problems, options_from

__all__ = ["MAX_PIXELS", "SUFFIXES", "FileOptions", "output_suffix"]

MAX_PIXELS = 178_956_970
"""Pixels of the largest image that is read unless told otherwise: 512 MiB of RGB, as in Pillow."""

SUFFIXES = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".png": "png",
    ".webp": "webp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".bmp": "bmp",
    ".dib": "bmp",
    ".gif": "gif",
    ".ppm": "ppm",
    ".pgm": "ppm",
    ".pbm": "ppm",
    ".pnm": "ppm",
}
"""The format a file's name promises; what is inside decides."""

WRITTEN = {"jpg": ".jpg", "png": ".png", "webp": ".webp", "tiff": ".tiff", "bmp": ".bmp"}
READ_ONLY = frozenset({"gif", "ppm"})  # kept as PNG, which is lossless and smaller
MAY_BE_TRANSPARENT = frozenset({"png", "webp", "tiff", "gif"})
SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")


@dataclass(frozen=True)
class FileOptions:
    """How image files are read and written.

    Attributes:
        format: ``keep`` (the format the source's name says; GIF and PPM become PNG), ``jpg``,
            ``png``, ``webp``, ``tiff`` or ``bmp``.
        quality: of JPEG and WebP, 1 to 100.
        subsampling: of the colors of JPEG. ``4:2:0`` is what cameras and other tools write;
            ``4:4:4`` keeps thin colored lines sharp, is 1.7 times as large and half as fast.
        compress_level: of PNG and TIFF, 0 (none) to 9. 1 uses run lengths and Huffman codes alone:
            for photographs three times as fast as Pillow's, and about as small as its 6.
        alpha: what happens to transparency where the format has none: ``error``,
            ``flatten`` or ``flatten:COLOR`` (laid over white or a color like ``#102030``), or
            ``png`` (files of formats that may be transparent are written as PNG instead).
        metadata: ``strip`` (pixels only) or ``keep`` (the ICC profile where the color space is
            still the same, and EXIF without orientation, sizes, thumbnail and place; EXIF for
            JPEG, PNG and WebP only).
        max_pixels: larger images are refused before they are decoded.
    """

    format: str = "keep"
    quality: int = 95
    subsampling: str = "4:2:0"
    compress_level: int = 1
    alpha: str = "error"
    metadata: str = "strip"
    max_pixels: int = MAX_PIXELS

    def __post_init__(self) -> None:
        problems = [
            *choice_problems("format", self.format, ("keep", *WRITTEN)),
            *number_problems("quality", self.quality, 1, 100),
            *choice_problems("subsampling", self.subsampling, SUBSAMPLINGS),
            *number_problems("compress_level", self.compress_level, 0, 9),
            *choice_problems("metadata", self.metadata, ("strip", "keep")),
            *number_problems("max_pixels", self.max_pixels, 1, 1 << 40),
        ]
        mode = self.alpha.partition(":")[0] if isinstance(self.alpha, str) else ""
        if mode not in ("flatten", "error", "png") or (mode != "flatten" and mode != self.alpha):
            problems.append(f"alpha must be error, flatten[:COLOR] or png, got {self.alpha!r}")
        elif mode == "flatten":
            problems += _color_problems(self.alpha)
        if problems:
            raise SpecError(problems)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> FileOptions:
        """Options from plain data; `SpecError` lists everything that is wrong.

        >>> FileOptions.of({"quality": 90}).quality
        90
        """
        return options_from(cls, options, "image")

    @property
    def background(self) -> tuple[int, int, int]:
        """What transparency is laid over, as RGB."""
        from PIL import ImageColor

        red, green, blue = ImageColor.getrgb(self.alpha.partition(":")[2] or "white")[:3]
        return red, green, blue


def output_suffix(source_suffix: str, options: FileOptions) -> str:
    """The suffix of what is made from a file with ``source_suffix``; names alone decide.

    >>> output_suffix(".JPG", FileOptions()), output_suffix(".gif", FileOptions())
    ('.JPG', '.png')
    >>> output_suffix(".webp", FileOptions(format="jpg", alpha="png"))
    '.png'
    """
    source = SUFFIXES.get(source_suffix.lower(), "")
    if options.format == "keep":
        return source_suffix if source and source not in READ_ONLY else ".png"
    if options.alpha == "png" and options.format in ("jpg", "bmp") and source in MAY_BE_TRANSPARENT:
        return ".png"
    if source == SUFFIXES[WRITTEN[options.format]]:
        return source_suffix
    return WRITTEN[options.format]


def _color_problems(alpha: str) -> list[str]:
    mode, colon, color = alpha.partition(":")
    if not colon:
        return []
    from PIL import ImageColor

    try:
        ImageColor.getrgb(color)
    except ValueError:
        return [f"alpha: {color!r} is no color; write {mode}:white or {mode}:#102030"]
    return []
