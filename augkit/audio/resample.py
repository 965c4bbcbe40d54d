"""Resampling as a function of successive blocks, by soxr's HQ setting."""

from __future__ import annotations

import numpy as np

from augkit.audio.sample import Wave

__all__ = ["Resampler", "resampled"]


class Resampler:
    """``length`` samples become ``output_length``, at the same sample rate: faster and higher.

    >>> resampler = Resampler(1, 100, 80)
    >>> resampler(np.ones((1, 100), np.float32), True).shape
    (1, 80)
    """

    def __init__(self, channels: int, length: int, output_length: int) -> None:
        import soxr

        self._length, self._left = length, output_length
        self._stream = None
        if length and output_length:
            self._stream = soxr.ResampleStream(
                length, output_length, channels, dtype="float32", quality="HQ"
            )

    def __call__(self, block: Wave, last: bool) -> Wave:
        made: Wave = np.empty((len(block), 0), np.float32)
        if self._stream is not None and (block.shape[1] or last):
            interleaved = np.ascontiguousarray(block.T)
            made = np.ascontiguousarray(self._stream.resample_chunk(interleaved, last=last).T)
        if last and made.shape[1] < self._left:  # a sample that rounding took
            made = np.pad(made, [(0, 0), (0, self._left - made.shape[1])])
        made = made[:, : self._left]
        self._left -= made.shape[1]
        return made


def resampled(audio: Wave, output_length: int) -> Wave:
    """A whole sound (channels, samples) over ``output_length`` samples, pitch and tempo changed."""
    channels, length = audio.shape
    return Resampler(channels, length, output_length)(audio, True)
