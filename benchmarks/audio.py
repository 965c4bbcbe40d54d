"""Transforms of sounds against audiomentations and librosa.

    python benchmarks/audio.py [--quick] [--only NAME]

One thread on one core; tables go to ``benchmarks/results``. Needs the extra ``[bench]``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _measure import Machine, Target, Timing, markdown_table, measure, one_thread, save

OURS, PEER, LIBROSA = "augkit", "audiomentations", "librosa"
PACKAGES = (
    *("numpy", "scipy", "soxr", "soundfile", "numba", "audiomentations", "librosa"),
    *("python-stretch", "loudness", "numpy-audio-limiter"),
)

FIRST = """
import time, sys
begin, cpu = time.perf_counter(), time.process_time()
import numpy as np
from augkit import Compose, audio
sound = (0.1 * np.sin(np.arange(80000) / 9)).astype(np.float32)
Compose([{code}], seed=1)(sound, sample_rate=16000, key="k")
print(time.perf_counter() - begin, time.process_time() - cpu)
"""
FIRSTS = {
    "Gain": "audio.Gain()",
    "TimeStretch wsola": "audio.TimeStretch(rate=1.25)",
    "TimeStretch phase vocoder": "audio.TimeStretch(rate=1.25, engine='phase_vocoder')",
    "PitchShift wsola": "audio.PitchShift(semitones=3)",
    "AddNoise pink": "audio.AddNoise(color='pink')",
    "LowPass": "audio.LowPass(cutoff_hz=1000)",
    "LoudnessNormalize": "audio.LoudnessNormalize()",
}


def singles(quick: bool, only: str, root: Path, failures: list[str]) -> list[Any]:
    """Every transform at both sizes: size, case, timing."""
    import _audio_cases

    rows = []
    for size, (rate, channels, seconds) in _audio_cases.SIZES.items():
        inputs = _audio_cases.sounds(rate, channels, seconds)
        for case in _audio_cases.cases(rate, root):
            if only not in case.name:
                continue
            contenders = _contenders(case, inputs, rate)
            try:
                timing = measure(
                    contenders,
                    inputs=len(inputs),
                    rounds=11 if quick else 41,
                    budget=0.7 if quick else 2.0,
                )
            except Exception as error:  # one that fails must not cost the others their numbers
                failures.append(f"{case.name}, {size}: {error!r}")
                continue
            rows.append((size, case, timing))
            times = ", ".join(f"{who} {1e3 * timing.median(who):.2f}" for who in timing.rounds)
            print(f"  {case.name}, {size}: {times} ms", file=sys.stderr, flush=True)
    return rows


def _contenders(case: Any, inputs: list[Any], rate: int) -> dict[str, Callable[[int], object]]:
    from augkit import Compose

    ours = Compose([case.ours], seed=7, sample_rate=rate)
    found: dict[str, Callable[[int], object]] = {OURS: lambda number: ours(inputs[number])}
    mono_only = "mono only" in case.note and inputs[0].ndim > 1
    if case.peer is not None and not mono_only:
        found[PEER] = lambda number: case.peer(samples=inputs[number], sample_rate=rate)
    if case.librosa is not None:
        found[LIBROSA] = lambda number: case.librosa(inputs[number], rate)
    return found


def single_report(rows: list[Any]) -> tuple[list[str], list[Target]]:
    """The table, and the targets: one per transform, the slower of both sizes."""
    lines: list[list[str]] = []
    worst: dict[str, Target] = {}
    for size, case, timing in rows:
        peers = [name for name in timing.rounds if name != OURS]
        against = case.against or min(peers, key=timing.median, default=None)
        ratio = timing.ratio(against, OURS) if against in timing.rounds else None
        if ratio is not None:
            found = Target(case.name, ratio[1], case.target, True, "x", f"{size}, {against}")
            before = worst.get(case.name)
            if before is None or found.value < before.value:
                worst[case.name] = found
        lines.append(
            [
                case.name,
                size,
                *(
                    f"{1e3 * timing.median(who):.3f}" if who in timing.rounds else "–"
                    for who in (OURS, PEER, LIBROSA)
                ),
                f"{ratio[1]:.2f} ({ratio[0]:.2f}–{ratio[2]:.2f}) {against}" if ratio else "–",
                f"{case.target:g}",
                case.note,
            ]
        )
    head = ["transform", "sound", "augkit ms", "audiomentations ms", "librosa ms", "× peer"]
    return markdown_table([*head, "target", "note"], lines), list(worst.values())


def overhead(quick: bool) -> Timing:
    """What ten transforms that do next to nothing cost, on 160 samples."""
    import audiomentations
    import numpy as np

    from augkit import Compose, audio

    sound = np.full(160, 0.1, np.float32)
    ours = Compose([audio.Gain(gain_db=(-6, 6)) for _ in range(10)], seed=7, sample_rate=16000)
    peer = audiomentations.Compose([audiomentations.Gain(-6, 6, p=1) for _ in range(10)])
    one = Compose([audio.Gain(gain_db=(-6, 6))], seed=7, sample_rate=16000)
    return measure(
        {
            OURS: lambda number: ours(sound, key=number),
            "augkit, one": lambda number: one(sound, key=number),
            PEER: lambda number: peer(sound, sample_rate=16000),
        },
        inputs=50,
        rounds=21 if quick else 61,
        budget=5.0,
    )


def first_transforms(rounds: int) -> dict[str, tuple[float, float]]:
    """Seconds (wall, CPU) from the start of a fresh process' program to the first result."""
    found = {}
    for name, code in FIRSTS.items():
        runs = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as empty:
                done = subprocess.run(
                    [sys.executable, "-c", FIRST.format(code=code)],
                    env={**os.environ, "NUMBA_CACHE_DIR": empty},
                    capture_output=True,
                    text=True,
                    check=True,
                )
            runs.append(tuple(map(float, done.stdout.split())))
        walls, cpus = zip(*runs, strict=True)
        found[name] = (sorted(walls)[len(walls) // 2], sorted(cpus)[len(cpus) // 2])
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few minutes; less exact")
    parser.add_argument("--only", default="", help="transforms with this in their name")
    options = parser.parse_args()
    one_thread()
    warnings.simplefilter("ignore")
    machine, failures, begin = Machine(packages=PACKAGES), list[str](), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        import _audio_cases

        root = Path(folder)
        _audio_cases.noise_folder(root)
        rows = singles(options.quick, options.only, root, failures)
    table, targets = single_report(rows)
    body = ["## Single transforms", "", *table, ""]
    data: dict[str, Any] = {
        "single": [
            {
                "name": case.name,
                "sound": size,
                "microseconds": timing.to_dict(),
                "times_as_fast_as": {
                    who: timing.ratio(who, OURS) for who in timing.rounds if who != OURS
                },
            }
            for size, case, timing in rows
        ]
    }
    if not options.only:
        cost = overhead(options.quick)
        each = (cost.median(OURS) - cost.median("augkit, one")) / 9
        targets.append(Target("overhead per transform", 1e6 * each, 10, False, " us"))
        firsts = first_transforms(3 if options.quick else 5)
        slowest = max(firsts, key=lambda name: firsts[name][1])
        wall, cpu = firsts[slowest]
        detail = f"{slowest}; CPU time, {wall:.2f} s passed"
        targets.append(Target("first transform, fresh process", cpu, 1.5, False, " s", detail))
        body += [
            "## Overheads",
            "",
            f"Ten gains on 160 samples: augkit {1e6 * cost.median(OURS):.0f} µs (one: "
            f"{1e6 * cost.median('augkit, one'):.0f} µs), audiomentations "
            f"{1e6 * cost.median(PEER):.0f} µs.",
            "",
            *markdown_table(
                ["first result in a fresh process, empty caches", "seconds", "of CPU time"],
                [[name, f"{wall:.2f}", f"{cpu:.2f}"] for name, (wall, cpu) in firsts.items()],
            ),
            "",
        ]
        data |= {"overhead": cost.to_dict(), "first_seconds": firsts}
    text = [
        f"# Sounds{' (quick)' if options.quick else ''}",
        "",
        *machine.lines(),
        "Three made sounds of voiced, noisy and silent parts with beats; see `_audio_cases.sounds`.",
        *(f"FAILED: {failure}" for failure in failures),
        "",
        "## Targets",
        "",
        *(f"- {target}" for target in targets),
        "",
        *body,
    ]
    data = {
        "machine": machine.to_dict(),
        "seconds": round(time.perf_counter() - begin),
        "failures": failures,
        "targets": [target.to_dict() for target in targets],
        **data,
    }
    name = "audio-quick" if options.quick else "audio"
    path = save(name + ("-part" if options.only else ""), text, data)
    for line in (*targets, *(f"FAILED: {failure}" for failure in failures)):
        print(line)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
