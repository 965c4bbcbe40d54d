"""A CNN trained with augmentation in one background worker on the second core, by the clock."""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

from _measure import Target, Timing, markdown_table

__all__ = ["background"]


def background(quick: bool) -> tuple[list[str], list[Target], dict[str, Any]]:
    """The table, the target, the numbers.

    Beside it stands what the machine itself loses: the CNN without augmentation, while another process
    trains the same on the second core. Where two cores are two threads of one, that is much.
    """
    fits = {
        "without": _fit(quick),
        "augmented, 1 thread": _fit(quick, augment=True, workers=1, processes=False),
        "augmented, 1 worker": _fit(quick, augment=True, workers=1),
        "augmented, in line": _fit(quick, augment=True),
    }
    alone = "without, another training on the other core"
    found: dict[str, list[float]] = {name: [] for name in (*fits, alone)}
    for turn in range(4 if quick else 12):
        for name, fit in fits.items():
            spent = _epoch(fit)
            if turn:  # the first compiles
                found[name].append(spent)
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_train, args=(quick, ready, done), daemon=True)
    other.start()
    ready.wait()
    found[alone] = [_epoch(fits["without"]) for _ in found["without"]]
    done.set()
    other.join()
    timing = Timing(found)
    rows = [
        [name, f"{timing.median(name):.3f}", f"{1 / timing.ratio(name, 'without')[1]:.2f}"]
        for name in found
    ]
    default = 1 / timing.ratio("augmented, 1 worker", "without")[1]
    target = Target(
        "CNN with augmentation in one worker, speed of that without", default, 0.9, True, "",
        "the default: a process",
    )  # fmt: skip
    return (
        markdown_table(["CNN, an epoch by the clock", "s", "speed of that without"], rows),
        [target],
        timing.to_dict(),
    )


def _fit(quick: bool, *, augment: bool = False, **settings: Any) -> Any:
    """A training of the CNN on random images."""
    import numpy as np
    from _networks import CASES

    from augkit import Compose, image
    from regtrain import Sequential, Trainer
    from regtrain.training.fit import Fit
    from regtrain.training.prepare import prepare

    case = CASES[-1]
    generator = np.random.default_rng(0)
    count = case.batch * (4 if quick else 12)
    x = generator.integers(0, 256, (count, *case.shape), dtype=np.uint8)
    y = generator.integers(0, case.classes, count)
    if augment:
        settings["augment"] = Compose(
            [
                image.HorizontalFlip(p=0.5),
                image.Translate(translate=(-0.1, 0.1)),
                image.Zoom(scale=(0.9, 1.1)),
                image.GaussianNoise(std=0.05),
            ],
            seed=1,
        )
    trainer = Trainer(
        Sequential(*case.layers()),
        batch_size=case.batch,
        max_epochs=10**9,
        monitor_train=1,
        **settings,
    )
    prepared = prepare(trainer, (x, y), None, None)
    trainer.normalizer = prepared.normalizer
    return Fit(trainer, prepared)


def _epoch(fit: Any) -> float:
    begin = time.perf_counter()
    fit.epoch(begin)
    return time.perf_counter() - begin


def _train(quick: bool, ready: Any, done: Any) -> None:
    """Train until it is enough."""
    fit = _fit(quick)
    _epoch(fit)
    ready.set()
    while not done.is_set():
        _epoch(fit)
