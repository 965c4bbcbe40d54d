"""Lengths: cropped, padded, trimmed, and stretches of time that are silenced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from augkit.audio.base import Processor, Retiming, WaveformTransform
from augkit.audio.sample import AudioSample, Wave
from augkit.audio.scans import silenced
from augkit.audio.shift import UNITS, in_samples
from augkit.audio.timemap import TimeMap
from augkit.audio.window import fade_ramp
from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params

__all__ = ["AdjustDuration", "Pad", "RandomCrop", "TimeMask", "Trim"]

_LENGTH = {"type": "number", "exclusiveMinimum": 0}
_PLAIN_UNITS = ("seconds", "samples")


def _positive(owner: str, name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{owner}.{name} must be a number, got {value!r}")
    if not 0 < value < float("inf"):
        raise ValueError(f"{owner}.{name} must be above 0, got {value!r}")


def _place(share: float, room: int) -> int:
    """A place within ``room`` from a number in [0, 1), both ends as likely as the others."""
    return min(int(share * (room + 1)), room)


@dataclass(frozen=True)
class RandomCrop(Retiming):
    """Keep a random part of a given length; a sound that is shorter is kept whole.

    Args:
        length: of the part, in ``unit``.
        unit: ``seconds`` (default), ``samples`` or ``fraction`` of the sound.

    >>> RandomCrop(3, unit="samples")(np.arange(9, dtype=np.float32), sample_rate=8000).size
    3
    """

    needs_finite: ClassVar[bool] = False

    units: ClassVar[tuple[str, ...]] = ("place",)

    length: float = option(schema=_LENGTH, doc="of the part, in unit")
    unit: str = option("seconds", choices=UNITS, doc="what length is measured in")

    def __post_init__(self) -> None:
        super().__post_init__()
        _positive("RandomCrop", "length", self.length)

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        wanted = max(1, in_samples(self.length, self.unit, length, sample_rate))
        if wanted >= length:
            return TimeMap.identity(length)
        return TimeMap.window(length, _place(params["place"], length - wanted), wanted)


@dataclass(frozen=True)
class Pad(Retiming):
    """Put silence before and after the sound.

    Args:
        before: how much before, in ``unit``; 0 is neutral (default: uniform in [0, 0.5]).
        after: how much after; 0 is neutral (default: uniform in [0, 0.5]).
        unit: ``seconds`` (default), ``samples`` or ``fraction`` of the sound.

    >>> Pad(before=1, after=2, unit="samples")(np.ones(2, np.float32), sample_rate=8000).tolist()
    [0.0, 1.0, 1.0, 0.0, 0.0]
    """

    needs_finite: ClassVar[bool] = False

    before: Number = parameter((0.0, 0.5), low=0, high=1e9, neutral=0, doc="silence before")
    after: Number = parameter((0.0, 0.5), low=0, high=1e9, neutral=0, doc="silence after")
    unit: str = option("seconds", choices=UNITS, doc="what the silence is measured in")

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        before = in_samples(params["before"], self.unit, length, sample_rate)
        after = in_samples(params["after"], self.unit, length, sample_rate)
        return TimeMap.window(length, -before, before + length + after)


@dataclass(frozen=True)
class AdjustDuration(Retiming):
    """Make the sound exactly as long as wanted: a random part of it, or silence around or after it.

    Args:
        duration: of the result, in ``unit``.
        unit: ``seconds`` (default) or ``samples``.
        place: where a shorter sound stands: ``start`` (default), ``end``, ``center`` or ``random``.
            Of a longer sound a part is kept: the first, the last, the middle, or a random one.

    >>> AdjustDuration(4, unit="samples")(np.ones(2, np.float32), sample_rate=8000).tolist()
    [1.0, 1.0, 0.0, 0.0]
    """

    needs_finite: ClassVar[bool] = False

    duration: float = option(schema=_LENGTH, doc="of the result, in unit")
    unit: str = option("seconds", choices=_PLAIN_UNITS, doc="what duration is measured in")
    place: str = option(
        "start",
        choices=("start", "end", "center", "random"),
        doc="where a shorter sound stands, or which part of a longer one is kept",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _positive("AdjustDuration", "duration", self.duration)

    @property
    def units(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("share",) if self.place == "random" else ()

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        wanted = max(1, in_samples(self.duration, self.unit, length, sample_rate))
        room, start = abs(length - wanted), 0
        if self.place == "random":
            start = _place(params["share"], room)
        elif self.place != "start":
            start = room if self.place == "end" else room // 2
        return TimeMap.window(length, start if length > wanted else -start, wanted)


_FRAME, _HOP = 2048, 512


@dataclass(frozen=True)
class Trim(Retiming):
    """Cut silence off both ends; where it ends is measured and stands in the recipe.

    Silent is what lies more than ``top_db`` below the loudest frame (of 2048 samples, every 512), as
    `librosa.effects.trim` has it. A sound that is silent all through is left alone.

    Args:
        top_db: below the loudest frame, in dB (default 30).

    >>> sound = np.zeros(16000, np.float32)
    >>> sound[6000:9000] = 1
    >>> Trim()(sound, sample_rate=16000).size
    5120
    """

    top_db: Number = parameter(30.0, low=0, high=200, unit="dB", doc="below the loudest frame")

    barrier: ClassVar[bool] = True

    def measure(self, sample: AudioSample, params: Params) -> Params:
        audio = sample.audio
        channels, length = audio.shape
        if length == 0 or not audio.any():
            return {"start": 0, "end": length}
        padded = np.pad(audio, [(0, 0), (_FRAME // 2, _FRAME // 2 + _HOP)])
        frames = 1 + length // _HOP
        quarters = padded[:, : (frames + 3) * _HOP].reshape(channels, -1, _HOP)
        energies = np.einsum("cqs,cqs->cq", quarters, quarters, dtype=np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(energies, _FRAME // _HOP, axis=1)
        power = windows.sum(axis=2).max(axis=0)
        loud = np.flatnonzero(power > power.max() * 10 ** (-params["top_db"] / 10))
        if loud.size == 0:
            return {"start": 0, "end": length}
        return {"start": int(loud[0]) * _HOP, "end": min(length, (int(loud[-1]) + 1) * _HOP)}

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        start = min(params.get("start", 0), length)
        end = min(params.get("end", length), length)
        return TimeMap.window(length, start, max(end - start, 0))


@dataclass(frozen=True)
class TimeMask(WaveformTransform):
    """Silence a random part of the sound; labels stay.

    Args:
        fraction: how long the part is, of the sound; 0 is neutral (default: uniform in [0.01, 0.3]).
        fade: seconds over which the sound fades out and in (default 0.005).

    >>> int((TimeMask(fraction=0.5, fade=0)(np.ones(10, np.float32), sample_rate=8000) == 0).sum())
    5
    """

    needs_finite: ClassVar[bool] = False

    units: ClassVar[tuple[str, ...]] = ("place",)

    fraction: Number = parameter(
        (0.01, 0.3), low=0, high=1, unit="of the sound", neutral=0, doc="how long the part is"
    )
    fade: Number = parameter(0.005, low=0, high=60, unit="seconds", doc="fade out and in")

    def _mask(self, params: Params, sample_rate: float, length: int) -> tuple[int, int, Wave]:
        """Where the silence begins and ends, and how the sound rises behind it."""
        masked = round(params["fraction"] * length)
        start = _place(params["place"], length - masked)
        fade = min(round(params["fade"] * sample_rate), masked // 2)
        return start, start + masked, fade_ramp(fade)

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        start, end, ramp = self._mask(params, sample_rate, audio.shape[1])
        return silenced(audio, start, end, ramp) if start < end else audio

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        start, end, ramp = self._mask(params, sample_rate, length)
        position = 0

        def process(block: Wave, last: bool) -> Wave:
            nonlocal position
            begin, size = position, block.shape[1]
            position += size
            if end <= begin or position <= start or start == end:
                return block
            return silenced(block, start - begin, end - begin, ramp)

        return process
