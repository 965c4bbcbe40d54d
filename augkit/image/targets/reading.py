"""From what a user passes to a sample: every name known, every value checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from augkit.core.registry import did_you_mean
from augkit.image.annotations import Annotations
from augkit.image.sample import Form, ImageSample, Pixels, Settings
from augkit.image.targets.boxes import boxes_of
from augkit.image.targets.pixels import check_pixels, pixels_of
from augkit.image.targets.polygons import polygons_of
from augkit.image.targets.rows import Floats, check_finite, floats, rows_of

__all__ = ["KINDS", "bare", "read"]

KINDS = (
    "image",
    "map",
    "mask",
    "masks",
    "boxes",
    "rotated_boxes",
    "polygons",
    "keypoints",
    "labels",
    "keypoint_labels",
    "label",
)
"""What a name can be. A name that is one of these is that; others are told by ``targets``."""

_ALONE = ("boxes", "rotated_boxes", "polygons", "keypoints", "label")  # at most one name of each
_PIXELS = {"image", "map", "mask", "masks"}
_PER_INSTANCE = {"labels", "boxes", "rotated_boxes", "polygons"}
_PARALLEL = {*_PER_INSTANCE, "masks", "keypoints", "keypoint_labels"}


def bare(data: Any, settings: Settings) -> ImageSample:
    """A sample from an array or a PIL image."""
    if type(data) is np.ndarray:
        image, alpha, pil = check_pixels(data), False, False
    else:
        image, alpha, pil = pixels_of(data, "image")
    if settings.channels is not None:
        alpha = alpha or _has_alpha(image, settings)
    return ImageSample(image, Form(False, pil, {"image": data}), alpha)


def _has_alpha(image: Pixels, settings: Settings) -> bool:
    if settings.channels is None:
        return False
    if image.ndim != 3 or image.shape[2] not in (2, 4):
        raise ValueError(
            f"channels='rgba' needs an image of 4 (or 2) channels, got shape {image.shape}"
        )
    return True


def read(named: Mapping[str, Any], settings: Settings, targets: Mapping[str, str]) -> ImageSample:
    """A sample from named data; every name must be known, every value fit the image."""
    names = _names(tuple(named), tuple(targets.items()))
    first = names.first
    image, alpha, pil = pixels_of(named[first], first)
    form = Form(True, pil, dict(named), names.kinds, (image.shape[0], image.shape[1]))
    sample = ImageSample(image, form, alpha=alpha or _has_alpha(image, settings))
    if names.pixels:
        _read_pixels(sample, names, settings)
    if names.labels:
        _read_labels(sample, names, settings)
    if names.parallel:
        _check_parallel(sample, names)
    return sample


class _Names(NamedTuple):
    """What names are, told once for all samples that have the same.

    Attributes:
        kinds: the kind of each.
        first: the image's.
        pixels, labels: of the others, those of pixels and those of labels, with their kinds.
        parallel: those that have a row per instance or per keypoint, with their kinds.
    """

    kinds: Mapping[str, str]
    first: str
    pixels: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    parallel: tuple[tuple[str, str], ...]


@lru_cache(maxsize=256)
def _names(given: tuple[str, ...], targets: tuple[tuple[str, str], ...]) -> _Names:
    kinds = _kinds(given, dict(targets))
    images = [name for name, kind in kinds.items() if kind == "image"]
    if not images:
        raise ValueError(f"an image is needed, got only {', '.join(given) or 'nothing'}")
    first = "image" if "image" in kinds else images[0]
    others = [(name, kind) for name, kind in kinds.items() if name != first]
    return _Names(
        MappingProxyType(kinds),
        first,
        tuple([each for each in others if each[1] in _PIXELS]),
        tuple([each for each in others if each[1] not in _PIXELS]),
        tuple([each for each in others if each[1] in _PARALLEL]),
    )


def _kinds(given: tuple[str, ...], targets: Mapping[str, str]) -> dict[str, str]:
    """The kind of each name."""
    kinds = {name: targets.get(name, name) for name in given}
    for name, kind in kinds.items():
        if kind not in KINDS:
            if name in targets:
                what, more = f"target {name!r} is {kind!r}, which is not a kind", ""
            else:
                what = f"unknown name {name!r}"
                more = "; other names are declared by Compose(targets={...})"
            known = f"known are {', '.join(KINDS)}{did_you_mean(kind, KINDS)}"
            raise ValueError(f"{what}; {known}{more}")
    for kind in _ALONE if targets else ():
        twice = [name for name, found in kinds.items() if found == kind]
        if len(twice) > 1:
            raise ValueError(f"there can be one {kind}, got {' and '.join(twice)}")
    return kinds


# -- further pixels ----------------------------------------------------------------------------


def _read_pixels(sample: ImageSample, names: _Names, settings: Settings) -> None:
    size = sample.size
    translucent: set[str] = set()
    images: dict[str, Pixels] = {}
    maps: dict[str, Pixels] = {}
    masks: dict[str, Pixels] = {}
    for name, kind in names.pixels:
        value = sample.form.given[name]
        if kind == "mask":
            pixels = masks[name] = _mask(value, name)
        elif kind == "masks":
            pixels = masks[name] = _masks(value, name, size)
        else:
            pixels, alpha, _ = pixels_of(value, name)
            if kind == "map":
                maps[name] = pixels
            else:
                images[name] = pixels
                if alpha or _is_translucent(pixels, settings):
                    translucent.add(name)
        if pixels.shape[:2] != size:
            raise ValueError(
                f"{name} is {pixels.shape[1]} x {pixels.shape[0]} pixels, but the image is "
                f"{size[1]} x {size[0]}; they must have one size"
            )
    sample.images, sample.maps, sample.masks = images, maps, masks
    if translucent:
        sample.form = sample.form._replace(translucent=frozenset(translucent))


def _is_translucent(image: Pixels, settings: Settings) -> bool:
    """Whether a further array has alpha: where ``channels`` says so, and its channels fit."""
    return settings.channels is not None and image.ndim == 3 and image.shape[2] in (2, 4)


def _mask(value: Any, name: str) -> Pixels:
    mask = np.asarray(value)
    if mask.ndim not in (2, 3) or mask.dtype.kind == "O":
        raise ValueError(f"{name} must have shape (H, W) or (H, W, C), got {mask.shape}")
    return mask


def _masks(value: Any, name: str, size: tuple[int, int]) -> Pixels:
    """Masks (N, H, W) as the channels of one, (H, W, N)."""
    try:
        stack = np.asarray(value)
    except ValueError:
        shapes = sorted({np.shape(mask) for mask in value})
        raise ValueError(f"{name} must have one size, got {', '.join(map(str, shapes))}") from None
    if stack.ndim == 1 and stack.size == 0:
        stack = np.zeros((0, *size), dtype=np.uint8)
    if stack.ndim != 3:
        raise ValueError(f"{name} must have shape (N, H, W), got {stack.shape}")
    return stack.transpose(1, 2, 0)


# -- labels ------------------------------------------------------------------------------------


def _read_labels(sample: ImageSample, names: _Names, settings: Settings) -> None:
    values: dict[str, Any] = {}
    found: dict[str, Any] = {}
    given, size = sample.form.given, sample.form.size
    for name, kind in names.labels:
        value = given[name]
        if kind == "boxes":
            found[kind] = boxes_of(value, settings.box_format, size, name)
        elif kind == "rotated_boxes":
            found[kind] = _rotated_boxes(value, name)
        elif kind == "polygons":
            found[kind] = polygons_of(value, name)
        elif kind == "keypoints":
            found[kind] = _keypoints(
                value, name, 0.5 if settings.keypoints_at == "centers" else 0.0
            )
        else:
            values[name] = value
    if found:
        sample.annotations = Annotations(**found)
    sample.values = values


def _rotated_boxes(value: Any, name: str) -> Floats:
    boxes = rows_of(value, 5, name)
    check_finite(boxes, name)
    negative = (boxes[:, 2:4] < 0).any(axis=1)
    if negative.any():
        row = int(np.argmax(negative))
        raise ValueError(f"{name}[{row}] has a negative width or height: {boxes[row].tolist()}")
    return boxes


def _keypoints(value: Any, name: str, shift: float) -> Floats:
    points = floats(value, name, "(K, 2) or (N, K, 2)")
    if points.size == 0 and points.ndim == 1:
        points = points.reshape(0, 2)
    if points.ndim not in (2, 3) or points.shape[-1] < 2:
        raise ValueError(f"{name} must have shape (K, 2) or (N, K, 2), got {points.shape}")
    check_finite(points, name)
    if shift:
        points[..., :2] += shift
    return points


def _check_parallel(sample: ImageSample, names: _Names) -> None:
    """An error where what has one row per instance, or per keypoint, has another number of them."""
    lengths: dict[str, int] = {}
    points = None if sample.annotations is None else sample.annotations.keypoints
    given = sample.form.given
    for name, kind in names.parallel:
        if kind in _PER_INSTANCE:
            lengths[name] = _length(given[name], name)
        elif kind == "masks":
            lengths[name] = sample.masks[name].shape[2]
        elif kind == "keypoints" and points is not None and points.ndim == 3:
            lengths[name] = len(points)
        elif kind == "keypoint_labels":
            count = 0 if points is None or points.ndim == 3 else len(points)
            if len(given[name]) != count:
                raise ValueError(
                    f"{name} has {len(given[name])} rows, but there are {count} keypoints"
                )
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"labels of instances must have one row each: {listed}")


def _length(values: Any, name: str) -> int:
    if (
        not hasattr(values, "__len__")
        or isinstance(values, str | bytes)
        or getattr(values, "ndim", 1) == 0
    ):
        raise TypeError(f"{name} must be a list, tuple or array of rows, got {values!r:.200}")
    return len(values)
