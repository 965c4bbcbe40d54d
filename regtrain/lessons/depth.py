"""Signals on their way through a deep network: forward as activations, backward as gradients.

Written out in NumPy as on the slides, so that a lesson shows every step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regtrain.lessons.data import generator

__all__ = ["ACTIVATIONS", "Depth", "through"]

Floats = NDArray[np.float32]

EXAMPLES, UNITS, LAYERS = 1000, 500, 10

# Each function, and its derivative written in terms of its value.
ACTIVATIONS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "logistic": (lambda a: 0.5 * np.tanh(0.5 * a) + 0.5, lambda h: h * (1 - h)),
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(np.float32)),
    "leaky relu": (
        lambda a: np.where(a > 0, a, np.float32(0.01) * a),
        lambda h: np.where(h > 0, np.float32(1), np.float32(0.01)),
    ),
}


@dataclass(frozen=True)
class Depth:
    """What each layer does to 1000 examples.

    Attributes:
        hidden: the activations (examples, units) of each layer.
        slopes: the mean derivative of the activation function in each layer.
        gradients: the root mean square of the gradient that reaches the activations of each layer, for
            one of size 1 at the top.
    """

    hidden: tuple[Floats, ...]
    slopes: tuple[float, ...]
    gradients: tuple[float, ...]

    @property
    def stds(self) -> list[float]:
        """The standard deviation of each layer's activations."""
        return [float(h.std(dtype=np.float64)) for h in self.hidden]

    def shares(self, low: float, high: float) -> list[float]:
        """The share of each layer's activations within [low, high]."""
        return [float(((h >= low) & (h <= high)).mean()) for h in self.hidden]


def through(activation: str, std: float, seed: int, *, inputs_times: float = 1.0) -> Depth:
    """Send Gaussian inputs of 500 features through ten layers of 500 units, and a gradient back.

    Args:
        activation: a name in `ACTIVATIONS`.
        std: of the weights, drawn as ``randn(500, 500) * std``.
        seed: of weights and inputs; the same for every activation and std.
        inputs_times: a factor on the inputs.
    """
    function, derivative = ACTIVATIONS[activation]
    random = generator(seed, "depth")
    h = random.standard_normal((EXAMPLES, UNITS), np.float32) * np.float32(inputs_times)
    weights, hidden = [], []
    for _ in range(LAYERS):
        w = random.standard_normal((UNITS, UNITS), np.float32) * np.float32(std)
        h = function(h @ w)
        weights.append(w)
        hidden.append(h)
    gradient = random.standard_normal((EXAMPLES, UNITS), np.float32)
    slopes, gradients = [], []
    for w, h in zip(reversed(weights), reversed(hidden), strict=True):
        slope = derivative(h)
        slopes.append(float(slope.mean(dtype=np.float64)))
        gradients.append(float(np.sqrt(np.mean(np.square(gradient, dtype=np.float64)))))
        gradient = (gradient * slope) @ w.T
    return Depth(tuple(hidden), tuple(reversed(slopes)), tuple(reversed(gradients)))
