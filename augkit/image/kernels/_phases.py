"""Tables of the four weights along an axis, for each phase of a position between two pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel

__all__ = ["PHASES", "cubic_table", "phase_table"]

PHASES = 512
"""Steps per pixel."""


@kernel
def phase_table(radius: float, table: NDArray[np.uint16]) -> None:
    """Fill in, for each phase, the four weights of the triangle of half-width ``radius`` (1 to 2).

    They add up to 2^16; a lone 2^16, which 16 bits do not hold, is a step less, which makes no
    difference.
    """
    inverse = 1.0 / radius
    for phase in range(PHASES):  # (vectorised: few divisions, and numbers of 32 bits)
        fraction = phase * (1.0 / PHASES)
        a = max(1.0 - (1.0 + fraction) * inverse, 0.0)
        b = 1.0 - fraction * inverse
        c = max(1.0 - (1.0 - fraction) * inverse, 0.0)
        d = max(1.0 - (2.0 - fraction) * inverse, 0.0)
        scale = 65536.0 / (a + b + c + d)
        first, third = np.int32(a * scale + 0.5), np.int32(c * scale + 0.5)
        fourth = np.int32(d * scale + 0.5)
        second = np.int32(np.int32(65536) - first - third - fourth)
        table[phase, 0] = np.uint16(first)
        table[phase, 1] = np.uint16(min(second, np.int32(65535)))
        table[phase, 2] = np.uint16(third)
        table[phase, 3] = np.uint16(fourth)


@kernel
def cubic_table(times: int, table: NDArray[np.int16]) -> None:
    """As `phase_table`, for Keys' cubic (a = -1/2); signed weights that add up to 2^14.

    Each is written ``times`` times.
    """
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
