"""The DataLoader wrapper: the same for any number of workers, new every epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from augkit import Compose, image
from augkit.adapters.torch import AugmentedDataset

PIPELINE = [
    image.HorizontalFlip(p=0.5),
    image.Rotate(degrees=(-20, 20)),
    image.RandomResizedCrop(size=16),
]


class Pictures:
    def __len__(self):
        return 12

    def __getitem__(self, index):
        generator = np.random.default_rng(index)
        return generator.integers(0, 256, (24, 24, 3), dtype=np.uint8), index


class Labelled(Pictures):
    def __getitem__(self, index):
        picture, _ = super().__getitem__(index)
        return {"image": picture, "mask": picture[..., 0], "name": f"item-{index}"}


def collected(dataset, **loader):
    found = {}
    for pictures, indices in DataLoader(dataset, batch_size=4, **loader):
        for picture, index in zip(pictures, indices, strict=True):
            found[int(index)] = picture.numpy().tobytes()
    return [found[index] for index in sorted(found)]


def augmented(seed=7):
    return AugmentedDataset(Pictures(), Compose(PIPELINE, seed=seed))


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_workers_change_nothing(context):
    expected = collected(augmented())
    for workers in (1, 2):
        made = collected(augmented(), num_workers=workers, multiprocessing_context=context)
        assert made == expected


def test_order_changes_nothing():
    generator = torch.Generator().manual_seed(1)
    assert collected(augmented(), shuffle=True, generator=generator) == collected(augmented())


def test_epochs_differ_and_come_back():
    dataset = augmented()
    epochs = []
    for epoch in (0, 1, 2, 0):
        dataset.set_epoch(epoch)
        epochs.append(collected(dataset))
    assert epochs[0] == epochs[3]
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_epoch_reaches_persistent_workers():
    dataset = augmented()
    loader = DataLoader(dataset, batch_size=4, num_workers=2, persistent_workers=True)

    def epoch(number):
        dataset.set_epoch(number)
        return [batch[0].numpy().tobytes() for batch in loader]

    first, second, again = epoch(0), epoch(1), epoch(0)
    assert first == again
    assert first != second


def test_without_a_seed_all_workers_share_one():
    dataset = AugmentedDataset(Pictures(), Compose(PIPELINE))
    assert collected(dataset, num_workers=2) == collected(dataset)


def test_mappings_keep_what_the_pipeline_does_not_take():
    dataset = AugmentedDataset(Labelled(), Compose(PIPELINE, seed=7), names=["image", "mask"])
    item = dataset[3]
    assert item["name"] == "item-3"
    assert item["image"].shape[:2] == item["mask"].shape == (16, 16)
    np.testing.assert_array_equal(item["image"], augmented()[3][0])


def test_names_that_are_not_known_or_not_there():
    with pytest.raises(ValueError, match=r"items hold 'name', .* names=\['image', 'mask'\]"):
        AugmentedDataset(Labelled(), Compose(PIPELINE, seed=7))[0]
    with pytest.raises(ValueError, match="names has 'picture', but items hold image, mask, name"):
        AugmentedDataset(Labelled(), Compose(PIPELINE, seed=7), names=["picture"])[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (PIPELINE, r"got list; write Compose\(\[\.\.\.\], seed=7\)"),
        (PIPELINE[0], r"got HorizontalFlip; write Compose\(\[HorizontalFlip\(\.\.\.\)\], seed=7\)"),
        (Pictures(), "pipeline must be a Compose, got Pictures"),
    ],
)
def test_what_is_no_pipeline(given, message):
    with pytest.raises(TypeError, match=message):
        AugmentedDataset(Pictures(), given)


def test_equal_to_the_pipeline_itself():
    pipeline = Compose(PIPELINE, seed=7)
    dataset = augmented()
    dataset.set_epoch(2)
    np.testing.assert_array_equal(dataset[5][0], pipeline(Pictures()[5][0], key=5, variant=2))


def test_bad_epochs_and_indices():
    dataset = augmented()
    for bad in (-1, 1.5, True, None):
        with pytest.raises(ValueError, match="epoch"):
            dataset.set_epoch(bad)
    with pytest.raises(IndexError):
        dataset[12]


class Segmented(Pictures):
    def __getitem__(self, index):
        picture, _ = super().__getitem__(index)
        return picture, picture[..., 0].copy(), index


def test_parts_of_a_tuple_move_together_when_they_are_named():
    dataset = AugmentedDataset(
        Segmented(), Compose([image.HorizontalFlip()], seed=1), names=["image", "mask"]
    )
    picture, mask, index = dataset[4]
    np.testing.assert_array_equal(picture[..., 0], mask)
    np.testing.assert_array_equal(picture, Segmented()[4][0][:, ::-1])
    assert index == 4


def test_parts_that_would_stay_behind_are_refused():
    flip = Compose([image.HorizontalFlip()], seed=1)
    with pytest.raises(TypeError, match="would not move with the image"):
        AugmentedDataset(Segmented(), flip)[0]
    with pytest.raises(TypeError, match="mapping"):
        AugmentedDataset([(Pictures()[0][0], {"boxes": [[0, 0, 2, 2]]})], flip)[0]
    with pytest.raises(ValueError, match="names has 4"):
        AugmentedDataset(Segmented(), flip, names=["image", "mask", "label", "map"])[0]


def test_labels_are_mixed_with_their_images():
    mixing = Compose([image.MixUp(weight=0.25)], seed=1)
    with pytest.raises(TypeError, match="mixes samples"):
        AugmentedDataset(Pictures(), mixing)[0]
    _, label = AugmentedDataset(Pictures(), mixing, names=["image", "label"])[0]
    assert sorted(label.values()) == [0.25, 0.75]
    assert 0 in label
