"""What a layer is: ``forward(x, context) -> (y, backprop)``, over views of flat vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from regtrain.memory import Pool

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from regtrain.initializers import Initializer
    from regtrain.layers.tail import Tail

__all__ = ["Array", "Backprop", "Block", "Context", "Layer", "Shape", "ShapeError", "Workspace"]

Array = NDArray[Any]
Shape = tuple[int, ...]
Backprop = Callable[..., Array | None]
"""``backprop(dy, wanted=True)``: writes the gradients of the parameters, returns that of the input.

With ``wanted=False`` the gradient of the input is not computed, as nobody is there to use it.
"""


class ShapeError(ValueError):
    """An array does not fit a layer; says which, what was expected and what was given."""


@dataclass(frozen=True)
class Block:
    """One array of parameters of a layer.

    Args:
        name: what the layer calls it, such as ``weight``.
        shape: of the array.
        initializer: fills it; None stands for the one that follows the activation.
        decays: whether L2, weight decay and max-norm apply to it (weights, not biases).
        fans: (inputs, outputs) of one unit, for the initializer.
    """

    name: str
    shape: Shape
    initializer: Initializer | None
    decays: bool = False
    fans: tuple[int, int] = (1, 1)

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)


class Workspace:
    """Buffers by name: allocated when first asked for, and used again in every step."""

    def __init__(self, dtype: Any = np.float32) -> None:
        self.dtype = np.dtype(dtype)
        self._pool = Pool()
        self._memory: dict[tuple[str, str], Array] = {}
        self._views: dict[tuple[str, str, Shape], Array] = {}

    def array(self, owner: str, name: str, shape: Shape, dtype: Any = None) -> Array:
        """An array of this shape, with whatever it held before."""
        view = self._views.get((owner, name, shape))
        if view is None:
            size, memory = prod(shape), self._memory.get((owner, name))
            if memory is None or memory.size < size:
                memory = self._memory[owner, name] = self._pool.zeros(size, dtype or self.dtype)
                self._views = {
                    at: each for at, each in self._views.items() if at[:2] != (owner, name)
                }
            view = self._views[owner, name, shape] = memory[:size].reshape(shape)
        return view

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        return sum(memory.nbytes for memory in self._memory.values())


class Context:
    """What a forward pass may know besides its input: nothing of it is kept in a layer.

    Args:
        training: whether dropout acts and batch normalization uses the statistics of the batch.
        workspace: where buffers come from.
        stream: the step's random numbers; each layer draws under its own name.
        mask: for recurrent layers, which steps of each sequence count: (batch, time), bool.
    """

    __slots__ = ("mask", "stream", "training", "workspace")

    def __init__(
        self,
        training: bool = False,
        workspace: Workspace | None = None,
        stream: Stream | None = None,
        mask: Array | None = None,
    ) -> None:
        self.training = training
        self.workspace = Workspace() if workspace is None else workspace
        self.stream = stream
        self.mask = mask

    def seed(self, name: str) -> int:
        """The 64-bit seed of the layer ``name`` in this step."""
        if self.stream is None:
            raise ValueError(
                f"{name} draws random numbers in training: give the Context a stream, as "
                "Stream(Root((seed, 'dropout', step)))"
            )
        return self.stream.seed(name)


class Layer:
    """The base of all layers.

    A layer of your own gives `output_shape`, `blocks` (its parameters) and `forward`. Each block is
    there as an attribute of its name, a view of the model's flat vector; ``d_<name>`` is the
    gradient to be written.
    """

    name: str = ""
    fuses = False
    """Whether `forward` takes a ``tail``: the activation and dropout that follow."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape of one output for the shape of one input; raises `ShapeError`."""
        return shape

    def blocks(self, shape: Shape) -> tuple[Block, ...]:
        """The parameters, for the shape of one input."""
        return ()

    def states(self, shape: Shape) -> tuple[Block, ...]:
        """What is remembered for inference but not trained (statistics of batch normalization)."""
        return ()

    def forward(
        self, x: Array, context: Context, tail: Tail | None = None
    ) -> tuple[Array, Backprop]:
        """The output, and the function that turns its gradient into that of the input."""
        raise NotImplementedError

    def misfit(self, expected: str, given: Shape) -> ShapeError:
        """The error for an input that does not fit."""
        shown = " × ".join(map(str, given)) or "a single number"
        return ShapeError(f"{self.name or type(self).__name__}: expected {expected}, got {shown}")

    def __repr__(self) -> str:
        fields = {
            key: value
            for key, value in vars(self).items()
            if not key.startswith("_") and key != "name" and not isinstance(value, np.ndarray)
        }
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in fields.items())})"
