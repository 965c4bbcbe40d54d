"""Estimators for scikit-learn's pipelines and grid searches; they work without it, too.

The default is the course's start: two hidden layers of 50 units, ReLU, He, Adam, inputs scaled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from regtrain.estimator_base import Estimator
from regtrain.estimator_checks import (
    ClassifierMixin,
    RegressorMixin,
    checked,
    names,
)
from regtrain.losses import CrossEntropy, SquaredError
from regtrain.weighting import Moments, checked_weights

if TYPE_CHECKING:
    pass

__all__ = ["MLPClassifier", "MLPRegressor"]

Array = NDArray[Any]


class MLPClassifier(ClassifierMixin, Estimator):  # type: ignore[misc, unused-ignore]
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


class MLPRegressor(RegressorMixin, Estimator):  # type: ignore[misc, unused-ignore]
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
