"""The loss and the gradients of one training step, without a trainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.core.random import Root, Stream

if TYPE_CHECKING:
    from regtrain.losses import Loss
    from regtrain.sequential import Sequential

__all__ = ["loss_and_gradient"]


def loss_and_gradient(
    model: Sequential, loss: Loss, x: Any, y: Any, *, l2: float = 0.0, seed: int = 0
) -> Callable[[], float]:
    """A function that computes the loss of a training step, and writes the model's gradients.

    Dropout masks come from one stream, so every call drops the same.
    """
    from regtrain.layers.base import Context, Workspace

    targets = loss.targets(y, model.output_shape, model.dtype)
    inputs = (
        np.ascontiguousarray(x, model.dtype) if np.asarray(x).dtype.kind == "f" else np.asarray(x)
    )

    workspace = Workspace(model.dtype)

    def step() -> float:
        stream = Stream(Root((seed, "gradients", 0))).at("dropout")
        outputs, backprop = model.forward(inputs.copy(), Context(True, workspace, stream))
        upstream = np.empty_like(outputs)
        value = float(loss(outputs, targets, None, upstream))
        backprop(upstream)
        weights = model.parameters[: model.decayed]
        model.gradients[: model.decayed] += l2 * weights
        return value + l2 / 2 * float(weights @ weights)

    return step
