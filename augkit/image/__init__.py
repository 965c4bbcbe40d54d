"""Augmentation of images, with masks, boxes, rotated boxes, polygons and keypoints.

>>> from augkit import Compose, image
>>> pipeline = Compose([image.HorizontalFlip(p=0.5), image.Brightness(factor=(0.8, 1.2))], seed=7)
"""

from __future__ import annotations

import importlib
from typing import Any

# Where each transform lives; a new one is one class and one name here.
_HOMES = {
    "blur": ("GaussianBlur", "MotionBlur", "Sharpen"),
    "color": (
        "Brightness",
        "ChannelShuffle",
        "ColorJitter",
        "Contrast",
        "Gamma",
        "Grayscale",
        "Hue",
        "Invert",
        "Posterize",
        "Saturation",
        "Solarize",
    ),
    "compression": ("JPEGCompression",),
    "erase": ("CoarseDropout",),
    "geometry": (
        "Affine",
        "CenterCrop",
        "CropAndPad",
        "ElasticTransform",
        "HorizontalFlip",
        "Pad",
        "Perspective",
        "RandomCrop",
        "RandomResizedCrop",
        "Resize",
        "Rotate",
        "Rotate90",
        "Shear",
        "Translate",
        "Transpose",
        "VerticalFlip",
        "Zoom",
    ),
    "mix": ("CutMix", "MixUp", "Mosaic"),
    "noise": ("GaussianNoise", "SaltAndPepper", "ShotNoise"),
    "policy": ("AugMix", "RandAugment", "TrivialAugment"),
    "tensor": ("Normalize",),
    "tone": ("CLAHE", "AutoContrast", "Equalize"),
}
TRANSFORMS = tuple(sorted(name for names in _HOMES.values() for name in names))
"""The names of all image transforms: the registry that specs, tests and `augkit ops` read."""

_BASES = ("Color", "Geometric", "ImageTransform", "PixelTransform", "Warping")
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_HOME_OF.update({name: "base" for name in _BASES})

__all__ = [*TRANSFORMS, *_BASES]  # noqa: PLE0604 (names computed above)


def __getattr__(name: str) -> Any:
    if name == "MODALITY":
        value: Any = importlib.import_module("augkit.image.modality").ImageModality()
    elif name in _HOME_OF:
        value = getattr(importlib.import_module(f"augkit.image.{_HOME_OF[name]}"), name)
    else:
        raise AttributeError(f"module 'augkit.image' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
