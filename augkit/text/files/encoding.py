"""From bytes to lines and back, with nothing lost: byte order marks and line ends are kept."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from augkit.core.errors import UnreadableError

__all__ = ["Encoding", "line_end", "lines_of", "whole_of"]

_MARKS = (  # the longer before those they begin with
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Encoding:
    """How the characters of a file are written: the name of the encoding and the mark before them.

    >>> Encoding("utf-16-le").encode("a")
    b'a\\x00'
    """

    name: str
    mark: bytes = b""

    @classmethod
    def of(cls, path: Path, told: str) -> Encoding:
        """Of a file: a byte order mark says it; otherwise it is as told."""
        with open(path, "rb") as file:
            head = file.read(1024)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return cls(name, mark)
        name = codecs.lookup(told).name
        # Valid in UTF-8, but no text: every other byte of Latin letters in UTF-16 is zero.
        if name == "utf-8" and len(head) > 3 and head.count(0) * 4 > len(head):
            raise UnreadableError(
                f"{path}:1: more than a quarter of it is NUL characters, as in UTF-16 without a "
                "byte order mark; if it is text, say so with --encoding utf-16-le or utf-16-be"
            )
        return cls(name)

    def encode(self, text: str) -> bytes:
        """As bytes, without the mark."""
        return text.encode(self.name)


def lines_of(path: Path, encoding: Encoding) -> Iterator[str]:
    r"""The lines of a file with their ends; only ``\n``, ``\r\n`` and ``\r`` end one.

    What `str.splitlines` also takes for an end (U+2028, U+0085, form feed) is content.
    """
    with open(path, "rb") as file:
        file.seek(len(encoding.mark))
        with io.TextIOWrapper(file, encoding.name, newline="") as lines:
            try:
                yield from lines
            except UnicodeDecodeError:
                raise _misfit(path, encoding) from None


def whole_of(path: Path, encoding: Encoding) -> str:
    """All of a file as one text, its line ends as they are."""
    return "".join(lines_of(path, encoding))


def line_end(line: str) -> str:
    r"""The end of a line: ``\n``, ``\r\n``, ``\r`` or nothing.

    >>> line_end("a\r\n")
    '\r\n'
    """
    if line.endswith("\r\n"):
        return "\r\n"
    return line[-1:] if line.endswith(("\n", "\r")) else ""


def _misfit(path: Path, encoding: Encoding) -> UnreadableError:
    """Where the bytes of a file are not of its encoding, as file:line."""
    decoder = codecs.getincrementaldecoder(encoding.name)()
    line = 1
    with open(path, "rb") as file:
        file.seek(len(encoding.mark))
        for block in iter(lambda: file.read(1 << 18), b""):
            try:
                line += _ends(decoder.decode(block))
            except UnicodeDecodeError as error:
                line += _ends(error.object[: error.start].decode(encoding.name, "ignore"))
                reason = f"byte 0x{error.object[error.start]:02x} is not {encoding.name}"
                break
        else:
            reason = f"it ends in the middle of a character of {encoding.name}"
    return UnreadableError(
        f"{path}:{line}: {reason}; say what it is with --encoding (latin-1, cp1252, utf-16 ...)"
    )


def _ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
