"""Arrays into sound files: the same samples and options give the same bytes."""

from __future__ import annotations

import io
import os
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.files.chunks import settle_bytes
from augkit.audio.files.options import SUFFIXES, FileOptions
from augkit.core.errors import UnreadableError

__all__ = ["SoundWriter", "encode", "write"]

_DEFAULTS = FileOptions()
_CONTAINERS = {"wav": "WAV", "aiff": "AIFF", "flac": "FLAC", "ogg": "OGG", "opus": "OGG",
               "mp3": "MP3"}  # fmt: skip
_CODECS = {"ogg": "VORBIS", "opus": "OPUS", "mp3": "MPEG_LAYER_III"}
_BITS = {"16": "PCM_16", "24": "PCM_24", "32": "PCM_32", "float": "FLOAT"}
_KEPT = {
    "wav": ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"),
    "aiff": ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"),
    "flac": ("PCM_S8", "PCM_16", "PCM_24"),
}
_EIGHT = {"wav": "PCM_U8", "aiff": "PCM_S8", "flac": "PCM_S8"}
_INTEGER_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_DEPTH = _INTEGER_BITS | {"FLOAT": 32, "DOUBLE": 64}
_RATES = {
    "mp3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
    "opus": (8000, 12000, 16000, 24000, 48000),
}
_CHANNELS = {"mp3": 2, "flac": 8, "opus": 8, "ogg": 255, "wav": 1024, "aiff": 1024}
_LARGEST = (1 << 32) - (1 << 16)  # bytes of sound whose length WAV and AIFF headers can say
_BLOCK = 1 << 16  # frames per call: encoders may cut pages by calls, so it is always the same


class _Sink:
    """A stream as libsndfile writes to it; an error is kept, since it cannot pass through C."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        if self.error is None:
            try:
                self.stream.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def seek(self, place: int, whence: int = 0) -> int:
        return self.stream.seek(place, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def read(self, count: int = -1) -> bytes:
        return self.stream.read(count)


class SoundWriter:
    """Writes a sound file block by block; however it is cut into blocks, the bytes are the same.

    Args:
        stream: an empty binary file that can be read and written at any place.
        suffix: decides the format, such as ``".flac"``.
        channels, sample_rate: of the sound.
        options: bits, quality and the like.
        source: the facts of the file the sound was made from, for what is kept of them.

    Raises:
        UnreadableError: such sound cannot be written in this format.
    """

    def __init__(
        self,
        stream: IO[bytes],
        suffix: str,
        channels: int,
        sample_rate: int,
        options: FileOptions = _DEFAULTS,
        source: dict[str, Any] | None = None,
    ) -> None:
        import soundfile

        self.format = _format(suffix)
        self.notes: list[str] = []
        _check(self.format, channels, sample_rate)
        self.subtype = _subtype(self.format, options, source or {}, self.notes)
        self._stream = stream
        self._sink = _Sink(stream)
        more: dict[str, Any] = {}
        if self.format in ("ogg", "mp3"):
            more["compression_level"] = 1 - options.quality / 100
        if self.format == "mp3":
            more["bitrate_mode"] = "VARIABLE"
        try:
            self._file = soundfile.SoundFile(
                self._sink, "w", sample_rate, channels, self.subtype,
                format=_CONTAINERS[self.format], **more,
            )  # fmt: skip
        except soundfile.LibsndfileError as error:
            self._raise(error.error_string)
        self._channels, self._rate = channels, sample_rate
        self._waiting: list[NDArray[Any]] = []
        self._wait = 0
        self._samples = 0
        self._clipped = 0

    def __enter__(self) -> SoundWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._file.closed:
            self._file.close()

    def write(self, block: NDArray[Any]) -> None:
        """Add samples (channels, samples)."""
        ready = np.concatenate([*self._waiting, block], axis=1) if self._wait else block
        ends = ready.shape[1] - ready.shape[1] % _BLOCK
        for start in range(0, ends, _BLOCK):
            self._put(ready[:, start : start + _BLOCK])
        # A copy: the caller may write its next block to the same memory.
        self._waiting, self._wait = [ready[:, ends:].copy()], ready.shape[1] - ends

    def close(self) -> dict[str, Any]:
        """End the file; the facts about it."""
        if self._wait:
            self._put(np.concatenate(self._waiting, axis=1))
        if not self._samples:
            raise UnreadableError("the result has no samples; nothing is left of the sound")
        self._file.close()
        if self._sink.error is not None:
            raise self._sink.error
        settle_bytes(self._stream, self.format)
        facts: dict[str, Any] = {
            "format": self.format,
            "subtype": self.subtype,
            "channels": self._channels,
            "sample_rate": self._rate,
            "samples": self._samples,
            "seconds": round(self._samples / self._rate, 6),
        }
        if self._clipped:
            facts["clipped"] = self._clipped
            self.notes.append(f"{self._clipped} samples were beyond full scale and were clipped")
        if self.notes:
            facts["notes"] = self.notes
        return facts

    def _put(self, block: NDArray[Any]) -> None:
        import soundfile

        values = as_float(block)
        if not np.isfinite(values).all():
            raise UnreadableError("the result holds NaN or infinity")
        self._samples += block.shape[1]
        bits = _INTEGER_BITS.get(self.subtype)
        size = block.shape[0] * self._samples * _DEPTH.get(self.subtype, 0) // 8
        if self.format in ("wav", "aiff") and size > _LARGEST:
            raise UnreadableError(
                f"would be longer than the 4 GiB a {self.format} file can hold; choose flac or ogg"
            )
        if self.subtype not in ("FLOAT", "DOUBLE"):
            beyond = np.abs(values) > 1
            if beyond.any():
                self._clipped += int(beyond.sum())
                values = np.clip(values, -1, 1)
        try:
            self._file.write(
                np.ascontiguousarray((as_integers(values, bits) if bits else values).T)
            )
        except soundfile.LibsndfileError as error:
            self._raise(error.error_string)
        if self._sink.error is not None:
            raise self._sink.error

    def _raise(self, said: str) -> None:
        if self._sink.error is not None:
            raise self._sink.error
        raise UnreadableError(f"cannot be written as {self.format}: {said}") from None


def encode(
    samples: NDArray[Any],
    sample_rate: int,
    suffix: str,
    options: FileOptions = _DEFAULTS,
    *,
    source: dict[str, Any] | None = None,
) -> tuple[bytes, dict[str, Any]]:
    """A sound file in memory, and facts about it.

    Args:
        samples: (samples,) or (channels, samples): float32 or float64 in [-1, 1], int16 or int32.
        sample_rate: in Hz.
        suffix: decides the format, such as ``".flac"``.
        options: bits, quality and the like.
        source: the facts of the file the sound was made from, for what is kept of them.

    Returns:
        The bytes; and ``format``, ``subtype``, ``channels``, ``sample_rate``, ``samples``,
        ``seconds``, ``clipped`` (how many samples were beyond full scale) and ``notes``.

    Raises:
        UnreadableError: this sound cannot be written in this format.

    >>> data, facts = encode(np.zeros(8000, np.float32), 8000, ".wav")
    >>> len(data), facts["subtype"], facts["seconds"]
    (16044, 'PCM_16', 1.0)
    """
    buffer = io.BytesIO()
    facts = _written(buffer, samples, sample_rate, suffix, options, source)
    return buffer.getvalue(), facts


def write(
    path: str | os.PathLike[str],
    samples: NDArray[Any],
    sample_rate: int,
    options: FileOptions = _DEFAULTS,
    *,
    source: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a sound file; the suffix of ``path`` decides the format. Facts as from `encode`."""
    with open(path, "w+b") as file:
        suffix = os.path.splitext(path)[1]
        return _written(file, samples, sample_rate, suffix, options, source)


def as_float(samples: NDArray[Any]) -> NDArray[Any]:
    """Samples as floating point in [-1, 1]: int16 as float32, int32 as float64."""
    if samples.dtype == np.int16:
        return samples.astype(np.float32) / np.float32(1 << 15)
    if samples.dtype == np.int32:
        return samples.astype(np.float64) / (1 << 31)
    return samples


def as_integers(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Values in [-1, 1] as integers of ``bits``, rounded, in the upper bits of int16 or int32.

    ``k / 2**(bits - 1)`` is written as ``k`` again; libsndfile's own conversion is not its inverse.
    """
    top = 1 << (bits - 1)
    wide = values.astype(np.float64) if bits == 32 else values
    levels = np.clip(np.rint(wide * wide.dtype.type(top)), -top, top - 1)
    if bits <= 16:
        return levels.astype(np.int16) << (16 - bits)
    return levels.astype(np.int64).astype(np.int32) << (32 - bits)


def _written(
    stream: IO[bytes],
    samples: NDArray[Any],
    sample_rate: int,
    suffix: str,
    options: FileOptions,
    source: dict[str, Any] | None,
) -> dict[str, Any]:
    known = ("float32", "float64", "int16", "int32")
    if samples.ndim not in (1, 2) or samples.dtype.name not in known:
        raise UnreadableError(
            f"the result is no sound: shape {samples.shape}, {samples.dtype}; it must be "
            f"(samples,) or (channels, samples) of {', '.join(known)}"
        )
    table = np.atleast_2d(samples)
    with SoundWriter(stream, suffix, len(table), sample_rate, options, source) as writer:
        writer.write(table)
        return writer.close()


def _format(suffix: str) -> str:
    name = SUFFIXES.get(suffix.lower())
    if name is None:
        raise UnreadableError(f"cannot be written as {suffix}; choose {', '.join(_CONTAINERS)}")
    return name


def _check(format: str, channels: int, sample_rate: int) -> None:
    if not 1 <= channels <= _CHANNELS[format]:
        raise UnreadableError(
            f"has {channels} channels and {format} holds at most {_CHANNELS[format]}; choose wav"
        )
    rates = _RATES.get(format)
    if rates and sample_rate not in rates:
        raise UnreadableError(
            f"has {sample_rate} Hz, which {format} does not hold; choose --sample-rate "
            f"{min(rates, key=lambda rate: (rate < sample_rate, abs(rate - sample_rate)))} "
            "or another format"
        )


def _subtype(format: str, options: FileOptions, source: dict[str, Any], notes: list[str]) -> str:
    """How samples are stored."""
    if format in _CODECS:
        kept = source.get("subtype") == "OPUS" and format == "ogg" and options.format == "keep"
        return "OPUS" if kept else _CODECS[format]
    if options.bits != "keep":
        return _BITS[str(options.bits)]
    stored = source.get("subtype", "PCM_16")
    if stored in _KEPT[format]:
        return str(stored)
    if stored in ("PCM_U8", "PCM_S8"):
        return _EIGHT[format]
    if format == "flac" and stored in ("PCM_32", "FLOAT", "DOUBLE"):
        notes.append(f"{stored} rounded to 24 bits for flac")
        return "PCM_24"
    return "PCM_16"
