"""Are the gradients right? Compared, block by block, with central differences in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from augkit.core.random import Root, Stream
from regtrain.kernels.optimizers import add_l2
from regtrain.layers.base import Array, Context, Workspace
from regtrain.losses import Loss
from regtrain.losses import loss as loss_of
from regtrain.sequential import Sequential

__all__ = ["GradientCheck", "gradient_check"]


@dataclass(frozen=True)
class GradientCheck:
    """What `gradient_check` found.

    Attributes:
        errors: for each block of parameters, and ``input``, the relative error
            norm(analytic - numeric) / (norm(analytic) + norm(numeric)).
        kinks: how many numbers were left out, as the loss has a kink there (ReLU, max-pooling).
        tolerance: what an error has to stay below.
    """

    errors: dict[str, float] = field(default_factory=dict)
    kinks: int = 0
    tolerance: float = 1e-6

    @property
    def worst(self) -> float:
        """The greatest error."""
        return max(self.errors.values(), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether all errors lie below the tolerance."""
        return self.worst < self.tolerance


def gradient_check(
    model: Sequential,
    x: Any,
    y: Any,
    loss: str | Loss = "cross-entropy",
    *,
    l2: float = 0.0,
    weights: Any = None,
    training: bool = True,
    per_block: int = 40,
    step: float = 1e-6,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> GradientCheck:
    """Compare the gradients of a model with numerical ones.

    Works on a copy in float64; dropout keeps one mask throughout. In the manner of CS231n's notes: a
    few numbers of *each* block, so that a wrong bias cannot hide behind many right weights.

    Args:
        model: built or not; its present parameters are used if it is.
        x, y: a few samples.
        loss: a name or a `Loss`.
        l2: the L2 term, as in `Trainer`.
        weights: of the samples.
        training: check the training pass (dropout, statistics of the batch) or inference.
        per_block: how many numbers of each block, at random (default 40).
        step: of the difference (default 1e-6).
        tolerance: see `GradientCheck` (default 1e-6).
        seed: of the choice, and of the parameters of a model that is not built.

    >>> import numpy as np
    >>> from regtrain import Dense, Sequential, Tanh
    >>> x = np.random.default_rng(0).standard_normal((8, 5))
    >>> gradient_check(Sequential(Dense(4), Tanh(), Dense(3)), x, np.arange(8) % 3).passed
    True
    """
    x, measure = np.asarray(x), loss_of(loss)
    x = x.astype(np.float64) if x.dtype.kind == "f" else x
    model = _doubled(model, x.shape[1:], seed)
    model.check(x)
    targets = measure.targets(y, model.output_shape, np.float64)
    share = None if weights is None else np.asarray(weights, np.float64)
    stream = Stream(Root((seed, "gradient-check", 0))).at("dropout")
    workspace = Workspace(np.float64)

    def value(gradient: Array | None = None) -> tuple[float, Any]:
        outputs, backprop = model.forward(x, Context(training, workspace, stream))
        found = measure(outputs, targets, share, gradient)
        kept = model.parameters[: model.decayed]
        return found + l2 / 2 * float(kept @ kept), backprop

    d_outputs = np.empty((len(x), *model.output_shape))
    _, backprop = value(d_outputs)
    floats = x.dtype.kind == "f"
    d_input = backprop(d_outputs, wanted=floats)
    d_input = None if d_input is None else d_input.copy()
    if l2:
        add_l2(model.parameters, model.gradients, l2, model.decayed)
    analytic = model.gradients.copy()
    generator = np.random.Generator(np.random.Philox(key=seed))
    errors: dict[str, float] = {}
    kinks = 0

    def compare(name: str, vector: Array, gradient: Array) -> None:
        nonlocal kinks
        some = generator.permutation(vector.size)[:per_block]
        pairs = []
        for at in some:
            numeric = _slope(vector, int(at), step, lambda: value()[0])
            if numeric is None:
                kinks += 1
            else:
                pairs.append((float(gradient[at]), numeric))
        a, n = np.array(pairs).reshape(-1, 2).T
        scale = float(np.linalg.norm(a) + np.linalg.norm(n))
        # Below 1e-7 there is only the rounding of the differences.
        errors[name] = float(np.linalg.norm(a - n)) / scale if scale > 1e-7 else 0.0

    for place in model.places:
        compare(place.name, model.parameters[place.where], analytic[place.where])
    if d_input is not None:
        compare("input", x.reshape(-1), d_input.reshape(-1))
    return GradientCheck(errors, kinks, tolerance)


def _doubled(model: Sequential, shape: tuple[int, ...], seed: int) -> Sequential:
    """A copy in float64, with the same parameters."""
    copy = Sequential(*model.layers).build(shape, seed=seed, dtype=np.float64)
    if model.built and model.shape == shape:
        copy.parameters[:] = model.parameters
        copy.statistics[:] = model.statistics
    return copy


def _slope(vector: Array, at: int, step: float, loss: Callable[[], float]) -> float | None:
    """The central difference; None where the slopes of both sides differ: a kink."""
    before = vector[at]
    middle = loss()
    vector[at] = before + step
    above = loss()
    vector[at] = before - step
    below = loss()
    vector[at] = before
    right, left = (above - middle) / step, (middle - below) / step
    if abs(right - left) > 1e-4 * max(1.0, abs(right), abs(left)):
        return None
    return (above - below) / (2 * step)
