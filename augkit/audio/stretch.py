"""Tempo and pitch: stretched, shifted, or both at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from augkit.audio.base import Processor, Retiming
from augkit.audio.sample import Wave
from augkit.audio.timemap import TimeMap
from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params

__all__ = ["ENGINES", "PitchShift", "SpeedPerturb", "TimeStretch"]

ENGINES = ("wsola", "phase_vocoder", "librosa")
_ENGINE_DOC = (
    "wsola (fast, keeps beats sharp), phase_vocoder (for gliding voices), or librosa's functions"
)


def _length_at(rate: float, length: int) -> int:
    """Samples of the result: exact, and never none where there was something."""
    return max(1, round(length / rate)) if length else 0


def _stretcher(engine: str, *arguments: Any) -> Processor:
    """A stretch as a function of successive blocks."""
    if engine == "phase_vocoder":
        from augkit.audio.vocoder import Vocoder

        return Vocoder(*arguments)
    from augkit.audio.wsola import Stretcher

    return Stretcher(*arguments)


def _stretched(audio: Wave, sample_rate: float, output_length: int, engine: str) -> Wave:
    channels, length = audio.shape
    if length == output_length:
        return audio
    return _stretcher(engine, sample_rate, channels, length, output_length)(audio, True)


def _fitted(audio: Any, length: int) -> Wave:
    """Exactly ``length`` samples of float32."""
    made: Wave = np.zeros((len(audio), length), np.float32)
    kept = min(length, audio.shape[1])
    made[:, :kept] = audio[:, :kept]
    return made


@dataclass(frozen=True)
class TimeStretch(Retiming):
    """Change the tempo and keep the pitch; labels move along, a tempo is multiplied.

    The result has ``round(samples / rate)`` samples. See ``docs/audio-engines.md`` for what each
    engine does to a sound, measured. Sounds shorter than 0.14 s are interpolated by ``wsola``.

    Args:
        rate: above 1 is faster and shorter; 1 is neutral (default: uniform in [0.8, 1.25]).
        engine: ``wsola`` (default: fast, beats stay sharp and in place), ``phase_vocoder`` (for music
            of several gliding voices; blurs beats) or ``librosa`` (its phase vocoder, imported only
            then).

    >>> made = TimeStretch(rate=1.25)(audio=np.zeros(16000, np.float32), sample_rate=16000,
    ...                               events=[(0.5, 1.0, "word")], tempo=100)
    >>> made["audio"].shape, made["events"], made["tempo"]
    ((12800,), [(0.4, 0.8, 'word')], 125.0)
    """

    rate: Number = parameter(
        (0.8, 1.25), low=0.1, high=10, neutral=1, doc="tempo: above 1 is faster and shorter"
    )
    engine: str = option("wsola", choices=ENGINES, doc=_ENGINE_DOC)

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        return TimeMap.stretch(length, _length_at(params["rate"], length))

    def tempo(self, params: Params) -> float:
        return float(params["rate"])

    def move(self, audio: Wave, params: Params, timemap: TimeMap, sample_rate: float) -> Wave:
        length = timemap.output_length
        if self.engine != "librosa" or min(audio.shape[1], length) < _SHORTEST:
            return _stretched(audio, sample_rate, length, self.engine)
        if audio.shape[1] == length:
            return audio
        import librosa

        rate = audio.shape[1] / length
        return _fitted(librosa.effects.time_stretch(audio, rate=rate, n_fft=_window(audio)), length)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor | None:
        made = _length_at(params["rate"], length)
        if made == length:
            return lambda block, last: block
        if self.engine == "librosa":
            return None
        return _stretcher(self.engine, sample_rate, channels, length, made)


_SHORTEST = 64
"""Samples from which librosa's functions have a window that fits; shorter sounds go to wsola."""


def _window(audio: Wave) -> int:
    """librosa's window, shorter where the sound is."""
    length: int = audio.shape[1]
    return min(2048, 1 << ((length // 4).bit_length() - 1))


@dataclass(frozen=True)
class PitchShift(Retiming):
    """Change the pitch and keep the tempo; F0 tracks and ``_hz`` entries of events follow.

    Stretched by one of the engines of `TimeStretch`, then resampled (soxr HQ) to the old length.
    Formants move with the pitch.

    Args:
        semitones: positive is higher; 0 is neutral (default: uniform in [-4, 4]).
        engine: as for `TimeStretch`.

    >>> made = PitchShift(semitones=12)(audio=np.zeros(16000, np.float32), sample_rate=16000,
    ...                                 f0=[220.0, 0.0])
    >>> made["audio"].shape, made["f0"]
    ((16000,), [440.0, 0.0])
    """

    semitones: Number = parameter(
        (-4.0, 4.0), low=-36, high=36, unit="semitones", neutral=0, doc="positive is higher"
    )
    engine: str = option("wsola", choices=ENGINES, doc=_ENGINE_DOC)

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        return TimeMap.identity(length)

    def pitch(self, params: Params) -> float:
        return float(2.0 ** (params["semitones"] / 12))

    def move(self, audio: Wave, params: Params, timemap: TimeMap, sample_rate: float) -> Wave:
        length = audio.shape[1]
        if length == 0 or params["semitones"] == 0:
            return audio
        made_length = self._stretched_length(params, length)
        if self.engine == "librosa" and min(length, made_length) >= _SHORTEST:
            import librosa

            made = librosa.effects.pitch_shift(
                audio,
                sr=sample_rate,
                n_steps=params["semitones"],
                res_type="soxr_hq",
                n_fft=_window(audio),
            )
            return _fitted(made, length)
        from augkit.audio.resample import resampled

        longer = _stretched(audio, sample_rate, made_length, self.engine)
        return resampled(longer, length)

    def _stretched_length(self, params: Params, length: int) -> int:
        return _length_at(1 / self.pitch(params), length)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor | None:
        made = self._stretched_length(params, length)
        if made == length:
            return lambda block, last: block
        if self.engine == "librosa":
            return None
        from augkit.audio.resample import Resampler

        stretch = _stretcher(self.engine, sample_rate, channels, length, made)
        resample = Resampler(channels, made, length)
        return lambda block, last: resample(stretch(block, last), last)


@dataclass(frozen=True)
class SpeedPerturb(Retiming):
    """Play faster or slower: tempo and pitch change together, as on a tape.

    Ko et al., "Audio augmentation for speech recognition", Interspeech 2015. The result has
    ``round(samples / rate)`` samples at the same sample rate.

    Args:
        rate: above 1 is faster, shorter and higher; 1 is neutral (default: uniform in [0.9, 1.1];
            the paper's is ``augkit.choice([0.9, 1.0, 1.1])``).

    >>> SpeedPerturb(rate=2)(np.zeros(1000, np.float32), sample_rate=16000).shape
    (500,)
    """

    rate: Number = parameter(
        (0.9, 1.1), low=0.1, high=10, neutral=1, doc="above 1 is faster, shorter and higher"
    )

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        return TimeMap.stretch(length, _length_at(params["rate"], length))

    def pitch(self, params: Params) -> float:
        return float(params["rate"])

    def tempo(self, params: Params) -> float:
        return float(params["rate"])

    def move(self, audio: Wave, params: Params, timemap: TimeMap, sample_rate: float) -> Wave:
        if audio.shape[1] == timemap.output_length:
            return audio
        from augkit.audio.resample import resampled

        return resampled(audio, timemap.output_length)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        made = _length_at(params["rate"], length)
        if made == length:
            return lambda block, last: block
        from augkit.audio.resample import Resampler

        return Resampler(channels, length, made)
