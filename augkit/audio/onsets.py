"""Sudden beginnings in a sound: clicks, beats, plosives; found as the sound comes in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Onsets"]

HOP = 0.001  # seconds of which one energy is taken
PAST = 20  # hops before, that a beginning stands out from
LOUDER = 8.0  # times the energy of the past: 9 dB
APART = 0.040  # seconds between two beginnings
FLOOR = 1e-8  # mean square below which nothing is heard (-80 dB)


class Onsets:
    """Beginnings of a mono signal that comes in blocks; the result does not depend on the blocks.

    >>> onsets = Onsets(8000.0)
    >>> click = np.zeros(800, np.float32)
    >>> click[400:404] = 1
    >>> onsets.add(click)
    >>> onsets.found
    [400]
    """

    def __init__(self, sample_rate: float) -> None:
        self._hop = max(1, round(HOP * sample_rate))
        self._apart = round(APART * sample_rate)
        self._rest: NDArray[np.float32] = np.empty(0, np.float32)
        self._energies: NDArray[np.float32] = np.zeros(PAST, np.float32)
        self._done = 0  # samples that are looked at
        self.found: list[int] = []

    @property
    def known_until(self) -> int:
        """The sample up to which every beginning has been found."""
        return self._done

    def add(self, signal: NDArray[np.float32]) -> None:
        """The next samples."""
        if self._rest.size:
            signal = np.concatenate([self._rest, signal])
        hop = self._hop
        count = signal.size // hop
        self._rest = signal[count * hop :].copy()
        if not count:
            return
        rows = signal[: count * hop].reshape(count, hop)
        energies = np.concatenate([self._energies, np.einsum("ij,ij->i", rows, rows)])
        past = _sums_of_twenty(energies[:-1]) * np.float32(LOUDER / PAST)
        sudden = np.flatnonzero(energies[PAST:] > past + np.float32(FLOOR * hop))
        for place in sudden.tolist():
            start = self._done + place * hop
            if not self.found or start - self.found[-1] >= self._apart:
                row = np.abs(rows[place])  # to the sample: where the row first is loud
                self.found.append(start + int(np.argmax(row >= 0.25 * row.max())))
        self._energies = energies[-PAST:]
        self._done += count * hop


def _sums_of_twenty(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of each ``PAST`` successive values: of 16 and of 4, both by doubling."""
    twos = values[1:] + values[:-1]
    fours = twos[2:] + twos[:-2]
    eights = fours[4:] + fours[:-4]
    sums: NDArray[np.float32] = eights[8:-4] + eights[:-12] + fours[16:]
    return sums
