"""Amplitudes bent: clipped, saturated, counted in few bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from augkit.audio.base import Processor, Survey, WaveformTransform
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
        place = _place_of_limit(params, audio.size)
        if place is None:
            return audio
        limit = np.partition(np.abs(audio).reshape(-1), place)[place]
        return np.clip(audio, -limit, limit)

    def survey(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Survey | None:
        place = _place_of_limit(params, channels * length)
        return None if place is None else _Order(place, channels * length)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        if "limit" not in params:
            return lambda block, last: block
        limit = np.float32(params["limit"])
        return lambda block, last: np.clip(block, -limit, limit)


def _place_of_limit(params: Params, samples: int) -> int | None:
    """Which of all samples, in the order of their levels, is the loudest that is left."""
    cut = round(params["fraction"] * samples)
    return max(0, samples - 1 - cut) if cut else None


class _Order(Survey):
    """Finds the level at a place in the order of all levels: half of its bits at each look.

    Levels are not negative, so they have the order of their bits.
    """

    looks: ClassVar[int] = 2

    def __init__(self, place: int, samples: int) -> None:
        self._place, self._samples = place, samples
        self._upper: int | None = None
        self._limit = np.float32(0)
        self._next_look()

    def _next_look(self) -> None:
        self._seen = 0
        self._counts = np.zeros(1 << 16, np.int64)

    def __call__(self, block: Wave) -> None:
        bits = np.abs(block).reshape(-1).view(np.uint32)
        upper = self._upper
        halves = bits >> 16 if upper is None else bits[bits >> 16 == upper] & 0xFFFF
        self._counts += np.bincount(halves, minlength=1 << 16)
        self._seen += block.size
        if self._seen == self._samples:
            self._settle()
            self._next_look()

    def _settle(self) -> None:
        up_to = self._counts.cumsum()
        half = int(np.searchsorted(up_to, self._place, side="right"))
        if self._upper is None:
            self._upper = half
            self._place -= int(up_to[half - 1]) if half else 0
        else:
            self._limit = np.uint32(self._upper << 16 | half).view(np.float32)

    def found(self) -> Params:
        return {"limit": float(self._limit)}


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
