"""Clothes in small pictures: an MLP, a CNN, and what augmentation brings where data are few.

    python examples/fashion_mnist.py                  # minutes become seconds: 2,000 images
    python examples/fashion_mnist.py --full           # everything: the figures at the end

The data are those of the Debian package dataset-fashion-mnist (or any four IDX files of that kind,
with --data). Each part asserts its own result. The test images are looked at once per trained model,
at the very end.

Figures of the full mode (one core, seed 0): see docs/course.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from augkit import Compose, image
from regtrain import (
    Adam,
    BatchNorm,
    Conv2D,
    Cosine,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    ReLU,
    Sequential,
    Trainer,
)
from regtrain.ablate import Effect
from regtrain.data import read_idx, split
from regtrain.diagnose.health import Health

FOLDER = Path("/usr/share/datasets/fashion-mnist")
NAMES = (
    "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"
)  # fmt: skip
Part = tuple[Any, Any]


def read(folder: Path, part: str) -> Part:
    """Images (n, 28, 28, 1) of 8 bits, and classes."""
    if not folder.is_dir():
        raise SystemExit(
            f"{folder} is missing: apt-get install dataset-fashion-mnist, or give --data"
        )
    x = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    y = read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
    return x[..., None], y.astype(np.int64)


def mlp() -> Sequential:
    """784-256-128-10."""
    return Sequential(
        Flatten(), Dense(256), BatchNorm(), ReLU(), Dropout(0.3), Dense(128), BatchNorm(), ReLU(),
        Dropout(0.3), Dense(10),
    )  # fmt: skip


def cnn(filters: int = 32) -> Sequential:
    """Two blocks of convolutions and a dense layer."""
    return Sequential(
        Conv2D(filters), BatchNorm(), ReLU(), MaxPool2D(2),
        Conv2D(2 * filters), BatchNorm(), ReLU(), MaxPool2D(2),
        Flatten(), Dropout(0.3), Dense(128), BatchNorm(), ReLU(), Dropout(0.3), Dense(10),
    )  # fmt: skip


def pipeline() -> Compose:
    """Clothes stay clothes when mirrored, and shifted or zoomed a little."""
    return Compose(
        [
            image.HorizontalFlip(p=0.5),
            image.Affine(
                scale=(0.9, 1.1), translate={"x": (-0.07, 0.07), "y": (-0.07, 0.07)}, fill=0
            ),
        ]
    )


def fitted(
    model: Sequential, train: Part, valid: Part, epochs: int, report: Path | None, **settings: Any
) -> Trainer:
    """A trainer after training with a cosine schedule; its report, where one is wanted."""
    trainer = Trainer(
        model, optimizer=Adam(Cosine(0.002)), batch_size=128, max_epochs=epochs, normalize="standard",
        **settings,
    )  # fmt: skip
    run = trainer.fit(train, valid=valid, callbacks=[Health()])
    best = run.history["valid_accuracy"][-1]
    print(
        f"  {run.epochs} epochs in {run.seconds:.0f} s, validation accuracy {best:.4f}", flush=True
    )
    return trainer


def few_images(train: Part, test: Part, seeds: int, epochs: int, count: int) -> Effect:
    """How much augmentation changes the CNN's test accuracy with ``count`` training images."""
    differences = []
    for seed in range(seeds):
        chosen = np.random.Generator(np.random.Philox(key=seed)).permutation(len(train[0]))[:count]
        few = train[0][chosen], train[1][chosen]
        accuracy = []
        for augment in (None, pipeline()):
            trainer = Trainer(
                cnn(16), optimizer=Adam(Cosine(0.003)), batch_size=64, max_epochs=epochs,
                normalize="standard", augment=augment, seed=seed, monitor_train=1,
            )  # fmt: skip
            trainer.fit(few)
            accuracy.append(trainer.test(test)["accuracy"])
        print(f"  seed {seed}: {accuracy[0]:.4f} without, {accuracy[1]:.4f} with", flush=True)
        differences.append(accuracy[1] - accuracy[0])
    return Effect.of(differences)


def main() -> None:
    """Run the example."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--full", action="store_true", help="all images; about an hour on one core")
    parser.add_argument("--part", choices=("mlp", "cnn", "few"), help="only one of the three parts")
    parser.add_argument("--data", type=Path, default=FOLDER)
    parser.add_argument("--report", type=Path, help="folder for the reports")
    options = parser.parse_args()
    x, y = read(options.data, "train")
    test = read(options.data, "t10k")
    if not options.full:
        x, y, test = x[:2500], y[:2500], (test[0][:2000], test[1][:2000])
    kept, held = split(len(x), (0.9, 0.1), labels=y)
    train, valid = (x[kept], y[kept]), (x[held], y[held])
    goals = {"mlp": 0.895, "cnn": 0.925} if options.full else {"mlp": 0.78, "cnn": 0.75}
    epochs = {"mlp": 30, "cnn": 20} if options.full else {"mlp": 10, "cnn": 5}
    for name, model in (("mlp", mlp()), ("cnn", cnn() if options.full else cnn(8))):
        if options.part not in (None, name):
            continue
        print(f"{name} of {len(train[0]):,} images")
        augment = pipeline() if name == "cnn" and options.full else None
        report = options.report / f"{name}.html" if options.report else None
        trainer = fitted(model, train, valid, epochs[name], report, l2=1e-5, augment=augment)
        accuracy = trainer.test(test)["accuracy"]
        print(f"  test accuracy {accuracy:.4f}; {goals[name]:.3f} is asked for")
        assert accuracy >= goals[name]
    if options.part in (None, "few"):
        seeds, rounds, count = (5, 60, 1000) if options.full else (2, 12, 300)
        print(f"augmentation with {count} training images, {seeds} seeds")
        effect = few_images(train, test, seeds, rounds, count)
        print(f"  test accuracy {effect} points by augmentation")
        if options.full:
            assert effect.low > 0


if __name__ == "__main__":
    main()
