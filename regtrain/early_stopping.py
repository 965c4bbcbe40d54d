"""When to stop: one small state machine over the monitored value of each epoch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

__all__ = ["EarlyStopping", "Watch"]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the monitored value has not improved for ``patience`` epochs in a row.

    The parameters of the best epoch, with their batch normalization statistics, come back at the
    end of training whatever ended it.

    Args:
        patience: how many misses end the training, at least 1: after exactly this many (default 5).
        monitor: a name in the history (default: ``valid_loss``, without validation data
            ``train_loss``, or ``running_loss`` where none are evaluated). Names ending in ``accuracy``
            or ``r2`` are better when higher.
        min_delta: an improvement is more than this better than the best so far (default 0).
        restore_best: whether the best parameters come back (default True).
    """

    patience: int = 5
    monitor: str | None = None
    min_delta: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.patience, bool) or self.patience < 1:
            raise ValueError(
                f"EarlyStopping: patience must be at least 1, got {self.patience!r}; "
                "it is the number of epochs without improvement that end the training"
            )
        if self.min_delta < 0:
            raise ValueError(f"EarlyStopping: min_delta must be at least 0, got {self.min_delta!r}")


@dataclass
class Watch:
    """How the monitored value has fared so far.

    >>> watch = Watch()
    >>> [watch.see(value, epoch, 0.0) for epoch, value in enumerate([3.0, 2.0, 2.5])]
    [True, True, False]
    >>> watch.misses, watch.best_epoch
    (1, 1)
    """

    best: float | None = None
    best_epoch: int = -1
    misses: int = 0

    def see(self, value: float, epoch: int, min_delta: float) -> bool:
        """Whether ``value`` (lower is better) is an improvement; NaN never is."""
        if isfinite(value) and (self.best is None or value < self.best - min_delta):
            self.best, self.best_epoch, self.misses = value, epoch, 0
            return True
        self.misses += 1
        return False
