"""TIFF files of any number of channels, 8, 16 or 32 bits (float), written losslessly.

Pillow writes neither 16-bit color nor floating-point color. One strip, compressed with deflate,
horizontal differences for whole numbers. Reference: TIFF revision 6.0 (Adobe, 1992), sections 2,
14, 18; Adobe Photoshop TIFF Technical Notes (2002) for deflate.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["encode_tiff"]

_SHORT, _LONG, _BYTES = 3, 4, 7
_DEFLATE, _DIFFERENCES, _FLOAT = 8, 2, 3
_ALPHA_NOT_MULTIPLIED = 2


def encode_tiff(
    pixels: NDArray[Any],
    compress_level: int = 1,
    *,
    alpha: bool = False,
    icc: bytes | None = None,
) -> bytes:
    """A TIFF file.

    Args:
        pixels: (H, W) or (H, W, C), uint8, uint16 or float32.
        compress_level: 0 to 9.
        alpha: whether the last channel is alpha.
        icc: the color profile.

    >>> encode_tiff(np.zeros((1, 1), np.uint8))[:4]
    b'II*\\x00'
    """
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    values = pixels.reshape(height, width, channels)
    whole = values.dtype.kind == "u"
    if whole:
        differences = values.copy()
        differences[:, 1:] -= values[:, :-1]
        values = differences
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    body = zlib.compress(little.tobytes(), compress_level)
    colors = 3 if channels - alpha >= 3 else 1
    extra = [0] * (channels - colors)
    if alpha:
        extra[-1] = _ALPHA_NOT_MULTIPLIED
    fields: list[tuple[int, int, list[int] | bytes]] = [
        (256, _LONG, [width]),
        (257, _LONG, [height]),
        (258, _SHORT, [8 * pixels.dtype.itemsize] * channels),
        (259, _SHORT, [_DEFLATE]),
        (262, _SHORT, [2 if colors == 3 else 1]),  # RGB, or gray with 0 as black
        (273, _LONG, [8]),
        (277, _SHORT, [channels]),
        (278, _LONG, [height]),
        (279, _LONG, [len(body)]),
        (284, _SHORT, [1]),  # channels side by side
        (317, _SHORT, [_DIFFERENCES if whole else 1]),
    ]
    if extra:
        fields.append((338, _SHORT, extra))
    fields.append((339, _SHORT, [1 if whole else _FLOAT] * channels))
    if icc:
        fields.append((34675, _BYTES, icc))
    body += b"\0" * (len(body) % 2)
    return struct.pack("<2sHI", b"II", 42, 8 + len(body)) + body + _directory(fields, 8 + len(body))


def _directory(fields: list[tuple[int, int, list[int] | bytes]], place: int) -> bytes:
    """The directory that stands at ``place``; values longer than four bytes come behind it."""
    head, tail = struct.pack("<H", len(fields)), b""
    behind = place + 2 + 12 * len(fields) + 4
    for tag, kind, values in fields:
        code = {_SHORT: "H", _LONG: "I", _BYTES: "B"}[kind]
        content = struct.pack(f"<{len(values)}{code}", *values)
        if len(content) <= 4:
            stored = content.ljust(4, b"\0")
        else:
            stored = struct.pack("<I", behind + len(tail))
            tail += content + b"\0" * (len(content) % 2)
        head += struct.pack("<HHI", tag, kind, len(values)) + stored
    return head + struct.pack("<I", 0) + tail
