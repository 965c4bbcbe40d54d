"""Single transforms: the same work in augkit, albumentations and Pillow.

Amounts are drawn from ranges so narrow that they are one value: the drawing is timed, and every
call does the same.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import albumentations as A  # noqa: N812 (its own convention)
import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from augkit import image
from augkit.core.transform import Node

__all__ = ["Case", "cases"]

Picture: TypeAlias = Image.Image
Work: TypeAlias = Callable[[Picture], Picture]

BILINEAR = Image.Resampling.BILINEAR
TURN = Image.Transpose
HAIR = 1e-6  # width of a range that is one value


@dataclass(frozen=True)
class Case:
    """One transform.

    Attributes:
        name: how it is called in the table, and in `_torchvision`.
        ours: of augkit.
        peer: of albumentations, if it has it.
        pillow: the same with Pillow, if it has it.
        note: where a peer does less or something else.
        random: whether the results differ from call to call, and cannot be compared.
        channels_first: whether the result is (C, H, W); albumentations leaves that to PyTorch.
        course: whether it is one of the course's, which the target names first.
    """

    name: str
    ours: Node
    peer: Any = None
    pillow: Work | None = None
    note: str = ""
    random: bool = False
    channels_first: bool = False
    course: bool = False


def near(value: float) -> tuple[float, float]:
    """A range that is one value."""
    return value, value + HAIR


def cases(size: int) -> list[Case]:
    """All transforms, for images of ``size`` x ``size``."""
    return [*_flips(), *_warps(size), *_crops(size), *_colors(), *_histograms(), *_others(size)]


# -- geometry ----------------------------------------------------------------------------------


def _flips() -> list[Case]:
    return [
        Case(
            "horizontal flip",
            image.HorizontalFlip(),
            A.HorizontalFlip(p=1),
            lambda x: x.transpose(TURN.FLIP_LEFT_RIGHT),
            course=True,
        ),
        Case(
            "vertical flip",
            image.VerticalFlip(),
            A.VerticalFlip(p=1),
            lambda x: x.transpose(TURN.FLIP_TOP_BOTTOM),
            course=True,
        ),
        Case(
            "rotate by 90 degrees",
            image.Rotate90(turns=(0, 3)),
            A.RandomRotate90(p=1),
            _quarter_turns(),
            "0 to 3 turns at random",
            random=True,
        ),
        Case(
            "transpose",
            image.Transpose(),
            A.Transpose(p=1),
            lambda x: x.transpose(TURN.TRANSPOSE),
        ),
    ]


def _quarter_turns() -> Work:
    turns = [None, TURN.ROTATE_90, TURN.ROTATE_180, TURN.ROTATE_270]
    calls = 0

    def turn(picture: Picture) -> Picture:
        nonlocal calls
        calls += 1
        how = turns[calls % 4]
        return picture.copy() if how is None else picture.transpose(how)

    return turn


def _warps(size: int) -> list[Case]:
    tilt = math.tan(math.radians(12))
    elastic = A.ElasticTransform(alpha=size / 2, sigma=max(size / 10, 1), p=1)
    return [
        Case(
            "rotate",
            image.Rotate(degrees=near(17)),
            A.Rotate(limit=near(17), p=1),
            lambda x: x.rotate(17, BILINEAR),
            course=True,
        ),
        Case(
            "zoom in",
            image.Zoom(scale=near(1.2)),
            A.Affine(scale=near(1.2), p=1),
            _affine(size, 1.2, 0, 0, 1.2),
            course=True,
        ),
        Case(
            "zoom out",
            image.Zoom(scale=near(0.7)),
            A.Affine(scale=near(0.7), p=1),
            _affine(size, 0.7, 0, 0, 0.7),
            "only augkit antialiases",
            course=True,
        ),
        Case(
            "translate",
            image.Translate(translate={"x": near(0.0507), "y": near(-0.0307)}),
            A.Affine(translate_percent={"x": near(0.0507), "y": near(-0.0307)}, p=1),
            _affine(size, 1, 0, 0, 1, 0.0507 * size, -0.0307 * size),
            "peers with whole pixels interpolate as well",
            course=True,
        ),
        Case(
            "shear",
            image.Shear(shear=near(12)),
            A.Affine(shear={"x": (-12 - HAIR, -12), "y": (0, 0)}, p=1),
            _affine(size, 1, tilt, 0, 1),
            course=True,
        ),
        Case(
            "affine",
            image.Affine(
                degrees=near(10),
                scale=near(1.1),
                shear=near(5),
                translate={"x": near(0.05), "y": near(0.02)},
            ),
            A.Affine(
                rotate=near(10),
                scale=near(1.1),
                shear={"x": (-5 - HAIR, -5), "y": (0, 0)},
                translate_percent={"x": near(0.05), "y": near(0.02)},
                p=1,
            ),
            _affine(size, 1.08, 0.28, -0.19, 1.07, 0.05 * size, 0.02 * size),
        ),
        Case(
            "perspective",
            image.Perspective(scale=near(0.05)),
            A.Perspective(scale=near(0.05), p=1),
            _perspective(size),
            random=True,
        ),
        Case(
            "elastic",
            image.ElasticTransform(displacement=near(0.03), cells=5),
            elastic,
            None,
            "about as smooth",
            random=True,
        ),
    ]


def _affine(
    size: int, a: float, b: float, c: float, d: float, right: float = 0, down: float = 0
) -> Work:
    """Pillow's way: the inverse of the matrix about the middle."""
    half = size / 2
    matrix = np.array([[a, b, half + right - a * half - b * half], [c, d, 0], [0, 0, 1.0]])
    matrix[1, 2] = half + down - c * half - d * half
    data = tuple(np.linalg.inv(matrix)[:2].ravel().tolist())
    return lambda x: x.transform(x.size, Image.Transform.AFFINE, data, BILINEAR)


def _perspective(size: int) -> Work:
    data = (1.02, 0.03, -0.02 * size, -0.01, 1.05, 0.01 * size, 0.02 / size, 0.04 / size)
    return lambda x: x.transform(x.size, Image.Transform.PERSPECTIVE, data, BILINEAR)


def _crops(size: int) -> list[Case]:
    part, border = size * 3 // 4, size // 8
    small, large = size * 7 // 16, size * 3 // 2
    crop = round(math.sqrt(0.5) * size)
    return [
        Case(
            "random crop",
            image.RandomCrop(size=part),
            A.RandomCrop(height=part, width=part),
            lambda x: x.crop((9, 5, 9 + part, 5 + part)),
            random=True,
            course=True,
        ),
        Case(
            "pad",
            image.Pad(pixels=border),
            A.Pad(padding=border),
            lambda x: ImageOps.expand(x, border),
            course=True,
        ),
        Case(
            "resize down",
            image.Resize(size=small),
            A.Resize(height=small, width=small, interpolation=cv2.INTER_AREA),
            lambda x: x.resize((small, small), BILINEAR),
            "antialiased; albumentations by areas",
        ),
        Case(
            "resize up",
            image.Resize(size=large),
            A.Resize(height=large, width=large),
            lambda x: x.resize((large, large), BILINEAR),
        ),
        Case(
            "random resized crop",
            image.RandomResizedCrop(size=224, scale=near(0.5), ratio=near(1)),
            A.RandomResizedCrop(size=(224, 224), scale=near(0.5), ratio=near(1)),
            lambda x: x.resize((224, 224), BILINEAR, (9, 5, 9 + crop, 5 + crop)),
            "to 224; albumentations does not antialias",
            random=True,
        ),
    ]


# -- color -------------------------------------------------------------------------------------


def _colors() -> list[Case]:
    jitter = A.ColorJitter(
        brightness=near(1.2), contrast=near(1.2), saturation=near(1.2), hue=near(0.05), p=1
    )
    return [
        Case(
            "brightness",
            image.Brightness(factor=near(1.2)),
            A.RandomBrightnessContrast(brightness_limit=(0, 0), contrast_limit=near(0.2), p=1),
            lambda x: ImageEnhance.Brightness(x).enhance(1.2),
            course=True,
        ),
        Case(
            "contrast",
            image.Contrast(factor=near(1.2)),
            _jitter(contrast=near(1.2)),
            lambda x: ImageEnhance.Contrast(x).enhance(1.2),
            "about the mean",
            course=True,
        ),
        Case(
            "saturation",
            image.Saturation(factor=near(1.2)),
            _jitter(saturation=near(1.2)),
            lambda x: ImageEnhance.Color(x).enhance(1.2),
        ),
        Case(
            "hue",
            image.Hue(hue=near(0.05)),
            _jitter(hue=near(0.05)),
            _shifted_hue,
            "peers by way of 8-bit HSV",
        ),
        Case(
            "color jitter",
            image.ColorJitter(
                brightness=near(1.2), contrast=near(1.2), saturation=near(1.2), hue=near(0.05)
            ),
            jitter,
            _jittered,
            "all four",
            course=True,
        ),
        Case(
            "grayscale",
            image.Grayscale(),
            A.ToGray(p=1),
            lambda x: x.convert("L").convert("RGB"),
        ),
        Case(
            "gamma",
            image.Gamma(gamma=near(1.2)),
            A.RandomGamma(gamma_limit=(120, 120.001), p=1),
            _gamma(1.2),
        ),
        Case(
            "posterize",
            image.Posterize(bits=4),
            A.Posterize(num_bits=4, p=1),
            lambda x: ImageOps.posterize(x, 4),
        ),
        Case(
            "solarize",
            image.Solarize(threshold=near(0.5)),
            A.Solarize(threshold_range=near(0.5), p=1),
            lambda x: ImageOps.solarize(x, 128),
        ),
        Case(
            "normalize and channels first",
            image.Normalize(),
            A.Normalize(),
            channels_first=True,
        ),
    ]


def _jitter(**given: tuple[float, float]) -> Any:
    neutral = {"brightness": (1, 1), "contrast": (1, 1), "saturation": (1, 1), "hue": (0, 0)}
    return A.ColorJitter(**{**neutral, **given}, p=1)


def _shifted_hue(picture: Picture) -> Picture:
    hue, saturation, value = picture.convert("HSV").split()
    shifted = np.asarray(hue) + np.uint8(13)
    return Image.merge("HSV", (Image.fromarray(shifted), saturation, value)).convert("RGB")


def _jittered(picture: Picture) -> Picture:
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = kind(picture).enhance(1.2)
    return _shifted_hue(picture)


def _gamma(gamma: float) -> Work:
    def work(picture: Picture) -> Picture:
        return picture.point([round(255 * (level / 255) ** gamma) for level in range(256)] * 3)

    return work


def _histograms() -> list[Case]:
    return [
        Case("equalize", image.Equalize(), A.Equalize(p=1), ImageOps.equalize),
        Case(
            "autocontrast",
            image.AutoContrast(),
            A.AutoContrast(method="pil", p=1),
            ImageOps.autocontrast,
        ),
        Case(
            "CLAHE",
            image.CLAHE(clip_limit=near(4), tiles=8),
            A.CLAHE(clip_limit=near(4), tile_grid_size=(8, 8), p=1),
            None,
            "luma; albumentations the L of Lab",
        ),
    ]


# -- noise, filters, losses --------------------------------------------------------------------


def _others(size: int) -> list[Case]:
    hole = size // 8
    return [
        Case(
            "gaussian noise",
            image.GaussianNoise(std=near(0.05)),
            A.GaussNoise(std_range=near(0.05), p=1),
            random=True,
            course=True,
        ),
        Case(
            "salt and pepper",
            image.SaltAndPepper(amount=near(0.02)),
            A.SaltAndPepper(amount=near(0.02), salt_vs_pepper=near(0.5), p=1),
            random=True,
        ),
        Case(
            "gaussian blur",
            image.GaussianBlur(sigma=near(1.5)),
            A.GaussianBlur(blur_limit=0, sigma_limit=near(1.5), p=1),
            lambda x: x.filter(ImageFilter.GaussianBlur(1.5)),
            "13 taps; albumentations 11, Pillow boxes",
        ),
        Case(
            "motion blur",
            image.MotionBlur(length=near(8), degrees=near(30)),
            A.MotionBlur(
                blur_limit=(9, 9),
                angle_range=near(150),
                direction_range=(0, 0),
                allow_shifted=False,
                p=1,
            ),
            None,
            "9 x 9; augkit's line is antialiased",
        ),
        Case(
            "sharpen",
            image.Sharpen(factor=near(1.5)),
            A.Sharpen(alpha=near(0.5 / 13), lightness=near(1), p=1),
            lambda x: ImageEnhance.Sharpness(x).enhance(1.5),
            "3 x 3",
        ),
        Case(
            "coarse dropout",
            image.CoarseDropout(holes=4, height=near(0.125), width=near(0.125)),
            A.CoarseDropout(
                num_holes_range=(4, 4),
                hole_height_range=near(0.125),
                hole_width_range=near(0.125),
                p=1,
            ),
            _holes(hole),
            "4 holes",
            random=True,
        ),
        Case(
            "JPEG compression",
            image.JPEGCompression(quality=80),
            A.ImageCompression(quality_range=(80, 80), p=1),
            _compressed,
            "augkit is Pillow here; albumentations OpenCV",
        ),
    ]


def _holes(side: int) -> Work:
    def work(picture: Picture) -> Picture:
        done = picture.copy()
        draw = ImageDraw.Draw(done)
        for place in range(4):
            left, top = 3 + place * side, 5 + place * side
            draw.rectangle((left, top, left + side - 1, top + side - 1), 0)
        return done

    return work


def _compressed(picture: Picture) -> Picture:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, subsampling="4:2:0")
    done = Image.open(file)
    done.load()
    return done
