"""Transforms that mix a sample with others: with its labels, in their shares.

Who the others are is drawn from ``partners=`` (or, in `Compose.batch`, from the batch); a partner
goes through what stands before in the pipeline by a draw of its own, and has the names the sample
has. The recipe holds the partner's key and steps, never its data.

The label of a whole image (``label``) becomes soft: a class becomes ``{class: share}``, a vector
the weighted sum. Labels of instances are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from augkit.core.distributions import Number
from augkit.core.errors import ReplayError
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params, Step
from augkit.image import matrix as mx
from augkit.image.annotations import Clip
from augkit.image.base import ImageTransform
from augkit.image.crops import CenterCrop, Resize
from augkit.image.merge import Window, check_partner, cut_out, cut_to, fitted, joined, settled
from augkit.image.sample import ImageSample, Pixels, Shadow

if TYPE_CHECKING:
    from augkit.core.partners import Company

__all__ = ["CutMix", "MixUp", "Mosaic"]


@dataclass(frozen=True)
class _Mixing(ImageTransform):
    """Base of the transforms that take partners, drawn into ``params["partners"]``."""

    mixes: ClassVar[bool] = True
    count: ClassVar[int] = 1
    """How many partners."""

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        if shadow.company is None:
            raise ValueError(f"{type(self).__name__} mixes in other samples: pass partners=")
        words = stream.words("partner", self.count)[: self.count]
        return {**super().draw(stream, shadow), "partners": shadow.company.choose(words)}

    def _partners(
        self, sample: ImageSample, params: Params, company: Company | None
    ) -> list[ImageSample]:
        name = type(self).__name__
        if company is None:
            raise ReplayError(
                f"the recipe mixes in other samples ({name}): pass the partners= it was drawn with"
            )
        return [check_partner(company.sample(entry), sample, name) for entry in params["partners"]]


@dataclass(frozen=True)
class MixUp(_Mixing):
    """Blend with another image (Zhang et al., "mixup", ICLR 2018).

    The partner is scaled to the sample's size. Boxes, polygons, keypoints and masks of instances
    are those of both; a semantic mask (``mask``) or a map cannot be blended and is that of the
    image with the larger share.

    Args:
        weight: the partner's share; 0 is neutral (default: uniform in [0, 1]). The paper's
            Beta(alpha, alpha) is ``weight=augkit.beta(alpha, alpha)``; uniform is its alpha = 1.

    >>> import numpy as np
    >>> from augkit import Compose
    >>> mix = Compose([MixUp(weight=0.25)])
    >>> dark, light = np.zeros((2, 2), np.uint8), np.full((2, 2), 200, np.uint8)
    >>> out = mix(image=dark, label="cat", partners=[{"image": light, "label": "dog"}])
    >>> out["image"].tolist(), out["label"]
    ([[50, 50], [50, 50]], {'cat': 0.75, 'dog': 0.25})
    """

    weight: Number = parameter(
        (0.0, 1.0), low=0, high=1, neutral=0, doc="the partner's share of the result"
    )

    def mix(self, sample: ImageSample, params: Params, company: Company | None) -> ImageSample:
        weight = params["weight"]
        if weight == 0:
            return sample
        from augkit.image.kernels.blend import blend

        (partner,) = self._partners(sample, params, company)
        partner = settled(fitted(partner, sample.size))
        own = settled(sample)
        mixed = joined([own, partner] if weight < 1 else [partner], _shares(weight))
        heavier = partner if weight > 0.5 else own
        masks = {
            name: mixed.masks[name] if _of_instances(sample, name) else heavier.masks[name]
            for name in sample.masks
        }
        return mixed.replaced(
            form=sample.form,
            image=blend(sample.image, partner.image, weight),
            images={
                name: blend(image, partner.images[name], weight)
                for name, image in sample.images.items()
            },
            maps={name: heavier.maps[name] for name in sample.maps},
            masks=masks,
        )


def _shares(weight: float) -> tuple[float, ...]:
    return (1.0 - weight, weight) if weight < 1 else (1.0,)


def _of_instances(sample: ImageSample, name: str) -> bool:
    return sample.form.kinds[name] == "masks"


@dataclass(frozen=True)
class CutMix(_Mixing):
    """Paste a rectangle of another image (Yun et al., "CutMix", ICCV 2019).

    The partner is scaled to the sample's size; the rectangle has the sample's aspect and lies at
    the same place in both. Labels are cut: those of the sample where they are covered, those of
    the partner to the rectangle. The shares of ``label`` are those of the pixels.

    Args:
        weight: the rectangle's share of the area, before what lies outside of the image is cut
            off; 0 is neutral (default: uniform in [0, 1], the paper's Beta(1, 1)).

    >>> import numpy as np
    >>> from augkit import Compose
    >>> mix = Compose([CutMix(weight=0.25)], seed=3)
    >>> dark, light = np.zeros((8, 8), np.uint8), np.full((8, 8), 200, np.uint8)
    >>> out = mix(image=dark, label=0, partners=[{"image": light, "label": 1}])
    >>> out["label"][1] == float((out["image"] == 200).mean())
    True
    """

    weight: Number = parameter(
        (0.0, 1.0), low=0, high=1, neutral=0, doc="the rectangle's share of the area"
    )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {
            **super().draw(stream, shadow),
            "y": stream.unit("y"),
            "x": stream.unit("x"),
        }

    def mix(self, sample: ImageSample, params: Params, company: Company | None) -> ImageSample:
        height, width = sample.size
        side = sqrt(params["weight"])
        y0, y1 = _around(params["y"], side, height)
        x0, x1 = _around(params["x"], side, width)
        share = (y1 - y0) * (x1 - x0) / (height * width)
        if share == 0:
            return sample
        (partner,) = self._partners(sample, params, company)
        partner = fitted(partner, sample.size)
        window = (x0, y0, x1, y1)
        mixed = joined([cut_out(sample, window), cut_to(partner, window)], (1.0 - share, share))

        def pasted(own: Pixels, other: Pixels) -> Pixels:
            done = own.copy()
            done[y0:y1, x0:x1] = other[y0:y1, x0:x1]
            return done

        return mixed.replaced(
            image=pasted(sample.image, partner.image),
            images=_each(pasted, sample.images, partner.images),
            maps=_each(pasted, sample.maps, partner.maps),
            masks={
                name: mixed.masks[name]
                if _of_instances(sample, name)
                else pasted(mask, partner.masks[name])
                for name, mask in sample.masks.items()
            },
        )


def _each(
    paste: Callable[[Pixels, Pixels], Pixels], own: dict[str, Pixels], other: dict[str, Pixels]
) -> dict[str, Pixels]:
    return {name: paste(pixels, other[name]) for name, pixels in own.items()}


def _around(middle: float, part: float, size: int) -> tuple[int, int]:
    """``part`` of ``size`` pixels around a relative place, cut at the ends."""
    length = round(part * size)
    start = round(middle * size - length / 2)
    return max(start, 0), min(start + length, size)


_CENTER = {"x": (0.3, 0.7), "y": (0.3, 0.7)}
_PIXELS = {"type": "integer", "minimum": 1}


@dataclass(frozen=True)
class Mosaic(_Mixing):
    """Four images in one, around a random point (Bochkovskiy et al., "YOLOv4", 2020).

    The sample lies at the top left, three partners beside and below. Each keeps its aspect: it is
    scaled until it just covers its part, and what stands out is cut off evenly at both sides.
    Labels move along; the shares of ``label`` are those of the area.

    Args:
        size: (height, width) of the result, or one number for a square; None keeps the sample's.
        center: where the four meet, as a fraction of the width (x) and of the height (y); one
            value or range is drawn for each axis by itself (default: uniform in [0.3, 0.7]).

    >>> import numpy as np
    >>> from augkit import Compose
    >>> images = [np.full((4, 4), value, np.uint8) for value in (1, 2, 3, 4)]
    >>> mosaic = Compose([Mosaic(center=0.5)], seed=1)
    >>> mosaic(images[0], partners=images[1:2])[::2, ::2].tolist()
    [[1, 2], [2, 2]]
    """

    size: int | tuple[int, int] | None = option(
        None,
        schema={
            "oneOf": [
                _PIXELS,
                {"type": "array", "items": _PIXELS, "minItems": 2, "maxItems": 2},
                {"type": "null"},
            ]
        },
        doc="(height, width) in pixels; null: as the sample",
    )
    center: Number = parameter(
        _CENTER, low=0, high=1, unit="of the size", axes=("x", "y"), doc="where the four meet"
    )

    count: ClassVar[int] = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        write = object.__setattr__
        if self.size is not None:
            write(self, "size", Resize(size=self.size).size)
        if not isinstance(self.center, dict):
            write(self, "center", {"x": self.center, "y": self.center})

    def advance(self, shadow: Shadow, params: Params) -> Shadow:
        window = self._windows(params, shadow.size)[0]
        annotations = shadow.annotations
        if annotations is not None and _tile_size(window):
            moved = shadow
            for step in _covering(shadow.size, window):
                moved = step.transform.advance(moved, step.params)
            annotations = moved.annotations
        return shadow.resized(self._size(shadow.size), annotations)

    def mix(self, sample: ImageSample, params: Params, company: Company | None) -> ImageSample:
        size = self._size(sample.size)
        partners = self._partners(sample, params, company)
        placed = [
            (window, _tile(one, window))
            for one, window in zip(
                [sample, *partners], self._windows(params, sample.size), strict=True
            )
            if _tile_size(window)
        ]

        def canvas(kind: str, name: str | None = None) -> Pixels:
            found = [getattr(tile, kind) for _, tile in placed]
            tiles = found if name is None else [pixels[name] for pixels in found]
            return _composed(tiles, [window for window, _ in placed], size)

        whole: dict[str, Any] = {"image": canvas("image")}
        for kind in ("images", "maps"):
            whole[kind] = {name: canvas(kind, name) for name in getattr(sample, kind)}
        semantic = {
            name: canvas("masks", name) for name in sample.masks if not _of_instances(sample, name)
        }
        area = size[0] * size[1]
        shares = [(x1 - x0) * (y1 - y0) / area for (x0, y0, x1, y1), _ in placed]
        labels = [_placed(tile, window, whole["image"]) for window, tile in placed]
        mixed = joined(labels, shares)
        return mixed.replaced(form=sample.form, masks={**mixed.masks, **semantic}, **whole)

    def _size(self, size: tuple[int, int]) -> tuple[int, int]:
        wanted: Any = self.size
        return size if wanted is None else wanted

    def _windows(self, params: Params, size: tuple[int, int]) -> list[Window]:
        """Top left, top right, bottom left, bottom right."""
        height, width = self._size(size)
        x, y = round(params["center"]["x"] * width), round(params["center"]["y"] * height)
        return [(0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)]


def _tile_size(window: Window) -> tuple[int, int] | None:
    """Height and width, or None where there is nothing."""
    x0, y0, x1, y1 = window
    return (y1 - y0, x1 - x0) if y1 > y0 and x1 > x0 else None


def _covering(size: tuple[int, int], window: Window) -> Sequence[Step]:
    """The steps that make an image of ``size`` just cover a window."""
    x0, y0, x1, y1 = window
    height, width = y1 - y0, x1 - x0
    scale = max(height / size[0], width / size[1])
    larger = (max(height, round(size[0] * scale)), max(width, round(size[1] * scale)))
    return (
        Step(Resize(size=larger), "Mosaic/Resize", {}),
        Step(CenterCrop(size=(height, width)), "Mosaic/CenterCrop", {}),
    )


def _tile(sample: ImageSample, window: Window) -> ImageSample:
    from augkit.image.plan import execute

    return execute(sample, _covering(sample.size, window), fuse=True)


def _composed(tiles: Sequence[Pixels], windows: Sequence[Window], size: tuple[int, int]) -> Pixels:
    whole: Pixels = np.zeros((*size, *tiles[0].shape[2:]), dtype=tiles[0].dtype)
    for tile, (x0, y0, x1, y1) in zip(tiles, windows, strict=True):
        whole[y0:y1, x0:x1] = tile
    return whole


def _placed(tile: ImageSample, window: Window, whole: Pixels) -> ImageSample:
    """A tile's labels at their place in the whole image."""
    x0, y0, x1, y1 = window
    masks = {
        name: _composed([mask], [window], (whole.shape[0], whole.shape[1]))
        for name, mask in tile.masks.items()
        if _of_instances(tile, name)
    }
    annotations = tile.annotations
    if annotations is not None:
        annotations = annotations.then(
            mx.translation(float(x0), float(y0)),
            Clip(float(x0), float(y0), float(x1), float(y1)),
        )
    return settled(tile.replaced(image=whole, masks=masks, annotations=annotations))
