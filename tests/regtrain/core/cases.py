"""Every layer, loss and regularizer as a small model: the registry that the proofs run over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import regtrain as rt
from regtrain import layers as module

RNG = np.random.default_rng(3)
CLASSES = RNG.integers(0, 4, 6)


def floats(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


@dataclass(frozen=True)
class Case:
    """A model, data and settings to check."""

    name: str
    layers: Callable[[], list[rt.Layer]]
    x: Any = field(default_factory=lambda: floats(6, 5))
    y: Any = field(default_factory=lambda: CLASSES)
    loss: Any = "cross-entropy"
    settings: dict[str, Any] = field(default_factory=dict)


IMAGES = floats(6, 7, 8, 3)
SERIES = floats(6, 5, 3)
TOKENS = RNG.integers(0, 9, (6, 5))
FOUR = floats(6, 4)

LAYERS = [
    Case("dense", lambda: [rt.Dense(4)]),
    Case("dense-no-bias", lambda: [rt.Dense(4, bias=False)]),
    Case("dense-sequence", lambda: [rt.Dense(4), rt.Tanh(), rt.GlobalAvgPool()], x=SERIES),
    *(
        Case(
            f"activation-{type(act()).__name__}", lambda act=act: [rt.Dense(7), act(), rt.Dense(4)]
        )
        for act in (rt.ReLU, rt.LeakyReLU, rt.Tanh, rt.Logistic, rt.Softmax)
    ),
    Case("activation-first", lambda: [rt.Tanh(), rt.Dense(4)]),
    Case("activation-twice", lambda: [rt.Dense(7), rt.ReLU(), rt.Tanh(), rt.Dense(4)]),
    *(
        Case(
            f"dropout-{name}",
            lambda act=act: [rt.Dropout(0.2), rt.Dense(9), *act(), rt.Dropout(0.5), rt.Dense(4)],
        )
        for name, act in {
            "none": list,
            "relu": lambda: [rt.ReLU()],
            "leaky": lambda: [rt.LeakyReLU(0.1)],
            "tanh": lambda: [rt.Tanh()],
            "logistic": lambda: [rt.Logistic()],
        }.items()
    ),
    Case("dropout-output", lambda: [rt.Dense(4), rt.Dropout(0.5)]),
    Case(
        "dropout-before-activation", lambda: [rt.Dense(9), rt.Dropout(0.5), rt.ReLU(), rt.Dense(4)]
    ),
    Case("conv", lambda: [rt.Conv2D(4), rt.Tanh(), rt.Flatten(), rt.Dense(4)], x=IMAGES),
    Case(
        "conv-pool",
        lambda: [rt.Conv2D(4), rt.ReLU(), rt.MaxPool2D(), rt.Flatten(), rt.Dense(4)],
        x=IMAGES,
    ),
    Case(
        "conv-pool-dropout",
        lambda: [
            rt.Conv2D(4),
            rt.MaxPool2D(),
            rt.Tanh(),
            rt.Dropout(0.3),
            rt.Flatten(),
            rt.Dense(4),
        ],
        x=IMAGES,
    ),
    Case(
        "conv-stride-valid",
        lambda: [
            rt.Conv2D(4, 3, stride=2, padding="valid", bias=False),
            rt.LeakyReLU(),
            rt.Flatten(),
            rt.Dense(4),
        ],
        x=IMAGES,
    ),
    Case(
        "conv-even-pad",
        lambda: [rt.Conv2D(3, 4, stride=3, padding=2), rt.GlobalAvgPool(), rt.Dense(4)],
        x=IMAGES,
    ),
    Case(
        "conv-conv",
        lambda: [rt.Conv2D(3), rt.Tanh(), rt.Conv2D(4, 5), rt.GlobalAvgPool()],
        x=IMAGES,
    ),
    Case("max-pool", lambda: [rt.MaxPool2D(3), rt.Flatten(), rt.Dense(4)], x=IMAGES),
    Case(
        "max-pool-overlap", lambda: [rt.MaxPool2D(3, stride=2), rt.Flatten(), rt.Dense(4)], x=IMAGES
    ),
    Case("avg-pool", lambda: [rt.AvgPool2D(2), rt.Flatten(), rt.Dense(4)], x=IMAGES),
    Case(
        "avg-pool-overlap", lambda: [rt.AvgPool2D(3, stride=1), rt.Flatten(), rt.Dense(4)], x=IMAGES
    ),
    Case("global-avg-pool", lambda: [rt.GlobalAvgPool(), rt.Dense(4)], x=IMAGES),
    Case("flatten", lambda: [rt.Flatten(), rt.Dense(4)], x=IMAGES),
    Case("embedding", lambda: [rt.Embedding(9, 3), rt.Flatten(), rt.Dense(4)], x=TOKENS),
    Case("embedding-bag", lambda: [rt.EmbeddingBag(9, 3, padding=0), rt.Dense(4)], x=TOKENS),
    Case("rnn", lambda: [rt.SimpleRNN(4), rt.Dense(4)], x=SERIES),
    Case("rnn-sequences", lambda: [rt.SimpleRNN(4, sequences=True), rt.SimpleRNN(4)], x=SERIES),
    Case("rnn-masked", lambda: [rt.Embedding(9, 3, padding=0), rt.SimpleRNN(4)], x=TOKENS),
    Case(
        "batch-norm", lambda: [rt.Dense(5), rt.BatchNorm(), rt.ReLU(), rt.Dropout(0.3), rt.Dense(4)]
    ),
    Case("batch-norm-moving", lambda: [rt.BatchNorm("moving"), rt.Dense(4)]),
    Case(
        "batch-norm-images",
        lambda: [rt.Conv2D(4), rt.BatchNorm(), rt.Tanh(), rt.GlobalAvgPool()],
        x=IMAGES,
    ),
    Case("batch-norm-output", lambda: [rt.Dense(4), rt.BatchNorm()]),
    Case(
        "batch-norm-inference",
        lambda: [rt.Dense(5), rt.BatchNorm(), rt.Dense(4)],
        settings={"training": False},
    ),
    Case("layer-norm", lambda: [rt.Dense(5), rt.LayerNorm(), rt.Tanh(), rt.Dense(4)]),
    Case("layer-norm-images", lambda: [rt.LayerNorm(), rt.GlobalAvgPool(), rt.Dense(4)], x=IMAGES),
]
TWO = [*map(lambda n: lambda: [rt.Dense(6), rt.Tanh(), rt.Dense(n)], range(5))]
LOSSES = [
    Case("squared-error-1", TWO[1], y=FOUR[:, 0], loss="squared-error"),
    Case("squared-error-4", TWO[4], y=FOUR, loss="squared-error"),
    Case("huber", TWO[4], y=2 * FOUR, loss=rt.Huber(0.7)),
    Case("binary", TWO[1], y=CLASSES % 2, loss="binary-cross-entropy"),
    Case("binary-4-smooth", TWO[4], y=(FOUR > 0) * 1.0, loss=rt.BinaryCrossEntropy(0.1)),
    Case("cross-entropy-smooth", TWO[4], loss=rt.CrossEntropy(0.1)),
    Case("cross-entropy-soft", TWO[4], y=np.eye(4)[CLASSES] * 0.7 + 0.3 / 4),
    Case("cross-entropy-soft-smooth", TWO[4], y=np.eye(4)[CLASSES], loss=rt.CrossEntropy(0.2)),
    Case("weights", TWO[4], settings={"weights": [1, 2, 0, 4, 0.5, 1]}),
    Case(
        "weights-squared",
        TWO[4],
        y=FOUR,
        loss="squared-error",
        settings={"weights": [1, 2, 0, 4, 5, 1]},
    ),
    Case("l2", TWO[4], settings={"l2": 0.3}),
    Case(
        "l2-batch-norm",
        lambda: [rt.Dense(5), rt.BatchNorm(), rt.ReLU(), rt.Dense(4)],
        settings={"l2": 0.3},
    ),
]
CASES = LAYERS + LOSSES


def registered_layers() -> set[str]:
    """The public layers."""
    return {
        name
        for name in module.__all__
        if isinstance(getattr(module, name), type) and issubclass(getattr(module, name), rt.Layer)
    } - {"Layer", "Activation"}
