"""Texts, sounds and images from folders, augmented while training."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import soundfile

import regtrain as rt
from augkit import Compose, audio, image, text
from regtrain.data import Folder, split

RNG = np.random.default_rng(4)


def bag(sentence: str) -> np.ndarray:
    """Counts of hashed words."""
    counts = np.zeros(64, np.float32)
    for word in sentence.lower().split():
        counts[zlib.crc32(word.encode()) % 64] += 1
    return counts


def loudness(sound) -> np.ndarray:
    """The spectrum in 32 bands."""
    spectrum = np.abs(np.fft.rfft(sound["audio"].reshape(-1)))[: 32 * 12]
    return np.log1p(spectrum.reshape(32, -1).sum(axis=1)).astype(np.float32)


@pytest.fixture
def texts(tmp_path):
    words = {
        "rain": "cloud storm wet grey umbrella drops",
        "sun": "bright warm beach sky summer light",
    }
    for kind, known in words.items():
        (tmp_path / kind).mkdir()
        for number in range(12):
            chosen = RNG.choice(known.split(), 5)
            (tmp_path / kind / f"{number}.txt").write_text("the day was " + " ".join(chosen))
    return Folder(tmp_path, "text")


@pytest.fixture
def sounds(tmp_path):
    time = np.arange(1600) / 8000
    for kind, pitch in {"low": 300, "high": 900}.items():
        (tmp_path / kind).mkdir()
        for number in range(8):
            wave = 0.3 * np.sin(2 * np.pi * (pitch + 20 * number) * time)
            soundfile.write(tmp_path / kind / f"{number}.wav", wave, 8000)
    return Folder(tmp_path, "audio")


def trained(folder, features, augment, workers=0, processes=False):
    trainer = rt.Trainer(
        rt.Sequential(rt.Dense(16), rt.ReLU(), rt.Dense(2)),
        features=features,
        augment=augment,
        batch_size=4,
        max_epochs=25,
        optimizer=rt.Adam(0.01),
        workers=workers,
        processes=processes,
        seed=3,
    )
    train, valid = split(len(folder), (0.75, 0.25), labels=folder.labels)
    held = folder.read_many(valid), folder.labels[valid]
    run = trainer.fit((folder.read_many(train), folder.labels[train]), held, progress=False)
    return trainer, run


@pytest.mark.parametrize("kind", ["texts", "sounds"])
def test_folders(kind, request):
    folder = request.getfixturevalue(kind)
    features, augment = {
        "texts": (bag, Compose([text.RandomDeletion(alpha=0.1)])),
        "sounds": (loudness, Compose([audio.Gain(gain_db=(-6, 6))])),
    }[kind]
    trainer, run = trained(folder, features, augment)
    assert run.history["valid_accuracy"][-1] == 1
    assert trainer.predict(folder.read_many([0])).shape == (1,)
    again, _ = trained(folder, features, augment, workers=2)
    np.testing.assert_array_equal(trainer.model.parameters, again.model.parameters)
    plain, _ = trained(folder, features, None)
    assert (plain.model.parameters != trainer.model.parameters).any()


def test_the_whole_folder_can_be_given(texts):
    trainer = rt.Trainer(rt.Sequential(rt.Dense(2)), features=bag, batch_size=8, max_epochs=2)
    assert trainer.fit((texts, texts.labels), progress=False).epochs == 2


def test_without_features_texts_are_refused(texts):
    with pytest.raises((TypeError, ValueError), match="features="):
        rt.Trainer(rt.Sequential(rt.Dense(2))).fit((texts.read_many(range(4)), [0, 1, 0, 1]))


def test_augmentation_is_keyed_by_epoch_and_index():
    """Keras #1940, PyTorch #5059: the same for every batch, worker or epoch."""
    seen = []

    class Spy:
        def batch(self, xs, keys, variant, threads):
            seen.append((variant, tuple(keys)))
            return pipeline.batch(xs, keys=keys, variant=variant, threads=threads)

    pipeline = Compose([image.HorizontalFlip(p=0.5)], seed=1)
    x = RNG.integers(0, 256, (12, 6, 6, 1), dtype=np.uint8)
    trainer = rt.Trainer(
        rt.Sequential(rt.Flatten(), rt.Dense(2)), augment=Spy(), batch_size=5, max_epochs=3
    )
    trainer.fit((x, np.arange(12) % 2), (x[:0:-1] // 2, np.arange(11) % 2), progress=False)
    assert [variant for variant, _ in seen] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    for epoch in range(3):  # each sample once, the validation samples never
        keys = [key for variant, keys in seen for key in keys if variant == epoch]
        assert sorted(keys) == list(range(12))


def test_without_a_seed_the_pipeline_takes_the_trainers():
    x, y = RNG.integers(0, 256, (12, 6, 6, 1), dtype=np.uint8), np.arange(12) % 2

    def parameters(seed):
        trainer = rt.Trainer(
            rt.Sequential(rt.Flatten(), rt.Dense(2)).build((6, 6, 1)),
            augment=Compose([image.GaussianNoise(std=0.1)]),
            batch_size=12,
            max_epochs=2,
            seed=seed,
        )
        trainer.fit((x, y), progress=False)
        return trainer.model.parameters.tobytes()

    assert parameters(1) == parameters(1)
    assert parameters(1) != parameters(2)
