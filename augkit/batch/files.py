"""Files that appear complete or not at all, and one way to write JSON."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from augkit.batch.protocol import Written
from augkit.core.errors import DISK_FULL, AugkitError

__all__ = [
    "ABORTING",
    "DISK_FULL",
    "TEMPORARY",
    "Layout",
    "atomic_write",
    "atomic_writes",
    "canonical",
    "json_line",
    "json_lines",
    "sha256_of",
    "sweep",
    "sync",
    "temporary_beside",
]

TEMPORARY = ".augkit-tmp-"
"""How temporary files begin. They stand beside their final place, so `os.replace` is atomic."""

LABEL_TEMPORARY = (".augkit-", ".tmp")
"""How the temporary files of the label writers begin and end."""

ABORTING = frozenset({errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENXIO})
"""Write errors that will meet every other file as well."""

REFUSING = frozenset(
    {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
)
"""What the first write meets where nothing may be written."""

_BLOCK = 1 << 20
"""Bytes that are read at once."""


class Layout:
    """Where things stand in a destination.

    ::

        out/
          cats/1_aug000.jpg ...     the outputs
          manifest.jsonl            one line per output: source, hashes, recipe
          quarantine.jsonl          one line per file that could not be processed, if any
          run.json                  what decided over the bytes: pipeline, seed, versions...
          .augkit/                  what is needed to go on; may be deleted when all is done
            plan.json               how the work is cut, and where the source stands
            listing.jsonl           the samples in order, with .offsets and .partners beside
            skipped.jsonl           what the walk left out, and why
            parts/000000.jsonl      one file per finished chunk, one line per sample
            earlier.jsonl           what is known of the outputs of a run that this one goes on from
            journal.jsonl           one line per finished chunk
            lock

    Shards have their own ``journal-1of4.jsonl``, ``listing-1of4.jsonl`` and ``lock-1of4``.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self.manifest = self.root / "manifest.jsonl"
        self.quarantine = self.root / "quarantine.jsonl"
        self.run = self.root / "run.json"
        self.state = self.root / ".augkit"
        self.plan = self.state / "plan.json"
        self.parts = self.state / "parts"
        self.earlier = self.state / "earlier.jsonl"
        self.skipped = self.state / "skipped.jsonl"

    RESERVED = ("manifest.jsonl", "quarantine.jsonl", "run.json", ".augkit")

    def journal(self, shard: str = "") -> Path:
        """The journal of the whole run, or of a shard named like ``"1of4"``."""
        return self.state / _tagged("journal", shard, ".jsonl")

    def journals(self) -> list[Path]:
        """Every journal there is, sorted by name."""
        return sorted(self.state.glob("journal*.jsonl"))

    def listing(self, shard: str = "") -> Path:
        """The listing of the whole run or of a shard."""
        return self.state / _tagged("listing", shard, ".jsonl")

    def listings(self) -> list[Path]:
        """Every listing there is, sorted by name."""
        return sorted(self.state.glob("listing*.jsonl"))

    def any_listing(self) -> Path | None:
        """One of the listings; they differ in nothing but times."""
        return next(iter(self.listings()), None)

    def lock(self, shard: str = "") -> Path:
        """The lock file of the whole run or of a shard."""
        return self.state / _tagged("lock", shard, "")

    def part(self, chunk: int) -> Path:
        """The part of a finished chunk."""
        return self.parts / f"{chunk:06d}.jsonl"


def _tagged(stem: str, shard: str, suffix: str) -> str:
    return f"{stem}-{shard}{suffix}" if shard else f"{stem}{suffix}"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: equal data, equal bytes.

    >>> canonical({"b": 1.0, "a": [True, None]})
    b'{"a":[true,null],"b":1.0}'
    """
    return json_text(value, sort_keys=True).encode()


def json_text(value: Any, *, sort_keys: bool = False) -> str:
    """Compact JSON. Names that are not UTF-8 (lone surrogates) are escaped, other text is kept."""
    text = (_SORTED if sort_keys else _PLAIN).encode(value)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), sort_keys=sort_keys)
    return text


# Made once: `json.dumps` makes one for every call that is not told its defaults.
_PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_SORTED = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def json_line(value: Any) -> bytes:
    """One line of JSON with its end."""
    return json_text(value).encode() + b"\n"


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSON Lines file; a last line without an end was torn by a kill: left out.

    Raises `AugkitError` at a line that is no JSON: nobody but a user's hand or a disk does that.
    """
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                try:
                    yield json.loads(line)
                except ValueError:
                    raise AugkitError(
                        f"{path}:{number} is damaged (no JSON); run the same command again, which "
                        "writes it anew"
                    ) from None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file that holds one object."""
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict):
        raise ValueError(f"{path} must hold a JSON object, got {type(found).__name__}")
    return found


def json_document(value: Mapping[str, Any]) -> bytes:
    """JSON for people: indented, with sorted keys."""
    try:
        return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def temporary_beside(path: str, tag: str = "") -> str:
    """A new name in the folder of ``path``, with its suffix; short whatever the name is."""
    folder, name = os.path.split(path)
    suffix = os.path.splitext(name)[1]
    return os.path.join(folder, f"{TEMPORARY}{tag}{secrets.token_hex(8)}{suffix}")


def atomic_write(path: Path, content: bytes | Iterable[bytes], *, durable: bool = True) -> Written:
    """Write a file that appears complete or not at all; optionally survives a power cut."""
    return atomic_writes([(path, content)], durable=durable)[0]


def atomic_writes(
    contents: Iterable[tuple[Path, bytes | Iterable[bytes]]], *, durable: bool = True
) -> list[Written]:
    """Write files, each as `atomic_write` does; their folders are forced onto the disk once."""
    written: list[Written] = []
    folders: set[str] = set()
    for path, content in contents:
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.add(os.fspath(path.parent))
        written.append(_replaced(path, content, durable))
    if durable:
        sync(sorted(folders))
    return written


def _replaced(path: Path, content: bytes | Iterable[bytes], durable: bool) -> Written:
    temporary = temporary_beside(os.fspath(path))
    digest, size = hashlib.sha256(), 0
    try:
        with open(temporary, "xb") as file:
            for block in (content,) if isinstance(content, bytes) else content:
                file.write(block)
                digest.update(block)
                size += len(block)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise
    return Written(size, digest.hexdigest())


def remove(path: str | os.PathLike[str]) -> None:
    """Remove a file if it is there and can be removed."""
    try:
        os.unlink(path)
    except OSError:
        return


def sync(paths: Iterable[str]) -> None:
    """Put files and folders on the disk; what cannot be opened or synced as a folder is left."""
    for path in paths:
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        except (IsADirectoryError, PermissionError):
            continue  # Windows cannot open folders; their entries need no sync there.
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(handle)


def open_regular(path: str) -> tuple[int, os.stat_result]:
    """An open file and its status; never waits for a FIFO that has taken the file's place."""
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return handle, status


def sha256_of(path: str) -> Written:
    """Size and SHA-256 of a regular file."""
    handle, _ = open_regular(path)
    digest, size = hashlib.sha256(), 0
    try:
        while block := os.read(handle, _BLOCK):
            digest.update(block)
            size += len(block)
    finally:
        os.close(handle)
    return Written(size, digest.hexdigest())


def sweep(root: Path, tag: str | None = None) -> int:
    """Remove temporary files that a kill has left below ``root``; how many there were.

    ``tag`` limits it to the files of one shard, so that the others can go on working.
    """
    count = 0
    prefix = TEMPORARY + (tag or "")
    for folder, _, names in os.walk(root):
        for name in names:
            begin, end = LABEL_TEMPORARY
            ours = name.startswith(prefix)
            of_labels = tag is None and name.startswith(begin) and name.endswith(end)
            if ours or of_labels:
                remove(os.path.join(folder, name))
                count += 1
    return count
