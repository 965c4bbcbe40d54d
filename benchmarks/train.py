"""Training steps against PyTorch (CPU, eager) and scikit-learn.

    python benchmarks/train.py [--quick]

One thread on one core; tables go to ``benchmarks/results``. Needs the extra ``[bench]``.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from _measure import Machine, Target, Timing, markdown_table, measure, one_thread, save, unpin

PEERS = ("PyTorch", "PyTorch fused", "scikit-learn")


def table(quick: bool) -> tuple[list[str], list[Target], dict[str, Any]]:
    """All networks: the table, the targets, the numbers."""
    from _networks import CASES, epochs, products

    rows: list[list[str]] = []
    targets: list[Target] = []
    data: dict[str, Any] = {}
    for case in CASES:
        contenders = epochs(case)
        if case.hidden is not None:
            contenders["products"] = products(case)
        timing = measure(
            contenders, inputs=1, rounds=15 if quick else 61, budget=12 if quick else 60
        )
        data[case.name] = timing.to_dict()
        print(f"  {case.name}: {_ratios(timing)}", file=sys.stderr, flush=True)
        rows.append(_row(case, timing))
        targets.append(
            Target(
                f"{case.name} against PyTorch", _ratio(timing, "PyTorch"), case.target, True, "x"
            )
        )
        if case.name == "784-512-256-10":
            targets.append(
                Target(
                    f"{case.name} against scikit-learn",
                    _ratio(timing, "scikit-learn"),
                    2.3,
                    True,
                    "x",
                    "scikit-learn in float32",
                )
            )
            share = timing.median("products") / timing.median("regtrain")
            targets.append(Target("matrix products' share of the step", share, 0.6, True))
    head = ["network", "batch", "regtrain µs/step", *(f"{peer} µs/step" for peer in PEERS)]
    head += [*(f"× {peer}" for peer in PEERS), "products"]
    return markdown_table(head, rows), targets, data


def _ratio(timing: Timing, peer: str) -> float:
    return timing.ratio(peer, "regtrain")[1]


def _ratios(timing: Timing) -> str:
    return ", ".join(f"{peer} {_ratio(timing, peer):.2f}" for peer in timing.rounds)


def _row(case: Any, timing: Timing) -> list[str]:
    def step(name: str) -> str:
        found = name in timing.rounds
        return f"{1e6 * timing.median(name) / case.steps:,.0f}" if found else "–"

    def times(peer: str) -> str:
        if peer not in timing.rounds:
            return "–"
        low, middle, high = timing.ratio(peer, "regtrain")
        return f"{middle:.2f} ({low:.2f}–{high:.2f})"

    share = (
        f"{timing.median('products') / timing.median('regtrain'):.0%}"
        if "products" in timing.rounds
        else "–"
    )
    return [
        case.name,
        str(case.batch),
        *map(step, ("regtrain", *PEERS)),
        *map(times, PEERS),
        share,
    ]


def background(quick: bool) -> tuple[list[str], list[Target], dict[str, Any]]:
    """The CNN with augmentation in a background worker on the second core, by the clock."""
    import numpy as np
    from _networks import CASES

    from augkit import Compose, image
    from regtrain import Sequential, Trainer
    from regtrain.training.fit import Fit
    from regtrain.training.prepare import prepare

    case = CASES[3]
    generator = np.random.default_rng(0)
    count = case.batch * (4 if quick else 12)
    x = generator.integers(0, 256, (count, *case.shape), dtype=np.uint8)
    y = generator.integers(0, case.classes, count)
    pipeline = Compose(
        [
            image.HorizontalFlip(p=0.5),
            image.Translate(translate=(-0.1, 0.1)),
            image.Zoom(scale=(0.9, 1.1)),
            image.GaussianNoise(std=0.05),
        ],
        seed=1,
    )
    works = {}
    choices: dict[str, dict[str, Any]] = {
        "without": {},
        "augmented, 1 worker": {"augment": pipeline, "workers": 1},
        "augmented, in line": {"augment": pipeline},
    }
    for name, settings in choices.items():
        trainer = Trainer(
            Sequential(*case.layers()),
            batch_size=case.batch,
            max_epochs=10**9,
            monitor_train=1,
            **settings,
        )
        prepared = prepare(trainer, (x, y), None, None)
        trainer.normalizer = prepared.normalizer
        works[name] = Fit(trainer, prepared)
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(4 if quick else 12):
        for name, fit in works.items():
            begin = time.perf_counter()
            fit.epoch(begin)
            if turn:  # the first compiles
                found[name].append(time.perf_counter() - begin)
    timing = Timing(found)
    ratio = 1 / timing.ratio("augmented, 1 worker", "without")[1]
    rows = [[name, f"{timing.median(name):.3f}"] for name in found]
    target = Target("CNN with augmentation in one worker, speed of that without", ratio, 0.9, True)
    return markdown_table(["CNN, an epoch by the clock", "s"], rows), [target], timing.to_dict()


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description="Training against PyTorch and scikit-learn")
    parser.add_argument("--quick", action="store_true", help="about two minutes")
    options = parser.parse_args()
    everywhere = one_thread()
    import torch

    torch.set_num_threads(1)
    machine = Machine(packages=("numpy", "numba", "torch", "scikit-learn"))
    networks, targets, data = table(options.quick)
    unpin(everywhere)
    worker, more, clock = background(options.quick)
    text = [
        f"# Training{' (quick)' if options.quick else ''}",
        "",
        *machine.lines(),
        "One epoch of each library's own loop with Adam, CPU time, per step; ratios above 1: regtrain "
        "is faster. Ours has its order, history and, with batch norm, the whole-set statistics in it.",
        "",
        "## Targets",
        "",
        *(f"- {target}" for target in (*targets, *more)),
        "",
        *networks,
        "",
        *worker,
    ]
    numbers = {
        "machine": machine.to_dict(),
        "targets": [target.to_dict() for target in (*targets, *more)],
        "epochs": data,
        "background": clock,
    }
    path = save("train-quick" if options.quick else "train", text, numbers)
    for target in (*targets, *more):
        print(target)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
