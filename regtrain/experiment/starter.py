"""An experiment to start from, written from the table of fields so that it is never out of date."""

from __future__ import annotations

import json
from typing import Any

from regtrain.experiment.fields import FORMAT_OF, SECTIONS

__all__ = ["starter"]

_FILES: dict[str, dict[str, str]] = {
    "csv": {"train": "train.csv", "test": "test.csv"},
    "idx": {
        "train": "train-images-idx3-ubyte.gz", "train_labels": "train-labels-idx1-ubyte.gz",
        "test": "t10k-images-idx3-ubyte.gz", "test_labels": "t10k-labels-idx1-ubyte.gz",
    },
    "npz": {"train": "train.npz", "test": "test.npz"},
    "images": {"train": "train", "test": "test"},
    "sounds": {"train": "train", "test": "test"},
    "texts": {"train": "train.csv", "test": "test.csv"},
}  # fmt: skip

_SAID = {
    "data": "Paths are relative to this file. The test data are touched by `regtrain test` alone.",
    "model": "The course's start: two hidden layers of 50 units.",
    "training": "What is left out has the value shown.",
}

_AUGMENT = """
# Augmentation of the training part, a new variant in every epoch: an augkit pipeline, its file or
# the name of a preset.
# augment:
"""

_STEPS = {
    "images": ("HorizontalFlip: {p: 0.5}", "Translate: {translate: {x: [-0.1, 0.1], y: [-0.1, 0.1]}}"),
    "sounds": ("SpeedPerturb: {rate: [0.9, 1.1]}", "AddNoise: {snr_db: [10, 30], color: pink}"),
    "texts": ("SynonymReplacement: {alpha: 0.1}", "RandomDeletion: {alpha: 0.1}"),
}  # fmt: skip
_STEPS["idx"] = _STEPS["images"]


def starter(kind: str = "csv") -> str:
    """A commented experiment for data of one format, as YAML.

    >>> from regtrain.experiment import parse
    >>> parse(starter("idx")).data["train_labels"]
    'train-labels-idx1-ubyte.gz'
    """
    lines = ["regtrain: 1", "seed: 0", "output: run   # checkpoints, history and report"]
    for section, fields in SECTIONS.items():
        lines += ["", f"# {_SAID[section]}", f"{section}:"]
        given: dict[str, Any] = {"format": kind, **_FILES[kind]} if section == "data" else {}
        for name, field in fields.items():
            if kind not in FORMAT_OF.get(name, (kind,)) or _idle(name, kind):
                continue
            value = given.get(name, field.default)
            mark = "  " if name in given or (value is not None and section != "data") else "  # "
            written = f"{mark}{name}: {json.dumps(value).replace(chr(34), '')}"
            lines.append(f"{written:<46}# {_choices(field.schema)}{field.doc}")
    steps = "".join(f"#   - {step}\n" for step in _STEPS.get(kind, ()))
    return "\n".join(lines) + "\n" + (_AUGMENT + steps if steps else "")


def _idle(name: str, kind: str) -> bool:
    """Whether a field of the model has nothing to do with data of this format."""
    if kind == "texts":
        return name in ("filters", "scale")
    return name in ("dimensions", "states") or (name == "filters" and kind == "csv")


def _choices(schema: dict[str, Any]) -> str:
    forms = [schema, *schema.get("anyOf", ())]
    names = next((form["enum"] for form in forms if len(form.get("enum", ())) > 1), ())
    return f"{' | '.join(names)}: " if names else ""
