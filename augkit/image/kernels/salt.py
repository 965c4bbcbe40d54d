"""Single pixels turned black or white."""

from __future__ import annotations

import math

import numpy as np

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._random import SALT, stream_key, word
from augkit.image.kernels.table import Pixels, allocate, as_pixels, color_count, full_range

__all__ = ["salt_and_pepper"]


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
        stream_key(seed, SALT),
        color,
        white,
    )
    return result


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
