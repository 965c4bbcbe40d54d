"""What may look on while a training runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regtrain.training.fit import Fit

__all__ = ["Callback", "ProgressBar"]


class Callback:
    """The base: override what you need. A returned text ends the training, and is its reason.

    A callback may look at anything and should change nothing: with the same seed, training is the
    same with and without it.
    """

    def on_step(self, fit: Fit, loss: float) -> str | None:
        """After each update; ``fit.progress.step`` counts them."""
        return None

    def on_epoch(self, fit: Fit, record: dict[str, float]) -> str | None:
        """After each epoch, with what was added to the history."""
        return None

    def on_end(self, fit: Fit) -> None:
        """When the training has ended, however it did."""


class ProgressBar(Callback):
    """One line on a terminal (standard error)."""

    def __init__(self) -> None:
        self._bar: object | None = None

    def on_epoch(self, fit: Fit, record: dict[str, float]) -> str | None:
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(total=fit.trainer.max_epochs, unit="epoch", leave=False)
        bar: tqdm[None] = self._bar  # type: ignore[assignment]
        shown = ("train_loss", "valid_loss", "train_accuracy", "valid_accuracy")
        bar.set_postfix({name: f"{record[name]:.4f}" for name in shown if name in record})
        bar.update()
        return None

    def on_end(self, fit: Fit) -> None:
        if self._bar is not None:
            self._bar.close()  # type: ignore[attr-defined]
            self._bar = None
