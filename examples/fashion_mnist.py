"""Clothes in small pictures: an MLP, a CNN, and what augmentation brings where data are few.

    python examples/fashion_mnist.py                  # minutes become seconds: 2,500 images
    python examples/fashion_mnist.py --full           # everything, about half an hour on one core
    python examples/fashion_mnist.py --choose         # how the augmentation of part three was chosen

The data are those of the Debian package dataset-fashion-mnist (or any four IDX files of that kind,
with --data). Each part asserts its own result. The test images are looked at once per trained model,
at the very end; what there was to choose was chosen on training images. The figures of the full mode
stand in docs/course.md.
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
    OneCycle,
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
    """Two convolutions with pooling, a dense layer, dropout."""
    return Sequential(
        Conv2D(filters), ReLU(), MaxPool2D(), Conv2D(2 * filters), ReLU(), MaxPool2D(),
        Flatten(), Dropout(0.25), Dense(128), ReLU(), Dropout(0.5), Dense(10),
    )  # fmt: skip


def trained(
    name: str, model: Sequential, train: Part, valid: Part, epochs: int, report: Path | None
) -> Trainer:
    """A trainer after training; its report, where one is wanted."""
    settings: dict[str, Any] = {
        "mlp": {"optimizer": Adam(Cosine(0.002)), "l2": 1e-5, "normalize": "standard"},
        "cnn": {"optimizer": Adam(OneCycle(0.003)), "augment": FLIP, "workers": 1},
    }[name]
    trainer = Trainer(model, batch_size=128, max_epochs=epochs, **settings)
    run = trainer.fit(train, valid=valid, callbacks=[Health()])
    best = run.history["valid_accuracy"][-1]
    print(
        f"  {run.epochs} epochs in {run.seconds:.0f} s, validation accuracy {best:.4f}", flush=True
    )
    if report is not None:
        print(f"  report: {run.report(report, title=f'Fashion-MNIST: {name}', names=NAMES)}")
    return trainer


# -- few images --------------------------------------------------------------------------------


def moved(scale: float, share: float, degrees: float = 0.0) -> Compose:
    """Mirrored, zoomed, shifted and turned, each by at most so much; clothes stay clothes."""
    each = (-share, share)
    return Compose(
        [
            image.HorizontalFlip(p=0.5),
            image.Affine(
                degrees=(-degrees, degrees), scale=(1 - scale, 1 + scale),
                translate={"x": each, "y": each}, fill=0,
            ),
        ]
    )  # fmt: skip


FLIP = Compose([image.HorizontalFlip(p=0.5)])
CANDIDATES: dict[str, Compose | None] = {
    "none": None,
    "flip": FLIP,
    "small moves": moved(0.05, 0.04),
    "moves": moved(0.1, 0.07),
    "moves and turns": moved(0.1, 0.07, 5),
}
CHOSEN = CANDIDATES["small moves"]  # the best of --choose, for each of its seeds


def of_few(few: Part, augment: Compose | None, seed: int, epochs: int) -> Trainer:
    """A small CNN with batch normalization, trained on few images."""
    filters = (16, 32)
    blocks = [
        layer for f in filters for layer in (Conv2D(f), BatchNorm(), ReLU(), MaxPool2D())
    ]  # fmt: skip
    model = Sequential(
        *blocks, Flatten(), Dropout(0.3), Dense(128), BatchNorm(), ReLU(), Dropout(0.3), Dense(10)
    )
    trainer = Trainer(
        model, optimizer=Adam(Cosine(0.003)), batch_size=64, max_epochs=epochs,
        normalize="standard", augment=augment, seed=seed, monitor_train=1,
    )  # fmt: skip
    trainer.fit(few)
    return trainer


def choose(train: Part, count: int = 1000, epochs: int = 60) -> None:
    """Compare the candidates on 4,000 training images that none of the models has seen."""
    order = np.random.Generator(np.random.Philox(key=2026)).permutation(len(train[0]))
    held, rest = order[:4000], order[4000:]
    for seed in (101, 102, 103):
        chosen = np.random.Generator(np.random.Philox(key=seed)).permutation(rest)[:count]
        for name, augment in CANDIDATES.items():
            trainer = of_few((train[0][chosen], train[1][chosen]), augment, seed, epochs)
            accuracy = trainer.evaluate((train[0][held], train[1][held]))["accuracy"]
            print(f"  seed {seed}, {name}: {accuracy:.4f} of unseen training images", flush=True)


def few_images(train: Part, test: Part, seeds: range, epochs: int, count: int) -> Effect:
    """How much augmentation changes the CNN's test accuracy with ``count`` training images."""
    differences = []
    for seed in seeds:
        chosen = np.random.Generator(np.random.Philox(key=seed)).permutation(len(train[0]))[:count]
        few = train[0][chosen], train[1][chosen]
        accuracy = [
            of_few(few, augment, seed, epochs).test(test)["accuracy"] for augment in (None, CHOSEN)
        ]
        print(f"  seed {seed}: {accuracy[0]:.4f} without, {accuracy[1]:.4f} with", flush=True)
        differences.append(accuracy[1] - accuracy[0])
    return Effect.of(differences)


def main() -> None:
    """Run the example."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--full", action="store_true", help="all images; half an hour on one core")
    parser.add_argument("--part", choices=("mlp", "cnn", "few"), help="only one of the three parts")
    parser.add_argument(
        "--choose", action="store_true", help="compare augmentations; no test image"
    )
    parser.add_argument("--data", type=Path, default=FOLDER)
    parser.add_argument("--report", type=Path, help="folder for the reports")
    options = parser.parse_args()
    x, y = read(options.data, "train")
    if options.choose:
        choose((x, y))
        return
    test = read(options.data, "t10k")
    if not options.full:
        x, y, test = x[:2500], y[:2500], (test[0][:2000], test[1][:2000])
    kept, held = split(len(x), (0.95, 0.05), labels=y)
    train, valid = (x[kept], y[kept]), (x[held], y[held])
    goals = {"mlp": 0.895, "cnn": 0.925} if options.full else {"mlp": 0.78, "cnn": 0.75}
    epochs = {"mlp": 30, "cnn": 16} if options.full else {"mlp": 10, "cnn": 8}
    for name, model in (("mlp", mlp()), ("cnn", cnn() if options.full else cnn(8))):
        if options.part not in (None, name):
            continue
        print(f"{name} of {len(train[0]):,} images")
        report = options.report / f"{name}.html" if options.report else None
        trainer = trained(name, model, train, valid, epochs[name], report)
        accuracy = trainer.test(test)["accuracy"]
        print(f"  test accuracy {accuracy:.4f}; {goals[name]:.3f} is asked for")
        assert accuracy >= goals[name]
    if options.part in (None, "few"):
        seeds, rounds, count = (range(10, 15), 60, 1000) if options.full else (range(2), 12, 300)
        print(f"augmentation with {count} training images, {len(seeds)} seeds")
        effect = few_images(train, test, seeds, rounds, count)
        print(f"  test accuracy {effect} points by augmentation")
        if options.full:
            assert effect.low > 0
        else:
            print("  so few epochs say little: with augmentation a network takes longer (--full)")


if __name__ == "__main__":
    main()
