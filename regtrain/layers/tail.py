"""What follows a layer element by element (bias, activation, dropout), run as one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from regtrain.kernels import elementwise
from regtrain.layers.base import Array, Context

if TYPE_CHECKING:
    from regtrain.layers.activations import Activation
    from regtrain.layers.dropout import Dropout

__all__ = ["PLAIN", "Tail", "Undo"]

Undo = Callable[[Array, Array | None], Array]
"""``undo(dy, bias_gradient)``: dy becomes the gradient before the tail, in place."""

Standard = tuple[Array, Array, Array, Array]
"""x in rows, what is taken from each of its columns, and by what that is multiplied; on the way back the
last array gets the sums of dz (x - center)."""

_NONE: dict[Any, Array] = {np.dtype(kind): np.empty(0, kind) for kind in (np.float32, np.float64)}
_NO_SEED, _NO_THRESHOLD = np.uint64(0), np.uint32(0)


class Tail:
    """An activation and a dropout behind a layer; either may be missing.

    Args:
        activation: applied first.
        dropout: applied to its output, in training.
    """

    __slots__ = ("activation", "dropout")

    def __init__(
        self, activation: Activation | None = None, dropout: Dropout | None = None
    ) -> None:
        self.activation = activation
        self.dropout = dropout

    def forward(
        self, z: Array, bias: Array | None, context: Context, standard: Standard | None = None
    ) -> Undo:
        """z becomes dropout(activation(z + bias)), the bias along the last axis.

        With ``standard`` it is the standardized x that becomes z, and the rest follows.
        """
        activation, dropout = self.activation, self.dropout
        code = elementwise.IDENTITY if activation is None else activation.code
        slope = 0.0 if activation is None else activation.slope
        threshold, seed, scale = _NO_THRESHOLD, _NO_SEED, 1.0
        if dropout is not None and dropout.rate and context.training:
            threshold, scale = dropout.threshold, dropout.scale
            seed = np.uint64(context.seed(dropout.name))
        none = _NONE[z.dtype]
        flat = z.reshape(-1, z.shape[-1])
        x, center, factor = (flat, none, none) if standard is None else standard[:3]
        added = none if bias is None else bias
        if code >= elementwise.TANH and activation is not None:
            if added.size or center.size:
                elementwise.forward(
                    x, center, factor, flat, added, 0, 0.0, _NO_THRESHOLD, _NO_SEED, 1.0, 0
                )
            activation.apply(flat)  # NumPy's tanh is vectorized; numba's is not
            if threshold:
                elementwise.forward(flat, none, none, flat, none, 0, 0.0, threshold, seed, scale, 0)
        elif code or threshold or added.size or center.size:
            elementwise.forward(
                x, center, factor, flat, added, code, slope, threshold, seed, scale, 0
            )

        def undo(dy: Array, bias_gradient: Array | None) -> Array:
            if code or threshold or bias_gradient is not None:
                sums = none if bias_gradient is None else bias_gradient
                along = none if standard is None else standard[3]
                rows = dy.reshape(flat.shape)
                elementwise.backward(
                    rows, flat, sums, x, center, along, code, slope, threshold, seed, scale, 0
                )
            return dy

        return undo


PLAIN = Tail()
"""Nothing follows."""
