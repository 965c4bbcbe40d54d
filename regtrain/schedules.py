"""Learning rates as pure functions of the global step.

The first update is step 0. Durations are in epochs, and may be fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi

__all__ = [
    "Constant",
    "Cosine",
    "Exponential",
    "OnPlateau",
    "OneCycle",
    "Plan",
    "Schedule",
    "StepDecay",
    "WarmUp",
]


@dataclass(frozen=True)
class Plan:
    """What a schedule may know of the run.

    Args:
        steps_per_epoch: updates in one epoch.
        epochs: how many are planned.
        monitored: the monitored value of each epoch so far, lower is better.
    """

    steps_per_epoch: int = 1
    epochs: int = 1
    monitored: Sequence[float] = ()

    @property
    def steps(self) -> int:
        """How many updates are planned."""
        return self.steps_per_epoch * self.epochs


@dataclass(frozen=True)
class Schedule:
    """The base: ``rate(step, plan)``.

    Args:
        base: the learning rate that is scaled (default 0.001).
    """

    base: float = 0.001

    def __post_init__(self) -> None:
        if not self.base > 0:
            raise ValueError(f"{type(self).__name__}: base must be above 0, got {self.base!r}")

    def rate(self, step: int, plan: Plan) -> float:
        """The learning rate of update ``step``, counted from 0."""
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Schedule):
    """Always ``base``."""

    def rate(self, step: int, plan: Plan) -> float:
        return self.base


@dataclass(frozen=True)
class StepDecay(Schedule):
    """Multiplied by ``factor`` after every ``every`` epochs.

    Args:
        every: epochs between two drops (default 10).
        factor: default 0.1.
    """

    every: float = 10
    factor: float = 0.1

    def rate(self, step: int, plan: Plan) -> float:
        return self.base * self.factor ** (step // max(1, round(self.every * plan.steps_per_epoch)))


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiplied by ``factor`` per epoch, smoothly from step to step.

    Args:
        factor: per epoch (default 0.95).
    """

    factor: float = 0.95

    def rate(self, step: int, plan: Plan) -> float:
        return float(self.base * self.factor ** (step / plan.steps_per_epoch))


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from ``base`` to ``end`` over the run (Loshchilov and Hutter, ICLR 2017).

    Args:
        end: the last rate (default 0).
        epochs: how long; default: the whole run.
    """

    end: float = 0.0
    epochs: float | None = None

    def rate(self, step: int, plan: Plan) -> float:
        total = plan.steps if self.epochs is None else self.epochs * plan.steps_per_epoch
        return _cosine(self.base, self.end, step / max(total - 1, 1))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to ``base`` by a cosine, then down almost to zero (Smith, arXiv 1803.09820).

    Args:
        rise: the fraction of the run that goes up (default 0.3).
        start: the first rate is base / start (default 25).
        end: the last is base / start / end (default 10,000).
    """

    rise: float = 0.3
    start: float = 25.0
    end: float = 1e4

    def rate(self, step: int, plan: Plan) -> float:
        top = max(self.rise * plan.steps - 1, 0)
        low = self.base / self.start
        if step <= top:
            return _cosine(low, self.base, step / max(top, 1e-9)) if top else self.base
        return _cosine(self.base, low / self.end, (step - top) / max(plan.steps - 1 - top, 1e-9))


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A line from near zero to ``base``, then another schedule, which counts from there.

    Args:
        epochs: how long the line is (default 1).
        then: what follows; its own ``base`` holds there (default: constant).
    """

    epochs: float = 1
    then: Schedule | None = None

    def rate(self, step: int, plan: Plan) -> float:
        warm = round(self.epochs * plan.steps_per_epoch)
        base = self.base if self.then is None else self.then.base
        if step < warm:
            return base * (step + 1) / warm
        return base if self.then is None else self.then.rate(step - warm, plan)


@dataclass(frozen=True)
class OnPlateau(Schedule):
    """Multiplied by ``factor`` after ``patience`` epochs in a row without improvement.

    Args:
        patience: misses (default 5); after a drop the count begins anew.
        factor: default 0.1.
        min_delta: an improvement is at least this much better than the best (default 0).
        lowest: the rate does not fall below it (default 0).
    """

    patience: int = 5
    factor: float = 0.1
    min_delta: float = 0.0
    lowest: float = 0.0

    def rate(self, step: int, plan: Plan) -> float:
        rate, best, misses = self.base, float("inf"), 0
        for value in plan.monitored:
            if value < best - self.min_delta:
                best, misses = value, 0
            else:
                misses += 1
            if misses >= self.patience:
                rate, misses = max(rate * self.factor, self.lowest), 0
        return rate


def _cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + cos(pi * min(max(progress, 0.0), 1.0))) / 2
