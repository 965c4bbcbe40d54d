"""Sound files into arrays: every file gives samples, or a plain reason.

The content decides what a file is, never its name; the size in its header is checked before
anything is decoded, and what is decoded is checked against the header.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.files.chunks import check_complete
from augkit.audio.files.options import MAX_SAMPLES, SUFFIXES
from augkit.core.errors import UnreadableError
from augkit.core.media import OTHER_BEGINNINGS, opened, reasons

__all__ = ["Sound", "SoundReader", "in_order", "probe", "read", "sample_type"]

NAMES = {"wav": "WAV", "flac": "FLAC", "ogg": "Ogg Vorbis", "opus": "Ogg Opus", "mp3": "MP3",
         "aiff": "AIFF"}  # fmt: skip
_OTHERS = (
    (b"\x1aE\xdf\xa3", "a Matroska or WebM file, which is not read; convert it"),
    (b"#!AMR", "an AMR file, which is not read; convert it"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
    (b"\x30\x26\xb2\x75", "a WMA file, which is not read; convert it"),
    *OTHER_BEGINNINGS,
)
_DEEP = frozenset({"PCM_32", "DOUBLE"})  # more bits than float32 holds
_RATES = range(1000, 768_001)
BLOCK = 1 << 18
"""Samples that are decoded at a time."""


@dataclass(frozen=True)
class Sound:
    """A decoded sound file.

    Attributes:
        samples: (samples,) or (channels, samples) in [-1, 1]: float32, or float64 where the file
            holds more than 24 bits.
        sample_rate: in Hz.
        facts: JSON-able: ``format``, ``subtype`` (libsndfile's name for how samples are stored),
            ``samples``, ``channels``, ``sample_rate``, ``seconds``, and ``notes`` in words where
            something was odd.
    """

    samples: NDArray[Any]
    sample_rate: int
    facts: dict[str, Any] = field(default_factory=dict)


@cache
def in_order() -> Any:
    """`soundfile.SoundFile` for reading from begin to end.

    It would seek to where it stands after each read, from which MP3 goes on with other last bits.
    """
    import soundfile

    class InOrder(soundfile.SoundFile):  # type: ignore[misc]
        def seekable(self) -> bool:
            return False

    return InOrder


class SoundReader:
    """An open sound file that is decoded block by block; see `SoundReader.open`."""

    def __init__(self, file: Any, facts: dict[str, Any]) -> None:
        import soundfile

        self._error = soundfile.LibsndfileError
        self._file = file
        self.facts = facts
        self.dtype = sample_type(facts["subtype"])

    @classmethod
    @contextmanager
    def open(cls, path: str | os.PathLike[str]) -> Iterator[SoundReader]:
        """A reader of a file whose header is sound; `UnreadableError` with the reason otherwise."""
        with opened(path) as stream, reasons():
            file, facts = _header(stream, os.fspath(path))
            with file:
                yield cls(file, facts)

    def blocks(self, length: int = BLOCK) -> Iterator[NDArray[Any]]:
        """All samples as arrays (channels, at most ``length``), in order.

        Raises `UnreadableError` where the file ends before its header says.
        """
        seen = 0
        while True:
            try:
                block = self._file.read(length, self.dtype.name, always_2d=True)
            except self._error:
                raise UnreadableError(
                    f"is truncated or damaged (about {seen} of {self.facts['samples']} samples "
                    "can be decoded)"
                ) from None
            if len(block):
                yield np.ascontiguousarray(block.T)
            seen += len(block)
            if len(block) < length:
                break
        if seen < self.facts["samples"] < 1 << 48:  # above: unknown to the header
            raise UnreadableError(
                f"is truncated ({seen} of {self.facts['samples']} samples can be decoded)"
            )

    def finite_blocks(self, length: int = BLOCK) -> Iterator[NDArray[Any]]:
        """The same; `UnreadableError` where the file holds NaN or infinity."""
        for block in self.blocks(length):
            if not np.isfinite(block).all():
                raise UnreadableError("holds NaN or infinity; repair the file")
            yield block


def sample_type(subtype: str) -> np.dtype[Any]:
    """What samples are decoded to, by libsndfile's name for how they are stored."""
    return np.dtype("float64" if subtype in _DEEP else "float32")


def read(path: str | os.PathLike[str], *, max_samples: int = MAX_SAMPLES) -> Sound:
    """Read a sound file.

    Args:
        path: of a regular file.
        max_samples: files with more samples (of all channels) are refused.

    Raises:
        UnreadableError: the file cannot be used; the message says why.

    >>> import tempfile, pathlib
    >>> from augkit.audio.files import write
    >>> path = pathlib.Path(tempfile.mkdtemp(), "two.wav")
    >>> _ = write(path, np.array([0.25, -0.5], np.float32), 8000)
    >>> read(path).samples.tolist(), read(path).sample_rate
    ([0.25, -0.5], 8000)
    """
    with SoundReader.open(path) as reader:
        facts = reader.facts
        check_size(facts, max_samples)
        blocks, most = [], max_samples // facts["channels"]
        for block in reader.finite_blocks(max(1, BLOCK // facts["channels"])):
            blocks.append(block)
            most -= block.shape[1]
            if most < 0:  # the header did not know
                raise UnreadableError(f"is too long: more than {max_samples} samples (max_samples)")
    if not blocks:
        raise UnreadableError("has no samples: its sound has length 0")
    samples = np.concatenate(blocks, axis=1)
    facts = facts | _length(samples.shape[1], facts["sample_rate"])
    return Sound(samples[0] if len(samples) == 1 else samples, facts["sample_rate"], facts)


def probe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Format, subtype, samples, channels, sample rate and seconds from the header alone.

    Raises:
        UnreadableError: it cannot be used, as far as the header tells.
    """
    with SoundReader.open(path) as reader:
        return reader.facts


def check_size(facts: dict[str, Any], max_samples: int) -> None:
    """Raise `UnreadableError` where a header promises more samples than are allowed."""
    count = facts["samples"] * facts["channels"]
    if count > max_samples and facts["samples"] < 1 << 48:
        raise UnreadableError(
            f"is too long: {facts['samples']} samples in {facts['channels']} channels, "
            f"{max_samples / 1e6:.0f} million are allowed in all (max_samples)"
        )


def _length(samples: int, sample_rate: int) -> dict[str, Any]:
    return {"samples": samples, "seconds": round(samples / sample_rate, 6)}


def _format(beginning: bytes) -> str:
    if not beginning:
        raise UnreadableError("is empty (0 bytes)")
    if beginning[:4] in (b"RIFF", b"RIFX", b"RF64") and beginning[8:12] == b"WAVE":
        return "wav"
    if beginning[:4] == b"FORM" and beginning[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if beginning.startswith(b"fLaC"):
        return "flac"
    if beginning.startswith(b"OggS"):
        return "opus" if b"OpusHead" in beginning else "ogg"
    if beginning[:3] == b"ID3":
        return "mp3"
    if beginning[0] == 0xFF and beginning[1:2] and beginning[1] & 0xE0 == 0xE0:
        if beginning[1] & 0x06:
            return "mp3"
        raise UnreadableError("is an AAC file, which is not read; convert it")
    if not any(beginning):
        raise UnreadableError("is no sound file: it begins with zeros, perhaps a broken download")
    if beginning[4:8] == b"ftyp":
        raise UnreadableError("is an MP4 or M4A file, which is not read; convert it")
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, what in _OTHERS:
        if text.startswith(magic.lower()):
            raise UnreadableError(f"is no sound file but {what}")
    known = ", ".join(NAMES.values())
    raise UnreadableError(
        f"is no sound file of a known format ({known}); it begins with {beginning[:8]!r}"
    )


def _header(stream: IO[bytes], name: str) -> tuple[Any, dict[str, Any]]:
    """The file as libsndfile opens it, and what its header says."""
    import soundfile

    found = _format(stream.read(64))
    check_complete(stream, found)
    os.lseek(stream.fileno(), 0, os.SEEK_SET)  # a buffered stream may not have moved
    try:
        # A handle of its own, which libsndfile closes; Python's stream is not read meanwhile.
        file = in_order()(os.dup(stream.fileno()), closefd=True)
    except soundfile.LibsndfileError as error:
        said = error.error_string.rstrip(". ")
        raise UnreadableError(f"is a damaged {NAMES[found]} file ({said})") from None
    if found == "mp3" and file.format == "FLAC":  # both may begin with an ID3 tag
        found = "flac"
    rate, samples = file.samplerate, file.frames
    problem = ""
    if rate not in _RATES:
        problem = f"says {rate} Hz; sample rates from 1000 to 768000 are read"
    elif samples <= 0:
        problem = "has no samples: its sound has length 0"
    if problem:
        file.close()
        raise UnreadableError(problem)
    facts = {
        "format": found,
        "subtype": file.subtype,
        "channels": file.channels,
        "sample_rate": rate,
        **_length(samples, rate),
    }
    suffix = os.path.splitext(name)[1].lower()
    named = SUFFIXES.get(suffix, found)
    if named != found and {named, found} != {"ogg", "opus"}:
        facts["notes"] = [f"is named {suffix} and holds {NAMES[found]}"]
    return file, facts
