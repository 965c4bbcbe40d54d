"""One training, from the first batch to the best parameters."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import Philox
from threadpoolctl import threadpool_limits

from augkit.core.random import Foresight, Root, Stream
from regtrain.early_stopping import EarlyStopping
from regtrain.kernels.optimizers import add_l2, max_norm
from regtrain.layers.base import Array, Context, Workspace
from regtrain.layers.normalization import BatchNorm
from regtrain.run import Run
from regtrain.schedules import Plan, Schedule
from regtrain.training import checkpoint
from regtrain.training.callbacks import Callback
from regtrain.training.feeder import Feeder
from regtrain.training.progress import Progress, Vectors
from regtrain.training.statistics import needs_statistics, set_statistics

if TYPE_CHECKING:
    from regtrain.trainer import Trainer
    from regtrain.training.prepare import Prepared

__all__ = ["Fit", "epoch_order", "epoch_parts"]

_PASS = 256  # samples at a time where nothing is learned


def epoch_order(seed: int, epoch: int, count: int) -> Array:
    """The order of the samples in an epoch: sorted by random words, a pure function of the three."""
    key = Stream(Root((seed, ("order", epoch), 0))).seed("order")
    order: Array = np.argsort(Philox(key=key).random_raw(count), kind="stable")
    return order


def epoch_parts(order: Array, size: int, *, at_least: int = 1) -> list[Array]:
    """The batches of an epoch; a last one of fewer than ``at_least`` joins the one before it."""
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    if len(parts) > 1 and len(parts[-1]) < at_least:
        parts[-2:] = [order[(len(parts) - 2) * size :]]
    return parts


class Fit:
    """A running training; callbacks get it.

    Attributes:
        trainer: the settings and the model.
        progress: where it is.
        vectors: moments, and the best parameters so far.
    """

    def __init__(
        self,
        trainer: Trainer,
        data: Prepared,
        callbacks: Sequence[Callback] = (),
        path: Any = None,
        every: int | None = None,
    ) -> None:
        self.trainer, self.data, self.callbacks = trainer, data, callbacks
        self.progress = Progress()
        self.vectors = Vectors(trainer.model, trainer.optimizer.moments)
        self.workspace = Workspace(trainer.model.dtype)
        self._path, self._every = path, every
        self._foresight = Foresight()  # the draws of a step, in one compiled call
        self._size = trainer.effective_batch_size(len(data.samples))
        norms = any(isinstance(layer, BatchNorm) for layer in trainer.model.layers)
        self._at_least = 2 if norms else 1
        self._feeder = Feeder(
            data.samples,
            data.normalizer,
            trainer.model.shape,
            trainer.model.dtype,
            data.augment,
            trainer.workers,
            trainer.processes,
        )
        stopping = trainer.early_stopping or EarlyStopping()
        default = "train_loss" if data.valid is None else "valid_loss"
        self.monitor = stopping.monitor or default
        self._stopping = stopping

    # -- the whole ---------------------------------------------------------------------------

    def run(self) -> Run:
        """Train until something ends it; then the best parameters come back."""
        progress, trainer = self.progress, self.trainer
        began = time.perf_counter() - progress.seconds
        try:
            with threadpool_limits(trainer.threads, "blas"):
                while not progress.stop_reason:
                    if progress.epoch >= trainer.max_epochs:
                        progress.stop_reason = f"reached max_epochs={trainer.max_epochs}"
                        break
                    self.epoch(began)
        except KeyboardInterrupt:
            progress.stop_reason = f"interrupted in epoch {progress.epoch + 1}"
        finally:
            self._feeder.close()
        progress.seconds = time.perf_counter() - began
        self._restore()
        self._save()
        for callback in self.callbacks:
            callback.on_end(self)
        stopped_early = trainer.early_stopping is not None and self._stopping.restore_best
        return Run(
            history=progress.history,
            stop_reason=progress.stop_reason,
            best_epoch=progress.watch.best_epoch if stopped_early else progress.epoch - 1,
            epochs=progress.epoch,
            steps=progress.step,
            seconds=progress.seconds,
            trainer=trainer,
            fit=self,
        )

    def _restore(self) -> None:
        """The best parameters, where early stopping wants them or the last are no good."""
        if self._failed or (self.trainer.early_stopping and self._stopping.restore_best):
            self.vectors.restore()

    @property
    def _failed(self) -> bool:
        return "became" in self.progress.stop_reason

    # -- an epoch ----------------------------------------------------------------------------

    def parts(self, epoch: int) -> list[Array]:
        """The rows of each batch of an epoch."""
        order = epoch_order(self.trainer.seed, epoch, len(self.data.samples))
        return epoch_parts(order, self._size, at_least=self._at_least)

    def epoch(self, began: float) -> None:
        """The rest of the running epoch, and what is looked at behind it."""
        progress = self.progress
        parts = self.parts(progress.epoch)
        plan = Plan(len(parts), self.trainer.max_epochs, progress.monitored)
        batches = self._feeder.batches(progress.epoch, parts, progress.batch)
        try:
            for rows, x in batches:
                loss = self._step(x, rows, plan)
                if not isfinite(loss):
                    progress.stop_reason = (
                        f"the loss became {loss} in step {progress.step} (epoch {progress.epoch + 1}); "
                        "lower the learning rate, clip the gradients, or scale the inputs"
                    )
                    return
                progress.batch += 1
                for callback in self.callbacks:
                    progress.stop_reason = callback.on_step(self, loss) or progress.stop_reason
                if progress.stop_reason:
                    return
                if self._every and progress.step % self._every == 0:
                    progress.seconds = time.perf_counter() - began
                    self._save()
        finally:
            batches.close()
        self._end_of_epoch(plan, began)

    def _step(self, x: Array, rows: Array, plan: Plan) -> float:
        """One update; the mean loss of the batch, without penalty."""
        trainer, progress, data = self.trainer, self.progress, self.data
        model = trainer.model
        stream = Stream(Root((trainer.seed, ("step", progress.step), 0), self._foresight))
        targets = data.targets[rows]
        weights = None if data.weights is None else data.weights[rows]
        if trainer.mix is not None:
            x, targets = trainer.mix.mixed(x, data.soft(targets), stream.at("mix"))
        outputs, backprop = model.forward(x, Context(True, self.workspace, stream.at("dropout")))
        gradient = self.workspace.array("", "gradient", outputs.shape)
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
        rate = self.rate(progress.step, plan)
        progress.step += 1
        trainer.optimizer.step(
            model.parameters,
            gradients,
            self.vectors.moments,
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

    def rate(self, step: int, plan: Plan) -> float:
        """The learning rate of an update."""
        rate = self.trainer.optimizer.learning_rate
        return rate.rate(step, plan) if isinstance(rate, Schedule) else rate

    def _end_of_epoch(self, plan: Plan, began: float) -> None:
        progress, trainer, stopping = self.progress, self.trainer, self._stopping
        model = trainer.model
        if needs_statistics(model):
            set_statistics(model, self._clean, self.workspace)
        weights = model.parameters[: model.decayed].astype(np.float64)
        record = {
            "running_loss": progress.loss / progress.weight,
            **self._scores("train", self.data.monitored),
            **({} if self.data.valid is None else self._scores("valid", self.data.valid)),
            "penalty": trainer.l2 / 2 * float(weights @ weights),
            "learning_rate": self.rate(progress.step - 1, plan),
        }
        if trainer.clip is not None:
            record["gradient_norm"] = progress.norms / len(self.parts(progress.epoch))
            record["clipped"] = progress.clipped / len(self.parts(progress.epoch))
        record["seconds"] = time.perf_counter() - began
        for name, number in record.items():
            progress.history.setdefault(name, []).append(number)
        if self.monitor not in record:
            raise ValueError(
                f"EarlyStopping: monitor must be one of {', '.join(record)}, got {self.monitor!r}"
            )
        value = record[self.monitor]
        progress.monitored.append(-value if self.monitor.endswith(("accuracy", "r2")) else value)
        if progress.watch.see(progress.monitored[-1], progress.epoch, stopping.min_delta):
            self.vectors.remember()
        elif not isfinite(value):
            progress.stop_reason = f"{self.monitor} became {value} in epoch {progress.epoch + 1}"
        elif trainer.early_stopping and progress.watch.misses >= stopping.patience:
            best = progress.history[self.monitor][progress.watch.best_epoch]
            progress.stop_reason = (
                f"{self.monitor} has not improved for {progress.watch.misses} epochs; the best was "
                f"{best:.4g} in epoch {progress.watch.best_epoch + 1}"
            )
        progress.epoch += 1
        progress.batch = progress.clipped = 0
        progress.loss = progress.weight = progress.norms = 0.0
        for callback in self.callbacks:
            progress.stop_reason = callback.on_epoch(self, record) or progress.stop_reason
        progress.seconds = record["seconds"]
        if not self._every or progress.stop_reason:
            self._save()

    def _clean(self) -> Iterator[Array]:
        """The training inputs without augmentation, in order."""
        return self.data.inputs(self.data.samples, self.trainer.model.dtype, _PASS)

    def _scores(self, part: str, scored: Any) -> dict[str, float]:
        samples, targets = scored
        outputs = self.trainer.run_model(samples, self.workspace)
        scores = self.trainer.scores(outputs, targets)
        return {f"{part}_{name}": value for name, value in scores.items()}

    # -- checkpoints -------------------------------------------------------------------------

    def _save(self) -> None:
        if self._path is None:
            return
        try:
            self.save(self._path)
        except checkpoint.CheckpointError as error:  # hours of training are worth more
            warnings.warn(f"{error}. Training goes on", UserWarning, stacklevel=2)

    def save(self, path: Any) -> None:
        """Write everything that is needed to go on from here."""
        state = {
            "settings": self.trainer.fingerprint(),
            "data": self.data.fingerprint,
            "shape": list(self.trainer.model.shape),
            "tests": self.trainer.tests,
            "progress": self.progress.to_dict(),
        }
        normalizer = self.data.normalizer
        extra = {} if normalizer is None else {"shift": normalizer.shift, "scale": normalizer.scale}
        checkpoint.write(path, state, {**self.vectors.arrays(), **extra})

    def load(self, path: Any) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or from another model, other settings or other data.
        """
        state, arrays = checkpoint.read(path)
        present = {**self.trainer.fingerprint(), "data": self.data.fingerprint}
        checkpoint.compare(path, {**state["settings"], "data": state["data"]}, present)
        checkpoint.fill(path, arrays, self.vectors.arrays())
        self.progress = Progress.from_dict(state["progress"])
        if self.progress.stop_reason.startswith(("reached max_epochs", "interrupted")):
            self.progress.stop_reason = ""  # so that a training can be made longer
