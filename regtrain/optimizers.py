"""Optimizers, in order of growing complexity: a few lines each over flat vectors.

An optimizer is plain data; its moments live in an array of the trainer's. ``learning_rate`` is a
number or a schedule (see `regtrain.schedules`). ``weight_decay`` is decoupled: weights are
multiplied by 1 - learning_rate weight_decay before the step (Loshchilov and Hutter, ICLR 2019).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from regtrain.kernels import optimizers as kernels
from regtrain.kernels.team import share
from regtrain.layers.base import Array
from regtrain.schedules import Schedule

__all__ = [
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "optimizer",
]


_MANY = 1 << 16  # parameters that are worth a thread


def _checked(name: str, value: float, low: float, high: float) -> None:
    if not low <= value < high:
        raise ValueError(f"{name} must be at least {low:g} and below {high:g}, got {value!r}")


@dataclass(frozen=True)
class Optimizer:
    """The base: an optimizer of your own gives `moments` and `update`.

    Args:
        learning_rate: a number above 0, or a schedule.
        weight_decay: decoupled, of the weights only (default 0).
    """

    learning_rate: float | Schedule = 0.01
    weight_decay: float = 0.0
    moments = 0
    """How many vectors it remembers."""

    def __post_init__(self) -> None:
        rate = self.learning_rate
        if not isinstance(rate, Schedule) and not rate > 0:
            raise ValueError(f"learning_rate must be above 0 or a schedule, got {rate!r}")
        if self.weight_decay < 0:
            raise ValueError(f"weight_decay must be at least 0, got {self.weight_decay!r}")

    def step(
        self,
        p: Array,
        g: Array,
        moments: Array,
        rate: float,
        count: int,
        decayed: int,
        l2: float = 0.0,
    ) -> None:
        """Change the parameters ``p`` in place.

        Args:
            p, g: parameters and gradients.
            moments: (`moments`, size), zero before the first step.
            rate: the learning rate of this step.
            count: 1 for the first step.
            decayed: how many of the first parameters are weights.
            l2: adds ``l2 p`` to the gradient of the weights.
        """
        others = slice(decayed, None)
        keep = 1.0 - rate * self.weight_decay

        def part(first: int, last: int, _: int) -> None:
            some = slice(first, last)
            self.update(p[some], g[some], moments[:, some], rate, count, l2, keep)

        share(decayed, part, least=_MANY)
        self.update(p[others], g[others], moments[:, others], rate, count, 0.0, 1.0)

    def update(
        self, p: Array, g: Array, moments: Array, rate: float, count: int, l2: float, keep: float
    ) -> None:
        """One step of a part: p keep, minus what follows from the gradient g + l2 p."""
        raise NotImplementedError

    def at(self, **changes: Any) -> Any:
        """The same with other settings."""
        return replace(self, **changes)


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """w <- w - rate g. Batch, mini-batch or stochastic by the trainer's ``batch_size``."""

    def update(
        self, p: Array, g: Array, moments: Array, rate: float, count: int, l2: float, keep: float
    ) -> None:
        kernels.descend(p, g, rate, l2, keep)


@dataclass(frozen=True)
class Momentum(Optimizer):
    """v <- momentum v + rate g; w <- w - v (the course's form; the rate is inside the velocity).

    Args:
        momentum: what is kept of the velocity, in [0, 1) (default 0.9).
    """

    momentum: float = 0.9
    moments = 1
    nesterov = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked("momentum", self.momentum, 0, 1)

    def update(
        self, p: Array, g: Array, moments: Array, rate: float, count: int, l2: float, keep: float
    ) -> None:
        kernels.momentum(p, g, moments[0], rate, self.momentum, self.nesterov, l2, keep)


@dataclass(frozen=True)
class Nesterov(Momentum):
    """Momentum that looks ahead: the gradient is taken where the velocity leads.

    In the form of Sutskever et al. (ICML 2013) rewritten for the looked-ahead parameters:
    v <- momentum v + rate g; w <- w - (momentum v + rate g).
    """

    nesterov = True


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """s <- s + g²; w <- w - rate g / (sqrt(s) + epsilon) (Duchi et al., JMLR 12, 2011).

    Args:
        epsilon: keeps the division finite (default 1e-10).
    """

    epsilon: float = 1e-10
    moments = 1

    def update(
        self, p: Array, g: Array, moments: Array, rate: float, count: int, l2: float, keep: float
    ) -> None:
        kernels.adagrad(p, g, moments[0], rate, self.epsilon, l2, keep)


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """s <- beta s + (1 - beta) g²; w <- w - rate g / (sqrt(s) + epsilon) (Hinton, lecture 6e).

    Args:
        beta: in [0, 1) (default 0.99).
        epsilon: default 1e-8.
    """

    learning_rate: float | Schedule = 0.001
    beta: float = 0.99
    epsilon: float = 1e-8
    moments = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked("beta", self.beta, 0, 1)

    def update(
        self, p: Array, g: Array, moments: Array, rate: float, count: int, l2: float, keep: float
    ) -> None:
        kernels.rmsprop(p, g, moments[0], rate, self.beta, self.epsilon, l2, keep)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam (Kingma and Ba, ICLR 2015), with epsilon added to the corrected root, as in the paper.

    Args:
        beta1: of the mean, in [0, 1) (default 0.9).
        beta2: of the square, in [0, 1) (default 0.999).
        epsilon: default 1e-8.
    """

    learning_rate: float | Schedule = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    moments = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked("beta1", self.beta1, 0, 1)
        _checked("beta2", self.beta2, 0, 1)

    def update(
        self, p: Array, g: Array, moments: Array, rate: float, count: int, l2: float, keep: float
    ) -> None:
        kernels.adam(
            p,
            g,
            moments[0],
            moments[1],
            rate,
            self.beta1,
            self.beta2,
            self.epsilon,
            count,
            l2,
            keep,
        )


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (default 0.01)."""

    weight_decay: float = 0.01


_NAMES: dict[str, type[Optimizer]] = {
    "gradient-descent": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}


def optimizer(given: str | Optimizer) -> Optimizer:
    """The optimizer of a name, with its defaults.

    >>> optimizer("adam").learning_rate
    0.001
    """
    if isinstance(given, Optimizer):
        return given
    if given not in _NAMES:
        hint = ""
        if given == "sgd":
            hint = "; sgd is gradient-descent or momentum here"
        elif isinstance(given, type) and issubclass(given, Optimizer):
            hint = f"; write {given.__name__}(), with parentheses"
        raise ValueError(
            f"optimizer must be one of {', '.join(_NAMES)} or an Optimizer, got {given!r}{hint}"
        )
    return _NAMES[given]()
