"""Large weights, and large inputs, saturate units; their gradients vanish and nothing is learned."""

from __future__ import annotations

import warnings
from math import sqrt

import numpy as np

from regtrain import (
    Dense,
    GradientDescent,
    InitializationWarning,
    Logistic,
    Normal,
    Sequential,
    Trainer,
)
from regtrain.charts import Chart
from regtrain.lessons.data import glyphs
from regtrain.page import Section

TITLE = "Large weights and large inputs saturate"
SLIDE = "Why shouldn't you initialize all weights to large values?"

UNITS = 50
EPOCHS = 25
TIMES = (0.1, 1.0, 10.0, 100.0)


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"A network of {UNITS} logistic units learns small digits for {EPOCHS} epochs. Its weights begin as "
        "Xavier's, or so many times as large; or the inputs are given as 0 to 255 instead of 0 to 1. The "
        "slope of a logistic unit is h(1 - h): far from the middle it is nearly 0.",
    )
    images, y = glyphs(500, seed)
    x = images.reshape(len(images), -1)
    xavier = 1 / sqrt(x.shape[1])
    chart = Chart("Training loss", x="epoch", y="cross-entropy")
    rows, slope, loss = [], {}, {}
    cases = [(f"{times:g} × Xavier", times, x) for times in TIMES]
    cases.append(("inputs 0 to 255", 1.0, np.float32(255) * x))
    for name, times, inputs in cases:
        model = Sequential(Dense(UNITS, initializer=Normal(times * xavier)), Logistic(), Dense(10))
        trainer = Trainer(
            model, optimizer=GradientDescent(0.5), batch_size=32, max_epochs=EPOCHS, seed=seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InitializationWarning)
            model.build(inputs.shape[1:], seed=seed)
        h = next(array for layer, array in model.trace(inputs) if layer == "logistic1")
        slope[name] = float((h * (1 - h)).mean(dtype=np.float64))
        saturated = float(((h < 0.03) | (h > 0.97)).mean())
        history = trainer.fit((inputs, y)).history["train_loss"]
        chart.line(range(1, EPOCHS + 1), history, name)
        loss[name] = history[-1]
        rows.append((name, f"{saturated:.0%}", slope[name], loss[name]))
    section.chart(chart)
    wide = np.linspace(-6, 6, 121)
    logistic = 1 / (1 + np.exp(-wide))
    section.chart(
        Chart("A logistic unit and its slope", x="a = w·x", y="")
        .line(wide, logistic, "h")
        .line(wide, logistic * (1 - logistic), "slope h(1 - h)"),
        "w·x is large when weights or inputs are.",
    )
    section.table(("beginning", "saturated units", "mean slope", "loss at the end"), rows)
    good = "1 × Xavier"
    section.claim(
        "The larger the weights, the smaller the slopes",
        slope[good] > 2 * slope["10 × Xavier"] > 4 * slope["100 × Xavier"],
        ", ".join(f"{slope[f'{times:g} × Xavier']:.3f} at {times:g} ×" for times in TIMES),
    )
    section.claim(
        "Training from large weights is slow",
        loss["100 × Xavier"] > 3 * loss[good],
        f"loss {loss['100 × Xavier']:.3f} against {loss[good]:.3f}",
    )
    section.claim(
        "Inputs that are not normalized do the same harm",
        slope["inputs 0 to 255"] < slope[good] / 4 and loss["inputs 0 to 255"] > 3 * loss[good],
        f"mean slope {slope['inputs 0 to 255']:.3f}, loss {loss['inputs 0 to 255']:.3f}",
    )
    return section
