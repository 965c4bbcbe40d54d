"""What follows a layer element by element (bias, activation, dropout), run as one pass."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from regtrain.kernels import elementwise
from regtrain.kernels.team import share
from regtrain.layers.base import Array, Context

if TYPE_CHECKING:
    from regtrain.layers.activations import Activation
    from regtrain.layers.dropout import Dropout

__all__ = ["PLAIN", "Standard", "Tail", "Undo", "neighbours", "repeated"]

Undo = Callable[[Array, Array | None], Array]
"""``undo(dy, bias_gradient)``: dy becomes the gradient before the tail, in place."""

Standard = tuple[Array, Array, Array, Array]
"""x, what is taken from each of its channels, and by what that is multiplied; on the way back the
last array gets the sums of dz (x - center)."""

_WIDE = 512  # columns of a row that is long enough
_MANY = 1 << 17  # numbers that are worth a thread

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
        times = neighbours(z.shape)
        flat = z.reshape(-1, z.shape[-1] * times)
        x, center, factor = flat, none, none
        if standard is not None:
            x = standard[0].reshape(flat.shape)
            center, factor = repeated(standard[1], times), repeated(standard[2], times)
        added = none if bias is None else repeated(bias, times)
        if code >= elementwise.TANH and activation is not None:
            if added.size or center.size:
                elementwise.forward(
                    x, center, factor, flat, added, 0, 0.0, _NO_THRESHOLD, _NO_SEED, 1.0, 0
                )
            activation.apply(flat)  # NumPy's tanh is vectorized; numba's is not
            if threshold:
                elementwise.forward(flat, none, none, flat, none, 0, 0.0, threshold, seed, scale, 0)
        elif code or threshold or added.size or center.size:

            def part(first: int, last: int, _: int) -> None:
                some = slice(first, last)
                elementwise.forward(
                    x[some], center, factor, flat[some], added, code, slope, threshold, seed, scale,
                    first,
                )  # fmt: skip

            share(len(flat), part, least=max(1, _MANY // flat.shape[1]))

        def undo(dy: Array, bias_gradient: Array | None) -> Array:
            if code or threshold or bias_gradient is not None:
                sums = none if bias_gradient is None else repeated(bias_gradient, times)
                along = none if standard is None else repeated(standard[3], times)
                rows = dy.reshape(flat.shape)
                elementwise.backward(
                    rows, flat, sums, x, center, along, code, slope, threshold, seed, scale, 0
                )
                if times > 1:
                    if bias_gradient is not None:
                        np.sum(sums.reshape(times, -1), axis=0, out=bias_gradient)
                    if standard is not None:
                        np.sum(along.reshape(times, -1), axis=0, out=standard[3])
            return dy

        return undo


def neighbours(shape: tuple[int, ...]) -> int:
    """How many positions of a sample make up one row for the passes: a few channels are a short one."""
    positions, most = prod(shape[1:-1]), max(1, _WIDE // shape[-1])
    return next(times for times in range(min(most, positions), 0, -1) if positions % times == 0)


def repeated(vector: Array, times: int) -> Array:
    """The vector of the channels for so many positions in a row."""
    return vector if times == 1 else np.concatenate([vector] * times)


PLAIN = Tail()
"""Nothing follows."""
