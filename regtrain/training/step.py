"""One step: forward, the loss, back, and the optimizer."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TYPE_CHECKING

from augkit.core.random import Root, Stream
from regtrain.kernels.optimizers import add_l2, max_norm
from regtrain.layers.base import Array, Context
from regtrain.schedules import Plan

if TYPE_CHECKING:
    from regtrain.training.fit import Fit

__all__ = ["update"]


def update(fit: Fit, x: Array, rows: Array, plan: Plan) -> float:
    """One update; the mean loss of the batch, without penalty."""
    trainer, progress, data = fit.trainer, fit.progress, fit.data
    model = trainer.model
    stream = Stream(Root((trainer.seed, ("step", progress.step), 0), fit.foresight))
    targets = data.targets[rows]
    weights = None if data.weights is None else data.weights[rows]
    if trainer.mix is not None:
        x, targets = trainer.mix.mixed(x, data.soft(targets), stream.at("mix"))
    outputs, backprop = model.forward(x, Context(True, fit.workspace, stream.at("dropout")))
    gradient = fit.workspace.array("", "gradient", outputs.shape)
    loss = trainer.loss(outputs, targets, weights, gradient)
    if not isfinite(loss):
        return loss
    backprop(gradient)
    gradients = model.gradients
    l2 = trainer.l2
    if trainer.clip is not None:
        add_l2(model.parameters, gradients, l2, model.decayed)  # the norm is of the whole
        l2 = 0.0
        norm = sqrt(float(gradients @ gradients))
        progress.norms += norm
        if not norm <= trainer.clip:
            progress.clipped += 1
            gradients *= trainer.clip / norm
    rate = fit.rate(progress.step, plan)
    progress.step += 1
    trainer.optimizer.step(
        model.parameters,
        gradients,
        fit.vectors.moments,
        rate,
        progress.step,
        model.decayed,
        l2,
    )
    if trainer.max_norm is not None:
        for place in model.places:
            if place.block.decays:
                rows_of = model.parameters[place.where].reshape(-1, place.block.shape[-1])
                max_norm(rows_of, trainer.max_norm)
    share = float(len(rows)) if weights is None else float(weights.sum())
    progress.loss += loss * share
    progress.weight += share
    return loss
