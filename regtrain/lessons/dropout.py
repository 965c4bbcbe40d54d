"""Dropout: harder training, better validation; what is kept is scaled up so that means stay."""

from __future__ import annotations

import numpy as np

from augkit.core.random import Root, Stream
from regtrain import Adam, Context, Dense, Dropout, ReLU, Sequential, Trainer
from regtrain.charts import Chart
from regtrain.lessons.overfit import task
from regtrain.page import Section

TITLE = "Dropout: no unit can rely on another"
SLIDE = "Dropout"

EPOCHS = 40
RATES = (0.0, 0.2, 0.5)
SEEDS = 3


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        "A network of two times 100 units learns 300 noisy digits, with a share of its inputs and hidden "
        "units set to zero in every step. In inference all units work.",
    )
    running, valid_loss, valid_error, rows = {}, {}, {}, []
    curves = Chart("Validation loss", x="epoch", y="cross-entropy")
    hard = Chart("Loss while training", x="epoch", y="running loss", log_y=True)
    for rate in RATES:
        losses, errors = [], []
        for number in range(SEEDS):
            data = task(seed + number)
            model = Sequential(
                Dropout(rate / 2), Dense(100), ReLU(), Dropout(rate), Dense(100), ReLU(), Dropout(rate),
                Dense(10),
            )  # fmt: skip
            trainer = Trainer(model, optimizer=Adam(0.002), max_epochs=EPOCHS, seed=seed + number)
            history = trainer.fit(data.train, valid=data.valid).history
            losses.append(history["valid_loss"][-1])
            errors.append(1 - history["valid_accuracy"][-1])
            if number == 0:
                curves.line(range(1, EPOCHS + 1), history["valid_loss"], f"rate {rate:g}")
                hard.line(range(1, EPOCHS + 1), history["running_loss"], f"rate {rate:g}")
                running[rate] = history["running_loss"][-1]
        valid_loss[rate], valid_error[rate] = float(np.mean(losses)), float(np.mean(errors))
        rows.append((f"{rate:g}", running[rate], valid_loss[rate], f"{valid_error[rate]:.1%}"))
    section.chart(hard)
    section.chart(curves)
    section.table(
        ("rate", "loss while training", "validation loss", "validation error"),
        rows,
        caption=f"At the end; validation is the mean of {SEEDS} seeds. Inputs are dropped at half the rate.",
    )
    kept, mean, same = _masks(seed)
    section.claim(
        "Dropout makes the training data harder to learn",
        running[0.0] < running[0.2] < running[0.5],
        ", ".join(f"{running[rate]:.3f} at {rate:g}" for rate in RATES),
    )
    section.claim(
        "And generalizes better",
        valid_loss[0.5] < 0.85 * valid_loss[0.0] and valid_error[0.5] < valid_error[0.0],
        f"validation loss {valid_loss[0.0]:.3f} → {valid_loss[0.5]:.3f}, error {valid_error[0.0]:.1%} → "
        f"{valid_error[0.5]:.1%}",
    )
    section.claim(
        "A rate of 0.3 drops 30 % and keeps the mean",
        abs(kept - 0.7) < 0.01 and abs(mean - 1) < 0.01,
        f"{1 - kept:.2%} dropped, mean {mean:.4f}",
    )
    section.claim("In inference nothing is dropped", same, "outputs equal to inputs, bit for bit")
    return section


def _masks(seed: int) -> tuple[float, float, bool]:
    """Share kept and mean of ones after dropout at 0.3; whether inference leaves them alone."""
    layer = Sequential(Dropout(0.3)).build((1000,), seed=seed)
    ones = np.ones((200, 1000), np.float32)
    stream = Stream(Root((seed, "dropout lesson", 0))).at("dropout")
    dropped = layer.forward(ones, Context(training=True, stream=stream))[0]
    share, mean = float((dropped > 0).mean()), float(dropped.mean(dtype=np.float64))
    kept = layer.forward(ones, Context(training=False))[0]
    return share, mean, bool((kept == 1).all())
