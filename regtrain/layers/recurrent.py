"""The recurrent layer of the course."""

from __future__ import annotations

import numpy as np

from regtrain.initializers import Initializer, Orthogonal, Zeros
from regtrain.kernels.products import product
from regtrain.layers.base import Array, Backprop, Block, Context, Layer, Shape
from regtrain.layers.dense import initializer_or_none, whole
from regtrain.layers.tail import Tail

__all__ = ["SimpleRNN"]


class SimpleRNN(Layer):
    """h_t = tanh(x_t W + h_(t-1) U + b), from h_0 = 0: (time, features) becomes (units,).

    Args:
        units: of the state.
        sequences: give all states, (time, units), instead of the last (default False).
        initializer: of W (default Xavier, as for every tanh); U begins orthogonal.

    Where the context has a mask (an `Embedding` with ``padding`` sets it), a masked step leaves the
    state as it was.
    """

    weight: Array
    recurrent: Array
    bias: Array
    d_weight: Array
    d_recurrent: Array
    d_bias: Array

    def __init__(
        self,
        units: int,
        *,
        sequences: bool = False,
        initializer: str | Initializer | None = None,
    ) -> None:
        self.units = whole("SimpleRNN", "units", units)
        self.sequences = bool(sequences)
        self.initializer = initializer_or_none("xavier" if initializer is None else initializer)

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 2:
            raise self.misfit("time × features per sample", shape)
        return (shape[0], self.units) if self.sequences else (self.units,)

    def blocks(self, shape: Shape) -> tuple[Block, ...]:
        into, within = (shape[-1], self.units), (self.units, self.units)
        return (
            Block("weight", into, self.initializer, True, into),
            Block("recurrent", within, Orthogonal(), True, within),
            Block("bias", (self.units,), Zeros()),
        )

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        array, (batch, time, features) = context.workspace.array, x.shape
        steps = np.ascontiguousarray(x.transpose(1, 0, 2))
        states = array(self.name, "states", (time + 1, batch, self.units))
        states[0] = 0
        product(steps.reshape(-1, features), self.weight, states[1:].reshape(-1, self.units))
        off = None if context.mask is None else ~context.mask.T[:, :, None]
        for t in range(time):
            h = states[t + 1]
            h += states[t] @ self.recurrent
            h += self.bias
            np.tanh(h, out=h)
            if off is not None:
                np.copyto(h, states[t], where=off[t])
        y = states[1:].transpose(1, 0, 2).copy() if self.sequences else states[time].copy()

        def backprop(dy: Array, wanted: bool = True) -> Array | None:
            dz = array(self.name, "dz", (time, batch, self.units))
            dh = np.zeros_like(states[0])
            for t in reversed(range(time)):
                if self.sequences:
                    dh += dy[:, t]
                elif t == time - 1:
                    dh += dy
                np.multiply(dh, 1 - states[t + 1] ** 2, out=dz[t])
                if off is None:
                    dh = dz[t] @ self.recurrent.T
                else:
                    dz[t] *= ~off[t]
                    dh = np.where(off[t], dh, dz[t] @ self.recurrent.T)
            rows = dz.reshape(-1, self.units)
            product(steps.reshape(-1, features).T, rows, self.d_weight)
            product(states[:-1].reshape(rows.shape).T, rows, self.d_recurrent)
            np.sum(rows, axis=0, out=self.d_bias)
            if not wanted:
                return None
            return (dz @ self.weight.T).transpose(1, 0, 2).copy()

        return y, backprop
