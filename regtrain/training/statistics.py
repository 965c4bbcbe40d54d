"""Batch normalization with the statistics of the whole training set, as the course has it.

"During inference, the overall mean and standard deviation of the entire training dataset are used":
one clean pass in inference mode, layer by layer from the front, so that each layer sees what it will
see, accumulated in float64 (compare Wu and Johnson, "Rethinking 'Batch' in BatchNorm", 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from regtrain.layers.base import Array, Context, Layer, Workspace
from regtrain.layers.normalization import BatchNorm, moments
from regtrain.sequential import Sequential

__all__ = ["needs_statistics", "set_statistics"]

_KEPT = 1 << 28  # bytes of activations that may be kept between two layers


def needs_statistics(model: Sequential) -> bool:
    """Whether a layer wants the statistics of the training set."""
    return any(map(_wants, model.layers))


def set_statistics(
    model: Sequential, batches: Callable[[], Iterable[Array]], workspace: Workspace
) -> None:
    """Set mean and variance of each such layer.

    Args:
        model: changed in place.
        batches: gives the training inputs, in batches, from the beginning each time it is called.
        workspace: for the pass.
    """
    context = Context(workspace=workspace)
    wanting = [at for at, stage in enumerate(model.stages) if _wants(stage.layer)]
    kept: list[Array] | None = None  # the inputs of stage `begin`, if they are few enough
    begin = 0
    for position in wanting:
        layer = model.stages[position].layer
        if not isinstance(layer, BatchNorm):  # never; the type checker does not know
            continue
        total, held = _Moments(layer.mean.size), 0
        store: list[Array] = []
        for x in batches() if kept is None else kept:
            for each in model.stages[begin:position]:
                x, _ = each.forward(x, context)
            total.add(x)
            held += x.nbytes
            if held <= _KEPT and position != wanting[-1]:
                copy = workspace.array(layer.name, f"statistics {len(store)}", x.shape, x.dtype)
                np.copyto(copy, x)
                store.append(copy)
        layer.mean[...] = total.mean
        layer.variance[...] = total.variance
        kept, begin = (store, position) if held <= _KEPT else (None, 0)


def _wants(layer: Layer) -> bool:
    return isinstance(layer, BatchNorm) and layer.statistics == "training-set"


class _Moments:
    """Mean and variance over batches, joined by the formula of Chan et al. (1979)."""

    def __init__(self, columns: int) -> None:
        self.count = 0
        self.mean, self._spread = np.zeros(columns), np.zeros(columns)

    def add(self, x: Array) -> None:
        mean, variance = moments(x)
        more = x.size // mean.size
        count = self.count + more
        off = mean - self.mean
        self._spread += variance * more + off**2 * (self.count * more / count)
        self.mean += off * (more / count)
        self.count = count

    @property
    def variance(self) -> Array:
        """The biased variance; of one row it is 1, as nothing is known."""
        if self.count < 2:
            return np.ones_like(self.mean)
        variance: Array = self._spread / self.count
        return variance
