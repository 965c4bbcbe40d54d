"""Augmentation of images, with masks, boxes, rotated boxes, polygons and keypoints.

>>> from augkit import Compose, image
>>> pipeline = Compose([image.HorizontalFlip(p=0.5), image.Brightness(factor=(0.8, 1.2))], seed=7)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:  # so that editors and type checkers see what is imported on use
    from augkit.image.base import Color as Color
    from augkit.image.base import Geometric as Geometric
    from augkit.image.base import ImageTransform as ImageTransform
    from augkit.image.base import PixelTransform as PixelTransform
    from augkit.image.base import Warping as Warping
    from augkit.image.blur import GaussianBlur as GaussianBlur
    from augkit.image.blur import MotionBlur as MotionBlur
    from augkit.image.blur import Sharpen as Sharpen
    from augkit.image.color import Brightness as Brightness
    from augkit.image.color import BrightnessShift as BrightnessShift
    from augkit.image.color import ChannelShuffle as ChannelShuffle
    from augkit.image.color import ColorJitter as ColorJitter
    from augkit.image.color import Contrast as Contrast
    from augkit.image.color import Gamma as Gamma
    from augkit.image.color import Grayscale as Grayscale
    from augkit.image.color import Hue as Hue
    from augkit.image.color import Invert as Invert
    from augkit.image.color import Posterize as Posterize
    from augkit.image.color import Saturation as Saturation
    from augkit.image.color import Solarize as Solarize
    from augkit.image.compression import JPEGCompression as JPEGCompression
    from augkit.image.crops import CenterCrop as CenterCrop
    from augkit.image.crops import CropAndPad as CropAndPad
    from augkit.image.crops import Pad as Pad
    from augkit.image.crops import RandomCrop as RandomCrop
    from augkit.image.crops import RandomResizedCrop as RandomResizedCrop
    from augkit.image.crops import Resize as Resize
    from augkit.image.erase import CoarseDropout as CoarseDropout
    from augkit.image.flips import HorizontalFlip as HorizontalFlip
    from augkit.image.flips import Rotate90 as Rotate90
    from augkit.image.flips import Transpose as Transpose
    from augkit.image.flips import VerticalFlip as VerticalFlip
    from augkit.image.mix import CutMix as CutMix
    from augkit.image.mix import MixUp as MixUp
    from augkit.image.mix import Mosaic as Mosaic
    from augkit.image.noise import GaussianNoise as GaussianNoise
    from augkit.image.noise import SaltAndPepper as SaltAndPepper
    from augkit.image.noise import ShotNoise as ShotNoise
    from augkit.image.policy import AugMix as AugMix
    from augkit.image.policy import RandAugment as RandAugment
    from augkit.image.policy import TrivialAugment as TrivialAugment
    from augkit.image.tensor import Normalize as Normalize
    from augkit.image.tone import CLAHE as CLAHE
    from augkit.image.tone import AutoContrast as AutoContrast
    from augkit.image.tone import Equalize as Equalize
    from augkit.image.warps import Affine as Affine
    from augkit.image.warps import ElasticTransform as ElasticTransform
    from augkit.image.warps import Perspective as Perspective
    from augkit.image.warps import Rotate as Rotate
    from augkit.image.warps import Shear as Shear
    from augkit.image.warps import Translate as Translate
    from augkit.image.warps import Zoom as Zoom

# Where each transform lives; a new one is one class and one name here.
_HOMES = {
    "blur": ("GaussianBlur", "MotionBlur", "Sharpen"),
    "color": (
        "Brightness",
        "BrightnessShift",
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
    "crops": (
        "CenterCrop",
        "CropAndPad",
        "Pad",
        "RandomCrop",
        "RandomResizedCrop",
        "Resize",
    ),
    "erase": ("CoarseDropout",),
    "flips": ("HorizontalFlip", "Rotate90", "Transpose", "VerticalFlip"),
    "mix": ("CutMix", "MixUp", "Mosaic"),
    "noise": ("GaussianNoise", "SaltAndPepper", "ShotNoise"),
    "policy": ("AugMix", "RandAugment", "TrivialAugment"),
    "tensor": ("Normalize",),
    "tone": ("CLAHE", "AutoContrast", "Equalize"),
    "warps": (
        "Affine",
        "ElasticTransform",
        "Perspective",
        "Rotate",
        "Shear",
        "Translate",
        "Zoom",
    ),
}
TRANSFORMS = tuple(sorted(name for names in _HOMES.values() for name in names))
"""The names of all image transforms: the registry that specs, tests and `augkit ops` read."""

# What is no transform.
_MORE = {"base": ("Color", "Geometric", "ImageTransform", "PixelTransform", "Warping")}

__all__ = [*TRANSFORMS, *(name for names in _MORE.values() for name in names)]

__getattr__, __dir__ = lazily(
    __name__,
    _HOMES,
    _MORE,
    {"modality": ("MODALITY",), "elsewhere": ("ELSEWHERE",)},
    transforms=True,
)
