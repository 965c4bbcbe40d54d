"""Image transforms and pipelines against albumentations, Pillow and torchvision.

    python benchmarks/image.py [--quick]

One thread on one core; tables go to ``benchmarks/results``. Needs the extra ``[bench]``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from _measure import (
    Machine,
    Target,
    Timing,
    measure,
    one_thread,
    photographs,
    save,
    sources,
    unpin,
)
from _report import (
    OURS,
    PEER,
    PILLOW,
    TORCH,
    Overheads,
    Row,
    chain_report,
    overhead_report,
    single_report,
)


class Effort:
    """How long to measure."""

    def __init__(self, quick: bool) -> None:
        self.rounds = 11 if quick else 41
        self.budget = 0.6 if quick else 3.0
        self.pipeline_budget = 3.0 if quick else 15.0
        self.processes = 5 if quick else 21
        self.presets = [] if quick else ["image-light", "image-medium", "image-strong"]


def single_transforms(effort: Effort, only: str, failures: list[str]) -> list[Row]:
    """Every transform at both sizes; what could not be run goes to ``failures``."""
    import _torchvision
    import albumentations
    from _single import cases
    from PIL import Image

    from augkit import Compose

    rows: list[Row] = []
    for size in (256, 512):
        arrays = photographs(size)
        pictures = [Image.fromarray(array) for array in arrays]
        works = _torchvision.works(size)
        tensors = _torchvision.inputs(arrays) if works else []
        for case in cases(size):
            if only not in case.name:
                continue
            contenders: dict[str, Callable[[int], Any]] = {}
            ours = Compose([case.ours], seed=7)
            contenders[OURS] = _on(_contiguous(ours), arrays)
            if case.peer is not None:
                theirs = albumentations.Compose([case.peer], seed=7)
                contenders[PEER] = _on(_peer(theirs, case.channels_first), arrays)
            if case.pillow is not None:
                contenders[PILLOW] = _on(case.pillow, pictures)
            if case.name in works:
                contenders[TORCH] = _on(works[case.name], tensors)
            try:
                timing = measure(
                    contenders, inputs=len(arrays), rounds=effort.rounds, budget=effort.budget
                )
            except Exception as error:  # one that fails must not cost the others their numbers
                failures.append(f"{case.name} {size}: {error!r}")
                continue
            apart = None if case.random or case.peer is None else _apart(contenders)
            rows.append((case.name, size, timing, case.note, apart))
            _tell(f"{case.name} {size}", timing)
    return rows


def _on(work: Callable[[Any], Any], inputs: Sequence[Any]) -> Callable[[int], Any]:
    return lambda number: work(inputs[number])


def _contiguous(pipeline: Callable[[Any], Any]) -> Callable[[Any], Any]:
    import numpy as np

    return lambda x: np.ascontiguousarray(pipeline(x))


def _peer(pipeline: Any, channels_first: bool) -> Callable[[Any], Any]:
    """Albumentations, with the transposition that it leaves to PyTorch, contiguous as ours."""
    import numpy as np

    if channels_first:
        return lambda x: np.ascontiguousarray(pipeline(image=x)["image"].transpose(2, 0, 1))
    return lambda x: np.ascontiguousarray(pipeline(image=x)["image"])


def _apart(contenders: Mapping[str, Callable[[int], Any]]) -> float | None:
    """The mean distance of our result from albumentations', in levels of 255."""
    import numpy as np

    ours, theirs = contenders[OURS](0), contenders[PEER](0)
    if ours.shape != theirs.shape:
        return None
    return float(np.abs(ours.astype(np.float64) - theirs.astype(np.float64)).mean())


def _tell(name: str, timing: Timing) -> None:
    times = ", ".join(f"{who} {1e6 * timing.median(who):.0f}" for who in timing.rounds)
    print(f"  {name}: {times} us", file=sys.stderr, flush=True)


def chains(effort: Effort) -> list[tuple[str, float | None, Timing]]:
    """Both pipelines at 512 x 512, bare and with labels: name, target, timing."""
    from _pipelines import crowd, instances, labels, pipelines

    arrays = photographs(512)
    kinds: dict[str, tuple[float | None, Any]] = {
        " + 20 boxes, mask, 10 keypoints": (10, labels(512)),
        " + 20 boxes, 20 masks": (None, instances(512)),
        " + 500 boxes, 6,000 keypoints": (None, crowd(512)),
    }
    found: list[tuple[str, float | None, Timing]] = []
    for item in pipelines():
        pipeline = item.compose()
        cases: list[tuple[str, float | None, dict[str, Callable[[int], object]]]] = [
            (item.name, item.target, _bare(pipeline, item, arrays))
        ]
        for words, (target, known) in kinds.items():
            cases.append((item.name + words, target, _labelled(pipeline, item, known, arrays)))
        for name, target, contenders in cases:
            timing = measure(
                contenders,
                inputs=len(arrays),
                rounds=3 * effort.rounds,
                budget=effort.pipeline_budget,
            )
            found.append((name, target, timing))
            _tell(name, timing)
    return found


def _bare(pipeline: Any, item: Any, arrays: Sequence[Any]) -> dict[str, Callable[[int], object]]:
    return {
        OURS: _on(_contiguous(pipeline), arrays),
        PEER: _on(_peer(item.compose_peer(), item.channels_first), arrays),
    }


def _labelled(
    pipeline: Any, item: Any, known: Mapping[str, Any], arrays: Sequence[Any]
) -> dict[str, Callable[[int], object]]:
    import numpy as np

    peer = item.compose_peer(labelled=True)
    theirs = {"bboxes" if name == "boxes" else name: each for name, each in known.items()}
    if "keypoints" not in theirs:
        theirs["keypoints"] = np.empty((0, 2))
    masks = [name for name in ("mask", "masks") if name in known]

    def ours(array: Any) -> object:
        done = pipeline(image=array, **known)
        return [np.ascontiguousarray(done[name]) for name in ("image", *masks)]

    def other(array: Any) -> object:
        done = peer(image=array, **theirs)
        image = done["image"].transpose(2, 0, 1) if item.channels_first else done["image"]
        return [np.ascontiguousarray(each) for each in (image, *[done[name] for name in masks])]

    return {OURS: _on(ours, arrays), PEER: _on(other, arrays)}


def overheads(effort: Effort, everywhere: set[int]) -> Overheads:
    """Everything around the pixels."""
    import _overhead
    from _pipelines import pipelines

    calls = _overhead.call_overheads(effort.rounds, effort.budget)
    alone = _overhead.transforms_alone(effort.rounds, effort.budget / 2)
    made = _overhead.construction(effort.rounds, effort.budget)
    unpin(everywhere)  # a program that is started is free to run where there is room
    starts = _overhead.import_times(effort.processes)
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "pipeline.json"
        pipelines()[0].compose().save(spec)
        specs = {"the first pipeline": str(spec), **{name: name for name in effort.presets}}
        first = _overhead.first_images(specs, effort.processes)
    return Overheads(calls, alone, made, starts, first)


def _part(
    name: str, effort: Effort, only: str, everywhere: set[int], failures: list[str]
) -> tuple[list[str], list[Target], dict[str, Any]]:
    """A section of the report, its targets and its data."""
    if name == "single":
        rows = single_transforms(effort, only, failures)
        table, targets = single_report(rows)
        singles = [
            {
                "name": transform,
                "size": size,
                "microseconds": timing.to_dict(),
                "times_as_fast_as": {
                    who: timing.ratio(who, OURS) for who in timing.rounds if who != OURS
                },
                "levels_apart": apart,
            }
            for transform, size, timing, _, apart in rows
        ]
        return ["## Single transforms", "", *table], targets, {"single": singles}
    if name == "pipelines":
        found = chains(effort)
        table, targets = chain_report(found)
        both = [
            {
                "name": chain,
                "microseconds": timing.to_dict(),
                "times_as_fast_as_albumentations": timing.ratio(PEER, OURS),
                "target": target,
            }
            for chain, target, timing in found
        ]
        return ["## Pipelines", "", *table], targets, {"pipelines": both}
    table, targets, data = overhead_report(overheads(effort, everywhere))
    return ["## Overheads", "", *table], targets, data


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few minutes; less exact")
    parser.add_argument("--only", default="", help="single transforms with this in their name")
    parser.add_argument(
        "--part", choices=["single", "pipelines", "overheads"], help="default: all three"
    )
    options = parser.parse_args()
    everywhere = one_thread()
    import cv2

    cv2.setNumThreads(1)
    import _torchvision

    effort, machine = Effort(options.quick), Machine()
    parts = [options.part] if options.part else ["single", "pipelines", "overheads"]
    body: list[str] = []
    targets: list[Target] = []
    data: dict[str, Any] = {}
    failures: list[str] = []
    for part in parts:
        try:
            table, reached, found = _part(part, effort, options.only, everywhere, failures)
        except Exception as error:  # the other parts are worth having
            failures.append(f"{part}: {error!r}")
            continue
        body += [*table, ""]
        targets += reached
        data |= found
    text = [
        f"# Images{' (quick)' if options.quick else ''}",
        "",
        *machine.lines(),
        f"Photographs: {', '.join(name for name, _ in sources())}.",
        *([f"Note: {_torchvision.REASON}."] if _torchvision.REASON else []),
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
        "failures": failures,
        "targets": [target.to_dict() for target in targets],
        **data,
    }
    name = "image-quick" if options.quick else "image"
    if options.part or options.only:
        name += "-part"
    path = save(name, text, data)
    for line in (*targets, *(f"FAILED: {failure}" for failure in failures)):
        print(line)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
