"""The marks of compression, made by the real codecs of libsndfile, in memory."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from augkit.audio.base import Processor, WaveformTransform
from augkit.audio.sample import Wave
from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params

__all__ = ["Mp3", "MuLaw", "Vorbis"]


@dataclass(frozen=True)
class _Coded(WaveformTransform):
    """Through a codec and back: the length and the place of every sample stay."""

    suffix: ClassVar[str] = ""
    most_channels: ClassVar[int] = 255
    rates: ClassVar[tuple[int, ...]] = ()

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        if not audio.size:
            return audio
        rate = self._rate(sample_rate)
        peak = float(np.abs(audio).max())
        if peak > 1:  # codecs clip at full scale; a float sound is not clipped here
            audio = audio / np.float32(peak)
        coded = audio
        if rate != sample_rate:
            from augkit.audio.files.rate import resampled

            coded = np.stack([resampled(one, round(sample_rate), rate) for one in audio])
        step = self.most_channels
        parts = [
            self._coded(coded[first : first + step], rate, params["quality"])
            for first in range(0, len(coded), step)
        ]
        coded = np.concatenate(parts)
        if rate != sample_rate:
            back = [resampled(one, rate, round(sample_rate)) for one in coded]
            coded = _fitted(np.stack(back), audio.shape[1])
        return coded * np.float32(peak) if peak > 1 else coded

    def _rate(self, sample_rate: float) -> int:
        """The rate the codec works at: the lowest it has that loses nothing."""
        if not self.rates:
            return round(sample_rate)
        return min(self.rates, key=lambda rate: (rate < sample_rate, abs(rate - sample_rate)))

    def _coded(self, audio: Wave, rate: int, quality: int) -> Wave:
        import soundfile

        from augkit.audio.files import FileOptions, encode

        data, _ = encode(audio, rate, self.suffix, FileOptions(quality=quality))
        decoded, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
        return _fitted(np.ascontiguousarray(decoded.T), audio.shape[1])


def _fitted(audio: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Exactly so many samples; the codecs of today give them, this keeps it so."""
    if audio.shape[1] >= length:
        return audio[:, :length]
    return np.pad(audio, ((0, 0), (0, length - audio.shape[1])))


@dataclass(frozen=True)
class Mp3(_Coded):
    """Write as MP3 and read back (LAME and mpg123 in libsndfile), with a variable bit rate.

    Sounds at rates that MP3 does not have are resampled on the way, more than two channels are
    coded two by two, and what is beyond full scale is scaled down and up again.

    Args:
        quality: a whole number within [1, 100] (default: 10 to 70).

    >>> Mp3(quality=50)(np.zeros(1000, np.float32), sample_rate=16000).shape
    (1000,)
    """

    quality: Number = parameter(
        (10, 70), low=1, high=100, integer=True, doc="of the codec; 100 is the least loss"
    )

    suffix: ClassVar[str] = ".mp3"
    most_channels: ClassVar[int] = 2
    rates: ClassVar[tuple[int, ...]] = (
        *(8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
    )


@dataclass(frozen=True)
class Vorbis(_Coded):
    """Write as Ogg Vorbis and read back.

    What is beyond full scale is scaled down and up again.

    Args:
        quality: a whole number within [1, 100] (default: 10 to 70).

    >>> Vorbis(quality=50)(np.zeros((2, 1000), np.float32), sample_rate=44100).shape
    (2, 1000)
    """

    quality: Number = parameter(
        (10, 70), low=1, high=100, integer=True, doc="of the codec; 100 is the least loss"
    )

    suffix: ClassVar[str] = ".ogg"


@dataclass(frozen=True)
class MuLaw(WaveformTransform):
    """The 8 bits of a telephone line: G.711 mu-law, and back. What is beyond full scale is clipped.

    >>> (32768 * MuLaw()(np.array([0.5, -0.001, 2.0], np.float32), sample_rate=8000)).tolist()
    [16764.0, -32.0, 32124.0]
    """

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        return lambda block, last: _mu_law(block)


def _mu_law(block: Wave) -> Wave:
    import soundfile

    from augkit.audio.files.writing import as_integers

    if not block.size:
        return block
    kind: dict[str, Any] = {"format": "RAW", "subtype": "ULAW"}
    coded = io.BytesIO()
    levels = as_integers(np.clip(block, -1, 1), 16)
    soundfile.write(coded, levels.reshape(-1), 8000, **kind)
    coded.seek(0)
    decoded, _ = soundfile.read(coded, dtype="int16", samplerate=8000, channels=1, **kind)
    back: Wave = decoded.reshape(block.shape).astype(np.float32) / np.float32(1 << 15)
    return back
