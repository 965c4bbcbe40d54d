"""Words as vectors."""

from __future__ import annotations

import numpy as np

from regtrain.initializers import Initializer, Normal
from regtrain.kernels.sequences import add_rows, bag, bag_back
from regtrain.layers.base import Array, Backprop, Block, Context, Layer, Shape
from regtrain.layers.dense import initializer_or_none, whole
from regtrain.layers.tail import Tail

__all__ = ["Embedding", "EmbeddingBag"]


class Embedding(Layer):
    """The vector of each token: (time,) whole numbers become (time, dimensions).

    Args:
        tokens: how many different ones there are; inputs lie below it.
        dimensions: of a vector.
        padding: a token that stands for nothing: layers after it, such as `SimpleRNN`, skip it
            (default: none).
        initializer: default: normal of standard deviation 1 / sqrt(dimensions).
    """

    takes_tokens = True
    weight: Array
    d_weight: Array

    def __init__(
        self,
        tokens: int,
        dimensions: int,
        *,
        padding: int | None = None,
        initializer: str | Initializer | None = None,
    ) -> None:
        name = type(self).__name__
        self.tokens = whole(name, "tokens", tokens)
        self.dimensions = whole(name, "dimensions", dimensions)
        if padding is not None and not 0 <= padding < self.tokens:
            raise ValueError(
                f"{name}: padding must be one of the tokens 0 to {tokens - 1}, got {padding!r}"
            )
        self.padding = padding
        self.initializer = initializer_or_none(initializer) or Normal(self.dimensions**-0.5)

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.dimensions)

    def blocks(self, shape: Shape) -> tuple[Block, ...]:
        size = (self.tokens, self.dimensions)
        return (Block("weight", size, self.initializer, True, size),)

    def _checked(self, x: Array) -> Array:
        if x.dtype.kind not in "iu":
            raise TypeError(f"{self.name}: tokens must be whole numbers, got {x.dtype}")
        if x.size and (x.min() < 0 or x.max() >= self.tokens):
            raise ValueError(
                f"{self.name}: tokens must lie between 0 and {self.tokens - 1}, "
                f"got {x.min()} to {x.max()}"
            )
        return x.astype(np.int64, copy=False)

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        x = self._checked(x)
        if self.padding is not None:
            context.mask = x != self.padding
        y = context.workspace.array(self.name, "y", (*x.shape, self.dimensions))
        np.take(self.weight, x, axis=0, out=y, mode="clip")

        def backprop(dy: Array, wanted: bool = True) -> None:
            self.d_weight[...] = 0
            add_rows(dy.reshape(-1, self.dimensions), x.reshape(-1), self.d_weight)

        return y, backprop


class EmbeddingBag(Embedding):
    """The mean vector of the tokens of a text: (time,) becomes (dimensions,).

    Args:
        tokens: how many different ones there are; inputs lie below it.
        dimensions: of a vector.
        padding: a token that does not count (default: none). A text of padding alone is zero.
        initializer: default: normal of standard deviation 1 / sqrt(dimensions).
    """

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise self.misfit("one row of tokens per sample", shape)
        return (self.dimensions,)

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        x = self._checked(x)
        skip = -1 if self.padding is None else self.padding
        y = context.workspace.array(self.name, "y", (len(x), self.dimensions))
        bag(self.weight, x, skip, y)

        def backprop(dy: Array, wanted: bool = True) -> None:
            self.d_weight[...] = 0
            bag_back(dy, x, skip, self.d_weight)

        return y, backprop
