"""Equal weights stay equal: three beginnings of the same small network."""

from __future__ import annotations

import warnings

import numpy as np

from regtrain import (
    Constant,
    Dense,
    GradientDescent,
    InitializationWarning,
    Initializer,
    Sequential,
    Tanh,
    Trainer,
    Xavier,
    Zeros,
)
from regtrain.charts import Chart, heat_map
from regtrain.lessons.data import moons
from regtrain.page import Section

TITLE = "Weights that begin equal stay equal"
SLIDE = "Initialization (Why not simply initialize weights to same value?)"

UNITS = 8
EPOCHS = 400


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"A network with {UNITS} hidden tanh units learns two half moons by gradient descent, {EPOCHS} "
        "full batches. Units with equal weights give equal activations, so their gradients are equal, "
        "so they stay equal: eight units are worth one.",
    )
    x, y = moons(400, 0.15, seed)
    beginnings: dict[str, Initializer] = {
        "zero": Zeros(),
        "equal": Constant(0.5),
        "Xavier": Xavier(),
    }
    chart = Chart("Training loss", x="epoch", y="cross-entropy")
    rows, weights, accuracy, loss, differ = [], {}, {}, {}, {}
    for name, initializer in beginnings.items():
        model = Sequential(
            Dense(UNITS, initializer=initializer), Tanh(), Dense(2, initializer=initializer)
        )
        trainer = Trainer(
            model, optimizer=GradientDescent(0.5), batch_size=None, max_epochs=EPOCHS, seed=seed
        )
        with warnings.catch_warnings():
            # regtrain says what is wrong with the first two; the lesson shows it.
            warnings.simplefilter("ignore", InitializationWarning)
            run = trainer.fit((x, y))
        history = run.history["train_loss"]
        chart.line(range(1, EPOCHS + 1), history, name)
        w = next(model.parameters[p.where].reshape(p.block.shape) for p in model.places)
        weights[name], loss[name] = w.copy(), history[-1]
        accuracy[name] = trainer.evaluate((x, y))["accuracy"]
        differ[name] = float(np.abs(w - w[:, :1]).max())
        rows.append(
            (name, differ[name], int(np.linalg.matrix_rank(w)), loss[name], f"{accuracy[name]:.1%}")
        )
    section.chart(chart, "Equal weights learn what one unit can, zero weights not even that.")
    shown = np.abs(np.concatenate([weights["equal"], weights["Xavier"]]))
    section.chart(
        heat_map(
            "Sizes of the hidden weights at the end",
            shown,
            rows=["equal, x₁", "equal, x₂", "Xavier, x₁", "Xavier, x₂"],
            columns=[f"{unit}" for unit in range(1, UNITS + 1)],
            x="hidden unit",
            per_row=False,
            numbers=False,
        ),
        "Each column is a unit.",
    )
    section.table(
        ("weights begin", "largest difference between units", "rank", "loss", "accuracy"), rows
    )
    section.claim(
        "Units that begin equal are equal after training, to the last bit",
        differ["equal"] == 0.0 and differ["zero"] == 0.0,
        f"largest difference {differ['equal']:g} after {EPOCHS} steps; with Xavier {differ['Xavier']:.2f}",
    )
    section.claim(
        "With zero weights the hidden layer never learns at all",
        not weights["zero"].any(),
        f"loss {loss['zero']:.4f}, ln 2 is {np.log(2):.4f}",
    )
    section.claim(
        "Weights that differ break the symmetry and learn",
        accuracy["Xavier"] > accuracy["equal"] + 0.03 and loss["Xavier"] < loss["equal"] / 2,
        f"loss {loss['Xavier']:.3f} against {loss['equal']:.3f}",
    )
    return section
