"""Sudden beginnings in a sound: clicks, beats, plosives; found as the sound comes in.

A beginning stands out from what was heard just before; in the sound, or in its steps from one sample
to the next. There deep tones are faint and a click among loud ones is heard, but so is every pulse of
a low voice: so it has to stand out from the loudest of what came before, too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Onsets"]

HOP = 0.001  # seconds of which one energy is taken
PAST = 20  # hops before, that a beginning stands out from
LOUDER = 8.0  # times the mean energy of the past: 9 dB
HIGHER = (1.3, 2.0)  # times the highest of them: in the sound, and in its steps
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
        self._rest: NDArray[np.float32] = np.zeros(1, np.float32)  # to be looked at, and one before
        self._energies: NDArray[np.float32] = np.zeros((2, PAST), np.float32)
        self._done = 0  # samples that are looked at
        self.found: list[int] = []

    @property
    def known_until(self) -> int:
        """The sample up to which every beginning has been found."""
        return self._done

    def add(self, signal: NDArray[np.float32]) -> None:
        """The next samples."""
        signal = np.concatenate([self._rest, signal])
        hop = self._hop
        count = (signal.size - 1) // hop
        self._rest = signal[count * hop :].copy()
        if not count:
            return
        sound = signal[1 : 1 + count * hop]
        kinds = [part.reshape(count, hop) for part in (sound, sound - signal[: count * hop])]
        energies = np.empty((2, PAST + count), np.float32)
        energies[:, :PAST] = self._energies
        for row, rows in zip(energies[:, PAST:], kinds, strict=True):
            np.einsum("ij,ij->i", rows, rows, out=row)
        past = energies[:, :-1]
        mean = _joined(np.add, past) * np.float32(LOUDER / PAST) + np.float32(FLOOR * hop)
        higher = np.array(HIGHER, np.float32)[:, np.newaxis]
        sudden = energies[:, PAST:] > np.maximum(mean, _joined(np.maximum, past) * higher)
        for place in np.flatnonzero(sudden[0] | sudden[1]).tolist():
            start = self._done + place * hop
            if not self.found or start - self.found[-1] >= self._apart:
                # To the sample: where the row first is loud.
                row = np.abs(kinds[0 if sudden[0, place] else 1][place])
                self.found.append(start + int(np.argmax(row >= 0.25 * row.max())))
        self._energies = energies[:, -PAST:].copy()
        self._done += count * hop


def _joined(join: np.ufunc, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each ``PAST`` successive values of a row joined: sixteen and four, by doubling."""
    twos = join(values[:, 1:], values[:, :-1])
    fours = join(twos[:, 2:], twos[:, :-2])
    eights = join(fours[:, 4:], fours[:, :-4])
    made: NDArray[np.float32] = join(join(eights[:, 8:-4], eights[:, :-12]), fours[:, 16:])
    return made
