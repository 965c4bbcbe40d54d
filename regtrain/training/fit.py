"""One training, from the first batch to the best parameters."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from augkit.core.random import Foresight
from regtrain.data.subset import scattered
from regtrain.early_stopping import EarlyStopping
from regtrain.kernels.team import team
from regtrain.layers.base import Array, Workspace
from regtrain.layers.normalization import BatchNorm
from regtrain.run import Run
from regtrain.schedules import Plan, Schedule
from regtrain.training import checkpoint
from regtrain.training.callbacks import Callback
from regtrain.training.feeder import Feeder
from regtrain.training.interrupt import Interrupt
from regtrain.training.order import epoch_order, epoch_parts
from regtrain.training.progress import Ending, Progress, Vectors
from regtrain.training.saving import load, save
from regtrain.training.statistics import needs_statistics, set_statistics
from regtrain.training.step import update

if TYPE_CHECKING:
    from regtrain.trainer import Trainer
    from regtrain.training.prepare import Prepared

__all__ = ["Fit"]

_PASS = 260  # samples at a time where nothing is learned: ten tiles of a product


class Fit:
    """A running training; callbacks get it.

    Attributes:
        trainer: the settings and the model.
        progress: where it is.
        vectors: moments, and the best parameters so far.
        interrupt: the signal that came, if one did.
        unsaved: why the last checkpoint could not be written, or None.
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
        self._told = False
        self.unsaved: checkpoint.CheckpointError | None = None
        self.interrupt = Interrupt()
        self.foresight = Foresight()  # the draws of a step, in one compiled call
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
        default = "valid_loss"
        if data.valid is None:
            default = "train_loss" if trainer.monitor_train != 0 else "running_loss"
        self.monitor = stopping.monitor or default
        self._stopping = stopping

    # -- the whole ---------------------------------------------------------------------------

    def run(self) -> Run:
        """Train until something ends it; then the best parameters come back."""
        progress, trainer = self.progress, self.trainer
        began = time.perf_counter() - progress.seconds
        whole = True  # whether what there is now is between two steps, to go on from
        try:
            blas = threadpool_limits(trainer.threads, "blas")
            with blas, team(trainer.threads), self.interrupt:
                while not progress.ending:
                    if progress.epoch >= trainer.max_epochs:
                        progress.stop(Ending.COMPLETE, f"reached max_epochs={trainer.max_epochs}")
                        break
                    self.epoch(began)
        except KeyboardInterrupt:  # the second one
            whole = False
            progress.stop(Ending.INTERRUPTED, f"interrupted in epoch {progress.epoch + 1}")
        finally:
            self._feeder.close()
        progress.seconds = time.perf_counter() - began
        last = {name: self.vectors.arrays()[name].copy() for name in ("parameters", "statistics")}
        self.restore()
        if whole:
            self._save(last)
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

    def restore(self) -> None:
        """The best parameters, where early stopping wants them or the last are no good; and with
        them the statistics of the whole set, where they waited for the end."""
        if self.prefers_best:
            self.vectors.restore()
        model = self.trainer.model
        if needs_statistics(model) and (self._sampled or not self._watched):
            set_statistics(model, self._clean, self.workspace)
            if self.prefers_best:
                self.vectors.remember()

    @property
    def prefers_best(self) -> bool:
        """Whether the best parameters are what the training is for, not the last."""
        if self.progress.ending is Ending.FAILED:
            return True
        wanted = self.trainer.early_stopping is not None and self._stopping.restore_best
        return wanted and self.progress.watch.best_epoch >= 0

    @property
    def _sampled(self) -> bool:
        """Whether statistics after an epoch are those of some samples only."""
        count = self.trainer.statistics_samples
        return count is not None and count < len(self.data.samples)

    @property
    def _watched(self) -> bool:
        """Whether anybody looks at the model after an epoch; else statistics wait for the end."""
        scored = self.data.valid is not None or self.trainer.monitor_train != 0
        return scored or bool(self.callbacks) or self._path is not None

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
                loss = update(self, x, rows, plan)
                if not isfinite(loss):
                    progress.stop(
                        Ending.FAILED,
                        f"the loss became {loss} in step {progress.step} (epoch {progress.epoch + 1}); "
                        "lower the learning rate, clip the gradients, or scale the inputs",
                    )
                    return
                progress.batch += 1
                for callback in self.callbacks:
                    if reason := callback.on_step(self, loss):
                        progress.stop(Ending.CALLBACK, reason)
                if self.interrupt.number:
                    said = f"interrupted in epoch {progress.epoch + 1}"
                    progress.stop(Ending.INTERRUPTED, said)
                if progress.ending:
                    return
                if self._every and progress.step % self._every == 0:
                    progress.seconds = time.perf_counter() - began
                    self._save()
        finally:
            batches.close()
        self._end_of_epoch(plan, began)

    def rate(self, step: int, plan: Plan) -> float:
        """The learning rate of an update."""
        rate = self.trainer.optimizer.learning_rate
        return rate.rate(step, plan) if isinstance(rate, Schedule) else rate

    def _end_of_epoch(self, plan: Plan, began: float) -> None:
        progress, trainer, stopping = self.progress, self.trainer, self._stopping
        model = trainer.model
        if self._watched and needs_statistics(model):
            batches = self._some if self._sampled else self._clean
            set_statistics(model, batches, self.workspace)
        weights = model.parameters[: model.decayed].astype(np.float64)
        record = {
            "running_loss": progress.loss / progress.weight,
            **({} if trainer.monitor_train == 0 else self._scores("train", self.data.monitored)),
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
            said = f"{self.monitor} became {value} in epoch {progress.epoch + 1}"
            progress.stop(Ending.FAILED, said)
        elif trainer.early_stopping and progress.watch.misses >= stopping.patience:
            best = progress.history[self.monitor][progress.watch.best_epoch]
            progress.stop(
                Ending.STOPPED,
                f"{self.monitor} has not improved for {progress.watch.misses} epochs; the best was "
                f"{best:.4g} in epoch {progress.watch.best_epoch + 1}",
            )
        progress.epoch += 1
        progress.batch = progress.clipped = 0
        progress.loss = progress.weight = progress.norms = 0.0
        for callback in self.callbacks:
            if reason := callback.on_epoch(self, record):
                progress.stop(Ending.CALLBACK, reason)
        if self.interrupt.number and not progress.ending:
            progress.stop(Ending.INTERRUPTED, f"interrupted after epoch {progress.epoch}")
        progress.seconds = record["seconds"]
        if not self._every and not progress.ending:  # the last state is saved at the very end
            self._save()

    def _clean(self) -> Iterator[Array]:
        """The training inputs without augmentation, in order."""
        return self.data.inputs(self.data.samples, self.trainer.model.dtype, _PASS)

    def _some(self) -> Iterator[Array]:
        """As many of them as statistics are taken of, from all over."""
        samples, count = self.data.samples, self.trainer.statistics_samples or 0
        chosen = samples.at(scattered(len(samples), count))
        return self.data.inputs(chosen, self.trainer.model.dtype, _PASS)

    def _scores(self, part: str, scored: Any) -> dict[str, float]:
        samples, targets = scored
        outputs = self.trainer.run_model(samples, self.workspace)
        scores = self.trainer.scores(outputs, targets)
        return {f"{part}_{name}": value for name, value in scores.items()}

    # -- checkpoints -------------------------------------------------------------------------

    def _save(self, last: Mapping[str, Array] | None = None) -> None:
        """Write the checkpoint; a failure ends nothing, until there is nothing left to wait for.

        Args:
            last: at the end of training the vectors to go on from; those of the model are to be used.
        """
        if self._path is None:
            return
        try:
            self.save(self._path, last)
        except checkpoint.CheckpointError as error:  # hours of training are worth more
            self.unsaved = error if last else None
            if not self._told and not last:
                warnings.warn(f"{error}. Training goes on", UserWarning, stacklevel=2)
                self._told = True

    def save(self, path: Any, last: Mapping[str, Array] | None = None) -> None:
        """Write everything that is needed to go on from here."""
        save(self, path, last)

    def load(self, path: Any) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or from another model, other settings or other data.
        """
        load(self, path)
