"""A sound with its labels: from what a user passes in, and back to the same form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.audio.timemap import TimeMap
from augkit.core.fields import option

if TYPE_CHECKING:
    from augkit.audio.labels import Label
    from augkit.core.partners import Company

__all__ = ["AudioSample", "Form", "Settings", "Shadow", "Wave", "finite"]

Wave = NDArray[np.float32]
"""(channels, samples) float32, full range [-1, 1]; what every transform works on."""


def finite(wave: Wave, name: str = "audio") -> None:
    """``ValueError`` where a sound holds NaN or infinity."""
    flat = wave.reshape(-1)
    if math.isfinite(flat.dot(flat)) or np.isfinite(flat).all():  # squares may be too large
        return
    what = "NaN" if np.isnan(flat).any() else "infinity"
    raise ValueError(f"{name} holds {what}; repair it with np.nan_to_num, or drop it")


@dataclass(frozen=True)
class Settings:
    """What holds for a whole audio pipeline.

    Attributes:
        sample_rate: in Hz, of all data that does not say its own; None: every call has to say it.
        min_duration: events of which less is left are dropped, in seconds (default 0: all are kept
            of which anything is left).
        min_visibility: events of which a smaller fraction is left are dropped (default 0).
    """

    sample_rate: float | None = option(
        None,
        schema={"type": ["number", "null"], "exclusiveMinimum": 0},
        doc="of data that does not say its own, in Hz",
    )
    min_duration: float = option(
        0.0, schema={"type": "number", "minimum": 0}, doc="shortest event that is kept, in seconds"
    )
    min_visibility: float = option(
        0.0,
        schema={"type": "number", "minimum": 0, "maximum": 1},
        doc="smallest part of an event that has to be left",
    )

    def __post_init__(self) -> None:
        if self.sample_rate is not None:
            from augkit.audio.targets import check_rate

            object.__setattr__(self, "sample_rate", check_rate(self.sample_rate))
        for name, most in (("min_duration", float("inf")), ("min_visibility", 1.0)):
            given = getattr(self, name)
            if isinstance(given, bool) or not isinstance(given, int | float):
                raise TypeError(f"{name} must be a number, got {given!r}")
            if not 0 <= given <= most:
                raise ValueError(f"{name} must be within [0, {most:g}], got {given!r}")


class Form(NamedTuple):
    """How data came in, to give it back alike.

    Attributes:
        named: whether it had names; then a dict goes out.
        pair: whether it was a pair (waveform, sample_rate); then a pair goes out.
        given: what was passed in, by name.
        kinds: the kind of each name.
        first: the name of the sound.
        wave: the sound as it came, as the transforms see it.
    """

    named: bool = False
    pair: bool = False
    given: Mapping[str, Any] = MappingProxyType({})
    kinds: Mapping[str, str] = MappingProxyType({})
    first: str = "audio"
    wave: Any = None


_NONE: Mapping[str, Any] = MappingProxyType({})


class AudioSample:
    """A sound between two steps; never changed, always replaced.

    Attributes:
        audio: (channels, samples) float32, mono is one channel. After `LogMel` a spectrogram:
            (channels, bins, frames) float32.
        sample_rate: in Hz.
        length: how many samples the time axis stands for: ``audio.shape[1]`` of a waveform; of a
            spectrogram the samples it was made from.
        hop_length: samples between two frames of a spectrogram; None for a waveform.
        audios: further sounds by name, processed alike (noises have seeds of their own).
        references: further sounds by name that are moved in time and otherwise left alone (the
            clean speech that belongs to a noisy one).
        labels: events, beats, frames and so on by name, as they were ``maps`` ago.
        maps: the time maps of the steps since then; ``settled`` brings the labels up to date.
        pitch: by how much frequencies have been multiplied since then.
        tempo: by how much the tempo has been multiplied since then.
        values: labels that do not move by name: ``label``, ``transcript``.
        form: how the user passed it, to give it back alike.
    """

    hop_length: int | None = None
    audios: Mapping[str, Wave] = _NONE
    references: Mapping[str, Wave] = _NONE
    labels: Mapping[str, Label] = _NONE
    values: Mapping[str, Any] = _NONE
    maps: tuple[TimeMap, ...] = ()
    pitch: float = 1.0
    tempo: float = 1.0

    def __init__(self, audio: Wave, sample_rate: float, form: Form) -> None:
        self.audio = audio
        self.sample_rate = sample_rate
        self.form = form
        self.length = audio.shape[-1]

    def replaced(self, **changes: Any) -> AudioSample:
        """A copy with some attributes changed."""
        copy = object.__new__(AudioSample)
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(changes)
        return copy

    @property
    def channels(self) -> int:
        """How many channels the sound has."""
        return len(self.audio)

    @property
    def moved(self) -> bool:
        """Whether anything has happened to the labels since they were last brought up to date."""
        return bool(self.maps) or self.pitch != 1 or self.tempo != 1

    def timemap(self) -> TimeMap:
        """From the sound that ``labels`` belong to, to this one."""
        if not self.maps:
            return TimeMap.identity(self.length)
        whole = self.maps[0]
        for later in self.maps[1:]:
            whole = whole.then(later)
        return whole

    def settled(self) -> AudioSample:
        """The same with its labels where they are now."""
        if not self.moved:
            return self
        if not self.labels:
            return self.replaced(maps=(), pitch=1.0, tempo=1.0)
        whole = self.timemap()
        labels = {
            name: label.changed(whole, self.pitch, self.tempo)
            for name, label in self.labels.items()
        }
        return self.replaced(labels=labels, maps=(), pitch=1.0, tempo=1.0)


class Shadow:
    """What drawing may look at: length, channels, rate and labels, never samples.

    Attributes:
        length: in samples.
        channels: 1 for mono.
        sample_rate: in Hz.
        dtype: NumPy name of what the user passed in, such as ``"int16"``.
        company: the partners, for a mixing transform.
    """

    __slots__ = ("_sample", "channels", "company", "dtype", "length", "sample_rate")

    def __init__(
        self,
        length: int,
        channels: int,
        sample_rate: float,
        dtype: str = "float32",
        sample: AudioSample | None = None,
        company: Company | None = None,
    ) -> None:
        self.length, self.channels, self.sample_rate = length, channels, sample_rate
        self.dtype, self.company, self._sample = dtype, company, sample

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.length / self.sample_rate

    def replaced(self, **changes: Any) -> Shadow:
        """A copy with some attributes changed."""
        copy = Shadow(
            self.length, self.channels, self.sample_rate, self.dtype, self._sample, self.company
        )
        for name, value in changes.items():
            setattr(copy, name, value)
        return copy

    def moved(self, timemap: TimeMap, pitch: float = 1.0, tempo: float = 1.0) -> Shadow:
        """The shadow after a transform that moves time, with its labels moved."""
        sample = self._sample
        if sample is not None and sample.labels:
            sample = sample.replaced(
                maps=(*sample.maps, timemap),
                pitch=sample.pitch * pitch,
                tempo=sample.tempo * tempo,
            )
        return self.replaced(length=timemap.output_length, _sample=sample)

    def with_company(self, company: Company) -> Shadow:
        """The shadow with partners to choose from."""
        return self.replaced(company=company)

    def labels(self) -> Mapping[str, Label]:
        """The labels by name where they are now, in samples; see `augkit.audio.labels`."""
        return _NONE if self._sample is None else self._sample.settled().labels
