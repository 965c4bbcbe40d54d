"""Activations. Each tells the compiled pass what it is; `Softmax` alone looks at a whole row."""

from __future__ import annotations

import numpy as np

from regtrain.kernels import elementwise
from regtrain.layers.base import Array, Backprop, Context, Layer
from regtrain.layers.tail import Tail

__all__ = ["Activation", "LeakyReLU", "Logistic", "ReLU", "Softmax", "Tanh"]


class Activation(Layer):
    """The base of the activations that act on each element."""

    code = elementwise.IDENTITY
    slope = 0.0
    initializer = "xavier"
    """The initializer that keeps the variance through it."""

    def apply(self, z: Array) -> None:
        """In place, without bias: what the compiled pass would do."""
        none = np.empty(0, z.dtype)
        elementwise.forward(
            z, none, none, z, none, self.code, self.slope, np.uint32(0), np.uint64(0), 1.0, 0
        )

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        y = context.workspace.array(self.name, "y", x.shape)
        y[...] = x
        undo = Tail(self).forward(y, None, context)

        def backprop(dy: Array, wanted: bool = True) -> Array:
            return undo(dy, None)

        return y, backprop


class ReLU(Activation):
    """max(0, x)."""

    code = elementwise.RELU
    initializer = "he"


class LeakyReLU(Activation):
    """x where it is positive, ``slope`` times x elsewhere.

    Args:
        slope: of the negative side (default 0.01).
    """

    code = elementwise.LEAKY
    initializer = "he"

    def __init__(self, slope: float = 0.01) -> None:
        if not 0 < slope < 1:
            raise ValueError(f"LeakyReLU: slope must lie between 0 and 1, got {slope!r}")
        self.slope = float(slope)


class Tanh(Activation):
    """The hyperbolic tangent."""

    code = elementwise.TANH

    def apply(self, z: Array) -> None:
        np.tanh(z, out=z)


class Logistic(Activation):
    """1 / (1 + exp(-x)), computed as (1 + tanh(x / 2)) / 2: no overflow, and vectorized."""

    code = elementwise.LOGISTIC

    def apply(self, z: Array) -> None:
        z *= 0.5
        np.tanh(z, out=z)
        z *= 0.5
        z += 0.5


class Softmax(Layer):
    """exp(x) over its sum along the last axis.

    For classification train on the logits instead (`CrossEntropy` contains the softmax) and ask
    `Trainer.probabilities`.
    """

    initializer = "xavier"

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        y = context.workspace.array(self.name, "y", x.shape)
        np.subtract(x, x.max(axis=-1, keepdims=True), out=y)
        np.exp(y, out=y)
        y /= y.sum(axis=-1, keepdims=True)

        def backprop(dy: Array, wanted: bool = True) -> Array:
            dy -= (dy * y).sum(axis=-1, keepdims=True)
            dy *= y
            return dy

        return y, backprop
