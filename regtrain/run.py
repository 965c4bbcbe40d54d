"""What a training gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from regtrain.diagnose.table import Diagnosis
    from regtrain.trainer import Trainer
    from regtrain.training.fit import Fit

__all__ = ["History", "Run"]

History = dict[str, list[float]]
"""One list per quantity, one number per epoch:

``running_loss``: the mean loss of the batches as they were trained on (dropout and augmentation
on, parameters moving); ``train_loss`` and ``valid_loss``: of the parameters at the end of the
epoch, in inference mode, so they can be compared; ``train_accuracy``, ``valid_accuracy`` (or
``r2`` for regression); ``penalty``: the L2 term; ``learning_rate``: of the last step;
``gradient_norm``: the mean over the steps, where gradients are clipped; ``clipped``: the fraction
of steps whose gradient was clipped; ``seconds``.
"""


@dataclass
class Run:
    """The result of `Trainer.fit`.

    Attributes:
        history: one list per quantity, see `History`.
        stop_reason: why it ended, in words.
        best_epoch: the epoch (from 0) whose parameters the model has now.
        epochs, steps: how many were done.
        seconds: of training.
        trainer: the trainer, with the trained model.
        fit: the training itself, with its data; None where it was read from a file.
    """

    history: History = field(default_factory=dict)
    stop_reason: str = ""
    best_epoch: int = -1
    epochs: int = 0
    steps: int = 0
    seconds: float = 0.0
    trainer: Trainer | None = field(default=None, repr=False)
    fit: Fit | None = field(default=None, repr=False)

    def diagnose(self, *, target: float = 0.0, tolerance: float | None = None) -> Diagnosis:
        """Bias or variance, with the numbers behind it, and what to do, ranked.

        Args:
            target: the error that can be hoped for (default 0).
            tolerance: above it an error is high; default: 5 % of a constant guess's error.
        """
        from regtrain.diagnose.run import diagnose_run

        return diagnose_run(self, target=target, tolerance=tolerance)

    def report(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write one self-contained HTML page about this run; `regtrain.report.report` says what."""
        from regtrain.report import report

        return report(self, path, **options)
