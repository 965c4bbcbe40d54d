"""Amplitudes bent: clipped, saturated, counted in few bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from augkit.audio.base import Processor, WaveformTransform
from augkit.audio.gain import amplitude
from augkit.audio.sample import Wave
from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params

__all__ = ["BitCrush", "Clipping", "Tanh"]


@dataclass(frozen=True)
class Clipping(WaveformTransform):
    """Cut off the loudest samples, as a recording that was too loud.

    Args:
        fraction: of the samples that are cut off; 0 is neutral (default: uniform in [0, 0.1]).

    >>> Clipping(fraction=0.5)(np.array([0.1, -0.2, 0.3, -0.4], np.float32), sample_rate=8000)
    array([ 0.1, -0.2,  0.2, -0.2], dtype=float32)
    """

    fraction: Number = parameter(
        (0.0, 0.1), low=0, high=1, unit="of the samples", neutral=0, doc="how many are cut off"
    )

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        cut = round(params["fraction"] * audio.size)
        if cut == 0:
            return audio
        levels = np.abs(audio).reshape(-1)
        place = max(0, levels.size - 1 - cut)
        # Only the loudest can matter: fewer of them are quicker to put in order.
        limit = np.partition(levels, place)[place]
        return np.clip(audio, -limit, limit)


@dataclass(frozen=True)
class Tanh(WaveformTransform):
    """Saturate smoothly: ``tanh(g x) / tanh(g)``; full scale stays full scale.

    Args:
        drive_db: the gain g before saturation, in dB; more is more distorted (default: uniform in
            [0, 20]).

    >>> Tanh(drive_db=20)(np.array([0, 1], np.float32), sample_rate=8000).tolist()
    [0.0, 1.0]
    """

    needs_finite: ClassVar[bool] = False

    drive_db: Number = parameter(
        (0.0, 20.0), low=-60, high=60, unit="dB", doc="gain before saturation"
    )

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        gain = np.float32(amplitude(params["drive_db"]))
        scale = np.float32(1 / np.tanh(np.float64(gain)))

        def process(block: Wave, last: bool) -> Wave:
            made: Wave = block * gain
            np.tanh(made, out=made)
            made *= scale
            return made

        return process


@dataclass(frozen=True)
class BitCrush(WaveformTransform):
    """Count in fewer bits: rounded to ``2 ** bit_depth`` levels over full scale.

    Args:
        bit_depth: bits per sample (default: uniform in 5 to 10).

    >>> BitCrush(bit_depth=2)(np.array([0.2, 0.3, -0.8], np.float32), sample_rate=8000).tolist()
    [0.0, 0.5, -1.0]
    """

    needs_finite: ClassVar[bool] = False

    bit_depth: Number = parameter(
        (5, 10), low=1, high=24, unit="bits", integer=True, doc="bits per sample"
    )

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        levels = np.float32(1 << (params["bit_depth"] - 1))

        def process(block: Wave, last: bool) -> Wave:
            made: Wave = block * levels
            np.rint(made, out=made)
            made *= 1 / levels
            return made

        return process
