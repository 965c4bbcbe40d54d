"""Training steps against PyTorch (CPU, eager) and scikit-learn.

    python benchmarks/train.py [--quick]

One thread on one core, then two threads by the clock; tables go to ``benchmarks/results``. Needs the
extra ``[bench]``.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from _background import background
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
        return f"{1e6 * timing.median(name) / case.all_steps:,.0f}" if found else "–"

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


def two_threads(quick: bool) -> tuple[list[str], dict[str, Any]]:
    """The same epochs by the clock, with one thread and with two."""
    from _networks import CASES, epochs, with_threads

    peers = ("regtrain", "PyTorch", "scikit-learn")
    rows: list[list[str]] = []
    data: dict[str, Any] = {}
    for case in CASES:
        found = epochs(case)
        contenders = {
            f"{name}, {count}": with_threads(found[name], count)
            for name in peers
            if name in found
            for count in (1, 2)
        }
        timing = measure(
            contenders,
            inputs=1,
            rounds=9 if quick else 31,
            budget=8 if quick else 40,
            clock=time.perf_counter_ns,
        )
        data[case.name] = timing.to_dict()
        row = [case.name]
        for name in peers:
            for count in (1, 2):
                key = f"{name}, {count}"
                known = key in contenders
                row.append(f"{1e6 * timing.median(key) / case.all_steps:,.0f}" if known else "–")
        both = timing.ratio("PyTorch, 2", "regtrain, 2")[1]
        best = timing.ratio("PyTorch, 1", "regtrain, 1")[1]
        rows.append([*row, f"{best:.2f}", f"{both:.2f}"])
        print(f"  {case.name}, two threads: PyTorch {both:.2f}", file=sys.stderr, flush=True)
    head = ["network, µs/step by the clock"]
    head += [f"{name}, {count}" for name in peers for count in ("1 thread", "2 threads")]
    head += ["× PyTorch, 1 thread", "2 threads"]
    return markdown_table(head, rows), data


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
    pairs, pair_data = two_threads(options.quick)
    torch.set_num_threads(1)
    worker, more, clock = background(options.quick)
    text = [
        f"# Training{' (quick)' if options.quick else ''}",
        "",
        *machine.lines(),
        "Epochs of each library's own loop with Adam, CPU time, per step; ratios above 1: regtrain is "
        "faster. Ours has its order, history and, with batch norm, the whole-set statistics in it: after "
        "each epoch, or after the ten of them at whose end only the model is looked at.",
        "",
        "## Targets",
        "",
        *(f"- {target}" for target in (*targets, *more)),
        "",
        *networks,
        "",
        "## Two threads",
        "",
        *pairs,
        "",
        "## Augmentation in the background",
        "",
        *worker,
    ]
    numbers = {
        "machine": machine.to_dict(),
        "targets": [target.to_dict() for target in (*targets, *more)],
        "epochs": data,
        "threads": pair_data,
        "background": clock,
    }
    path = save("train-quick" if options.quick else "train", text, numbers)
    for target in (*targets, *more):
        print(target)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
