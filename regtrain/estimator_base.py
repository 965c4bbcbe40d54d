"""What both estimators share: parameters, scaling, the network and its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from regtrain.estimator_checks import (
    BaseEstimator,
    NotFittedError,
    checked_inputs,
    held_out,
)
from regtrain.losses import Loss
from regtrain.networks import mlp, optimizer_with
from regtrain.trainer import Trainer
from regtrain.training.fit import Fit
from regtrain.training.prepare import prepare
from regtrain.weighting import Moments, unfolded

if TYPE_CHECKING:
    from regtrain.run import Run
    from regtrain.sequential import Sequential

__all__ = ["Estimator"]

Array = NDArray[Any]


@dataclass
class _State:
    """What `partial_fit` goes on from."""

    parameters: Array
    statistics: Array
    moments: Array
    steps: int
    epochs: int


class Estimator(BaseEstimator):  # type: ignore[misc, unused-ignore]
    """What both share: parameters, scaling, the network and its training."""

    def __init__(
        self,
        hidden: Sequence[int] = (50, 50),
        *,
        activation: str = "relu",
        init: str | None = None,
        optimizer: str = "adam",
        learning_rate: float | None = None,
        l2: float = 0.0001,
        dropout: float = 0.0,
        batch_norm: bool = False,
        batch_size: int | None = 32,
        max_epochs: int = 100,
        early_stopping: int | None = None,
        valid: float = 0.1,
        scale: bool = True,
        seed: int = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.init = init
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.l2 = l2
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.valid = valid
        self.scale = scale
        self.seed = seed

    mean_: Array
    std_: Array
    _moments: Moments

    def _begin(self, x: Array, y: Array, weights: Array, outputs: int, loss: Loss) -> None:
        """Train from the beginning; afterwards ``model_`` predicts in float64."""
        rows, each = unfolded(x, y, weights)
        x, y = x[rows], y[rows]
        self._learn_scales(x, y, np.ones(len(x)) if each is None else each, anew=True)
        model = self._network(outputs)
        trainer = self._trainer(model, loss, len(x), self.max_epochs, self.early_stopping)
        scaled, targets = self._scaled(x).astype(np.float32), self._targets(y)
        if self.early_stopping is None:
            run = trainer.fit((scaled, targets), sample_weight=each)
        else:
            # Copies of an example lie side by side, and stay on one side of the split.
            first = np.flatnonzero(np.diff(rows, prepend=-1))
            learned, _ = held_out(y[first], self.valid, self.seed, loss.classifies)
            mask = np.isin(rows, rows[first[learned]])
            run = trainer.fit(
                (scaled[mask], targets[mask]),
                valid=(scaled[~mask], targets[~mask]),
                sample_weight=None if each is None else each[mask],
            )
        self.history_ = dict(run.history)
        self._keep(model, run)

    def _go_on(self, x: Array, y: Array, weights: Array, outputs: int, loss: Loss) -> None:
        """One more epoch, on these examples: optimizer, scales and steps go on where they were."""
        state: _State | None = getattr(self, "_state", None)
        self._learn_scales(x, y, weights, anew=state is None)
        model = self._network(outputs)
        model.build((x.shape[1],), seed=self.seed)
        done = 0 if state is None else state.epochs
        trainer = self._trainer(model, loss, len(x), done + 1, None)
        targets = self._targets(y)
        if loss.classifies:  # as rows of probabilities, so that a part may be of one class
            targets = np.eye(outputs, dtype=np.float32)[targets]
        data = prepare(trainer, (self._scaled(x).astype(np.float32), targets), None, weights)
        if state is not None:
            model.parameters[:], model.statistics[:] = state.parameters, state.statistics
        fit = Fit(trainer, data)
        if state is not None:
            fit.vectors.moments[:] = state.moments
            fit.progress.step, fit.progress.epoch = state.steps, state.epochs
        run = fit.run()
        before = getattr(self, "history_", {}) if state is not None else {}
        self.history_ = {
            name: [*before.get(name, []), *values] for name, values in run.history.items()
        }
        self._keep(model, run)

    def _network(self, outputs: int) -> Sequential:
        return mlp(
            self.hidden,
            outputs,
            activation=self.activation,
            init=self.init,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
        )

    def _trainer(
        self, model: Sequential, loss: Loss, count: int, epochs: int, patience: int | None
    ) -> Trainer:
        return Trainer(
            model,
            loss=loss,
            optimizer=optimizer_with(self.optimizer, self.learning_rate),
            l2=self.l2,
            batch_size=None if self.batch_size is None else min(self.batch_size, count),
            max_epochs=epochs,
            early_stopping=patience,
            seed=self.seed,
        )

    def _learn_scales(self, x: Array, y: Array, weights: Array, *, anew: bool) -> None:
        """Mean and standard deviation of the inputs so far (and of the targets, for numbers)."""
        known = Moments.none(x.shape[1]) if anew else self._moments
        self._moments = known.joined(np.asarray(x, np.float64), weights)
        flat = np.zeros(x.shape[1])
        self.mean_, self.std_ = (
            (self._moments.mean, self._moments.std) if self.scale else (flat, flat + 1)
        )

    def _targets(self, y: Array) -> Array:
        """The targets as the loss wants them."""
        return y

    def _keep(self, model: Sequential, run: Run) -> None:
        from regtrain.diagnose.twin import twin

        # In float64 a prediction does not depend on which others stand in the batch.
        self.model_ = twin(model, shape=model.shape, dtype=np.float64)
        self.stop_reason_ = run.stop_reason
        self.n_iter_ = run.epochs
        if run.fit is not None:
            moments = run.fit.vectors.moments.copy()
            self._state = _State(
                model.parameters.copy(), model.statistics.copy(), moments, run.steps, run.epochs
            )

    def _scaled(self, x: Array) -> Array:
        return (np.asarray(x, np.float64) - self.mean_) / self.std_

    def _outputs(self, x: Any) -> Array:
        from regtrain.layers.base import Context, Workspace

        if not hasattr(self, "model_"):
            name = type(self).__name__
            raise NotFittedError(
                f"This {name} instance is not fitted yet. Call 'fit' with training data first."
            )
        context = Context(workspace=Workspace(np.float64))
        return self.model_.outputs(self._scaled(checked_inputs(self, x)), context)
