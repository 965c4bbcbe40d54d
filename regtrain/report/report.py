"""Curves, diagnosis, health, confusion, hardest examples, augmented samples, configuration."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from regtrain.charts import Chart
from regtrain.diagnose.health import Health
from regtrain.diagnose.run import error_of
from regtrain.layers.base import Workspace
from regtrain.page import Section, write
from regtrain.report.predictions import (
    as_picture,
    confusion_section,
    hardest_section,
    spectrogram,
)

if TYPE_CHECKING:
    from regtrain.data.samples import Samples
    from regtrain.run import Run
    from regtrain.trainer import Trainer
    from regtrain.training.fit import Fit

__all__ = ["report", "sections"]


def report(
    run: Run,
    path: str | os.PathLike[str],
    *,
    title: str = "Training report",
    names: Sequence[str] = (),
    command: str = "",
    target: float = 0.0,
) -> Path:
    """Write the report of a run as one HTML page.

    Args:
        run: with its trainer and data.
        path: of the page.
        title: its heading.
        names: of the classes; default: their numbers.
        command: the command that repeats the run, if there is one.
        target: the error that can be hoped for, for the diagnosis.
    """
    facts = f"{run.epochs} epochs, {run.steps:,} steps, {run.seconds:.1f} s; {run.stop_reason}"
    return write(
        Path(path), title, facts, sections(run, names=names, command=command, target=target)
    )


def sections(
    run: Run, *, names: Sequence[str] = (), command: str = "", target: float = 0.0
) -> list[Section]:
    """The sections of the report."""
    trainer, fit = run.trainer, run.fit
    if fit is None or trainer is None:
        raise ValueError("a report needs the run with its trainer and data")
    found = [_curves(run)]
    valid = fit.data.valid
    if valid is not None:
        found.append(run.diagnose(target=target).section())
    health = next((c for c in fit.callbacks if isinstance(c, Health) and c.vitals), None)
    if health is None:
        health = Health()  # at least how it stands now
        health.on_epoch(fit, {})
    found.append(health.section())
    if valid is not None:
        found += _predictions(trainer, fit, valid, names)
    if trainer.augment is not None:
        section = _augmented(fit)
        if section is not None:
            found.append(section)
    return [*found, _configuration(trainer, fit, command)]


def _curves(run: Run) -> Section:
    history = run.history
    epochs = range(1, run.epochs + 1)
    section = Section("Curves", f"Why it ended: {run.stop_reason}.")
    loss = Chart("Loss", x="epoch", y="loss")
    for key, name, dashed in (
        ("train_loss", "training", False),
        ("valid_loss", "validation", False),
        ("running_loss", "while training", True),
    ):
        if key in history:
            loss.line(epochs, history[key], name, dashed=dashed)
    if run.trainer is not None and run.trainer.early_stopping and run.best_epoch >= 0:
        loss.guide(x=run.best_epoch + 1, name="best")
    section.chart(loss, "“While training” is of the batches as they were learned: with dropout and "
                  "augmentation, and of weights that were still moving.")  # fmt: skip
    metric = "accuracy" if "train_accuracy" in history else "r2"
    if f"train_{metric}" in history:
        word = "Error" if metric == "accuracy" else "1 - R²"
        chart = Chart(word, x="epoch", y=word.lower())
        for part, name in (("train", "training"), ("valid", "validation")):
            if f"{part}_{metric}" in history:
                chart.line(epochs, [1 - value for value in history[f"{part}_{metric}"]], name)
        section.chart(chart)
    if len(set(history.get("learning_rate", []))) > 1:
        section.chart(
            Chart("Learning rate", x="epoch", y="").line(epochs, history["learning_rate"])
        )
    last = run.best_epoch if 0 <= run.best_epoch < run.epochs else run.epochs - 1
    shown = [k for k in history if k not in ("seconds", "penalty", "clipped", "gradient_norm")]
    section.table(
        ("quantity", "first epoch", f"epoch {last + 1} (kept)", "last epoch"),
        [(k.replace("_", " "), history[k][0], history[k][last], history[k][-1]) for k in shown],
    )
    return section


def _predictions(
    trainer: Trainer, fit: Fit, valid: tuple[Any, Any], names: Sequence[str]
) -> list[Section]:
    samples, targets = valid
    outputs = trainer.run_model(samples, Workspace(trainer.model.dtype))
    if fit.data.classes and targets.ndim == 1:
        count = outputs.shape[-1]
        called = list(names) if len(names) == count else [str(number) for number in range(count)]
        z = np.exp(outputs.astype(np.float64) - outputs.max(-1, keepdims=True))
        chances = z / z.sum(-1, keepdims=True)
        found = [confusion_section(targets, outputs.argmax(-1), called)] if count <= 30 else []
        return [*found, hardest_section(_Seen(samples), targets, chances, called)]
    if trainer.loss.classifies:
        return []
    error = error_of(trainer, outputs, targets)
    section = Section("Predictions", f"Mean squared error {error.value:.4g} on validation data.")
    flat, truth = outputs.reshape(len(outputs), -1)[:, 0], targets.reshape(len(targets), -1)[:, 0]
    section.chart(
        Chart("Predicted against true", x="true", y="predicted")
        .points(truth[:1000], flat[:1000], "a validation example")
        .line([truth.min(), truth.max()], [truth.min(), truth.max()], "exact", dashed=True)
    )
    return [section]


class _Seen:
    """Samples as a report shows them: sounds as what the model sees of them."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    def __getitem__(self, index: int) -> Any:
        sample = self.samples.raw([int(index)])[0]
        return _shown(sample, self.samples)


def _shown(sample: Any, samples: Samples) -> Any:
    if isinstance(sample, dict) and samples.features is not None:
        features = np.asarray(samples.features(sample))
        return spectrogram(features) if features.ndim == 3 else features
    return sample


def _augmented(fit: Fit) -> Section | None:
    """The first examples as they are, and as the first epochs saw them."""
    raw = list(fit.data.samples.raw(np.arange(min(4, len(fit.data.samples)))))
    section = Section(
        "Augmented samples",
        "Training examples as they are and as the first epochs saw them; validation data are never "
        "augmented.",
    )
    texts, shown = [], False
    for number, sample in enumerate(raw):
        variants = [("as it is", sample)]
        for epoch in range(4):
            variants.append(
                (f"epoch {epoch + 1}", fit.data.augment(sample, key=number, variant=epoch))
            )
        pictures = []
        for name, value in ((name, _shown(value, fit.data.samples)) for name, value in variants):
            if isinstance(value, str):
                texts.append((number, name, value))
            elif isinstance(value, np.ndarray):
                picture = as_picture(value)
                pictures += [] if picture is None else [(picture, name)]
        if pictures:
            section.pictures(pictures)
            shown = True
    if texts:
        section.table(("example", "variant", "text"), texts)
    return section if shown or texts else None


def _configuration(trainer: Trainer, fit: Fit, command: str) -> Section:
    section = Section(
        "Configuration",
        "What decides the result. The same settings, data and versions give the same bits.",
    )
    model = trainer.model
    layers = ["input", *(layer.name for layer in model.layers)]
    shapes = [(n, "×".join(map(str, shape))) for n, shape in zip(layers, model.shapes, strict=True)]
    section.table(("layer", "output"), shapes, caption=f"{model.parameters.size:,} parameters.")
    settings = {
        k: v for k, v in trainer.fingerprint().items() if k not in ("model", "shapes", "augment")
    }
    rows = [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in settings.items()
    ]
    rows.append(("training examples", f"{len(fit.data.samples):,}"))
    if fit.data.valid is not None:
        rows.append(("validation examples", f"{len(fit.data.valid[0]):,}"))
    rows.append(("data", fit.data.fingerprint))
    section.table(("setting", "value"), rows)
    if hasattr(trainer.augment, "to_dict"):
        from augkit.core.spec_write import write as as_text

        section.code(as_text(trainer.augment.to_dict(), "yaml").rstrip("\n"), "Augmentation")
    section.heading("How to reproduce")
    if command:
        section.code(command)
    versions = [f"Python {platform.python_version()}"]
    for package in ("augkit", "numpy", "numba"):
        version = getattr(sys.modules.get(package), "__version__", None)
        versions += [f"{package} {version}"] if version else []
    section.say(
        f"Seed {trainer.seed}, {trainer.threads} thread(s) for matrix products; "
        + ", ".join(versions)
        + "."
    )
    return section
