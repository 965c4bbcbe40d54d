"""Equalizers: what makes some frequencies louder or quieter than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from augkit.audio import sections as design
from augkit.audio.filters import Filter
from augkit.audio.sample import Shadow
from augkit.audio.sections import Sections
from augkit.core import distributions
from augkit.core.distributions import Number, log_uniform
from augkit.core.fields import parameter
from augkit.core.random import Stream
from augkit.core.transform import Params

__all__ = ["HighShelf", "LowShelf", "PeakingFilter", "SevenBandEQ"]

_GAIN_DOC = "how much louder"


@dataclass(frozen=True)
class LowShelf(Filter):
    """Make everything below a frequency louder or quieter.

    Raises ``ValueError`` for a frequency at or above half the sample rate; use `Gain` there.

    Args:
        center_hz: where half the dB are reached (default: log-uniform in [50, 1000]).
        gain_db: in dB; 0 is neutral (default: uniform in [-18, 18]).
        q: steepness; above 0.71 it overshoots (default: uniform in [0.1, 0.7]).

    >>> shelf = LowShelf(center_hz=500, gain_db=20)
    >>> shelf(np.full(9, 0.01, np.float32), sample_rate=16000).round(4).tolist()[0] > 0.099
    True
    """

    center_hz: Number = parameter(
        log_uniform(50.0, 1000.0), low=1, high=1e6, unit="Hz", doc="where half the dB are reached"
    )
    gain_db: Number = parameter(
        (-18.0, 18.0), low=-100, high=100, unit="dB", neutral=0, doc=_GAIN_DOC
    )
    q: Number = parameter((0.1, 0.7), low=0.01, high=10, doc="steepness")

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        hz, gain = params["center_hz"], params["gain_db"]
        if gain == 0:
            return None
        if hz >= sample_rate / 2:
            raise self.beyond("center_hz", hz, sample_rate)
        return design.low_shelf(hz, sample_rate, params["q"], gain)


@dataclass(frozen=True)
class HighShelf(Filter):
    """Make everything above a frequency louder or quieter.

    A frequency at or above half the sample rate changes nothing.

    Args:
        center_hz: where half the dB are reached (default: log-uniform in [300, 7500]).
        gain_db: in dB; 0 is neutral (default: uniform in [-18, 18]).
        q: steepness; above 0.71 it overshoots (default: uniform in [0.1, 0.7]).

    >>> shelf = HighShelf(center_hz=500, gain_db=20)
    >>> bool(abs(shelf(np.full(9, 0.01, np.float32), sample_rate=16000) - 0.01).max() < 1e-6)
    True
    """

    center_hz: Number = parameter(
        log_uniform(300.0, 7500.0), low=1, high=1e6, unit="Hz", doc="where half the dB are reached"
    )
    gain_db: Number = parameter(
        (-18.0, 18.0), low=-100, high=100, unit="dB", neutral=0, doc=_GAIN_DOC
    )
    q: Number = parameter((0.1, 0.7), low=0.01, high=10, doc="steepness")

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        hz, gain = params["center_hz"], params["gain_db"]
        if gain == 0 or hz >= sample_rate / 2:
            return None
        return design.high_shelf(hz, sample_rate, params["q"], gain)


@dataclass(frozen=True)
class PeakingFilter(Filter):
    """Make a band of frequencies louder or quieter.

    A centre at or above half the sample rate changes nothing.

    Args:
        center_hz: the middle of the band (default: log-uniform in [50, 7500]).
        gain_db: there, in dB; 0 is neutral (default: uniform in [-24, 24]).
        q: centre over width (default: uniform in [0.5, 5]).

    >>> peak = PeakingFilter(center_hz=1000, gain_db=12)
    >>> bool(abs(peak(np.full(9, 0.01, np.float32), sample_rate=16000) - 0.01).max() < 1e-6)
    True
    """

    center_hz: Number = parameter(
        log_uniform(50.0, 7500.0), low=1, high=1e6, unit="Hz", doc="the middle of the band"
    )
    gain_db: Number = parameter(
        (-24.0, 24.0), low=-100, high=100, unit="dB", neutral=0, doc=_GAIN_DOC
    )
    q: Number = parameter((0.5, 5.0), low=0.01, high=1000, doc="centre over width")

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        hz, gain = params["center_hz"], params["gain_db"]
        if gain == 0 or hz >= sample_rate / 2:
            return None
        return design.peaking(hz, sample_rate, params["q"], gain)


BANDS_HZ = (100.0, 240.0, 500.0, 1100.0, 2400.0, 5000.0, 10000.0)
"""The bands of `SevenBandEQ`: a low shelf, five peaks, a high shelf."""
_BAND_Q = 0.7


@dataclass(frozen=True)
class SevenBandEQ(Filter):
    """Make seven bands louder or quieter, each by a gain of its own.

    From low to high: a shelf below 100 Hz, peaks at 240, 500, 1100, 2400 and 5000 Hz, a shelf above
    10 kHz. Bands at or above half the sample rate are left out.

    Args:
        gain_db: of each band, drawn by itself, in dB; 0 is neutral (default: uniform in [-12, 12]).

    >>> sound = np.sin(np.arange(99)).astype(np.float32)
    >>> bool((SevenBandEQ(gain_db=0)(sound, sample_rate=16000) == sound).all())
    True
    """

    gain_db: Number = parameter(
        (-12.0, 12.0), low=-100, high=100, unit="dB", neutral=0, doc="of each band, drawn by itself"
    )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {
            "gain_db": [
                distributions.resolve(stream, f"gain_db.{band}", self.gain_db)
                for band in range(len(BANDS_HZ))
            ]
        }

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        gains = params["gain_db"]
        if isinstance(gains, int | float):
            gains = [gains] * len(BANDS_HZ)
        made = []
        for number, (hz, gain) in enumerate(zip(BANDS_HZ, gains, strict=True)):
            if gain == 0 or hz >= sample_rate / 2:
                continue
            if number in (0, len(BANDS_HZ) - 1):
                shelf = design.low_shelf if number == 0 else design.high_shelf
                made.append(shelf(hz, sample_rate, _BAND_Q, gain))
            else:
                made.append(design.peaking(hz, sample_rate, _BAND_Q, gain))
        return np.concatenate(made) if made else None
