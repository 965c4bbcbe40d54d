"""Pooling of images, and flattening."""

from __future__ import annotations

from math import prod

import numpy as np

from regtrain.kernels import images
from regtrain.layers.base import Array, Backprop, Context, Layer, Shape
from regtrain.layers.dense import whole
from regtrain.layers.tail import Tail

__all__ = ["AvgPool2D", "Flatten", "GlobalAvgPool", "MaxPool2D"]


class _Pool2D(Layer):
    """Windows of ``size`` × ``size``; what is left at the right and the bottom is not seen.

    Args:
        size: of a window, at most 15 (default 2).
        stride: between two windows (default: ``size``).
    """

    def __init__(self, size: int = 2, stride: int | None = None) -> None:
        name = type(self).__name__
        self.size = whole(name, "size", size)
        self.stride = whole(name, "stride", size if stride is None else stride)
        if self.size > 15:
            raise ValueError(f"{name}: size must be at most 15, got {size}; use GlobalAvgPool")

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3 or min(shape[:2]) < self.size:
            raise self.misfit(
                f"images of height × width × channels, at least {self.size} pixels a side", shape
            )
        height, width = ((side - self.size) // self.stride + 1 for side in shape[:2])
        return height, width, shape[2]


class MaxPool2D(_Pool2D):
    """The greatest of each window.

    Args:
        size: of a window, at most 15 (default 2).
        stride: between two windows (default: ``size``).
    """

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        array = context.workspace.array
        y = array(self.name, "y", (len(x), *self.output_shape(x.shape[1:])))
        where = array(self.name, "where", y.shape, np.uint8)
        images.max_pool(x, self.size, self.stride, y, where)

        def backprop(dy: Array, wanted: bool = True) -> Array:
            dx = array(self.name, "dx", x.shape)
            images.max_pool_back(dy, where, self.size, self.stride, dx)
            return dx

        return y, backprop


class AvgPool2D(_Pool2D):
    """The mean of each window.

    Args:
        size: of a window, at most 15 (default 2).
        stride: between two windows (default: ``size``).
    """

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        array = context.workspace.array
        y = array(self.name, "y", (len(x), *self.output_shape(x.shape[1:])))
        images.average_pool(x, self.size, self.stride, y)

        def backprop(dy: Array, wanted: bool = True) -> Array:
            dx = array(self.name, "dx", x.shape)
            images.average_pool_back(dy, self.size, self.stride, dx)
            return dx

        return y, backprop


class GlobalAvgPool(Layer):
    """The mean of each channel over all positions: (..., channels) becomes (channels,)."""

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) < 2:
            raise self.misfit("positions × channels", shape)
        return (shape[-1],)

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        array = context.workspace.array
        positions = prod(x.shape[1:-1])
        y = array(self.name, "y", (len(x), x.shape[-1]))
        np.mean(x.reshape(len(x), positions, -1), axis=1, out=y)

        def backprop(dy: Array, wanted: bool = True) -> Array:
            dx = array(self.name, "dx", x.shape)
            np.divide(dy[:, None, :], positions, out=dx.reshape(len(x), positions, -1))
            return dx

        return y, backprop


class Flatten(Layer):
    """All numbers of a sample in one row."""

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        return x.reshape(len(x), -1), lambda dy, wanted=True: dy.reshape(x.shape)
