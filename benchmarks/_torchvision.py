"""The same transforms with torchvision's v2, where it can be imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["REASON", "inputs", "works"]

REASON = ""
"""Why there is no torchvision; empty if there is one."""

try:
    import torch
    from torchvision.transforms import v2
    from torchvision.transforms.v2 import functional
except ImportError as error:
    REASON = f"torchvision cannot be imported here ({error}); its column is empty"
else:
    torch.set_num_threads(1)


def inputs(photographs: list[NDArray[np.uint8]]) -> list[Any]:
    """Photographs as torchvision likes them: uint8 tensors (C, H, W)."""
    return [
        torch.from_numpy(np.ascontiguousarray(photograph.transpose(2, 0, 1)))
        for photograph in photographs
    ]


def works(size: int) -> dict[str, Callable[[Any], Any]]:
    """Transforms by the names of `_single.cases`; none without torchvision."""
    if REASON:
        return {}
    linear = v2.InterpolationMode.BILINEAR
    part, border = size * 3 // 4, size // 8
    small, large = size * 7 // 16, size * 3 // 2
    neutral: dict[str, Any] = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0]}

    def affine(**given: Any) -> Callable[[Any], Any]:
        amounts = {**neutral, **given, "interpolation": linear}
        return lambda x: functional.affine(x, **amounts)

    def normalized(x: Any) -> Any:
        x = functional.to_dtype(x, torch.float32, scale=True)
        return functional.normalize(x, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

    return {
        "horizontal flip": lambda x: functional.horizontal_flip(x).contiguous(),
        "vertical flip": lambda x: functional.vertical_flip(x).contiguous(),
        "rotate": lambda x: functional.rotate(x, 17.0, interpolation=linear),
        "zoom in": affine(scale=1.2),
        "zoom out": affine(scale=0.7),
        "translate": affine(translate=[round(0.0507 * size), round(-0.0307 * size)]),
        "shear": affine(shear=[12.0]),
        "affine": affine(angle=10.0, scale=1.1, shear=[5.0], translate=[13, 5]),
        "perspective": v2.RandomPerspective(0.1, p=1.0),
        "elastic": v2.ElasticTransform(alpha=50.0, sigma=5.0),
        "random crop": lambda x: v2.RandomCrop(part)(x).contiguous(),
        "pad": lambda x: functional.pad(x, [border]),
        "resize down": lambda x: functional.resize(x, [small, small], antialias=True),
        "resize up": lambda x: functional.resize(x, [large, large], antialias=True),
        "random resized crop": v2.RandomResizedCrop(224, (0.5, 0.500001), (1.0, 1.000001)),
        "brightness": lambda x: functional.adjust_brightness(x, 1.2),
        "contrast": lambda x: functional.adjust_contrast(x, 1.2),
        "saturation": lambda x: functional.adjust_saturation(x, 1.2),
        "hue": lambda x: functional.adjust_hue(x, 0.05),
        "color jitter": v2.ColorJitter((1.2, 1.2), (1.2, 1.2), (1.2, 1.2), (0.05, 0.05)),
        "grayscale": lambda x: functional.rgb_to_grayscale(x, 3).contiguous(),
        "gamma": lambda x: functional.adjust_gamma(x, 1.2),
        "posterize": lambda x: functional.posterize(x, 4),
        "solarize": lambda x: functional.solarize(x, 128),
        "normalize and channels first": normalized,
        "equalize": functional.equalize,
        "autocontrast": functional.autocontrast,
        "gaussian blur": lambda x: functional.gaussian_blur(x, [13, 13], [1.5, 1.5]),
        "sharpen": lambda x: functional.adjust_sharpness(x, 1.5),
        "JPEG compression": lambda x: functional.jpeg(x, 80),
    }
