"""Reducing an image by exact means over blocks of pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels import _arrays
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes_lines import add_lines, mean_across
from augkit.image.kernels._resize_bytes import PIECES

__all__ = ["reduced"]

Pixels = NDArray[np.generic]


def reduced(image: Pixels, rows: int, columns: int) -> Pixels:
    """Means over blocks of ``rows`` x ``columns`` (powers of two); whole blocks only.

    ``image`` is (H, W, C), uint8, uint16 or float32, its pixels side by side in each row. Integers
    are rounded, once.
    """
    height, width = image.shape[0] // rows, image.shape[1] // columns
    channels = image.shape[2]
    out: Pixels = np.empty((height, width, channels), image.dtype)
    piece = PIECES[channels] if channels <= 4 else 0
    if image.dtype == np.uint8 and channels <= 4 and rows <= 256 and width * columns >= piece:
        lanes = 4 if channels == 3 else channels
        line = np.empty(width * columns * lanes, np.uint16)
        # Three channels are stored as four: the last pixel runs over.
        padded = np.empty(out.size + 1, np.uint8)
        byte_means(
            _arrays.address_of(image),
            image.strides[0],
            _arrays.address_of(line),
            (rows, columns),
            (rows * columns).bit_length() - 1,
            (height, width),
            piece,
            (0,) * channels,
            _arrays.address_of(padded),
        )
        return padded[:-1].reshape(out.shape)
    block_means(np.ascontiguousarray(image), rows, columns, _arrays.limit_of(image.dtype), out)
    return out


@kernel
def byte_means(
    source: int,
    stride: int,
    line: int,
    block: tuple[int, int],
    shift: int,
    size: tuple[int, int],
    piece: int,
    zeros: tuple[int, ...],
    target: int,
) -> None:
    """Add up the lines of a block, then the pixels across; addresses, and strides in bytes."""
    channels = len(zeros)
    lanes = 4 if channels == 3 else channels
    rows, columns = block
    height, width = size
    for i in range(height):
        for start in range(0, width * columns, piece):
            k = min(start, width * columns - piece)
            at = source + i * rows * stride + k * channels
            add_lines(at, stride, rows, line + k * 2 * lanes, zeros)
        at = line
        if columns == 2:  # by a constant, so that its loop vanishes
            for _ in range(width):
                mean_across(at, 2, shift, target, zeros)
                at += 4 * lanes
                target += channels
        else:
            for _ in range(width):
                mean_across(at, columns, shift, target, zeros)
                at += columns * 2 * lanes
                target += channels


@kernel
def block_means(source: Pixels, rows: int, columns: int, limit: float, out: Pixels) -> None:
    """The same for any dtype; ``limit`` is 0 for floating point."""
    half = 0.5 if limit > 0.0 else 0.0
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for c in range(out.shape[2]):
                total = 0.0
                for r in range(i * rows, (i + 1) * rows):
                    for k in range(j * columns, (j + 1) * columns):
                        total += source[r, k, c]
                out[i, j, c] = total / (rows * columns) + half
