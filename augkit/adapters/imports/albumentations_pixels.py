"""Transforms of albumentations that change values, and what does the same here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from augkit import image
from augkit.adapters.imports.given import Given, Mapper, Value, high, low, mapped
from augkit.core.transform import Node

__all__ = ["HINTS", "PIXELS", "TO_TENSOR"]

TO_TENSOR = "followed by ToTensorV2"
"""A parameter of Normalize that says so."""

HUE = "hue is turned in YIQ, which keeps the luma and leaves gray gray; there it is turned in HSV of 8 bits"


def _brightness_contrast(given: Given) -> Sequence[Node]:
    contrast = mapped(given.span("contrast_limit", (-0.2, 0.2)), lambda limit: 1 + limit)
    brightness = given.span("brightness_limit", (-0.2, 0.2))
    if not given.take("brightness_by_max", True) and brightness != 0:
        given.note("brightness is added as a fraction of the full range, not of the image's mean")
    if given.take("ensure_safe_range", False):
        given.note("values that leave the range are clipped, not kept inside")
    nodes: list[Node] = []
    if contrast != 1:
        nodes.append(image.Contrast(factor=contrast, pivot=0.0))
    if brightness != 0:
        nodes.append(image.BrightnessShift(shift=brightness))
    return nodes


def _color_jitter(given: Given) -> Sequence[Node]:
    hue = given.span("hue", (-0.5, 0.5))
    if hue != 0:
        given.note(HUE)
    return [
        image.ColorJitter(
            brightness=given.span("brightness", (0.8, 1.2)),
            contrast=given.span("contrast", (0.8, 1.2)),
            saturation=given.span("saturation", (0.8, 1.2)),
            hue=hue,
        )
    ]


def _hue_saturation_value(given: Given) -> Sequence[Node]:
    hue = mapped(given.span("hue_shift_limit", (-20, 20)), lambda steps: steps / 180)
    saturation = mapped(given.span("sat_shift_limit", (-30, 30)), lambda levels: 1 + levels / 255)
    value = mapped(given.span("val_shift_limit", (-20, 20)), lambda levels: levels / 255)
    nodes: list[Node] = []
    if hue != 0:
        given.note(HUE)
        nodes.append(image.Hue(hue=hue))
    if saturation != 1:
        given.note(
            "saturation is multiplied, by 1 + shift / 255; there the shift is added in HSV, which "
            "colors pale pixels more"
        )
        nodes.append(image.Saturation(factor=saturation))
    if value != 0:
        given.note("the value's shift is added to all three channels, not to the largest in HSV")
        nodes.append(image.BrightnessShift(shift=value))
    return nodes


def _gray(given: Given) -> Sequence[Node]:
    given.only("num_output_channels", 3, because="channels are kept")
    method = given.take("method", "weighted_average")
    if method != "weighted_average":
        given.note(f"gray is the luma (weighted average), not {method!r}")
    return [image.Grayscale()]


def _posterize(given: Given) -> Sequence[Node]:
    bits = given.take("num_bits", 4)
    if isinstance(bits, list | tuple) and any(isinstance(one, list | tuple) for one in bits):
        given.refuse("num_bits per channel")
    low_bits, high_bits = bits if isinstance(bits, list | tuple) else (bits, bits)
    both = int(low_bits), int(high_bits)
    return [image.Posterize(bits=both[0] if both[0] == both[1] else both)]


def _equalize(given: Given) -> Sequence[Node]:
    given.only("mask", None, because="the whole image is equalized")
    given.take("mask_params")
    if not given.take("by_channels", True):
        given.note("each channel is equalized by itself, not the luma alone")
    given.take("mode")
    given.note("levels are counted as Pillow itself does: some levels apart")
    return [image.Equalize()]


def _auto_contrast(given: Given) -> Sequence[Node]:
    given.only("ignore", None, because="no value is ignored")
    if given.take("method", "cdf") == "cdf":
        given.note(
            "stretched linearly, as Pillow does (method='pil'), not by the cumulated histogram"
        )
    return [image.AutoContrast(cutoff=float(given.take("cutoff", 0)) / 100)]


def _clahe(given: Given) -> Sequence[Node]:
    tiles = given.take("tile_grid_size", (8, 8))
    given.note("of color images the luma is equalized, not the lightness of CIELAB")
    across, down = map(int, tiles)  # OpenCV counts columns first
    return [image.CLAHE(clip_limit=given.span("clip_limit", (1, 4)), tiles=(down, across))]


def _gauss_noise(given: Given) -> Sequence[Node]:
    if given.span("mean_range", (0, 0)) != 0:
        given.refuse("mean_range other than 0; add BrightnessShift for it")
    if given.take("noise_scale_factor", 1) != 1:
        given.note("noise has a value of its own in each pixel, none is drawn coarser and enlarged")
    std = given.span("std_range", (0.2, 0.44))
    return [image.GaussianNoise(std=std, per_channel=bool(given.take("per_channel", True)))]


def _shot_noise(given: Given) -> Sequence[Node]:
    from augkit.core.distributions import choice

    scale = given.span("scale_range", (0.1, 0.3))
    given.note(
        "photons are counted in proportion to the values as they are; there in linear light "
        "(values to the power of 2.2), which leaves dark parts with less noise"
    )
    if isinstance(scale, tuple):
        # Uniform in the scale is not uniform in its inverse: as many values as matter.
        steps = [scale[0] + (scale[1] - scale[0]) * k / 8 for k in range(9)]
        return [image.ShotNoise(photons=choice([1 / step for step in steps]))]
    return [image.ShotNoise(photons=1 / scale)]


def _salt_and_pepper(given: Given) -> Sequence[Node]:
    amount = given.span("amount", (0.01, 0.06))
    return [image.SaltAndPepper(amount=amount, salt_fraction=given.span("salt_vs_pepper", 0.5))]


def _multiplicative(given: Given) -> Sequence[Node]:
    given.only("elementwise", False, because="one factor for the whole image")
    given.only("per_channel", False, because="one factor for all channels")
    return [image.Brightness(factor=given.span("multiplier", (0.9, 1.1)))]


def _gaussian_blur(given: Given) -> Sequence[Node]:
    limit = given.span("blur_limit", 0)
    sigma = given.span("sigma_limit", (0.5, 3.0))
    if high(limit) > 0:
        given.note("the kernel reaches four standard deviations, whatever blur_limit")
        if sigma == 0:  # OpenCV: from the size of the kernel
            sigma = mapped(limit, lambda size: 0.3 * ((size - 1) * 0.5 - 1) + 0.8)
    return [image.GaussianBlur(sigma=sigma)]


def _box_blur(given: Given) -> Sequence[Node]:
    given.note("blurred by a Gaussian of the same spread, not by a box")
    limit = given.span("blur_limit", (3, 7))
    return [image.GaussianBlur(sigma=mapped(limit, lambda size: ((size * size - 1) / 12) ** 0.5))]


def _motion_blur(given: Given) -> Sequence[Node]:
    limit = given.span("blur_limit", (3, 7))
    degrees = mapped(given.span("angle_range", (0, 360)), lambda angle: -angle)
    if given.take("allow_shifted", True):
        given.note("the line goes through the pixel; it is never shifted to one side")
    if given.span("direction_range", (-1, 1)) != 0:
        given.note("the line is as long to both sides of the pixel")
    given.note("the line is drawn with weights between pixels; there with whole ones")
    return [image.MotionBlur(length=mapped(limit, lambda size: size - 1), degrees=_half(degrees))]


def _half(degrees: Value) -> Value:
    """Directions of a line: half a turn is all there is."""
    if not isinstance(degrees, tuple):
        return degrees % 180
    width = min(degrees[1] - degrees[0], 180.0)
    start = degrees[0] % 180
    return (start, start + width) if start + width <= 180 or width < 180 else (0.0, 180.0)


def _compression(given: Given) -> Sequence[Node]:
    given.only("compression_type", "jpeg", because="JPEG alone")
    given.note("red is written as red; there it changes places with blue while in JPEG")
    low_quality, high_quality = given.take("quality_range", (99, 100))
    both = int(low_quality), int(high_quality)
    return [image.JPEGCompression(quality=both[0] if both[0] == both[1] else both)]


def _normalize(given: Given) -> Sequence[Node]:
    given.only("normalization", "standard", because="by mean and std that are told")
    given.only(
        "max_pixel_value", 255.0, 255, 1.0, None, because="values are fractions of the range"
    )
    mean, std = given.take("mean"), given.take("std")
    if not given.take(TO_TENSOR, False):
        given.note("the result has the channels first, (C, H, W), as ToTensorV2 would make it")
    return [image.Normalize(mean=_per_channel(mean), std=_per_channel(std))]


def _per_channel(value: Any) -> Any:
    return tuple(map(float, value)) if isinstance(value, list | tuple) else float(value)


def _gamma(given: Given) -> Sequence[Node]:
    gamma = mapped(given.span("gamma_limit", (80, 120)), lambda percent: percent / 100)
    if low(gamma) <= 0:
        given.refuse("gamma_limit has to be above 0")
    return [image.Gamma(gamma=gamma)]


PIXELS: dict[str, Mapper] = {
    "AutoContrast": _auto_contrast,
    "Blur": _box_blur,
    "CLAHE": _clahe,
    "ChannelShuffle": lambda given: [image.ChannelShuffle()],
    "ColorJitter": _color_jitter,
    "Equalize": _equalize,
    "GaussNoise": _gauss_noise,
    "GaussianBlur": _gaussian_blur,
    "HueSaturationValue": _hue_saturation_value,
    "ImageCompression": _compression,
    "InvertImg": lambda given: [image.Invert()],
    "MotionBlur": _motion_blur,
    "MultiplicativeNoise": _multiplicative,
    "Normalize": _normalize,
    "Posterize": _posterize,
    "RandomBrightnessContrast": _brightness_contrast,
    "RandomGamma": _gamma,
    "SaltAndPepper": _salt_and_pepper,
    "ShotNoise": _shot_noise,
    "Solarize": lambda given: [image.Solarize(threshold=given.span("threshold_range", 0.5))],
    "ToGray": _gray,
}
"""By class name."""

HINTS = {
    "ToTensorV2": "Normalize gives (C, H, W) by itself; without it, move the axis in the loader",
    "ToFloat": "images of all types are taken as they are; convert in the loader",
    "FromFloat": "images of all types are taken as they are; convert in the loader",
    "ElasticTransform": "ElasticTransform(displacement=, cells=) here is in fractions of the size and "
    "never folds, so alpha and sigma have no equal",
    "GridDistortion": "ElasticTransform(displacement=, cells=) comes near",
    "OpticalDistortion": "ElasticTransform(displacement=, cells=) comes near",
    "SafeRotate": "Rotate(expand=True) and Resize(size=) to a known size",
    "RandomScale": "Zoom(scale=) keeps the size; Resize(size=) is absolute",
    "RandomSizedCrop": "RandomResizedCrop(size=, scale=, ratio=), by area",
    "Sharpen": "Sharpen(factor=) here is Pillow's, another kernel",
    "UnsharpMask": "Sharpen(factor=) here is Pillow's, another kernel",
    "MedianBlur": "GaussianBlur(sigma=)",
    "RGBShift": "BrightnessShift(shift=) is the same for all channels",
    "ISONoise": "ShotNoise(photons=) and GaussianNoise(std=)",
    "Erasing": "CoarseDropout(holes=1, height=, width=)",
    "GridDropout": "CoarseDropout(holes=, height=, width=)",
    "Downscale": "Resize(size=) twice, where sizes are known",
    "Lambda": "a class of your own with draw and apply, see CONTRIBUTING.md",
}
"""What to write in place of transforms that have no counterpart."""
