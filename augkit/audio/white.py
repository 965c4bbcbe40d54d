"""White noise from a seed: counter-based, in order, as much as is asked for."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from augkit.core.elementary import CENTRE, MIDDLE, TAIL

__all__ = ["WhiteNoise"]

_CHUNK = 1 << 14


@cache
def _quantiles() -> NDArray[np.float32]:
    """The standard normal distribution as 65536 equally likely values of variance 1.

    Wichura's AS 241, as `augkit.core.elementary.normal_quantile`. The largest value is 4.3.
    """
    u = (np.arange(1 << 15) + 0.5) / (1 << 16)
    q = u - 0.5
    r = 0.180625 - q * q
    tail = np.sqrt(-np.log(u))
    polynomial = np.polynomial.polynomial.polyval
    lower = np.where(
        q >= -0.425,
        q * polynomial(r, CENTRE[0]) / polynomial(r, CENTRE[1]),
        -np.where(
            tail <= 5,
            polynomial(tail - 1.6, MIDDLE[0]) / polynomial(tail - 1.6, MIDDLE[1]),
            polynomial(tail - 5.0, TAIL[0]) / polynomial(tail - 5.0, TAIL[1]),
        ),
    )
    values = np.concatenate([lower, -lower[::-1]])
    table: NDArray[np.float32] = (values / values.std()).astype(np.float32)
    return table


class WhiteNoise:
    """Independent standard normal numbers of one channel.

    Each is one of 65536 equally likely values (16 random bits each, from Philox): an ordinary normal
    generator costs three times as much, and nobody hears the difference.

    >>> one, two = WhiteNoise(7), WhiteNoise(7)
    >>> bool((one.take(10) == np.concatenate([two.take(3), two.take(7)])).all())
    True
    """

    def __init__(self, seed: int) -> None:
        self._source = np.random.Philox(key=seed)
        self._rest = np.empty(0, np.uint16)

    def take(self, count: int) -> NDArray[np.float32]:
        """The next ``count`` numbers."""
        made = np.empty(count, np.float32)
        self.fill(made)
        return made

    def fill(self, made: NDArray[np.float32]) -> None:
        """Write the next numbers into a row."""
        count = made.size
        missing = count - self._rest.size
        indices = self._rest
        if missing > 0:
            words = self._source.random_raw(-(-missing // 4)).astype("<u8", copy=False)
            fresh = words.view("<u2")
            indices = np.concatenate([indices, fresh]) if indices.size else fresh
        self._rest = indices[count:]
        table = _quantiles()
        for start in range(
            0, count, _CHUNK
        ):  # NumPy widens indices: a few at a time stay in the cache
            part = indices[start : min(start + _CHUNK, count)]
            # There are 65536 values: no index is clipped, it is only not checked.
            table.take(part, mode="clip", out=made[start : start + part.size])
