"""Walking a folder: sorted, streaming, and safe against what file systems hold.

Memory does not grow with the number of files: folders larger than a run are sorted on disk.
"""

from __future__ import annotations

import heapq
import os
import pickle
import re
import stat
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from augkit.batch.files import Layout
from augkit.batch.names import sample_key

__all__ = ["Filter", "Found", "Skipped", "glob_pattern", "walk"]

RUN = 16384
"""Entries of one folder that are sorted in memory; more are merged from temporary files."""

_SPECIAL = {
    stat.S_IFIFO: "a named pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


class Found(NamedTuple):
    """A file to process: path relative to the root with ``/``, size in bytes, time of change."""

    path: str
    size: int
    mtime_ns: int


class Skipped(NamedTuple):
    """What was left out. ``lost`` says that it may have been a sample, so somebody should look."""

    path: str
    reason: str
    lost: bool = False


_Entry: TypeAlias = tuple[bytes, bytes, str, bool]  # sort key, raw name, name, is a folder
_Identity: TypeAlias = tuple[int, int]


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A glob as a pattern for relative paths with ``/``.

    ``*`` and ``?`` stay inside one name, ``**`` spans folders, ``[...]`` is a set. A pattern
    without ``/`` is compared with the name alone; one that ends in ``/`` means everything below
    a folder.

    >>> bool(glob_pattern("*.jpg").fullmatch("a/b.jpg"))
    True
    >>> bool(glob_pattern("a/*.jpg").fullmatch("a/b/c.jpg"))
    False
    >>> bool(glob_pattern("**/test/").fullmatch("x/test/1.jpg"))
    True
    """
    text = pattern.removeprefix("./")
    if text.endswith("/"):
        text += "**"
    if "/" not in text:
        text = "**/" + text
    parts: list[str] = []
    position = 0
    while position < len(text):
        rest = text[position:]
        if rest.startswith("**/"):
            parts.append("(?:.*/)?")
            position += 3
        elif rest.startswith("**"):
            parts.append(".*")
            position += 2
        elif rest[0] in "*?":
            parts.append("[^/]*" if rest[0] == "*" else "[^/]")
            position += 1
        elif (found := re.match(r"\[(!?)(\]?[^\]/]*)\]", rest)) is not None:
            inner = found[2].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
            parts.append(f"[{'^' if found[1] else ''}{inner.replace(']', chr(92) + ']')}]")
            position += found.end()
        else:
            parts.append(re.escape(rest[0]))
            position += 1
    return re.compile("".join(parts), re.DOTALL)


@dataclass(frozen=True)
class Filter:
    """Which files of a folder are samples.

    Parameters
    ----------
    extensions
        Suffixes in lower case with the dot; compared without regard to case.
    include
        Globs of which one must match (none: all do); see `glob_pattern`.
    exclude
        Globs of which none may match.
    hidden
        Whether names that begin with a dot take part.
    is_label_file
        Tells label files from samples and from what is neither, by relative path.
    """

    extensions: frozenset[str]
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    is_label_file: Callable[[str], bool] = lambda path: False
    _include: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)
    _exclude: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_include", tuple(map(glob_pattern, self.include)))
        object.__setattr__(self, "_exclude", tuple(map(glob_pattern, self.exclude)))

    def reason_against(self, path: str) -> str | None:
        """Why a file is no sample, or None if it is one."""
        suffix = os.path.splitext(path)[1].lower()
        if suffix not in self.extensions:
            if self.is_label_file(path):
                return f"label file {suffix}"
            return f"other suffix {suffix}" if suffix else "no suffix"
        if self._include and not any(one.fullmatch(path) for one in self._include):
            return "not included"
        if any(one.fullmatch(path) for one in self._exclude):
            return "excluded"
        return "label file" if self.is_label_file(path) else None


def walk(
    root: Path,
    chosen: Filter,
    *,
    follow_symlinks: bool = True,
    avoid: Collection[_Identity] = (),
    only: str | None = None,
) -> Iterator[Found | Skipped]:
    """Every file below ``root``, sorted bytewise by key.

    Parameters
    ----------
    root
        The folder.
    chosen
        Which files are samples.
    follow_symlinks
        Whether links to folders and files are followed; a link to a folder that it stands in ends
        there.
    avoid
        (device, inode) of folders not to be entered, such as the destination.
    only
        The name of the one file of ``root`` to look at.

    Yields
    ------
    Found | Skipped
        Files that are not samples come as `Skipped`, with the reason.
    """
    identity = _identity(os.stat(root))
    # Of a source that is the destination of an earlier run: its documents are no texts.
    documents = Layout.RESERVED if os.path.exists(os.path.join(root, "run.json")) else ()
    # A stack instead of recursion: folders can be nested deeper than Python calls.
    stack: list[tuple[str, _Identity, Iterator[_Entry]]] = []
    entries = iter([_named(only)]) if only else _sorted(_entries(os.fspath(root)))
    stack.append(("", identity, entries))
    while stack:
        prefix, _, entries = stack[-1]
        try:
            entry = next(entries, None)
        except OSError as error:
            yield Skipped(prefix.rstrip("/"), f"folder cannot be read: {_said(error)}", lost=True)
            entry = None
        if entry is None:
            stack.pop()
            continue
        _, _, name, is_folder = entry
        path = prefix + name
        full = os.path.join(root, path)
        if not chosen.hidden and name.startswith("."):
            yield Skipped(path, "hidden")
            continue
        if not is_folder:
            found = _file(path, full, chosen, follow_symlinks)
            is_document = isinstance(found, Found) and path in documents
            yield Skipped(path, "written by an earlier run") if is_document else found
            continue
        if os.path.islink(full) and not follow_symlinks:
            yield Skipped(path, "a link to a folder (follow_symlinks is off)")
            continue
        try:
            identity = _identity(os.stat(full))
        except OSError as error:
            yield Skipped(path, f"folder cannot be read: {_said(error)}", lost=True)
            continue
        if any(identity == above for _, above, _ in stack):
            yield Skipped(path, "a link to a folder it stands in (loop)")
        elif identity in avoid:
            yield Skipped(path, "the destination")
        else:
            stack.append((path + "/", identity, _sorted(_entries(full))))


def _file(path: str, full: str, chosen: Filter, follow: bool) -> Found | Skipped:
    reason = chosen.reason_against(path)
    try:
        if not follow and os.path.islink(full):
            return Skipped(path, reason or "a link (follow_symlinks is off)")
        status = os.stat(full)
    except FileNotFoundError:
        return Skipped(path, reason or "a link to nothing", lost=reason is None)
    except OSError as error:
        return Skipped(path, reason or _said(error), lost=reason is None)
    if not stat.S_ISREG(status.st_mode):
        return Skipped(path, _SPECIAL.get(stat.S_IFMT(status.st_mode), "not a regular file"))
    if reason is not None:
        return Skipped(path, reason)
    return Found(path, status.st_size, status.st_mtime_ns)


def _named(name: str, is_folder: bool = False) -> _Entry:
    # A folder is compared with its slash: so whole paths come out in bytewise order.
    key = sample_key(name).encode() + (b"/" if is_folder else b"")
    return key, os.fsencode(name), name, is_folder


def _entries(folder: str) -> Iterator[_Entry]:
    with os.scandir(folder) as found:
        for entry in found:
            try:
                is_folder = entry.is_dir()
            except OSError:  # a link that leads in circles; the file's turn will tell
                is_folder = False
            yield _named(entry.name, is_folder)


def _sorted(entries: Iterable[_Entry]) -> Iterator[_Entry]:
    """Sorted entries; more than `RUN` of them by way of temporary files."""
    runs: list[Iterator[_Entry]] = []
    buffer: list[_Entry] = []
    for entry in entries:
        buffer.append(entry)
        if len(buffer) >= RUN:
            runs.append(_spilled(sorted(buffer)))
            buffer = []
    buffer.sort()
    if not runs:
        yield from buffer
        return
    yield from heapq.merge(*runs, buffer)


def _spilled(entries: list[_Entry]) -> Iterator[_Entry]:
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 (closed by its reader)
    for entry in entries:
        pickle.dump(entry, file)
    file.seek(0)
    return _unspilled(file, len(entries))


def _unspilled(file: BinaryIO, count: int) -> Iterator[_Entry]:
    with file:
        for _ in range(count):
            yield pickle.load(file)


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def _said(error: OSError) -> str:
    return error.strerror or str(error)
