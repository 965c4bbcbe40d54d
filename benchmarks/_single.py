"""Single transforms: the same work in augkit, albumentations and Pillow.

Amounts are drawn from ranges so narrow that they are one value: the drawing is timed, and every
call does the same.
"""

from __future__ import annotations

import io
from typing import Any

import albumentations as A  # noqa: N812 (its own convention)
import numpy as np
from _case import Case, Picture, Work, near
from _geometry import geometry
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from augkit import image

__all__ = ["cases"]


def cases(size: int) -> list[Case]:
    """All transforms, for images of ``size`` x ``size``."""
    return [*geometry(size), *_colors(), *_histograms(), *_others(size)]


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
