"""What the geometric kernels ask of arrays: three dimensions, contiguous, known fill and border."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel

__all__ = [
    "NO_SPANS",
    "address_of",
    "as_bytes",
    "as_pixels",
    "check_size",
    "fill_values",
    "limit_of",
    "output_for",
    "premultiplied",
    "span",
    "unpremultiply",
]

Pixels = NDArray[np.generic]
Fill = float | Sequence[float]

NO_SPANS = np.empty((0, 2), np.int32)
"""All of every row."""


def as_pixels(image: Pixels) -> Pixels:
    """``image`` as C-contiguous (H, W, C), writable as far as numba can tell; copied if strided.

    Numba compiles a kernel anew for read-only arrays, so those are passed through an alias; no
    kernel writes to its source.
    """
    if image.ndim == 3:
        flags = image.flags
        if flags.c_contiguous and flags.writeable and image.dtype.isnative:
            return image
    elif image.ndim == 2:
        image = image[:, :, None]
    else:
        raise ValueError(f"image has shape {image.shape}; it must be (height, width[, channels])")
    if not image.dtype.isnative:
        image = image.astype(image.dtype.newbyteorder("="))
    image = np.ascontiguousarray(image)
    if not image.flags.writeable and image.nbytes:
        memory = (ctypes.c_uint8 * image.nbytes).from_address(image.ctypes.data)
        alias: Pixels = np.ndarray(image.shape, image.dtype, buffer=memory)  # type: ignore[arg-type]
        memory._owner = image  # type: ignore[attr-defined]  # lives as long as the alias
        return alias
    return image


def address_of(array: Pixels) -> int:
    """The address of an array's first element."""
    try:
        return ctypes.addressof(_byte_of(array))  # a third of the time of what follows
    except (TypeError, ValueError):  # strided, read-only or empty
        address: int = array.__array_interface__["data"][0]
        return address


_byte_of: Any = ctypes.c_char.from_buffer


def as_bytes(pixels: Pixels) -> NDArray[np.uint8]:
    """The same memory as bytes; C-contiguous."""
    return pixels.view(np.uint8)


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """``size`` as (height, width), each at least 0."""
    height, width = size
    if height < 0 or width < 0:
        raise ValueError(f"size is {size}; (height, width) must not be negative")
    return int(height), int(width)


def fill_values(fill: Fill, channels: int, dtype: np.dtype[np.generic]) -> Pixels:
    """One fill value per channel in ``dtype``; integer dtypes round and clip. Not to be written."""
    return _fill_values(tuple(fill) if isinstance(fill, list) else fill, channels, dtype)


@lru_cache(maxsize=256)
def _fill_values(fill: Fill, channels: int, dtype: np.dtype[np.generic]) -> Pixels:
    values = np.asarray(fill, dtype=np.float64) + 0.0  # one zero: -0.0 is the same key
    if values.ndim > 1 or (values.ndim == 1 and values.size not in (1, channels)):
        raise ValueError(
            f"fill is {fill!r}; give one number, or one for each of the {channels} channels"
        )
    if dtype.kind in "iu":
        info = np.iinfo(dtype)  # type: ignore[type-var]
        values = np.clip(np.rint(values), info.min, info.max)
    filled: Pixels = np.empty(channels, dtype)
    filled[:] = values.astype(dtype)
    return filled


def limit_of(dtype: np.dtype[np.generic]) -> float:
    """The largest value of an integer dtype, 0 for float32; others cannot be blended."""
    if dtype == np.uint8:
        return 255.0
    if dtype == np.uint16:
        return 65535.0
    if dtype == np.float32:
        return 0.0
    raise TypeError(
        f"image has dtype {dtype}; interpolation needs uint8, uint16 or float32: convert it, "
        'or use interpolation="nearest", which moves any dtype'
    )


def output_for(image: Pixels, size: tuple[int, int], out: Pixels | None) -> tuple[Pixels, Pixels]:
    """The array to return, of as many dimensions as ``image``, and its (H, W, C) view."""
    shape = (*size, *image.shape[2:])
    if out is None:
        out = np.empty(shape, image.dtype)
    elif out.shape != shape or out.dtype != image.dtype:
        raise ValueError(
            f"out is {out.dtype} of shape {out.shape}; it must be {image.dtype} of shape {shape}"
        )
    elif not out.flags.c_contiguous or not out.flags.writeable:
        raise ValueError("out is not a writable C-contiguous array; make one with numpy.empty")
    return out, out if out.ndim == 3 else out[:, :, None]


def premultiplied(pixels: Pixels) -> NDArray[np.float32]:
    """Colors times alpha (the last channel), and alpha, as float32 in the units of ``pixels``."""
    flat = pixels.reshape(-1, pixels.shape[-1])
    result = np.empty(flat.shape, np.float32)
    _premultiply(flat, limit_of(pixels.dtype) or 1.0, result)
    return result.reshape(pixels.shape)


@kernel
def _premultiply(pixels: Pixels, full: float, out: NDArray[np.float32]) -> None:
    last = pixels.shape[1] - 1
    for i in range(pixels.shape[0]):
        alpha = np.float32(pixels[i, last])
        out[i, last] = alpha
        for c in range(last):
            out[i, c] = np.float32(pixels[i, c]) * alpha / np.float32(full)


@kernel
def unpremultiply(
    pixels: NDArray[np.float32], spans: NDArray[np.int32], limit: float, out: Pixels
) -> None:
    """Write colors divided by alpha, within ``spans``; where alpha is 0 colors are 0.

    ``limit`` is the largest value of an integer dtype (results are rounded and clipped), else 0.
    """
    last = pixels.shape[2] - 1
    for i in range(pixels.shape[0]):
        start, stop = span(spans, i, pixels.shape[1])
        for j in range(start, stop):
            alpha = pixels[i, j, last]
            for c in range(last + 1):
                value = pixels[i, j, c]
                if c < last:
                    value = value / alpha if alpha > 0.0 else np.float32(0.0)
                    value = value * np.float32(limit) if limit > 0.0 else value
                if limit > 0.0:
                    value = min(max(value + np.float32(0.5), np.float32(0.0)), np.float32(limit))
                out[i, j, c] = value


@kernel
def span(spans: NDArray[np.int32], row: int, width: int) -> tuple[int, int]:
    """The [start, stop) of a row that is meant, within ``width``; all of it where ``spans`` is empty.

    A span that lies beside the row, or ends before it begins, gives an empty one within it.
    """
    if spans.shape[0] == 0:
        return 0, width
    start = min(max(int(spans[row, 0]), 0), width)
    return start, min(max(int(spans[row, 1]), start), width)
