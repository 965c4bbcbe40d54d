"""Tables: every pointwise curve on integer pixels is one lookup.

A shared 8-bit table is one ``stringzilla.translate`` (SIMD shuffles, several times faster than any
table loop a compiler makes); tables that differ between channels, 16-bit tables and tables with
another output dtype run in numba.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels import _arrays
from augkit.image.kernels._jit import kernel

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Number",
    "Pixels",
    "allocate",
    "as_pixels",
    "color_count",
    "fill_linear",
    "fill_rounded",
    "full_range",
    "table",
]

Pixels: TypeAlias = NDArray[Any]
"""uint8, uint16 or float32: one function in Python, which numba compiles for each."""

Number: TypeAlias = Any
"""A NumPy scalar of a kernel's arithmetic; its type follows from that of the pixels."""


def table(
    image: Pixels,
    lut: Pixels,
    *,
    color_channels: int | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """Replace every value of the first ``color_channels`` channels by its entry in ``lut``.

    Parameters
    ----------
    image : uint8 or uint16 array, shape (H, W) or (H, W, C)
    lut : array, shape (256,) or (color_channels, 256) for uint8, 65536 entries for uint16
        One table for all channels or one per channel. Its dtype (uint8, uint16, float32) is the
        dtype of the result.
    color_channels : int, optional
        How many leading channels to look up (default all). The others (alpha) are copied; when
        the dtype changes they are rescaled from full range to full range.
    out : array, optional
        Written and returned; C-contiguous, of the result's shape and dtype. May be ``image``.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.array([[[0, 10, 255]]], dtype=np.uint8)
    >>> table(image, np.arange(255, -1, -1, dtype=np.uint8)).tolist()
    [[[255, 245, 0]]]
    """
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    if color == channels and image.dtype == lut.dtype == np.uint8 and lut.shape == (256,):
        translate = _translate()
        if translate is not None and pixels.size:
            result = allocate(image, out)
            translate(pixels.reshape(-1).data, lut.tobytes(), out=result.reshape(-1))
            return result
    tables = _tables(image, lut, channels, color)
    result = allocate(image, out, tables.dtype)
    if pixels.size == 0:
        return result
    source, target = pixels.reshape(-1), result.reshape(-1)
    translate = _translate() if image.dtype == tables.dtype == np.uint8 else None
    if translate is None:
        _look_up(source, tables, target)
    elif len(tables) == 1:
        translate(source.data, tables.tobytes(), out=target)
    else:
        _translate_channels(translate, source, tables, target)
    return result


@kernel
def fill_linear(scale: float, offset: float, lut: NDArray[np.uint8]) -> None:
    """Fill in the 8-bit table of ``clip(scale * x + offset)``, x and the result in [0, 1]."""
    for level in range(256):
        value = level / 255.0 * scale + offset
        lut[level] = np.uint8(np.floor(min(max(value, 0.0), 1.0) * 255.0 + 0.5))


@kernel
def fill_rounded(values: NDArray[np.float64], top: float, lut: Pixels) -> None:
    """Fill in a table of whole numbers: ``values``, clipped to [0, 1], times ``top``, rounded."""
    for level in range(lut.size):
        lut[level] = np.floor(min(max(values[level], 0.0), 1.0) * top + 0.5)


def _tables(image: Pixels, lut: Pixels, channels: int, color: int) -> Pixels:
    """``lut`` as (1, levels), shared by all channels, or as (channels, levels)."""
    if image.dtype not in (np.uint8, np.uint16):
        raise TypeError(
            f"image has dtype {image.dtype}; a table needs uint8 or uint16: "
            "apply the curve itself to float pixels"
        )
    levels = int(full_range(image.dtype)) + 1
    lut = np.asarray(lut)
    full_range(lut.dtype)
    if lut.shape not in ((levels,), (color, levels)):
        raise ValueError(
            f"lut has shape {lut.shape}; {image.dtype} pixels with {color} color channels need "
            f"({levels},) or ({color}, {levels})"
        )
    rows = np.ascontiguousarray(lut).reshape(-1, levels)
    if color == channels:
        return rows
    keep = np.arange(levels, dtype=np.float64) * (full_range(lut.dtype) / full_range(image.dtype))
    if lut.dtype != np.float32:
        keep = np.rint(keep)
    colors = np.broadcast_to(rows, (color, levels))
    others = np.broadcast_to(keep.astype(lut.dtype), (channels - color, levels))
    return np.concatenate([colors, others])


def _translate_channels(
    translate: Callable[..., object],
    source: NDArray[np.uint8],
    tables: NDArray[np.uint8],
    target: NDArray[np.uint8],
) -> None:
    """Translate everything by each table and pick the channels: still faster than a table loop."""
    channels = len(tables)
    owners: dict[bytes, list[int]] = {}
    for channel, row in enumerate(tables):
        owners.setdefault(row.tobytes(), []).append(channel)
    if len(owners) > 4 or source.size < 4096:
        _look_up(source, tables, target)
        return
    if np.may_share_memory(source, target):
        source = source.copy()
        source.flags.writeable = False
    original, other = source.data, np.empty_like(target)
    for k, (row, members) in enumerate(owners.items()):
        if k == 0:
            translate(original, row, out=target)
            continue
        translated = source
        if row != _IDENTITY:
            translate(original, row, out=other)
            translated = other.view()
            translated.flags.writeable = False
        mask = np.zeros(channels, np.uint8)
        mask[members] = 255
        # Blocks of whole pixels, long enough for vector instructions.
        _pick(translated, np.tile(mask, -(-256 // channels)), target)


@cache
def _translate() -> Callable[..., object] | None:
    try:
        from stringzilla import translate
    except ImportError:
        return None
    return translate  # type: ignore[no-any-return]


_IDENTITY = bytes(range(256))


@kernel
def _pick(other: NDArray[np.uint8], mask: NDArray[np.uint8], target: NDArray[np.uint8]) -> None:
    """Copy ``other`` where the mask, a repeating pattern, is 255."""
    period = mask.shape[0]
    for start in range(0, target.shape[0], period):
        part, into = other[start : start + period], target[start : start + period]
        for j in range(part.shape[0]):
            into[j] = (part[j] & mask[j]) | (into[j] & ~mask[j])


@kernel
def _look_up(source: Pixels, tables: Pixels, target: Pixels) -> None:
    channels = tables.shape[0]
    if channels == 1:
        lut = tables[0]
        for i in range(source.shape[0]):
            target[i] = lut[source[i]]
    elif channels == 3:
        red, green, blue = tables[0], tables[1], tables[2]
        for i in range(0, source.shape[0], 3):
            target[i] = red[source[i]]
            target[i + 1] = green[source[i + 1]]
            target[i + 2] = blue[source[i + 2]]
    else:
        for i in range(source.shape[0] // channels):
            for c in range(channels):
                target[i * channels + c] = tables[c, source[i * channels + c]]


# What every kernel module needs to know of an image.

_FULL_RANGE: dict[np.dtype[np.generic], float] = {
    np.dtype(np.uint8): 255.0,
    np.dtype(np.uint16): 65535.0,
    np.dtype(np.float32): 1.0,
}


def full_range(dtype: np.dtype[np.generic]) -> float:
    """Return the value of white: 255, 65535 or 1."""
    try:
        return _FULL_RANGE[dtype]
    except KeyError:
        raise TypeError(
            f"image has dtype {dtype}; allowed are uint8, uint16 and float32 in [0, 1]: "
            "convert it with astype first"
        ) from None


def as_pixels(image: Pixels) -> Pixels:
    """``image`` as C-contiguous (H, W, C), with a dtype that images have; see `_arrays.as_pixels`."""
    full_range(image.dtype)
    return _arrays.as_pixels(image)


def color_count(channels: int, color_channels: int | None) -> int:
    """Check ``color_channels``, the number of leading channels to touch; None means all."""
    if color_channels is None:
        return channels
    if not 0 <= color_channels <= channels:
        raise ValueError(
            f"color_channels is {color_channels}; this image has {channels} channels, so give 0 "
            f"to {channels}"
        )
    return color_channels


def allocate(
    image: Pixels,
    out: Pixels | None,
    dtype: np.dtype[np.generic] | None = None,
) -> Pixels:
    """Return ``out`` if it fits, or a new array of the image's shape."""
    if out is None:
        return np.empty(image.shape, image.dtype if dtype is None else dtype)
    wanted = np.dtype(image.dtype if dtype is None else dtype)
    if out.shape != image.shape or out.dtype != wanted:
        raise ValueError(
            f"out has shape {out.shape} and dtype {out.dtype}; the result needs {image.shape} "
            f"and {wanted}"
        )
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise ValueError("out must be C-contiguous and writable; leave it out to get a new array")
    return out
