"""What can be chosen about sound files, and the formats there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from augkit.core.errors import SpecError
from augkit.core.media import choice_problems, number_problems, options_from

__all__ = ["MAX_SAMPLES", "SUFFIXES", "FileOptions", "output_suffix"]

MAX_SAMPLES = 1 << 28
"""Samples (of all channels) of the longest file that is read whole unless told otherwise: 1 GiB."""

SUFFIXES = {
    ".wav": "wav",
    ".wave": "wav",
    ".flac": "flac",
    ".ogg": "ogg",
    ".oga": "ogg",
    ".opus": "opus",
    ".mp3": "mp3",
    ".aif": "aiff",
    ".aiff": "aiff",
    ".aifc": "aiff",
}
"""The format a file's name promises; what is inside decides."""

WRITTEN = {
    "wav": ".wav",
    "flac": ".flac",
    "ogg": ".ogg",
    "opus": ".opus",
    "mp3": ".mp3",
    "aiff": ".aiff",
    "npy": ".npy",
}
BITS = ("keep", "16", "24", "32", "float")


@dataclass(frozen=True)
class FileOptions:
    """How sound files are read and written.

    Attributes:
        format: ``keep`` (the format the source's name says), ``wav``, ``flac``, ``ogg`` (Vorbis),
            ``opus``, ``mp3`` or ``aiff``; ``npy`` for spectrograms, which no sound file holds.
        bits: per sample, of WAV, AIFF and FLAC: ``keep`` (those of the source; 16 where the source
            was lossy), ``16``, ``24``, ``32`` or ``float``. FLAC holds at most 24.
        quality: of Vorbis and MP3, 1 to 100. 60 is about 110 kbit/s for 44.1 kHz stereo.
        sample_rate: ``keep``, or a rate in Hz that every file is brought to as it is read.
        max_samples: files with more samples (of all channels) are refused before they are decoded,
            unless they are processed block by block.
        stream_above: files with more samples (of all channels) are processed block by block where
            the pipeline allows it; 0: none are.
    """

    format: str = "keep"
    bits: str | int = "keep"
    quality: int = 60
    sample_rate: str | int = "keep"
    max_samples: int = MAX_SAMPLES
    stream_above: int = 0

    def __post_init__(self) -> None:
        problems = [
            *choice_problems("format", self.format, ("keep", *WRITTEN)),
            *choice_problems("bits", str(self.bits), BITS),
            *number_problems("quality", self.quality, 1, 100),
            *number_problems("max_samples", self.max_samples, 1, 1 << 40),
            *number_problems("stream_above", self.stream_above, 0, 1 << 40),
        ]
        if self.rate is None and self.sample_rate != "keep":
            problems.append(
                f"sample_rate must be keep or a whole number of Hz within [1000, 768000], "
                f"got {self.sample_rate!r}"
            )
        if self.format == "flac" and str(self.bits) in ("32", "float"):
            problems.append(f"bits must be 16 or 24 for FLAC, got {self.bits!r}; or choose wav")
        if problems:
            raise SpecError(problems)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> FileOptions:
        """Options from plain data; `SpecError` lists everything that is wrong.

        >>> FileOptions.of({"quality": 90}).quality
        90
        """
        return options_from(cls, options, "sound")

    @property
    def rate(self) -> int | None:
        """The sample rate every file is brought to, or None for its own."""
        text = str(self.sample_rate)
        return int(text) if text.isdecimal() and 1000 <= int(text) <= 768_000 else None


def output_suffix(source_suffix: str, options: FileOptions) -> str:
    """The suffix of what is made from a file with ``source_suffix``; names alone decide.

    >>> output_suffix(".WAV", FileOptions()), output_suffix(".mp3", FileOptions(format="flac"))
    ('.WAV', '.flac')
    """
    source = SUFFIXES.get(source_suffix.lower(), "")
    if source and options.format in ("keep", source):
        return source_suffix
    return WRITTEN["wav" if options.format == "keep" else options.format]
