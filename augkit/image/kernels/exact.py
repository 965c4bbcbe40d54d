"""Copies that move whole pixels: flips, transpose, quarter turns and padding, for any dtype."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._arrays import Fill, address_of, fill_values
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._lanes_copy import (
    copy_bytes,
    copy_pixel,
    reverse_pixels,
    transpose_pixels,
)
from augkit.image.kernels._locate import BORDERS, bordered

__all__ = ["flip_horizontal", "flip_vertical", "pad", "rotate90", "transpose"]

Pixels = NDArray[np.generic]


def flip_horizontal(image: Pixels, out: Pixels | None = None) -> Pixels:
    """Mirror left and right.

    Parameters
    ----------
    image : array of any dtype, shape (H, W) or (H, W, C)
    out : array, optional
        Written and returned; C-contiguous, like ``image`` in shape and dtype, not ``image`` itself.

    Examples
    --------
    >>> import numpy as np
    >>> flip_horizontal(np.array([[1, 2, 3]])).tolist()
    [[3, 2, 1]]
    """
    out = _output(image.shape, image.dtype, out)
    size = _pixel_size(image)
    height, width = image.shape[:2]
    if size == 0:
        out[...] = image[:, ::-1]
    elif out.size:
        source = _rows_of_pixels(image)
        read, write = address_of(source), address_of(out)
        mirror(read, source.strides[0], write, width * size, height, width, _ZEROS[size])
    return out


def flip_vertical(image: Pixels, out: Pixels | None = None) -> Pixels:
    """Mirror top and bottom; parameters as for `flip_horizontal`.

    Examples
    --------
    >>> import numpy as np
    >>> flip_vertical(np.array([[1], [2], [3]])).tolist()
    [[3], [2], [1]]
    """
    out = _output(image.shape, image.dtype, out)
    out[...] = image[::-1]
    return out


def transpose(image: Pixels) -> Pixels:
    """Swap rows and columns; a new C-contiguous array.

    Examples
    --------
    >>> import numpy as np
    >>> transpose(np.array([[1, 2, 3]])).tolist()
    [[1], [2], [3]]
    """
    return _turned(image, False, False)


def rotate90(image: Pixels, k: int) -> Pixels:
    """Turn ``k`` quarters counter-clockwise as seen; a new C-contiguous array.

    Examples
    --------
    >>> import numpy as np
    >>> rotate90(np.array([[1, 2, 3]]), 1).tolist()
    [[3], [2], [1]]
    """
    k %= 4
    if k == 1:
        return _turned(image, False, True)
    if k == 3:
        return _turned(image, True, False)
    if k == 2:
        return flip_horizontal(image[::-1])
    return image.copy(order="C")


def pad(
    image: Pixels,
    pads: tuple[int, int, int, int],
    border: str = "constant",
    fill: Fill = 0,
) -> Pixels:
    """Widen by ``pads`` = (top, bottom, left, right) pixels; a new C-contiguous array.

    Parameters
    ----------
    image : array of any dtype, shape (H, W) or (H, W, C)
    pads : (top, bottom, left, right), each at least 0
    border : "constant", "replicate" (aaa|abc|ccc), "reflect" (cba|abc|cba), "reflect101"
        (cb|abc|ba) or "wrap" (abc|abc|abc); mirrors and wraps go on as far as is needed
    fill : number, or one per channel

    Examples
    --------
    >>> import numpy as np
    >>> pad(np.array([[1, 2, 3]]), (0, 0, 2, 2), "reflect101").tolist()
    [[3, 2, 1, 2, 3, 2, 1]]
    """
    top, bottom, left, right = pads
    if min(pads) < 0:
        raise ValueError(
            f"pads is {pads}; (top, bottom, left, right) must not be negative: slice instead"
        )
    if border not in BORDERS:
        raise ValueError(f"border is {border!r}; it must be one of {', '.join(BORDERS)}")
    height, width = image.shape[:2]
    shape = (top + height + bottom, left + width + right, *image.shape[2:])
    if border == "constant" and isinstance(fill, int | float):  # NumPy fills with one number fast
        out: Pixels
        if fill == 0:
            out = np.zeros(shape, image.dtype)
        else:
            out = np.full(shape, fill_values(fill, 1, image.dtype)[0])
        out[top : top + height, left : left + width] = image
        return out
    out = np.empty(shape, image.dtype)
    channels = image.shape[2] if image.ndim == 3 else 1
    fills = fill_values(fill, channels, image.dtype)
    if image.size == 0:
        if border != "constant" and out.size:
            raise ValueError(f"image has shape {image.shape}; there is nothing to {border}")
        out[...] = fills if image.ndim == 3 else fills[0]
        return out
    source = _rows_of_pixels(image)
    size = _pixel_size(image)
    # Larger pixels are copied with their size at run time: a tuple of none.
    extend(
        address_of(source),
        source.strides[0],
        height,
        width * channels * image.itemsize,
        pads,
        BORDERS[border],
        fills.view(np.uint8),
        address_of(out),
        out.shape[1] * channels * image.itemsize,
        _ZEROS[size],
    )
    return out


def _output(shape: tuple[int, ...], dtype: np.dtype[np.generic], out: Pixels | None) -> Pixels:
    if out is None:
        return np.empty(shape, dtype)
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(
            f"out is {out.dtype} of shape {out.shape}; it must be C-contiguous {dtype} of shape "
            f"{shape}"
        )
    return out


def _pixel_size(image: Pixels) -> int:
    """Bytes per pixel where there is vector code for it, else 0."""
    size: int = image.itemsize * (image.shape[2] if image.ndim == 3 else 1)
    return size if size <= 16 and not image.dtype.hasobject else 0


def _rows_of_pixels(image: Pixels) -> Pixels:
    """``image``, copied if its pixels do not lie side by side in each row."""
    if image.flags.c_contiguous:
        return image
    inner = image.strides[1:] == (image.itemsize,)
    if image.ndim == 3:
        inner = (
            image.strides[2] == image.itemsize
            and image.strides[1] == image.itemsize * image.shape[2]
        )
    return image if inner else np.ascontiguousarray(image)


def _turned(image: Pixels, upside_down: bool, bottom_first: bool) -> Pixels:
    """Transpose; read the rows from the last one up, or write them so."""
    height, width = image.shape[:2]
    out: Pixels = np.empty((width, height, *image.shape[2:]), image.dtype)
    size = _pixel_size(image)
    if size == 0:
        source = image[::-1] if upside_down else image
        target = out[::-1] if bottom_first else out
        target[...] = source.swapaxes(0, 1)
    elif out.size:
        source = _rows_of_pixels(image)
        read, read_step = address_of(source), source.strides[0]
        write, write_step = address_of(out), height * size
        if upside_down:
            read, read_step = read + (height - 1) * read_step, -read_step
        if bottom_first:
            write, write_step = write + (width - 1) * write_step, -write_step
        turn(read, read_step, write, write_step, height, width, _ZEROS[size])
    return out


_ZEROS = tuple((0,) * size for size in range(17))


@kernel
def mirror(
    source: int,
    source_stride: int,
    target: int,
    target_stride: int,
    height: int,
    width: int,
    zeros: tuple[int, ...],
) -> None:
    """Reverse the pixels of each row; addresses, and strides in bytes."""
    size = len(zeros)
    # Thirty-two bytes at a time, as long as there are as many: nothing else is touched.
    step = 32 // size * size if size & (size - 1) == 0 else 2 * (16 // size * size)
    for i in range(height):
        start = source + i * source_stride
        read, write = start + width * size, target + i * target_stride
        while read - start >= 32:
            reverse_pixels(read, write, zeros)
            read -= step
            write += step
        while read > start:
            read -= size
            copy_pixel(read, write, zeros)
            write += size


@kernel
def turn(
    source: int,
    source_stride: int,
    target: int,
    target_stride: int,
    height: int,
    width: int,
    zeros: tuple[int, ...],
) -> None:
    """Transpose (height, width) pixels; addresses, and strides in bytes."""
    size = len(zeros)
    side = 1
    if size in (1, 2, 3, 4, 8):
        side = 8 if size in (1, 2, 4) else 4
    # As many columns at once as a cache line holds: no more output rows are touched in turn, since
    # rows a power of two apart share few places in the cache.
    tile = max(64 // size // side, 1) * side
    rows, columns = height // side * side, width // side * side
    for left in range(0, columns, tile):
        for i in range(0, rows, side):
            for j in range(left, min(left + tile, columns), side):
                at = source + i * source_stride + j * size
                to = target + j * target_stride + i * size
                if side > 1:
                    transpose_pixels(at, source_stride, to, target_stride, zeros)
                else:
                    copy_pixel(at, to, zeros)
    for i in range(height):
        for j in range(columns if i < rows else 0, width):
            copy_pixel(
                source + i * source_stride + j * size, target + j * target_stride + i * size, zeros
            )


@kernel
def extend(
    source: int,
    source_stride: int,
    height: int,
    row_bytes: int,
    pads: tuple[int, int, int, int],
    border: int,
    fill: NDArray[np.uint8],
    target: int,
    target_stride: int,
    zeros: tuple[int, ...],
) -> None:
    """Copy rows into the middle of larger ones and fill what is around; addresses and bytes."""
    size = fill.size
    width = row_bytes // size
    top, bottom, left, right = pads
    line = np.empty(target_stride, np.uint8)
    for start in range(0, target_stride, size):
        for c in range(size):
            line[start + c] = fill[c]
    # The columns left and right of the middle, and which ones they repeat.
    beside, columns = np.empty(left + right, np.intp), np.empty(left + right, np.intp)
    for j in range(beside.size):
        beside[j] = j if j < left else j + width
        columns[j] = bordered(beside[j] - left, width, border)
    for i in range(-top, height + bottom):
        row = bordered(i, height, border)
        to = target + (top + i) * target_stride
        if row < 0:
            copy_bytes(address(line), to, target_stride)
            continue
        at = source + row * source_stride
        copy_bytes(at, to + left * size, row_bytes)
        if border == 0:
            copy_bytes(address(line), to, left * size)
            copy_bytes(address(line), to + (left + width) * size, right * size)
            continue
        for j in range(beside.size):
            pixel, place = at + columns[j] * size, to + beside[j] * size
            if len(zeros) > 0:
                copy_pixel(pixel, place, zeros)
            else:
                copy_bytes(pixel, place, size)
