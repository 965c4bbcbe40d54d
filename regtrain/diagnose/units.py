"""Dead and saturated units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from regtrain.layers.activations import Activation, Logistic, ReLU, Tanh

if TYPE_CHECKING:
    from regtrain.layers.base import Layer
    from regtrain.sequential import Sequential

__all__ = ["saturation", "units_of"]

FLAT = 0.97
"""Beyond ±0.97 tanh's slope is below 0.06; logistic's limits are as far from its ends."""


def units_of(model: Sequential, x: Any) -> Iterator[tuple[str, Layer, Any]]:
    """Name, layer and outputs of every activation, in inference mode."""
    inputs = np.ascontiguousarray(x, model.dtype) if x.dtype.kind == "f" else x
    for name, outputs in model.trace(inputs):
        layer = model.layer(name)
        if isinstance(layer, Activation):
            yield name, layer, outputs


def saturation(layer: Layer, outputs: Any) -> tuple[float, float]:
    """The share of dead units, and of saturated activations.

    A unit is dead if it is 0 on every example (and place): no gradient ever passes it. An
    activation is saturated where its slope has almost vanished.
    """
    if isinstance(layer, ReLU):
        return float((outputs.reshape(-1, outputs.shape[-1]) <= 0).all(0).mean()), 0.0
    if isinstance(layer, Tanh):
        return 0.0, float((np.abs(outputs) > FLAT).mean())
    if isinstance(layer, Logistic):
        return 0.0, float((np.abs(outputs - 0.5) > 0.5 - (1 - FLAT)).mean())
    return 0.0, 0.0
