"""Logistic, tanh, ReLU and leaky ReLU: slopes, centers, and what is left of a gradient."""

from __future__ import annotations

from math import sqrt

import numpy as np

from regtrain.charts import Chart
from regtrain.lessons.depth import ACTIVATIONS, LAYERS, UNITS, through
from regtrain.page import Section

TITLE = "Why not logistic: slopes and centers of activation functions"
SLIDE = "Key Points: Activation Functions"


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        "A gradient is multiplied by the slope of the activation in every layer it passes. Slopes below "
        "1 make it vanish; outputs that are never negative pull all weights of a unit the same way.",
    )
    a = np.linspace(-5, 5, 201, dtype=np.float32)
    values = Chart("Functions", x="a", y="h", y_range=(-1.2, 2))
    slopes = Chart("Slopes", x="a", y="dh/da", y_range=(-0.05, 1.1))
    for name, (function, derivative) in ACTIVATIONS.items():
        h = function(a)
        values.line(a, h, name)
        slopes.line(a, derivative(h), name)
    section.chart(values)
    section.chart(slopes, "The logistic function is never steeper than 1/4.")
    stds = {
        "logistic": 1 / sqrt(UNITS), "tanh": 1 / sqrt(UNITS),
        "relu": 1 / sqrt(UNITS / 2), "leaky relu": 1 / sqrt(UNITS / 2),
    }  # fmt: skip
    found = {name: through(name, std, seed) for name, std in stds.items()}
    chart = Chart("Gradient by depth", x="layer", y="rms, 1 at the top", log_y=True)
    for name, case in found.items():
        chart.line(range(1, LAYERS + 1), case.gradients, name)
    section.chart(chart, "Weights of Xavier and He, ten layers of 500 units.")
    steepest = {
        name: float(np.max(derivative(function(a))))
        for name, (function, derivative) in ACTIVATIONS.items()
    }
    middle = {name: float(case.hidden[-1].mean()) for name, case in found.items()}
    reach = {name: case.gradients[0] for name, case in found.items()}
    section.table(
        ("activation", "steepest slope", "mean slope", "mean output", "gradient at layer 1"),
        [
            (name, steepest[name], float(np.mean(case.slopes)), middle[name], reach[name])
            for name, case in found.items()
        ],
    )
    # A unit whose bias has been pushed far down: on no example does ReLU let a gradient through.
    pushed = np.linspace(-12, -2, 50, dtype=np.float32)
    alive = {
        name: float(np.abs(ACTIVATIONS[name][1](ACTIVATIONS[name][0](pushed))).sum())
        for name in ("relu", "leaky relu")
    }
    section.claim(
        "The logistic function's slope is at most 1/4, so the gradient vanishes",
        abs(steepest["logistic"] - 0.25) < 1e-6 and reach["logistic"] < 1e-5,
        f"{reach['logistic']:.1e} of the gradient reaches layer 1",
    )
    section.claim(
        "ReLU and leaky ReLU pass it on",
        min(reach["relu"], reach["leaky relu"]) > 0.3,
        f"{reach['relu']:.2f} and {reach['leaky relu']:.2f}",
    )
    section.claim(
        "tanh is centered, logistic is not",
        abs(middle["tanh"]) < 0.01 and abs(middle["logistic"] - 0.5) < 0.1,
        f"mean outputs {middle['tanh']:.3f} and {middle['logistic']:.2f}",
    )
    section.claim(
        "tanh passes far more of the gradient than logistic",
        reach["tanh"] > 1000 * reach["logistic"],
        f"{reach['tanh']:.2f} against {reach['logistic']:.1e}",
    )
    section.claim(
        "A dead ReLU gets no gradient at all; a leaky one still does",
        alive["relu"] == 0 and alive["leaky relu"] > 0,
        f"slopes summed over 50 negative inputs: {alive['relu']:.0f} and {alive['leaky relu']:.2f}",
    )
    return section
