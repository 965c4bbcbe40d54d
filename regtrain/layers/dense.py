"""The dense layer."""

from __future__ import annotations

from regtrain.initializers import Initializer, Zeros, initializer
from regtrain.kernels.products import product
from regtrain.layers.base import Array, Backprop, Block, Context, Layer, Shape
from regtrain.layers.tail import PLAIN, Tail

__all__ = ["Dense"]


class Dense(Layer):
    """y = x W + b.

    Args:
        units: outputs per sample.
        initializer: of the weights: a name (``xavier``, ``he``, ``zeros`` ...) or an initializer;
            default: the one that follows the activation behind the layer.
        bias: whether there is one; it begins at zero (default True).

    Weights are (inputs, units), as in the course's ``randn(n_in, n_out)``.
    """

    fuses = True
    weight: Array
    bias: Array
    d_weight: Array
    d_bias: Array

    def __init__(
        self, units: int, *, initializer: str | Initializer | None = None, bias: bool = True
    ) -> None:
        self.units = whole("Dense", "units", units)
        self.initializer = initializer_or_none(initializer)
        self.has_bias = bool(bias)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape:
            raise self.misfit("at least one feature per sample", shape)
        return (*shape[:-1], self.units)

    def blocks(self, shape: Shape) -> tuple[Block, ...]:
        inputs = shape[-1]
        weight = Block("weight", (inputs, self.units), self.initializer, True, (inputs, self.units))
        return (weight, Block("bias", (self.units,), Zeros())) if self.has_bias else (weight,)

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        array = context.workspace.array
        rows = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])
        y = array(self.name, "y", (rows.shape[0], self.units))
        product(rows, self.weight, y)
        bias = self.bias if self.has_bias else None
        undo = (tail or PLAIN).forward(y, bias, context)

        def backprop(dy: Array, wanted: bool = True) -> Array | None:
            dz = undo(dy.reshape(y.shape), self.d_bias if self.has_bias else None)
            product(rows.T, dz, self.d_weight)
            if not wanted:
                return None
            dx = array(self.name, "dx", rows.shape)
            return product(dz, self.weight.T, dx).reshape(x.shape)

        return y if x.ndim == 2 else y.reshape(*x.shape[:-1], self.units), backprop


def whole(layer: str, name: str, value: int) -> int:
    """A whole number of at least 1."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < 1:
        raise ValueError(f"{layer}: {name} must be a whole number of at least 1, got {value!r}")
    return int(value)


def initializer_or_none(given: str | Initializer | None) -> Initializer | None:
    """The initializer of a name; None is left for the model to choose."""
    return None if given is None else initializer(given)
