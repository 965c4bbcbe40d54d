"""What the files of all modalities share: opening them without harm, and checked options."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from typing import IO, Any, TypeVar

from augkit.core.errors import SpecError, UnreadableError
from augkit.core.registry import did_you_mean

__all__ = [
    "OTHER_BEGINNINGS",
    "choice_problems",
    "number_problems",
    "opened",
    "options_from",
    "reasons",
]

_Options = TypeVar("_Options")

OTHER_BEGINNINGS = (
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"version https://git-lfs", "a Git LFS pointer; fetch the file with `git lfs pull`"),
)
"""How files begin that are often met where another one is expected."""


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """An open regular file; a FIFO or device is not waited for.

    Raises `UnreadableError` where it cannot be opened or read.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnreadableError("is not a regular file")
    with open(handle, "rb") as file:
        try:
            yield file
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror or error}") from None


@contextmanager
def reasons() -> Iterator[None]:
    """Whatever a decoder raises on a damaged file, as `UnreadableError` with the reason.

    Everything is caught: decoders meet bytes nobody foresaw, and answer with struct.error,
    SyntaxError, KeyError, zlib.error and more.
    """
    try:
        yield
    except UnreadableError:
        raise
    except MemoryError:
        raise UnreadableError("is too large for the memory there is") from None
    except Exception as error:
        text = str(error) or type(error).__name__
        if "truncated" in text.lower() or isinstance(error, EOFError):
            rest = re.sub(r"^.*is truncated", "", text).strip(" ()")
            raise UnreadableError(f"is truncated ({rest})" if rest else "is truncated") from None
        raise UnreadableError(f"is damaged ({text})") from None


def options_from(kind: Callable[..., _Options], options: Mapping[str, Any], files: str) -> _Options:
    """An instance of a dataclass of options from plain data.

    Raises `SpecError` with everything that is wrong; ``files`` says of which files they are.
    """
    found: _Options = _made(kind, tuple(sorted(options.items())), files)
    return found


@lru_cache(maxsize=64)
def _made(kind: Any, items: tuple[tuple[str, Any], ...], files: str) -> Any:
    known = [field.name for field in fields(kind)]
    unknown = [name for name, _ in items if name not in known]
    if unknown:
        raise SpecError(
            [
                f"unknown option {name!r} for {files} files{did_you_mean(name, known)}; "
                f"known are {', '.join(known)}"
                for name in unknown
            ]
        )
    return kind(**dict(items))


def choice_problems(name: str, value: object, allowed: tuple[str, ...]) -> list[str]:
    """What is wrong with an option that is one of a few words; nothing, or one line.

    >>> choice_problems("format", "jpgg", ("jpg", "png"))
    ["format must be one of jpg, png, got 'jpgg' (did you mean 'jpg'?)"]
    """
    if value in allowed:
        return []
    close = did_you_mean(value, allowed) if isinstance(value, str) else ""
    return [f"{name} must be one of {', '.join(allowed)}, got {value!r}{close}"]


def number_problems(name: str, value: object, low: int, high: int) -> list[str]:
    """What is wrong with an option that is a whole number; nothing, or one line.

    >>> number_problems("quality", 0, 1, 100)
    ['quality must be a whole number within [1, 100], got 0']
    """
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return []
    return [f"{name} must be a whole number within [{low}, {high}], got {value!r}"]
