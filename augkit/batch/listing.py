"""The samples of a run, sorted, on disk: read by position, never held in memory."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from augkit.batch.files import json_line
from augkit.batch.protocol import Data
from augkit.core.errors import UnreadableError

__all__ = ["Entry", "Listing", "ListingPartners", "partners_file", "write_listing"]

OFFSET = 8
"""Bytes of an offset in the files of offsets."""
LINE = 256
"""Bytes read at first for a line: nearly all are shorter."""


class Entry(NamedTuple):
    """One sample of a run.

    Attributes
    ----------
    key
        What its random streams are made from; valid UTF-8.
    path
        Relative to the source, with ``/``; bytes that are not UTF-8 as lone surrogates.
    size, mtime_ns
        What the file was like when it was listed.
    variants
        How many outputs are made from it.
    copy
        Whether it is (also) passed through untouched.
    split, label
        Its part of the data set and its class, where they matter.
    stamp
        What its own label files were like; see `Labels.stamp`.
    """

    key: str
    path: str
    size: int
    mtime_ns: int
    variants: int = 1
    copy: bool = False
    split: str | None = None
    label: str | None = None
    stamp: str = ""

    def identity(self) -> bytes:
        """What of it belongs to the fingerprint: all but what it was like."""
        return json_line([self.key, self.path, self.variants, self.copy, self.split, self.label])


def write_listing(path: Path, entries: Iterable[Entry]) -> tuple[int, str]:
    """Write sorted entries with their offsets beside; how many, and the hash of their identities.

    Three files: ``listing.jsonl``, ``listing.offsets`` (where each line begins) and
    ``listing.partners`` (where those begin that may be mixed into others: not the ones that are
    only passed through, so a test set never leaks into training).
    """
    digest = hashlib.sha256()
    offsets, partners = _offsets_file(path), partners_file(path)
    position = count = 0
    with open(path, "wb") as lines, open(offsets, "wb") as starts, open(partners, "wb") as chosen:
        for entry in entries:
            start = position.to_bytes(OFFSET, "little")
            starts.write(start)
            if entry.variants or not entry.copy:
                chosen.write(start)
            position += lines.write(json_line(entry))
            digest.update(entry.identity())
            count += 1
    return count, digest.hexdigest()


def _offsets_file(path: Path) -> Path:
    return path.with_suffix(".offsets")


def partners_file(path: Path) -> Path:
    """Where the offsets of possible partners stand."""
    return path.with_suffix(".partners")


class Listing:
    """A listing on disk, opened for reading by position.

    Parameters
    ----------
    path
        The file that `write_listing` wrote.
    offsets
        Its index: of all samples by default, or `partners_file` of it.
    """

    def __init__(self, path: Path, offsets: Path | None = None) -> None:
        self.path = path
        self._lines = _File(path)
        self._offsets = _File(offsets or _offsets_file(path))
        self._is_part = offsets is not None

    def __len__(self) -> int:
        return self._offsets.size // OFFSET

    def __getitem__(self, index: int) -> Entry:
        if not 0 <= index < len(self):
            raise IndexError(f"no sample {index} among {len(self)}")
        start = int.from_bytes(self._offsets.read(index * OFFSET, OFFSET), "little")
        line = self._lines.read(start, LINE)
        while b"\n" not in line:
            more = self._lines.read(start + len(line), len(line))
            if not more:
                raise EOFError(f"{self.path} ends within a line")
            line += more
        return Entry(*json.loads(line[: line.index(b"\n")]))

    def __iter__(self) -> Iterator[Entry]:
        return self.slice(0, len(self))

    def slice(self, start: int, stop: int) -> Iterator[Entry]:
        """The entries from ``start`` to ``stop``; of all samples, read in one go."""
        count = min(stop, len(self)) - start
        if count <= 0:
            return
        if self._is_part:
            yield from map(self.__getitem__, range(start, start + count))
            return
        with open(self.path, "rb") as file:
            file.seek(int.from_bytes(self._offsets.read(start * OFFSET, OFFSET), "little"))
            for line in islice(file, count):
                yield Entry(*json.loads(line.decode()))

    def index(self, key: str) -> int:
        """Where ``key`` stands; ``KeyError`` if it does not. Binary search on the disk."""
        wanted = key.encode()
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self[middle].key.encode() < wanted:
                low = middle + 1
            else:
                high = middle
        if low < len(self) and self[low].key == key:
            return low
        raise KeyError(key)

    def close(self) -> None:
        """Let go of the files."""
        self._lines.close()
        self._offsets.close()


class _File:
    """A file read at places. Not mapped: pages that were looked at would count as memory."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._lock = threading.Lock()
        self.size = os.fstat(self._handle).st_size

    def read(self, start: int, length: int) -> bytes:
        """``length`` bytes from ``start``, fewer at the end; threads may read at once."""
        with self._lock:
            os.lseek(self._handle, start, os.SEEK_SET)
            return os.read(self._handle, length)

    def close(self) -> None:
        """Let go of the file."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __del__(self) -> None:
        if hasattr(self, "_handle"):  # else it could not be opened
            self.close()


class ListingPartners:
    """Other samples for transforms that mix, by position in the listing, loaded when asked for.

    A partner that cannot be read gives its place to the next one that can, which depends on the
    files alone: one broken file does not spoil the samples that would have drawn it, and the result
    is the same in every worker. It fulfils `augkit.Partners`.

    Parameters
    ----------
    listing
        The samples that may be partners.
    load
        From an entry to named data; an exception where there is none.
    keep
        How many loaded partners are kept for the next call.
    """

    TRIES = 16

    def __init__(self, listing: Listing, load: Callable[[Entry], Data], *, keep: int = 4) -> None:
        self._listing = listing
        self._load = load
        self._keep = keep
        self._loaded: OrderedDict[int, tuple[str, Data]] = OrderedDict()
        self.asked = False
        """Whether a partner was asked for, since this was last set to False."""

    def __len__(self) -> int:
        return len(self._listing)

    def key(self, index: int) -> str:
        """The key of the partner that stands for ``index``."""
        return self._partner(index)[0]

    def index(self, key: str) -> int:
        """Where ``key`` stands; ``KeyError`` if it does not."""
        return self._listing.index(key)

    def load(self, index: int) -> Data:
        """The data of the partner that stands for ``index``."""
        return self._partner(index)[1]

    def _partner(self, index: int) -> tuple[str, Data]:
        self.asked = True
        found = self._loaded.get(index)
        if found is None:
            found = self._readable(index)
            self._loaded[index] = found
            while len(self._loaded) > self._keep:
                self._loaded.popitem(last=False)
        else:
            self._loaded.move_to_end(index)
        return found

    def _readable(self, index: int) -> tuple[str, Data]:
        reason = ""
        for step in range(min(self.TRIES, len(self))):
            entry = self._listing[(index + step) % len(self)]
            try:
                return entry.key, self._load(entry)
            except Exception as error:  # as broad as what quarantines the file itself
                reason = f"{entry.key}: {error}"
        raise UnreadableError(f"no partner to mix with could be read; the last was {reason}")
