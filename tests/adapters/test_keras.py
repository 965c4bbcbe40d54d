"""Batches for Keras: the same for any number of workers, new every epoch."""

from __future__ import annotations

import os
import pickle

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import pytest

from augkit import Compose, image
from augkit.adapters.keras import AugmentedBatches

PIPELINE = [image.HorizontalFlip(p=0.5), image.Rotate(degrees=(-20, 20)), image.Normalize()]


def pictures(count=22):
    generator = np.random.default_rng(0)
    return [
        (generator.integers(0, 256, (12, 12, 3), dtype=np.uint8), number) for number in range(count)
    ]


def batches(**named):
    return AugmentedBatches(pictures(), Compose(PIPELINE, seed=7), batch_size=8, **named)


class Seen(keras.Model):
    """Keeps what it was given, by epoch."""

    def __init__(self):
        super().__init__()
        self.epochs = [[]]
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(keras.ops.mean(x, axis=(1, 2, 3))[:, None])

    def train_step(self, data):
        x, y = data
        self.epochs[-1].append((np.asarray(x).tobytes(), np.asarray(y).tolist()))
        return {}


class Epochs(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.epochs.append([])


def fitted(**named):
    """What a model sees in three epochs."""
    model = Seen()
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    model.fit(batches(**named), epochs=3, shuffle=False, verbose=0, callbacks=[Epochs()])
    return [epoch for epoch in model.epochs if epoch]


@pytest.fixture(scope="module")
def alone():
    return fitted()


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_change_nothing(alone, workers):
    assert fitted(workers=workers) == alone


def test_every_item_once_per_epoch_and_each_epoch_is_another(alone):
    assert len(alone) == 3
    for epoch in alone:
        labels = [label for _, batch in epoch for label in batch]
        assert sorted(labels) == list(range(22))
        assert [len(batch) for _, batch in epoch] == [8, 8, 6]
    assert len({tuple(map(str, epoch)) for epoch in alone}) == 3


def test_equal_to_the_pipeline_itself():
    made = batches(shuffle=False)
    made.set_epoch(4)
    x, y = made[1]
    pipeline = Compose(PIPELINE, seed=7)
    for picture, index in zip(x, y, strict=True):
        expected = pipeline(pictures()[index][0], key=int(index), variant=4)
        np.testing.assert_array_equal(picture, expected)
    assert y.tolist() == list(range(8, 16))


def test_a_run_that_goes_on_sees_what_it_would_have_seen(alone):
    made = batches()
    made.set_epoch(2)
    model = Seen()
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    model.fit(made, initial_epoch=2, epochs=3, shuffle=False, verbose=0, callbacks=[Epochs()])
    assert [epoch for epoch in model.epochs if epoch] == alone[2:]


def test_it_trains():
    """Left or right half bright: flips are not among the augmentations."""
    data = []
    for number in range(64):
        picture = np.zeros((12, 12, 1), np.uint8)
        picture[:, 6 * (number % 2) : 6 * (number % 2) + 6] = 200
        data.append((picture, number % 2))
    pipeline = Compose([image.GaussianNoise(std=0.05), image.Normalize(mean=0.5, std=0.5)], seed=1)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    history = model.fit(
        AugmentedBatches(data, pipeline, batch_size=16, workers=2),
        epochs=5,
        shuffle=False,
        verbose=0,
    )
    assert history.history["loss"][-1] < 0.2


def test_named_data_and_masks():
    both = [(picture, picture[..., 0].copy()) for picture, _ in pictures(4)]
    flip = Compose([image.HorizontalFlip()], seed=1)
    x, y = AugmentedBatches(both, flip, batch_size=4, names=["image", "mask"])[0]
    np.testing.assert_array_equal(x[..., 0], y)
    named = [{"image": picture, "mask": mask} for picture, mask in both]
    made = AugmentedBatches(named, flip, batch_size=4, shuffle=False)[0]
    np.testing.assert_array_equal(made["mask"], np.stack([mask[:, ::-1] for _, mask in both]))
    bare = AugmentedBatches([picture for picture, _ in both], flip, collate=len)
    assert bare[0] == 4


def test_any_order_of_batches_and_epochs():
    one, other = batches(), batches(workers=2)
    for epoch, index in ((0, 2), (0, 0), (0, 1), (1, 1), (0, 1), (3, 0), (3, 2), (3, 1)):
        for made in (one, other):
            made.set_epoch(epoch)
        x, y = one[index]
        again, labels = other[index]
        np.testing.assert_array_equal(x, again)
        np.testing.assert_array_equal(y, labels)


def test_mistakes():
    with pytest.raises(ValueError, match="batch_size"):
        AugmentedBatches([], Compose(PIPELINE), batch_size=0)
    with pytest.raises(ValueError, match="workers"):
        batches(workers=-1)
    with pytest.raises(IndexError):
        batches()[3]
    assert isinstance(batches(workers=2), keras.utils.PyDataset)
    assert pickle.loads(pickle.dumps(AugmentedBatches)) is AugmentedBatches
