"""A running training as a file: all that is needed to go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from regtrain.layers.base import Array
from regtrain.training import checkpoint
from regtrain.training.progress import Ending, Progress

if TYPE_CHECKING:
    from regtrain.training.fit import Fit

__all__ = ["load", "save"]


def save(fit: Fit, path: Any, last: Mapping[str, Array] | None = None) -> None:
    """Write everything that is needed to go on from here."""
    use = "best_" if fit.prefers_best else ""
    state = {
        "settings": fit.trainer.fingerprint(),
        "data": fit.data.fingerprint,
        "shape": list(fit.trainer.model.shape),
        "tests": fit.trainer.tests,
        "progress": fit.progress.to_dict(),
        "use": use,
    }
    normalizer = fit.data.normalizer
    extra = {} if normalizer is None else {"shift": normalizer.shift, "scale": normalizer.scale}
    arrays = {**fit.vectors.arrays(), **extra, **(last if last and use else {})}
    checkpoint.write(path, state, arrays)


def load(fit: Fit, path: Any) -> None:
    """Go on from a checkpoint.

    Raises:
        CheckpointError: it is damaged, or from another model, other settings or other data.
    """
    state, arrays = checkpoint.read(path)
    present = {**fit.trainer.fingerprint(), "data": fit.data.fingerprint}
    checkpoint.compare(path, {**state["settings"], "data": state["data"]}, present)
    checkpoint.fill(path, arrays, fit.vectors.arrays())
    fit.progress = Progress.from_dict(state["progress"])
    if fit.progress.ending in (Ending.COMPLETE, Ending.INTERRUPTED):
        fit.progress.go_on()  # a training can be made longer, too
