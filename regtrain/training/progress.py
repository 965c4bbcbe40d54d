"""Everything that changes while a training runs, as plain data: what a checkpoint has to hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from regtrain.early_stopping import Watch
from regtrain.layers.base import Array
from regtrain.memory import zeros
from regtrain.run import History
from regtrain.sequential import Sequential

__all__ = ["Ending", "Progress", "Vectors"]


class Ending(StrEnum):
    """What kind of thing ended a training; `Run.stop_reason` says it in words."""

    RUNNING = ""
    COMPLETE = "complete"  # max_epochs were reached
    STOPPED = "stopped"  # early stopping
    CALLBACK = "callback"
    INTERRUPTED = "interrupted"
    FAILED = "failed"  # the loss is no longer finite


@dataclass
class Progress:
    """Where a training is.

    Attributes:
        epoch: the running epoch, from 0.
        batch: how many of its batches are done.
        step: how many updates were made altogether.
        loss, weight: the sums of the epoch's running loss.
        norms, clipped: the sum of the gradient norms, and how many were clipped.
        monitored: the monitored value of each epoch, lower is better.
        watch: the best of them.
        history: see `regtrain.run.History`.
        seconds: spent so far.
        ending, stop_reason: not empty once the training has ended.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss: float = 0.0
    weight: float = 0.0
    norms: float = 0.0
    clipped: int = 0
    monitored: list[float] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    history: History = field(default_factory=dict)
    seconds: float = 0.0
    ending: Ending = Ending.RUNNING
    stop_reason: str = ""

    def stop(self, ending: Ending, reason: str) -> None:
        """End the training, for this reason."""
        self.ending, self.stop_reason = ending, reason

    def go_on(self) -> None:
        """As if it had not ended."""
        self.stop(Ending.RUNNING, "")

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data; floats survive exactly."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Progress:
        """What `to_dict` gave."""
        typed = {"watch": Watch(**data["watch"]), "ending": Ending(data["ending"])}
        return cls(**{**data, **typed})


class Vectors:
    """The flat vectors of a training: of the model, the optimizer, and the best epoch so far."""

    def __init__(self, model: Sequential, moments: int) -> None:
        self._model = model
        self.moments = zeros((moments, model.parameters.size), model.dtype)
        self.best_parameters = model.parameters.copy()
        self.best_statistics = model.statistics.copy()

    def remember(self) -> None:
        """The present parameters are the best."""
        self.best_parameters[:] = self._model.parameters
        self.best_statistics[:] = self._model.statistics

    def restore(self) -> None:
        """Back to the best, with the statistics that belong to it."""
        self._model.parameters[:] = self.best_parameters
        self._model.statistics[:] = self.best_statistics

    def arrays(self) -> dict[str, Array]:
        """By name, to be saved or written into."""
        return {
            "parameters": self._model.parameters,
            "statistics": self._model.statistics,
            "moments": self.moments,
            "best_parameters": self.best_parameters,
            "best_statistics": self.best_statistics,
        }
