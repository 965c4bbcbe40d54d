"""Killed at any moment, the same command goes on and ends with the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.acceptance.conftest import (
    Whole,
    augkit_,
    command,
    environment,
    leftovers,
    run_of,
    tree,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills process groups")


def begin(*arguments: object) -> subprocess.Popen[str]:
    """Start the command as a process group of its own."""
    return subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def kill_after(seconds: float, *arguments: object) -> bool:
    """Start the command and kill it with all its workers; whether it had not ended before."""
    process = begin(*arguments)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode in (0, -signal.SIGKILL), errors
    return process.returncode != 0


def wait_for(folder: Path, process: subprocess.Popen[str], count: int) -> None:
    """Wait for so many finished chunks."""
    deadline = time.monotonic() + 90
    while len(list(folder.glob(".augkit/parts/*.jsonl"))) < count:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.005)


def survives(seed: int, whole: Path, run: tuple[object, ...], out: Path) -> None:
    """Kill a run three times, each time somewhere in the part that is left, and let it end."""
    moments = random.Random(seed)
    arguments = (*run, "-j", moments.choice([0, 1, 2]), "--chunk", 2)
    started = time.monotonic()
    process = begin(*arguments)
    wait_for(out, process, moments.randint(0, 4))
    time.sleep(moments.uniform(0, 0.3))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    # From the very beginning as well: imports, locks, the listing.
    kill_after(moments.uniform(0.1, time.monotonic() - started + 0.5), *arguments)
    augkit_(*arguments)
    assert tree(out) == tree(whole)
    assert not leftovers(out)


@pytest.mark.parametrize(("seed", "name"), [(1, "detection"), (2, "mixing"), (3, "detection")])
def test_killed_and_gone_on_with(
    seed: int, name: str, whole: Whole, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    survives(seed, whole(name), run_of(pipelines[name], out), out)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 30))
def test_killed_at_twenty_random_moments(
    seed: int, whole: Whole, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    name = ("detection", "mixing")[seed % 2]
    out = tmp_path / "out"
    survives(seed, whole(name), run_of(pipelines[name], out), out)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal(
    number: signal.Signals, code: int, whole: Whole, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = (*run_of(pipelines["detection"], out), "-j", 2, "--chunk", 1)
    process = begin(*arguments)
    wait_for(out, process, 1)
    os.killpg(process.pid, number)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == code, errors
    assert "run again to go on" in errors
    assert "Traceback" not in errors
    assert not leftovers(out)
    assert not (out / "manifest.jsonl").exists()
    augkit_(*arguments)
    assert tree(out) == tree(whole("detection"))
