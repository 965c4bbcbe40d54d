"""What estimators need of scikit-learn, and what stands in for it where it is not installed."""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np

from regtrain.layers.base import Array

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


__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "NotFittedError",
    "RegressorMixin",
    "checked",
    "checked_inputs",
    "held_out",
    "names",
]


def held_out(y: Array, share: float, seed: int, classifies: bool) -> tuple[Array, Array]:
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


def names(y: Array) -> Array:
    """Labels that are names or whole numbers."""
    if y.dtype.kind == "f" and not (y == np.rint(y)).all():
        raise ValueError(
            "Unknown label type: continuous. Classes are names or whole numbers; "
            "MLPRegressor predicts numbers"
        )
    return y


def checked(
    estimator: Any,
    x: Any,
    y: Any,
    *,
    reset: bool = True,
    numbers: bool = False,
    least: int = 2,
) -> Any:
    """Examples and targets as arrays, by scikit-learn's own checks where it is there.

    Args:
        estimator: gets the number and names of the features, unless ``reset`` is False.
        x, y: as the caller gave them.
        reset: whether this is a beginning.
        numbers: whether targets are numbers, not classes.
        least: how many examples there have to be.
    """
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:
        return _plainly_checked(estimator, x, y, reset=reset)
    from sklearn.utils import column_or_1d

    x, y = validate_data(
        estimator, x, y, reset=reset, dtype=[np.float64, np.float32], multi_output=True, y_numeric=numbers,
        ensure_min_samples=least,
    )  # fmt: skip
    if not numbers or (y.ndim == 2 and y.shape[1] == 1):
        y = column_or_1d(y, warn=True)
    return x, y


def checked_inputs(estimator: Any, x: Any) -> Array:
    """Examples to predict, as an array."""
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:
        return _plain_inputs(estimator, x, reset=False)
    found: Array = validate_data(estimator, x, reset=False, dtype=[np.float64, np.float32])
    return found


def _plain_inputs(estimator: Any, x: Any, *, reset: bool) -> Array:
    array: Array = np.asarray(x, np.float64)
    if array.ndim != 2 or not len(array):
        raise ValueError(f"x must be (examples, features), got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("x holds NaN or infinite values; remove or fill them")
    if reset:
        estimator.n_features_in_ = array.shape[1]
    elif array.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"x has {array.shape[1]} features, but {type(estimator).__name__} was fitted with "
            f"{estimator.n_features_in_}"
        )
    return array


def _plainly_checked(estimator: Any, x: Any, y: Any, *, reset: bool) -> tuple[Array, Array]:
    targets = np.asarray(y)
    if y is None or targets.shape[:1] != np.shape(x)[:1]:
        said = "None" if y is None else str(len(targets))
        raise ValueError(f"x and y must be as long, got {len(x)} and {said}")
    return _plain_inputs(estimator, x, reset=reset), targets
