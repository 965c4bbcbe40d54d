"""Early stopping: the validation error falls, then rises; stop and take the best back."""

from __future__ import annotations

import numpy as np

from regtrain import Adam, Dense, EarlyStopping, ReLU, Sequential, Trainer
from regtrain.charts import Chart
from regtrain.lessons.overfit import task
from regtrain.page import Section

TITLE = "Stop when the validation error rises"
SLIDE = "Early Stopping"

EPOCHS = 40
PATIENCE = 5


def run(seed: int = 0) -> Section:
    """The lesson."""
    data = task(seed)
    section = Section(
        TITLE,
        f"A network of two times 50 units learns {len(data.x)} noisy digits, a tenth of them wrongly "
        "labelled. First it learns what digits look like, then it learns these examples by heart.",
    )

    def trained(stopping: EarlyStopping | None) -> tuple[Trainer, object, dict[str, list[float]]]:
        model = Sequential(Dense(50), ReLU(), Dense(50), ReLU(), Dense(10))
        trainer = Trainer(
            model, optimizer=Adam(0.002), max_epochs=EPOCHS, early_stopping=stopping, seed=seed
        )
        run = trainer.fit(data.train, valid=data.valid)
        return trainer, run, run.history

    _, _, whole = trained(None)
    trainer, stopped, short = trained(EarlyStopping(patience=PATIENCE))
    best = int(np.argmin(whole["valid_loss"]))
    epochs = range(1, EPOCHS + 1)
    section.chart(
        Chart("Without early stopping", x="epoch", y="cross-entropy")
        .line(epochs, whole["train_loss"], "training loss")
        .line(epochs, whole["valid_loss"], "validation loss")
        .guide(x=best + 1, name="best")
        .guide(x=len(short["valid_loss"]), name="stop")
    )
    section.chart(
        Chart("Errors", x="epoch", y="error")
        .line(epochs, [1 - a for a in whole["train_accuracy"]], "training error")
        .line(epochs, [1 - a for a in whole["valid_accuracy"]], "validation error")
    )
    kept = trainer.evaluate(data.valid)["loss"]
    reason = getattr(stopped, "stop_reason", "")
    section.say(f"regtrain says why it stopped: {reason}.")
    section.table(
        ("run", "epochs", "training loss", "validation loss"),
        [
            ("to the end", EPOCHS, whole["train_loss"][-1], whole["valid_loss"][-1]),
            ("stopped, best weights back", len(short["valid_loss"]),
             trainer.evaluate(data.train)["loss"], kept),
        ],
    )  # fmt: skip
    section.claim(
        "Training loss falls to the end while validation loss has long been rising",
        whole["train_loss"][-1] < whole["train_loss"][best] / 2
        and whole["valid_loss"][-1] > 1.15 * whole["valid_loss"][best],
        f"validation loss {whole['valid_loss'][best]:.3f} in epoch {best + 1}, "
        f"{whole['valid_loss'][-1]:.3f} in epoch {EPOCHS}",
    )
    section.claim(
        f"Patience {PATIENCE} stops after exactly {PATIENCE} epochs without improvement",
        len(short["valid_loss"]) == best + 1 + PATIENCE,
        f"best {best + 1}, stopped after {len(short['valid_loss'])}",
    )
    section.claim(
        "The weights of the best epoch come back",
        abs(kept - whole["valid_loss"][best]) < 1e-6,
        f"validation loss {kept:.6f}, the best was {whole['valid_loss'][best]:.6f}",
    )
    section.claim(
        "Up to there it is the same training, step for step",
        short["train_loss"] == whole["train_loss"][: len(short["train_loss"])],
        f"{len(short['train_loss'])} equal epochs",
    )
    return section
