"""Batch and layer normalization."""

from __future__ import annotations

import numpy as np

from regtrain.initializers import Ones, Zeros
from regtrain.kernels import normalization as kernels
from regtrain.layers.base import Array, Backprop, Block, Context, Layer, Shape
from regtrain.layers.tail import PLAIN, Tail, neighbours, repeated

__all__ = ["BatchNorm", "LayerNorm", "moments"]


class BatchNorm(Layer):
    """Standardize each feature (the last axis) over the batch, then scale and shift.

    Ioffe and Szegedy, ICML 2015. In training with the mean and biased variance of the batch; in
    inference with those of the whole training set, which the trainer computes in a clean pass before
    they are needed, as the course has it; or with moving averages.

    Args:
        statistics: ``training-set`` or ``moving`` (default ``training-set``).
        decay: with ``moving``, what is kept of the average per step, in [0, 1) (default 0.9;
            PyTorch's ``momentum`` is 1 - decay).
        epsilon: added to the variance (default 1e-5).
    """

    fuses = True
    scale: Array
    shift: Array
    d_scale: Array
    d_shift: Array
    mean: Array
    variance: Array

    def __init__(
        self, statistics: str = "training-set", *, decay: float = 0.9, epsilon: float = 1e-5
    ) -> None:
        if statistics not in ("training-set", "moving"):
            raise ValueError(
                f"BatchNorm: statistics must be 'training-set' or 'moving', got {statistics!r}"
            )
        if not 0 <= decay < 1:
            raise ValueError(f"BatchNorm: decay must be at least 0 and below 1, got {decay!r}")
        if not epsilon > 0:
            raise ValueError(f"BatchNorm: epsilon must be above 0, got {epsilon!r}")
        self.statistics = statistics
        self.decay = float(decay)
        self.epsilon = float(epsilon)

    def output_shape(self, shape: Shape) -> Shape:
        if not shape:
            raise self.misfit("at least one feature per sample", shape)
        return shape

    def blocks(self, shape: Shape) -> tuple[Block, ...]:
        return Block("scale", shape[-1:], Ones()), Block("shift", shape[-1:], Zeros())

    def states(self, shape: Shape) -> tuple[Block, ...]:
        return Block("mean", shape[-1:], Zeros()), Block("variance", shape[-1:], Ones())

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        array = context.workspace.array
        times = neighbours(x.shape)
        rows = x.reshape(-1, x.shape[-1] * times)
        count = len(rows) * times
        if context.training:
            if count < 2:
                raise ValueError(
                    f"{self.name}: a batch of one has no variance; use a batch_size of at least 2"
                )
            mean, variance = moments(x)
            if self.statistics == "moving":
                self.move(mean, variance * count / (count - 1))
        else:
            mean, variance = self.mean, self.variance
        inverse = 1 / np.sqrt(variance + self.epsilon)
        y, kind = array(self.name, "y", x.shape), x.dtype
        center, along = mean.astype(kind), array(self.name, "along", self.mean.shape)
        standard = x, center, (inverse * self.scale).astype(kind), along
        undo = (tail or PLAIN).forward(y, self.shift, context, standard)
        training = context.training

        def backprop(dy: Array, wanted: bool = True) -> Array:
            dz = undo(dy, self.d_shift)
            self.d_scale[...] = along * inverse
            if (
                training
            ):  # with h = (x - mean) inverse: scale inverse (dz - mean(dz) - h mean(dz h))
                factor = self.scale * inverse
                vectors = (
                    factor,
                    factor * self.d_shift / count,
                    factor * inverse * self.d_scale / count,
                )
                spread = [repeated(each.astype(kind), times) for each in (center, *vectors)]
                kernels.backward(dz.reshape(rows.shape), rows, *spread)
            else:
                dz *= standard[2]
            return dz

        return y, backprop

    def move(self, mean: Array, variance: Array) -> None:
        """One step of the moving averages; the variance is the unbiased one, as in PyTorch."""
        for average, new in ((self.mean, mean), (self.variance, variance)):
            average *= self.decay
            average += (1 - self.decay) * new


def moments(x: Array) -> tuple[Array, Array]:
    """Mean and (biased) variance of each channel over everything else, in float64."""
    times = neighbours(x.shape)
    mean, variance = np.empty((2, x.shape[-1] * times))
    kernels.moments(x.reshape(-1, mean.size), mean, variance)
    if times == 1:
        return mean, variance
    means = mean.reshape(times, -1)
    return means.mean(axis=0), variance.reshape(times, -1).mean(axis=0) + means.var(axis=0)


class LayerNorm(Layer):
    """Standardize each sample over its last axis, then scale and shift (Ba et al., 2016).

    Args:
        epsilon: added to the variance (default 1e-5).
    """

    scale: Array
    shift: Array
    d_scale: Array
    d_shift: Array

    def __init__(self, epsilon: float = 1e-5) -> None:
        if not epsilon > 0:
            raise ValueError(f"LayerNorm: epsilon must be above 0, got {epsilon!r}")
        self.epsilon = float(epsilon)

    def blocks(self, shape: Shape) -> tuple[Block, ...]:
        if not shape:
            raise self.misfit("at least one feature per sample", shape)
        return Block("scale", shape[-1:], Ones()), Block("shift", shape[-1:], Zeros())

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        array = context.workspace.array
        h, y = array(self.name, "h", x.shape), array(self.name, "y", x.shape)
        np.subtract(x, x.mean(axis=-1, keepdims=True), out=h)
        inverse = 1 / np.sqrt((h * h).mean(axis=-1, keepdims=True) + x.dtype.type(self.epsilon))
        h *= inverse
        np.multiply(h, self.scale, out=y)
        y += self.shift

        def backprop(dy: Array, wanted: bool = True) -> Array:
            others = tuple(range(dy.ndim - 1))
            np.sum(dy, axis=others, out=self.d_shift)
            np.sum(dy * h, axis=others, out=self.d_scale)
            dy *= self.scale
            dy -= dy.mean(axis=-1, keepdims=True) + h * (dy * h).mean(axis=-1, keepdims=True)
            dy *= inverse
            return dy

        return y, backprop
