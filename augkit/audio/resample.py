"""Resampling as a function of successive blocks, by soxr's HQ setting."""

from __future__ import annotations

from fractions import Fraction

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
                *_ratio(length, output_length), channels, dtype="float32", quality="HQ"
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
    """A whole sound (channels, samples) over ``output_length`` samples, pitch and tempo changed.

    To the bit what `Resampler` makes of its blocks.
    """
    import soxr

    channels, length = audio.shape
    if not (length and output_length):
        return np.zeros((channels, output_length), np.float32)
    # Channels side by side as a view: soxr then takes its path without interleaving; but it must
    # not take a single frame for that.
    frames = audio.T if length > 1 else audio.T.copy()
    made = soxr.resample(frames, *_ratio(length, output_length), quality="HQ").T
    if made.shape[1] == output_length:
        return np.ascontiguousarray(made)
    fitted = np.zeros((channels, output_length), np.float32)
    kept = min(output_length, made.shape[1])
    fitted[:, :kept] = made[:, :kept]
    return fitted


def _ratio(length: int, output_length: int) -> tuple[int, int]:
    """Input and output rate; in small numbers, which soxr is faster with, where that is exact enough.

    >>> _ratio(80000, 72727)
    (11, 10)
    """
    exact = Fraction(length, output_length)
    near = exact.limit_denominator(200)
    if near and abs(exact / near - 1) * max(length, output_length) < 0.5:
        return near.numerator, near.denominator
    return length, output_length
