"""A limit to the level, without clipping."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log10

import numpy as np
from numpy.typing import NDArray

from augkit.audio.base import Processor, Survey, WaveformTransform
from augkit.audio.gain import amplitude
from augkit.audio.levels import Peak
from augkit.audio.sample import Wave
from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params

__all__ = ["Limiter"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limiter(WaveformTransform):
    """Hold every sample at or below a level, without clipping: louder passages are turned down.

    The gain looks ahead and moves on straight lines in dB: down within ``attack`` before what is too
    loud, up within ``release`` after it, for every 20 dB. All channels are turned down alike. A
    sound that stays below is left alone bit for bit.

    Args:
        threshold_db: in dB of full scale (default: uniform in [-12, -1]).
        attack: seconds for 20 dB down (default 0.005).
        release: seconds for 20 dB up (default 0.1).

    >>> loud = np.sin(np.arange(8000) / 9).astype(np.float32)
    >>> bool(abs(Limiter(threshold_db=-6)(loud, sample_rate=8000)).max() <= 0.5012)
    True
    """

    threshold_db: Number = parameter(
        (-12.0, -1.0), low=-120, high=60, unit="dB", doc="full scale is 0"
    )
    attack: Number = parameter(0.005, low=1e-4, high=10, unit="seconds", doc="for 20 dB down")
    release: Number = parameter(0.1, low=1e-4, high=10, unit="seconds", doc="for 20 dB up")

    def survey(self, params: Params, sample_rate: float, channels: int, length: int) -> Survey:
        return Peak()

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        limit, peak = amplitude(params["threshold_db"]), params["peak"]
        if peak <= limit:
            return lambda block, last: block
        step = max(1, round(0.001 * sample_rate))
        per_step = 20 * step / sample_rate
        slopes = per_step / params["release"], per_step / params["attack"]
        return _Limiting(limit, peak, step, -(-length // step), *slopes)


class _Limiting:
    """The `Processor` of a `Limiter`: one gain for every step, a straight line between steps.

    A gain is known as soon as nothing that may still come could lower it: the deepest there can be
    follows from the peak.

    Args:
        limit, peak: of the result and of the sound.
        step: in samples.
        count: of all steps.
        release, attack: the slopes, in dB per step.
    """

    def __init__(
        self, limit: float, peak: float, step: int, count: int, release: float, attack: float
    ) -> None:
        self._limit, self._step, self._count = limit, step, count
        self._release, self._attack = release, attack
        self._ahead = ceil(20 * log10(peak / limit) / attack) + 2
        self._sound: Wave | None = None  # that is not done yet
        self._needed = np.empty(0)  # gains of its steps, in dB, after what was before them
        self._first = 0  # the number of its first step
        self._lowest = np.inf  # of what release has to rise from
        self._before = 0.0  # the gain of the last step that is done

    def __call__(self, block: Wave, last: bool) -> Wave:
        waiting = self._sound
        known = self._needed.size * self._step
        sound = block if waiting is None else np.concatenate([waiting, block], axis=1)
        steps = -(-sound.shape[1] // self._step) if last else sound.shape[1] // self._step
        fresh = self._released(sound[:, known : steps * self._step])
        needed = np.concatenate([self._needed, fresh])
        done = steps if last else max(0, steps - self._ahead - 1)
        self._sound, self._needed = sound[:, done * self._step :], needed[done:]
        if done == 0:
            return sound[:, :0]
        after = self._attacked(needed)
        gains = np.concatenate(
            [[self._before], after[:done], [0.0] if last else after[done : done + 1]]
        )
        self._before, self._first = float(gains[done]), self._first + done
        return self._turned_down(sound[:, : done * self._step], gains)

    def _released(self, sound: Wave) -> Floats:
        """The gains that steps need, rising no faster than ``release`` allows."""
        length = sound.shape[1]
        count = -(-length // self._step)
        if count == 0:
            return np.empty(0)
        padded = np.zeros(count * self._step, np.float32)
        loudest = np.abs(sound[0], out=padded[:length])
        for channel in sound[1:]:
            np.maximum(loudest, np.abs(channel), out=loudest)
        # Turned, because NumPy is quick along long rows.
        peaks = np.ascontiguousarray(padded.reshape(count, self._step).T).max(axis=0)
        gains = np.minimum(0.0, 20 * np.log10(self._limit / np.maximum(peaks, 1e-9)))
        begin = self._first + self._needed.size
        ramp = np.arange(begin, begin + count) * self._release
        lowest = np.minimum.accumulate(np.append(self._lowest, gains - ramp))[1:]
        self._lowest = float(lowest[-1])
        released: Floats = np.minimum(lowest + ramp, gains)
        return released

    def _attacked(self, gains: Floats) -> Floats:
        """The same, falling no faster than ``attack`` allows."""
        begin = self._first
        left = self._count - 1 - begin
        ramp = np.arange(left, left - gains.size, -1) * self._attack
        lowest: Floats = np.minimum.accumulate((gains - ramp)[::-1])[::-1] + ramp
        return np.minimum(lowest, gains)

    def _turned_down(self, sound: Wave, gains: Floats) -> Wave:
        """Whole steps with their gains, and those of the steps before and after."""
        # At the edge of two steps stands the lower of both gains, a straight line between edges.
        factors = (10 ** (np.minimum(gains[:-1], gains[1:]) / 20)).astype(np.float32)
        count, step = factors.size - 1, self._step
        ramp = np.arange(step, dtype=np.float32) / np.float32(step)
        line = np.repeat(np.diff(factors), step).reshape(count, step)
        line *= ramp
        line += factors[:-1, None]
        made: Wave = sound * line.reshape(-1)[: sound.shape[1]]
        return np.clip(made, -self._limit, self._limit, out=made)  # what rounding may leave
