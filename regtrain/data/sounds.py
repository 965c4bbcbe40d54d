"""Sounds as arrays of one shape: log-mel pictures, or the waveform itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from regtrain.layers.base import Array

__all__ = ["SoundFeatures"]


@dataclass(frozen=True)
class SoundFeatures:
    """Turns a sound into numbers; it is what `Trainer(features=...)` wants.

    Channels are averaged, the rate is changed where it differs, and the sound is cut or padded with
    silence, evenly at both ends.

    Args:
        sample_rate: in Hz.
        seconds: of each sound.
        kind: ``log-mel``: a picture (time, bands, 1) in units of 20 dB about its mean; ``waveform``:
            the samples.
        bands: of the picture (default 40); a band is at least as wide as the spectrum's steps.

    >>> sound = {"audio": np.zeros(8000, np.float32), "sample_rate": 8000}
    >>> SoundFeatures(16_000, 1.0)(sound).shape
    (63, 40, 1)
    """

    sample_rate: int
    seconds: float
    kind: str = "log-mel"
    bands: int = 40

    def __post_init__(self) -> None:
        if self.kind not in ("log-mel", "waveform"):
            raise ValueError(f"kind must be 'log-mel' or 'waveform', got {self.kind!r}")
        if not self.sample_rate > 0 or not self.seconds > 0:
            raise ValueError(
                f"sample_rate and seconds must be above 0, got {self.sample_rate!r} and "
                f"{self.seconds!r}"
            )

    @classmethod
    def of(
        cls,
        sounds: Iterable[Any],
        *,
        sample_rate: int | None = None,
        seconds: float | None = None,
        kind: str = "log-mel",
        bands: int = 40,
    ) -> SoundFeatures:
        """What fits the training sounds: where they are not given, the lowest rate and the longest
        duration among them.
        """
        lengths = []
        for sound in sounds:
            count = np.shape(sound["audio"])[-1]
            lengths.append((int(sound["sample_rate"]), count / sound["sample_rate"]))
        rate = min(rate for rate, _ in lengths) if sample_rate is None else sample_rate
        longest = max(duration for _, duration in lengths) if seconds is None else seconds
        return cls(rate, longest, kind, bands)

    def __call__(self, sound: Any) -> Array:
        """The numbers of a sound, a dict with ``audio`` and ``sample_rate``; float32."""
        samples = np.asarray(sound["audio"])
        if samples.dtype.kind == "i":
            samples = samples.astype(np.float32) / np.iinfo(samples.dtype).max
        samples = samples.astype(np.float32, copy=False)
        if samples.ndim > 1:
            samples = samples.mean(0)
        if sound["sample_rate"] != self.sample_rate:
            import soxr

            samples = soxr.resample(samples, sound["sample_rate"], self.sample_rate)
        samples = _centered(samples, round(self.seconds * self.sample_rate))
        return samples if self.kind == "waveform" else self._picture(samples)

    def _picture(self, samples: Array) -> Array:
        from augkit.audio import LogMel

        # Windows of about 32 ms, half overlapping: a power of two, short enough for the sounds of
        # speech and long enough for the lowest bands.
        window = max(64, 2 ** round(np.log2(0.032 * self.sample_rate)))
        mel = LogMel(bands=self.bands, window_length=window, hop_length=window // 2, top_db=60.0)
        decibels = np.asarray(mel(samples, sample_rate=self.sample_rate))
        picture: Array = ((decibels - decibels.mean()) / 20).T[..., None].astype(np.float32)
        return picture


def _centered(samples: Array, length: int) -> Array:
    """The middle of a sound, or the sound in the middle of silence."""
    if len(samples) >= length:
        start = (len(samples) - length) // 2
        return np.ascontiguousarray(samples[start : start + length])
    left = (length - len(samples)) // 2
    return np.pad(samples, (left, length - len(samples) - left))
