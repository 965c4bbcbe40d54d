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
    result = np.empty(source.shape)
    _power(source.ravel(), float(exponent), result.ravel())
    return result


@kernel
def _power(source: NDArray[np.float64], exponent: float, target: NDArray[np.float64]) -> None:
    # Without branches and divisions in the series, so that several values are done at once.
    for i in range(source.shape[0]):
        # source = mantissa * 2**shift with the mantissa around 1, and ln(m) = 2 atanh(z).
        bits = np.float64(source[i]).view(np.int64)
        mantissa = np.int64((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000).view(np.float64)
        high = mantissa > 1.4142135623730951
        mantissa = mantissa * 0.5 if high else mantissa
        shift = np.float64((bits >> 52) - 1023) + (1.0 if high else 0.0)
        z = (mantissa - 1.0) / (mantissa + 1.0)
        square = z * z
        series = 1.0 / 21.0
        series = series * square + 1.0 / 19.0
        series = series * square + 1.0 / 17.0
        series = series * square + 1.0 / 15.0
        series = series * square + 1.0 / 13.0
        series = series * square + 1.0 / 11.0
        series = series * square + 1.0 / 9.0
        series = series * square + 1.0 / 7.0
        series = series * square + 1.0 / 5.0
        series = series * square + 1.0 / 3.0
        series = series * square + 1.0
        exponential = exponent * (shift * 0.6931471805599453 + 2.0 * z * series)
        # exp(y) = 2**n exp(rest) with |rest| <= ln(2) / 2; below 2**-1000 it is 0.
        whole = np.floor(exponential * 1.4426950408889634 + 0.5)
        there = source[i] > 0.0 and whole >= -1000.0
        whole = whole if there else 0.0
        rest = exponential - whole * 0.6931471805599453
        total = 1.0 / 87178291200.0
        total = total * rest + 1.0 / 6227020800.0
        total = total * rest + 1.0 / 479001600.0
        total = total * rest + 1.0 / 39916800.0
        total = total * rest + 1.0 / 3628800.0
        total = total * rest + 1.0 / 362880.0
        total = total * rest + 1.0 / 40320.0
        total = total * rest + 1.0 / 5040.0
        total = total * rest + 1.0 / 720.0
        total = total * rest + 1.0 / 120.0
        total = total * rest + 1.0 / 24.0
        total = total * rest + 1.0 / 6.0
        total = total * rest + 0.5
        total = total * rest + 1.0
        total = total * rest + 1.0
        power = total * np.int64((np.int64(whole) + 1023) << 52).view(np.float64)
        target[i] = power if there else 0.0
