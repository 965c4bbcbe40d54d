"""What an audio transform can be: a change of the samples, a change of time, or anything else.

- `WaveformTransform`: every sample stays where it is in time. A subclass gives ``wave``; where the
  transform is local in time it gives ``processor`` instead, and files of any length can stream
  through it.
- `Retiming`: moves time. A subclass gives its ``timemap``, which moves labels and further sounds;
  where samples are only copied, that is all.
- `SpectrogramTransform`: works on what `LogMel` makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from augkit.audio import window
from augkit.audio.blocks import Player, Processor, Survey, played
from augkit.audio.sample import AudioSample, Shadow, Wave
from augkit.audio.timemap import TimeMap
from augkit.core.transform import Params, Transform

if TYPE_CHECKING:
    from augkit.core.partners import Company

__all__ = [
    "AudioTransform",
    "Processor",
    "Retiming",
    "SpectrogramTransform",
    "Survey",
    "WaveformTransform",
    "seed_of",
]


@dataclass(frozen=True)
class AudioTransform(Transform):
    """Base of all audio transforms.

    Subclass `WaveformTransform`, `Retiming` or `SpectrogramTransform` where one of them fits. A
    direct subclass gives ``apply(sample, params) -> sample``; where it changes the length, it also
    gives ``advance(shadow, params)`` or sets ``barrier = True``.

    Class attributes:
        needs_finite: whether NaN or infinity in one sample would spread to others. Where one
            transform of a pipeline needs it, a sound is searched for them before anything runs, and
            refused. False: each sample of the result comes from at most one of the input, so a bad
            one stays one, wherever it goes; or the transform refuses by itself.
    """

    needs_finite: ClassVar[bool] = True
    modality: ClassVar[str] = "audio"
    takes: ClassVar[str] = "waveform"
    gives: ClassVar[str] = "waveform"

    def apply(self, sample: AudioSample, params: Params) -> AudioSample:
        raise NotImplementedError(f"{type(self).__name__} has no apply")

    def mix(self, sample: AudioSample, params: Params, company: Company | None) -> AudioSample:
        """Instead of `apply`, where ``mixes`` is set: the sample together with its partners."""
        raise NotImplementedError(f"{type(self).__name__} has no mix")

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor | None:
        """The transform as a function of successive blocks; None where it is not local in time.

        Args:
            params: as drawn, and what the `survey` found.
            sample_rate, channels, length: of all that will come; ``length`` in samples.
        """
        return None

    def survey(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Survey | None:
        """What has to look at all of the sound before `processor`; None where nothing has to."""
        return None

    def player(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Player | None:
        """The transform as a function of a stream of blocks; None where it needs all at once.

        Default: what the `processor` makes of each. Arguments are those of `processor`.
        """
        process = self.processor(params, sample_rate, channels, length)
        if process is None:
            return None
        return partial(played, process)


@dataclass(frozen=True)
class WaveformTransform(AudioTransform):
    """Base of what changes samples and leaves time alone: a subclass gives `wave` or `processor`.

    >>> @dataclass(frozen=True)
    ... class Half(WaveformTransform):
    ...     def wave(self, audio, params, sample_rate):
    ...         return audio * np.float32(0.5)
    >>> Half()(np.ones(2, np.float32), sample_rate=8000).tolist()
    [0.5, 0.5]
    """

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        """The sound (channels, samples) float32 after this transform; the same array if unchanged."""
        channels, length = audio.shape
        survey = self.survey(params, sample_rate, channels, length)
        if survey is not None:
            for _ in range(survey.looks):
                survey(audio)
            params = {**params, **survey.found()}
        process = self.processor(params, sample_rate, channels, length)
        if process is None:
            raise NotImplementedError(f"{type(self).__name__} has neither wave nor processor")
        return process(audio, True)

    def apply(self, sample: AudioSample, params: Params) -> AudioSample:
        audio = self.wave(sample.audio, params, sample.sample_rate)
        if audio is sample.audio:
            return sample
        if not sample.audios:
            return sample.replaced(audio=audio)
        audios = {}
        for name, wave in sample.audios.items():
            own = params
            if "seed" in params:
                own = {**params, "seed": seed_of(name, params["seed"])}
            audios[name] = self.wave(wave, own, sample.sample_rate)
        return sample.replaced(audio=audio, audios=audios)


def seed_of(name: Any, seed: int) -> int:
    """A seed of its own for a part: a further sound by name, a channel by number."""
    digest = blake2b(str(name).encode(), digest_size=8, key=seed.to_bytes(8, "little")).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True)
class Retiming(AudioTransform):
    """Base of what moves time: a subclass gives its `timemap`, and `move` where it does not copy.

    >>> @dataclass(frozen=True)
    ... class FirstHalf(Retiming):
    ...     def timemap(self, params, length, sample_rate):
    ...         return TimeMap.window(length, 0, length // 2)
    >>> made = FirstHalf()(audio=np.arange(8, dtype=np.float32), sample_rate=4, beats=[0.5, 1.5])
    >>> made["audio"].tolist(), made["beats"]
    ([0.0, 1.0, 2.0, 3.0], [0.5])
    """

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        """Where the time of a sound of ``length`` samples goes; pure."""
        raise NotImplementedError(f"{type(self).__name__} has no timemap")

    def move(self, audio: Wave, params: Params, timemap: TimeMap, sample_rate: float) -> Wave:
        """The sound (channels, samples) after this transform. Default: samples are copied."""
        moved = timemap.take(audio)
        fade = self.fade_length(params, sample_rate)
        if fade:
            window.fade_at_cuts(moved, timemap, fade)
        return moved

    def fade_length(self, params: Params, sample_rate: float) -> int:
        """Samples over which a sound fades in and out where it was cut. Default: none."""
        return 0

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor | None:
        if type(self).move is not Retiming.move:
            return None
        timemap = self.timemap(params, length, sample_rate)
        if timemap.is_identity:
            return lambda block, last: block
        if not window.Window.fits(timemap):
            return None
        return window.Window(timemap, self.fade_length(params, sample_rate))

    def player(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Player | None:
        play = super().player(params, sample_rate, channels, length)
        if play is None and type(self).move is Retiming.move:
            timemap = self.timemap(params, length, sample_rate)
            play = window.Rearrangement(timemap, self.fade_length(params, sample_rate))
        return play

    def pitch(self, params: Params) -> float:
        """By how much frequencies are multiplied. Default: they stay."""
        return 1.0

    def tempo(self, params: Params) -> float:
        """By how much the tempo is multiplied. Default: it stays."""
        return 1.0

    def advance(self, shadow: Shadow, params: Params) -> Shadow:
        timemap = self.timemap(params, shadow.length, shadow.sample_rate)
        return shadow.moved(timemap, self.pitch(params), self.tempo(params))

    def _map(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        """`timemap`; of a transform without chance it is kept for the next sound of this length."""
        made = self._made
        if made is not None and made[0] == (length, sample_rate, params):
            kept: TimeMap = made[1]
            return kept
        timemap = self.timemap(params, length, sample_rate)
        if self._drawn().fixed:
            known = (length, sample_rate, params.copy())
            object.__setattr__(self, "_made", (known, timemap))
        return timemap

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        """The sound (channels, samples) after this transform; the same array if unchanged."""
        timemap = self._map(params, audio.shape[1], sample_rate)
        if timemap.is_identity and self.pitch(params) == 1 and self.tempo(params) == 1:
            return audio
        return self.move(audio, params, timemap, sample_rate)

    def apply(self, sample: AudioSample, params: Params) -> AudioSample:
        rate = sample.sample_rate
        timemap = self._map(params, sample.length, rate)
        pitch, tempo = self.pitch(params), self.tempo(params)
        still = timemap.is_identity
        if still and pitch == 1 and tempo == 1:
            return sample
        audio = self.move(sample.audio, params, timemap, rate)
        made = sample.replaced(audio=audio, length=audio.shape[1])
        if not still:
            made.maps = (*sample.maps, timemap)
        made.pitch *= pitch
        made.tempo *= tempo
        if sample.audios:
            made.audios = self._moved(sample.audios, params, timemap, rate)
        if sample.references:
            made.references = self._moved(sample.references, params, timemap, rate)
        return made

    def _moved(
        self, waves: Mapping[str, Wave], params: Params, timemap: TimeMap, rate: float
    ) -> dict[str, Wave]:
        return {name: self.move(wave, params, timemap, rate) for name, wave in waves.items()}


@dataclass(frozen=True)
class SpectrogramTransform(AudioTransform):
    """Base of what works on spectrograms: a subclass gives `spectrogram`."""

    takes: ClassVar[str] = "spectrogram"
    gives: ClassVar[str] = "spectrogram"

    def spectrogram(
        self, values: NDArray[np.float32], params: Params, sample: AudioSample
    ) -> NDArray[np.float32]:
        """The spectrogram (channels, bins, frames) after this transform."""
        raise NotImplementedError(f"{type(self).__name__} has no spectrogram")

    def apply(self, sample: AudioSample, params: Params) -> AudioSample:
        values = self.spectrogram(sample.audio, params, sample)
        return sample if values is sample.audio else sample.replaced(audio=values)
