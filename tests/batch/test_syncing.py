"""Files on their way to the disk while others are made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from augkit.batch.syncing import Syncer


def open_files() -> list[str]:
    """Of this process, where the system tells."""
    folder = Path("/proc/self/fd")
    names = folder.iterdir() if folder.is_dir() else ()
    return [os.path.realpath(name) for name in names]


def test_all_are_brought_there(tmp_path: Path) -> None:
    with Syncer() as syncer:
        for number in range(100):
            name = tmp_path / f"{number}.bin"
            name.write_bytes(b"x" * number)
            syncer.start([os.fspath(name), os.fspath(tmp_path)])
        syncer.wait()
        syncer.wait()  # nothing is left
    assert not [name for name in open_files() if name.startswith(os.fspath(tmp_path))]


def test_what_is_not_there_is_heard_of(tmp_path: Path) -> None:
    with Syncer() as syncer:
        syncer.start([os.fspath(tmp_path / "none")])
        with pytest.raises(FileNotFoundError):
            syncer.wait()
        syncer.wait()


def test_a_disk_that_cannot_follow_is_waited_for(tmp_path: Path) -> None:
    """And what an earlier file met is heard of then."""
    (tmp_path / "one").write_bytes(b"1")
    with Syncer() as syncer:
        syncer.start([os.fspath(tmp_path / "none")])
        for _ in range(31):
            syncer.start([os.fspath(tmp_path / "one")])
        with pytest.raises(FileNotFoundError):
            syncer.start([os.fspath(tmp_path / "one")])
