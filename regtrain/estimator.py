"""Estimators for scikit-learn's pipelines and grid searches; they work without it, too.

The default is the course's start: two hidden layers of 50 units, ReLU, He, Adam, inputs scaled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from regtrain.estimator_checks import (
    BaseEstimator,
    ClassifierMixin,
    NotFittedError,
    RegressorMixin,
    checked,
    checked_inputs,
    held_out,
    names,
)
from regtrain.losses import CrossEntropy, Loss, SquaredError
from regtrain.networks import mlp, optimizer_with
from regtrain.trainer import Trainer
from regtrain.training.fit import Fit
from regtrain.training.prepare import prepare
from regtrain.weighting import Moments, checked_weights, unfolded

if TYPE_CHECKING:
    from regtrain.run import Run
    from regtrain.sequential import Sequential

__all__ = ["MLPClassifier", "MLPRegressor"]

Array = NDArray[Any]


@dataclass
class _State:
    """What `partial_fit` goes on from."""

    parameters: Array
    statistics: Array
    moments: Array
    steps: int
    epochs: int


class _Estimator(BaseEstimator):  # type: ignore[misc, unused-ignore]
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


class MLPClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """A network for classes.

    Args:
        hidden: units of each hidden layer (default two of 50).
        activation: ``relu``, ``leaky-relu``, ``tanh`` or ``logistic``.
        init: of the weights; default: what fits the activation.
        optimizer: a name; its usual settings apply.
        learning_rate: above 0; default: the optimizer's.
        l2: λ of (λ/2)‖W‖² added to the mean loss (default 0.0001).
        dropout: rate after each hidden layer, in [0, 1) (default 0).
        batch_norm: batch normalization after each hidden layer.
        batch_size: examples per step; None for all, 1 for stochastic (default 32).
        max_epochs: default 100.
        early_stopping: patience in epochs, on a part of the training data; None: off.
        valid: that part, stratified (default 0.1).
        scale: inputs to mean 0 and std 1, by the training data.
        seed: of everything random (default 0).

    Attributes:
        classes_: the labels, sorted.
        model_: the trained network; history_, stop_reason_, n_iter_: what became of the training.

    The order of the examples makes no difference, and a copy is the same as a greater weight.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]] * 10)
    >>> MLPClassifier(hidden=(8,)).fit(x, ["low", "low", "high", "high"] * 10).predict([[0.2], [2.9]])
    array(['low', 'high'], dtype='<U4')
    """

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train from the beginning.

        Args:
            x: examples (n, features).
            y: labels (n,).
            sample_weight: (n,), at least 0; a weight of 3 is the same as three copies, 0 as none.
        """
        x, y = checked(self, x, y)
        weights = checked_weights(sample_weight, len(x))
        x, y, weights = (array[weights > 0] for array in (x, y, weights))
        self.classes_, labels = np.unique(names(y), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y holds one class only ({self.classes_.tolist()[0]!r}); there is nothing to tell apart"
            )
        self._begin(x, labels, weights, len(self.classes_), CrossEntropy())
        return self

    def partial_fit(self, x: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train one epoch on these examples and go on from there the next time.

        Inputs are scaled by what has been seen so far; ``max_epochs`` and ``early_stopping`` do not
        count.

        Args:
            x: examples (n, features).
            y: labels (n,).
            classes: all labels there will ever be; needed the first time.
            sample_weight: (n,), at least 0.
        """
        first = not hasattr(self, "_state")
        if first and classes is None:
            raise ValueError("partial_fit needs classes the first time: all labels there will be")
        x, y = checked(self, x, y, reset=first, least=1)
        weights = checked_weights(sample_weight, len(x))
        given = self.classes_ if classes is None else np.unique(np.asarray(classes))
        if not first and not np.array_equal(given, self.classes_):
            raise ValueError(
                f"classes must stay {self.classes_.tolist()}, got {given.tolist()}; make a new "
                "estimator for others"
            )
        if len(given) < 2:
            raise ValueError(f"classes must be at least two, got {given.tolist()}")
        labels = np.searchsorted(given, names(y)).clip(max=len(given) - 1)
        if (unknown := given[labels] != y).any():
            raise ValueError(
                f"y has the label {y[unknown].tolist()[0]!r}, which is none of classes {given.tolist()}"
            )
        self.classes_ = given
        self._go_on(x, labels, weights, len(given), CrossEntropy())
        return self

    def predict_proba(self, x: Any) -> Array:
        """The probability of each class (n, classes)."""
        z = self._outputs(x)
        z = np.exp(z - z.max(1, keepdims=True))
        return np.asarray(z / z.sum(1, keepdims=True))

    def predict(self, x: Any) -> Array:
        """The most probable class of each example."""
        outputs = self._outputs(x)
        return np.asarray(self.classes_[outputs.argmax(1)])


class MLPRegressor(RegressorMixin, _Estimator):  # type: ignore[misc, unused-ignore]
    """A network for one or several numbers; targets are scaled by the training data.

    The parameters are those of `MLPClassifier`.

    >>> x = np.linspace(-1, 1, 60)[:, None]
    >>> float(MLPRegressor(max_epochs=300).fit(x, x[:, 0] ** 2).score(x, x[:, 0] ** 2)) > 0.95
    True
    """

    target_mean_: Array
    target_std_: Array
    _goals: Moments

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train from the beginning.

        Args:
            x: examples (n, features).
            y: targets (n,) or (n, outputs).
            sample_weight: (n,), at least 0; a weight of 3 is the same as three copies, 0 as none.
        """
        x, y = checked(self, x, y, numbers=True)
        self._flat = y.ndim == 1
        targets = y.reshape(len(y), -1).astype(np.float64)
        weights = checked_weights(sample_weight, len(x))
        self._begin(x, targets, weights, targets.shape[1], SquaredError())
        return self

    def partial_fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on these examples and go on from there the next time.

        Inputs and targets are scaled by what has been seen so far; ``max_epochs`` and
        ``early_stopping`` do not count.

        Args:
            x: examples (n, features).
            y: targets (n,) or (n, outputs).
            sample_weight: (n,), at least 0.
        """
        first = not hasattr(self, "_state")
        x, y = checked(self, x, y, reset=first, numbers=True, least=1)
        targets = y.reshape(len(y), -1).astype(np.float64)
        if first:
            self._flat = y.ndim == 1
        elif targets.shape[1] != len(self.target_mean_):
            raise ValueError(
                f"y has {targets.shape[1]} outputs, but the estimator has {len(self.target_mean_)}"
            )
        weights = checked_weights(sample_weight, len(x))
        self._go_on(x, targets, weights, targets.shape[1], SquaredError())
        return self

    def _learn_scales(self, x: Array, y: Array, weights: Array, *, anew: bool) -> None:
        super()._learn_scales(x, y, weights, anew=anew)
        known = Moments.none(y.shape[1]) if anew else self._goals
        self._goals = known.joined(y, weights)
        self.target_mean_, self.target_std_ = self._goals.mean, self._goals.std

    def _targets(self, y: Array) -> Array:
        return np.asarray((y - self.target_mean_) / self.target_std_, np.float32)

    def predict(self, x: Any) -> Array:
        """The numbers predicted for each example."""
        found = self._outputs(x) * self.target_std_ + self.target_mean_
        return np.asarray(found[:, 0] if self._flat else found)
