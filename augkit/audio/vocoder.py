"""Time stretching in the frequency domain: a phase vocoder with identity phase locking.

Laroche and Dolson, "Improved phase vocoder time-scale modification of audio", IEEE Transactions on
Speech and Audio Processing 7 (1999). Every peak of a spectrum keeps its frequency, and the bins
around it are turned by the same angle as the peak. An angle is never taken: the turn of a peak from
one frame to the next is a product of spectra, ``X(t) · conj(X(t' - hop))``, brought to length 1.
All channels are turned alike, so whatever is between them stays.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from augkit.audio.sample import Wave

__all__ = ["stretched"]

WINDOW = 0.093  # seconds
OVERLAP = 4  # windows over each sample
_TINY = np.float32(1e-30)


def stretched(audio: Wave, sample_rate: float, output_length: int) -> Wave:
    """A sound (channels, samples) over ``output_length`` samples, its pitch kept.

    >>> stretched(np.ones((1, 800), np.float32), 8000, 1000).shape
    (1, 1000)
    """
    import scipy.fft

    channels, length = audio.shape
    if length == 0 or output_length == 0:
        return np.zeros((channels, output_length), np.float32)
    hop: int = scipy.fft.next_fast_len(max(4, round(WINDOW * sample_rate / OVERLAP)), real=True)
    size = hop * OVERLAP
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
    count = -(-output_length // hop) + OVERLAP
    # Frame k is heard around output sample (k - 2) · hop and taken from the same place in the source.
    middles = (np.arange(count) - OVERLAP // 2) * hop
    starts = np.rint(middles * (length / output_length)).astype(np.int64)
    front = size // 2 + hop - int(starts[0])
    back = max(0, int(starts[-1]) + size // 2 - length)
    padded = np.pad(audio, [(0, 0), (front, back)])
    frames = sliding_window_view(padded, size, axis=1)
    begins = starts + front - size // 2
    spectra = scipy.fft.rfft(frames[:, begins] * window, axis=-1)
    before = scipy.fft.rfft(frames[:, begins[1:] - hop] * window, axis=-1)
    spectra *= _turns(spectra, before)
    made = scipy.fft.irfft(spectra, n=size, axis=-1)
    made *= window * np.float32(1 / (0.375 * OVERLAP))  # the mean of a squared Hann window is 3/8
    blocks = made.reshape(channels, count, OVERLAP, hop)
    out = np.zeros((channels, count + OVERLAP - 1, hop), np.float32)
    for part in range(OVERLAP):
        out[:, part : part + count] += blocks[:, :, part]
    # Output sample 0 is where the middle of frame OVERLAP / 2 lies.
    first = size // 2 + (OVERLAP // 2) * hop
    return np.ascontiguousarray(out.reshape(channels, -1)[:, first : first + output_length])


def _turns(spectra: NDArray[Any], before: NDArray[Any]) -> NDArray[Any]:
    """By what each bin of each frame (frames, bins) is turned: complex numbers of length 1."""
    power = np.square(spectra.real)
    power += np.square(spectra.imag)
    power = power[0] if len(power) == 1 else power.sum(axis=0)
    frames, bins = power.shape
    peaks = np.flatnonzero(_peaks(power))
    firsts = np.searchsorted(peaks, np.arange(frames + 1) * bins)  # of each frame
    # A region reaches half way to the next peak of the same frame.
    edges = np.empty(peaks.size + 1, np.int64)
    edges[1:-1] = (peaks[:-1] + peaks[1:]) // 2 + 1
    edges[firsts] = np.arange(frames + 1) * bins
    widths = np.diff(edges)
    region = np.repeat(np.arange(peaks.size, dtype=np.int32), widths)
    # How much the peak of a frame has to be turned more than the region it lay in, a frame before.
    first = int(firsts[1])
    here = peaks[first:] - bins
    step = np.zeros(here.size, np.complex64)
    for now, past in zip(spectra, before, strict=True):
        step += now.reshape(-1)[here] * past.reshape(-1)[here].conj()
    length = np.abs(step)
    step /= np.maximum(length, _TINY)
    step[length <= _TINY] = 1
    inherited = region[here]
    turns = np.ones(peaks.size, np.complex64)
    starts = firsts.tolist()
    for start, end in pairwise(starts[1:]):
        np.multiply(
            turns[inherited[start - first : end - first]],
            step[start - first : end - first],
            out=turns[start:end],
        )
    turns /= np.abs(turns)  # rounding adds up over thousands of frames
    return np.repeat(turns, widths).reshape(frames, bins)


def _peaks(power: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Bins that are louder than the two on either side; at least one in each frame."""
    around = np.full((len(power), power.shape[1] + 4), np.float32(-1))
    around[:, 2:-2] = power
    peak: NDArray[np.bool_] = (
        (power > around[:, 1:-3])
        & (power >= around[:, 3:-1])
        & (power > around[:, :-4])
        & (power >= around[:, 4:])
    )
    peak[~peak.any(axis=1), 0] = True
    return peak
