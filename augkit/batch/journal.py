"""What is done, one line per finished chunk; and the lock that keeps two runs apart."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from augkit.batch.files import Layout, json_line, json_lines
from augkit.core.errors import AugkitError, RefusedError

__all__ = ["Done", "Journal", "Lock", "read_journals"]


class Done(NamedTuple):
    """A finished chunk: samples, outputs, bytes and quarantined files; the size of its part."""

    chunk: int
    samples: int
    outputs: int
    bytes: int
    quarantined: int
    part_bytes: int
    seconds: float = 0.0


class Journal:
    """An append-only file; a record counts only once it is on the disk.

    Parameters
    ----------
    path
        Made if it is not there; a last line that a kill has torn is cut off first.
    durable
        Whether to wait until records are on the disk (``fdatasync``).
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._durable = durable
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "ab+", buffering=0)  # noqa: SIM115 (closed by `close`)
        self._cut_torn_line()

    def _cut_torn_line(self) -> None:
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, size - 65536))
        tail = self._file.read()
        if tail and not tail.endswith(b"\n"):
            self._file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)

    def append(self, *records: Done) -> None:
        """Add records, in one write."""
        self._file.write(b"".join(json_line(record._asdict()) for record in records))
        if self._durable:
            getattr(os, "fdatasync", os.fsync)(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def read_journals(paths: Iterable[Path], layout: Layout) -> dict[int, Done]:
    """The finished chunks by number. The last record of a chunk holds.

    A record is not believed where its part or one of the outputs is missing, damaged or of another
    size, and neither is a line that is no record: those chunks are made again.
    """
    found: dict[int, Done] = {}
    for path in paths:
        if not path.exists():
            continue
        for line in path.read_bytes().splitlines(keepends=True):
            record = _record(line)
            if record is not None:
                found[record.chunk] = record
    return {chunk: done for chunk, done in found.items() if _stands(layout, done)}


def _record(line: bytes) -> Done | None:
    """The record of a line; None for one that is torn or no record."""
    try:
        return Done(**json.loads(line)) if line.endswith(b"\n") else None
    except (ValueError, TypeError):
        return None


def _stands(layout: Layout, done: Done) -> bool:
    """Whether what a record tells of is there; contents are for `augkit.batch.verify`."""
    part = layout.part(done.chunk)
    try:
        if os.path.getsize(part) != done.part_bytes:
            return False
        for line in json_lines(part):
            for output in line["outputs"]:
                if os.path.getsize(layout.root / output["output"]) != output["bytes"]:
                    return False
                if not all(os.path.isfile(layout.root / name) for name in output.get("beside", ())):
                    return False
    except (OSError, AugkitError, KeyError, TypeError):
        return False
    return True


class Lock:
    """Keeps other runs out of a destination as long as this process lives.

    The kernel drops it when the process ends, however it ends, so nothing stale is left. A run of
    the whole takes the lock alone; shards share it and take one of their own beside.

    Parameters
    ----------
    path
        The lock file; the process id is written into it for the message of the other run.
    shared
        Whether others may share it.
    patient
        Whether to wait for the other one instead of refusing.
    """

    def __init__(self, path: Path, *, shared: bool = False, patient: bool = False) -> None:
        self.path = path
        self.shared = shared
        self.patient = patient
        self._handle: int | None = None

    def __enter__(self) -> Lock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        handle = os.open(self.path, flags, 0o666)
        try:
            _lock(handle, shared=self.shared, patient=self.patient)
        except OSError:
            holder = os.read(handle, 32).decode(errors="replace").strip()
            os.close(handle)
            who = f" (process {holder})" if holder else ""
            raise RefusedError(
                f"another run{who} is working in {self.path.parent.parent}; "
                "wait until it ends, or stop it"
            ) from None
        self._handle = handle
        if not self.shared:
            try:
                os.ftruncate(handle, 0)
                os.write(handle, f"{os.getpid()}\n".encode())
            except OSError:
                self.release()
                raise
        return self

    def release(self) -> None:
        """Let the others in."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


if sys.platform == "win32":

    def _lock(handle: int, *, shared: bool, patient: bool) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK if patient else msvcrt.LK_NBLCK, 1)

else:

    def _lock(handle: int, *, shared: bool, patient: bool) -> None:
        import fcntl

        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(handle, kind if patient else kind | fcntl.LOCK_NB)
