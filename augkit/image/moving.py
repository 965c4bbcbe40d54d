"""What all passes of geometry do beside moving the image: labels, further images, masks, words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from augkit.image import matrix as mx
from augkit.image.annotations import Bend, Clip, Stage
from augkit.image.base import Fill, Geometry
from augkit.image.sample import ImageSample, Pixels

__all__ = ["Size", "check_fill", "described", "frame", "move_others", "stages"]

Size = tuple[int, int]
"""Height and width."""


def stages(geometry: Geometry) -> list[Stage]:
    """What one step does to labels: cut at its window, then move."""
    found: list[Stage] = []
    if geometry.window is not None:
        found.append(Clip(*geometry.window))
    found.append(_map(geometry))
    return found


def _map(geometry: Geometry) -> mx.Matrix | Bend:
    return geometry.matrix if geometry.field is None else Bend(geometry.field, geometry.size)


def frame(size: Size) -> Clip:
    """All of an image."""
    height, width = size
    return Clip(0.0, 0.0, float(width), float(height))


def described(how: str, names: Sequence[str], size: Size, border: str) -> str:
    """A pass in words."""
    height, width = size
    borders = "" if border == "constant" else f", border {border}"
    return f"{how:<9} {' + '.join(names)} -> {width} x {height}{borders}"


def move_others(
    sample: ImageSample,
    moved: ImageSample,
    image: Callable[[Pixels, bool], Pixels],
    mask: Callable[..., Pixels],
    fills: Sequence[Fill | None],
) -> None:
    """Move what else there is of pixels beside the image; ``fills`` are those of masks.

    ``mask`` takes a mask, and may be given an array of the moved size that it may write to.
    """
    if sample.images:
        moved.images = {
            name: image(each, name in sample.form.translucent)
            for name, each in sample.images.items()
        }
    if sample.maps:
        moved.maps = {name: image(each, False) for name, each in sample.maps.items()}
    if sample.masks:
        moved.masks = {
            name: mask(each)
            if sample.form.kinds.get(name) != "masks"
            else _by_planes(each, mask, fills, moved.size)
            for name, each in sample.masks.items()
        }


def _by_planes(
    masks: Pixels, move: Callable[..., Pixels], fills: Sequence[Fill | None], size: Size
) -> Pixels:
    """Masks of instances (H, W, N), which lie behind one another in memory, one by one."""
    if masks.shape[2] == 0 or any(isinstance(fill, tuple | list) for fill in fills):
        return move(masks)
    planes = np.empty((masks.shape[2], *size), masks.dtype)
    for plane, out in zip(masks.transpose(2, 0, 1), planes, strict=True):
        made = move(plane, out)
        if made is not out:
            out[...] = made
    return planes.transpose(1, 2, 0)


def check_fill(fill: Fill | None, image: Pixels) -> None:
    """Whether ``fill`` is a value, or one per channel, that the image can hold."""
    if fill is None or fill == 0:
        return
    values = (fill,) if isinstance(fill, int | float) else tuple(fill)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if len(values) not in (1, channels):
        raise ValueError(
            f"fill has {len(values)} values, but the image has {channels} channels: give one or {channels}"
        )
    top = 1.0 if image.dtype.kind == "f" else float(np.iinfo(image.dtype).max)
    if not all(0 <= value <= top for value in values):
        raise ValueError(
            f"fill must be within [0, {top:g}] for {image.dtype.name} images, got {fill}"
        )
