"""The diagnosis of a training that has ended, from its own data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from regtrain.diagnose.error import Error
from regtrain.diagnose.health import Health
from regtrain.diagnose.table import Circumstances, Diagnosis, diagnose
from regtrain.layers.base import Workspace
from regtrain.layers.dropout import Dropout

if TYPE_CHECKING:
    from regtrain.run import Run
    from regtrain.trainer import Trainer

__all__ = ["diagnose_run", "error_of", "guess_error"]


def error_of(trainer: Trainer, outputs: Any, targets: Any) -> Error:
    """Error rate with Wilson's interval, or mean squared error with a bootstrap interval."""
    from regtrain.metrics import classes

    if trainer.loss.classifies and targets.ndim == 1:
        return Error.of_rate(int((classes(trainer.loss, outputs) != targets).sum()), len(targets))
    if trainer.loss.classifies:
        single = outputs.shape[1:] == (1,) or not hasattr(trainer.loss, "smoothing")
        wrong = (
            ((outputs > 0) != (targets > 0.5)).reshape(len(targets), -1).any(1)
            if single
            else outputs.argmax(-1) != targets.argmax(-1)
        )
        return Error.of_rate(int(wrong.sum()), len(targets))
    squared = ((outputs.astype(np.float64) - targets) ** 2).reshape(len(targets), -1).sum(1)
    return Error.of_values(squared)


def guess_error(trainer: Trainer, targets: Any) -> float:
    """The error of the best constant prediction: of the most frequent class, or of the mean."""
    if trainer.loss.classifies:
        rows = targets if targets.ndim == 1 else targets.reshape(len(targets), -1).argmax(1)
        if targets.ndim > 1 and targets.shape[1:] == (1,):
            rows = (targets[:, 0] > 0.5).astype(int)
        return max(1 - float(np.bincount(rows).max()) / len(rows), 1e-3)
    values = targets.astype(np.float64).reshape(len(targets), -1)
    return max(float(values.var(0).sum()), 1e-12)


def diagnose_run(run: Run, *, target: float = 0.0, tolerance: float | None = None) -> Diagnosis:
    """The course's table for a run, from its training and validation data in inference mode.

    Args:
        run: with the trainer and data it came from.
        target: the error that can be hoped for (default 0).
        tolerance: above it an error is high; default: 5 % of a constant guess's error.

    Raises:
        ValueError: there was no validation data.
    """
    if run.fit is None or run.trainer is None:
        raise ValueError("this run was read from a file; diagnose it with its data at hand")
    data, trainer = run.fit.data, run.trainer
    if data.valid is None:
        raise ValueError("a diagnosis needs validation data; give Trainer.fit(..., valid=(x, y))")
    workspace = Workspace(trainer.model.dtype)
    measured = [
        error_of(trainer, trainer.run_model(samples, workspace), targets)
        for samples, targets in (data.monitored, data.valid)
    ]
    return diagnose(
        measured[0],
        measured[1],
        guess=guess_error(trainer, data.valid[1]),
        target=target,
        tolerance=tolerance,
        circumstances=circumstances(run),
    )


def circumstances(run: Run) -> Circumstances:
    """What the trainer and the history tell."""
    trainer = run.trainer
    if trainer is None:
        return Circumstances()
    health = (
        next((c for c in run.fit.callbacks if isinstance(c, Health)), None) if run.fit else None
    )
    train = run.history.get("train_loss", [])
    valid = run.history.get("valid_loss", [])
    falls = len(train) >= 5 and train[-1] < 0.97 * train[-5] and run.best_epoch >= run.epochs - 2
    rises = len(valid) >= 3 and valid[-1] > 1.05 * min(valid)
    rates = [layer.rate for layer in trainer.model.layers if isinstance(layer, Dropout)]
    return Circumstances(
        training_error_falls=falls if len(train) >= 5 else None,
        validation_error_rises=rises if len(valid) >= 3 else None,
        early_stopping=trainer.early_stopping is not None,
        augmented=trainer.augment is not None,
        l2=trainer.l2,
        dropout=max(rates, default=0.0),
        parameters=trainer.model.parameters.size,
        examples=len(run.fit.data.samples) if run.fit else None,
        unhealthy=health.complaint() if health and health.vitals else "",
    )
