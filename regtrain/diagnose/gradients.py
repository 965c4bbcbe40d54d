"""Gradients against differences of losses, block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.core.random import Root, Stream, stream_key

if TYPE_CHECKING:
    from regtrain.losses import Loss
    from regtrain.sequential import Sequential

__all__ = ["BlockCheck", "check_gradients", "loss_and_gradient"]

STEP = 1e-5
PER_BLOCK = 12


@dataclass(frozen=True)
class BlockCheck:
    """One block of parameters.

    Attributes:
        name: such as ``dense1.weight``.
        error: the largest relative error of the coordinates looked at.
        looked_at, kinks: how many coordinates were compared, and how many were left out since the
            loss has a kink (of a ReLU or a maximum) next to them.
    """

    name: str
    error: float
    looked_at: int
    kinks: int


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


def check_gradients(
    model: Sequential, loss: Loss, x: Any, y: Any, *, l2: float = 0.0, seed: int = 0
) -> list[BlockCheck]:
    """Compare the gradients of a float64 model with central differences.

    The relative error of a coordinate is |a - n| / max(|a|, |n|, 1 % of the largest of its block).
    CS231n's reading: below 1e-7 happy, below 1e-4 fine where there are kinks, above 1e-2 wrong.

    Args:
        model: built, of dtype float64; its parameters come back bit for bit.
        loss: as trained with.
        x, y: a few examples.
        l2: λ of the penalty.
        seed: of the coordinates that are looked at, twelve per block.
    """
    if model.dtype != np.float64:
        raise ValueError(f"model must be of float64 for differences of losses, got {model.dtype}")
    step = loss_and_gradient(model, loss, x, y, l2=l2, seed=seed)
    step()
    gradients = model.gradients.copy()
    low, high = stream_key(seed, "gradient check", 0)
    random = np.random.Generator(np.random.Philox(key=low | high << 64))
    found = []
    for place in model.places:
        block = np.arange(place.where.start, place.where.stop)
        chosen = random.permutation(block)[:PER_BLOCK]
        # Differences of losses carry rounding of about 1e-16 / STEP, which small ones drown in.
        floor = 1e-2 * float(np.abs(gradients[place.where]).max(initial=0.0)) + 1e-8
        worst, kinks = 0.0, 0
        for at in chosen:
            numeric, smooth = _difference(model, step, int(at))
            if not smooth:
                kinks += 1
                continue
            analytic = float(gradients[at])
            error = abs(analytic - numeric)
            worst = max(worst, error / max(abs(analytic), abs(numeric), floor))
        found.append(BlockCheck(place.name, worst, len(chosen) - kinks, kinks))
    step()
    return found


def _difference(model: Sequential, step: Callable[[], float], at: int) -> tuple[float, bool]:
    """The central difference at one coordinate, and whether the loss is smooth there."""
    before = float(model.parameters[at])
    width = STEP * max(1.0, abs(before))

    def loss_at(offset: float) -> float:
        model.parameters[at] = before + offset
        return step()

    try:
        middle = loss_at(0.0)
        right, left = loss_at(width) - middle, middle - loss_at(-width)
        near = (loss_at(width / 2) - loss_at(-width / 2)) / width
    finally:
        model.parameters[at] = before
    central = (right + left) / (2 * width)
    # Where it is smooth, halving the width hardly moves the difference, and both sides agree to
    # within the curvature times the width.
    scale = max(abs(central), abs(near), 1e-8)
    return near, abs(central - near) <= 1e-5 * scale + 1e-9
