"""Errors against the number of training examples, and over seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.core.random import stream_key
from regtrain.charts import Chart
from regtrain.diagnose.run import error_of
from regtrain.layers.base import Workspace
from regtrain.page.section import Section

if TYPE_CHECKING:
    from regtrain.trainer import Trainer

__all__ = ["LearningCurve", "Seeds", "learning_curve", "repeat"]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Seeds:
    """One training repeated with several seeds.

    Attributes:
        train, valid: the errors of each.
    """

    train: tuple[float, ...]
    valid: tuple[float, ...]

    def interval(self) -> tuple[float, float, float]:
        """Mean validation error and Student's 95 % interval of it."""
        from scipy.stats import t

        middle = mean(self.valid)
        if len(self.valid) < 2:
            return middle, float("-inf"), float("inf")
        half = float(t.ppf(0.5 + CONFIDENCE / 2, len(self.valid) - 1)) * stdev(self.valid)
        half /= sqrt(len(self.valid))
        return middle, middle - half, middle + half

    def __str__(self) -> str:
        middle, low, high = self.interval()
        return f"validation error {middle:.4g} [{low:.4g}, {high:.4g}] over {len(self.valid)} seeds"


@dataclass(frozen=True)
class LearningCurve:
    """Errors against the number of training examples.

    Attributes:
        sizes: numbers of training examples.
        points: the errors over seeds at each.
    """

    sizes: tuple[int, ...]
    points: tuple[Seeds, ...]

    @property
    def more_data_helps(self) -> bool:
        """Whether the last doubling still lowered the validation error by more than a twentieth."""
        errors = [mean(point.valid) for point in self.points]
        half = max(
            (at for at, size in enumerate(self.sizes) if 2 * size <= self.sizes[-1]), default=0
        )
        return errors[-1] < 0.95 * errors[half]

    def section(self) -> Section:
        """The curve, and what it says."""
        section = Section("Learning curve", "Errors against the number of training examples.")
        train, valid = (
            [mean(getattr(p, part)) for p in self.points] for part in ("train", "valid")
        )
        bands = [(min(p.valid), max(p.valid)) for p in self.points]
        section.chart(
            Chart("Learning curve", x="training examples", y="error", log_x=True)
            .line(self.sizes, train, "training error")
            .line(
                self.sizes,
                valid,
                "validation error",
                band=([a for a, _ in bands], [b for _, b in bands]),
            ),
            "The band is the range over seeds.",
        )
        section.table(
            ("examples", "training error", "validation error"),
            zip(self.sizes, train, valid, strict=True),
        )
        section.verdict(
            "It still falls: more data would help, and so may augmentation."
            if self.more_data_helps
            else "It is flat: more data of this kind would help little; change the model."
        )
        return section


def _errors(trainer: Trainer, train: Any, valid: Any) -> tuple[float, float]:
    """Train a clone; training and validation error."""
    run = trainer.fit(train, valid=valid, progress=False)
    if run.fit is None or run.fit.data.valid is None:
        raise RuntimeError("a run without data")
    workspace = Workspace(trainer.model.dtype)
    first, second = (
        error_of(trainer, trainer.run_model(samples, workspace), targets).value
        for samples, targets in (run.fit.data.monitored, run.fit.data.valid)
    )
    return first, second


def repeat(
    trainer: Trainer,
    train: tuple[Any, Any],
    valid: tuple[Any, Any],
    *,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    progress: Callable[[str], None] = lambda message: None,
) -> Seeds:
    """Train with several seeds: one run of a small network is noise.

    Args:
        trainer: its settings; it and its model are left alone.
        train, valid: (x, y) each.
        seeds: of weights, order, dropout and augmentation (default five).
    """
    found = []
    for seed in seeds:
        found.append(_errors(trainer.clone(seed=seed), train, valid))
        progress(f"seed {seed}: validation error {found[-1][1]:.4g}")
    return Seeds(tuple(a for a, _ in found), tuple(b for _, b in found))


def learning_curve(
    trainer: Trainer,
    train: tuple[Any, Any],
    valid: tuple[Any, Any],
    *,
    sizes: Sequence[int] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    progress: Callable[[str], None] = lambda message: None,
) -> LearningCurve:
    """Train on more and more of the data.

    Args:
        trainer: its settings; it and its model are left alone. Give it early stopping, or small parts
            are trained as many epochs as the whole.
        train, valid: (x, y) each; a smaller part lies within a larger one, and is drawn by the seed.
        sizes: numbers of examples; default: an eighth, a quarter, half and all.
        seeds: runs at each size (default three).

    Raises:
        ValueError: a size is larger than the data, or smaller than 2.
    """
    count = len(train[0])
    chosen = (
        tuple(sizes) if sizes is not None else tuple(max(2, count // part) for part in (8, 4, 2, 1))
    )
    if not chosen or min(chosen) < 2 or max(chosen) > count or list(chosen) != sorted(set(chosen)):
        raise ValueError(f"sizes must rise from at least 2 to at most {count}, got {chosen}")
    y = np.asarray(train[1])
    points = []
    for size in chosen:
        found = []
        for seed in seeds:
            low, high = stream_key(seed, "learning curve", 0)
            order = np.random.Generator(np.random.Philox(key=low | high << 64)).permutation(count)[
                :size
            ]
            x = (
                train[0][order]
                if isinstance(train[0], np.ndarray)
                else [train[0][i] for i in order]
            )
            batch = trainer.batch_size
            fitting = trainer.clone(
                seed=seed, batch_size=None if batch is None else min(batch, size)
            )
            found.append(_errors(fitting, (x, y[order]), valid))
            progress(f"{size} examples, seed {seed}: validation error {found[-1][1]:.4g}")
        points.append(Seeds(tuple(a for a, _ in found), tuple(b for _, b in found)))
    return LearningCurve(chosen, tuple(points))
