"""What stands in an experiment file: each field with its JSON Schema, default and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["FORMAT_OF", "MODALITY_OF", "SECTIONS", "SHORT_FORMS", "Field", "defaults"]


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
    "format": Field(
        _one_of("csv", "idx", "npz", "images", "sounds", "texts"), "csv", "what the files are"
    ),
    "train": Field(_TEXT, None, "the training file or folder; for idx the images"),
    "train_labels": Field(_TEXT, None, "idx: the labels of the training images"),
    "test": Field(_TEXT, None, "the test file or folder; touched by `regtrain test` alone"),
    "test_labels": Field(_TEXT, None, "idx: the labels of the test images"),
    "target": Field(_TEXT, None, "csv, tables of texts: the column to predict; default: the last"),
    "text": Field(_TEXT, "text", "tables of texts (csv, tsv, jsonl): the column with the texts"),
    "words": Field(_whole(1), 20_000, "texts: how many words are known at most, the most frequent"),
    "least": Field(_whole(1), 2, "texts: how often a word stands in the training part to be known"),
    "length": Field(_whole(1), 100, "texts: how many words of each count"),
    "features": Field(
        _one_of("log-mel", "waveform"), "log-mel", "sounds: a picture of them, or their samples"
    ),
    "sample_rate": Field(
        _or_none(_whole(100)), None, "sounds: in Hz; default: the training part's"
    ),
    "seconds": Field(
        _or_none(_POSITIVE),
        None,
        "sounds: cut or padded to it; default: the training part's longest",
    ),
    "bands": Field(_whole(2), 40, "sounds: bands of the log-mel picture"),
    "valid": Field(_number(exclusiveMinimum=0, exclusiveMaximum=1), 0.2, "share for validation"),
    "limit": Field(_or_none(_whole(2)), None, "use so many training examples only"),
    "task": Field(_one_of("classification", "regression"), "classification", "what to predict"),
    "scale": Field({"type": "boolean"}, True, "scale inputs by the training part's mean and std"),
}

FORMAT_OF = {
    "train_labels": ("idx",), "test_labels": ("idx",), "target": ("csv", "texts"),
    "text": ("texts",), "words": ("texts",), "least": ("texts",), "length": ("texts",),
    "features": ("sounds",), "sample_rate": ("sounds",), "seconds": ("sounds",),
    "bands": ("sounds",),
}  # fmt: skip
"""The fields of ``data`` that only some formats have."""

MODALITY_OF = {
    "images": "image",
    "idx": "image",
    "npz": "image",
    "sounds": "audio",
    "texts": "text",
}
"""What a pipeline below ``augment`` works on, for each format that can be augmented."""

MODEL = {
    "kind": Field(
        _or_none(_one_of("mlp", "cnn", "bag", "rnn")),
        None,
        "dense layers; convolutions, the mean of word vectors, or a recurrent layer before them; "
        "default: cnn for images and log-mel, bag for texts, else mlp",
    ),
    "layers": Field(
        _or_none({"type": "array"}),
        None,
        "any layers one after the other, instead of the short forms below; the output is added",
    ),
    "hidden": Field({"type": "array", "items": _whole(1)}, [50, 50], "units of each hidden layer"),
    "filters": Field({"type": "array", "items": _whole(1)}, [32, 64], "cnn: filters of each block"),
    "dimensions": Field(_whole(1), 50, "bag, rnn: of the vector of a word"),
    "states": Field(_whole(1), 64, "rnn: units of the recurrent layer"),
    "activation": Field(_one_of("relu", "leaky-relu", "tanh", "logistic"), "relu", "of hidden layers"),
    "init": Field(
        _or_none(_one_of("he", "xavier", "orthogonal", "zeros", "constant", "large")),
        None,
        "how weights begin; default: what fits the activation",
    ),
    "batch_norm": Field({"type": "boolean"}, False, "batch normalization after each hidden layer"),
    "dropout": Field(_SHARE, 0.0, "rate of dropout after each hidden layer"),
}  # fmt: skip

SHORT_FORMS = tuple(name for name in MODEL if name != "layers")
"""What stands in the place of a list of layers."""

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
    "statistics_samples": Field(
        _or_none(_whole(2)),
        None,
        "so many examples give the batch-norm statistics after an epoch; default: all, as at the end",
    ),
    "workers": Field(_whole(0), 0, "batches made ahead in the background; changes no result"),
    "label_smoothing": Field(_SHARE, 0.0, "share of each target spread over all classes"),
}  # fmt: skip

SECTIONS: dict[str, dict[str, Field]] = {"data": DATA, "model": MODEL, "training": TRAINING}


def defaults(section: str) -> dict[str, Any]:
    """What a section is if it is left out.

    >>> defaults("model")["hidden"]
    [50, 50]
    """
    return {name: field.default for name, field in SECTIONS[section].items()}
