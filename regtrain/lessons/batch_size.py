"""Batch, mini-batch and stochastic gradient descent: noise, and what an epoch brings."""

from __future__ import annotations

import numpy as np

from regtrain import Context, CrossEntropy, Dense, GradientDescent, ReLU, Sequential, Trainer
from regtrain.charts import Chart
from regtrain.lessons.data import generator, glyphs
from regtrain.page import Section

TITLE = "Batch, mini-batch, stochastic"
SLIDE = "Hyperparameter Tuning: Strategies"

EXAMPLES = 1000
EPOCHS = 15
RATE = 0.05
SIZES: dict[str, int | None] = {
    "batch (all 1000)": None, "mini-batch 128": 128, "mini-batch 32": 32, "stochastic (1)": 1
}  # fmt: skip


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        f"The same network, data ({EXAMPLES} digits) and learning rate ({RATE:g}); only the number of "
        "examples per step differs. Each epoch looks at every example once.",
    )
    images, y = glyphs(EXAMPLES, seed)
    x = images.reshape(EXAMPLES, -1)
    by_epoch = Chart("Loss by epoch", x="epoch", y="training loss", log_y=True)
    rows, loss = [], {}
    for name, size in SIZES.items():
        model = Sequential(Dense(50), ReLU(), Dense(10))
        trainer = Trainer(
            model, optimizer=GradientDescent(RATE), batch_size=size, max_epochs=EPOCHS, seed=seed
        )
        history = trainer.fit((x, y)).history["train_loss"]
        by_epoch.line(range(1, EPOCHS + 1), history, name)
        loss[name] = history[-1]
        rows.append((name, -(-EXAMPLES // (size or EXAMPLES)), history[0], history[-1]))
    section.chart(by_epoch, "Small batches take more steps per epoch and so get further in it.")
    sizes = (1, 4, 16, 64, 256)
    noise = gradient_noise(x, y, sizes, seed)
    slope = float(np.polyfit(np.log(sizes), np.log(noise), 1)[0])
    section.chart(
        Chart(
            "Noise of the gradient",
            x="batch size",
            y="std relative to its size",
            log_x=True,
            log_y=True,
        )
        .points(sizes, noise, "measured")
        .line(sizes, [noise[0] / np.sqrt(size) for size in sizes], "1/√(batch size)", dashed=True),
        "Ten times less noise costs a hundred times more examples.",
    )
    section.table(("strategy", "steps per epoch", "loss after 1 epoch", f"after {EPOCHS}"), rows)
    names = list(SIZES)
    section.claim(
        "For the same number of epochs mini-batches get further than full batches",
        loss[names[2]] < loss[names[1]] < loss[names[0]],
        ", ".join(f"{loss[name]:.3f} with {name}" for name in names[:3]),
    )
    section.claim(
        "The gradient's noise falls with the square root of the batch size",
        abs(slope + 0.5) < 0.06,
        f"slope {slope:.3f} on logarithmic axes, -0.5 expected",
    )
    section.claim(
        "A stochastic gradient is mostly noise, a full batch has none",
        noise[0] > 1,
        f"noise {noise[0]:.2f} times the gradient at batch size 1, {noise[-1]:.2f} at {sizes[-1]}",
    )
    return section


def gradient_noise(
    x: np.ndarray, y: np.ndarray, sizes: tuple[int, ...], seed: int, draws: int = 200
) -> list[float]:
    """How far gradients of random batches lie from the full gradient, relative to its size."""
    model = Sequential(Dense(50), ReLU(), Dense(10)).build(x.shape[1:], seed=seed)
    loss, random = CrossEntropy(), generator(seed, "batches")

    def gradient(rows: np.ndarray) -> np.ndarray:
        outputs, backprop = model.forward(x[rows], Context(training=True))
        upstream = np.empty_like(outputs)
        loss(outputs, y[rows], None, upstream)
        backprop(upstream)
        return model.gradients.copy()

    full = gradient(np.arange(len(x)))
    found = []
    for size in sizes:
        off = [gradient(random.integers(0, len(x), size)) - full for _ in range(draws)]
        found.append(float(np.sqrt(np.mean([d @ d for d in off]) / (full @ full))))
    return found
