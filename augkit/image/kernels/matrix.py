"""Color matrices and linear curves, clamped and rounded once.

Bytes and 16-bit lines go through fixed point: the products are exact, only the coefficients are
rounded, to at least 2**-12 for everyday matrices. Matrices on other dtypes go through float32 without
fused multiplication. So a result is never more than one level from the float64 definition, and every
processor gives the same bytes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.compose import LUMA, MIXED, mix_bytes
from augkit.image.kernels.table import Pixels, allocate, as_pixels, color_count, full_range, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

__all__ = [
    "LUMA",
    "color_matrix",
    "gray",
    "scale_offset",
]


def color_matrix(
    image: Pixels,
    matrix: ArrayLike,
    *,
    out: Pixels | None = None,
) -> Pixels:
    """Return ``clip(matrix @ (red, green, blue, 1))`` for every pixel.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W, C), C >= 3
        The first three channels are red, green and blue; the others are copied.
    matrix : array_like, shape (3, 4)
        In units of full range: the last column is an offset with 1 for white, whatever the dtype.
    out : array, optional
        Written and returned; C-contiguous, of the image's shape and dtype.

    Examples
    --------
    >>> import numpy as np
    >>> swap = [[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]]
    >>> color_matrix(np.array([[[10, 20, 30]]], dtype=np.uint8), swap).tolist()
    [[[30, 20, 10]]]
    """
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    if channels < 3:
        raise ValueError(f"image has {channels} channels; a color matrix needs at least 3")
    rows = np.array(matrix, dtype=np.float64)
    if rows.shape != (3, 4):
        raise ValueError(f"matrix must be 3 rows of 4 finite numbers, got {matrix!r}")
    result = allocate(image, out)
    if image.dtype == np.uint8:
        step = np.array((MIXED, *rows.reshape(12)))
        if mix_bytes(pixels, step, False, result):
            return result
    if not np.isfinite(rows).all():
        raise ValueError(f"matrix must be 3 rows of 4 finite numbers, got {matrix!r}")
    source, target = pixels.reshape(-1), result.reshape(-1)
    white = full_range(image.dtype)
    scaled = rows * (1.0, 1.0, 1.0, white)
    if image.dtype != np.uint8:
        _matrix_float(source, channels, scaled.astype(np.float32), np.float32(white), target)
        return result
    coefficients, shifts = _fixed_point(scaled, white, 31, 16)
    _matrix_integer(source, channels, coefficients.astype(np.int32), shifts, target)
    return result


def scale_offset(
    image: Pixels,
    scale: float | Sequence[float],
    offset: float | Sequence[float],
    *,
    color_channels: int | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """Return ``clip(scale * image + offset)``, rounded once.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    scale, offset : float or one float per color channel
        ``offset`` in units of full range (1 is white).
    color_channels : int, optional
        How many leading channels to change (default all); the others are copied.
    out : array, optional
        Written and returned; C-contiguous, of the image's shape and dtype. May be ``image``.

    Examples
    --------
    >>> import numpy as np
    >>> scale_offset(np.array([[0, 100, 200]], dtype=np.uint8), 1.5, 0.0).tolist()
    [[0, 150, 255]]
    """
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    rows = np.zeros((channels, 2))
    rows[:, 0] = 1.0
    try:
        rows[:color, 0], rows[:color, 1] = scale, offset
    except ValueError:
        raise ValueError(
            f"scale and offset must be one number or {color}, one per color channel; got "
            f"{scale!r} and {offset!r}"
        ) from None
    if not np.isfinite(rows).all():
        raise ValueError(f"scale and offset must be finite, got {scale!r} and {offset!r}")
    if image.dtype == np.uint8:
        levels = np.arange(256.0) * rows[:color, :1] + rows[:color, 1:] * 255.0
        return table(
            image,
            np.floor(np.clip(levels, 0.0, 255.0) + 0.5).astype(np.uint8),
            color_channels=color,
            out=out,
        )
    result = allocate(image, out)
    if pixels.size == 0:
        return result
    # The kernel runs over the interleaved values with a pattern of whole pixels long enough for
    # vector instructions, so the number of channels does not matter.
    repeats = -(-_PATTERN // channels)
    source, target = pixels.reshape(-1), result.reshape(-1)
    if image.dtype == np.float32:
        scales, offsets = np.tile(rows.astype(np.float32), (repeats, 1)).T.copy()
        _linear_float(source, scales, offsets, target)
        return result
    white = full_range(image.dtype)
    rows[:, 1] *= white
    coefficients, shifts = _fixed_point(rows, white, 63, 32)
    # One shift for all: the smallest, so that every channel fits.
    shift = int(shifts.min(initial=32))
    coefficients, _ = _fixed_point(rows, white, 63, shift)
    pattern = np.tile(coefficients, (repeats, 1))
    _linear_integer(source, pattern[:, 0].copy(), pattern[:, 1].copy(), shift, target)
    return result


def gray(image: Pixels, weights: tuple[float, float, float] = LUMA) -> Pixels:
    """Return the weighted sum of the first three channels, shape (H, W), same dtype.

    ``weights`` are non-negative and sum to 1; the default is luma (ITU-R BT.601), and on uint8
    the result equals Pillow's ``convert("L")``. Gray pixels keep their value exactly.

    Examples
    --------
    >>> import numpy as np
    >>> gray(np.array([[[255, 0, 0], [7, 7, 7]]], dtype=np.uint8)).tolist()
    [[76, 7]]
    """
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    if channels < 3:
        raise ValueError(f"image has {channels} channels; gray needs at least 3")
    if len(weights) != 3 or min(weights) < 0 or abs(sum(weights) - 1.0) > 1e-6:
        raise ValueError(f"weights must be 3 non-negative numbers that sum to 1, got {weights!r}")
    result = np.empty(image.shape[:2], image.dtype)
    source, target = pixels.reshape(-1), result.reshape(-1)
    if image.dtype == np.float32:
        _gray_float(source, channels, np.array(weights, dtype=np.float32), target)
        return result
    fixed = np.rint(np.array(weights) * 65536).astype(np.int64)
    fixed[1] += 65536 - fixed.sum()
    _gray_integer(source, channels, fixed.astype(np.uint32), target)
    return result


_PATTERN = 256


def _fixed_point(
    rows: NDArray[np.float64], white: float, bits: int, finest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Scale each row by a power of two so that no sum can reach ``2**bits``; returns the shifts.

    The last column is the offset and takes the half that rounds. A row with a coefficient beyond
    2**14 is scaled down as a whole: its edges stay where they are and its slope still saturates.
    """
    steepest = np.abs(rows[:, :-1]).max(axis=1, initial=0.0, keepdims=True)
    steepest = np.maximum(steepest, np.abs(rows[:, -1:]) / white)
    clipped = rows * (2.0**14 / np.maximum(steepest, 2.0**14))
    shifts = np.empty(len(rows), np.int64)
    fixed = np.empty(rows.shape, np.int64)
    for i, row in enumerate(clipped):
        largest = white * float(np.abs(row[:-1]).sum()) + abs(float(row[-1])) + 1.0
        shift = max(0, min(finest, bits - 1 - math.frexp(largest)[1]))
        shifts[i] = shift
        fixed[i] = np.rint(row * 2.0**shift)
        fixed[i, -1] += (1 << shift) >> 1
    return fixed, shifts


# Kernels. Each takes a block of pixels apart into planes, because compilers vectorize planes well
# and interleaved arithmetic badly, and puts it together again while it is in the nearest cache.

_BLOCK = 1024


@kernel
def _take_apart(part: Pixels, channels: int, shift: int, planes: Pixels) -> None:
    cast = planes.dtype.type
    red, green, blue = planes[0], planes[1], planes[2]
    if channels == 3:
        for i in range(part.shape[0] // 3):
            red[i] = cast(part[3 * i]) * cast(1 << shift)
            green[i] = cast(part[3 * i + 1]) * cast(1 << shift)
            blue[i] = cast(part[3 * i + 2]) * cast(1 << shift)
    elif channels == 4:
        for i in range(part.shape[0] // 4):
            red[i] = cast(part[4 * i]) * cast(1 << shift)
            green[i] = cast(part[4 * i + 1]) * cast(1 << shift)
            blue[i] = cast(part[4 * i + 2]) * cast(1 << shift)
    else:
        for i in range(part.shape[0] // channels):
            red[i] = cast(part[channels * i]) * cast(1 << shift)
            green[i] = cast(part[channels * i + 1]) * cast(1 << shift)
            blue[i] = cast(part[channels * i + 2]) * cast(1 << shift)


@kernel
def _put_together(
    planes: Pixels,
    part: Pixels,
    channels: int,
    target: Pixels,
) -> None:
    red, green, blue = planes[0], planes[1], planes[2]
    if channels == 3:
        for i in range(target.shape[0] // 3):
            target[3 * i] = red[i]
            target[3 * i + 1] = green[i]
            target[3 * i + 2] = blue[i]
    elif channels == 4:
        for i in range(target.shape[0] // 4):
            target[4 * i] = red[i]
            target[4 * i + 1] = green[i]
            target[4 * i + 2] = blue[i]
            target[4 * i + 3] = part[4 * i + 3]
    else:
        for i in range(target.shape[0] // channels):
            target[channels * i] = red[i]
            target[channels * i + 1] = green[i]
            target[channels * i + 2] = blue[i]
            for c in range(3, channels):
                target[channels * i + c] = part[channels * i + c]


@kernel
def _matrix_integer(
    source: Pixels,
    channels: int,
    matrix: Pixels,
    bits: NDArray[np.int64],
    target: Pixels,
) -> None:
    cast = matrix.dtype.type
    zero, top = cast(0), cast(255 if source.itemsize == 1 else 65535)
    planes = np.empty((3, _BLOCK), matrix.dtype)
    results = np.empty((3, _BLOCK), source.dtype)
    red, green, blue = planes[0], planes[1], planes[2]
    step = _BLOCK * channels
    for start in range(0, source.shape[0], step):
        part, into = source[start : start + step], target[start : start + step]
        _take_apart(part, channels, 0, planes)
        for c in range(3):
            from_red, from_green, from_blue = matrix[c, 0], matrix[c, 1], matrix[c, 2]
            offset, shift = matrix[c, 3], cast(bits[c])
            result = results[c]
            for i in range(_BLOCK):
                value = cast(
                    from_red * red[i] + from_green * green[i] + from_blue * blue[i] + offset
                )
                result[i] = min(max(value >> shift, zero), top)
        _put_together(results, part, channels, into)


@kernel
def _matrix_float(
    source: Pixels,
    channels: int,
    matrix: NDArray[np.float32],
    white: np.float32,
    target: Pixels,
) -> None:
    zero, rounding = np.float32(0), np.float32(0.5 if source.itemsize < 4 else 0.0)
    planes = np.zeros((3, _BLOCK), np.float32)
    results = np.empty((3, _BLOCK), source.dtype)
    red, green, blue = planes[0], planes[1], planes[2]
    step = _BLOCK * channels
    for start in range(0, source.shape[0], step):
        part, into = source[start : start + step], target[start : start + step]
        _take_apart(part, channels, 0, planes)
        for c in range(3):
            from_red, from_green, from_blue = matrix[c, 0], matrix[c, 1], matrix[c, 2]
            offset = matrix[c, 3] + rounding
            result = results[c]
            for i in range(_BLOCK):
                value = from_red * red[i] + from_green * green[i] + from_blue * blue[i] + offset
                result[i] = min(max(value, zero), white)
        _put_together(results, part, channels, into)


@kernel
def _linear_integer(
    source: Pixels,
    scale: Pixels,
    offset: Pixels,
    shift: int,
    target: Pixels,
) -> None:
    cast = scale.dtype.type
    zero, top = cast(0), cast(255 if source.itemsize == 1 else 65535)
    period = scale.shape[0]
    for start in range(0, source.shape[0], period):
        part, into = source[start : start + period], target[start : start + period]
        for j in range(part.shape[0]):
            value = cast(cast(part[j]) * scale[j] + offset[j]) >> shift
            into[j] = min(max(value, zero), top)


@kernel
def _linear_float(
    source: NDArray[np.float32],
    scale: NDArray[np.float32],
    offset: NDArray[np.float32],
    target: NDArray[np.float32],
) -> None:
    zero, one = np.float32(0), np.float32(1)
    period = scale.shape[0]
    for start in range(0, source.shape[0], period):
        part, into = source[start : start + period], target[start : start + period]
        for j in range(part.shape[0]):
            into[j] = min(max(part[j] * scale[j] + offset[j], zero), one)


@kernel
def _gray_integer(
    source: Pixels,
    channels: int,
    weights: NDArray[np.uint32],
    target: Pixels,
) -> None:
    # 65535 * 65536 + 32768 is below 2**32: unsigned 32 bits do for both integer dtypes.
    planes = np.empty((3, _BLOCK), source.dtype)
    red, green, blue = planes[0], planes[1], planes[2]
    of_red, of_green, of_blue = weights[0], weights[1], weights[2]
    for start in range(0, target.shape[0], _BLOCK):
        into = target[start : start + _BLOCK]
        _take_apart(source[start * channels : (start + _BLOCK) * channels], channels, 0, planes)
        for i in range(into.shape[0]):
            value = np.uint32(
                of_red * np.uint32(red[i])
                + of_green * np.uint32(green[i])
                + of_blue * np.uint32(blue[i])
                + np.uint32(32768)
            )
            into[i] = value >> np.uint32(16)


@kernel
def _gray_float(
    source: NDArray[np.float32],
    channels: int,
    weights: NDArray[np.float32],
    target: NDArray[np.float32],
) -> None:
    planes = np.empty((3, _BLOCK), np.float32)
    red, green, blue = planes[0], planes[1], planes[2]
    of_red, of_green, of_blue = weights[0], weights[1], weights[2]
    for start in range(0, target.shape[0], _BLOCK):
        into = target[start : start + _BLOCK]
        _take_apart(source[start * channels : (start + _BLOCK) * channels], channels, 0, planes)
        for i in range(into.shape[0]):
            into[i] = red[i] * of_red + green[i] * of_green + blue[i] * of_blue
