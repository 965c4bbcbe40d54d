"""What an image transform can be: geometry, color, or anything else that works on pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.core.fields import option
from augkit.core.transform import Params, Transform
from augkit.image.matrix import Matrix
from augkit.image.sample import ImageSample, Pixels, Shadow

if TYPE_CHECKING:
    from augkit.core.partners import Company
    from augkit.image.field import Field

__all__ = [
    "BORDERS",
    "LUMA",
    "Color",
    "ColorStep",
    "Contrasted",
    "Curve",
    "Fill",
    "Geometric",
    "Geometry",
    "ImageTransform",
    "Linear",
    "PixelTransform",
    "Scaled",
    "Warping",
    "color_channels",
]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma (ITU-R BT.601), as Pillow and torchvision take them."""

BORDERS = ("constant", "replicate", "reflect", "reflect101", "wrap")
Fill = float | Sequence[float]


@dataclass(frozen=True)
class ImageTransform(Transform):
    """Base of all image transforms.

    Subclass `Geometric`, `Color` or `PixelTransform` where one of them fits: they move or leave
    the labels by themselves. A direct subclass gives ``apply(sample, params) -> sample``; where it
    changes the size, it also gives ``advance(shadow, params)`` or sets ``barrier = True``.

    Class attributes:
        keeps_size: the size never changes, whatever else `advance` may tell.
    """

    modality: ClassVar[str] = "image"
    takes: ClassVar[str] = "image"
    gives: ClassVar[str] = "image"
    keeps_size: ClassVar[bool] = False

    def apply(self, sample: ImageSample, params: Params) -> ImageSample:
        raise NotImplementedError(f"{type(self).__name__} has no apply")

    def mix(self, sample: ImageSample, params: Params, company: Company | None) -> ImageSample:
        """Instead of `apply`, where ``mixes`` is set: the sample together with its partners."""
        raise NotImplementedError(f"{type(self).__name__} has no mix")


# -- geometry ----------------------------------------------------------------------------------


class Geometry(NamedTuple):
    """What one geometric step does, on an image of a known size.

    Attributes:
        size: (height, width) of the result.
        matrix: input to output, in edge coordinates.
        field: a displacement field, evaluated in the output (then ``matrix`` is the identity).
        window: (x_low, y_low, x_high, y_high) in the input, outside of which nothing is kept.
        border: what lies beyond the image; None if the step never shows it.
        fill: the constant border's value.
    """

    size: tuple[int, int]
    matrix: Matrix
    field: Field | None = None
    window: tuple[float, float, float, float] | None = None
    border: str | None = None
    fill: Fill = 0
    mask_fill: Fill = 0
    interpolation: str | None = None
    mask_interpolation: str | None = None


@dataclass(frozen=True)
class Geometric(ImageTransform):
    """Base of what moves pixels and labels: a subclass gives its `geometry`.

    Class attributes:
        keeps_size: the size never changes, but for an ``expand`` that is on; then a shadow moves on
            without the geometry being made.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("fill", "mask_fill"):
            value = getattr(self, name, None)
            if type(value) is int:
                continue
            parts = value if isinstance(value, tuple | list) else (value,)
            if value is not None and not all(
                isinstance(part, int | float) and not isinstance(part, bool) for part in parts
            ):
                raise TypeError(
                    f"{type(self).__name__}.{name} must be a number, or one per channel, got {value!r}"
                )

    def geometry(self, params: Params, size: tuple[int, int]) -> Geometry:
        """What this step does to an image of ``size`` (height, width); pure."""
        raise NotImplementedError(f"{type(self).__name__} has no geometry")

    def advance(self, shadow: Shadow, params: Params) -> Shadow:
        if self.keeps_size and not getattr(self, "expand", False):
            return shadow.moved(self, params, shadow.size) if shadow.labelled else shadow
        return shadow.moved(self, params, self.geometry(params, shadow.size).size)


@dataclass(frozen=True)
class Warping(Geometric):
    """Base of geometry that can show what lies beyond the image, and interpolates."""

    fill: Fill = option(
        0,
        kw_only=True,
        schema={"type": ["number", "array"], "items": {"type": "number"}},
        doc="value beyond the image where the border is constant, in the image's own units; "
        "one number, or one per channel",
    )
    border: str = option(
        "constant", kw_only=True, choices=BORDERS, doc="what lies beyond the image"
    )
    interpolation: str = option(
        "linear",
        kw_only=True,
        choices=("nearest", "linear", "cubic"),
        doc="how image pixels are interpolated",
    )
    mask_interpolation: str = option(
        "nearest",
        kw_only=True,
        choices=("nearest", "linear"),
        doc="how mask pixels are interpolated",
    )
    mask_fill: Fill = option(
        0,
        kw_only=True,
        schema={"type": ["number", "array"], "items": {"type": "number"}},
        doc="the fill of masks",
    )

    def warped(self, size: tuple[int, int], matrix: Matrix, field: Field | None = None) -> Geometry:
        """A `Geometry` with this transform's border, fill and interpolation."""
        return Geometry(
            size,
            matrix,
            field,
            None,
            self.border,
            self.fill,
            self.mask_fill,
            self.interpolation,
            self.mask_interpolation,
        )


# -- color -------------------------------------------------------------------------------------


class Scaled(NamedTuple):
    """``scale * x + offset`` on every color channel, x in [0, 1]; clamped where the run ends."""

    scale: float
    offset: float


class Contrasted(NamedTuple):
    """``factor * (x - m) + m`` where m is the mean luma of what enters this step."""

    factor: float


class Linear(NamedTuple):
    """A 3×4 matrix on RGB in [0, 1], rows in order; not clamped until the run ends."""

    rows: tuple[tuple[float, float, float, float], ...]


class Curve(NamedTuple):
    """Any function of [0, 1] to [0, 1], elementwise on float64; what enters it is clamped first."""

    function: Callable[[NDArray[np.float64]], NDArray[np.float64]]


ColorStep = Scaled | Contrasted | Linear | Curve


@dataclass(frozen=True)
class Color(ImageTransform):
    """Base of what changes each pixel by itself: a subclass gives its `color`."""

    def color(self, params: Params) -> Sequence[ColorStep]:
        """The steps on values in [0, 1], in order; pure. None at all where nothing changes."""
        raise NotImplementedError(f"{type(self).__name__} has no color")


# -- anything else -----------------------------------------------------------------------------


def color_channels(image: Pixels, alpha: bool) -> int:
    """How many channels an image has, without alpha."""
    return (1 if image.ndim == 2 else image.shape[2]) - alpha


@dataclass(frozen=True)
class PixelTransform(ImageTransform):
    """Base of what changes pixels in place: noise, blur, compression. Labels stay where they are.

    A subclass gives `pixels`; the example darkens every second row:

    >>> import numpy as np
    >>> @dataclass(frozen=True)
    ... class Scanlines(PixelTransform):
    ...     def pixels(self, image, params, alpha):
    ...         image = image.copy()
    ...         image[::2] //= 2
    ...         return image
    >>> Scanlines()(np.full((2, 2), 100, np.uint8)).tolist()
    [[50, 50], [100, 100]]
    """

    def pixels(self, image: Pixels, params: Params, alpha: bool) -> Pixels:
        """The new pixels, of the same size, never in place. ``alpha``: the last channel is that."""
        raise NotImplementedError(f"{type(self).__name__} has no pixels")

    def mask(self, mask: Pixels, params: Params) -> Pixels:
        """What becomes of a mask (H, W) or (H, W, C), never in place. Default: it stays."""
        return mask

    def params_of(self, name: str, params: Params) -> Params:
        """The params for a further image. Default: those of the image."""
        return params

    def apply(self, sample: ImageSample, params: Params) -> ImageSample:
        done = sample.with_image(self.pixels(sample.image, params, sample.alpha))
        if sample.images:
            done.images = {
                name: self.pixels(
                    image, self.params_of(name, params), name in sample.form.translucent
                )
                for name, image in sample.images.items()
            }
        if sample.masks:
            done.masks = {name: self.mask(mask, params) for name, mask in sample.masks.items()}
        return done
