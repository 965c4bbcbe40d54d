"""Two pipelines, bare and with labels, in augkit and albumentations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import albumentations as A  # noqa: N812
import numpy as np
from numpy.typing import NDArray

from augkit import Compose, image
from augkit.core.transform import Node

__all__ = ["Pipeline", "crowd", "instances", "labels", "pipelines"]


@dataclass(frozen=True)
class Pipeline:
    """A chain in both libraries.

    Attributes:
        name: in words.
        ours, peers: make the transforms.
        channels_first: whether the result is (C, H, W).
        target: how many times as fast as albumentations it should be.
    """

    name: str
    ours: Callable[[], Sequence[Node]]
    peers: Callable[[], Sequence[Any]]
    channels_first: bool
    target: float

    def compose(self) -> Compose:
        """The pipeline in augkit."""
        return Compose(self.ours(), seed=7)

    def compose_peer(self, *, labelled: bool = False) -> Any:
        """The pipeline in albumentations."""
        if not labelled:
            return A.Compose(self.peers(), seed=7)
        return A.Compose(
            self.peers(),
            bbox_params=A.BboxParams(format="pascal_voc", label_fields=["labels"]),
            keypoint_params=A.KeypointParams(format="xy"),
            seed=7,
        )


def pipelines(size: int = 224) -> list[Pipeline]:
    """The two; the second ends with images of ``size`` x ``size``."""
    return [
        Pipeline(
            "HorizontalFlip, Rotate, Affine, Brightness/Contrast, ColorJitter, GaussianNoise",
            lambda: [
                image.HorizontalFlip(p=0.5),
                image.Rotate(degrees=(-20, 20)),
                image.Affine(degrees=(-10, 10), scale=(0.9, 1.1), shear=(-5, 5)),
                image.Brightness(factor=(0.8, 1.2)),
                image.Contrast(factor=(0.8, 1.2)),
                image.ColorJitter(),
                image.GaussianNoise(std=(0.02, 0.05)),
            ],
            lambda: [
                A.HorizontalFlip(p=0.5),
                A.Rotate(limit=(-20, 20), p=1),
                A.Affine(rotate=(-10, 10), scale=(0.9, 1.1), shear={"x": (-5, 5)}, p=1),
                A.RandomBrightnessContrast(p=1),
                A.ColorJitter(hue=(-0.05, 0.05), p=1),
                A.GaussNoise(std_range=(0.02, 0.05), p=1),
            ],
            channels_first=False,
            target=5,
        ),
        Pipeline(
            f"HorizontalFlip, Rotate, Shear, RandomResizedCrop({size}), Normalize, CHW",
            lambda: [
                image.HorizontalFlip(p=0.5),
                image.Rotate(degrees=(-20, 20)),
                image.Shear(shear=(-10, 10)),
                image.RandomResizedCrop(size=size),
                image.Normalize(),
            ],
            lambda: [
                A.HorizontalFlip(p=0.5),
                A.Rotate(limit=(-20, 20), p=1),
                A.Affine(shear={"x": (-10, 10)}, p=1),
                A.RandomResizedCrop(size=(size, size)),
                A.Normalize(),
            ],
            channels_first=True,
            target=8,
        ),
    ]


def labels(size: int) -> dict[str, NDArray[Any]]:
    """20 boxes with classes, a mask of their union and 10 keypoints, on ``size`` x ``size``."""
    random = np.random.default_rng(1)
    corners = random.uniform(0.05, 0.7, (20, 2)) * size
    boxes = np.concatenate([corners, corners + random.uniform(0.05, 0.25, (20, 2)) * size], axis=1)
    mask = np.zeros((size, size), np.uint8)
    for number, (left, top, right, bottom) in enumerate(boxes.astype(int)):
        mask[top:bottom, left:right] = number + 1
    return {
        "mask": mask,
        "boxes": boxes,
        "labels": np.arange(20) % 5,
        "keypoints": random.uniform(0.1, 0.9, (10, 2)) * size,
    }


def crowd(size: int) -> dict[str, NDArray[Any]]:
    """500 small boxes with classes and 6,000 keypoints, on ``size`` x ``size``."""
    random = np.random.default_rng(2)
    corners = random.uniform(0.0, 0.9, (500, 2)) * size
    sides = random.uniform(0.01, 0.1, (500, 2)) * size
    return {
        "boxes": np.concatenate([corners, corners + sides], axis=1),
        "labels": np.arange(500) % 7,
        "keypoints": random.uniform(0.0, 1.0, (6000, 2)) * size,
    }


def instances(size: int) -> dict[str, NDArray[Any]]:
    """20 boxes with classes, and a mask for each of them, on ``size`` x ``size``."""
    known = labels(size)
    masks = np.zeros((20, size, size), np.uint8)
    for mask, (left, top, right, bottom) in zip(masks, known["boxes"].astype(int), strict=True):
        mask[top:bottom, left:right] = 1
    return {"boxes": known["boxes"], "labels": known["labels"], "masks": masks}
