"""Dropout (Srivastava et al., JMLR 15, 2014), inverted: what is kept is scaled up in training."""

from __future__ import annotations

import numpy as np

from regtrain.layers.base import Array, Backprop, Context, Layer
from regtrain.layers.tail import Tail

__all__ = ["Dropout"]


class Dropout(Layer):
    """Zero each element with probability ``rate`` in training; scale the others by 1/(1 - rate).

    May stand anywhere: first for inputs, between hidden layers, last for outputs (logits).
    The mask is a hash of (seed of the step and layer, position), so it is made again in the
    backward pass instead of being kept.

    Args:
        rate: in [0, 1); 0 changes nothing.

    >>> Dropout(0.5).scale
    2.0
    """

    def __init__(self, rate: float) -> None:
        if not 0 <= rate < 1:
            raise ValueError(
                f"Dropout: rate must be at least 0 and below 1, got {rate!r}; "
                "it is the fraction that is dropped"
            )
        self.rate = float(rate)

    @property
    def threshold(self) -> np.uint32:
        """The hash below which an element is dropped."""
        return np.uint32(min(round(self.rate * 2**32), 2**32 - 1))

    @property
    def scale(self) -> float:
        """What is kept is multiplied by this."""
        return 1.0 / (1.0 - self.rate)

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        if not (context.training and self.rate):
            return x, lambda dy, wanted=True: dy
        y = context.workspace.array(self.name, "y", x.shape)
        y[...] = x
        undo = Tail(dropout=self).forward(y, None, context)

        def backprop(dy: Array, wanted: bool = True) -> Array:
            return undo(dy, None)

        return y, backprop
