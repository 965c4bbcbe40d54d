"""Noise of a color from a seed: white noise in the frequency domain, weighted, in pieces."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from augkit.audio.base import seed_of
from augkit.audio.sample import Wave
from augkit.audio.white import WhiteNoise

__all__ = ["ColoredNoise", "MadeNoise"]

_FLAT_BELOW = 20.0  # Hz: what nobody hears must not take the power
_OVERLAP = 1024  # samples in which a piece goes over into the next
_TOGETHER = 4  # pieces: side by side, their FFTs take less than half of the time
_SIZES = tuple(k << 10 for k in (8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 24))
"""Samples of a piece: their FFTs are quick."""
_AT_ONCE = 2 * _SIZES[0]
"""Samples up to which a sound is one piece of its own size."""

Floats = NDArray[np.float32]


class ColoredNoise:
    """Normal noise of variance 1 whose power density rises by ``slope`` dB per octave.

    Each piece is an inverse FFT of independent normal bins, weighted. Pieces go over into each other
    with a fade that keeps the power.

    Args:
        seed: of the white noise it is made from.
        slope: in dB per octave; flat below 20 Hz.
        sample_rate: in Hz.
        length: of all that will be asked for; pieces are of a size that leaves little over.

    >>> noise = ColoredNoise(7, slope=-3, sample_rate=16000, length=50000)
    >>> whole, begin, rest = (np.empty(size, np.float32) for size in (50000, 17, 49983))
    >>> noise.fill(begin); noise.fill(rest)
    >>> ColoredNoise(7, slope=-3, sample_rate=16000, length=50000).fill(whole)
    >>> bool((whole == np.concatenate([begin, rest])).all())
    True
    """

    def __init__(self, seed: int, slope: float, sample_rate: float, length: int) -> None:
        self._white = WhiteNoise(seed)
        count, self._size = _pieces_for(length)
        self._bins = np.zeros((count, self._size // 2 + 1), np.complex64)  # the last stays 0
        self._weights = _weights(self._size, slope, sample_rate)
        self._ready: Floats = np.empty(0, np.float32)
        self._tail: Floats = np.zeros(_OVERLAP, np.float32)
        self._first = True

    def fill(self, made: Floats) -> None:
        """Write the next numbers into a row."""
        place = 0
        while place < made.size:
            if self._ready.size == 0:
                self._ready = self._next_pieces()
            count = min(self._ready.size, made.size - place)
            made[place : place + count] = self._ready[:count]
            self._ready = self._ready[count:]
            place += count

    def _next_pieces(self) -> Floats:
        import scipy.fft

        for row in self._bins[:, :-1]:
            self._white.fill(row.view(np.float32))
            row *= self._weights
        pieces: Floats = scipy.fft.irfft(self._bins, n=self._size)
        if len(pieces) == 1:
            alone: Floats = pieces[0]
            return alone
        rise = _rise()
        falling = pieces[:, -_OVERLAP:] * rise[::-1]
        if not self._first:
            pieces[0, :_OVERLAP] *= rise
            pieces[0, :_OVERLAP] += self._tail
        pieces[1:, :_OVERLAP] *= rise
        pieces[1:, :_OVERLAP] += falling[:-1]
        self._first, self._tail = False, falling[-1]
        return pieces[:, :-_OVERLAP].reshape(-1)


class MadeNoise:
    """Noise of variance 1, independent in every channel; white where the slope is 0."""

    def __init__(
        self, seed: int, channels: int, slope: float, sample_rate: float, length: int
    ) -> None:
        seeds = [seed_of(channel, seed) for channel in range(channels)]
        self._sources: list[WhiteNoise | ColoredNoise] = [
            ColoredNoise(each, slope, sample_rate, length)
            if slope and length > 1
            else WhiteNoise(each)
            for each in seeds
        ]

    def take(self, count: int) -> Wave:
        """The next samples (channels, count)."""
        made = np.empty((len(self._sources), count), np.float32)
        for row, source in zip(made, self._sources, strict=True):
            source.fill(row)
        return made


def _pieces_for(length: int) -> tuple[int, int]:
    """How many pieces are made at once, and their size: such that the least is left over."""
    if length <= _AT_ONCE:
        import scipy.fft

        size: int = scipy.fft.next_fast_len(max(length, 16), real=True)
        return 1, size + size % 2

    def made(size: int) -> int:
        return -(-length // (_TOGETHER * (size - _OVERLAP))) * size

    return _TOGETHER, min(_SIZES, key=lambda size: (made(size), -size))


@lru_cache(maxsize=1)
def _rise() -> Floats:
    """A fade whose squares and those of the same backwards add up to 1, smooth at both ends."""
    phase = (np.arange(_OVERLAP) + 0.5) * (np.pi / 2 / _OVERLAP)
    rise: Floats = np.sin(np.pi / 2 * np.sin(phase) ** 2).astype(np.float32)
    return rise


@lru_cache(maxsize=32)
def _weights(size: int, slope: float, sample_rate: float) -> Floats:
    """What bins below half the rate are multiplied by, such that the noise has variance 1."""
    hz = np.arange(size // 2) * (sample_rate / size)
    power = slope / (20 * np.log10(2))
    weights = np.maximum(hz, _FLAT_BELOW) ** power
    weights[0] = 0
    found: Floats = (weights * (size / 2 / np.sqrt(np.sum(weights**2)))).astype(np.float32)
    return found
