"""What the trainer reaches on Fashion-MNIST; slow. The data are those of Debian's package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

import regtrain as rt
from augkit import Compose, image

FOLDER = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fashion_mnist", FOLDER / "fashion_mnist.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_data_are_read(example):
    x, y = example.data("t10k")
    assert x.shape == (10_000, 28, 28, 1)
    assert np.bincount(y).tolist() == [1000] * 10


@pytest.mark.slow
def test_mlp(example):
    assert example.run(example.mlp())[1]["accuracy"] >= 0.895


@pytest.mark.slow
def test_cnn(example):
    assert example.run(example.cnn())[1]["accuracy"] >= 0.925


def small_cnn() -> rt.Sequential:
    """Without dropout: augmentation is the only regularizer, and is switched alone."""
    blocks = [
        layer for filters in (16, 32) for layer in (rt.Conv2D(filters), rt.ReLU(), rt.MaxPool2D())
    ]
    return rt.Sequential(*blocks, rt.Flatten(), rt.Dense(64), rt.ReLU(), rt.Dense(10))


def gain(example, seed, epochs=60):
    """Test accuracy with augmentation minus without, from 1,000 images."""
    x, y = example.data("train")
    chosen = np.random.default_rng(seed).permutation(len(x))[:1000]
    pipeline = Compose(
        [
            image.HorizontalFlip(p=0.5),
            image.Translate(translate={"x": (-0.05, 0.05), "y": (-0.05, 0.05)}),
        ],
        seed=seed,
    )
    found = []
    for augment in (None, pipeline):
        trainer = rt.Trainer(
            small_cnn(),
            optimizer=rt.Adam(rt.OneCycle(0.003)),
            augment=augment,
            max_epochs=epochs,
            monitor_train=1,
            seed=seed,
        )
        trainer.fit((x[chosen], y[chosen]), progress=False)
        found.append(trainer.test(example.data("t10k"))["accuracy"])
    return found[1] - found[0]


@pytest.mark.slow
def test_augmentation_helps_where_data_are_few(example):
    gains = [gain(example, seed) for seed in range(5)]
    low, high = stats.t.interval(0.95, 4, np.mean(gains), stats.sem(gains))
    assert low > 0, (gains, low, high)
