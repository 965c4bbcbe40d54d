"""Estimators for scikit-learn's pipelines and grid searches; they work without it, too.

The default is the course's start: two hidden layers of 50 units, ReLU, He, Adam, inputs scaled.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from regtrain.losses import CrossEntropy, Loss, SquaredError
from regtrain.networks import mlp, optimizer_with
from regtrain.trainer import Trainer

if TYPE_CHECKING:
    from regtrain.run import Run
    from regtrain.sequential import Sequential

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import NotFittedError
except ImportError:  # what the estimators need of it, in a few lines

    class NotFittedError(ValueError, AttributeError):  # type: ignore[no-redef]
        """An estimator is asked for predictions before it has been fitted."""

    class BaseEstimator:  # type: ignore[no-redef]
        """Parameters by name."""

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """The parameters as a dict."""
            names = list(inspect.signature(type(self)).parameters)
            return {name: getattr(self, name) for name in names}

        def set_params(self, **parameters: Any) -> Self:
            """Change parameters."""
            known = self.get_params()
            for name, value in parameters.items():
                if name not in known:
                    raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
                setattr(self, name, value)
            return self

    class ClassifierMixin:  # type: ignore[no-redef]
        """Accuracy as the score."""

        def score(self, x: Any, y: Any) -> float:
            """The share of right predictions."""
            return float(np.mean(self.predict(x) == np.asarray(y)))  # type: ignore[attr-defined]

    class RegressorMixin:  # type: ignore[no-redef]
        """R² as the score."""

        def score(self, x: Any, y: Any) -> float:
            """1 - squared error over that of the mean."""
            truth = np.asarray(y, np.float64)
            error = np.sum((self.predict(x) - truth) ** 2)  # type: ignore[attr-defined]
            return float(1 - error / np.sum((truth - truth.mean(0)) ** 2))


__all__ = ["MLPClassifier", "MLPRegressor"]

Array = NDArray[Any]


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

    def _train(self, x: Array, y: Array, outputs: int, loss: Loss) -> None:
        """Scale, build, train; afterwards ``model_`` predicts in float64."""
        self.mean_ = x.mean(0, dtype=np.float64) if self.scale else np.zeros(x.shape[1])
        spread = x.std(0, dtype=np.float64) if self.scale else np.ones(x.shape[1])
        self.std_ = np.where(spread > 0, spread, 1.0)
        scaled = self._scaled(x).astype(np.float32)
        model = mlp(
            self.hidden,
            outputs,
            activation=self.activation,
            init=self.init,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
        )
        trainer = Trainer(
            model,
            loss=loss,
            optimizer=optimizer_with(self.optimizer, self.learning_rate),
            l2=self.l2,
            batch_size=None if self.batch_size is None else min(self.batch_size, len(x)),
            max_epochs=self.max_epochs,
            early_stopping=self.early_stopping,
            seed=self.seed,
        )
        if self.early_stopping is None:
            run = trainer.fit((scaled, y))
        else:
            kept, watched = _split(y, self.valid, self.seed, loss.classifies)
            run = trainer.fit((scaled[kept], y[kept]), valid=(scaled[watched], y[watched]))
        self._keep(model, run)

    def _keep(self, model: Sequential, run: Run) -> None:
        from regtrain.diagnose.twin import twin

        # In float64 a prediction does not depend on which others stand in the batch.
        self.model_ = twin(model, shape=model.shape, dtype=np.float64)
        self.history_ = dict(run.history)
        self.stop_reason_ = run.stop_reason
        self.n_iter_ = run.epochs

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
        return self.model_.outputs(self._scaled(_checked(self, x, reset=False)), context)


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

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]] * 10)
    >>> MLPClassifier(hidden=(8,)).fit(x, ["low", "low", "high", "high"] * 10).predict([[0.2], [2.9]])
    array(['low', 'high'], dtype='<U4')
    """

    def fit(self, x: Any, y: Any) -> Self:
        """Train on examples (n, features) and labels (n,)."""
        x, y = _checked(self, x, y)
        if y.dtype.kind == "f" and not (y == np.rint(y)).all():
            raise ValueError(
                "Unknown label type: continuous. Classes are names or whole numbers; "
                "MLPRegressor predicts numbers"
            )
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y holds one class only ({self.classes_[0]!r}); there is nothing to tell apart"
            )
        self._train(x, labels, len(self.classes_), CrossEntropy())
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

    def fit(self, x: Any, y: Any) -> Self:
        """Train on examples (n, features) and targets (n,) or (n, outputs)."""
        x, y = _checked(self, x, y, numbers=True)
        self._flat = y.ndim == 1
        targets = y.reshape(len(y), -1).astype(np.float64)
        self.target_mean_ = targets.mean(0)
        spread = targets.std(0)
        self.target_std_ = np.where(spread > 0, spread, 1.0)
        scaled = ((targets - self.target_mean_) / self.target_std_).astype(np.float32)
        self._train(x, scaled, targets.shape[1], SquaredError())
        return self

    def predict(self, x: Any) -> Array:
        """The numbers predicted for each example."""
        found = self._outputs(x) * self.target_std_ + self.target_mean_
        return np.asarray(found[:, 0] if self._flat else found)


def _split(y: Array, share: float, seed: int, classifies: bool) -> tuple[Array, Array]:
    """Which rows are trained on and which are watched; stratified where there are classes."""
    from augkit.core.random import stream_key

    if not 0 < share < 1:
        raise ValueError(f"valid must be a share above 0 and below 1, got {share}")
    low, high = stream_key(seed, "valid", 0)
    random = np.random.Generator(np.random.Philox(key=low | high << 64))
    groups = [np.flatnonzero(y == c) for c in np.unique(y)] if classifies else [np.arange(len(y))]
    watched: list[int] = []
    for group in groups:
        watched.extend(random.permutation(group)[: round(share * len(group))])
    if not watched:
        raise ValueError(
            f"valid={share} of {len(y)} examples leaves none to watch; give more data, a larger "
            "share, or early_stopping=None"
        )
    mask = np.zeros(len(y), bool)
    mask[watched] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)


def _checked(
    estimator: Any, x: Any, y: Any = None, *, reset: bool = True, numbers: bool = False
) -> Any:
    """The data as arrays; scikit-learn's own checks (feature names and all) where it is there."""
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:
        return _plainly_checked(estimator, x, y, reset=reset)
    dtype = [np.float64, np.float32]
    if not reset:
        return validate_data(estimator, x, reset=False, dtype=dtype)
    from sklearn.utils import column_or_1d

    x, y = validate_data(
        estimator, x, y, dtype=dtype, multi_output=True, y_numeric=numbers, ensure_min_samples=2
    )
    if not numbers or (y.ndim == 2 and y.shape[1] == 1):
        y = column_or_1d(y, warn=True)
    return x, y


def _plainly_checked(estimator: Any, x: Any, y: Any, *, reset: bool) -> Any:
    array = np.asarray(x, np.float64)
    if array.ndim != 2 or not len(array):
        raise ValueError(f"x must be (examples, features), got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("x holds NaN or infinite values; remove or fill them")
    if not reset:
        if array.shape[1] != estimator.n_features_in_:
            raise ValueError(
                f"x has {array.shape[1]} features, but {type(estimator).__name__} was fitted with "
                f"{estimator.n_features_in_}"
            )
        return array
    targets = np.asarray(y)
    if len(targets) != len(array):
        raise ValueError(f"x and y must be as long, got {len(array)} and {len(targets)}")
    estimator.n_features_in_ = array.shape[1]
    return array, targets
