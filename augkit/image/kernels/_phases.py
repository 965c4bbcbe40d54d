"""Tables of the four weights along an axis, for each phase of a position between two pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel

__all__ = ["PHASES", "cubic_table", "phase_table"]

PHASES = 512
"""Steps per pixel."""


@kernel
def phase_table(radius: float, times: int, table: NDArray[np.uint16]) -> None:
    """Fill in, for each phase, the four weights of the triangle of half-width ``radius`` (1 to 2).

    Each is written ``times`` times. They add up to 2^16; a lone 2^16, which 16 bits do not hold, is
    a step less, which makes no difference.
    """
    for phase in range(PHASES):
        fraction = phase / PHASES
        a = max(1.0 - (1.0 + fraction) / radius, 0.0)
        b = 1.0 - fraction / radius
        c = max(1.0 - (1.0 - fraction) / radius, 0.0)
        d = max(1.0 - (2.0 - fraction) / radius, 0.0)
        scale = 65536.0 / (a + b + c + d)
        first, third, fourth = int(a * scale + 0.5), int(c * scale + 0.5), int(d * scale + 0.5)
        second = min(65536 - first - third - fourth, 65535)
        for k in range(times):
            table[phase, k] = first
            table[phase, times + k] = second
            table[phase, 2 * times + k] = third
            table[phase, 3 * times + k] = fourth


@kernel
def cubic_table(times: int, table: NDArray[np.int16]) -> None:
    """As `phase_table`, for Keys' cubic (a = -1/2); signed weights that add up to 2^14."""
    for phase in range(PHASES):
        f = phase / PHASES
        first = int(np.floor((((-0.5 * f + 1.0) * f - 0.5) * f) * 16384.0 + 0.5))
        third = int(np.floor((((-1.5 * f + 2.0) * f + 0.5) * f) * 16384.0 + 0.5))
        fourth = int(np.floor((((0.5 * f - 0.5) * f) * f) * 16384.0 + 0.5))
        second = 16384 - first - third - fourth
        for k in range(times):
            table[phase, k] = first
            table[phase, times + k] = second
            table[phase, 2 * times + k] = third
            table[phase, 3 * times + k] = fourth
