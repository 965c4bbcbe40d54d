"""Files on their way to the disk while others are made."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from augkit.batch import syncing
from augkit.batch.syncing import Syncer


def test_files_may_get_another_name_meanwhile(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    with Syncer() as syncer:
        for number in range(100):
            name = tmp_path / f"{number}.tmp"
            name.write_bytes(b"x" * number)
            syncer.start(os.fspath(name))
            name.rename(tmp_path / f"{number}.bin")
        syncer.wait()
    assert sorted(len(path.read_bytes()) for path in tmp_path.iterdir()) == list(range(100))
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before


def test_a_disk_that_fails_is_heard_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        os.close(handle)
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(syncing, "sync_open", full)
    (tmp_path / "one").write_bytes(b"1")
    with Syncer() as syncer:
        syncer.start(os.fspath(tmp_path / "one"))
        with pytest.raises(OSError, match="no room"):
            syncer.wait()


def test_what_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    with Syncer() as syncer, pytest.raises(FileNotFoundError):
        syncer.start(os.fspath(tmp_path / "none"))
