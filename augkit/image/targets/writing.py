"""From a sample back to the form that the user passed."""

from __future__ import annotations

from typing import Any

import numpy as np

from augkit.image.sample import ImageSample, Pixels, Settings
from augkit.image.targets.boxes import from_xyxy
from augkit.image.targets.pixels import is_pil, to_pil
from augkit.image.targets.polygons import polygons_like
from augkit.image.targets.rows import like

__all__ = ["owned", "written"]


def written(sample: ImageSample, settings: Settings) -> Any:
    """A finished sample in the form it came in."""
    form = sample.form
    if not form.named:
        return _image_out(sample.image, form.given["image"], sample)
    output: dict[str, Any] = {}
    for name, kind in form.kinds.items():
        given = form.given[name]
        if kind == "image":
            pixels = sample.images.get(name, sample.image)
            output[name] = _image_out(pixels, given, sample)
        elif kind == "map":
            output[name] = _image_out(sample.maps[name], given, sample)
        elif kind == "mask":
            mask = owned(sample.masks[name], given)
            output[name] = _pil_mask(mask, given) if is_pil(given) else mask
        elif kind == "masks":
            stack = np.ascontiguousarray(sample.masks[name].transpose(2, 0, 1))
            of_list = isinstance(given, list | tuple)
            output[name] = list(stack) if of_list else owned(stack, given)
        elif kind in ("labels", "keypoint_labels", "label"):
            values = sample.values[name]
            output[name] = values.copy() if isinstance(values, list | np.ndarray) else values
        elif sample.annotations is not None:
            output[name] = _shapes_out(sample, kind, name, settings)
    return output


def _shapes_out(sample: ImageSample, kind: str, name: str, settings: Settings) -> Any:
    """Boxes, rotated boxes, polygons or keypoints."""
    given, found = sample.form.given[name], getattr(sample.annotations, kind)
    if kind == "polygons":
        return polygons_like(found, given, name)
    if not sample.finished:  # nothing moved: the very numbers that came, in the usual form
        rows = np.array(given, dtype=np.float64)
        return like(rows if rows.size else found, given)
    if kind == "boxes":
        found = from_xyxy(found, settings.box_format, sample.size)
    elif kind == "keypoints" and settings.keypoints_at == "centers":
        found = found.copy()
        found[..., :2] -= 0.5
    return like(found, given)


def _pil_mask(mask: Pixels, given: Any) -> Any:
    picture = to_pil(mask)
    palette = given.getpalette() if given.mode == "P" else None
    if palette:  # the colors of the classes
        picture.putpalette(palette)
    return picture


def _image_out(pixels: Pixels, given: Any, sample: ImageSample) -> Any:
    if is_pil(given) and not sample.tensor:
        return to_pil(pixels)
    return owned(pixels, given)


def owned(pixels: Pixels, given: Any) -> Pixels:
    """A contiguous array of its own: writing into a result never writes into an input."""
    if not pixels.flags.c_contiguous:
        return np.ascontiguousarray(pixels)
    if pixels.base is None and pixels is not given:  # it holds its own memory
        return pixels
    if isinstance(given, np.ndarray) and not np.may_share_memory(pixels, given):
        return pixels
    return pixels.copy()
