"""What is around the pixels: calls on a tiny image, construction, imports, the first image."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from _measure import Timing, measure
from _pipelines import pipelines
from _single import cases

from augkit import Compose
from augkit.core.transform import Node

__all__ = ["call_overheads", "construction", "first_images", "import_times", "transforms_alone"]

TINY = 8
BATCH = 64


def _work(pipeline: Callable[[Any], Any], data: Any) -> Callable[[int], object]:
    return lambda number: pipeline(data)


def _called(make: Callable[[], object]) -> Callable[[int], object]:
    return lambda number: make()


def _timed(nodes: Sequence[Node], peers: Sequence[Any], rounds: int, budget: float) -> Timing:
    import albumentations

    tiny = np.random.default_rng(0).integers(0, 256, (TINY, TINY, 3), dtype=np.uint8)
    pipeline = Compose(nodes, seed=7)
    many = [tiny] * BATCH
    contenders = {"call": _work(pipeline, tiny), "batch": _work(pipeline.batch, many)}
    if peers:
        theirs = albumentations.Compose(peers, seed=7)
        contenders["albumentations"] = lambda number: theirs(image=tiny)
    timing = measure(contenders, inputs=1, rounds=rounds, budget=budget)
    scaled = {
        name: [value / (BATCH if name == "batch" else 1) / len(nodes) for value in values]
        for name, values in timing.rounds.items()
    }
    return Timing(scaled)


def call_overheads(rounds: int, budget: float) -> list[tuple[str, int, Timing]]:
    """Name, number of transforms and seconds per transform of the two pipelines."""
    return [
        (item.name, len(item.ours()), _timed(item.ours(), item.peers(), rounds, budget))
        for item in pipelines(TINY)
    ]


def transforms_alone(rounds: int, budget: float) -> list[tuple[str, int, Timing]]:
    """The same for a pipeline of each transform alone."""
    found = []
    for case in cases(TINY):
        if case.name in ("random resized crop", "CLAHE", "JPEG compression"):
            continue  # 224 pixels come out, or the codec itself is what takes the time
        peers = [] if case.peer is None or case.name in ("coarse dropout",) else [case.peer]
        found.append((case.name, 1, _timed([case.ours], peers, rounds, budget)))
    return found


def construction(rounds: int, budget: float) -> list[tuple[str, int, Timing]]:
    """Seconds to make the two pipelines, their transforms included."""
    found = []
    for item in pipelines():
        contenders = {
            "augkit": _called(item.compose),
            "albumentations": _called(item.compose_peer),
        }
        timing = measure(contenders, inputs=1, rounds=rounds, budget=budget)
        found.append((item.name, len(item.ours()), timing))
    return found


# -- processes ---------------------------------------------------------------------------------

IMPORT = """
import sys, time
begin = time.perf_counter()
import augkit
print(time.perf_counter() - begin, "numpy" in sys.modules)
"""
FIRST = """
import numpy, time
begin = time.perf_counter()
import augkit
from augkit import image
pipeline = augkit.load({spec!r})
pipeline(numpy.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=numpy.uint8), key="a")
print(time.perf_counter() - begin)
"""


class Ran(NamedTuple):
    """A process: seconds from its start to its end, of CPU time, and what it printed."""

    wall: float
    cpu: float
    printed: str


def _run(arguments: Sequence[str], **environment: str) -> Ran:
    """Run Python."""
    before, begin = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    wall, after = time.perf_counter() - begin, os.times()
    cpu = after.children_user + after.children_system
    return Ran(wall, cpu - before.children_user - before.children_system, done.stdout)


def _middle(runs: Sequence[Ran]) -> dict[str, float]:
    """The medians of several runs of one program."""
    return {
        "wall": statistics.median(run.wall for run in runs),
        "cpu": statistics.median(run.cpu for run in runs),
    }


def import_times(rounds: int) -> dict[str, Any]:
    """Seconds of imports and of ``--help``, each the median over fresh processes.

    Keys: ``python`` (an empty program), ``import`` (within the process), ``numpy_loaded`` (whether
    the import brought NumPy), ``help`` (the whole process).
    """
    empty, inside, helped = [], [], []
    loaded = ""
    for _ in range(rounds):
        empty.append(_run(["-c", "pass"]))
        seconds, loaded = _run(["-c", IMPORT]).printed.split()
        inside.append(float(seconds))
        helped.append(_run(["-m", "augkit", "--help"]))
    return {
        "python": _middle(empty),
        "import": statistics.median(inside),
        "numpy_loaded": loaded == "True",
        "help": _middle(helped),
    }


def first_images(specs: dict[str, str], warm_rounds: int) -> dict[str, dict[str, Any]]:
    """Seconds until the first image is there, with an empty and with a warm kernel cache.

    Args:
        specs: files or presets that `augkit.load` reads, by name.
        warm_rounds: processes after the first, of which the median counts.

    Returns:
        By name: ``cold`` and ``warm`` (whole processes, with the start of Python and NumPy), and
        ``warm_inside`` (from ``import augkit`` to the first result).
    """
    found = {}
    for name, spec in specs.items():
        program = ["-c", FIRST.format(spec=spec)]
        with tempfile.TemporaryDirectory() as folder:
            cold = _run(program, NUMBA_CACHE_DIR=folder)
            warm = [_run(program, NUMBA_CACHE_DIR=folder) for _ in range(warm_rounds)]
        found[name] = {
            "cold": _middle([cold]),
            "warm": _middle(warm),
            "warm_inside": statistics.median(float(run.printed) for run in warm),
        }
    return found
