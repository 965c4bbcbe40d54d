"""Level and polarity: every sample times a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from augkit.audio.base import Processor, WaveformTransform
from augkit.audio.sample import Wave
from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params

__all__ = ["Gain", "PolarityInversion", "amplitude"]


def amplitude(db: float) -> float:
    """Decibels as a factor: 20 dB is ten times.

    >>> amplitude(20.0)
    10.0
    """
    return float(10.0 ** (db / 20.0))


@dataclass(frozen=True)
class Gain(WaveformTransform):
    """Make a sound louder or quieter; floats may leave [-1, 1], integers are clipped at the end.

    Args:
        gain_db: in dB; 0 is neutral (default: uniform in [-12, 12]).

    >>> Gain(gain_db=-20)(np.ones(2, np.float32), sample_rate=8000).tolist()
    [0.10000000149011612, 0.10000000149011612]
    """

    needs_finite: ClassVar[bool] = False

    gain_db: Number = parameter(
        (-12.0, 12.0), low=-200, high=200, unit="dB", neutral=0, doc="by how much louder"
    )

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        factor = amplitude(params["gain_db"])
        return audio if factor == 1 else audio * np.float32(factor)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        return lambda block, last: self.wave(block, params, sample_rate)


@dataclass(frozen=True)
class PolarityInversion(WaveformTransform):
    """Turn the sound upside down: it sounds the same alone, and cancels where it is mixed.

    >>> PolarityInversion()(np.array([0.5, -1], np.float32), sample_rate=8000).tolist()
    [-0.5, 1.0]
    """

    needs_finite: ClassVar[bool] = False

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        return -audio

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        return lambda block, last: self.wave(block, params, sample_rate)
