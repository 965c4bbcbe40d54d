"""The marks of compression, made by the real codecs."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from augkit.audio.base import WaveformTransform
from augkit.audio.blocks import Blocks, Player, Processor, Survey
from augkit.audio.levels import Peak
from augkit.audio.sample import Wave
from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params

__all__ = ["Mp3", "MuLaw", "Vorbis"]


_AT_ONCE = 1 << 16  # samples that are decoded at a time


class _Encoder(Protocol):
    """Writes blocks (channels, samples) to a file, in the format of a codec."""

    def write(self, block: Wave) -> None: ...

    def close(self) -> object: ...


@dataclass(frozen=True)
class _Coded(WaveformTransform):
    """Through a codec and back: the length and the place of every sample stay."""

    most_channels: ClassVar[int] = 255
    rates: ClassVar[tuple[int, ...]] = ()
    delay: ClassVar[int] = 0  # samples that come back before the first

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        if not audio.size:
            return audio
        params = {**params, "peak": float(np.abs(audio).max())}
        channels, length = audio.shape
        coding = _Coding(self, params, sample_rate, channels, length, io.BytesIO)
        return np.concatenate([block for block, _ in coding(iter([(audio, True)]))], axis=1)

    def survey(self, params: Params, sample_rate: float, channels: int, length: int) -> Survey:
        return Peak()

    def player(self, params: Params, sample_rate: float, channels: int, length: int) -> Player:
        return _Coding(self, params, sample_rate, channels, length, tempfile.TemporaryFile)

    def rate(self, sample_rate: float) -> int:
        """The rate the codec works at: the lowest it has that loses nothing."""
        if not self.rates:
            return round(sample_rate)
        return min(self.rates, key=lambda rate: (rate < sample_rate, abs(rate - sample_rate)))

    def encoder(self, file: Any, channels: int, rate: int, quality: int) -> _Encoder:
        """Writes to an empty file."""
        raise NotImplementedError


class _Coding:
    """All blocks of a sound into files of a codec, and back.

    Args:
        codec: the transform.
        params: its quality, and the peak of the sound.
        sample_rate, channels, length: of the sound.
        file: makes an empty one.
    """

    def __init__(
        self,
        codec: _Coded,
        params: Params,
        sample_rate: float,
        channels: int,
        length: int,
        file: Callable[[], Any],
    ) -> None:
        self._codec, self._quality = codec, params["quality"]
        # Codecs clip at full scale; a float sound is not clipped here.
        self._peak = np.float32(max(1.0, params["peak"]))
        self._rate, self._coded_rate = round(sample_rate), codec.rate(sample_rate)
        self._channels, self._length, self._file = channels, length, file

    def __call__(self, sound: Blocks) -> Blocks:
        """All blocks of the result."""
        most, channels = self._codec.most_channels, self._channels
        parts = [slice(first, first + most) for first in range(0, channels, most)]
        with ExitStack() as files:
            there = [files.enter_context(self._file()) for _ in parts]
            encoders = [
                self._codec.encoder(
                    file, len(range(channels)[part]), self._coded_rate, self._quality
                )
                for file, part in zip(there, parts, strict=True)
            ]
            change = self._change(self._length, self._rate, self._coded_rate)
            length = 0
            for block, last in sound:
                scaled = block / self._peak if self._peak > 1 else block
                coded = change(scaled, last)
                length += coded.shape[1]
                for encoder, part in zip(encoders, parts, strict=True):
                    if coded.shape[1]:
                        encoder.write(coded[part])
            for encoder in encoders:
                encoder.close()
            back = self._change(length, self._coded_rate, self._rate)
            left = self._length
            for parts_made in zip(*(self._decoded(file, length) for file in there), strict=True):
                length -= parts_made[0].shape[1]
                made = back(np.concatenate(parts_made), length == 0)[:, :left]
                left -= made.shape[1]
                if length == 0 and left:  # the codecs of today give all, this keeps it so
                    made = np.pad(made, ((0, 0), (0, left)))
                yield (made * self._peak if self._peak > 1 else made), length == 0

    def _change(self, length: int, rate: int, target: int) -> Processor:
        """To another sample rate, each channel by itself."""
        if rate == target:
            return lambda block, last: block
        from augkit.audio.files.rate import RateChange

        changes = [RateChange(1, length, rate, target, np.float32) for _ in range(self._channels)]
        return lambda block, last: np.concatenate(
            [change(one[None], last) for change, one in zip(changes, block, strict=True)]
        )

    def _decoded(self, file: Any, length: int) -> Iterator[Wave]:
        """So many samples from what was written to a file."""
        from augkit.audio.files.reading import in_order

        file.seek(0)
        with in_order()(file) as decoder:
            begin = self._codec.delay
            while length:
                block = decoder.read(_AT_ONCE, "float32", always_2d=True, fill_value=0)
                wave = np.ascontiguousarray(block[begin : begin + length].T)
                begin = 0
                length -= wave.shape[1]
                yield wave


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

    def encoder(self, file: Any, channels: int, rate: int, quality: int) -> _Encoder:
        return _Lame(file, channels, rate, quality)


class _Lame:
    """Writes MP3."""

    def __init__(self, file: Any, channels: int, rate: int, quality: int) -> None:
        import lameenc

        there = next(bit_rates for highest, bit_rates in _BIT_RATES if rate <= highest)
        encoder = lameenc.Encoder()
        encoder.silence()
        encoder.set_channels(channels)
        encoder.set_in_sample_rate(rate)
        encoder.set_out_sample_rate(rate)  # it would choose a lower one for a low bit rate
        encoder.set_bit_rate(there[round((quality - 1) / 99 * (len(there) - 1))])
        encoder.set_quality(7)
        self._encoder, self._file = encoder, file

    def write(self, block: Wave) -> None:
        from augkit.audio.files.writing import as_integers

        self._file.write(self._encoder.encode(as_integers(block, 16).T.tobytes()))

    def close(self) -> None:
        self._file.write(self._encoder.flush())


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

    def encoder(self, file: Any, channels: int, rate: int, quality: int) -> _Encoder:
        from augkit.audio.files import FileOptions, SoundWriter

        return SoundWriter(file, ".ogg", channels, rate, FileOptions(quality=quality))


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
