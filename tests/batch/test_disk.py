"""A disk that is full, or cannot be written to: stopped cleanly, nothing lost, gone on with."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from batch_fakes import job, leftovers, make_source, tree
from batch_process import SCRIPT, finished, start

from augkit.batch import run
from augkit.core.errors import DiskFullError, RefusedError

REPEATED = {"options": {"repeat": 400}, "pipeline": {"mix": False}}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with half a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs can be mounted by root only")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("workers", [0, 2])
def test_disk_full_then_room(tmp_path: Path, small_disk: Path, workers: int) -> None:
    source = make_source(tmp_path / "in", 40)
    run(job(**REPEATED), source, tmp_path / "whole", workers=0)
    out = small_disk / "out"
    with pytest.raises(DiskFullError, match="No space left") as caught:
        run(job(**REPEATED), source, out, workers=workers, chunk_size=4)
    summary = caught.value.summary  # type: ignore[attr-defined]
    assert caught.value.exit_code == summary.exit_code == 5
    assert 0 < summary.outputs < 80
    assert not leftovers(out)
    assert not (out / "manifest.jsonl").exists()
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    summary = run(job(**REPEATED), source, out, workers=workers)
    assert summary.exit_code == 0
    assert 0 < summary.new_outputs < 80
    assert tree(out) == tree(tmp_path / "whole")
    assert not leftovers(out)


def test_full_before_it_begins(tmp_path: Path, small_disk: Path) -> None:
    source = make_source(tmp_path / "in", 4)
    filler = small_disk / "filler"
    with open(filler, "wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    with pytest.raises(DiskFullError, match="no room left"):
        run(job(), source, small_disk / "out", workers=0)
    filler.unlink()
    assert run(job(), source, small_disk / "out", workers=0).exit_code == 0


def test_files_may_not_grow(tmp_path: Path, source: Path) -> None:
    """The limit of a process on the size of files (``ulimit -f``), as some clusters set it."""
    order: dict[str, Any] = {
        "job": {"options": {"repeat": 3000}, "pipeline": {"mix": False}},
        "source": str(source),
        "destination": str(tmp_path / "out"),
        "workers": 0,
        "chunk_size": 2,
    }
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), json.dumps(order)],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    code, errors = finished(process)
    assert code == 5, errors
    assert not leftovers(tmp_path / "out")
    del order["source"], order["destination"]
    code, errors = finished(start(source, tmp_path / "out", **order))
    assert code == 0, errors


def test_read_only_destination(tmp_path: Path, small_disk: Path, source: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(RefusedError, match="cannot be written to"):
        run(job(), source, small_disk / "out", workers=0)


def test_becomes_read_only(tmp_path: Path, small_disk: Path, source: Path) -> None:
    run(job(limit=None), source, small_disk / "out", workers=0, shard="1/2", chunk_size=4)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(RefusedError, match="cannot be written to"):
        run(job(), source, small_disk / "out", workers=0, shard="2/2", chunk_size=4)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert run(job(), source, small_disk / "out", workers=0, shard="2/2").exit_code == 0


def test_destination_vanishes(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 60)
    order: dict[str, Any] = {"job": {"pipeline": {"sleep": 0.05}}, "workers": 0, "chunk_size": 4}
    process = start(source, tmp_path / "out", **order)
    while not (tmp_path / "out" / "a").exists():
        assert process.poll() is None
    os.rename(tmp_path / "out", tmp_path / "away")
    code, errors = finished(process)
    assert code == 1, errors
    assert "Traceback" not in errors
    assert "is gone" in errors or "No such file" in errors  # while a file is written
    shutil.rmtree(tmp_path / "away")


def test_source_vanishes(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 60)
    order: dict[str, Any] = {"job": {"pipeline": {"sleep": 0.05}}, "workers": 0, "chunk_size": 4}
    process = start(source, tmp_path / "out", **order)
    while not (tmp_path / "out" / "a").exists():
        assert process.poll() is None
    source.rename(tmp_path / "away")
    code, errors = finished(process)
    assert code == 1, errors
    assert "is gone" in errors
    (tmp_path / "away").rename(source)
    code, errors = finished(start(source, tmp_path / "out", **order))
    assert code == 0, errors
