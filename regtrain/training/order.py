"""The order of the samples in an epoch, and its batches."""

from __future__ import annotations

import numpy as np
from numpy.random import Philox

from augkit.core.random import Root, Stream
from regtrain.layers.base import Array

__all__ = ["epoch_order", "epoch_parts"]


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
