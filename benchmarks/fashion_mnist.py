"""Fashion-MNIST: an MLP and a CNN, trained and tested once.

    python benchmarks/fashion_mnist.py mlp      # at least 89.5 % on the test set
    python benchmarks/fashion_mnist.py cnn      # at least 92.5 %

The data come from Debian's package ``dataset-fashion-mnist``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from augkit import Compose, image
from regtrain import (
    Adam,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    OneCycle,
    ReLU,
    Run,
    Sequential,
    Trainer,
)
from regtrain.data import read_idx, split

FOLDER = Path("/usr/share/datasets/fashion-mnist")


def data(part: str) -> tuple[Any, Any]:
    """Images (n, 28, 28, 1) of whole numbers, and labels; ``part`` is ``train`` or ``t10k``."""
    return (
        read_idx(FOLDER / f"{part}-images-idx3-ubyte.gz")[..., None],
        read_idx(FOLDER / f"{part}-labels-idx1-ubyte.gz"),
    )


def mlp(epochs: int = 20) -> Trainer:
    """784-512-256-10 with batch normalization and dropout."""
    hidden = [
        layer for units in (512, 256) for layer in (Dense(units), BatchNorm(), ReLU(), Dropout(0.3))
    ]
    return Trainer(
        Sequential(Flatten(), *hidden, Dense(10)),
        optimizer=Adam(OneCycle(0.004)),
        batch_size=128,
        max_epochs=epochs,
    )


def cnn(epochs: int = 16, filters: int = 32, **settings: Any) -> Trainer:
    """Two convolutions with pooling, a dense layer, dropout; trained on flipped copies."""
    model = Sequential(
        Conv2D(filters),
        ReLU(),
        MaxPool2D(),
        Conv2D(2 * filters),
        ReLU(),
        MaxPool2D(),
        Flatten(),
        Dropout(0.25),
        Dense(128),
        ReLU(),
        Dropout(0.5),
        Dense(10),
    )
    usual = {"augment": Compose([image.HorizontalFlip(p=0.5)], seed=1), "workers": 1}
    return Trainer(
        model,
        optimizer=Adam(OneCycle(0.003)),
        batch_size=128,
        max_epochs=epochs,
        **{**usual, **settings},
    )


def run(trainer: Trainer, **more: Any) -> tuple[Run, dict[str, float]]:
    """Train with a twentieth held back for validation, then look at the test set once."""
    x, y = data("train")
    train, valid = split(len(x), (0.95, 0.05), labels=y)
    found = trainer.fit((x[train], y[train]), (x[valid], y[valid]), **more)
    return found, trainer.test(data("t10k"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fashion-MNIST")
    parser.add_argument("model", choices=("mlp", "cnn"))
    parser.add_argument("--epochs", type=int)
    arguments = parser.parse_args()
    make = mlp if arguments.model == "mlp" else cnn
    result, scores = run(make() if arguments.epochs is None else make(arguments.epochs))
    print(f"{result.stop_reason}, {result.seconds:.0f} s")
    print(f"test accuracy {scores['accuracy']:.4f}, loss {scores['loss']:.4f}")
