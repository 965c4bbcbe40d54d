"""Filters: weighted sums of neighbours, rounded and clamped once at the end.

A row is filtered downwards into a padded line, and the line is filtered across, so an image is
read once and nothing image-sized lies between. Both directions are sums of shifted rows, which
compilers vectorize whatever the number of channels. Kernels are applied as correlation (not
mirrored), as in OpenCV and SciPy's ``correlate``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.matrix import high_product, low_product, sum_16
from augkit.image.kernels.table import Number, Pixels, as_pixels, color_count, full_range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

__all__ = ["BORDERS", "convolve", "gaussian_kernel", "separable", "sharpen"]

BORDERS = ("reflect101", "reflect", "replicate", "wrap", "constant")
"""What lies beyond the edge of ``abcd``: cb|abcd|cb, ba|abcd|dc, aa|abcd|dd, cd|abcd|ab, fill."""


def gaussian_kernel(sigma: float) -> NDArray[np.float64]:
    """Return a Gaussian of standard deviation ``sigma`` pixels, cut at 4 sigma, summing to 1.

    Examples
    --------
    >>> gaussian_kernel(0.5).round(3).tolist()
    [0.0, 0.106, 0.787, 0.106, 0.0]
    """
    if not (sigma >= 0 and math.isfinite(sigma)):
        raise ValueError(f"sigma must be a finite number of pixels, at least 0; got {sigma!r}")
    radius = int(4.0 * sigma + 0.5)
    if radius == 0:
        return np.ones(1)
    half = [_exp_negative(0.5 * (k / sigma) ** 2) for k in range(1, radius + 1)]
    weights = np.array([*half[::-1], 1.0, *half])
    return weights / math.fsum(weights.tolist())


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
    down = _odd("kernel_y", kernel_y)
    if alpha:
        smooth = abs(across.sum() - 1.0) < 1e-9 and abs(down.sum() - 1.0) < 1e-9
        return _premultiplied(
            image, fill, smooth and border != "constant",
            lambda part, part_fill: separable(part, across, down, border, fill=part_fill),
        )  # fmt: skip
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    if pixels.size == 0 or (len(across) == 1 and len(down) == 1 and across[0] == down[0] == 1.0):
        return image.copy(order="C")
    rows = _outside(border, height, len(down) // 2)
    columns = _outside(border, width, len(across) // 2)
    line = _fill_line(image.dtype, fill, width, channels)
    result = np.empty(image.shape, image.dtype)
    source, target = pixels.reshape(height, -1), result.reshape(height, -1)
    if image.dtype == np.float32:
        _separable_float(
            source, channels, across.astype(np.float32), down.astype(np.float32), rows, columns,
            line, target,
        )  # fmt: skip
        return result
    bytes_ = image.dtype == np.uint8
    if bytes_:
        pairs_across, pairs_down = _pairs(across), _pairs(down)
        if pairs_across is not None and pairs_down is not None:
            _smooth_bytes(
                source, channels, pairs_across, pairs_down,
                _outside(border, height, len(pairs_down) - 1),
                _outside(border, width, len(pairs_across) - 1),
                line, np.uint16(128), target,
            )  # fmt: skip
            return result
    white = full_range(image.dtype)
    bits, keep = (30, 7) if bytes_ else (62, 16)
    exact = np.int32 if bytes_ else np.int64
    range_down = white * max(1.0, float(np.abs(down).sum()))
    range_across = range_down * 2.0**keep * max(1.0, float(np.abs(across).sum()))
    shift_down = min(bits - 8, bits - math.frexp(range_down)[1])
    shift_across = bits - math.frexp(range_across)[1]
    if shift_across < 1 or shift_down < keep:
        raise ValueError("kernel_x and kernel_y are too large: their weights sum beyond 2**14")
    _separable_integer(
        source, channels,
        _fixed(across, shift_across).astype(exact), shift_across + keep,
        _fixed(down, shift_down).astype(exact), shift_down - keep,
        rows, columns, line, exact(white), target,
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
        return _premultiplied(
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
    rows = _outside(border, height, radius_y)
    columns = _outside(border, width, radius_x)
    line = _fill_line(image.dtype, fill, width, channels)
    result = np.empty(image.shape, image.dtype)
    source, target = pixels.reshape(height, -1), result.reshape(height, -1)
    padded = np.empty((height + 2 * radius_y, (width + 2 * radius_x) * channels), image.dtype)
    _pad(source, channels, rows, columns, line, padded)
    offsets = dx * channels
    if image.dtype == np.float32:
        _convolve_float(padded, *_in_fours(dy, offsets, taps.astype(np.float32)), target)
        return result
    bytes_ = image.dtype == np.uint8
    if bytes_ and 1 < len(taps) <= 257 and (taps == taps[0]).all() and 0 < taps[0] * len(taps) <= 1:
        scale = np.uint32(round(float(taps[0]) * 2**24))
        _mean_bytes(padded, *_in_fours(dy, offsets, taps)[:2], len(taps), scale, target)
        return result
    if bytes_ and 0 < len(taps) <= 64 and taps.min() >= 0 and abs(taps.sum() - 1.0) < 1e-9:
        shares = np.minimum(_fixed(taps, 16), 65535).astype(np.uint16)
        _average_bytes(padded, *_in_fours(dy, offsets, shares), np.uint16(256), target)
        return result
    white = full_range(image.dtype)
    exact = np.int32 if bytes_ else np.int64
    fixed, shift = _fixed_bytes(taps) if bytes_ else _fixed_wide(taps, white, 62)
    total = np.empty(target.shape[1], exact)
    _convolve_integer(padded, *_in_fours(dy, offsets, fixed), shift, exact(white), total, target)
    return result


def sharpen(image: Pixels, factor: float, *, color_channels: int | None = None) -> Pixels:
    """Move away from (``factor`` > 1) or towards (< 1) a smoothed image.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    factor : float, at least 0
        1 is neutral, 0 is the smoothed image. The smoothing is Pillow's ``ImageFilter.SMOOTH``
        (3x3: 5 in the middle, 1 around, over 13) and the outermost pixels stay, as in Pillow's
        ``ImageEnhance.Sharpness`` and torchvision's ``adjust_sharpness``; unlike there, the result
        is rounded once, so it may differ by one level.
    color_channels : int, optional
        How many leading channels to change (default all); the others are copied.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((3, 3), dtype=np.uint8)
    >>> image[1, 1] = 130
    >>> int(sharpen(image, 0.0)[1, 1]), int(sharpen(image, 1.5)[1, 1])
    (50, 170)
    """
    if not (factor >= 0 and math.isfinite(factor)):
        raise ValueError(f"factor must be a finite number, at least 0; got {factor!r}")
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    color = color_count(channels, color_channels)
    result = image.copy(order="C")
    if factor == 1.0 or height < 3 or width < 3 or color == 0:
        return result
    around = np.full((3, 3), (1.0 - factor) / 13.0)
    around[1, 1] = 1.0 - 8.0 * (1.0 - factor) / 13.0
    if image.dtype == np.uint8:
        taps, shift = _fixed_bytes(around.reshape(-1))
        source, target = pixels.reshape(height, -1), result.reshape(height, -1)
        sums = np.empty(source.shape[1], np.uint16)
        _sharpen_bytes(source, channels, np.int32(taps[4]), np.int32(taps[0]), shift, sums, target)
        if color < channels:
            result[..., color:] = image[..., color:]
        return result
    filtered = convolve(pixels, around)
    inside = result.reshape(pixels.shape)[1:-1, 1:-1, :color]
    inside[...] = filtered[1:-1, 1:-1, :color]
    return result


def _exp_negative(x: float) -> float:
    """Return exp(-x) from exact operations only: libraries differ in the last digit."""
    y, series = x / 1024.0, 1.0
    for k in range(12, 0, -1):
        series = 1.0 - y / k * series
    for _ in range(10):
        series *= series
    return series


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


def _fixed_wide(weights: NDArray[np.float64], white: float, bits: int) -> tuple[Pixels, int]:
    """Weights as integers whose sums of pixels stay below ``2**bits``, and by what they count."""
    shift = bits - math.frexp(white * max(1.0, float(np.abs(weights).sum())))[1]
    if shift < 1:
        raise ValueError("weights are too large: their sizes sum beyond 2**20")
    return _fixed(weights, shift).astype(np.int32 if bits == 30 else np.int64), shift


def _fixed_bytes(weights: NDArray[np.float64]) -> tuple[Pixels, int]:
    """`_fixed_wide` for 8-bit pixels; in 16 bits where they lose nothing that shows."""
    fixed, shift = _fixed_wide(weights, 255.0, 30)
    narrow = min(shift, 15 - math.frexp(float(np.abs(weights).max(initial=0.0)))[1])
    if narrow < 11:
        return fixed, shift
    # A factor of 16 bits and one of 8 multiply twice as fast as two of 32.
    return np.clip(_fixed(weights, narrow), -32768, 32767).astype(np.int16), narrow


def _pairs(weights: NDArray[np.float64]) -> NDArray[np.uint16] | None:
    """Return half of a symmetric smoothing kernel in units of 2**-16, for `_smooth_bytes`.

    The middle first, then an even number of weights that each serve both sides. Weights at the
    ends that together move no pixel by more than an eighth of a level are left out. None for
    kernels that have negative weights, another sum than 1, no symmetry or too many weights.
    """
    values = weights.tolist()
    half = values[len(values) // 2 :]
    if (
        min(values) < 0
        or abs(math.fsum(values) - 1.0) > 1e-9
        or half != values[len(values) // 2 :: -1]
    ):
        return None
    tail = 0.0
    while len(half) > 1 and tail + 2 * half[-1] < 1 / (8 * 255):
        tail += 2 * half.pop()
    if len(half) > 32:
        return None
    fixed = [round(value * 65536 / (1 - tail)) for value in half]
    fixed[0] = 65536 - 2 * sum(fixed[1:])
    if len(fixed) % 2 == 0:
        fixed.append(0)
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


@lru_cache(maxsize=64)
def _outside(border: str, size: int, radius: int) -> NDArray[np.int64]:
    """Return the index that stands for each of ``-radius .. size + radius - 1``; -1 is fill."""
    at = np.arange(-radius, size + radius)
    if border == "constant":
        return np.where((at < 0) | (at >= size), -1, at)
    if border == "replicate":
        return np.clip(at, 0, size - 1)
    if border == "wrap":
        return at % size
    if border == "reflect":
        at = at % (2 * size)
        return np.minimum(at, 2 * size - 1 - at)
    if border == "reflect101":
        if size == 1:
            return np.zeros_like(at)
        at = at % (2 * size - 2)
        return np.minimum(at, 2 * size - 2 - at)
    raise ValueError(f"border is {border!r}; allowed are {', '.join(BORDERS)}")


def _fill_line(
    dtype: np.dtype[np.generic], fill: float | Sequence[float], width: int, channels: int
) -> Pixels:
    """Return one row of fill."""
    if fill == 0.0:
        return np.zeros(width * channels, dtype)
    try:
        pixel = np.broadcast_to(np.asarray(fill, dtype=np.float64), (channels,))
    except ValueError:
        raise ValueError(
            f"fill must be one number or {channels}, one per channel; got {fill!r}"
        ) from None
    if not ((pixel >= 0) & (pixel <= full_range(dtype))).all():
        raise ValueError(
            f"fill must be within 0 and {full_range(dtype):g} of {dtype}, got {fill!r}"
        )
    if dtype != np.float32:
        pixel = np.rint(pixel)
    return np.tile(pixel.astype(dtype), width)


def _premultiplied(
    image: Pixels,
    fill: float | Sequence[float],
    smooth: bool,
    apply: Callable[[Pixels, float | Sequence[float]], Pixels],
) -> Pixels:
    """Filter color weighted by the opacity in the last channel.

    8-bit products are exact in 16 bits; 16-bit images go through float32. An opaque image needs
    none of it where the kernel's weights sum to 1 (``smooth``).
    """
    pixels = as_pixels(image)
    height, width, channels = pixels.shape
    if channels < 2:
        raise ValueError("alpha needs an image with at least 2 channels; the last is opacity")
    white = full_range(image.dtype)
    pixel = np.broadcast_to(np.asarray(fill, dtype=np.float64), (channels,)) / white
    source = pixels.reshape(height * width, channels)
    if smooth and _opaque(source, image.dtype.type(white)):
        return apply(image, fill)
    color_fill = pixel * np.append(np.full(channels - 1, pixel[-1]), 1.0)
    if image.dtype == np.uint8:
        weighted = np.empty(pixels.shape, np.uint16)
        _weigh(source, np.uint16(255), weighted.reshape(source.shape))
        color_fill = color_fill * 65025.0
    else:
        weighted = np.empty(pixels.shape, np.float32)
        shares = pixels.astype(np.float32) / np.float32(white)
        shares.flags.writeable = False
        _weigh(shares.reshape(source.shape), np.float32(1), weighted.reshape(source.shape))
    filtered = apply(weighted, color_fill.tolist())
    result = np.empty(image.shape, image.dtype)
    rounding = np.float32(0 if image.dtype == np.float32 else 0.5)
    unit = np.float32(white / (65025.0 if image.dtype == np.uint8 else 1.0))
    _unweigh(
        filtered.reshape(source.shape),
        np.float32(white),
        unit,
        rounding,
        result.reshape(source.shape),
    )
    return result


@kernel
def _sharpen_bytes(
    source: NDArray[np.uint8],
    channels: int,
    middle: np.int32,
    around: np.int32,
    shift: int,
    sums: NDArray[np.uint16],
    target: NDArray[np.uint8],
) -> None:
    """Weigh the pixel and the sum of its eight neighbours; the outermost pixels are left alone."""
    height, length = source.shape
    inner = length - 2 * channels
    half = np.int32((1 << shift) >> 1)
    left, centre = sums[:inner], sums[channels : channels + inner]
    right = sums[2 * channels : 2 * channels + inner]
    for y in range(1, height - 1):
        above, row, below = source[y - 1], source[y], source[y + 1]
        for x in range(length):
            sums[x] = np.uint16(above[x]) + np.uint16(row[x]) + np.uint16(below[x])
        pixels, into = row[channels : channels + inner], target[y, channels : channels + inner]
        for x in range(inner):
            pixel = np.int32(pixels[x])
            beside = np.int32(np.int32(left[x]) + np.int32(centre[x]) + np.int32(right[x]) - pixel)
            value = np.int32(np.int32(middle * pixel) + np.int32(around * beside) + half)
            into[x] = min(max(np.int32(value >> shift), np.int32(0)), np.int32(255))


@kernel
def _opaque(source: Pixels, white: Number) -> bool:
    last = source.shape[1] - 1
    for i in range(source.shape[0]):  # noqa: SIM110  (numba has no generators here)
        if source[i, last] != white:
            return False
    return True


@kernel
def _weigh(source: Pixels, white: Number, target: Pixels) -> None:
    cast = target.dtype.type
    last = source.shape[1] - 1
    for i in range(source.shape[0]):
        opacity = cast(source[i, last])
        for c in range(last):
            target[i, c] = cast(source[i, c]) * opacity
        target[i, last] = opacity * white


@kernel
def _unweigh(
    source: Pixels,
    white: Number,
    unit: Number,
    rounding: Number,
    target: Pixels,
) -> None:
    last = source.shape[1] - 1
    for i in range(source.shape[0]):
        opacity = np.float32(source[i, last])
        scale = white / opacity if opacity > 0 else np.float32(0)
        for c in range(last):
            target[i, c] = min(np.float32(source[i, c]) * scale + rounding, white)
        target[i, last] = min(opacity * unit + rounding, white)


@kernel
def _smooth_bytes(
    source: NDArray[np.uint8],
    channels: int,
    across: NDArray[np.uint16],
    down: NDArray[np.uint16],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: NDArray[np.uint8],
    unit: np.uint16,
    target: NDArray[np.uint8],
) -> None:
    """Smooth in 16-bit lanes; values have 7 bits after the point.

    The two neighbours at a distance share a weight and are added first: 2 * 255 * 2**7 fits. Each
    product rounds down, by half a unit on average, which the starting value makes up for. ``unit``
    is 2**7, as an argument because a compiler that knows it widens all arithmetic to 32 bits.
    """
    height, length = source.shape
    radius_across, radius_down = len(across) - 1, len(down) - 1
    margin = radius_across * channels
    line = np.empty(length + 2 * margin, np.uint16)
    edge = np.empty(channels, np.uint16)
    total = np.empty(length, np.uint16)
    middle = line[margin : margin + length]
    for c in range(channels):
        edge[c] = low_product(np.uint16(fill[c]), unit)
    bias_down, bias_across = np.uint16(len(down) // 2), np.uint16(len(across) // 2 + 64)
    for y in range(height):
        at = y + radius_down
        row = source[y]
        if len(down) == 1:
            for x in range(length):
                middle[x] = low_product(np.uint16(row[x]), unit)
        else:
            weight = down[0]
            for x in range(length):
                wide = low_product(np.uint16(row[x]), unit)
                middle[x] = sum_16(high_product(wide, weight), bias_down)
            for k in range(1, len(down), 2):
                n = k + 1
                above = source[rows[at - k]] if rows[at - k] >= 0 else fill
                below = source[rows[at + k]] if rows[at + k] >= 0 else fill
                over = source[rows[at - n]] if rows[at - n] >= 0 else fill
                under = source[rows[at + n]] if rows[at + n] >= 0 else fill
                near, far = down[k], down[k + 1]
                for x in range(length):
                    inner = sum_16(np.uint16(above[x]), np.uint16(below[x]))
                    outer = sum_16(np.uint16(over[x]), np.uint16(under[x]))
                    more = sum_16(
                        high_product(low_product(inner, unit), near),
                        high_product(low_product(outer, unit), far),
                    )
                    middle[x] = sum_16(middle[x], more)
        into = target[y]
        if len(across) == 1:
            for x in range(length):
                into[x] = np.uint16(middle[x] + np.uint16(64)) >> 7
            continue
        _pad_line(line, channels, radius_across, columns, edge)
        weight = across[0]
        for x in range(length):
            total[x] = sum_16(high_product(middle[x], weight), bias_across)
        for k in range(1, len(across), 2):
            n = k + 1
            before = line[margin - k * channels : margin - k * channels + length]
            after = line[margin + k * channels : margin + k * channels + length]
            earlier = line[margin - n * channels : margin - n * channels + length]
            later = line[margin + n * channels : margin + n * channels + length]
            near, far = across[k], across[k + 1]
            for x in range(length):
                more = sum_16(
                    high_product(sum_16(before[x], after[x]), near),
                    high_product(sum_16(earlier[x], later[x]), far),
                )
                total[x] = sum_16(total[x], more)
        for x in range(length):
            into[x] = total[x] >> 7


@kernel
def _average_bytes(
    padded: NDArray[np.uint8],
    dy: NDArray[np.int64],
    offsets: NDArray[np.int64],
    taps: NDArray[np.uint16],
    unit: np.uint16,
    target: NDArray[np.uint8],
) -> None:
    """Sum a smoothing kernel's taps, four at a time; values have 8 bits after the point.

    As in `_smooth_bytes`, products round down and the starting value makes up for it.
    """
    height, length = target.shape
    total = np.empty(length, np.uint16)
    start = np.uint16(128 + len(taps) // 2)
    for y in range(height):
        for x in range(length):
            total[x] = start
        for k in range(0, len(taps), 4):
            first = padded[y + dy[k], offsets[k] : offsets[k] + length]
            second = padded[y + dy[k + 1], offsets[k + 1] : offsets[k + 1] + length]
            third = padded[y + dy[k + 2], offsets[k + 2] : offsets[k + 2] + length]
            fourth = padded[y + dy[k + 3], offsets[k + 3] : offsets[k + 3] + length]
            a, b, c, d = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
            for x in range(length):
                more = sum_16(
                    sum_16(
                        high_product(low_product(np.uint16(first[x]), unit), a),
                        high_product(low_product(np.uint16(second[x]), unit), b),
                    ),
                    sum_16(
                        high_product(low_product(np.uint16(third[x]), unit), c),
                        high_product(low_product(np.uint16(fourth[x]), unit), d),
                    ),
                )
                total[x] = sum_16(total[x], more)
        into = target[y]
        for x in range(length):
            into[x] = total[x] >> 8


@kernel
def _separable_integer(
    source: Pixels,
    channels: int,
    across: Pixels,
    shift_across: int,
    down: Pixels,
    shift_down: int,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: Pixels,
    white: Number,
    target: Pixels,
) -> None:
    height, length = source.shape
    radius = across.shape[0] // 2
    cast = across.dtype.type
    line = np.empty(length + 2 * radius * channels, across.dtype)
    edge = np.empty(channels, across.dtype)
    total = np.empty(length, across.dtype)
    zero = cast(0)
    half_down, half_across = cast((1 << shift_down) >> 1), cast((1 << shift_across) >> 1)
    for c in range(channels):
        edge[c] = (down.sum() * fill[c] + half_down) >> shift_down
    middle = line[radius * channels : radius * channels + length]
    for y in range(height):
        for x in range(length):
            total[x] = half_down
        for k in range(down.shape[0]):
            row = source[rows[y + k]] if rows[y + k] >= 0 else fill
            weight = down[k]
            for x in range(length):
                total[x] += weight * cast(row[x])
        for x in range(length):
            middle[x] = total[x] >> shift_down
        _pad_line(line, channels, radius, columns, edge)
        for x in range(length):
            total[x] = half_across
        for k in range(across.shape[0]):
            row_k = line[k * channels : k * channels + length]
            weight = across[k]
            for x in range(length):
                total[x] += weight * row_k[x]
        into = target[y]
        for x in range(length):
            into[x] = min(max(total[x] >> shift_across, zero), white)


@kernel
def _separable_float(
    source: NDArray[np.float32],
    channels: int,
    across: NDArray[np.float32],
    down: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: NDArray[np.float32],
    target: NDArray[np.float32],
) -> None:
    height, length = source.shape
    radius = across.shape[0] // 2
    line = np.empty(length + 2 * radius * channels, np.float32)
    edge = np.empty(channels, np.float32)
    for c in range(channels):
        edge[c] = np.float32(0)
        for k in range(down.shape[0]):
            edge[c] += down[k] * fill[c]
    middle = line[radius * channels : radius * channels + length]
    for y in range(height):
        for x in range(length):
            middle[x] = np.float32(0)
        for k in range(down.shape[0]):
            row = source[rows[y + k]] if rows[y + k] >= 0 else fill
            weight = down[k]
            for x in range(length):
                middle[x] += weight * row[x]
        _pad_line(line, channels, radius, columns, edge)
        into = target[y]
        for x in range(length):
            into[x] = np.float32(0)
        for k in range(across.shape[0]):
            row_k = line[k * channels : k * channels + length]
            weight = across[k]
            for x in range(length):
                into[x] += weight * row_k[x]
        for x in range(length):
            into[x] = min(max(into[x], np.float32(0)), np.float32(1))


@kernel
def _pad_line(
    line: Pixels,
    channels: int,
    radius: int,
    columns: NDArray[np.int64],
    edge: Pixels,
) -> None:
    """Fill both ends of a line whose middle is there."""
    last = columns.shape[0]
    for j in range(2 * radius):
        at = j if j < radius else last - 2 * radius + j
        for c in range(channels):
            if columns[at] < 0:
                line[at * channels + c] = edge[c]
            else:
                line[at * channels + c] = line[(columns[at] + radius) * channels + c]


@kernel
def _pad(
    source: Pixels,
    channels: int,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    fill: Pixels,
    padded: Pixels,
) -> None:
    length = source.shape[1]
    radius = (padded.shape[1] - length) // (2 * channels)
    for y in range(padded.shape[0]):
        row = source[rows[y]] if rows[y] >= 0 else fill
        middle = padded[y, radius * channels : radius * channels + length]
        for x in range(length):
            middle[x] = row[x]
        _pad_line(padded[y], channels, radius, columns, fill)


@kernel
def _mean_bytes(
    padded: NDArray[np.uint8],
    dy: NDArray[np.int64],
    offsets: NDArray[np.int64],
    count: int,
    scale: np.uint32,
    target: NDArray[np.uint8],
) -> None:
    """Sum equal taps, at most 257, exactly in 16 bits, and scale by 2**-24 once."""
    height, length = target.shape
    total = np.empty(length, np.uint16)
    for y in range(height):
        for x in range(length):
            total[x] = np.uint16(0)
        for k in range(0, count - 3, 4):
            first = padded[y + dy[k], offsets[k] : offsets[k] + length]
            second = padded[y + dy[k + 1], offsets[k + 1] : offsets[k + 1] + length]
            third = padded[y + dy[k + 2], offsets[k + 2] : offsets[k + 2] + length]
            fourth = padded[y + dy[k + 3], offsets[k + 3] : offsets[k + 3] + length]
            for x in range(length):
                total[x] += np.uint16(first[x]) + second[x] + third[x] + fourth[x]
        for k in range(count // 4 * 4, count):
            row = padded[y + dy[k], offsets[k] : offsets[k] + length]
            for x in range(length):
                total[x] += row[x]
        into = target[y]
        for x in range(length):
            into[x] = np.uint32(np.uint32(total[x]) * scale + np.uint32(1 << 23)) >> np.uint32(24)


@kernel
def _convolve_integer(
    padded: Pixels,
    dy: NDArray[np.int64],
    offsets: NDArray[np.int64],
    taps: Pixels,
    shift: int,
    white: Number,
    total: Pixels,
    target: Pixels,
) -> None:
    height, length = target.shape
    cast = total.dtype.type
    zero, half = cast(0), cast((1 << shift) >> 1)
    for y in range(height):
        for x in range(length):
            total[x] = half
        for k in range(0, taps.shape[0], 4):
            first = padded[y + dy[k], offsets[k] : offsets[k] + length]
            second = padded[y + dy[k + 1], offsets[k + 1] : offsets[k + 1] + length]
            third = padded[y + dy[k + 2], offsets[k + 2] : offsets[k + 2] + length]
            fourth = padded[y + dy[k + 3], offsets[k + 3] : offsets[k + 3] + length]
            a, b, c, d = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
            for x in range(length):
                total[x] += (
                    cast(a) * cast(first[x])
                    + cast(b) * cast(second[x])
                    + cast(c) * cast(third[x])
                    + cast(d) * cast(fourth[x])
                )
        into = target[y]
        for x in range(length):
            into[x] = min(max(total[x] >> shift, zero), white)


@kernel
def _convolve_float(
    padded: NDArray[np.float32],
    dy: NDArray[np.int64],
    offsets: NDArray[np.int64],
    taps: NDArray[np.float32],
    target: NDArray[np.float32],
) -> None:
    height, length = target.shape
    for y in range(height):
        into = target[y]
        for x in range(length):
            into[x] = np.float32(0)
        for k in range(0, taps.shape[0], 4):
            first = padded[y + dy[k], offsets[k] : offsets[k] + length]
            second = padded[y + dy[k + 1], offsets[k + 1] : offsets[k + 1] + length]
            third = padded[y + dy[k + 2], offsets[k + 2] : offsets[k + 2] + length]
            fourth = padded[y + dy[k + 3], offsets[k + 3] : offsets[k + 3] + length]
            a, b, c, d = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
            for x in range(length):
                into[x] += a * first[x] + b * second[x] + c * third[x] + d * fourth[x]
        for x in range(length):
            into[x] = min(max(into[x], np.float32(0)), np.float32(1))
