"""Noise as a pure function of a 64-bit seed and the index of the pixel.

Each 64-bit word is a hash of (seed, index), so nothing depends on threads, chunks or the order of
work. A word gives four samples of 16 bits, which index tables of quantiles. Tables and samples use
integers and IEEE + - * / sqrt only: every processor makes the same noise.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from augkit.core.elementary import CENTRE, MIDDLE
from augkit.image.kernels._jit import kernel
from augkit.image.kernels.table import Number, Pixels, allocate, as_pixels, color_count, full_range

__all__ = ["fill_random", "gaussian_noise", "salt_and_pepper", "shot_noise", "stream_key", "word"]


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
    The normal distribution is taken at 65536 quantiles (up to 4.3 std), scaled to unit variance;
    integers round once, after scaling.

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
    key = stream_key(seed, _GAUSSIAN)
    if pixels.size <= _FEW:
        _add_few_samples(
            pixels.reshape(-1, channels),
            _normal_quantiles(),
            std * 2.0**-_FRACTION,
            mean,
            key,
            color,
            per_channel,
            full_range(image.dtype),
            result.reshape(-1, channels),
        )
        return result
    _add_samples(
        pixels.reshape(-1, channels),
        _normal_levels(image.dtype, std, mean),
        key,
        color,
        per_channel,
        _limits(image.dtype),
        result.reshape(-1, channels),
    )
    return result


def salt_and_pepper(
    image: Pixels,
    amount: float,
    salt_fraction: float,
    seed: int,
    *,
    color_channels: int | None = None,
    out: Pixels | None = None,
) -> Pixels:
    """Turn whole pixels white (salt) or black (pepper).

    Parameters
    ----------
    image : uint8, uint16 or float32 array, shape (H, W) or (H, W, C)
    amount : float in [0, 1]
        The probability of a pixel to be hit; hits are independent, so their number is binomial.
        The work is proportional to it.
    salt_fraction : float in [0, 1]
        The probability of a hit pixel to turn white.
    seed : int
        The low 64 bits count.
    color_channels : int, optional
        How many leading channels to change (default all); the others are copied.
    out : array, optional
        Written and returned; C-contiguous, of the image's shape and dtype. May be ``image``.

    Examples
    --------
    >>> import numpy as np
    >>> gray = np.full((50, 50), 128, dtype=np.uint8)
    >>> sorted(set(salt_and_pepper(gray, 0.1, 0.5, seed=1).ravel().tolist()))
    [0, 128, 255]
    """
    for name, value in (("amount", amount), ("salt_fraction", salt_fraction)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be from 0 to 1, got {value!r}")
    pixels = as_pixels(image)
    channels = pixels.shape[2]
    color = color_count(channels, color_channels)
    result = allocate(image, out)
    result[...] = image
    if amount == 0 or color == 0 or pixels.size == 0:
        return result
    white = image.dtype.type(full_range(image.dtype))
    _sprinkle(
        result.reshape(-1, channels),
        float(amount),
        float(salt_fraction),
        stream_key(seed, _SALT),
        color,
        white,
    )
    return result


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
    Mean counts up to 32 are drawn by inversion of the exact distribution (to 2**-16), higher ones
    by the Cornish-Fisher expansion to the third moment, rounded to whole photons.

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
    source, target = pixels.reshape(-1, channels), result.reshape(-1, channels)
    key = stream_key(seed, _SHOT)
    normal = _normal_quantiles().astype(np.float64) * 2.0**-_FRACTION
    if image.dtype == np.uint8:
        cumulative, guide = _poisson_tables(float(photons))
        _shot_bytes(source, float(photons), cumulative, guide, normal, key, color, target)
    else:
        _shot_any(source, float(photons), normal, key, color, full_range(image.dtype), target)
    return result


def fill_random(image: Pixels, seed: int, box: tuple[int, int, int, int] | None = None) -> None:
    """Overwrite ``image``, C-contiguous (H, W, C), or a box of it, by uniform noise in place.

    ``box`` is x0, y0, x1, y1 within the image. The noise of a value depends on the seed and its
    index in the image only, not on the box.
    """
    height, width, _ = image.shape
    x0, y0, x1, y1 = (0, 0, width, height) if box is None else box
    full_range(image.dtype)
    # A sample's 16 bits over the range: the top 8 of them, all, or as a fraction.
    shift = 8 if image.dtype == np.uint8 else 0
    scale = image.dtype.type(1 / 65535 if image.dtype == np.float32 else 1)
    _uniform(image, x0, y0, x1, y1, shift, scale, stream_key(seed, _UNIFORM))


# The random words

_GAUSSIAN, _SALT, _SHOT, _UNIFORM = range(4)
_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def stream_key(seed: int, purpose: int) -> np.uint64:
    """Return the key of one purpose of a seed; neighbouring seeds have unrelated keys."""
    z = (int(seed) + (purpose + 1) * _GOLDEN) & _MASK
    for _ in range(2):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        z ^= z >> 31
    return np.uint64(z)


@kernel
def word(key: np.uint64, index: int) -> np.uint64:
    """Return word ``index`` of the stream: SplitMix64, Steele, Lea and Flood, OOPSLA 2014."""
    z = key + np.uint64(index) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


# The normal distribution

_FRACTION = 20  # bits after the point of the quantiles


@cache
def _normal_quantiles() -> NDArray[np.int32]:
    """Return the 65536 quantiles of the middle of each sample's interval, unit variance.

    Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
    Statistics 37 (1988), function PPND16.
    """
    p = (np.arange(32768, dtype=np.float64) + 0.5) / 65536.0
    q = p - 0.5
    r = 0.180625 - q * q
    centre = q * _ratio(r, CENTRE)
    r = np.sqrt(-_log(p))
    tail = -_ratio(r - 1.6, MIDDLE)
    half = np.where(q >= -0.425, centre, tail)
    unit = half / math.sqrt(math.fsum((half * half).tolist()) / 32768.0)
    fixed = np.rint(unit * 2.0**_FRACTION).astype(np.int32)
    return np.concatenate([fixed, -fixed[::-1]])


def _ratio(
    x: NDArray[np.float64], polynomials: tuple[tuple[float, ...], tuple[float, ...]]
) -> NDArray[np.float64]:
    above, below = (np.zeros_like(x), np.zeros_like(x))
    for a, b in zip(*map(reversed, polynomials), strict=True):
        above, below = above * x + a, below * x + b
    return above / below


def _log(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural logarithm from exact operations only: libraries differ in the last digit."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < math.sqrt(0.5)
    mantissa, exponent = np.where(low, 2 * mantissa, mantissa), exponent - low
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square, series = s * s, np.zeros_like(s)
    for k in range(21, 0, -2):
        series = series * square + 1.0 / k
    return exponent * 0.6931471805599453 + 2.0 * s * series


_FARTHEST = 4.4  # beyond the last quantile
_WIDE = {np.dtype(np.uint8): np.int16, np.dtype(np.uint16): np.int32}


@lru_cache(maxsize=4)
def _limits(dtype: np.dtype[np.generic]) -> Pixels:
    """Black and white, in a type that holds their sum with noise. Not to be written."""
    return np.array([0, full_range(dtype)], _WIDE.get(dtype, np.float32))


@lru_cache(maxsize=4)
def _normal_levels(dtype: np.dtype[np.generic], std: float, mean: float) -> Pixels:
    """Return the quantiles as what is added to a pixel."""
    kind: type = {"uint8": np.int16, "uint16": np.int32, "float32": np.float32}[dtype.name]
    if dtype == np.uint8 and _FARTHEST * std + abs(mean) < 127 / 255:
        kind = np.int8  # half the table is read from a nearer cache
    levels: Pixels = np.empty(65536, kind)
    _scale_quantiles(_normal_quantiles(), std * 2.0**-_FRACTION, mean, full_range(dtype), levels)
    return levels


@kernel
def _scale_quantiles(
    quantiles: NDArray[np.int32], std: float, mean: float, white: float, levels: Pixels
) -> None:
    whole = (
        levels.dtype.type(0.5) == 0
    )  # integers are rounded, and go no further than black to white
    for i in range(quantiles.size):
        value = (quantiles[i] * std + mean) * white
        levels[i] = np.rint(min(max(value, -white), white)) if whole else value


@kernel
def _add_samples(
    source: Pixels,
    levels: Pixels,
    key: np.uint64,
    color: int,
    per_channel: bool,
    limits: Pixels,
    target: Pixels,
) -> None:
    count, channels = source.shape
    # Sums are cut back to this type: numba's are of 64 bits, which makes them four times as slow.
    wide = limits.dtype.type
    zero, top = limits[0], limits[1]
    samples = color if per_channel else 1
    block = 1024  # pixels; a multiple of 4, so that blocks begin with a word
    words = np.empty(block * samples // 4, np.uint64)
    values = np.empty(block * samples, levels.dtype)
    lane = np.uint64(0xFFFF)
    for start in range(0, count, block):
        size = min(block, count - start)
        first = start * samples // 4
        # Three passes over small buffers: the hash and the sum become vector instructions, and
        # only the look-up is left to go one by one.
        for i in range(words.shape[0]):
            words[i] = word(key, first + i)
        for i in range(words.shape[0]):
            bits = words[i]
            values[4 * i] = levels[bits & lane]
            values[4 * i + 1] = levels[(bits >> np.uint64(16)) & lane]
            values[4 * i + 2] = levels[(bits >> np.uint64(32)) & lane]
            values[4 * i + 3] = levels[bits >> np.uint64(48)]
        part = source[start : start + size].reshape(-1)
        into = target[start : start + size].reshape(-1)
        if samples == channels:
            for j in range(part.shape[0]):
                into[j] = min(max(wide(wide(part[j]) + wide(values[j])), zero), top)
        elif samples == 1 and channels == 3 and color == 3:
            for i in range(size):
                noise = wide(values[i])
                into[3 * i] = min(max(wide(wide(part[3 * i]) + noise), zero), top)
                into[3 * i + 1] = min(max(wide(wide(part[3 * i + 1]) + noise), zero), top)
                into[3 * i + 2] = min(max(wide(wide(part[3 * i + 2]) + noise), zero), top)
        elif samples == 3 and channels == 4:
            for i in range(size):
                into[4 * i] = min(max(wide(wide(part[4 * i]) + wide(values[3 * i])), zero), top)
                into[4 * i + 1] = min(
                    max(wide(wide(part[4 * i + 1]) + wide(values[3 * i + 1])), zero), top
                )
                into[4 * i + 2] = min(
                    max(wide(wide(part[4 * i + 2]) + wide(values[3 * i + 2])), zero), top
                )
                into[4 * i + 3] = part[4 * i + 3]
        else:
            for i in range(size):
                for c in range(color):
                    noise = wide(values[i * samples + (c if per_channel else 0)])
                    at = i * channels + c
                    into[at] = min(max(wide(wide(part[at]) + noise), zero), top)
                for c in range(color, channels):
                    into[i * channels + c] = part[i * channels + c]


_FEW = 8192  # values, below which a table of scaled quantiles is not worth its making


@kernel
def _add_few_samples(
    source: Pixels,
    quantiles: NDArray[np.int32],
    std: float,
    mean: float,
    key: np.uint64,
    color: int,
    per_channel: bool,
    white: float,
    target: Pixels,
) -> None:
    """As `_scale_quantiles` and `_add_samples`, one by one."""
    whole = source.itemsize < 4
    samples = color if per_channel else 1
    for i in range(source.shape[0]):
        for c in range(source.shape[1]):
            value = source[i, c]
            if c < color:
                sample = i * samples + (c if per_channel else 0)
                bits = word(key, sample >> 2) >> np.uint64(16 * (sample & 3))
                noise = quantiles[bits & np.uint64(0xFFFF)] * std + mean
                if whole:
                    noise = np.rint(min(max(noise * white, -white), white))
                    value = min(max(value + noise, 0.0), white)
                else:
                    noise = np.float32(noise * white)
                    value = min(max(np.float32(value + noise), np.float32(0)), np.float32(white))
            target[i, c] = value


# Salt and pepper


@kernel
def _log_positive(x: float) -> float:
    mantissa, exponent = math.frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa *= 2.0
        exponent -= 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    series = 1.0 / 17.0
    for k in range(15, 0, -2):
        series = series * square + 1.0 / k
    return exponent * 0.6931471805599453 + 2.0 * s * series


@kernel
def _sprinkle(
    target: Pixels,
    amount: float,
    salt_fraction: float,
    key: np.uint64,
    color: int,
    white: float,
) -> None:
    """Hit pixels; the gaps between hits are geometric (Devroye, 1986, chapter X.2)."""
    count = target.shape[0]
    if amount < 1e-8:
        rate = -amount
    elif amount < 1.0:
        rate = _log_positive(1.0 - amount)
    else:
        rate = -np.inf  # every gap is 0
    at = 0
    draw = 0
    while True:
        u = (float(word(key, draw) >> np.uint64(11)) + 1.0) * 2.0**-53
        gap = _log_positive(u) / rate
        if gap >= count - at:
            return
        at += int(gap)
        salt = float(word(key, draw + 1) >> np.uint64(11)) * 2.0**-53 < salt_fraction
        for c in range(color):
            target[at, c] = white if salt else target.dtype.type(0)
        at += 1
        draw += 2


# Shot noise

_EXACT_UP_TO = 32.0  # mean count; far above it the expansion's error is below a hundredth


@lru_cache(maxsize=4)
def _poisson_tables(photons: float) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return cumulative distributions of the dark levels, and where to begin searching them.

    ``cumulative[level, k]`` is P(count <= k) in units of 2**-16; ``guide[level, u >> 8]`` is the
    smallest count possible for a sample u.
    """
    mean = np.arange(256) * (photons / 255.0)
    mean = mean[mean <= _EXACT_UP_TO]
    weights = np.ones((len(mean), 128))
    for k in range(1, 128):
        weights[:, k] = weights[:, k - 1] * (mean / k)
    sums = np.cumsum(weights, axis=1)
    cumulative = np.rint(sums / sums[:, -1:] * 65536.0).astype(np.uint32)
    starts = np.arange(256) << 8
    guide = np.stack([np.searchsorted(row, starts, side="right") for row in cumulative])
    return cumulative, guide.astype(np.uint8)


@kernel
def _expanded(mean: float, spread: float, z: float) -> float:
    """Return a Poisson count of high mean (Cornish and Fisher, 1938).

    ``spread`` is sqrt(mean - 1/12): rounding to whole photons adds the rest of the variance.
    """
    return float(max(0.0, np.floor(mean + spread * z + (z * z - 1.0) / 6.0 + 0.5)))


@kernel
def _shot_bytes(
    source: Pixels,
    photons: float,
    cumulative: NDArray[np.uint32],
    guide: NDArray[np.uint8],
    normal: NDArray[np.float64],
    key: np.uint64,
    color: int,
    target: Pixels,
) -> None:
    count, channels = source.shape
    exact = cumulative.shape[0]
    to_levels = 255.0 / photons
    mean = np.empty(256)
    spread = np.empty(256)
    for level in range(256):
        mean[level] = level * photons / 255.0
        spread[level] = math.sqrt(max(0.0, mean[level] - 1.0 / 12.0))
    bits = np.uint64(0)
    sample = 0
    for i in range(count):
        for c in range(color):
            if sample & 3 == 0:
                bits = word(key, sample >> 2)
            u = int(bits & np.uint64(0xFFFF))
            bits >>= np.uint64(16)
            sample += 1
            level = source[i, c]
            if level < exact:
                k = int(guide[level, u >> 8])
                while cumulative[level, k] <= u:
                    k += 1
                hits = float(k)
            else:
                hits = _expanded(mean[level], spread[level], normal[u])
            target[i, c] = int(min(255.0, hits * to_levels + 0.5))
        for c in range(color, channels):
            target[i, c] = source[i, c]


@kernel
def _exp_negative(x: float) -> float:
    """Return exp(-x), 0 <= x <= 32, from exact operations only."""
    y = x / 64.0
    series = 1.0
    for k in range(16, 0, -1):
        series = 1.0 - y / k * series
    for _ in range(6):
        series *= series
    return series


@kernel
def _shot_any(
    source: Pixels,
    photons: float,
    normal: NDArray[np.float64],
    key: np.uint64,
    color: int,
    white: float,
    target: Pixels,
) -> None:
    count, channels = source.shape
    half = 0.0 if white == 1.0 else 0.5
    bits = np.uint64(0)
    sample = 0
    for i in range(count):
        for c in range(color):
            if sample & 3 == 0:
                bits = word(key, sample >> 2)
            u = int(bits & np.uint64(0xFFFF))
            bits >>= np.uint64(16)
            sample += 1
            mean = max(0.0, float(source[i, c]) / white * photons)
            if mean > 32.0:
                hits = _expanded(mean, math.sqrt(mean - 1.0 / 12.0), normal[u])
            else:
                left = (u + 0.5) / 65536.0
                hits = 0.0
                chance = _exp_negative(mean)
                while left > chance and hits < 127.0:
                    left -= chance
                    hits += 1.0
                    chance *= mean / hits
            target[i, c] = min(white, hits * (white / photons) + half)
        for c in range(color, channels):
            target[i, c] = source[i, c]


@kernel
def _uniform(
    image: Pixels,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    shift: int,
    scale: Number,
    key: np.uint64,
) -> None:
    cast = image.dtype.type
    _, width, channels = image.shape
    for y in range(y0, y1):
        row = image[y].reshape(-1)
        first = y * width * channels
        for j in range(x0 * channels, x1 * channels):
            bits = word(key, (first + j) >> 2) >> np.uint64(16 * ((first + j) & 3))
            row[j] = cast((bits & np.uint64(0xFFFF)) >> np.uint64(shift)) * scale
