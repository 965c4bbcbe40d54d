"""Second-order sections: designed in closed form, run in float64.

A section is ``b0, b1, b2, 1, a1, a2``; a filter is an array (sections, 6), as in scipy. What runs them
is `augkit.audio.recursion`.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin, sqrt, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.sample import Wave
from augkit.audio.scans import plain

__all__ = [
    "SectionFilter",
    "Sections",
    "band",
    "high_pass",
    "high_shelf",
    "low_pass",
    "low_shelf",
    "notch",
    "peaking",
    "response",
]

Sections = NDArray[np.float64]


# -- designs ---------------------------------------------------------------------------------------


def _butterworth(hz: float, rate: float, order: int, high: bool) -> Sections:
    """Butterworth by the bilinear transform, one section per pair of poles."""
    k = tan(pi * hz / rate)
    rows = []
    for pair in range(order // 2):
        q = 1 / (2 * sin((2 * pair + 1) * pi / (2 * order)))
        norm = 1 / (1 + k / q + k * k)
        a1, a2 = 2 * (k * k - 1) * norm, (1 - k / q + k * k) * norm
        b = norm if high else k * k * norm
        rows.append((b, -2 * b if high else 2 * b, b, 1.0, a1, a2))
    if order % 2:
        norm = 1 / (1 + k)
        b = norm if high else k * norm
        rows.append((b, -b if high else b, 0.0, 1.0, (k - 1) * norm, 0.0))
    return np.array(rows)


@lru_cache(maxsize=256)
def low_pass(hz: float, rate: float, order: int) -> Sections:
    """Butterworth low-pass: -3 dB at ``hz``, then 6 dB per octave and order."""
    return _butterworth(hz, rate, order, False)


@lru_cache(maxsize=256)
def high_pass(hz: float, rate: float, order: int) -> Sections:
    """Butterworth high-pass: -3 dB at ``hz``, below it 6 dB per octave and order."""
    return _butterworth(hz, rate, order, True)


@lru_cache(maxsize=256)
def band(low: float, high: float, rate: float, order: int) -> Sections:
    """What a high-pass at ``low`` and a low-pass at ``high`` leave."""
    return np.concatenate([high_pass(low, rate, order), low_pass(high, rate, order)])


# The following: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".


def _section(b0: float, b1: float, b2: float, a0: float, a1: float, a2: float) -> Sections:
    return np.array([[b0 / a0, b1 / a0, b2 / a0, 1.0, a1 / a0, a2 / a0]])


def _angle(hz: float, rate: float, q: float) -> tuple[float, float]:
    w = 2 * pi * hz / rate
    return cos(w), sin(w) / (2 * q)


@lru_cache(maxsize=256)
def notch(hz: float, rate: float, q: float) -> Sections:
    """Nothing at ``hz``; -3 dB at the edges of a band ``hz / q`` wide."""
    c, alpha = _angle(hz, rate, q)
    return _section(1, -2 * c, 1, 1 + alpha, -2 * c, 1 - alpha)


@lru_cache(maxsize=256)
def peaking(hz: float, rate: float, q: float, gain_db: float) -> Sections:
    """``gain_db`` at ``hz``, 0 dB far from it."""
    c, alpha = _angle(hz, rate, q)
    a = 10 ** (gain_db / 40)
    return _section(1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a)


@lru_cache(maxsize=256)
def low_shelf(hz: float, rate: float, q: float, gain_db: float) -> Sections:
    """``gain_db`` below ``hz``, half of it there, 0 dB above."""
    c, alpha = _angle(hz, rate, q)
    a = 10 ** (gain_db / 40)
    r = 2 * sqrt(a) * alpha
    return _section(
        a * ((a + 1) - (a - 1) * c + r),
        2 * a * ((a - 1) - (a + 1) * c),
        a * ((a + 1) - (a - 1) * c - r),
        (a + 1) + (a - 1) * c + r,
        -2 * ((a - 1) + (a + 1) * c),
        (a + 1) + (a - 1) * c - r,
    )


@lru_cache(maxsize=256)
def high_shelf(hz: float, rate: float, q: float, gain_db: float) -> Sections:
    """``gain_db`` above ``hz``, half of it there, 0 dB below."""
    c, alpha = _angle(hz, rate, q)
    a = 10 ** (gain_db / 40)
    r = 2 * sqrt(a) * alpha
    return _section(
        a * ((a + 1) + (a - 1) * c + r),
        -2 * a * ((a - 1) + (a + 1) * c),
        a * ((a + 1) + (a - 1) * c - r),
        (a + 1) - (a - 1) * c + r,
        2 * ((a - 1) - (a + 1) * c),
        (a + 1) - (a - 1) * c - r,
    )


def response(sections: Sections, hz: Any, rate: float) -> NDArray[np.complex128]:
    """The complex gain at some frequencies."""
    z = np.exp(-2j * pi * np.asarray(hz) / rate)
    b, a = sections[:, :3], sections[:, 3:]
    powers = np.stack([np.ones_like(z), z, z * z])
    found: NDArray[np.complex128] = np.prod((b @ powers) / (a @ powers), axis=0)
    return found


# -- running ---------------------------------------------------------------------------------------


class SectionFilter:
    """A filter over successive blocks (channels, samples).

    It begins as if the first sample had always been there: no click where a sound begins off zero.
    """

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._lines: NDArray[np.float64] | None = None

    def __call__(self, block: Wave, last: bool = True) -> Wave:
        from augkit.audio.recursion import cascade, looking_ahead

        if block.shape[1] == 0:
            return block
        if self._lines is None:
            self._lines = self._resting(block[:, 0])
            self._taps = looking_ahead(self._sections)
        made: Wave = np.empty(block.shape, np.float32)
        cascade(plain(block), made, self._taps, self._lines)
        return made

    def _resting(self, first: NDArray[np.float32]) -> NDArray[np.float64]:
        """The lines of `cascade` in which a constant input has settled."""
        from augkit.audio.recursion import BACK, CHUNK

        lines = np.empty((first.size, len(self._sections) + 1, BACK + CHUNK))
        level = first.astype(np.float64)
        lines[:, 0, :BACK] = level[:, None]
        for number, (b0, b1, b2, _, a1, a2) in enumerate(self._sections.tolist(), 1):
            level = level * ((b0 + b1 + b2) / (1 + a1 + a2))
            lines[:, number, :BACK] = level[:, None]
        return lines
