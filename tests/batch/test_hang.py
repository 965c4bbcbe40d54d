"""A worker that hangs is ended, its file set aside, and everything else is as if it had not been."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from batch_fakes import StrangePool, job, leftovers, quick, tree

from augkit.batch import run
from augkit.batch.pulse import OverdueError, deadline
from augkit.core.errors import SpecError

PLAIN = {"mix": False}


def failure(path: str) -> dict[str, str]:
    return {
        "source": path,
        "key": path,
        "stage": "timeout",
        "reason": "took longer than 1 s (timeout)",
    }


@pytest.mark.parametrize("content", [b"HANG", b"SPIN", b"STOP"])
def test_its_file_is_set_aside(tmp_path: Path, source: Path, content: bytes) -> None:
    """Asleep; in a loop that holds the interpreter; stopped from outside."""
    run(job(pipeline=PLAIN), source, tmp_path / "clean", workers=0)
    (source / "b" / "slow.bin").write_bytes(content)
    out = tmp_path / "out"
    summary = run(job(pipeline=PLAIN), source, out, workers=2, chunk_size=7, timeout=1)
    assert summary.exit_code == 3
    assert summary.failures == [failure("b/slow.bin")]
    clean, found = tree(tmp_path / "clean"), tree(out)
    outputs = {name for name in clean if name.endswith(".bin")}
    assert {name: found[name] for name in outputs} == {name: clean[name] for name in outputs}
    assert not leftovers(out)
    # Repaired, and asked to: it is done.
    (source / "b" / "slow.bin").write_bytes(b"fine")
    summary = run(job(pipeline=PLAIN), source, out, workers=1, retry_failed=True, timeout=1)
    assert (summary.exit_code, summary.new_outputs) == (0, 2)


def test_any_number_of_workers_says_the_same(tmp_path: Path, source: Path) -> None:
    for name in ("a/slow.bin", "c/slow.bin"):
        (source / name).write_bytes(b"HANG")
    trees = []
    for workers in (0, 3):
        out = tmp_path / str(workers)
        summary = run(job(), source, out, workers=workers, chunk_size=9, timeout=1)
        assert summary.failures == [failure(name) for name in ("a/slow.bin", "c/slow.bin")]
        trees.append(tree(out))
    assert trees[0] == trees[1]


def test_beside_one_that_crashes(tmp_path: Path, source: Path) -> None:
    (source / "a" / "slow.bin").write_bytes(b"HANG")
    (source / "a" / "poison.bin").write_bytes(b"KILL")
    summary = run(job(pipeline=PLAIN), source, tmp_path / "out", workers=2, timeout=1)
    assert [one["stage"] for one in summary.failures] == ["worker", "timeout"]
    assert summary.outputs == 2 * 23


def test_slow_but_moving_is_left_alone(tmp_path: Path, source: Path) -> None:
    """The time is that of one output: three outputs of 0.5 s stand no chance to be 1 s each."""
    slow = job(pipeline={"sleep": 0.5}, variants=3, limit=1)
    for workers in (0, 1):
        summary = run(slow, source, tmp_path / str(workers), workers=workers, timeout=1)
        assert (summary.exit_code, summary.outputs) == (0, 3)


def test_a_job_that_was_asleep_as_a_whole_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-Z for an hour: the clock has gone on, the work has not."""
    ahead = 0.0
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + ahead)
    with deadline(0.2):
        from augkit.batch.pulse import beat

        beat(0)
        ahead = 3600.0  # the alarm meets this once, and is set anew
        until = clock() + 0.3
        while clock() < until:
            pass
        with pytest.raises(OverdueError):
            time.sleep(1)


def test_where_it_cannot_be_kept(tmp_path: Path, source: Path) -> None:
    for engine in ("threads", StrangePool(1)):
        with pytest.raises(SpecError, match="timeout needs workers that can be ended"):
            run(job(), source, tmp_path / "out", engine=engine, timeout=5)
    for wrong in (-1, "1", True, float("nan")):
        with pytest.raises(SpecError, match="timeout must be at least 0 seconds"):
            quick(job(), source, tmp_path / "out", timeout=wrong)
    assert not (tmp_path / "out").exists()
