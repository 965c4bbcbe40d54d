"""Gradient descent, momentum, Nesterov, AdaGrad, RMSProp and Adam in a ravine and on digits."""

from __future__ import annotations

import numpy as np

from regtrain import (
    AdaGrad,
    Adam,
    Dense,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    ReLU,
    RMSProp,
    Sequential,
    Trainer,
)
from regtrain.charts import Chart
from regtrain.lessons.data import glyphs
from regtrain.lessons.ravine import START, descend, loss, picture
from regtrain.page import Section

TITLE = "Six ways down a ravine"
SLIDE = "Hyperparameter Tuning: Algorithms"

STEEP = 100.0
STEPS = 250
EPOCHS = 10

PLAIN: dict[str, Optimizer] = {
    "gradient descent": GradientDescent(0.0185),
    "momentum": Momentum(0.01, momentum=0.9),
    "Nesterov": Nesterov(0.01, momentum=0.9),
}
ADAPTIVE: dict[str, Optimizer] = {
    "AdaGrad": AdaGrad(1.5),
    "RMSProp": RMSProp(0.1, beta=0.9),
    "Adam": Adam(0.3),
}


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"The loss (w₁² + {STEEP:g} w₂²)/2 is {STEEP:g} times steeper along w₂ than along w₁. Gradient "
        f"descent may not step further than 2/{STEEP:g} or it bounces out, and so it creeps along the "
        "valley. Momentum gathers speed there; adaptive methods scale each weight by its own gradients.",
    )
    paths = {name: descend(o, STEPS, STEEP) for name, o in {**PLAIN, **ADAPTIVE}.items()}
    losses = {name: loss(path, STEEP) for name, path in paths.items()}
    section.chart(picture("Plain steps", {n: paths[n][:60] for n in PLAIN}, STEEP))
    section.chart(picture("Adaptive steps", {n: paths[n][:60] for n in ADAPTIVE}, STEEP))
    chart = Chart("Loss in the ravine", x="step", y="loss", log_y=True, y_range=(1e-6, 100))
    for name, values in losses.items():
        chart.line(range(STEPS + 1), values, name)
    section.chart(chart)
    curves, final = _digits(seed)
    chart = Chart("Training loss on digits", x="epoch", y="cross-entropy", log_y=True)
    for name, history in curves.items():
        chart.line(range(1, EPOCHS + 1), history, name)
    section.chart(chart, "A network of 50 ReLU units, batches of 32, each with a fitting rate.")
    steps = {n: _reached(values, losses[n][0] / 1000) for n, values in losses.items()}
    swing = {n: float(paths[n][:, 0].max()) for n in paths}
    section.table(
        ("optimizer", "steps to a thousandth", "overshoot along the valley", "loss on digits"),
        [
            (
                n,
                steps[n] if steps[n] <= STEPS else f"> {STEPS}",
                swing[n] if swing[n] > 1e-6 else 0.0,
                final[n],
            )
            for n in paths
        ],
    )
    section.claim(
        "Momentum and Nesterov arrive sooner than gradient descent with its best safe rate",
        max(steps["momentum"], steps["Nesterov"]) < steps["gradient descent"],
        ", ".join(f"{n} {steps[n]}" for n in PLAIN) + " steps",
    )
    section.claim(
        "Momentum overshoots; Nesterov, looking ahead, less so",
        swing["momentum"] > 1.1 * swing["Nesterov"] > 0,
        f"{swing['momentum']:.2f} and {swing['Nesterov']:.2f} beyond the minimum",
    )
    far = descend(GradientDescent(2.2 / STEEP), 40, STEEP)
    section.claim(
        f"Gradient descent diverges with a rate above 2/{STEEP:g}",
        float(loss(far, STEEP)[-1]) > float(loss(far, STEEP)[0]),
        f"loss {loss(far, STEEP)[0]:.3g} → {loss(far, STEEP)[-1]:.3g} in 40 steps",
    )
    same = _scale_free()
    section.claim(
        "AdaGrad, RMSProp and Adam do not mind how steep the ravine is",
        same < 1e-4,
        f"at {STEEP:g} and at {100 * STEEP:g} their paths differ by at most {same:.1e}",
    )
    best = min(final, key=lambda name: final[name])
    section.claim(
        "With its usual rate Adam is a safe first choice on digits",
        final["Adam"] < final["gradient descent"] and final["Adam"] < 3 * final[best],
        f"Adam {final['Adam']:.4f}, best {best} {final[best]:.4f}, "
        f"gradient descent {final['gradient descent']:.4f}",
    )
    return section


def _reached(values: np.ndarray, goal: float) -> int:
    """The first step from which on the loss stays at or below ``goal``."""
    above = np.flatnonzero(values > goal)
    return int(above[-1]) + 1 if above.size else 0


def _scale_free() -> float:
    """By how much the paths of the adaptive methods change when the ravine gets 100 times steeper."""
    found = 0.0
    for optimizer in ADAPTIVE.values():
        one, other = (descend(optimizer, 60, steep) for steep in (STEEP, 100 * STEEP))
        found = max(found, float(np.abs(one - other).max()))
    return found / abs(START[0])


def _digits(seed: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    images, y = glyphs(1000, seed)
    x = images.reshape(len(images), -1)
    rates: dict[str, Optimizer] = {
        "gradient descent": GradientDescent(0.05),
        "momentum": Momentum(0.01, momentum=0.9),
        "Nesterov": Nesterov(0.01, momentum=0.9),
        "AdaGrad": AdaGrad(0.02),
        "RMSProp": RMSProp(0.002),
        "Adam": Adam(0.002),
    }
    curves = {}
    for name, optimizer in rates.items():
        model = Sequential(Dense(50), ReLU(), Dense(10))
        trainer = Trainer(model, optimizer=optimizer, batch_size=32, max_epochs=EPOCHS, seed=seed)
        curves[name] = trainer.fit((x, y)).history["train_loss"]
    return curves, {name: history[-1] for name, history in curves.items()}
