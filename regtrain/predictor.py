"""Using a trained model: scores, tests, predictions, probabilities."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from regtrain.data.normalizer import Normalizer
from regtrain.data.samples import Samples
from regtrain.layers.base import Array, Context, Workspace
from regtrain.losses import CrossEntropy, Loss
from regtrain.metrics import classes, metric, metric_name
from regtrain.sequential import Sequential
from regtrain.training.prepare import inputs

__all__ = ["Predictor"]


class Predictor:
    """What a `Trainer` can do with its model.

    Attributes:
        model, loss, features: see `Trainer`.
        normalizer: of the inputs, as fitted in training.
        tests: how many times the test set was looked at.
    """

    model: Sequential
    loss: Loss
    features: Callable[[Any], Any] | None
    normalizer: Normalizer | None
    tests: int

    def evaluate(self, data: tuple[Any, Any]) -> dict[str, float]:
        """``loss`` and ``accuracy`` (or ``r2``) in inference mode."""
        outputs = self.outputs(data[0])
        targets = self.loss.targets(data[1], self.model.output_shape, self.model.dtype)
        if len(targets) != len(outputs):
            raise ValueError(f"{len(outputs)} samples, but {len(targets)} targets; give one each")
        return self.scores(outputs, targets)

    def scores(self, outputs: Array, targets: Array) -> dict[str, float]:
        """``loss`` and ``accuracy`` (or ``r2``) of outputs."""
        return {
            "loss": self.loss(outputs, targets),
            metric_name(self.loss): metric(self.loss, outputs, targets),
        }

    def test(self, data: tuple[Any, Any]) -> dict[str, float]:
        """Like `evaluate`, for the test set: a second look is counted and said."""
        self.tests += 1
        if self.tests > 1:
            warnings.warn(
                f"the test set has now been looked at {self.tests} times; choices made after a look "
                "make its figure too good. Use validation data to choose",
                UserWarning,
                stacklevel=2,
            )
        return self.evaluate(data)

    def outputs(self, x: Any) -> Array:
        """What the model gives (logits for classification), normalized as in training."""
        if not self.model.built:
            raise ValueError("the model has no parameters yet; call fit or load first")
        return self.run_model(Samples(x, self.features), Workspace(self.model.dtype))

    def run_model(self, samples: Samples, workspace: Workspace) -> Array:
        """The outputs for samples, in inference mode."""
        model, context = self.model, Context(workspace=workspace)
        result = np.empty((len(samples), *model.output_shape), model.dtype)
        start = 0
        for x in inputs(samples, self._as_trained, model.dtype, 1024):
            model.check(x)
            result[start : start + len(x)] = model.forward(x, context)[0]
            start += len(x)
        return result

    @property
    def _as_trained(self) -> Normalizer | None:
        tokens = hasattr(self.model.layers[0], "takes_tokens")
        if self.normalizer is None and not tokens:
            return Normalizer(np.zeros(1, np.float32), np.ones(1, np.float32))
        return self.normalizer

    def predict(self, x: Any) -> Array:
        """The class of each sample, or the values for regression."""
        outputs = self.outputs(x)
        return classes(self.loss, outputs) if self.loss.classifies else outputs

    def probabilities(self, x: Any) -> Array:
        """The probability of each class (of the positive one for binary losses)."""
        if not self.loss.classifies:
            raise ValueError(f"{self.loss} is no loss for classes; use predict")
        z: Array = self.outputs(x).astype(np.float64)
        if isinstance(self.loss, CrossEntropy):
            z = np.exp(z - z.max(axis=-1, keepdims=True))
            z /= z.sum(axis=-1, keepdims=True)
            return z
        z *= 0.5
        np.tanh(z, out=z)
        z *= 0.5
        z += 0.5
        return z
