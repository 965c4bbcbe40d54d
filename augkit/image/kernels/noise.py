"""Normally distributed noise as a pure function of a seed and the index of the pixel.

Integers and IEEE + - * only: every processor makes the same noise.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._lanes_copy import copy_bytes
from augkit.image.kernels._normal import RMS, fill_normals, normal_lanes
from augkit.image.kernels._random import GAUSSIAN, byte_sums, stream_key
from augkit.image.kernels._simd import (
    LANES,
    add,
    clamped,
    high_product,
    load_bytes,
    load_words,
    new_words,
    shift_right_signed,
    splat,
    store_bytes,
    store_words,
)
from augkit.image.kernels.table import Pixels, allocate, as_pixels, color_count, full_range

__all__ = ["gaussian_noise"]


def gaussian_noise(
    image: Pixels,
    std: float,
    seed: int,
    *,
    mean: float = 0.0,
    per_channel: bool = True,
    color_channels: int | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """Add normally distributed noise, clipped to the range of the image.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    std, mean : float
        In units of full range (1 is white).
    seed : int
        The low 64 bits count.
    per_channel : bool
        Independent noise in every channel (default), or the same in all: gray noise.
    color_channels : int, optional
        How many leading channels to change (default all); the others are copied.
    out : array, optional
        Written and returned; C-contiguous, of the image's shape and dtype. May be ``image``.

    Notes
    -----
    The sum of four random bytes is close to normal, and a polynomial makes it more so (Teichroew
    1953, see Knuth, The Art of Computer Programming, volume 2, 3.4.1): quantiles are right to
    0.0007 std on average, tails to 4 std, and nothing is beyond 5.2. Integers round once, after
    scaling.

    Examples
    --------
    >>> import numpy as np
    >>> noisy = gaussian_noise(np.full((100, 100), 128, dtype=np.uint8), std=0.05, seed=1)
    >>> bool(abs(noisy.std() / 255 - 0.05) < 0.001)
    True
    """
    if not (std >= 0 and math.isfinite(std) and math.isfinite(mean)):
        raise ValueError(f"std must be at least 0 and both finite; got std={std!r}, mean={mean!r}")
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    result = allocate(image, out)
    if (std == 0 and mean == 0) or color == 0 or pixels.size == 0:
        result[...] = image
        return result
    source, target = pixels.ravel(), result.reshape(-1)
    samples = color if per_channel else 1
    key = stream_key(seed, GAUSSIAN)
    if image.dtype == np.uint8 and std < 0.73 and abs(mean) < 3.0:
        factor, offset = round(std * 255 * 8 * 65536 / RMS), round(mean * 255 * 8)
        _add_to_bytes(source, key, factor, offset, channels, color, samples, target)
    else:
        white = np.float32(full_range(image.dtype))
        scale, shift = np.float32(std) * white, np.float32(mean) * white
        _add_to_any(
            source, key, scale, shift, white, channels, color, samples, target
        )  # fmt: skip
    return result


_BLOCK = 1024  # values that are done at once, or a little more


@kernel
def _add_to_bytes(
    source: NDArray[np.uint8],
    key: np.uint64,
    factor: int,
    offset: int,
    channels: int,
    color: int,
    samples: int,
    target: NDArray[np.uint8],
) -> None:
    """Add ``offset`` and normal noise times ``factor``, which have 3 bits after the point."""
    block = max(_BLOCK // (LANES * channels), 1) * LANES  # pixels
    noise, spread = new_words(block * samples), new_words(block * channels)
    room = np.empty(LANES, np.uint8)
    for start in range(0, source.size, block * channels):
        size = min(block * channels, source.size - start)
        first, several = start // channels * samples, size // channels * samples
        # Two short loops: one long one would wait for its products, as hardly two turns of it fit
        # what a processor looks ahead.
        for at in range(0, several, LANES):
            store_words(byte_sums(key, (first + at) // 4), address(noise) + 2 * at)
        for at in range(0, several, LANES):
            scaled = high_product(normal_lanes(load_words(address(noise) + 2 * at)), splat(factor))
            rounded = shift_right_signed(add(scaled, splat(offset + 4)), 3)
            store_words(rounded, address(noise) + 2 * at)
        values = address(noise)
        if samples != channels:
            _spread(noise, several, samples, color, channels, spread)
            values = address(spread)
        read, write = address(source) + start, address(target) + start
        for at in range(0, size - LANES + 1, LANES):
            total = add(load_bytes(read + at), load_words(values + 2 * at))
            store_bytes(clamped(total), write + at)
        rest = size % LANES
        if rest > 0:
            at = size - rest
            copy_bytes(read + at, address(room), rest)
            total = add(load_bytes(address(room)), load_words(values + 2 * at))
            store_bytes(clamped(total), address(room))
            copy_bytes(address(room), write + at, rest)


@kernel
def _add_to_any(
    source: Pixels,
    key: np.uint64,
    scale: np.float32,
    offset: np.float32,
    white: np.float32,
    channels: int,
    color: int,
    samples: int,
    target: Pixels,
) -> None:
    whole = source.itemsize < 4
    block = max(_BLOCK // (LANES * channels), 1) * LANES  # pixels
    sums = new_words(block * samples)
    noise, spread = np.empty(sums.size, np.float32), np.empty(block * channels, np.float32)
    for start in range(0, source.size, block * channels):
        part, into = (
            source[start : start + block * channels],
            target[start : start + block * channels],
        )
        fill_normals(key, start // channels * samples, sums, noise)
        for at in range(noise.size):
            noise[at] = noise[at] * scale + offset
        if samples != channels:
            _spread(noise, part.size // channels * samples, samples, color, channels, spread)
        values = noise if samples == channels else spread
        for at in range(part.size):
            value = min(max(np.float32(part[at]) + values[at], np.float32(0)), white)
            into[at] = np.rint(value) if whole else value


@kernel
def _spread(
    noise: Pixels, count: int, samples: int, color: int, channels: int, values: Pixels
) -> None:
    """The noise of each channel: of its own, or the pixel's; none where it is no color."""
    for c in range(channels):
        at = c if samples > 1 else 0
        for i in range(count // samples):
            values[i * channels + c] = noise[i * samples + at] if c < color else 0
