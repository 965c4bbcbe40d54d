"""Data sets of Hugging Face: mapped, transformed when they are read, and in a training loop."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

from augkit import Compose, image, text
from augkit.adapters.columns import AugmentedColumns
from augkit.adapters.torch import AugmentedDataset

SENTENCES = [f"the {word} film was long and dull" for word in ("first", "second", "third", "last")]
WORDS = Compose([text.RandomDeletion(n=1), text.RandomSwap(n=1)], seed=7)
FLIPS = Compose([image.HorizontalFlip(p=0.5), image.Rotate(degrees=(-20, 20))], seed=7)


@pytest.fixture(autouse=True)
def _quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    datasets.disable_progress_bars()


@pytest.fixture
def reviews() -> datasets.Dataset:
    ids = [f"r{number}" for number in range(40)]
    return datasets.Dataset.from_dict({"text": SENTENCES * 10, "id": ids, "label": [0, 1] * 20})


@pytest.fixture
def photos() -> datasets.Dataset:
    generator = np.random.default_rng(0)
    pixels = [generator.integers(0, 256, (16, 16, 3), dtype=np.uint8) for _ in range(12)]
    data = {"image": [Image.fromarray(one) for one in pixels], "label": list(range(12))}
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("int64")})
    return datasets.Dataset.from_dict(data, features=features)


def test_map_does_not_depend_on_batches_and_processes(reviews: datasets.Dataset) -> None:
    augmented = AugmentedColumns(WORDS, variants=2, originals=True)
    made = [
        reviews.map(
            augmented, batched=True, with_indices=True, batch_size=size, num_proc=processes,
            load_from_cache_file=False,
        )
        for size, processes in ((40, None), (7, None), (5, 2))
    ]  # fmt: skip
    assert len(made[0]) == 120
    for one in made[1:]:
        assert one["text"][:] == made[0]["text"][:]
        assert one["variant"][:] == made[0]["variant"][:]
    assert made[0]["text"][1] == WORDS(SENTENCES[0], key=0, variant=0)
    assert made[0]["label"][:6] == [0, 0, 0, 1, 1, 1]


def test_the_same_map_is_found_again(reviews: datasets.Dataset) -> None:
    """The library hashes what it is given: an equal pipeline is the same one."""
    prints = [
        datasets.fingerprint.Hasher.hash(
            AugmentedColumns(Compose(list(WORDS.transforms), seed=seed))
        )
        for seed in (7, 7, 8)
    ]
    assert prints[0] == prints[1] != prints[2]


def test_transformed_when_read(reviews: datasets.Dataset) -> None:
    reviews.set_transform(AugmentedColumns(WORDS, key="id"))
    assert reviews[3]["text"] == WORDS(SENTENCES[3], key="r3", variant=0)
    some = reviews.select([5, 3])  # an order of its own
    assert some[1]["text"] == reviews[3]["text"]
    assert some[0:2]["text"] == [reviews[5]["text"], reviews[3]["text"]]


def test_images_in_columns(photos: datasets.Dataset) -> None:
    made = photos.map(
        AugmentedColumns(FLIPS, variants=2), batched=True, with_indices=True, batch_size=5
    )
    assert len(made) == 24
    expected = FLIPS(photos[7]["image"], key=7, variant=1)
    np.testing.assert_array_equal(np.asarray(made[15]["image"]), np.asarray(expected))
    assert made[15]["label"] == 7


@pytest.mark.parametrize("workers", [0, 2])
def test_in_a_training_loop(photos: datasets.Dataset, workers: int) -> None:
    tensors = Compose([*FLIPS.transforms, image.Normalize()], seed=7)
    dataset = AugmentedDataset(photos, tensors, names=["image"])
    seen = {}
    for epoch in range(2):
        dataset.set_epoch(epoch)
        for batch in DataLoader(dataset, batch_size=5, shuffle=True, num_workers=workers):
            for picture, label in zip(batch["image"], batch["label"], strict=True):
                seen[epoch, int(label)] = picture.numpy()
    assert len(seen) == 24
    expected = tensors(photos[4]["image"], key=4, variant=1)
    np.testing.assert_array_equal(seen[1, 4], expected)
