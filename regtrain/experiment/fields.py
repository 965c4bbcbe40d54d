"""What stands in an experiment file: each field with its JSON Schema, default and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["SECTIONS", "Field", "defaults"]


@dataclass(frozen=True)
class Field:
    """One field: what it may be, what it is if left out, and what it means."""

    schema: dict[str, Any]
    default: Any
    doc: str


def _number(low: float | None = None, high: float | None = None, **more: Any) -> dict[str, Any]:
    ends = {"minimum": low, "maximum": high}
    return {"type": "number", **{k: v for k, v in ends.items() if v is not None}, **more}


def _whole(low: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low}


def _one_of(*names: str) -> dict[str, Any]:
    return {"enum": list(names)}


def _or_none(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT = {"type": "string", "minLength": 1}
_POSITIVE = _number(exclusiveMinimum=0)
_SHARE = _number(0, exclusiveMaximum=1)

DATA = {
    "format": Field(_one_of("csv", "idx", "npz", "images"), "csv", "what the files are"),
    "train": Field(_TEXT, None, "the training file or folder; for idx the images"),
    "train_labels": Field(_TEXT, None, "idx: the labels of the training images"),
    "test": Field(_TEXT, None, "the test file or folder; touched by `regtrain test` alone"),
    "test_labels": Field(_TEXT, None, "idx: the labels of the test images"),
    "target": Field(_TEXT, None, "csv: the column to predict; default: the last"),
    "valid": Field(_number(exclusiveMinimum=0, exclusiveMaximum=1), 0.2, "share for validation"),
    "limit": Field(_or_none(_whole(2)), None, "use so many training examples only"),
    "task": Field(_one_of("classification", "regression"), "classification", "what to predict"),
    "scale": Field({"type": "boolean"}, True, "scale inputs by the training part's mean and std"),
}

MODEL = {
    "kind": Field(_one_of("mlp", "cnn"), "mlp", "dense layers, or convolutions before them"),
    "hidden": Field({"type": "array", "items": _whole(1)}, [50, 50], "units of each hidden layer"),
    "filters": Field({"type": "array", "items": _whole(1)}, [32, 64], "cnn: filters of each block"),
    "activation": Field(_one_of("relu", "leaky-relu", "tanh", "logistic"), "relu", "of hidden layers"),
    "init": Field(
        _or_none(_one_of("he", "xavier", "orthogonal", "zeros", "constant", "large")),
        None,
        "how weights begin; default: what fits the activation",
    ),
    "batch_norm": Field({"type": "boolean"}, False, "batch normalization after each hidden layer"),
    "dropout": Field(_SHARE, 0.0, "rate of dropout after each hidden layer"),
}  # fmt: skip

TRAINING = {
    "optimizer": Field(
        _one_of("gradient-descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"),
        "adam",
        "how a step follows from the gradient",
    ),
    "learning_rate": Field(_POSITIVE, None, "the length of a step; default: the optimizer's"),
    "schedule": Field(
        _one_of("constant", "cosine", "one-cycle", "exponential"), "constant", "of the learning rate"
    ),
    "batch_size": Field(
        {"anyOf": [_whole(1), _one_of("full")]}, 32, "1 is stochastic, `full` is batch gradient descent"
    ),
    "max_epochs": Field(_whole(1), 50, "passes over the training data at most"),
    "l2": Field(_number(0), 0.0, "λ of (λ/2)‖W‖² added to the mean loss"),
    "early_stopping": Field(_or_none(_whole(1)), 5, "epochs without improvement before it stops"),
    "label_smoothing": Field(_SHARE, 0.0, "share of each target spread over all classes"),
}  # fmt: skip

SECTIONS: dict[str, dict[str, Field]] = {"data": DATA, "model": MODEL, "training": TRAINING}


def defaults(section: str) -> dict[str, Any]:
    """What a section is if it is left out.

    >>> defaults("model")["hidden"]
    [50, 50]
    """
    return {name: field.default for name, field in SECTIONS[section].items()}
