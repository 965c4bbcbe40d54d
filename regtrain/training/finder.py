"""The learning rate finder: how the loss answers to a growing rate. It leaves no trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, log
from typing import TYPE_CHECKING, Any

from regtrain.schedules import Plan, Schedule
from regtrain.sequential import Sequential
from regtrain.training.callbacks import Callback

if TYPE_CHECKING:
    from regtrain.trainer import Trainer
    from regtrain.training.fit import Fit

__all__ = ["LRFinder"]


@dataclass(frozen=True)
class _Sweep(Schedule):
    """From ``base`` to ``high`` in ``steps`` equal factors."""

    high: float = 10.0
    steps: int = 100

    def rate(self, step: int, plan: Plan) -> float:
        return float(self.base * (self.high / self.base) ** (step / max(self.steps - 1, 1)))


@dataclass
class LRFinder:
    """Train a copy of the model for a moment, at rates from ``low`` to ``high``.

    Smith, "Cyclical learning rates for training neural networks", WACV 2017. The trainer, its model,
    its streams and its history stay as they are, bit for bit.

    Args:
        low, high: the first and the last rate (default 1e-6 to 10).
        steps: how many (default 100).
        smoothing: of the losses, in [0, 1) (default 0.9).
        stop_factor: end when the smoothed loss is this many times its smallest (default 4).

    Attributes:
        rates, losses: what was tried, and the smoothed loss of each.

    >>> import numpy as np
    >>> from regtrain import Dense, ReLU, Sequential, Trainer
    >>> x = np.random.default_rng(0).standard_normal((200, 5)).astype(np.float32)
    >>> y = (x[:, 0] > 0).astype(int)
    >>> finder = LRFinder().find(Trainer(Sequential(Dense(20), ReLU(), Dense(2))), (x, y))
    >>> 1e-4 < finder.suggestion < 1
    True
    """

    low: float = 1e-6
    high: float = 10.0
    steps: int = 100
    smoothing: float = 0.9
    stop_factor: float = 4.0

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high:
            raise ValueError(
                f"LRFinder: low and high must be above 0 and in order, got {self.low!r} and "
                f"{self.high!r}"
            )
        if self.steps < 2:
            raise ValueError(f"LRFinder: steps must be at least 2, got {self.steps!r}")
        self.rates: list[float] = []
        self.losses: list[float] = []

    def find(self, trainer: Trainer, train: tuple[Any, Any]) -> LRFinder:
        """Sweep the rates on training data."""
        model = Sequential(*trainer.model.layers)
        if trainer.model.built:
            model.build(trainer.model.shape, trainer.seed, trainer.model.dtype)
            model.parameters[:] = trainer.model.parameters
            model.statistics[:] = trainer.model.statistics
        sweep = _Sweep(self.low, self.high, self.steps)
        copy = trainer.clone(
            model=model,
            optimizer=replace(trainer.optimizer, learning_rate=sweep),
            max_epochs=self.steps,
            early_stopping=None,
            monitor_train=1,
            workers=0,
        )
        watcher = _Watcher(self)
        copy.fit(train, callbacks=[watcher], progress=False)
        return self

    @property
    def suggestion(self) -> float:
        """Where the loss falls fastest (its steepest slope over the logarithm of the rate)."""
        first = self.steps // 10  # the mean has not settled before
        if len(self.losses) < first + 3:
            raise ValueError("LRFinder: too few rates were tried; call find first, or lower `low`")
        slopes = [
            (self.losses[i + 1] - self.losses[i - 1])
            / (log(self.rates[i + 1]) - log(self.rates[i - 1]))
            for i in range(first + 1, len(self.losses) - 1)
        ]
        return self.rates[first + 1 + slopes.index(min(slopes))]


class _Watcher(Callback):
    def __init__(self, finder: LRFinder) -> None:
        self.finder, self.mean = finder, 0.0
        finder.rates, finder.losses = [], []

    def on_step(self, fit: Fit, loss: float) -> str | None:
        finder, count = self.finder, len(self.finder.losses) + 1
        self.mean = finder.smoothing * self.mean + (1 - finder.smoothing) * loss
        smooth = self.mean / (1 - finder.smoothing**count)
        finder.rates.append(fit.rate(count - 1, Plan()))
        finder.losses.append(smooth)
        if count >= finder.steps:
            return "all rates were tried"
        if not isfinite(smooth) or smooth > finder.stop_factor * min(finder.losses):
            return "the loss explodes"
        return None
