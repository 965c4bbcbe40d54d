"""Levels that are measured: peaks and loudness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, log10, pi, tan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from augkit.audio.base import Processor, Survey, WaveformTransform
from augkit.audio.gain import amplitude
from augkit.audio.sample import Wave, finite
from augkit.audio.scans import largest
from augkit.audio.sections import SectionFilter, Sections
from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params

__all__ = ["LoudnessNormalize", "Normalize", "Peak", "loudness"]


class Peak(Survey):
    """A `Survey` for the largest sample."""

    def __init__(self) -> None:
        self._peak = 0.0

    def __call__(self, block: Wave) -> None:
        peak = largest(block)
        if not isfinite(peak):
            finite(block)
        self._peak = max(self._peak, peak)

    def found(self) -> Params:
        return {"peak": self._peak}


@dataclass(frozen=True)
class Normalize(WaveformTransform):
    """Bring the largest sample to a level. Silence stays silence.

    Args:
        peak_db: of the largest sample, in dB of full scale (default 0).

    >>> Normalize()(np.array([0.1, -0.5], np.float32), sample_rate=8000).tolist()
    [0.20000000298023224, -1.0]
    """

    needs_finite: ClassVar[bool] = False  # the peak tells

    peak_db: Number = parameter(
        0.0, low=-120, high=60, unit="dB", doc="of the largest sample, full scale is 0"
    )

    def survey(self, params: Params, sample_rate: float, channels: int, length: int) -> Survey:
        return Peak()

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        peak = params["peak"]
        factor = np.float32(amplitude(params["peak_db"]) / peak if peak else 1)
        return lambda block, last: block * factor if peak else block


@dataclass(frozen=True)
class LoudnessNormalize(WaveformTransform):
    """Bring the loudness to a level (ITU-R BS.1770-4: K-weighted, gated). Silence stays silence.

    Sounds shorter than the 0.4 s of one gating block are measured as one block. The result may
    exceed full scale; put a `Limiter` behind it where that matters.

    Args:
        lufs: integrated loudness, in LUFS (default: uniform in [-31, -13]).

    >>> quiet = 0.01 * np.sin(np.arange(16000) / 3).astype(np.float32)
    >>> loud = LoudnessNormalize(lufs=-20)(quiet, sample_rate=16000)
    >>> round(loudness(loud[None], 16000), 2)
    -20.0
    """

    lufs: Number = parameter((-31.0, -13.0), low=-120, high=20, unit="LUFS", doc="loudness")

    def survey(self, params: Params, sample_rate: float, channels: int, length: int) -> Survey:
        return _Loudness(sample_rate, length)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        measured = params["loudness"]
        if measured == -np.inf:
            return lambda block, last: block
        factor = np.float32(amplitude(params["lufs"] - measured))
        return lambda block, last: block * factor


def loudness(audio: Wave, sample_rate: float) -> float:
    """Integrated loudness in LUFS of (channels, samples) (ITU-R BS.1770-4); -inf for silence.

    The standard gives its filters for 48 kHz. From 16 kHz on this is within 0.03 of the loudness of
    the same sound brought to 48 kHz, at 8 kHz within 0.08. pyloudnorm's default filters are another
    design and give up to 0.05 less, at every rate; its ``filter_class="DeMan"`` is the standard's at
    48 kHz, and 0.09 above it at 16 kHz.

    Of more than three channels, the fourth and fifth count 1.41 times (surround), as the standard
    says for L, R, C, Ls, Rs.
    """
    survey = _Loudness(sample_rate, audio.shape[1])
    survey(audio)
    return float(survey.found()["loudness"])


class _Loudness(Survey):
    """A `Survey` for `loudness`: energies of quarters of blocks; a block is four of them, and the
    next begins one later.
    """

    def __init__(self, sample_rate: float, length: int) -> None:
        self._filter = SectionFilter(_k_weighting(sample_rate))
        self._length = length
        self._hop = max(1, round(0.1 * sample_rate))
        self._rest: Wave | None = None
        self._energies: list[NDArray[np.float64]] = []

    def __call__(self, block: Wave) -> None:
        weighted = self._filter(block)
        if self._rest is not None:
            weighted = np.concatenate([self._rest, weighted], axis=1)
        channels, length = weighted.shape
        quarters = length // self._hop
        parts = weighted[:, : quarters * self._hop].reshape(channels, quarters, self._hop)
        self._energies.append(self._weights(channels) @ np.einsum("cqs,cqs->cq", parts, parts))
        self._rest = weighted[:, quarters * self._hop :]

    @staticmethod
    def _weights(channels: int) -> NDArray[np.float64]:
        return np.array([1.41 if number in (3, 4) else 1.0 for number in range(channels)])

    def found(self) -> Params:
        return {"loudness": self._gated()}

    def _gated(self) -> float:
        if self._length == 0 or self._rest is None:
            return -float("inf")
        energies = np.concatenate(self._energies)
        if energies.size < 4:  # one block of all there is
            rest = self._weights(len(self._rest)) @ np.sum(np.square(self._rest), axis=1)
            powers = np.array([(energies.sum() + rest) / self._length])
        else:
            powers = np.convolve(energies, np.ones(4), "valid") / (4 * self._hop)
        powers = powers[powers > 10 ** ((-70 + 0.691) / 10)]
        if powers.size == 0:
            return -float("inf")
        powers = powers[powers > powers.mean() / 10]  # the relative gate: 10 LU below
        return -0.691 + 10 * log10(float(powers.mean()))


@lru_cache(maxsize=64)
def _k_weighting(sample_rate: float) -> Sections:
    """The two filters of BS.1770 at any rate; at 48 kHz they are its table.

    From the analog prototypes behind the table (B. De Man, "Evaluation of implementations of the EBU
    R128 loudness measurement", AES 2018). The table leaves the second filter a gain of 0.04 dB, which
    the bilinear transform would make 0.13 dB at 16 kHz; it is kept as the table has it.
    """
    k, q = tan(pi * 1681.9744509555319 / sample_rate), 0.7071752369554193
    high = 10 ** (3.99984385397 / 20)
    band = high**0.499666774155
    a0 = 1 + k / q + k * k
    shelf = (
        (high + band * k / q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / q + k * k) / a0,
    )
    (k, a0), (_, table) = (_rumble(rate) for rate in (sample_rate, 48000.0))
    gain = table / a0
    a1, a2 = 2 * (k * k - 1) / a0, (1 - k / _RUMBLE_Q + k * k) / a0
    return np.array([shelf, (gain, -2 * gain, gain, 1.0, a1, a2)])


_RUMBLE_HZ, _RUMBLE_Q = 38.13547087613982, 0.5003270373253953


def _rumble(rate: float) -> tuple[float, float]:
    """Of the second filter: the bent frequency, and what the coefficients are divided by."""
    k = tan(pi * _RUMBLE_HZ / rate)
    return k, 1 + k / _RUMBLE_Q + k * k
