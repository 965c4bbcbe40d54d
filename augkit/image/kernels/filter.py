"""Filters: weighted sums of neighbours, rounded and clamped once at the end.

Kernels are applied as correlation (not mirrored), as in OpenCV and SciPy's ``correlate``. Smoothing
of 8-bit images has code of its own (`_filter_bytes`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._border import BORDERS, fill_line, outside, pad_lines
from augkit.image.kernels._filter_any import (
    convolve_float,
    convolve_integer,
    separable_float,
    separable_integer,
)
from augkit.image.kernels._filter_bytes import average_bytes, smooth_bytes
from augkit.image.kernels._opacity import premultiplied
from augkit.image.kernels.gaussian import gaussian_half, gaussian_kernel
from augkit.image.kernels.table import Pixels, as_pixels, full_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

__all__ = ["BORDERS", "convolve", "gaussian_blur", "separable"]


def gaussian_blur(image: Pixels, sigma: float, *, alpha: bool = False) -> Pixels:
    """Blur by a Gaussian of standard deviation ``sigma`` pixels, cut at 4 sigma.

    Beyond the edges lies the mirrored image; ``image`` and ``alpha`` as in `separable`.

    Examples
    --------
    >>> import numpy as np
    >>> gaussian_blur(np.array([[0, 0, 0, 200, 0, 0, 0]], np.uint8), 1.0).tolist()
    [[2, 11, 48, 80, 48, 11, 2]]
    """
    half = gaussian_half(sigma)
    pairs = None if alpha or image.dtype != np.uint8 else _in_pairs(half)
    if pairs is None or image.size == 0:
        weights = gaussian_kernel(sigma)
        return separable(image, weights, weights, alpha=alpha)
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    result = np.empty(image.shape, np.uint8)
    source, target = pixels.reshape(height, -1), result.reshape(height, -1)
    rows = outside("reflect101", height, len(pairs) - 1)
    columns = outside("reflect101", width, len(pairs) - 1)
    fill = source[0]  # not shown
    smooth_bytes(source, channels, pairs, pairs, rows, columns, fill, target)
    return result


def separable(
    image: Pixels,
    kernel_x: ArrayLike,
    kernel_y: ArrayLike,
    border: str = "reflect101",
    *,
    fill: float | Sequence[float] = 0.0,
    alpha: bool = False,
) -> Pixels:
    """Filter rows by ``kernel_x`` and columns by ``kernel_y``.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    kernel_x, kernel_y : array_like of odd length
        ``[1.0]`` leaves that direction alone. Integer images round the weights to fixed point such
        that their sum stays: a flat region keeps its value under a kernel that sums to 1.
    border : one of `BORDERS`
    fill : float or one per channel
        In the image's own units, for ``border="constant"``.
    alpha : bool
        The last channel is opacity: the others are weighted by it.

    Examples
    --------
    >>> import numpy as np
    >>> dot = np.zeros((1, 5), dtype=np.uint8)
    >>> dot[0, 2] = 100
    >>> separable(dot, [0.25, 0.5, 0.25], [1.0]).tolist()
    [[0, 25, 50, 25, 0]]
    """
    across = _odd("kernel_x", kernel_x)
    down = across if kernel_y is kernel_x else _odd("kernel_y", kernel_y)
    if alpha:
        smooth = abs(across.sum() - 1.0) < 1e-9 and abs(down.sum() - 1.0) < 1e-9
        return premultiplied(
            image, fill, smooth and border != "constant",
            lambda part, part_fill: separable(part, across, down, border, fill=part_fill),
        )  # fmt: skip
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    if pixels.size == 0 or (len(across) == 1 and len(down) == 1 and across[0] == down[0] == 1.0):
        return image.copy(order="C")
    rows = outside(border, height, len(down) // 2)
    columns = outside(border, width, len(across) // 2)
    line = fill_line(image.dtype, fill, width, channels)
    result = np.empty(image.shape, image.dtype)
    source, target = pixels.reshape(height, -1), result.reshape(height, -1)
    white = full_range(image.dtype)
    if image.dtype != np.uint8:
        separable_float(
            source, channels, across.astype(np.float32), down.astype(np.float32), rows, columns,
            line, np.float32(white), target,
        )  # fmt: skip
        return result
    pairs_across = _pairs(across)
    pairs_down = pairs_across if down is across else _pairs(down)
    if pairs_across is not None and pairs_down is not None:
        smooth_bytes(
            source, channels, pairs_across, pairs_down,
            outside(border, height, len(pairs_down) - 1),
            outside(border, width, len(pairs_across) - 1),
            line, target,
        )  # fmt: skip
        return result
    bits, keep = 30, 7
    range_down = white * max(1.0, float(np.abs(down).sum()))
    range_across = range_down * 2.0**keep * max(1.0, float(np.abs(across).sum()))
    shift_down = min(bits - 8, bits - math.frexp(range_down)[1])
    shift_across = bits - math.frexp(range_across)[1]
    if shift_across < 1 or shift_down < keep:
        raise ValueError("kernel_x and kernel_y are too large: their weights sum beyond 2**14")
    separable_integer(
        source, channels,
        _fixed(across, shift_across).astype(np.int32), shift_across + keep,
        _fixed(down, shift_down).astype(np.int32), shift_down - keep,
        rows, columns, line, np.int32(white), target,
    )  # fmt: skip
    return result


def convolve(
    image: Pixels,
    weights: ArrayLike,
    border: str = "reflect101",
    *,
    fill: float | Sequence[float] = 0.0,
    alpha: bool = False,
) -> Pixels:
    """Filter by a two-dimensional kernel; zeros in it cost nothing.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    weights : array_like, two odd sides
        Applied as correlation. The result is clipped to the range of the image.
    border, fill, alpha
        As in `separable`.

    Examples
    --------
    >>> import numpy as np
    >>> diagonal = np.eye(3) / 3
    >>> dot = np.zeros((3, 3), dtype=np.uint8)
    >>> dot[1, 1] = 90
    >>> convolve(dot, diagonal, border="constant").tolist()
    [[30, 0, 0], [0, 30, 0], [0, 0, 30]]
    """
    matrix = np.asarray(weights, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] % 2 == 0 or matrix.shape[1] % 2 == 0:
        raise ValueError(f"weights must have two odd sides, got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("weights must be finite")
    if alpha:
        smooth = abs(matrix.sum() - 1.0) < 1e-9
        return premultiplied(
            image, fill, smooth and border != "constant",
            lambda part, part_fill: convolve(part, matrix, border, fill=part_fill),
        )  # fmt: skip
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    if pixels.size == 0:
        return image.copy(order="C")
    radius_y, radius_x = matrix.shape[0] // 2, matrix.shape[1] // 2
    dy, dx = np.nonzero(matrix)
    taps = matrix[dy, dx]
    rows = outside(border, height, radius_y)
    columns = outside(border, width, radius_x)
    line = fill_line(image.dtype, fill, width, channels)
    result = np.empty(image.shape, image.dtype)
    source, target = pixels.reshape(height, -1), result.reshape(height, -1)
    smoothing = 0 < len(taps) <= 64 and taps.min() >= 0 and abs(taps.sum() - 1.0) < 1e-9
    if image.dtype == np.uint8 and smoothing:
        shares = np.minimum(_fixed(taps, 16), 65535).astype(np.uint16)
        average_bytes(source, channels, dy, dx, shares, rows, columns, line, target)
        return result
    padded = np.empty((height + 2 * radius_y, (width + 2 * radius_x) * channels), image.dtype)
    pad_lines(source, channels, rows, columns, line, padded)
    offsets = dx * channels
    white = full_range(image.dtype)
    if image.dtype != np.uint8:
        fours = _in_fours(dy, offsets, taps.astype(np.float32))
        convolve_float(padded, *fours, np.float32(white), target)
        return result
    fixed, shift = _fixed_bytes(taps)
    total = np.empty(target.shape[1], np.int32)
    convolve_integer(padded, *_in_fours(dy, offsets, fixed), shift, np.int32(white), total, target)
    return result


def _odd(name: str, weights: ArrayLike) -> NDArray[np.float64]:
    """Check a kernel and trim the zeros both ends share."""
    values = np.asarray(weights, dtype=np.float64)
    if values.ndim != 1 or len(values) % 2 == 0 or not np.isfinite(values).all():
        raise ValueError(
            f"{name} must be an odd number of finite weights in one dimension, got shape "
            f"{values.shape}"
        )
    used = np.flatnonzero(values)
    centre = len(values) // 2
    reach = int(np.abs(used - centre).max()) if len(used) else 0
    return values[centre - reach : centre + reach + 1]


def _fixed(weights: NDArray[np.float64], shift: int) -> NDArray[np.int64]:
    """Round to multiples of ``2**-shift``; the middle one takes what keeps the sum."""
    fixed = np.rint(weights * 2.0**shift).astype(np.int64)
    missing = round(math.fsum(weights.tolist()) * 2.0**shift) - int(fixed.sum())
    if len(fixed):
        fixed[len(fixed) // 2] += missing
    return fixed


def _fixed_bytes(weights: NDArray[np.float64]) -> tuple[Pixels, int]:
    """Weights as integers whose sums of 8-bit pixels stay below 2**30, and by what they count.

    In 16 bits where they lose nothing that shows.
    """
    shift = 30 - math.frexp(255.0 * max(1.0, float(np.abs(weights).sum())))[1]
    if shift < 1:
        raise ValueError("weights are too large: their sizes sum beyond 2**20")
    narrow = min(shift, 15 - math.frexp(float(np.abs(weights).max(initial=0.0)))[1])
    if narrow < 11:
        return _fixed(weights, shift).astype(np.int32), shift
    # A factor of 16 bits and one of 8 multiply twice as fast as two of 32.
    return np.clip(_fixed(weights, narrow), -32768, 32767).astype(np.int16), narrow


def _pairs(weights: NDArray[np.float64]) -> NDArray[np.uint16] | None:
    """Return half of a symmetric smoothing kernel in units of 2**-16, for `smooth_bytes`.

    The middle first, then weights that each serve both sides. Weights at the ends that together
    move no pixel by more than an eighth of a level are left out. None for kernels that have
    negative weights, another sum than 1, no symmetry or too many weights.
    """
    values = weights.tolist()
    half = values[len(values) // 2 :]
    if (
        min(values) < 0
        or abs(math.fsum(values) - 1.0) > 1e-9
        or half != values[len(values) // 2 :: -1]
    ):
        return None
    return _in_pairs(half)


def _in_pairs(half: list[float]) -> NDArray[np.uint16] | None:
    """The middle weight and those of one side in units of 2**-16."""
    half = half.copy()
    tail = 0.0
    while len(half) > 1 and tail + 2 * half[-1] < 1 / (8 * 255):
        tail += 2 * half.pop()
    if len(half) > 32:
        return None
    fixed = [round(value * 65536 / (1 - tail)) for value in half]
    fixed[0] = 65536 - 2 * sum(fixed[1:])
    return np.array(fixed if fixed[0] < 65536 else [0], np.uint16)


def _in_fours(
    dy: NDArray[np.int64], offsets: NDArray[np.int64], taps: Pixels
) -> tuple[NDArray[np.int64], NDArray[np.int64], Pixels]:
    """Fill the taps up to a multiple of four with zeros: kernels take four at a time."""
    spare = np.zeros(-len(taps) % 4, np.int64)
    return (
        np.append(dy, spare),
        np.append(offsets, spare),
        np.append(taps, spare.astype(taps.dtype)),
    )
