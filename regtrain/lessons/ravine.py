"""A ravine: a loss of two weights that is steep along one and flat along the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from regtrain.charts import Chart

__all__ = ["START", "descend", "loss", "picture"]

Floats = NDArray[np.float64]

START = (-9.0, 0.7)


def loss(w: Floats, steepness: float) -> Floats:
    """(w₁² + steepness w₂²) / 2."""
    return np.asarray(0.5 * (w[..., 0] ** 2 + steepness * w[..., 1] ** 2))


def descend(optimizer: Any, steps: int, steepness: float = 100.0) -> Floats:
    """The path (steps + 1, 2) of one of regtrain's optimizers."""
    w = np.array(START)
    path = [w.copy()]
    moments = np.zeros((optimizer.moments, 2))
    for count in range(1, steps + 1):
        gradient = np.array([w[0], steepness * w[1]])
        optimizer.step(w, gradient, moments, float(optimizer.learning_rate), count, 2)
        path.append(w.copy())
    return np.array(path)


def picture(title: str, paths: dict[str, Floats], steepness: float = 100.0) -> Chart:
    """Paths over the ellipses of equal loss."""
    chart = Chart(title, x="flat weight", y="steep weight", x_range=(-10, 6), y_range=(-1.05, 1.05))
    angle = np.linspace(0, 2 * np.pi, 60)
    for level in (0.4, 2, 6, 14, 28, 45):
        radius = np.sqrt(2 * level)
        chart.line(
            radius * np.cos(angle),
            radius * np.sin(angle) / np.sqrt(steepness),
            "equal loss",
            dashed=True,
        )
    for name, path in paths.items():
        chart.line(path[:, 0], path[:, 1], name)
    return chart
