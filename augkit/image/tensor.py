"""From an image to the input of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from augkit.core.fields import option
from augkit.core.transform import Params
from augkit.image import kernels
from augkit.image.base import ImageTransform
from augkit.image.sample import ImageSample, Pixels, Shadow

__all__ = ["Normalize"]

_SCHEMA = {"type": ["number", "array"], "items": {"type": "number"}, "minItems": 1}


@dataclass(frozen=True)
class Normalize(ImageTransform):
    """Standardize and put channels first: ``(x - mean) / std`` as float32 of shape (C, H, W).

    x is in [0, 1], whatever the dtype that comes in. Further images are standardized alike; masks
    and labels stay. It ends the image part of a pipeline, so it always fires. Alpha, if there is
    one, comes out in [0, 1].

    Args:
        mean, std: one number, or one per color channel, as fractions of the full range (default:
            those of ImageNet).

    >>> import numpy as np
    >>> Normalize(mean=0.5, std=0.5)(np.array([[0, 255]], np.uint8)).tolist()
    [[[-1.0, 1.0]]]
    """

    mean: float | Sequence[float] = option(
        (0.485, 0.456, 0.406), schema=_SCHEMA, doc="what becomes 0"
    )
    std: float | Sequence[float] = option(
        (0.229, 0.224, 0.225), schema=_SCHEMA, doc="what becomes the distance 1"
    )

    gives: ClassVar[str] = "tensor"
    keeps_size: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("mean", "std"):
            values = _numbers(f"Normalize.{name}", getattr(self, name))
            if name == "std" and any(value <= 0 for value in values):
                raise ValueError(f"Normalize.std must be above 0, got {self.std!r}")

    def apply(self, sample: ImageSample, params: Params) -> ImageSample:
        done = sample.with_image(self._normalized(sample.image, sample.alpha))
        done.tensor = True
        if sample.images:
            done.images = {
                name: self._normalized(image, name in sample.form.translucent)
                for name, image in sample.images.items()
            }
        return done

    def advance(self, shadow: Shadow, params: Params) -> Shadow:
        advanced = shadow.resized(shadow.size, shadow.annotations)
        advanced.dtype = "float32"
        return advanced

    def _normalized(self, image: Pixels, alpha: bool) -> Pixels:
        mean, std = self.mean, self.std
        if alpha:
            colors = image.shape[2] - 1
            mean = (*_per_channel(mean, colors), 0.0)
            std = (*_per_channel(std, colors), 1.0)
        return kernels.normalize.normalize_chw(image, mean, std)


def _numbers(name: str, given: Any) -> tuple[float, ...]:
    values = given if isinstance(given, tuple) else (given,)
    if not values or not all(type(value) in (int, float) for value in values):
        raise TypeError(f"{name} must be a number or one per channel, got {given!r}")
    if not all(abs(value) < float("inf") for value in values):
        raise ValueError(f"{name} must be finite, got {given!r}")
    return values


def _per_channel(values: float | Sequence[float], count: int) -> tuple[float, ...]:
    return tuple(values) if isinstance(values, Sequence) else (values,) * count
