"""Filters: short recursions with a closed-form design that take frequencies away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from augkit.audio import sections as design
from augkit.audio.base import Processor, WaveformTransform
from augkit.audio.blocks import Player
from augkit.audio.sample import Wave
from augkit.audio.sections import SectionFilter, Sections
from augkit.audio.zero_phase import BothWays, both_ways
from augkit.core.distributions import Number, log_uniform
from augkit.core.fields import option, parameter
from augkit.core.transform import Params

__all__ = ["BandPass", "BandStop", "Filter", "HighPass", "LowPass"]

_ROLLOFFS = (6, 12, 18, 24, 36, 48)


@dataclass(frozen=True)
class Filter(WaveformTransform):
    """Base of filters: a subclass gives `sections`, or None where nothing is to be done."""

    zero_phase: ClassVar[bool] = False

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        raise NotImplementedError

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        sections = self.sections(params, sample_rate)
        if sections is None or audio.shape[1] == 0:
            return audio
        if self.zero_phase:
            return both_ways(sections, audio)
        return SectionFilter(sections)(audio)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor | None:
        sections = self.sections(params, sample_rate)
        if self.zero_phase and sections is not None:
            return None
        return (lambda block, last: block) if sections is None else SectionFilter(sections)

    def player(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Player | None:
        sections = self.sections(params, sample_rate) if self.zero_phase and length else None
        if sections is not None:
            return BothWays(sections, length)
        return super().player(params, sample_rate, channels, length)

    def beyond(self, name: str, hz: float, sample_rate: float) -> ValueError:
        """What to raise where a frequency takes all of the sound."""
        return ValueError(
            f"{type(self).__name__}.{name} is {hz:g} Hz, but sound at {sample_rate:g} Hz ends at "
            f"{sample_rate / 2:g} Hz: nothing would be left; choose a lower one"
        )


@dataclass(frozen=True)
class _Rolling(Filter):
    rolloff: int = option(12, kw_only=True, choices=_ROLLOFFS, doc="steepness, in dB per octave")
    zero_phase: bool = option(  # type: ignore[misc]
        False,
        kw_only=True,
        choices=(False, True),
        doc="run forwards and backwards: no delay, twice the dB",
    )

    @property
    def order(self) -> int:
        """Of the Butterworth filter."""
        return self.rolloff // 6


@dataclass(frozen=True)
class LowPass(_Rolling):
    """Take away what is above a frequency (Butterworth).

    A cut-off at or above half the sample rate takes nothing away.

    Args:
        cutoff_hz: where 3 dB are gone (default: log-uniform in [150, 7500]).
        rolloff: 6, 12, 18, 24, 36 or 48 dB per octave (default 12).
        zero_phase: run forwards and backwards: no delay, twice the dB (default False).

    >>> import numpy as np
    >>> low = LowPass(cutoff_hz=100)(np.tile([1, -1], 500).astype(np.float32), sample_rate=16000)
    >>> bool(abs(low[500:]).max() < 0.001)
    True
    """

    cutoff_hz: Number = parameter(
        log_uniform(150.0, 7500.0), low=1, high=1e6, unit="Hz", doc="where 3 dB are gone"
    )

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        hz = params["cutoff_hz"]
        return None if hz >= sample_rate / 2 else design.low_pass(hz, sample_rate, self.order)


@dataclass(frozen=True)
class HighPass(_Rolling):
    """Take away what is below a frequency (Butterworth).

    Raises ``ValueError`` for a cut-off at or above half the sample rate: nothing would be left.

    Args:
        cutoff_hz: where 3 dB are gone (default: log-uniform in [20, 2400]).
        rolloff: 6, 12, 18, 24, 36 or 48 dB per octave (default 12).
        zero_phase: run forwards and backwards: no delay, twice the dB (default False).

    >>> import numpy as np
    >>> high = HighPass(cutoff_hz=100)(np.ones(100, np.float32), sample_rate=16000)
    >>> bool(abs(high).max() < 1e-6)
    True
    """

    cutoff_hz: Number = parameter(
        log_uniform(20.0, 2400.0), low=1, high=1e6, unit="Hz", doc="where 3 dB are gone"
    )

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        hz = params["cutoff_hz"]
        if hz >= sample_rate / 2:
            raise self.beyond("cutoff_hz", hz, sample_rate)
        return design.high_pass(hz, sample_rate, self.order)


@dataclass(frozen=True)
class BandPass(_Rolling):
    """Keep a band of frequencies: a high-pass at its lower edge, a low-pass at its upper one.

    The edges lie half the width below and above the centre. Raises ``ValueError`` where the lower
    one is at or above half the sample rate.

    Args:
        center_hz: the middle of the band, in octaves (default: log-uniform in [200, 4000]).
        octaves: how wide it is (default: uniform in [0.5, 2]).
        rolloff: 6, 12, 18, 24, 36 or 48 dB per octave (default 12).
        zero_phase: run forwards and backwards: no delay, twice the dB (default False).

    >>> import numpy as np
    >>> BandPass(center_hz=1000)(np.ones(9, np.float32), sample_rate=16000).round(6).max() < 1e-3
    np.True_
    """

    center_hz: Number = parameter(
        log_uniform(200.0, 4000.0), low=1, high=1e6, unit="Hz", doc="the middle of the band"
    )
    octaves: Number = parameter((0.5, 2.0), low=0.01, high=20, doc="how wide the band is")

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        half = 2.0 ** (params["octaves"] / 2)
        low, high = params["center_hz"] / half, params["center_hz"] * half
        if low >= sample_rate / 2:
            raise self.beyond("center_hz", params["center_hz"], sample_rate)
        if high >= sample_rate / 2:
            return design.high_pass(low, sample_rate, self.order)
        return design.band(low, high, sample_rate, self.order)


@dataclass(frozen=True)
class BandStop(Filter):
    """Take a band of frequencies away: a notch.

    A centre at or above half the sample rate takes nothing away.

    Args:
        center_hz: where nothing is left (default: log-uniform in [200, 4000]).
        q: centre over width, between the places where 3 dB are gone (default: uniform in [0.5, 4]).

    >>> import numpy as np
    >>> BandStop(center_hz=9000)(np.ones(3, np.float32), sample_rate=16000).tolist()
    [1.0, 1.0, 1.0]
    """

    center_hz: Number = parameter(
        log_uniform(200.0, 4000.0), low=1, high=1e6, unit="Hz", doc="where nothing is left"
    )
    q: Number = parameter((0.5, 4.0), low=0.01, high=1000, doc="centre over width")

    def sections(self, params: Params, sample_rate: float) -> Sections | None:
        hz = params["center_hz"]
        return None if hz >= sample_rate / 2 else design.notch(hz, sample_rate, params["q"])
