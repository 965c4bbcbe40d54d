"""Killed at any moment and run again: the same tree, nothing left over."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from batch_fakes import add_labels, job, leftovers, make_source, tree
from batch_process import finished, start, wait_for

from augkit.batch import StoppedError, run
from augkit.batch.portion import MOMENT

SLOW = {"pipeline": {"mix": True, "sleep": 0.01}, "labels": True}


def killed_and_resumed(folder: Path, moments: list[float], **order: Any) -> None:
    source = make_source(folder / "in", 40)
    (source / "a" / "bad.bin").write_bytes(b"BAD")
    add_labels(source)
    run(job(**SLOW), source, folder / "whole", workers=0)
    expected = tree(folder / "whole")
    for number, moment in enumerate(moments):
        destination = folder / f"out{number}"
        process = start(source, destination, job=SLOW, **order)
        time.sleep(moment)
        process.kill()
        finished(process)
        code, errors = finished(start(source, destination, job=SLOW, **order))
        assert code == 3, errors
        assert tree(destination) == expected
        assert not leftovers(destination)


@pytest.mark.parametrize(
    "order", [{"workers": 0, "chunk_size": 3}, {"workers": 2, "chunk_size": 3}], ids=str
)
def test_driver_killed(tmp_path: Path, order: dict[str, Any]) -> None:
    killed_and_resumed(tmp_path, [0.35, 0.6, 0.9], **order)


@pytest.mark.slow
def test_driver_killed_at_twenty_moments(tmp_path: Path) -> None:
    moments = [random.Random(number).uniform(0.1, 1.6) for number in range(20)]
    killed_and_resumed(tmp_path, moments, workers=2, chunk_size=3)


@pytest.mark.slow
def test_driver_killed_again_and_again(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 200)
    add_labels(source)
    run(job(**SLOW), source, tmp_path / "whole", workers=0)
    for number in range(60):
        process = start(source, tmp_path / "out", job=SLOW, workers=2, chunk_size=2)
        time.sleep(random.Random(number).uniform(0.3, 1.2))
        process.kill()
        if finished(process)[0] == 0:
            break
    code, errors = finished(start(source, tmp_path / "out", job=SLOW, workers=2, chunk_size=2))
    assert code == 0, errors
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
    assert not leftovers(tmp_path / "out")


def test_no_orphan_goes_on(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 60)
    slow = {"pipeline": {"sleep": 0.2}}
    process = start(source, tmp_path / "out", job=slow, workers=2, chunk_size=2)
    wait_for(tmp_path / "out" / ".augkit" / "journal.jsonl", size=1)
    process.kill()
    finished(process)
    time.sleep(0.5)
    before = tree(tmp_path / "out")
    time.sleep(0.7)
    assert tree(tmp_path / "out") == before


# -- a worker dies ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "how"), [(b"KILL", "signal 9"), (b"EXIT", "exit code 7")], ids=["kill", "exit"]
)
def test_poison_file(tmp_path: Path, source: Path, content: bytes, how: str) -> None:
    run(job(pipeline={"mix": False}), source, tmp_path / "clean", workers=0)
    (source / "b" / "poison.bin").write_bytes(content)
    (source / "c" / "poison.bin").write_bytes(content)
    summary = run(job(pipeline={"mix": False}), source, tmp_path / "out", workers=2, chunk_size=7)
    assert summary.exit_code == 3
    assert summary.failures == [
        {
            "source": f"{folder}/poison.bin",
            "key": f"{folder}/poison.bin",
            "stage": "worker",
            "reason": f"worker died ({how})",
        }
        for folder in "bc"
    ]
    clean, out = tree(tmp_path / "clean"), tree(tmp_path / "out")
    outputs = {name for name in clean if name.endswith(".bin")}
    assert {name: out[name] for name in outputs} == {name: clean[name] for name in outputs}
    assert not leftovers(tmp_path / "out")
    # Again: nothing is left to do, and nothing is tried. Repaired and asked to: it is done.
    assert run(job(pipeline={"mix": False}), source, tmp_path / "out", chunk_size=7).exit_code == 3
    for folder in "bc":
        (source / folder / "poison.bin").write_bytes(b"fine")
    summary = run(job(pipeline={"mix": False}), source, tmp_path / "out", retry_failed=True)
    assert (summary.exit_code, summary.outputs, summary.new_outputs) == (0, 50, 4)
    assert not (tmp_path / "out" / "quarantine.jsonl").exists()


def test_worker_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 60)
    slow = {"pipeline": {"sleep": 0.02}}
    process = start(source, tmp_path / "out", job=slow, workers=2, chunk_size=4)
    wait_for(tmp_path / "out" / ".augkit" / "journal.jsonl", size=1)
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", "spawn_main"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    os.kill(int(children[0]), signal.SIGKILL)
    code, errors = finished(process)
    assert code == 0, errors
    assert "worker died (signal 9)" in errors
    run(job(**slow), source, tmp_path / "whole", workers=0)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


# -- signals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_and_resumed(tmp_path: Path, workers: int, number: int, code: int) -> None:
    source = make_source(tmp_path / "in", 120)
    slow = {"pipeline": {"sleep": 0.02}}  # a chunk takes 0.08 seconds
    order: dict[str, Any] = {"job": slow, "workers": workers, "chunk_size": 2}
    process = start(source, tmp_path / "out", **order)
    journal = tmp_path / "out" / ".augkit" / "journal.jsonl"
    wait_for(journal, size=1)
    before = len(journal.read_bytes().splitlines())
    os.kill(process.pid, number)
    assert finished(process)[0] == code
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    in_flight = 1 if workers == 0 else 4
    assert before <= len(lines) < 60
    assert len(lines) <= before + in_flight * (MOMENT // 0.08 + 2)
    assert not leftovers(tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.jsonl").exists()
    assert finished(start(source, tmp_path / "out", **order))[0] == 0
    run(job(**slow), source, tmp_path / "whole", workers=0)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_to_the_whole_terminal(tmp_path: Path, workers: int) -> None:
    source = make_source(tmp_path / "in", 80)
    order = {"job": {"pipeline": {"sleep": 0.02}}, "workers": workers, "chunk_size": 4}
    process = start(source, tmp_path / "out", **order)
    wait_for(tmp_path / "out" / ".augkit" / "journal.jsonl", size=1)
    os.killpg(process.pid, signal.SIGINT)
    code, errors = finished(process)
    assert code == 130
    assert "Traceback" not in errors
    assert not leftovers(tmp_path / "out")


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.3])
def test_ctrl_c_while_the_workers_start(tmp_path: Path, moment: float) -> None:
    """They are in the middle of their imports; it is the driver that is meant."""
    source = make_source(tmp_path / "in", 40)
    order = {"job": {"pipeline": {"sleep": 0.02}}, "workers": 2, "chunk_size": 4}
    process = start(source, tmp_path / "out", **order)
    wait_for(tmp_path / "out" / ".augkit" / "journal.jsonl")
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGINT)
    code, errors = finished(process)
    assert code == 130, errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("workers", [0, 2])
def test_twice_ends_at_once(tmp_path: Path, workers: int) -> None:
    source = make_source(tmp_path / "in", 80)
    order = {"job": {"pipeline": {"sleep": 0.5}}, "workers": workers, "chunk_size": 20}
    process = start(source, tmp_path / "out", **order)
    wait_for(tmp_path / "out" / ".augkit" / "journal.jsonl")
    time.sleep(1.5)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.3)
    begin = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    code, errors = finished(process)
    assert code == 130
    assert time.monotonic() - begin < 5
    assert "Traceback" not in errors
    assert not leftovers(tmp_path / "out")


def test_sigterm_to_all_processes_blames_no_file(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 80)
    order = {"job": {"pipeline": {"sleep": 0.02}}, "workers": 2, "chunk_size": 4}
    process = start(source, tmp_path / "out", **order)
    wait_for(tmp_path / "out" / ".augkit" / "journal.jsonl", size=1)
    os.killpg(process.pid, signal.SIGTERM)
    code, errors = finished(process)
    assert code == 143, errors
    code, errors = finished(start(source, tmp_path / "out", **order))
    assert code == 0, errors


def test_second_run_in_one_destination_is_refused(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 80)
    order = {"job": {"pipeline": {"sleep": 0.05}}, "workers": 0, "chunk_size": 4}
    process = start(source, tmp_path / "out", **order)
    wait_for(tmp_path / "out" / ".augkit" / "journal.jsonl")
    code, errors = finished(start(source, tmp_path / "out", **order))
    assert code == 4
    assert f"process {process.pid}" in errors
    process.kill()
    finished(process)


def test_too_many_failures(tmp_path: Path, source: Path) -> None:
    for number in range(4):
        (source / f"bad{number}.bin").write_bytes(b"BAD")
    with pytest.raises(StoppedError, match="max_failures=2") as caught:
        run(job(), source, tmp_path / "out", workers=0, chunk_size=2, max_failures=2)
    assert caught.value.exit_code == 1
    assert caught.value.summary is not None
    assert run(job(), source, tmp_path / "out", workers=0, max_failures=4).exit_code == 3


def test_killed_before_the_first_file_had_its_name(tmp_path: Path) -> None:
    """All there is in the destination is a temporary file of ours: the run begins anew."""
    source = make_source(tmp_path / "in", 4)
    run(job(), source, tmp_path / "whole", workers=0)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".augkit-tmp-run.json-1").write_bytes(b"{")
    run(job(), source, tmp_path / "out", workers=0)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
