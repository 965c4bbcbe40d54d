"""Contrast limited adaptive histogram equalization.

Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV (1994); the
details (tiles that divide the mirrored image, how clipped counts are given back, blending between
tile centres) are OpenCV's ``createCLAHE``, which 8-bit gray images follow to within one level.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels.matrix import gray
from augkit.image.kernels.table import Pixels, as_pixels, color_count, full_range

__all__ = ["clahe"]


def clahe(
    image: Pixels,
    clip_limit: float = 2.0,
    tiles: tuple[int, int] = (8, 8),
    *,
    color_channels: int | None = None,
) -> Pixels:
    """Equalize each region of the image by its own histogram, with limited slope.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
        One color channel is equalized itself. Three are equalized in their luma: each pixel's
        change of luma is added to all three, which keeps the differences between channels (the
        chroma of a linear luma-chroma space such as YCbCr). Any other number: each on its own.
    clip_limit : float
        How many times the mean count a histogram bin may hold, so the highest slope of a curve;
        0 for no limit.
    tiles : pair of ints
        How many regions down and across.
    color_channels : int, optional
        How many leading channels to equalize (default all); the others are copied.

    Notes
    -----
    There are 256 bins whatever the dtype; uint16 and float32 (as 16 bits) interpolate in them.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.full((16, 16), 100, dtype=np.uint8)
    >>> image[::2] = 104
    >>> int(np.ptp(clahe(image, 40.0, (2, 2)))) > 4
    True
    """
    rows, columns = tiles
    if rows < 1 or columns < 1:
        raise ValueError(f"tiles must be two positive numbers, got {tiles!r}")
    if not clip_limit >= 0:
        raise ValueError(f"clip_limit must be at least 0 (0 for no limit), got {clip_limit!r}")
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    if pixels.size == 0 or color == 0:
        return image.copy()
    result = np.array(pixels)
    if color == 3:
        luma = gray(pixels)
        changed = _equalize(luma, clip_limit, rows, columns)
        _add_difference(
            pixels.reshape(-1, channels),
            luma.reshape(-1),
            changed.reshape(-1),
            full_range(image.dtype),
            result.reshape(-1, channels),
        )
    else:
        for channel in range(color):
            plane = np.ascontiguousarray(pixels[:, :, channel])
            result[:, :, channel] = _equalize(plane, clip_limit, rows, columns)
    return result.reshape(image.shape)


def _equalize(plane: Pixels, clip_limit: float, rows: int, columns: int) -> Pixels:
    """Equalize one channel, shape (H, W); float32 as 16 bits."""
    if plane.dtype == np.float32:
        steps = np.rint(np.clip(plane, 0, 1) * np.float32(65535)).astype(np.uint16)
        return _equalize(steps, clip_limit, rows, columns) / np.float32(65535)
    shift, bins = (0 if plane.dtype == np.uint8 else 8), 256
    height, width = plane.shape
    tile_height, tile_width = -(-height // rows), -(-width // columns)
    area = tile_height * tile_width
    limit = max(1, int(clip_limit * area / bins)) if clip_limit > 0 else area
    curves = np.zeros((rows, columns, bins + 1), plane.dtype)
    down, across = _mirror(rows * tile_height, height), _mirror(columns * tile_width, width)
    _curves(plane, down, across, shift, limit, curves)
    top, weight_down = _neighbours(height, rows, tile_height)
    left, weight_across = _neighbours(width, columns, tile_width)
    result = np.empty_like(plane)
    if shift == 0:
        _blend_tiles_bytes(plane, curves, top, weight_down, left, weight_across, result)
        return result
    _blend_tiles(plane, curves, shift, top, weight_down, left, weight_across, result)
    return result


def _mirror(count: int, size: int) -> NDArray[np.int64]:
    """Return ``count`` indices into an axis of ``size``, mirrored about the centre of its last."""
    period = max(1, 2 * size - 2)
    folded = np.arange(count) % period
    return np.minimum(folded, period - folded) if size > 1 else np.zeros(count, np.int64)


def _neighbours(size: int, tiles: int, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each pixel, the two tiles around it, (size, 2), and the second's weight.

    The weight is in units of 2**-15.
    """
    first, remainder = np.divmod(2 * np.arange(size) - length, 2 * length)
    pair = np.clip(np.stack([first, first + 1], axis=1), 0, tiles - 1)
    return pair, (remainder * 32768 + length) // (2 * length)


@kernel
def _curves(
    plane: Pixels,
    down: NDArray[np.int64],
    across: NDArray[np.int64],
    shift: int,
    limit: int,
    curves: Pixels,
) -> None:
    """Fill ``curves`` (rows, columns, bins + 1) with the clipped cumulative histograms."""
    rows, columns, edges = curves.shape
    bins = edges - 1
    tile_height, tile_width = down.shape[0] // rows, across.shape[0] // columns
    area = tile_height * tile_width
    white = (bins << shift) - 1
    counts = np.empty(bins, np.int64)
    others = np.empty(bins, np.int64)
    width = plane.shape[1]
    for row in range(rows):
        for column in range(columns):
            for level in range(bins):
                counts[level] = others[level] = 0
            begin, end = column * tile_width, (column + 1) * tile_width
            within = max(begin, begin + (min(end, width) - begin) // 2 * 2)
            for y in range(row * tile_height, (row + 1) * tile_height):
                line = plane[down[y]]
                # Two counters in turn: one just written is slow to read back.
                for x in range(begin, within, 2):
                    counts[line[x] >> shift] += 1
                    others[line[x + 1] >> shift] += 1
                for x in range(within, end):
                    counts[line[across[x]] >> shift] += 1
            for level in range(bins):
                counts[level] += others[level]
            excess = 0
            for level in range(bins):
                if counts[level] > limit:
                    excess += counts[level] - limit
                    counts[level] = limit
            # Give back evenly what was cut, the rest to bins spread over the range.
            share = excess // bins
            for level in range(bins):
                counts[level] += share
            rest = excess % bins
            if rest:
                step = max(1, bins // rest)
                for i in range(rest):
                    counts[i * step] += 1
            total = 0
            for level in range(bins):
                total += counts[level]
                curves[row, column, level + 1] = (2 * total * white + area) // (2 * area)


@kernel
def _blend_tiles_bytes(
    plane: NDArray[np.uint8],
    curves: NDArray[np.uint8],
    top: NDArray[np.int64],
    weight_down: NDArray[np.int64],
    left: NDArray[np.int64],
    weight_across: NDArray[np.int64],
    result: NDArray[np.uint8],
) -> None:
    """Blend the curves of a row of pixels downwards first: two look-ups per pixel are left."""
    height, width = plane.shape
    columns = curves.shape[1]
    row_curves = np.empty((columns, 256), np.uint32)
    weights = weight_across.astype(np.uint32)
    for y in range(height):
        v = np.uint32(weight_down[y])
        for column in range(columns):
            upper, lower = curves[top[y, 0], column, 1:], curves[top[y, 1], column, 1:]
            row_curve = row_curves[column]
            for level in range(256):
                # 7 bits after the point.
                row_curve[level] = np.uint32(
                    np.uint32(upper[level]) * np.uint32(np.uint32(32768) - v)
                    + np.uint32(lower[level]) * v
                ) >> np.uint32(8)
        line, into = plane[y], result[y]
        x = 0
        while x < width:
            a, b = left[x, 0], left[x, 1]
            first, second = row_curves[a], row_curves[b]
            stop = x
            while stop < width and left[stop, 0] == a and left[stop, 1] == b:
                stop += 1
            for i in range(x, stop):
                w = weights[i]
                into[i] = np.uint32(
                    first[line[i]] * np.uint32(np.uint32(32768) - w)
                    + second[line[i]] * w
                    + np.uint32(1 << 21)
                ) >> np.uint32(22)
            x = stop


@kernel
def _blend_tiles(
    plane: Pixels,
    curves: Pixels,
    shift: int,
    top: NDArray[np.int64],
    weight_down: NDArray[np.int64],
    left: NDArray[np.int64],
    weight_across: NDArray[np.int64],
    result: Pixels,
) -> None:
    """Look every pixel up in the curves of the four tiles around it and blend."""
    height, width = plane.shape
    one = 32768
    mask = (1 << shift) - 1
    for y in range(height):
        upper, lower = curves[top[y, 0]], curves[top[y, 1]]
        v = weight_down[y]
        for x in range(width):
            level = np.int64(plane[y, x])
            part = (level & mask) + 1
            edge = level >> shift
            a, b = left[x, 0], left[x, 1]
            total = 0
            for k in range(2):
                share = part if k else (1 << shift) - part
                at = edge + k
                if share:
                    above = (one - weight_across[x]) * upper[a, at] + weight_across[x] * upper[
                        b, at
                    ]
                    below = (one - weight_across[x]) * lower[a, at] + weight_across[x] * lower[
                        b, at
                    ]
                    total += share * ((one - v) * above + v * below)
            result[y, x] = (total + (1 << (29 + shift))) >> (30 + shift)


@kernel
def _add_difference(
    source: Pixels,
    luma: Pixels,
    changed: Pixels,
    white: float,
    target: Pixels,
) -> None:
    for i in range(source.shape[0]):
        difference = np.float32(changed[i]) - np.float32(luma[i])
        for c in range(3):
            value = np.float32(source[i, c]) + difference
            target[i, c] = min(max(value, np.float32(0)), np.float32(white))
