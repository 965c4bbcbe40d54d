"""The course's slide "Hyperparameter Tuning": its boxes, and the choices that stand in each."""

from __future__ import annotations

from typing import Any

from regtrain.experiment.read import Experiment

__all__ = ["SLIDE", "suggest"]

SLIDE = {
    "algorithm": ("optimizer", "learning_rate"),
    "strategy": ("batch_size", "schedule"),
    "architecture": ("layers", "units", "blocks", "filters", "dimensions", "states"),
    "initialization": ("init",),
    "activation": ("activation",),
    "regularization": ("l2", "dropout", "batch_norm", "early_stopping", "augment"),
}
"""The slide "Hyperparameter Tuning": its boxes, and the parameters that stand in each."""

_OPTIMIZERS = ("gradient-descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
_ADAPTIVE = ("adagrad", "rmsprop", "adam")


def suggest(trial: Any, experiment: Experiment, stochastic: bool = True) -> Experiment:
    """An experiment with the settings that ``trial`` (of Optuna) chooses.

    Args:
        trial: says what to take.
        experiment: what stays as it is. Where it lists its layers, they stay as well.
        stochastic: whether one example per step is among the strategies.
    """
    pick = trial.suggest_categorical
    optimizer = pick("optimizer", _OPTIMIZERS)
    # Steps of adaptive methods are about the learning rate long; those of the others are gradients.
    ends = (1e-4, 3e-2) if optimizer in _ADAPTIVE else (1e-3, 1.0)
    rate = f"learning_rate_{'adaptive' if optimizer in _ADAPTIVE else 'plain'}"
    strategies = (1, 32, 64, 128, "full") if stochastic else (32, 64, 128, "full")
    found = experiment.changed(
        training__optimizer=optimizer,
        training__learning_rate=trial.suggest_float(rate, *ends, log=True),
        training__batch_size=pick("batch_size", strategies),
        training__schedule=pick("schedule", ("constant", "cosine", "one-cycle", "exponential")),
        training__l2=trial.suggest_float("l2", 1e-6, 1e-2, log=True),
        training__early_stopping=pick("early_stopping", (3, 5, 10)),
    )
    if experiment.model["layers"] is None:
        units, layers = pick("units", (25, 50, 100, 200)), trial.suggest_int("layers", 1, 3)
        found = found.changed(
            model__hidden=[units] * layers,
            model__init=pick("init", ("xavier", "he")),
            model__activation=pick("activation", ("tanh", "relu", "leaky-relu")),
            model__dropout=pick("dropout", (0.0, 0.2, 0.5)),
            model__batch_norm=pick("batch_norm", (False, True)),
        )
        kind = experiment.model["kind"]
        if kind in ("bag", "rnn"):
            found = found.changed(model__dimensions=pick("dimensions", (25, 50, 100)))
        if kind == "rnn":
            found = found.changed(model__states=pick("states", (32, 64, 128)))
        if kind == "cnn":
            first, blocks = pick("filters", (8, 16, 32)), trial.suggest_int("blocks", 1, 2)
            found = found.changed(model__filters=[first * 2**block for block in range(blocks)])
    if experiment.augment is not None and not pick("augment", (True, False)):
        found = found.changed(augment=None)
    return found
