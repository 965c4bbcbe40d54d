"""Batch normalization: layers whose inputs keep their scale; whole-set statistics for inference."""

from __future__ import annotations

import numpy as np

from regtrain import Adam, BatchNorm, Context, Dense, GradientDescent, Logistic, Sequential, Trainer
from regtrain.charts import Chart
from regtrain.lessons.data import generator, glyphs
from regtrain.page import Section

TITLE = "Batch normalization keeps every layer's inputs in range"
SLIDE = "Batch Normalization"

EPOCHS = 12
DEPTH = 4


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"{DEPTH} layers of 50 logistic units, the hardest kind to train, with and without batch "
        "normalization: (x - mean of the batch) / std of the batch, times γ, plus β.",
    )
    images, y = glyphs(1000, seed, noise=0.1)
    x = images.reshape(1000, -1)

    def network(norm: bool) -> Sequential:
        layers = []
        for _ in range(DEPTH):
            layers += [Dense(50), *([BatchNorm()] if norm else []), Logistic()]
        return Sequential(*layers, Dense(10))

    chart = Chart("Training loss", x="epoch", y="cross-entropy", log_y=True)
    loss, shift, rows = {}, {}, []
    for norm in (False, True):
        name = "with batch normalization" if norm else "without"
        trainer = Trainer(network(norm), optimizer=Adam(0.003), max_epochs=EPOCHS, seed=seed)
        history = trainer.fit((x, y)).history["train_loss"]
        chart.line(range(1, EPOCHS + 1), history, name)
        loss[norm] = history[-1]
        shift[norm] = _shift(network(norm), x, y, seed)
        rows.append((name, history[0], history[-1], shift[norm]))
    section.chart(chart)
    section.table(
        ("network", "loss after 1 epoch", f"after {EPOCHS}", "shift of the last inputs"),
        rows,
    )
    rates = (0.1, 0.5, 2.0)
    reached = {
        norm: [_rate(network(norm), x, y, rate, seed) for rate in rates] for norm in (False, True)
    }
    section.chart(
        Chart(
            "Loss after 5 epochs of gradient descent",
            x="learning rate",
            y="cross-entropy",
            log_x=True,
        )
        .line(rates, reached[False], "without")
        .line(rates, reached[True], "with batch normalization"),
        "It bears learning rates over a wide range.",
    )
    mean, std, gap, moving = _inference(x, y, seed)
    section.claim(
        "With batch normalization the deep logistic network learns quickly",
        loss[True] < loss[False] / 5,
        f"loss {loss[False]:.3f} without, {loss[True]:.4f} with, after {EPOCHS} epochs",
    )
    section.claim(
        "It bears learning rates that the plain network does not learn with",
        max(reached[True]) < 0.75 * min(reached[False]),
        f"losses {', '.join(f'{v:.2f}' for v in reached[True])} against "
        f"{', '.join(f'{v:.2f}' for v in reached[False])} at rates 0.1, 0.5 and 2",
    )
    section.claim(
        "The inputs of the last layer shift less while it learns",
        shift[True] < shift[False] / 10,
        f"by {shift[False]:.1f} and by {shift[True]:.3f} of their standard deviations in the first epoch",
    )
    section.claim(
        "What leaves it has mean β = 0 and standard deviation γ = 1 in every feature",
        mean < 1e-5 and std < 1e-2,
        f"largest deviations {mean:.1e} and {std:.1e}",
    )
    section.claim(
        "In inference the statistics of the whole training set are used: they are exact",
        gap < 1e-4 < moving,
        f"largest difference from the set's own mean {gap:.1e}; with moving averages {moving:.1e}",
    )
    return section


def _shift(model: Sequential, x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """How far the mean inputs of the last layer move in one epoch, in their standard deviations."""
    model.build(x.shape[1:], seed=seed)

    def last() -> np.ndarray:
        # In training mode, as the last layer meets them while it learns.
        *front, _ = model.layers
        values = x
        for layer in front:
            values = layer.forward(values.copy(), Context(training=True))[0]
        return values.copy()

    before = last()
    Trainer(model, optimizer=Adam(0.003), max_epochs=1, seed=seed).fit((x, y))
    after = last()
    return float(np.abs(after.mean(0) - before.mean(0)).mean() / before.std(0).mean())


def _rate(model: Sequential, x: np.ndarray, y: np.ndarray, rate: float, seed: int) -> float:
    trainer = Trainer(model, optimizer=GradientDescent(rate), max_epochs=5, clip=None, seed=seed)
    return min(float(trainer.fit((x, y)).history["train_loss"][-1]), 10.0)


def _inference(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[float, float, float, float]:
    """Deviations of a normalized batch, and of both kinds of inference statistics."""
    random = generator(seed, "batch norm")
    batch = (5 + 3 * random.standard_normal((64, 20))).astype(np.float32)
    layer = Sequential(BatchNorm()).build((20,), seed=seed)
    out = layer.forward(batch.copy(), Context(training=True))[0].astype(np.float64)
    found = []
    for statistics in ("training-set", "moving"):
        model = Sequential(Dense(20), BatchNorm(statistics=statistics), Logistic(), Dense(10))
        Trainer(model, optimizer=Adam(0.01), max_epochs=3, seed=seed).fit((x, y))
        normalized = dict(model.trace(x))["batchnorm1"].astype(np.float64)
        scale, middle = (model.layer("batchnorm1").__dict__[name] for name in ("scale", "shift"))
        found.append(float(np.abs((normalized.mean(0) - middle) / scale).max()))
    return (
        float(np.abs(out.mean(0)).max()), float(np.abs(out.std(0) - 1).max()), found[0], found[1]
    )  # fmt: skip
