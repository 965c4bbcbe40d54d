"""Powers of pixel values from exact operations only: libraries differ in the last digit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel

__all__ = ["power"]


def power(values: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Return ``values ** exponent`` for values in [0, 1] and an exponent above 0.

    0 and 1 stay exactly; what lies between is within a few units in the last place.

    Examples
    --------
    >>> power(np.array([0.0, 0.25, 1.0]), 0.5).round(12).tolist()
    [0.0, 0.5, 1.0]
    """
    source = np.ascontiguousarray(values, dtype=np.float64)
    result = np.empty_like(source)
    _power(source.reshape(-1), float(exponent), result.reshape(-1))
    return result


@kernel
def _power(source: NDArray[np.float64], exponent: float, target: NDArray[np.float64]) -> None:
    for i in range(source.shape[0]):
        if source[i] <= 0.0:
            target[i] = 0.0
            continue
        # source = mantissa * 2**shift with the mantissa around 1, and ln(m) = 2 atanh(z).
        bits = np.float64(source[i]).view(np.int64)
        shift = (bits >> 52) - 1023
        mantissa = np.int64((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000).view(np.float64)
        if mantissa > 1.4142135623730951:
            mantissa *= 0.5
            shift += 1
        z = (mantissa - 1.0) / (mantissa + 1.0)
        square = z * z
        series = 1.0 / 21.0
        for k in range(19, 0, -2):
            series = series * square + 1.0 / k
        exponential = exponent * (shift * 0.6931471805599453 + 2.0 * z * series)
        # exp(y) = 2**n exp(rest) with |rest| <= ln(2) / 2.
        whole = np.floor(exponential * 1.4426950408889634 + 0.5)
        if whole < -1000.0:
            target[i] = 0.0
            continue
        rest = exponential - whole * 0.6931471805599453
        total = 1.0
        for order in range(14, 0, -1):
            total = 1.0 + rest * total / order
        target[i] = total * np.int64((np.int64(whole) + 1023) << 52).view(np.float64)
