"""Tables of `image.py`, and what they say about the targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from _measure import Target, Timing, geometric_mean, markdown_table

__all__ = ["OURS", "PEER", "PILLOW", "TORCH", "Overheads", "Row", "chain_report"]
__all__ += ["overhead_report", "single_report"]

OURS, PEER, PILLOW, TORCH = "augkit", "albumentations", "Pillow", "torchvision"

Row = tuple[str, int, Timing, str, float | None]
"""Name, size, timing, note, and how far the results are apart in levels."""


@dataclass(frozen=True)
class Overheads:
    """What `_overhead` found; of pipelines: name, number of transforms, timing."""

    calls: Sequence[tuple[str, int, Timing]]
    alone: Sequence[tuple[str, int, Timing]]
    made: Sequence[tuple[str, int, Timing]]
    starts: dict[str, Any]
    first: dict[str, dict[str, Any]]


def _against_fastest(timing: Timing) -> tuple[str, tuple[float, float, float]] | None:
    """The fastest peer, and how many times as fast as it we are."""
    peers = [name for name in timing.rounds if name != OURS]
    if not peers:
        return None
    fastest = min(peers, key=timing.median)
    return fastest, timing.ratio(fastest, OURS)


def _micro(timing: Timing, name: str) -> str:
    return f"{1e6 * timing.median(name):,.1f}" if name in timing.rounds else "–"


def _times(ratio: tuple[float, float, float]) -> str:
    low, middle, high = ratio
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def single_report(rows: Sequence[Row]) -> tuple[list[str], list[Target]]:
    """The table of single transforms, and what it says about the targets."""
    lines, slow, behind = [], [], []
    against_peer = []
    for name, size, timing, note, apart in rows:
        fastest = _against_fastest(timing)
        if PEER in timing.rounds:
            against_peer.append(timing.ratio(PEER, OURS)[1])
        if fastest is not None:
            behind.append((fastest[1][1], f"{name} {size}", fastest[0]))
            if fastest[1][1] < 0.9:
                slow.append(f"{name} {size}: {fastest[1][1]:.2f} of {fastest[0]}")
        lines.append(
            [
                name,
                str(size),
                *(_micro(timing, who) for who in (OURS, PEER, PILLOW, TORCH)),
                _times(timing.ratio(PEER, OURS)) if PEER in timing.rounds else "–",
                f"{_times(fastest[1])} {fastest[0]}" if fastest else "–",
                "–" if apart is None else f"{apart:.2f}",
                note,
            ]
        )
    head = ["transform", "size", "augkit µs", "albumentations µs", "Pillow µs", "torchvision µs"]
    head += ["× albumentations", "× fastest", "Δ levels", "note"]
    worst, worst_name, worst_peer = min(behind)
    detail = f"the slowest is {worst_name} against {worst_peer}; below 0.9: {len(slow)}"
    targets = [
        Target(
            "single transforms against albumentations, geometric mean",
            geometric_mean(against_peer),
            2,
            True,
            "x",
        ),
        Target("single transforms against the fastest peer", worst, 0.9, True, "x", detail),
    ]
    table = markdown_table(head, lines)
    if slow:
        table += ["", "Slower than 0.9 of the fastest peer:", "", *(f"- {one}" for one in slow)]
    return table, targets


def chain_report(
    found: Sequence[tuple[str, float | None, Timing]],
) -> tuple[list[str], list[Target]]:
    """The table of pipelines and their targets."""
    head = ["pipeline at 512 x 512", "augkit µs", "albumentations µs", "× albumentations", "target"]
    rows, targets = [], []
    for name, target, timing in found:
        ratio = timing.ratio(PEER, OURS)
        wanted = "–" if target is None else f"{target:g}"
        rows.append([name, _micro(timing, OURS), _micro(timing, PEER), _times(ratio), wanted])
        if target is not None:
            targets.append(Target(name, ratio[1], target, True, "x"))
    return markdown_table(head, rows), targets


def overhead_report(found: Overheads) -> tuple[list[str], list[Target], dict[str, Any]]:
    """Three tables, their targets and their data."""
    starts, first = found.starts, found.first
    lines = markdown_table(
        ["on an 8 x 8 image, µs per transform", "call", "batch of 64", "albumentations call"],
        [
            [name, *(_micro(timing, who) for who in ("call", "batch", PEER))]
            for name, _, timing in [*found.calls, *found.alone]
        ],
    )
    lines.append("")
    lines += markdown_table(
        ["construction, µs", "augkit", "per transform", "albumentations"],
        [
            [
                name,
                _micro(timing, OURS),
                f"{1e6 * timing.median(OURS) / count:.1f}",
                _micro(timing, PEER),
            ]
            for name, count, timing in found.made
        ],
    )
    whole = [("an empty Python program", starts["python"]), ("`augkit --help`", starts["help"])]
    for name, times in first.items():
        whole.append((f"first 512 x 512 image, {name}, empty kernel cache", times["cold"]))
        whole.append((f"first 512 x 512 image, {name}, warm cache", times["warm"]))
    within = [("`import augkit`", starts["import"])]
    within += [
        (f"from `import augkit` to the first image, {name}, warm cache", times["warm_inside"])
        for name, times in first.items()
    ]
    lines.append("")
    lines += markdown_table(
        ["processes", "seconds", "of CPU time"],
        [
            *([name, f"{run['wall']:.3f}", f"{run['cpu']:.3f}"] for name, run in whole),
            *([name, f"{seconds:.4f}", "–"] for name, seconds in within),
        ],
    )
    data = {
        "overheads": {name: timing.to_dict() for name, _, timing in [*found.calls, *found.alone]},
        "construction": {name: timing.to_dict() for name, _, timing in found.made},
        "processes_seconds": starts,
        "first_image_seconds": first,
    }
    return lines, _overhead_targets(found), data


def _overhead_targets(found: Overheads) -> list[Target]:
    starts, first = found.starts, found.first
    targets = [
        Target(
            f"overhead per transform, {which}, {count} transforms",
            1e6 * timing.median(which),
            limit,
            False,
            " us",
        )
        for _, count, timing in found.calls
        for which, limit in (("call", 15), ("batch", 10))
    ]
    targets += [
        Target(f"construction of {count} transforms", 1e6 * timing.median(OURS), 50, False, " us")
        for _, count, timing in found.made
    ]
    numpy_note = "NumPy is loaded with it" if starts["numpy_loaded"] else "without NumPy"
    targets.append(Target("import augkit", starts["import"], 0.05, False, " s", numpy_note))
    processes = [
        ("augkit --help", starts["help"], 0.2),
        (
            "first image, empty kernel cache",
            max((x["cold"] for x in first.values()), key=_wall),
            10,
        ),
        ("first image, warm cache", max((x["warm"] for x in first.values()), key=_wall), 1),
    ]
    for name, run, limit in processes:
        detail = f"of CPU time {run['cpu']:.3g} s"
        targets.append(Target(name, run["wall"], limit, False, " s", detail))
    return targets


def _wall(run: dict[str, float]) -> float:
    return run["wall"]
