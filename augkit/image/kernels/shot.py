"""Counted photons."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._normal import fill_normals
from augkit.image.kernels._random import FEW_PHOTONS, SHOT, fill_words, stream_key
from augkit.image.kernels._simd import LANES, new_words
from augkit.image.kernels.table import Pixels, allocate, as_pixels, color_count, full_range

__all__ = ["shot_noise"]


def shot_noise(
    image: Pixels,
    photons: float,
    seed: int,
    *,
    color_channels: int | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """Replace every value by a Poisson count of photons, as a sensor would.

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    photons : float, above 0
        The mean count at white; a value v in [0, 1] gives Poisson(v * photons) / photons, so the
        fewer photons the stronger the noise.
    seed : int
        The low 64 bits count.
    color_channels : int, optional
        How many leading channels to change (default all); the others are copied.
    out : array, optional
        Written and returned; C-contiguous, of the image's shape and dtype. May be ``image``.

    Notes
    -----
    Mean counts up to 32 are drawn by inversion of the exact distribution (to 2**-16), as the sum of
    two: a multiple of a sixteenth, which has a table, and the rest. Higher ones come from the
    Cornish-Fisher expansion to the third moment, rounded to whole photons.

    Examples
    --------
    >>> import numpy as np
    >>> noisy = shot_noise(np.full((100, 100), 128, dtype=np.uint8), photons=100, seed=1)
    >>> bool(abs(noisy.mean() - 128) < 1)
    True
    """
    if not (photons > 0 and math.isfinite(photons)):
        raise ValueError(f"photons must be a finite number above 0, got {photons!r}")
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    result = allocate(image, out)
    if color == 0 or pixels.size == 0:
        result[...] = image
        return result
    white = full_range(image.dtype)
    _shot(
        pixels.reshape(-1),
        np.float32(photons / white),
        np.float32(white / photons),
        np.float32(white),
        *_poisson_tables(),
        stream_key(seed, SHOT),
        stream_key(seed, FEW_PHOTONS),
        channels,
        color,
        result.reshape(-1),
    )
    return result


_EXACT_UP_TO = 32  # mean count; far above it the expansion's error is below a hundredth
_PER_PHOTON = 16  # tables per mean count
_BLOCK = 1024  # samples, or a little more


@cache
def _poisson_tables() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return cumulative distributions for multiples of a sixteenth, and where to begin searching them.

    ``cumulative[mean, k]`` is P(count <= k) in units of 2**-16; ``guide[mean, u >> 8]`` is the
    smallest count possible for a sample u.
    """
    mean = np.arange(_EXACT_UP_TO * _PER_PHOTON + 1) / _PER_PHOTON
    weights = np.ones((len(mean), 96))
    for k in range(1, 96):
        weights[:, k] = weights[:, k - 1] * (mean / k)
    sums = np.cumsum(weights, axis=1)
    cumulative = np.rint(sums / sums[:, -1:] * 65536.0).astype(np.uint32)
    starts = np.arange(256) << 8
    guide = np.stack([np.searchsorted(row, starts, side="right") for row in cumulative])
    return cumulative, guide.astype(np.uint8)


@kernel
def _shot(
    source: Pixels,
    to_photons: np.float32,
    to_levels: np.float32,
    white: np.float32,
    cumulative: NDArray[np.uint32],
    guide: NDArray[np.uint8],
    key: np.uint64,
    other: np.uint64,
    channels: int,
    color: int,
    target: Pixels,
) -> None:
    zero, half = np.float32(0), np.float32(0.5)
    sixth, twelfth = np.float32(1 / 6), np.float32(1 / 12)
    rounding = half if source.itemsize < 4 else zero
    block = max(_BLOCK // (LANES * color), 1) * LANES  # pixels
    sums = new_words(block * color)
    draws = np.empty(block * color // 2, np.uint64)  # two uniform samples for each value
    normals, means = np.empty(sums.size, np.float32), np.empty(sums.size, np.float32)
    for start in range(0, source.size, block * channels):
        part, into = (
            source[start : start + block * channels],
            target[start : start + block * channels],
        )
        first, size = start // channels * color, part.size // channels * color
        fill_normals(key, first, sums, normals)
        fill_words(other, first // 2, draws)
        uniform = draws.view(np.uint16)
        for c in range(color):
            for i in range(size // color):
                means[i * color + c] = part[i * channels + c]
        for i in range(size):
            mean, z = max(means[i] * to_photons, zero), normals[i]
            # The expansion; rounding to whole photons adds a twelfth of the variance.
            spread = np.sqrt(max(mean - twelfth, zero))
            means[i] = mean
            normals[i] = max(
                np.floor(mean + spread * z + (z * z - np.float32(1)) * sixth + half), zero
            )
        for i in range(size):
            if means[i] <= _EXACT_UP_TO:
                normals[i] = _few(means[i], cumulative, guide, uniform[2 * i], uniform[2 * i + 1])
        for c in range(channels):
            for i in range(size // color):
                if c < color:
                    value = min(normals[i * color + c] * to_levels + rounding, white)
                    into[i * channels + c] = value
                else:
                    into[i * channels + c] = part[i * channels + c]


@kernel
def _few(
    mean: float,
    cumulative: NDArray[np.uint32],
    guide: NDArray[np.uint8],
    first: int,
    second: int,
) -> float:
    """A Poisson count by inversion; of its two parts, the second has a mean below a sixteenth."""
    row = int(mean * _PER_PHOTON)
    count = int(guide[row, first >> 8])
    while cumulative[row, count] <= first:
        count += 1
    rest = mean - row * (1.0 / _PER_PHOTON)
    # exp(-rest), to 2**-26
    chance = 1.0 - rest * (1.0 - rest * (0.5 - rest * (1 / 6 - rest * (1 / 24))))
    left, more = second + 0.5, 0
    chance *= 65536.0
    while left > chance and more < 8:
        left -= chance
        more += 1
        chance *= rest / more
    return float(count + more)
