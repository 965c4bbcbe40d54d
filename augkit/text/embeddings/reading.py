"""Files of word vectors as others write them: GloVe, word2vec (text and binary) and fastText's .vec.

All text formats are lines of a word and its numbers; word2vec and fastText put a line with the
count of words and of numbers before them, GloVe does not. The binary form of word2vec has the same
first line, then a word, a blank, and the numbers as little-endian floats of 32 bits.
"""

from __future__ import annotations

import gzip
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.core.errors import MissingPartError, UnreadableError

__all__ = ["FORMATS", "Block", "Header", "blocks", "read_header"]

FORMATS = ("text", "binary")
"""``text`` is GloVe, word2vec and fastText's .vec; ``binary`` is word2vec's."""

_CHUNK = 1 << 22  # bytes that are read and parsed together
_LONGEST_WORD = 1 << 16  # a file without a blank in so many bytes holds no vectors
_WIDEST = 1 << 16  # numbers per word


class Header(NamedTuple):
    """What a file says of itself.

    Attributes:
        format: one of `FORMATS`.
        total: how many words it says it has; None where it does not say.
        width: how many numbers each word has.
        start: the byte where the first word begins.
    """

    format: str
    total: int | None
    width: int
    start: int


class Block(NamedTuple):
    """Some words, as the bytes they are in the file, and their vectors (words, width)."""

    words: list[bytes]
    vectors: NDArray[np.float32]


def _open(path: Path) -> IO[bytes]:
    try:
        if path.suffix == ".gz":
            opened: Any = gzip.open(path, "rb")  # noqa: SIM115
            return opened  # type: ignore[no-any-return]
        return open(path, "rb")
    except FileNotFoundError:
        raise MissingPartError(f"there is no file of word vectors {os.fspath(path)!r}") from None
    except OSError as error:
        raise UnreadableError(f"{os.fspath(path)} cannot be read: {error.strerror}") from None


def read_header(path: Path, format: str | None = None) -> Header:
    """The header of a file, or what its first line tells.

    Args:
        path: of the file; ``.gz`` is unpacked.
        format: one of `FORMATS`; None finds out.

    Raises:
        MissingPartError: there is no such file.
        UnreadableError: it holds no word vectors.
    """
    with _open(path) as file:
        beginning = _read(path, file, _CHUNK)
    if not beginning.strip():
        raise UnreadableError(f"{os.fspath(path)} is empty")
    line, newline, rest = beginning.partition(b"\n")
    fields = line.split()
    if len(fields) == 2 and all(field.isdigit() for field in fields):
        count, width = int(fields[0]), int(fields[1])
        if not 0 < width <= _WIDEST:
            raise UnreadableError(f"{os.fspath(path)}:1: {width} numbers per word cannot be")
        if format is None:
            format = "text" if _is_text(rest, width) else "binary"
        return Header(format, count, width, len(line) + len(newline))
    if format == "binary":
        raise UnreadableError(
            f"{os.fspath(path)}:1: word2vec's binary form begins with the count of words and of "
            f"numbers, got {line[:40]!r}"
        )
    width = len(fields) - 1
    if width < 1 or width > _WIDEST or not _is_text(line, width):
        raise UnreadableError(
            f"{os.fspath(path)}:1: this is no line of a word and its numbers: {line[:60]!r}; known are "
            "GloVe, word2vec (text and binary) and fastText's .vec"
        )
    return Header("text", None, width, 0)


def _is_text(rest: bytes, width: int) -> bool:
    """Whether a line of a word and ``width`` numbers begins here."""
    fields = rest.partition(b"\n")[0].split()[-width:]
    try:
        return [float(field) for field in fields] != []
    except ValueError:
        return False


def blocks(path: Path, header: Header, limit: int | None = None) -> Iterator[Block]:
    """All words with their vectors, some thousands at a time.

    Args:
        path: of the file.
        header: from `read_header`.
        limit: so many words at most: files have the most frequent first.

    Raises:
        UnreadableError: the file is cut short, a line has another number of numbers, or one is
            none; the message says where.
    """
    wanted = limit
    found = 0
    read = _binary if header.format == "binary" else _text
    for block in read(path, header):
        if wanted is not None and len(block.words) > wanted:
            block = Block(block.words[:wanted], block.vectors[:wanted])
        bad = np.flatnonzero(~np.isfinite(block.vectors).all(axis=1))
        if len(bad):
            word = block.words[bad[0]].decode("utf-8", "replace")
            raise UnreadableError(f"{os.fspath(path)}: the vector of {word!r} is not finite")
        found += len(block.words)
        yield block
        if wanted is not None:
            wanted -= len(block.words)
            if not wanted:
                return
    if header.total is not None and found < header.total:
        raise UnreadableError(
            f"{os.fspath(path)} is cut short: it says that it has {header.total} words, and ends after "
            f"{found}"
        )


def _read(path: Path, file: IO[bytes], size: int) -> bytes:
    try:
        return file.read(size)
    except (OSError, EOFError) as error:  # a damaged .gz
        raise UnreadableError(f"{os.fspath(path)} cannot be read: {error}") from None


# -- text ------------------------------------------------------------------------------------------


def _text(path: Path, header: Header) -> Iterator[Block]:
    number = 2 if header.start else 1
    left = None if header.total is None else header.total
    with _open(path) as file:
        _read(path, file, header.start)
        rest = b""
        while left is None or left > 0:
            data = _read(path, file, _CHUNK)
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            if rest.strip() and not data:
                raise UnreadableError(
                    f"{os.fspath(path)} is cut short, or lacks the line end of its last line; if it is "
                    "whole, add one"
                )
            if lines:
                lines = lines if left is None else lines[:left]
                block = _parsed(path, lines, number, header.width)
                number += len(lines)
                if left is not None:
                    left -= len(block.words)
                if block.words:
                    yield block
            if not data:
                return


def _parsed(path: Path, lines: Sequence[bytes], number: int, width: int) -> Block:
    words: list[bytes] = []
    numbers: list[bytes] = []
    for turn, line in enumerate(lines):
        stripped = line.rstrip(b" \r\t")
        word, _, values = stripped.partition(b" ")
        if not word or values.count(b" ") != width - 1 or b"\t" in line or b"  " in line:
            if not stripped:
                continue
            word, values = _carefully(path, stripped, number + turn, width)
        words.append(word)
        numbers.append(values)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # what NumPy before 2.3 says
            vectors = np.fromstring(b" ".join(numbers), np.float32, sep=" ")
        return Block(words, vectors.reshape(len(words), width))
    except (ValueError, DeprecationWarning):  # something among them is no number: say where
        for turn, line in enumerate(lines):
            if line.strip():
                _carefully(path, line, number + turn, width)
        raise


def _carefully(path: Path, line: bytes, number: int, width: int) -> tuple[bytes, bytes]:
    """The word, which may have blanks inside, and the numbers of a line; an error that names it."""
    fields = line.split()
    values, inside = fields[-width:], fields[1:-width]
    if len(fields) <= width or (inside and all(map(_is_number, inside))):
        raise UnreadableError(
            f"{os.fspath(path)}:{number}: {len(fields) - 1} numbers, where the others have {width}; "
            "the file may be cut short"
        )
    for value in values:
        if not _is_number(value):
            raise UnreadableError(f"{os.fspath(path)}:{number}: {value[:20]!r} is no number")
    return b" ".join(fields[:-width]), b" ".join(values)


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


# -- binary ----------------------------------------------------------------------------------------


def _binary(path: Path, header: Header) -> Iterator[Block]:
    size = 4 * header.width
    left = header.total or 0
    with _open(path) as file:
        _read(path, file, header.start)
        buffer = b""
        while left:
            data = _read(path, file, _CHUNK)
            buffer += data
            words: list[bytes] = []
            vectors: list[bytes] = []
            position = 0
            while len(words) < left:
                blank = buffer.find(b" ", position, position + _LONGEST_WORD)
                if blank < 0 or blank + 1 + size > len(buffer):
                    break
                # The tool of word2vec ends every vector with a line end, gensim does not.
                words.append(buffer[position:blank].lstrip(b"\n"))
                vectors.append(buffer[blank + 1 : blank + 1 + size])
                position = blank + 1 + size
            if len(buffer) - position > _LONGEST_WORD + size and len(words) < left:
                raise UnreadableError(
                    f"{os.fspath(path)}: no word begins at byte {header.start + position}"
                )
            buffer = buffer[position:]
            left -= len(words)
            if words:
                made = np.frombuffer(b"".join(vectors), "<f4").astype(np.float32)
                yield Block(words, made.reshape(-1, header.width))
            if not data:
                return  # `blocks` sees that words are missing
