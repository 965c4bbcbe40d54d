"""What libsndfile leaves open in a container: cut-off files, and bytes that differ by the clock.

Files are sequences of chunks (WAV: RIFF, little-endian; AIFF: IFF, big-endian) or pages (Ogg).
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from augkit.core.errors import UnreadableError

__all__ = ["check_complete", "settle_bytes"]

_PAGE = 27  # bytes of the fixed part of an Ogg page
_LAST_PAGE = 4  # flag of the page that ends a stream
_UNKNOWN = 0xFFFFFFFF  # the length of a chunk written before it was known
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Chunk(NamedTuple):
    """A chunk of a RIFF or IFF file: its name, where its content begins, how long it says it is."""

    name: bytes
    start: int
    length: int


def check_complete(stream: IO[bytes], format: str) -> None:
    """Raise `UnreadableError` where a file ends before its header says.

    libsndfile takes what is left of a WAV, AIFF or Ogg file for the whole.
    """
    size = stream.seek(0, os.SEEK_END)
    if format in ("wav", "aiff"):
        for name, start, length in _chunks(stream):
            if name in (b"data", b"SSND") and length != _UNKNOWN and start + length > size:
                missing = start + length - size
                raise UnreadableError(
                    f"is truncated ({missing} of {length} bytes of sound are missing)"
                )
    elif format in ("ogg", "opus"):
        stream.seek(max(0, size - 65_536 - 512))
        tail = stream.read()
        last = tail.rfind(b"OggS")
        if last < 0 or len(tail) < last + _PAGE or not tail[last + 5] & _LAST_PAGE:
            raise UnreadableError("is truncated (the last page of the stream is missing)")
        lengths = tail[last + _PAGE : last + _PAGE + tail[last + 26]]
        if len(tail) < last + _PAGE + len(lengths) + sum(lengths):
            raise UnreadableError("is truncated (the last page of the stream is cut off)")
    stream.seek(0)


def settle_bytes(stream: IO[bytes], format: str) -> None:
    """Take out of a file just written what does not follow from its content.

    The time of writing in the PEAK chunk of floating-point WAV and AIFF files, and the random
    serial number of Ogg streams.
    """
    if format in ("wav", "aiff"):
        for name, start, _ in _chunks(stream):
            if name == b"PEAK":
                stream.seek(start + 4)  # after the version
                stream.write(bytes(4))
                return
    elif format in ("ogg", "opus"):
        _number_pages(stream)


def _chunks(stream: IO[bytes]) -> Iterator[Chunk]:
    stream.seek(0)
    head = stream.read(12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RIFX", b"FORM"):
        return  # RF64 says its lengths elsewhere
    order = "<" if head[:4] == b"RIFF" else ">"
    place = 12
    while True:
        stream.seek(place)
        head = stream.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack(f"{order}4sI", head)
        yield Chunk(name, place + 8, length)
        if length == _UNKNOWN:
            return
        place += 8 + length + length % 2


def _number_pages(stream: IO[bytes]) -> None:
    """Give every page of an Ogg stream the serial number 1, and its checksum again."""
    place = 0
    while True:
        stream.seek(place)
        head = bytearray(stream.read(_PAGE))
        if len(head) < _PAGE:
            return
        lengths = stream.read(head[26])
        body = stream.read(sum(lengths))
        head[14:18] = struct.pack("<I", 1)
        head[22:26] = bytes(4)
        head[22:26] = struct.pack("<I", ogg_checksum(bytes(head) + lengths + body))
        stream.seek(place)
        stream.write(head)
        place += _PAGE + len(lengths) + len(body)


def ogg_checksum(page: bytes) -> int:
    """The CRC-32 of an Ogg page (RFC 3533): the polynomial of zlib's, bits the other way round.

    >>> hex(ogg_checksum(b"OggS"))
    '0x5fb0a94f'
    """
    reflected = zlib.crc32(page.translate(_REVERSED), _UNKNOWN) ^ _UNKNOWN
    return int(f"{reflected:032b}"[::-1], 2)
