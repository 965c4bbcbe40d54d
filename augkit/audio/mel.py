"""From waveforms to log-mel spectrograms, by librosa's definition and without librosa."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from augkit.audio.base import AudioTransform
from augkit.audio.sample import AudioSample, Wave
from augkit.core.fields import option
from augkit.core.transform import Params

__all__ = ["LogMel", "mel_filters"]

_AT_ONCE = 1 << 20  # samples in windows that are transformed together: bounds the memory


@dataclass(frozen=True)
class LogMel(AudioTransform):
    """The power in mel bands over time, in decibels or as a natural logarithm.

    The numbers are those of ``librosa.power_to_db(librosa.feature.melspectrogram(...), top_db=)``
    with librosa's defaults: a periodic Hann window, frame t centred on sample ``t * hop_length``,
    zeros beyond the ends. Of (samples,) comes (bands, frames) float32, of (channels, samples)
    (channels, bands, frames), with ``1 + samples // hop_length`` frames where the window is even.
    Labels stay in seconds.

    Args:
        bands: how many (default 128).
        window_length: samples per frame, a power of two is fastest (default 2048).
        hop_length: samples between frames (default 512).
        low_hz, high_hz: edges of the lowest and highest band; ``high_hz`` None is half the sample
            rate (defaults 0 and None).
        scale: ``"slaney"`` (linear to 1000 Hz, then logarithmic; bands of equal area) or ``"htk"``
            (2595 log10(1 + f/700); bands of equal height) (default "slaney").
        log: ``"db"`` for 10 log10, ``"natural"`` for ln, ``"none"`` for power itself.
        floor: power below counts as this (default 1e-10).
        top_db: with ``"db"``, values further below the loudest are raised to it; None: none
            (default).

    >>> LogMel(bands=40)(np.zeros(16000, np.float32), sample_rate=16000).shape
    (40, 32)
    """

    bands: int = option(128, schema={"type": "integer", "minimum": 1}, doc="how many mel bands")
    window_length: int = option(
        2048, schema={"type": "integer", "minimum": 2}, doc="samples per frame"
    )
    hop_length: int = option(
        512, schema={"type": "integer", "minimum": 1}, doc="samples between frames"
    )
    low_hz: float = option(0.0, schema={"type": "number", "minimum": 0}, doc="lowest frequency")
    high_hz: float | None = option(
        None,
        schema={"type": ["number", "null"], "exclusiveMinimum": 0},
        doc="highest frequency; null: half the sample rate",
    )
    scale: str = option("slaney", schema={"enum": ["slaney", "htk"]}, doc="slaney or htk")
    log: str = option("db", schema={"enum": ["db", "natural", "none"]}, doc="db, natural or none")
    floor: float = option(
        1e-10, schema={"type": "number", "exclusiveMinimum": 0}, doc="power below counts as this"
    )
    top_db: float | None = option(
        None,
        schema={"type": ["number", "null"], "exclusiveMinimum": 0},
        doc="range below the loudest, in dB",
    )

    gives: ClassVar[str] = "spectrogram"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("bands", 1), ("window_length", 2), ("hop_length", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ValueError(
                    f"LogMel.{name} must be a whole number from {least}, got {value!r}"
                )
        for name, allowed in (("scale", ("slaney", "htk")), ("log", ("db", "natural", "none"))):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(
                    f"LogMel.{name} must be one of {', '.join(allowed)}, got {value!r}"
                )
        if not self.floor > 0:
            raise ValueError(f"LogMel.floor must be above 0, got {self.floor!r}")
        if self.low_hz < 0 or (self.high_hz is not None and self.high_hz <= self.low_hz):
            raise ValueError(
                f"LogMel.high_hz must be above low_hz ({self.low_hz:g}), got {self.high_hz!r}"
            )

    def apply(self, sample: AudioSample, params: Params) -> AudioSample:
        rate = sample.sample_rate
        if self.high_hz is not None and self.high_hz > rate / 2:
            raise ValueError(
                f"LogMel.high_hz is {self.high_hz:g}, and a sound of {rate:g} Hz has frequencies up "
                f"to {rate / 2:g} Hz; lower it, or leave it to None"
            )
        audios = {name: self._of(wave, rate) for name, wave in sample.audios.items()}
        return sample.replaced(
            audio=self._of(sample.audio, rate), audios=audios, hop_length=self.hop_length
        )

    def _of(self, audio: Wave, rate: float) -> NDArray[np.float32]:
        filters = mel_filters(
            rate, self.window_length, self.bands, self.low_hz, self.high_hz, self.scale
        )
        power = np.stack([self._power(channel, filters) for channel in audio])
        if self.log == "none":
            return power
        np.maximum(power, np.float32(self.floor), out=power)
        if self.log == "natural":
            return np.log(power, out=power)
        np.log10(power, out=power)
        power *= np.float32(10)
        if self.top_db is not None:
            np.maximum(power, power.max() - np.float32(self.top_db), out=power)
        return power

    def _power(self, channel: NDArray[np.float32], filters: Any) -> NDArray[np.float32]:
        """Power in bands (bands, frames) of one channel."""
        from scipy.fft import rfft

        length, hop = self.window_length, self.hop_length
        half = length // 2
        padded = np.zeros(max(len(channel) + 2 * half, length), np.float32)
        padded[half : half + len(channel)] = channel
        frames = np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]
        window = _window(length)
        power = np.empty((self.bands, len(frames)), np.float32)
        step = max(1, _AT_ONCE // length)
        for start in range(0, len(frames), step):
            spectrum = rfft(frames[start : start + step] * window)
            squared = spectrum.real**2 + spectrum.imag**2
            power[:, start : start + step] = filters @ squared.T
        return power


@lru_cache(maxsize=16)
def _window(length: int) -> NDArray[np.float32]:
    """The periodic Hann window."""
    turns = np.arange(length) / length
    window: NDArray[np.float32] = (0.5 - 0.5 * np.cos(2 * np.pi * turns)).astype(np.float32)
    return window


def hertz_to_mel(hertz: Any, scale: str) -> Any:
    """Slaney's scale (Auditory Toolbox, 1998), or that of HTK (O'Shaughnessy 1987).

    >>> hertz_to_mel(1000.0, "slaney").tolist(), round(float(hertz_to_mel(1000.0, "htk")), 3)
    (15.0, 999.986)
    """
    hertz = np.asarray(hertz, np.float64)
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hertz / 700.0)
    above = 15.0 + np.log(np.maximum(hertz, 1000.0) / 1000.0) * (27.0 / np.log(6.4))
    return np.where(hertz >= 1000.0, above, hertz * (3.0 / 200.0))


def mel_to_hertz(mel: Any, scale: str) -> Any:
    """The inverse of `hertz_to_mel`."""
    mel = np.asarray(mel, np.float64)
    if scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    above = 1000.0 * np.exp((np.maximum(mel, 15.0) - 15.0) * (np.log(6.4) / 27.0))
    return np.where(mel >= 15.0, above, mel * (200.0 / 3.0))


@lru_cache(maxsize=16)
def mel_filters(
    rate: float, length: int, bands: int, low_hz: float, high_hz: float | None, scale: str
) -> Any:
    """The triangles that sum up power (length // 2 + 1 bins) in bands, as a sparse matrix."""
    from scipy.sparse import csr_matrix

    highest = rate / 2 if high_hz is None else high_hz
    edges = hertz_to_mel([low_hz, highest], scale)
    corners = mel_to_hertz(np.linspace(edges[0], edges[1], bands + 2), scale)
    bins = np.arange(length // 2 + 1) * (rate / length)
    slopes = np.diff(corners)
    ramps = corners[:, None] - bins[None]
    rising, falling = -ramps[:-2] / slopes[:-1, None], ramps[2:] / slopes[1:, None]
    weights: Any = np.maximum(0.0, np.minimum(rising, falling))
    if scale == "slaney":
        weights *= (2.0 / (corners[2:] - corners[:-2]))[:, None]
    return csr_matrix(weights.astype(np.float32))
