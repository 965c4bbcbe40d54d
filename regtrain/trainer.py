"""The trainer."""

from __future__ import annotations

import time
import warnings
from math import isfinite
from typing import Any

import numpy as np
from numpy.random import Philox

from augkit.core.random import Root, Stream
from regtrain.early_stopping import EarlyStopping, Watch
from regtrain.kernels.optimizers import add_l2
from regtrain.layers.activations import Softmax
from regtrain.layers.base import Array, Context, Workspace
from regtrain.losses import CrossEntropy, Loss
from regtrain.losses import loss as loss_of
from regtrain.metrics import classes, metric, metric_name
from regtrain.optimizers import Optimizer
from regtrain.optimizers import optimizer as optimizer_of
from regtrain.run import Run
from regtrain.schedules import Plan, Schedule
from regtrain.sequential import Sequential

__all__ = ["Trainer"]


class Trainer:
    """Trains a model.

    Args:
        model: a `Sequential`.
        loss: a name or a `Loss` (default ``cross-entropy``).
        optimizer: a name or an `Optimizer` (default ``adam``).
        l2: lambda of (lambda / 2) sum(W²), added to the mean loss; weights only (default 0).
        batch_size: samples per update; None for all of them (batch gradient descent), 1 for
            stochastic (default 32).
        max_epochs: default 100.
        augment: an augkit pipeline, applied to the training samples only.
        early_stopping: an `EarlyStopping`, or a patience.
        clip: gradients with a greater global norm are scaled down to it (default: none).
        monitor_train: how many training samples are evaluated after each epoch (default 2,000;
            None for all).
        seed: of everything random: weights, order, dropout, augmentation (default 0).
    """

    def __init__(
        self,
        model: Sequential,
        *,
        loss: str | Loss = "cross-entropy",
        optimizer: str | Optimizer = "adam",
        l2: float = 0.0,
        batch_size: int | None = 32,
        max_epochs: int = 100,
        augment: Any = None,
        early_stopping: EarlyStopping | int | None = None,
        clip: float | None = None,
        monitor_train: int | None = 2000,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.loss = loss_of(loss)
        self.optimizer = optimizer_of(optimizer)
        self.l2 = float(l2)
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.augment = augment
        self.early_stopping = (
            EarlyStopping(early_stopping) if isinstance(early_stopping, int) else early_stopping
        )
        self.clip = clip
        self.monitor_train = monitor_train
        self.seed = seed
        self.tests = 0
        self._workspace = Workspace()
        if self.l2 < 0:
            raise ValueError(f"l2 must be at least 0, got {l2!r}")
        if isinstance(self.loss, CrossEntropy) and isinstance(model.layers[-1], Softmax):
            raise ValueError(
                "CrossEntropy takes logits: leave out the Softmax at the end of the model; "
                "probabilities come from trainer.probabilities(x)"
            )

    def fit(self, train: tuple[Any, Any], valid: tuple[Any, Any] | None = None) -> Run:
        """Train on (x, y); ``valid`` is watched, never trained on."""
        began = time.perf_counter()
        x = np.asarray(train[0])
        if not self.model.built or self.model.shape != x.shape[1:]:
            self.model.build(x.shape[1:], seed=self.seed)
        model, workspace = self.model, self._workspace
        y = self.loss.targets(train[1], model.output_shape, model.dtype)
        moments = np.zeros((self.optimizer.moments, model.parameters.size), model.dtype)
        run, watch = Run(trainer=self), Watch()
        size = len(x) if self.batch_size is None else min(self.batch_size, len(x))
        best: Array | None = None
        rate = self.optimizer.learning_rate
        monitored: list[float] = []
        run.stop_reason = f"reached max_epochs={self.max_epochs}"
        for epoch in range(self.max_epochs):
            order = np.argsort(
                Philox(key=Stream(Root((self.seed, ("order", epoch), 0))).seed("order")).random_raw(
                    len(x)
                ),
                kind="stable",
            )
            total = 0.0
            plan = Plan(-(-len(x) // size), self.max_epochs, monitored)
            for start in range(0, len(x), size):
                rows = order[start : start + size]
                batch = workspace.array("", "x", (len(rows), *x.shape[1:]))
                np.take(x, rows, axis=0, out=batch, mode="clip")
                stream = Stream(Root((self.seed, ("dropout", run.steps), 0))).at("dropout")
                outputs, backprop = model.forward(batch, Context(True, workspace, stream))
                gradient = workspace.array("", "gradient", outputs.shape)
                value = self.loss(outputs, y[rows], None, gradient)
                if not isfinite(value):
                    raise FloatingPointError(f"the loss became {value} in step {run.steps}")
                backprop(gradient)
                if self.l2:
                    add_l2(model.parameters, model.gradients, self.l2, model.decayed)
                step_rate = rate.rate(run.steps, plan) if isinstance(rate, Schedule) else rate
                run.steps += 1
                self.optimizer.step(
                    model.parameters, model.gradients, moments, step_rate, run.steps, model.decayed
                )
                total += value * len(rows)
            run.epochs += 1
            record = {"running_loss": total / len(x)}
            few = slice(self.monitor_train)
            record |= self._scores("train", x[few], y[few])
            if valid is not None:
                record |= self._scores("valid", np.asarray(valid[0]), valid[1])
            for name, number in record.items():
                run.history.setdefault(name, []).append(number)
            stopping = self.early_stopping
            name = "valid_loss" if valid is not None else "train_loss"
            monitored.append(record[name])
            if watch.see(record[name], epoch, stopping.min_delta if stopping else 0.0):
                best = model.parameters.copy()
            elif stopping and watch.misses >= stopping.patience:
                run.stop_reason = (
                    f"{name} has not improved for {watch.misses} epochs; the best was "
                    f"{watch.best:.4g} in epoch {watch.best_epoch}"
                )
                break
        if self.early_stopping and best is not None:
            model.parameters[:] = best
        run.best_epoch = watch.best_epoch if self.early_stopping else run.epochs - 1
        run.seconds = time.perf_counter() - began
        return run

    def _scores(self, part: str, x: Array, y: Any) -> dict[str, float]:
        return {f"{part}_{name}": value for name, value in self.evaluate((x, y)).items()}

    def evaluate(self, data: tuple[Any, Any]) -> dict[str, float]:
        """Loss and accuracy (or r2) in inference mode."""
        outputs = self.outputs(data[0])
        targets = self.loss.targets(data[1], self.model.output_shape, self.model.dtype)
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
        """What the model gives (logits for classification)."""
        return self.model.outputs(np.asarray(x), Context(workspace=self._workspace))

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
