"""Convolution with a long response, block by block: overlapping FFTs, four side by side."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from augkit.audio import library
from augkit.audio.sample import Wave

__all__ = ["Convolution"]

_AT_ONCE = 1 << 17  # samples of a sound and its response that go into one FFT
_TOGETHER = 4  # FFTs of longer ones, side by side
_LONGEST = 1 << 17  # samples of a longer sound that go into each, or as many as the response has


class Convolution:
    """A `Processor`: each channel with its response; the length is kept.

    Args:
        response: (channels, taps), one or as many as the sound has.
        key: what the response is known by, for the spectra that are kept.
        early: samples by which the result is moved to the front.
        channels, length: of the sound.

    >>> echo = np.array([[0.0, 1.0, 0.5]], np.float32)
    >>> made = Convolution(echo, "echo", 1, 1, 3)(np.array([[4.0, 0, 8]], np.float32), True)
    >>> made.round(4).tolist()
    [[4.0, 2.0, 8.0]]
    """

    def __init__(
        self, response: Wave, key: Hashable, early: int, channels: int, length: int
    ) -> None:
        self._taps = response.shape[1]
        self._rows = 1 if length + self._taps <= _AT_ONCE else _TOGETHER
        most = length if self._rows == 1 else max(_LONGEST, self._taps)
        steps = max(1, -(-length // max(1, self._rows * most)))
        self._size, self._hop = self._sizes(max(1, -(-length // (self._rows * steps))))
        self._spectrum = self._of(response, key)
        self._held: Wave = np.zeros((channels, 0), np.float32)
        self._tail: Wave = np.zeros((channels, self._taps - 1), np.float32)
        self._skip, self._left = early, length

    def _sizes(self, hop: int) -> tuple[int, int]:
        """Of the FFTs, and how much of the sound goes into each."""
        import scipy.fft

        size: int = scipy.fft.next_fast_len(hop + self._taps - 1, real=True)
        return size, size - self._taps + 1

    def _of(self, response: Wave, key: Hashable) -> NDArray[np.complex64]:
        """The spectrum of each channel (channels, 1, bins)."""
        import scipy.fft

        def transformed() -> NDArray[np.complex64]:
            spectrum: NDArray[np.complex64] = scipy.fft.rfft(response, n=self._size, axis=1)
            return spectrum[:, None]

        return library.CACHE.get((key, self._size), transformed)

    def __call__(self, block: Wave, last: bool) -> Wave:
        """The next block (channels, samples), and whether it is the last one."""
        held = np.concatenate([self._held, block], axis=1) if self._held.shape[1] else block
        step, made = self._rows * self._hop, []
        while held.shape[1] >= step or (last and held.shape[1]):
            made.append(self._convolved(held[:, :step]))
            held = held[:, step:]
        self._held = held
        if last:
            made.append(self._tail)
        whole = np.concatenate(made, axis=1) if made else held[:, :0]
        kept = whole[:, self._skip : self._skip + self._left]
        self._skip -= min(self._skip, whole.shape[1])
        self._left -= kept.shape[1]
        return kept

    def _convolved(self, sound: Wave) -> Wave:
        """What is done after one step more; what is beyond it waits for the next."""
        import scipy.fft

        channels, rows, hop, size = len(sound), self._rows, self._hop, self._size
        padded = np.zeros((channels, rows, size), np.float32)
        for row in range(rows):
            part = sound[:, row * hop : row * hop + hop]
            padded[:, row, : part.shape[1]] = part
        spectra = scipy.fft.rfft(padded, axis=2)
        spectra *= self._spectrum
        parts = scipy.fft.irfft(spectra, n=size, axis=2)
        made: Wave = np.zeros((channels, (rows - 1) * hop + size), np.float32)
        made[:, : self._taps - 1] = self._tail
        for row in range(rows):
            made[:, row * hop : row * hop + size] += parts[:, row]
        self._tail = made[:, rows * hop :]
        return made[:, : rows * hop]
