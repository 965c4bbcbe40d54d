"""The marks of compression, made by the real codecs, in memory."""

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

    most_channels: ClassVar[int] = 255
    rates: ClassVar[tuple[int, ...]] = ()
    delay: ClassVar[int] = 0  # samples that come back before the first

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
        """Coded and back: as many samples, each in its place."""
        import soundfile

        file = io.BytesIO(self._file(audio, rate, quality))
        decoded, _ = soundfile.read(file, dtype="float32", always_2d=True)
        return _fitted(np.ascontiguousarray(decoded.T[:, self.delay :]), audio.shape[1])

    def _file(self, audio: Wave, rate: int, quality: int) -> bytes:
        """The sound as a file of this codec."""
        raise NotImplementedError


def _fitted(audio: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Exactly so many samples; the codecs of today give them, this keeps it so."""
    if audio.shape[1] >= length:
        return audio[:, :length]
    return np.pad(audio, ((0, 0), (0, length - audio.shape[1])))


_BIT_RATES = (
    (12_000, (8, 16, 24, 32, 40, 48, 56, 64)),
    (24_000, (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)),
    (48_000, (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)),
)
"""Sample rates up to which a version of MPEG holds, and its bit rates in kbit/s."""


@dataclass(frozen=True)
class Mp3(_Coded):
    """Write as MP3 and read back (LAME at its fastest setting, mpg123), with a constant bit rate.

    Sounds at rates that MP3 does not have are resampled on the way, more than two channels are
    coded two by two, and what is beyond full scale is scaled down and up again.

    Args:
        quality: a whole number within [1, 100]: the place of the bit rate among those there are, from
            32 to 320 kbit/s above 24 kHz, 8 to 160 above 12 kHz and 8 to 64 below (default: 10 to
            70).

    >>> Mp3(quality=50)(np.zeros(1000, np.float32), sample_rate=16000).shape
    (1000,)
    """

    quality: Number = parameter(
        (10, 70), low=1, high=100, integer=True, doc="of the codec; 100 is the least loss"
    )

    most_channels: ClassVar[int] = 2
    delay: ClassVar[int] = 576 + 529  # of LAME, and of every decoder
    rates: ClassVar[tuple[int, ...]] = (
        *(8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
    )

    def _file(self, audio: Wave, rate: int, quality: int) -> bytes:
        import lameenc

        from augkit.audio.files.writing import as_integers

        there = next(bit_rates for highest, bit_rates in _BIT_RATES if rate <= highest)
        encoder = lameenc.Encoder()
        encoder.silence()
        encoder.set_channels(len(audio))
        encoder.set_in_sample_rate(rate)
        encoder.set_out_sample_rate(rate)  # it would choose a lower one for a low bit rate
        encoder.set_bit_rate(there[round((quality - 1) / 99 * (len(there) - 1))])
        encoder.set_quality(7)
        return bytes(encoder.encode(as_integers(audio, 16).T.tobytes()) + encoder.flush())


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

    def _file(self, audio: Wave, rate: int, quality: int) -> bytes:
        from augkit.audio.files import FileOptions, encode

        data, _ = encode(audio, rate, ".ogg", FileOptions(quality=quality))
        return data


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
