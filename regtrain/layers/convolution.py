"""Convolution of images."""

from __future__ import annotations

import numpy as np

from regtrain.initializers import Initializer, Zeros
from regtrain.kernels import convolutions as kernels
from regtrain.kernels.geometry import geometry
from regtrain.kernels.team import share
from regtrain.layers.base import Array, Backprop, Block, Context, Layer, Shape
from regtrain.layers.dense import initializer_or_none, whole
from regtrain.layers.pooling import MaxPool2D
from regtrain.layers.tail import PLAIN, Tail

__all__ = ["Conv2D"]


class Conv2D(Layer):
    """A convolution over images, (height, width, channels) each.

    Args:
        filters: channels of the output.
        size: of the square kernel (default 3).
        stride: between two outputs (default 1).
        padding: ``same`` (odd sizes: as many outputs as inputs, at stride 1), ``valid`` (none) or
            a number of zeros on each side (default ``same``).
        initializer: of the weights (default: follows the activation).
        bias: default True.

    Weights are (size, size, channels, filters). A `MaxPool2D` and an activation that follow run
    within the layer, image by image, so that the full output is never written.
    """

    fuses = True
    weight: Array
    bias: Array
    d_weight: Array
    d_bias: Array

    def __init__(
        self,
        filters: int,
        size: int = 3,
        *,
        stride: int = 1,
        padding: str | int = "same",
        initializer: str | Initializer | None = None,
        bias: bool = True,
    ) -> None:
        self.filters = whole("Conv2D", "filters", filters)
        self.size = whole("Conv2D", "size", size)
        self.stride = whole("Conv2D", "stride", stride)
        if padding not in ("same", "valid") and (isinstance(padding, str) or padding < 0):
            raise ValueError(
                f"Conv2D: padding must be 'same', 'valid' or a whole number, got {padding!r}"
            )
        if padding == "same" and self.size % 2 == 0:
            raise ValueError(
                f"Conv2D: padding='same' needs an odd size, got {size}; give the zeros as a number"
            )
        self.padding = padding
        self.initializer = initializer_or_none(initializer)
        self.has_bias = bool(bias)

    @property
    def pad(self) -> int:
        """Zeros on each side."""
        if isinstance(self.padding, str):
            return self.size // 2 if self.padding == "same" else 0
        return self.padding

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise self.misfit("images of height × width × channels", shape)
        height, width = ((side + 2 * self.pad - self.size) // self.stride + 1 for side in shape[:2])
        if min(height, width) < 1:
            raise self.misfit(f"images of at least {self.size - 2 * self.pad} pixels a side", shape)
        return height, width, self.filters

    def blocks(self, shape: Shape) -> tuple[Block, ...]:
        area = self.size * self.size
        weight = Block(
            "weight",
            (self.size, self.size, shape[-1], self.filters),
            self.initializer,
            True,
            (area * shape[-1], area * self.filters),
        )
        return (weight, Block("bias", (self.filters,), Zeros())) if self.has_bias else (weight,)

    def forward(
        self,
        x: Array,
        context: Context,
        tail: Tail | None = None,
        pool: MaxPool2D | None = None,
    ) -> tuple[Array, Backprop]:
        array = context.workspace.array
        known = geometry(
            (x.shape[1], x.shape[2], x.shape[3]), self.filters, self.size, self.stride, self.pad
        )
        shape = self.output_shape(x.shape[1:])
        weight, kind = self.weight.reshape(-1), self.weight.dtype
        pooled = (0, 0) if pool is None else (pool.size, pool.stride)
        x = np.ascontiguousarray(x)
        y = array(self.name, "y", (len(x), *(shape if pool is None else pool.output_shape(shape))))
        where = array(self.name, "where", (0, 0, 0, 0) if pool is None else y.shape, np.uint8)

        def ahead(first: int, last: int, number: int) -> None:
            space = array(self.name, f"space {number}", (known.forward_space,), kind)
            kernels.forward(
                x, weight, known.numbers, known.taps, pooled, y, where, first, last, space
            )

        share(len(x), ahead)
        bias = self.bias if self.has_bias else None
        undo = (tail or PLAIN).forward(y, bias, context)

        def backprop(dy: Array, wanted: bool = True) -> Array | None:
            dz = undo(dy.reshape(y.shape), self.d_bias if self.has_bias else None)
            dx = array(self.name, "dx", x.shape if wanted else (0, *x.shape[1:]))
            sums = array(self.name, "sums", (kernels.BLOCKS, *known.sums))

            def back(begin: int, end: int, number: int) -> None:
                space = array(self.name, f"space {number}", (known.backward_space,), kind)
                for block in range(begin, end):
                    first, last = (len(x) * at // kernels.BLOCKS for at in (block, block + 1))
                    kernels.backward(
                        x, weight, known.numbers, known.columns, known.back, known.order, known.ends,
                        pooled, dz, where, dx, sums[block], first, last, space,
                    )  # fmt: skip

            share(kernels.BLOCKS, back)
            kernels.join(sums, self.d_weight.reshape(-1, self.filters))
            return dx if wanted else None

        return y, backprop
