"""The table of errors, causes and solutions on four networks that show its rows."""

from __future__ import annotations

from regtrain import Adam, Dense, ReLU, Sequential, Trainer
from regtrain.charts import Chart
from regtrain.diagnose import Circumstances, Diagnosis, Error, diagnose
from regtrain.lessons.overfit import Task, task
from regtrain.page import Section

TITLE = "Training error × validation error → cause → what to do"
SLIDE = "How to deal with it in practice via observations?"

EPOCHS = 30
GUESS = 0.9  # ten classes, equally frequent


def run(seed: int = 0) -> Section:
    """The lesson."""
    section = Section(
        TITLE,
        "Four runs on small digits: one too simple, one with too few examples, one both, one right. Each "
        "is judged by its training error and by the gap from there to the validation error.",
    )
    few, many = task(seed, 150, wrong=0.0, noise=0.3), task(seed, 3000, wrong=0.0, noise=0.1)
    cases = {
        "a network of 2 units, 3000 examples": (2, many, EPOCHS),
        "a network of 200 units, 150 examples": (200, few, EPOCHS),
        "a network of 6 units, 150 examples": (6, few, EPOCHS),
        "a network of 200 units, 3000 examples": (200, many, EPOCHS),
    }
    expected = ("high bias", "high variance", "high bias and high variance", "balanced")
    found: dict[str, Diagnosis] = {}
    for name, (units, data, epochs) in cases.items():
        found[name], chart = _judged(name, units, data, epochs, seed)
        section.chart(chart)
    section.table(
        ("run", "training error", "validation error", "cause", "first remedy"),
        [
            (name, f"{d.train.value:.1%}", f"{d.valid.value:.1%}", d.cause,
             d.remedies[0].name if d.remedies else "You are done!")
            for name, d in found.items()
        ],
    )  # fmt: skip
    name = next(iter(list(cases)[1:]))
    section.say(f"In full, for {name}:")
    section.code(str(found[name]))
    for (name, verdict), wanted in zip(found.items(), expected, strict=True):
        section.claim(
            f"{name}: {wanted}",
            verdict.cause == wanted,
            f"training error {verdict.train.value:.1%}, validation error {verdict.valid.value:.1%}, "
            f"limit {verdict.limit:.1%}",
        )
    # The first remedy against variance is tried: more data is the right network's case.
    names = list(cases)
    section.claim(
        "More examples cure high variance",
        found[names[3]].variance.value < found[names[1]].variance.value / 3,
        f"gap {found[names[1]].variance.value:.1%} → {found[names[3]].variance.value:.1%}",
    )
    section.claim(
        "A more complex model cures high bias",
        found[names[3]].bias.value < found[names[0]].bias.value / 5,
        f"training error {found[names[0]].bias.value:.1%} → {found[names[3]].bias.value:.1%}",
    )
    return section


def _judged(name: str, units: int, data: Task, epochs: int, seed: int) -> tuple[Diagnosis, Chart]:
    model = Sequential(Dense(units), ReLU(), Dense(10))
    trainer = Trainer(model, optimizer=Adam(0.003), max_epochs=epochs, seed=seed)
    history = trainer.fit(data.train, valid=data.valid).history
    train_error = [1 - a for a in history["train_accuracy"]]
    valid_error = [1 - a for a in history["valid_accuracy"]]
    chart = Chart(name, x="epoch", y="error", y_range=(0, 1))
    chart.line(range(1, epochs + 1), train_error, "training error")
    chart.line(range(1, epochs + 1), valid_error, "validation error")
    wrong = int((trainer.predict(data.x) != data.y).sum())
    missed = int((trainer.predict(data.valid_x) != data.valid_y).sum())
    verdict = diagnose(
        Error.of_rate(wrong, len(data.y)),
        Error.of_rate(missed, len(data.valid_y)),
        guess=GUESS,
        circumstances=Circumstances(
            training_error_falls=train_error[-1] < train_error[-6] - 0.01,
            parameters=model.parameters.size,
            examples=len(data.y),
        ),
    )
    return verdict, chart
