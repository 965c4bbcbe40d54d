"""Convolution of images: patches as rows, a few images at a time, so that they stay in the cache."""

from __future__ import annotations

import numpy as np

from regtrain.initializers import Initializer, Zeros
from regtrain.kernels import images
from regtrain.kernels.products import product
from regtrain.layers.base import Array, Backprop, Block, Context, Layer, Shape
from regtrain.layers.dense import initializer_or_none, whole
from regtrain.layers.pooling import MaxPool2D
from regtrain.layers.tail import PLAIN, Tail

__all__ = ["Conv2D"]

_CACHED = 1 << 18  # numbers in the patches of one part: 1 MB of float32, about a second cache


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
    within the layer, part by part, so that the full output is never written.
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
        array, size = context.workspace.array, len(x)
        out_h, out_w, filters = self.output_shape(x.shape[1:])
        weight = self.weight.reshape(-1, filters)
        length, pixels = len(weight), out_h * out_w
        part = max(1, min(size, _CACHED // (pixels * length)))
        parts = [(start, min(start + part, size)) for start in range(0, size, part)]

        def patches(start: int, stop: int) -> Array:
            rows = array(self.name, "patches", (stop - start, out_h, out_w, length))
            images.gather(x[start:stop], self.size, self.stride, self.pad, rows)
            return rows.reshape(-1, length)

        if pool is None:
            y = array(self.name, "y", (size, out_h, out_w, filters))
            for start, stop in parts:
                product(patches(start, stop), weight, y[start:stop].reshape(-1, filters))
        else:
            y = array(self.name, "y", (size, *pool.output_shape((out_h, out_w, filters))))
            where = array(self.name, "where", y.shape, np.uint8)
            for start, stop in parts:
                z = array(self.name, "z", (stop - start, out_h, out_w, filters))
                product(patches(start, stop), weight, z.reshape(-1, filters))
                images.max_pool(z, pool.size, pool.stride, y[start:stop], where[start:stop])
        bias = self.bias if self.has_bias else None
        undo = (tail or PLAIN).forward(y, bias, context)

        def backprop(dy: Array, wanted: bool = True) -> Array | None:
            dz = undo(dy.reshape(y.shape), self.d_bias if self.has_bias else None)
            d_weight = self.d_weight.reshape(weight.shape)
            more = array(self.name, "more", weight.shape)
            dx = array(self.name, "dx", x.shape) if wanted else None
            for start, stop in parts:
                if pool is None:
                    rows = dz[start:stop].reshape(-1, filters)
                else:
                    full = array(self.name, "z", (stop - start, out_h, out_w, filters))
                    images.max_pool_back(
                        dz[start:stop], where[start:stop], pool.size, pool.stride, full
                    )
                    rows = full.reshape(-1, filters)
                columns = patches(start, stop)
                product(columns.T, rows, more if start else d_weight)
                if start:
                    d_weight += more
                if dx is not None:
                    product(rows, weight.T, columns)
                    images.scatter(
                        columns.reshape(stop - start, out_h, out_w, length),
                        self.size,
                        self.stride,
                        self.pad,
                        dx[start:stop],
                    )
            return dx

        return y, backprop
