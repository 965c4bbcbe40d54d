"""Time stretching in the frequency domain: a phase vocoder with identity phase locking.

After Laroche and Dolson (see `augkit.audio.turns`): the turn of a peak from one frame to the next is
``X(t) · conj(X(t' - hop))``, where t and t' are the places of both frames in the source.

The work is a function of successive blocks (`Vocoder`); a whole sound is one block. Frames are made a
few at a time, always the same ones together: so they stay in the cache, and where blocks are cut
changes no bit.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from augkit.audio.sample import Wave
from augkit.audio.turns import turned

__all__ = ["Vocoder"]

WINDOW = 0.093  # seconds
OVERLAP = 4  # windows over each sample
AT_ONCE = 1 << 17  # samples in the frames that are made together, of all channels


class Vocoder:
    """Stretch a sound of ``length`` samples to ``output_length``, block by block.

    >>> Vocoder(8000, 1, 800, 1000)(np.ones((1, 800), np.float32), True).shape
    (1, 1000)
    """

    def __init__(self, sample_rate: float, channels: int, length: int, output_length: int) -> None:
        import scipy.fft

        wanted = max(4, round(WINDOW * sample_rate / OVERLAP))
        self._hop: int = scipy.fft.next_fast_len(wanted, real=True)
        self._size = self._hop * OVERLAP
        turn = 2 * np.pi * np.arange(self._size) / self._size
        self._window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)
        self._rate = length / output_length if output_length else 0.0
        self._output_length = output_length if length else 0
        self._frames = -(-self._output_length // self._hop) + OVERLAP
        self._together = max(1, AT_ONCE // (self._size * channels))
        self._frame = 0  # the next one to be made
        self._left = output_length
        self._last: NDArray[np.complex64] | None = None  # the spectra of a frame,
        self._turns = np.ones(self._size // 2 + 1, np.complex64)  # and by what they were turned
        self._open = np.zeros((channels, OVERLAP - 1, self._hop), np.float32)
        # Silence stands before the sound, as far as the first frame and the one before it reach.
        self._base = int(self._starts(0, 1)[0]) - self._size // 2 - self._hop
        self._buffer: Wave = np.zeros((channels, -self._base), np.float32)

    def __call__(self, block: Wave, last: bool) -> Wave:
        if not self._output_length:
            return np.zeros((len(block), self._left if last else 0), np.float32)
        parts = [self._buffer, block]
        if last:
            end = int(self._starts(self._frames - 1, self._frames)[0]) + self._size // 2
            there = self._base + self._buffer.shape[1] + block.shape[1]
            parts.append(np.zeros((len(block), max(0, end - there)), np.float32))
        self._buffer = np.concatenate(parts, axis=1)
        made = [block[:, :0]]
        while self._frame < self._frames:
            end = min(self._frame + self._together, self._frames)
            starts = self._starts(self._frame, end)
            if starts[-1] + self._size // 2 > self._base + self._buffer.shape[1]:
                break
            made.append(self._next(starts))
        self._let_go()
        return np.concatenate(made, axis=1)

    def _starts(self, first: int, end: int) -> NDArray[np.int64]:
        """Frame k is heard around output sample (k - 2) · hop and taken from there in the source."""
        middles = (np.arange(first, end) - OVERLAP // 2) * self._hop
        starts: NDArray[np.int64] = np.rint(middles * self._rate).astype(np.int64)
        return starts

    def _let_go(self) -> None:
        """Forget what no frame will need again."""
        if self._frame < self._frames:
            oldest = (
                int(self._starts(self._frame, self._frame + 1)[0]) - self._size // 2 - self._hop
            )
            drop = max(0, oldest - self._base)
            self._buffer = self._buffer[:, drop:]
            self._base += drop

    def _next(self, starts: NDArray[np.int64]) -> Wave:
        """Make some frames; what no later one changes of the output."""
        import scipy.fft

        channels, count, hop = len(self._buffer), starts.size, self._hop
        begins = starts - self._base - self._size // 2
        frames = sliding_window_view(self._buffer, self._size, axis=1)
        spectra, before = (
            scipy.fft.rfft(frames[:, places].swapaxes(0, 1) * self._window)
            for places in (begins, begins - hop)
        )
        if self._last is None:  # the first frame plays as it is
            self._last = before[0].copy()
        made = scipy.fft.irfft(turned(spectra, before, self._last, self._turns), n=self._size)
        self._last = spectra[-1].copy()
        # The mean of a squared Hann window is 3/8.
        made *= self._window * np.float32(1 / (0.375 * OVERLAP))
        blocks = made.reshape(count, channels, OVERLAP, hop).swapaxes(0, 1)
        out = np.zeros((channels, count + OVERLAP - 1, hop), np.float32)
        out[:, : OVERLAP - 1] = self._open
        for part in range(OVERLAP):
            out[:, part : part + count] += blocks[:, :, part]
        self._open = out[:, count:].copy()
        # Output sample 0 is where the middle of frame OVERLAP / 2 lies.
        skip = max(0, OVERLAP - self._frame) * hop
        done = out[:, :count].reshape(channels, -1)[:, skip:][:, : self._left]
        self._frame += count
        self._left -= done.shape[1]
        return done
