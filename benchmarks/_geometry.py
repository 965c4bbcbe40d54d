"""Transforms that move pixels: the same work in augkit, albumentations and Pillow."""

from __future__ import annotations

import math

import albumentations as A  # noqa: N812
import cv2
import numpy as np
from _case import HAIR, Case, Picture, Work, near
from PIL import Image, ImageOps

from augkit import image

__all__ = ["geometry"]

BILINEAR = Image.Resampling.BILINEAR
TURN = Image.Transpose


def geometry(size: int) -> list[Case]:
    """All of them, for images of ``size`` x ``size``."""
    return [*_flips(), *_warps(size), *_crops(size)]


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
