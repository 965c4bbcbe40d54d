"""Small chunks are handed out, forced onto the disk and noted down together."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from batch_fakes import FakeMedium, job, make_source, tree

from augkit.batch import portion, run
from augkit.batch.engines import InProcessExecutor
from augkit.batch.portion import Portions
from augkit.batch.task import Outcome, Task
from augkit.core.errors import DiskFullError


class Watched(InProcessExecutor):
    """Runs in this process, and remembers what was handed out and done."""

    def __init__(self) -> None:
        self.handed_out: list[int] = []
        self.done: list[list[Outcome]] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future = super().submit(function, *arguments, **named)
        self.handed_out.append(len(arguments[0]))
        self.done.append(future.result())
        return future


def tasks(count: int) -> list[Task]:
    return [Task({}, "", "", "", chunk, [chunk], "") for chunk in range(count)]


def test_portions_grow_and_shrink() -> None:
    portions = Portions(tasks(40), 40, workers=1)
    sizes, chunks = [], []
    while found := portions.next():
        sizes.append(len(found))
        chunks += [task.chunk for task in found]
        portions.took(found, len(found))
    assert chunks == list(range(40))
    assert sizes == [1, 2, 4, 8, 12, 6, 3, 2, 1, 1]


def test_no_worker_gets_more_than_its_share() -> None:
    portions = Portions(tasks(40), 40, workers=4)
    portions.took(tasks(60), 60)
    assert len(portions.next()) == 40 // 8


def test_what_was_not_begun_is_handed_out_first() -> None:
    portions = Portions(tasks(40), 40, workers=1)
    portions.took(portions.next(), 1)
    found = portions.next()
    portions.took(found, 1)
    assert [task.chunk for task in found] == [1, 2]
    assert [task.chunk for task in portions.next()] == [2, 3]


def test_several_chunks_wait_for_the_disk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source(tmp_path / "in", 30)
    run(job(), source, tmp_path / "whole", workers=0)
    noted: list[int] = []
    monkeypatch.setattr(os, "fdatasync", noted.append, raising=False)
    engine = Watched()
    run(job(), source, tmp_path / "out", engine=engine, chunk_size=1)
    assert sum(engine.handed_out) == 30
    assert len(noted) == len(engine.handed_out) < 12
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


@pytest.mark.parametrize("engine", [None, "threads"])
def test_after_a_moment_the_rest_is_handed_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str | None
) -> None:
    source = make_source(tmp_path / "in", 20)
    run(job(), source, tmp_path / "whole", workers=0)
    monkeypatch.setattr(portion, "MOMENT", -1.0)
    executor: str | Executor = engine or (watched := Watched())
    run(job(), source, tmp_path / "out", engine=executor, workers=2, chunk_size=2)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
    if engine is None:
        assert [len(outcomes) for outcomes in watched.done] == [1] * 10


def test_what_was_done_before_the_disk_was_full_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source(tmp_path / "in", 20)
    written = FakeMedium.write

    def write(self: FakeMedium, data: Any, path: Path, options: Any) -> dict[str, Any]:
        if data["bytes"].startswith(files[9].read_bytes() + b"\n"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(self, data, path, options)

    files = sorted(source.rglob("*.bin"))
    monkeypatch.setattr(FakeMedium, "write", write)
    engine = Watched()
    with pytest.raises(DiskFullError, match="No space left"):
        run(job(), source, tmp_path / "out", engine=engine, chunk_size=1)
    codes = [[outcome.exit_code for outcome in outcomes] for outcomes in engine.done]
    assert [0, 5] in [found[-2:] for found in codes]
    journal = tmp_path / "out" / ".augkit" / "journal.jsonl"
    assert len(journal.read_bytes().splitlines()) == sum(found.count(0) for found in codes)
