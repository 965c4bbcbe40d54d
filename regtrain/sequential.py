"""A network of layers in a row, over one flat vector of parameters and one of gradients."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from augkit.core.random import Root, Stream
from regtrain.initializers import He, Large, Xavier, initializer
from regtrain.layers.activations import Activation, Softmax
from regtrain.layers.base import Array, Backprop, Block, Context, Layer, Shape
from regtrain.layers.convolution import Conv2D
from regtrain.layers.dropout import Dropout
from regtrain.layers.pooling import MaxPool2D
from regtrain.layers.tail import Tail
from regtrain.memory import zeros

__all__ = ["InitializationWarning", "Place", "Sequential"]


class InitializationWarning(UserWarning):
    """Weights begin in a way that is known to train badly."""


@dataclass(frozen=True)
class Place:
    """Where a block of parameters lies in the flat vector.

    Args:
        layer: the layer's name.
        block: what it is.
        where: its slice.
    """

    layer: str
    block: Block
    where: slice

    @property
    def name(self) -> str:
        """Such as ``dense1.weight``."""
        return f"{self.layer}.{self.block.name}"


class Sequential:
    """Layers applied one after the other.

    Args:
        layers: in order; each is copied, so a list of layers can be used for several models.

    Attributes:
        layers: the copies, each with its `name` (``dense1``, ``relu1`` ...).
        parameters, gradients: flat vectors; layers hold views. Weights (what L2 and weight decay
            apply to) come first, ``parameters[: model.decayed]``.
        statistics: a flat vector of what is not trained (batch normalization).
        places: where each block of parameters lies.

    >>> import numpy as np
    >>> from regtrain import Dense, ReLU
    >>> model = Sequential(Dense(3), ReLU(), Dense(2)).build((4,), seed=0)
    >>> [place.name for place in model.places]
    ['dense1.weight', 'dense2.weight', 'dense1.bias', 'dense2.bias']
    >>> model.outputs(np.ones((5, 4), np.float32)).shape
    (5, 2)
    """

    def __init__(self, *layers: Layer) -> None:
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(
                    f"Sequential takes layers, got {layer!r}; write Sequential(Dense(50), ReLU(), "
                    "Dense(10))"
                )
        if not layers:
            raise ValueError("Sequential needs at least one layer")
        self.layers = [copy.copy(layer) for layer in layers]
        seen: dict[str, int] = {}
        for layer in self.layers:
            kind = type(layer).__name__.lower()
            seen[kind] = seen.get(kind, 0) + 1
            layer.name = f"{kind}{seen[kind]}"
        self.built = False
        self.stages = _stages(self.layers)

    # -- building ------------------------------------------------------------------------------

    def build(self, shape: Shape, seed: int = 0, dtype: Any = np.float32) -> Sequential:
        """Allocate and initialize the parameters.

        Args:
            shape: of one input, without the batch.
            seed: of the initial weights; each layer has its own stream (default 0).
            dtype: float32, or float64 for gradient checks.

        Raises:
            ShapeError: a layer does not take what comes before it.
        """
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)
        self.shapes = [self.shape]
        blocks: list[tuple[Layer, Block]] = []
        states: list[tuple[Layer, Block]] = []
        for layer in self.layers:
            blocks += [(layer, block) for block in layer.blocks(self.shapes[-1])]
            states += [(layer, block) for block in layer.states(self.shapes[-1])]
            self.shapes.append(layer.output_shape(self.shapes[-1]))
        self.output_shape = self.shapes[-1]
        blocks.sort(key=lambda pair: not pair[1].decays)  # stable: weights first
        size = sum(block.size for _, block in blocks)
        self.parameters, self.gradients = zeros(size, self.dtype), zeros(size, self.dtype)
        self.decayed = sum(block.size for _, block in blocks if block.decays)
        self.places = _bound(blocks, self.parameters, "") and _bound(blocks, self.gradients, "d_")
        self.statistics = np.zeros(sum(block.size for _, block in states), np.float64)
        self.states = _bound(states, self.statistics, "")
        trained = {place.layer for place in self.places}
        self._first_trained = next(  # before it nobody needs a gradient
            (at for at, stage in enumerate(self.stages) if stage.layer.name in trained), 0
        )
        self.built = True
        self.initialize(seed)
        return self

    def initialize(self, seed: int = 0) -> None:
        """Set the parameters to their initial values."""
        for place in (*self.places, *self.states):
            layer = self.layer(place.layer)
            vector = self.parameters if place in self.places else self.statistics
            chosen = place.block.initializer or initializer(self._suited(layer))
            stream = Stream(Root((seed, ("init", place.layer), 0))).at(place.block.name)
            values = chosen.initial(place.block.shape, place.block.fans, stream)
            vector[place.where] = np.reshape(values, -1)
            if place.block.decays:
                self._warn(layer, chosen)

    def _suited(self, layer: Layer) -> str:
        """The initializer that follows the next activation."""
        for following in self.layers[self.layers.index(layer) + 1 :]:
            if isinstance(following, Activation | Softmax):
                return following.initializer
            if following.blocks(self.shapes[self.layers.index(following)]) and any(
                block.decays
                for block in following.blocks(self.shapes[self.layers.index(following)])
            ):
                break
        return "xavier"

    def _warn(self, layer: Layer, chosen: Any) -> None:
        suited = self._suited(layer)
        message = ""
        if not chosen.breaks_symmetry and layer is not self._last_weighted():
            message = (
                f"all weights begin equal ({chosen}); its units stay copies of one another, as "
                f"their gradients are equal"
            )
        elif isinstance(chosen, Large):
            message = "weights begin large; logistic and tanh units saturate and gradients vanish"
        elif (
            isinstance(chosen, He | Xavier)
            and type(chosen) is not type(initializer(suited))
            and self._activated(layer)
        ):
            message = f"{chosen} does not suit the activation behind it"
        if message:
            warnings.warn(
                f"{layer.name}: {message}. Use initializer={suited!r}, or leave it out",
                InitializationWarning,
                stacklevel=4,
            )

    def _last_weighted(self) -> Layer:
        return self.layer([place for place in self.places if place.block.decays][-1].layer)

    def _activated(self, layer: Layer) -> bool:
        return any(
            isinstance(each, Activation) for each in self.layers[self.layers.index(layer) + 1 :][:3]
        )

    def layer(self, name: str) -> Layer:
        """The layer of this name."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in self.layers)
        raise ValueError(f"no layer {name!r}; there are {known}")

    # -- running -------------------------------------------------------------------------------

    def check(self, x: Array) -> None:
        """Raise `ShapeError` where an input does not fit."""
        if x.shape[1:] != self.shape:
            raise self.layers[0].misfit(
                f"{' × '.join(map(str, self.shape))} per sample", x.shape[1:]
            )

    def forward(self, x: Array, context: Context) -> tuple[Array, Backprop]:
        """The outputs and the function that takes their gradient back.

        ``backprop(dy, wanted=False)`` writes `gradients`; with ``wanted=True`` it returns the
        gradient of the input too. ``dy`` is overwritten. What is returned lives in the workspace.
        """
        undo: list[Backprop] = []
        for stage in self.stages:
            x, back = stage.forward(x, context)
            undo.append(back)

        def backprop(dy: Array, wanted: bool = False) -> Array | None:
            gradient: Array | None = dy
            for position in range(len(undo) - 1, -1, -1):
                if gradient is None:
                    break
                gradient = undo[position](gradient, wanted or position > self._first_trained)
            return gradient

        return x, backprop

    def outputs(self, x: Array, context: Context | None = None, batch: int = 1024) -> Array:
        """The outputs in inference mode, batch by batch."""
        self.check(x)
        context = context or Context()
        result = np.empty((len(x), *self.output_shape), self.dtype)
        for start in range(0, len(x), batch):
            part = x[start : start + batch]
            if part.dtype.kind == "f":
                part = np.ascontiguousarray(part, self.dtype)
            result[start : start + batch] = self.forward(part, context)[0]
        return result

    def trace(self, x: Array, context: Context | None = None) -> list[tuple[str, Array]]:
        """The output of every layer for a batch, as (name, array), each run by itself."""
        context = context or Context()
        result = []
        for layer in self.layers:
            x = layer.forward(x, context)[0].copy()
            result.append((layer.name, x))
        return result

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


def _bound(blocks: list[tuple[Layer, Block]], vector: Array, prefix: str) -> list[Place]:
    """Give each layer its views of the vector."""
    places, start = [], 0
    for layer, block in blocks:
        where = slice(start, start + block.size)
        setattr(layer, prefix + block.name, vector[where].reshape(block.shape))
        places.append(Place(layer.name, block, where))
        start = where.stop
    return places


@dataclass(frozen=True)
class Stage:
    """A layer with what runs in the same pass.

    Args:
        layer: the layer.
        tail: the activation and dropout behind it, if it takes them.
        pool: the pooling behind a convolution, done before the tail: the activations rise, so the
            greatest of a window stays the greatest.
    """

    layer: Layer
    tail: Tail | None = None
    pool: MaxPool2D | None = None

    def forward(self, x: Array, context: Context) -> tuple[Array, Backprop]:
        """The output and its way back."""
        if self.pool is not None and isinstance(self.layer, Conv2D):
            return self.layer.forward(x, context, self.tail, self.pool)
        return self.layer.forward(x, context, self.tail)


def _stages(layers: list[Layer]) -> list[Stage]:
    """Layers with the pooling, activation and dropout that follow, which run as one pass."""
    stages: list[Stage] = []
    rest = list(layers)
    while rest:
        layer = rest.pop(0)
        if not layer.fuses:
            stages.append(Stage(layer))
            continue
        activation = dropout = pool = None
        while rest:
            following = rest[0]
            if isinstance(following, Activation) and activation is None:
                activation = following
            elif isinstance(following, MaxPool2D) and isinstance(layer, Conv2D) and pool is None:
                pool = following
            else:
                break
            rest.pop(0)
        if rest and isinstance(rest[0], Dropout):
            dropout = rest.pop(0)
        stages.append(Stage(layer, Tail(activation, dropout), pool))  # type: ignore[arg-type]
    return stages
