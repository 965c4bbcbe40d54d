"""Losses: one number per sample, and one reduction shared by the loss and its gradient.

The loss of a batch is sum(w l) / sum(w) over its samples; the gradient is of exactly that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from regtrain.kernels import losses as kernels
from regtrain.layers.base import Array

__all__ = ["BinaryCrossEntropy", "CrossEntropy", "Huber", "Loss", "SquaredError", "loss"]


class Loss:
    """The base: a loss of your own gives `each` and `targets`."""

    classifies = False
    """Whether targets are classes."""

    def targets(self, y: Array, output_shape: tuple[int, ...], dtype: Any) -> Array:
        """The targets as `each` takes them; ``ValueError`` for what does not fit."""
        y = np.asarray(y)
        if y.dtype.kind not in "fiub":
            raise TypeError(f"targets must be numbers, got {y.dtype}")
        y = np.ascontiguousarray(y, dtype)
        if y.ndim == 1 and output_shape == (1,):
            y = y[:, None]
        if y.shape[1:] != output_shape:
            raise ValueError(
                f"targets: expected {' × '.join(map(str, output_shape))} per sample, as the model "
                f"gives, got {' × '.join(map(str, y.shape[1:])) or 'one number'}"
            )
        if not np.isfinite(y).all():
            raise ValueError(
                f"targets: {np.count_nonzero(~np.isfinite(y))} are NaN or infinite, the first in "
                f"sample {int(np.argwhere(~np.isfinite(y))[0][0])}; remove or fill them"
            )
        return y

    def each(self, outputs: Array, targets: Array, gradient: Array) -> Array:
        """The loss of each sample, float64; ``gradient`` gets that of each with respect to its outputs."""
        raise NotImplementedError

    def __call__(
        self,
        outputs: Array,
        targets: Array,
        weights: Array | None = None,
        gradient: Array | None = None,
    ) -> float:
        """The mean loss of a batch.

        Args:
            outputs: of the model, (batch, ...).
            targets: from `targets`.
            weights: one number per sample (default: all 1); the mean is over their sum.
            gradient: gets the gradient with respect to the outputs.
        """
        if gradient is None:
            gradient = np.empty_like(outputs)
        losses = self.each(outputs, targets, gradient)
        if weights is None:
            gradient *= 1.0 / len(outputs)
            return float(losses.sum()) / len(outputs)
        weights = weights.astype(np.float64, copy=False)
        total = weights.sum()
        if total <= 0:
            raise ValueError("sample weights of a batch sum to 0; give some weight to each batch")
        share = weights / total
        gradient *= share.astype(gradient.dtype).reshape(-1, *([1] * (gradient.ndim - 1)))
        return float(losses @ share)


def _sums(terms: Array) -> Array:
    """Over everything but the samples."""
    summed: Array = terms.reshape(len(terms), -1).sum(axis=1, dtype=np.float64)
    return summed


@dataclass(frozen=True)
class SquaredError(Loss):
    """The sum over the outputs of (output - target)²; no factor 1/2."""

    def each(self, outputs: Array, targets: Array, gradient: Array) -> Array:
        np.subtract(outputs, targets, out=gradient)
        losses = _sums(gradient * gradient)
        gradient *= 2
        return losses


@dataclass(frozen=True)
class Huber(Loss):
    """Quadratic near zero (e²/2), linear beyond ``delta``: delta (abs(e) - delta / 2).

    Huber, Annals of Mathematical Statistics 35 (1964). Summed over the outputs.

    Args:
        delta: where it turns linear, above 0 (default 1).
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        if not self.delta > 0:
            raise ValueError(f"Huber: delta must be above 0, got {self.delta!r}")

    def each(self, outputs: Array, targets: Array, gradient: Array) -> Array:
        error = outputs - targets
        np.clip(error, -self.delta, self.delta, out=gradient)
        return _sums(gradient * (error - 0.5 * gradient))


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """log(1 + exp(z)) - t z of logits z and targets t in [0, 1], summed over the outputs.

    Args:
        smoothing: moves targets towards 1/2: t (1 - smoothing) + smoothing / 2 (default 0).
    """

    smoothing: float = 0.0
    classifies = True

    def targets(self, y: Array, output_shape: tuple[int, ...], dtype: Any) -> Array:
        y = super().targets(y, output_shape, dtype)
        if y.size and (y.min() < 0 or y.max() > 1):
            raise ValueError(
                f"targets of BinaryCrossEntropy must lie in [0, 1], got {y.min():g} to {y.max():g}"
            )
        return y

    def each(self, outputs: Array, targets: Array, gradient: Array) -> Array:
        t = targets * (1 - self.smoothing) + self.smoothing / 2 if self.smoothing else targets
        losses = _sums(np.logaddexp(0, outputs) - t * outputs)
        np.tanh(outputs * 0.5, out=gradient)
        gradient *= 0.5
        gradient += 0.5
        gradient -= t
        return losses


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """-log softmax(z) at the label, from logits z: the softmax is part of the loss.

    Targets are whole numbers from 0, or rows of class probabilities (soft labels).

    Args:
        smoothing: label smoothing in [0, 1): the target is 1 - smoothing at the label plus
            smoothing / classes everywhere (default 0). The loss then cannot reach 0.
    """

    smoothing: float = 0.0
    classifies = True

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < 1:
            raise ValueError(
                f"CrossEntropy: smoothing must be at least 0 and below 1, got {self.smoothing!r}"
            )

    def targets(self, y: Array, output_shape: tuple[int, ...], dtype: Any) -> Array:
        y = np.asarray(y)
        classes = output_shape[-1]
        if y.ndim > 1 and y.shape[1:] == output_shape:
            y = super().targets(y, output_shape, dtype)
            if y.size and (y.min() < 0 or not np.allclose(y.sum(axis=-1), 1, atol=1e-3)):
                raise ValueError("soft labels must be at least 0 and sum to 1 in each row")
            return y
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        if y.ndim != 1:
            raise ValueError(
                f"labels: expected one whole number per sample, or {classes} probabilities, got "
                f"{' × '.join(map(str, y.shape[1:]))} per sample"
            )
        if y.dtype.kind == "f" and np.isfinite(y).all() and (y == np.rint(y)).all():
            y = y.astype(np.int64)
        if y.dtype.kind not in "iub":
            raise TypeError(
                f"labels must be whole numbers from 0 to {classes - 1}, got {y.dtype}; "
                "number the classes, as numpy.unique(labels, return_inverse=True) does"
            )
        y = np.ascontiguousarray(y, np.int64)
        wrong = np.flatnonzero((y < 0) | (y >= classes))
        if len(wrong):
            raise ValueError(
                f"labels must lie between 0 and {classes - 1}, as the model has {classes} outputs; "
                f"sample {wrong[0]} has {y[wrong[0]]}" + _others(len(wrong))
            )
        return y

    def each(self, outputs: Array, targets: Array, gradient: Array) -> Array:
        losses = np.empty(len(outputs))
        if targets.ndim == 1:
            kernels.cross_entropy(outputs, targets, self.smoothing, losses, gradient)
        else:
            if self.smoothing:
                targets = targets * (1 - self.smoothing) + self.smoothing / targets.shape[-1]
            kernels.soft_cross_entropy(
                outputs, targets.astype(outputs.dtype, copy=False), losses, gradient
            )
        return losses


def _others(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""


_NAMES: dict[str, Loss] = {
    "binary-cross-entropy": BinaryCrossEntropy(),
    "cross-entropy": CrossEntropy(),
    "huber": Huber(),
    "squared-error": SquaredError(),
}


_ELSEWHERE = {
    "mse": "squared-error",
    "mean_squared_error": "squared-error",
    "bce": "binary-cross-entropy",
    "binary_crossentropy": "binary-cross-entropy",
    "categorical_crossentropy": "cross-entropy",
    "sparse_categorical_crossentropy": "cross-entropy",
    "nll": "cross-entropy",
    "log_loss": "cross-entropy",
}


def loss(given: str | Loss) -> Loss:
    """The loss of a name.

    >>> loss("cross-entropy")
    CrossEntropy(smoothing=0.0)
    """
    if isinstance(given, Loss):
        return given
    if given not in _NAMES:
        hint = f"; {given} is {_ELSEWHERE[given]} here" if given in _ELSEWHERE else ""
        raise ValueError(f"loss must be one of {', '.join(_NAMES)} or a Loss, got {given!r}{hint}")
    return _NAMES[given]
