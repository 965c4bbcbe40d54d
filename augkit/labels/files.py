"""Reading and writing small text files, and the one way a number is written in all of them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

from augkit.core.errors import UnreadableError

__all__ = [
    "Json",
    "LabelError",
    "atomic_file",
    "below",
    "checked_relative",
    "existing",
    "location",
    "number",
    "number_text",
    "read_bytes",
    "read_text",
    "write_text",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What `json.dumps` takes and `json.loads` gives."""


class LabelError(UnreadableError):
    """A label file that cannot be used as it is; the message begins with ``file:line``.

    It is a `ValueError`, as every `UnreadableError` of augkit.

    Parameters
    ----------
    message
        What is wrong, what is allowed and what to do.
    path
        The file, or None when no single file is to blame.
    line
        The line in it, from 1, or None when the format has no useful lines.
    """

    # One image's labels are quarantined with the image; what ends a command is what it was given.
    exit_code = 2

    def __init__(
        self, message: str, path: str | os.PathLike[str] | None = None, line: int | None = None
    ) -> None:
        self.message = message
        self.path = None if path is None else os.fspath(path)
        self.line = line
        super().__init__(message, path, line)

    def __str__(self) -> str:
        return f"{location(self.path, self.line)}: {self.message}" if self.path else self.message

    def __reduce__(self) -> tuple[type[LabelError], tuple[str, str | None, int | None]]:
        return type(self), (self.message, self.path, self.line)


def location(path: str | os.PathLike[str] | None, line: int | None = None) -> str:
    """``file:line``, as editors and terminals understand it."""
    name = "" if path is None else os.fspath(path)
    return name if line is None else f"{name}:{line}"


def read_bytes(path: Path) -> bytes:
    """All of a file, or a `LabelError`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LabelError("the file does not exist", path) from None
    except OSError as error:
        raise LabelError(f"the file cannot be read: {error.strerror}", path) from error


def read_text(path: Path) -> str:
    """The text of a UTF-8 file without its byte order mark; line ends become ``\\n``.

    Raises `LabelError` when the file is missing, unreadable or not UTF-8.
    """
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise LabelError(
            f"not UTF-8 (byte 0x{raw[error.start]:02x} at offset {error.start}); "
            "save the file as UTF-8",
            path,
            line,
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name complete or not at all.

    It is written beside its place and moved there with `os.replace`; folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".augkit-{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with ``\\n`` line ends, atomically."""
    with atomic_file(path) as file:
        file.write(text.encode("utf-8"))


def number(value: float) -> int | float:
    """The shortest number within 5e-7 of ``value``: at most six decimals, whole where it can be.

    >>> [number(v) for v in (12.0, 0.1 + 0.2, -0.0, 2 / 3)]
    [12, 0.3, 0, 0.666667]
    """
    rounded = round(float(value), 6)
    return int(rounded) if rounded.is_integer() else rounded


def number_text(value: float) -> str:
    """`number` as text, never in scientific notation.

    >>> number_text(0.00001), number_text(5)
    ('0.00001', '5')
    """
    short = number(value)
    return str(short) if isinstance(short, int) else f"{short:.6f}".rstrip("0")


def checked_relative(path: str | PurePosixPath) -> PurePosixPath:
    """``path`` as a relative path with ``/`` that stays inside its folder, or a `LabelError`."""
    text = os.fspath(path).replace("\\", "/")
    pure = PurePosixPath(text)
    if not text or "\0" in text or pure.is_absolute() or ".." in pure.parts or ":" in pure.parts[0]:
        raise LabelError(
            f"path must be relative and stay inside its folder, got {os.fspath(path)!r}"
        )
    return pure


def existing(argument: str, root: Path) -> Path:
    """The file or folder a spec names: as it is when absolute, else below the root or here."""
    given = Path(argument)
    candidates = [given] if given.is_absolute() else [root / given, given]
    found = {path.resolve(): path for path in candidates if path.exists()}
    if not found:
        tried = " and ".join(str(path.absolute()) for path in candidates)
        raise LabelError(f"{argument!r} does not exist; looked for {tried}")
    if len(found) > 1:
        both = " and ".join(map(str, found))
        raise LabelError(f"{argument!r} may be {both}; give the whole path")
    return next(iter(found.values()))


def below(path: Path, root: Path) -> str | None:
    """``path`` relative to ``root`` with ``/``, or None when it is elsewhere."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return None
