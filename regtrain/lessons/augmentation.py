"""Data augmentation: harder to drive the training error to zero, better on what was not seen."""

from __future__ import annotations

import numpy as np

from augkit import Compose, image
from regtrain import Adam, Dense, Flatten, ReLU, Sequential, Trainer
from regtrain.charts import Chart
from regtrain.lessons.data import SIDE, glyphs
from regtrain.page import Section

TITLE = "Augmentation: harder training, better validation"
SLIDE = "Intuition behind Data Augmentation"

EXAMPLES = 200
EPOCHS = 60


def pipeline(seed: int) -> Compose:
    """What digits may undergo and stay what they are: small turns, shifts, zooms, and noise."""
    return Compose(
        [
            image.Affine(
                degrees=(-15, 15),
                scale=(0.85, 1.15),
                translate={"x": (-0.12, 0.12), "y": (-0.12, 0.12)},
                fill=0,
            ),
            image.GaussianNoise(std=(0.0, 0.1)),
        ],
        seed=seed,
    )


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"{EXAMPLES} digits and a network with {256 * 100 + 100 * 10:,} weights: too many parameters for so "
        "little data. With an augkit pipeline each epoch sees new variants of the same digits; the "
        "validation data stay as they are.",
    )
    x, y = glyphs(EXAMPLES, seed, noise=0.15)
    valid = glyphs(1500, seed, "valid", noise=0.15)
    augment = pipeline(seed)
    error = Chart("Training loss", x="epoch", y="loss of the batches", log_y=True)
    watched = Chart("Validation error", x="epoch", y="error")
    running, final, rows = {}, {}, []
    for name, chosen in (("without", None), ("with augmentation", augment)):
        model = Sequential(Flatten(), Dense(100), ReLU(), Dense(10))
        trainer = Trainer(
            model, optimizer=Adam(0.002), max_epochs=EPOCHS, augment=chosen, seed=seed
        )
        history = trainer.fit((x, y), valid=valid).history
        errors = [1 - a for a in history["valid_accuracy"]]
        error.line(range(1, EPOCHS + 1), history["running_loss"], name)
        watched.line(range(1, EPOCHS + 1), errors, name)
        running[name], final[name] = history["running_loss"], errors
        rows.append(
            (name, history["running_loss"][-1], f"{1 - history['train_accuracy'][-1]:.1%}",
             f"{errors[-1]:.1%}", history["valid_loss"][-1])
        )  # fmt: skip
    section.chart(error, "The loss of the batches as they are trained on.")
    section.chart(watched)
    for i in (3, 5, 8):
        variants = [(_picture(x[i]), f"digit {y[i]} as it is")]
        for variant in range(4):
            changed = _picture(augment(x[i], key=i, variant=variant))
            variants.append((changed, f"variant {variant}"))
        section.pictures(variants)
    section.table(
        (
            "run",
            "loss while training",
            "training error, clean",
            "validation error",
            "validation loss",
        ),
        rows,
    )
    plain, more = running["without"], running["with augmentation"]
    near = _nearest(x, valid[0]), _nearest(_variants(x, augment, 20), valid[0])
    section.claim(
        "Without augmentation the training error is soon driven to zero",
        plain[-1] < 0.05,
        f"loss {plain[-1]:.4f} after {EPOCHS} epochs",
    )
    section.claim(
        "With it that is harder",
        more[-1] > 5 * plain[-1],
        f"loss {more[-1]:.3f}, {more[-1] / plain[-1]:.0f} times as much",
    )
    section.claim(
        "And the validation error is lower",
        final["with augmentation"][-1] < 0.8 * final["without"][-1],
        f"{final['without'][-1]:.1%} → {final['with augmentation'][-1]:.1%}",
    )
    section.claim(
        "Augmented data come nearer to validation data",
        near[1] < 0.95 * near[0],
        f"mean distance from a validation digit to the nearest training digit {near[0]:.2f} → {near[1]:.2f}",
    )
    return section


def _variants(x: np.ndarray, augment: Compose, count: int) -> np.ndarray:
    found = [augment.batch(list(x), keys=range(len(x)), variant=v) for v in range(count)]
    return np.concatenate([np.stack(each) for each in found])


def _nearest(x: np.ndarray, others: np.ndarray) -> float:
    a, b = (v.reshape(len(v), -1).astype(np.float64) for v in (x, others[:300]))
    squared = (b**2).sum(1)[:, None] - 2 * b @ a.T + (a**2).sum(1)
    return float(np.sqrt(squared.min(1).clip(0)).mean())


def _picture(example: np.ndarray) -> np.ndarray:
    return np.asarray(np.round(255 * example.reshape(SIDE, SIDE)), np.uint8)
