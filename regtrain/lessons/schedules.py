"""Learning rates that change: long steps first, short ones at the end."""

from __future__ import annotations

import numpy as np

from regtrain import (
    Cosine,
    Dense,
    Exponential,
    GradientDescent,
    OneCycle,
    ReLU,
    Schedule,
    Sequential,
    StepDecay,
    Trainer,
    WarmUp,
)
from regtrain.charts import Chart
from regtrain.lessons.data import generator, glyphs
from regtrain.page import Section
from regtrain.schedules import Constant, Plan

TITLE = "Long steps first, short steps last"
SLIDE = "Hyperparameter Tuning: Learning rate schedule"

EPOCHS = 20
EXAMPLES = 600
BATCH = 8

SCHEDULES: dict[str, Schedule] = {
    "constant 0.2": Constant(0.2),
    "constant 0.002": Constant(0.002),
    "step": StepDecay(0.2, every=7, factor=0.1),
    "exponential": Exponential(0.2, factor=0.75),
    "cosine": Cosine(0.2),
    "one cycle": OneCycle(0.2),
    "warm-up, cosine": WarmUp(epochs=3, then=Cosine(0.2, epochs=17)),
}


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        "With noisy gradients a constant rate never settles: it keeps jumping about the minimum, the "
        "further the longer its steps. A schedule crosses the distance with long steps and settles with "
        "short ones.",
    )
    steps = EXAMPLES // BATCH
    plan = Plan(steps, EPOCHS)
    rates = Chart("Learning rates", x="epoch", y="learning rate")
    for name, schedule in SCHEDULES.items():
        places = range(0, plan.steps, 10)
        rates.line([s / steps for s in places], [schedule.rate(s, plan) for s in places], name)
    section.chart(rates)
    noisy = {name: _noisy_valley(s, plan, seed) for name, s in SCHEDULES.items()}
    chart = Chart(
        "Distance from the minimum of a noisy valley", x="epoch", y="distance", log_y=True
    )
    for name in ("constant 0.2", "constant 0.002", "cosine", "exponential"):
        chart.line([s / steps for s in range(0, plan.steps, 15)], noisy[name][::15], name)
    section.chart(
        chart, "(w - 0)²/2 in 50 dimensions, each gradient with noise of standard deviation 1."
    )
    images, y = glyphs(EXAMPLES, seed)
    x = images.reshape(EXAMPLES, -1)
    curves = Chart("Training loss on digits", x="epoch", y="cross-entropy", log_y=True)
    final = {}
    for name, schedule in SCHEDULES.items():
        model = Sequential(Dense(30), ReLU(), Dense(10))
        trainer = Trainer(
            model,
            optimizer=GradientDescent(schedule),
            batch_size=BATCH,
            max_epochs=EPOCHS,
            seed=seed,
        )
        history = trainer.fit((x, y)).history["train_loss"]
        curves.line(range(1, EPOCHS + 1), history, name)
        final[name] = history[-1]
    section.chart(curves)
    end = {name: float(np.mean(path[-steps:])) for name, path in noisy.items()}
    section.table(
        ("schedule", "first rate", "last rate", "distance at the end", "loss on digits"),
        [
            (name, s.rate(0, plan), s.rate(plan.steps - 1, plan), end[name], final[name])
            for name, s in SCHEDULES.items()
        ],
    )
    section.claim(
        "A constant long step never settles; the same with a cosine does",
        end["cosine"] < end["constant 0.2"] / 4,
        f"distance {end['constant 0.2']:.2f} against {end['cosine']:.2f}",
    )
    section.claim(
        "A constant short step is still on its way",
        end["constant 0.002"] > 2 * end["cosine"] and final["constant 0.002"] > 3 * final["cosine"],
        f"distance {end['constant 0.002']:.2f}; loss on digits {final['constant 0.002']:.3f} against "
        f"{final['cosine']:.3f}",
    )
    decaying = min(noisy, key=lambda name: end[name])
    section.claim(
        "Every schedule that ends low beats both constant rates in the valley",
        all(
            end[name] < min(end["constant 0.2"], end["constant 0.002"])
            for name in ("step", "exponential", "cosine", "one cycle", "warm-up, cosine")
        ),
        f"best: {decaying}, {end[decaying]:.3f}",
    )
    return section


def _noisy_valley(schedule: Schedule, plan: Plan, seed: int) -> np.ndarray:
    """The distance from the minimum, step by step."""
    random = generator(seed, "valley")
    w = np.full(50, 3.0)
    path = np.empty(plan.steps)
    for step in range(plan.steps):
        w -= schedule.rate(step, plan) * (w + random.standard_normal(w.size))
        path[step] = np.linalg.norm(w) / np.sqrt(w.size)
    return path
