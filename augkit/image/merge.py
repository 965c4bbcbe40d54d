"""Several samples as one: what `MixUp`, `CutMix` and `Mosaic` share.

Labels are settled first (moved to where they are by then, rows of which nothing is left dropped);
how much of each was left by then stays with it, so that ``min_visibility`` counts from the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.transform import Step
from augkit.image.annotations import Annotations, Clip
from augkit.image.sample import ImageSample, Pixels, Settings
from augkit.image.settled import settled as at_the_end
from augkit.image.targets import finished
from augkit.image.targets.selecting import with_instances, with_keypoints

__all__ = [
    "Window",
    "check_partner",
    "cut_out",
    "cut_to",
    "fitted",
    "joined",
    "mixed_label",
    "settled",
]

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, x1 and y1 exclusive."""

_EVERYTHING = Settings()
_SHAPES = ("boxes", "rotated_boxes", "polygons", "keypoints")


# -- partners ----------------------------------------------------------------------------------


def check_partner(partner: ImageSample, sample: ImageSample, name: str) -> ImageSample:
    """``partner`` with pixels of the same kind as the sample's; an error where labels are missing.

    Gray becomes color, color luma; a missing alpha is opaque and one too many is dropped.
    """
    own, other = sample.annotations, partner.annotations
    missing = [
        label
        for label in ("images", "maps", "masks", "values")
        for label in sorted(set(getattr(sample, label)) - set(getattr(partner, label)))
    ]
    missing += [
        label
        for label in _SHAPES
        if own is not None
        and getattr(own, label) is not None
        and (other is None or getattr(other, label) is None)
    ]
    if missing:
        raise ValueError(
            f"{name} needs partners with the names of the sample; this one has no "
            + ", ".join(missing)
        )
    image = _like(partner.image, partner.alpha, sample.image, sample.alpha, name)
    images = {
        key: _like(
            partner.images[key],
            key in partner.form.translucent,
            further,
            key in sample.form.translucent,
            f"{name} of {key}",
        )
        for key, further in sample.images.items()
    }
    return partner.replaced(image=image, images=images, alpha=sample.alpha)


def _like(image: Pixels, alpha: bool, wanted: Pixels, wanted_alpha: bool, name: str) -> Pixels:
    """``image`` with the channels of ``wanted``."""
    if image.dtype != wanted.dtype:
        raise ValueError(
            f"{name} needs partners of one dtype: the sample is {wanted.dtype}, this one "
            f"{image.dtype}; convert one of them before"
        )
    if alpha == wanted_alpha and image.shape[2:] == wanted.shape[2:]:
        return image
    planes = image.reshape(*image.shape[:2], -1)
    colors, opacity = (planes[..., :-1], planes[..., -1:]) if alpha else (planes, None)
    count = int(np.prod(wanted.shape[2:], dtype=int)) - wanted_alpha
    if colors.shape[2] == 1 and count == 3:
        colors = np.repeat(colors, 3, axis=2)
    elif colors.shape[2] == 3 and count == 1:
        from augkit.image.kernels.matrix import gray

        colors = gray(colors)[..., None]
    elif colors.shape[2] != count:
        raise ValueError(
            f"{name} needs partners of as many channels: the sample has {count} color channels, "
            f"this one {colors.shape[2]}"
        )
    if wanted_alpha:
        if opacity is None:
            white = 1.0 if image.dtype == np.float32 else np.iinfo(image.dtype).max
            opacity = np.full((*image.shape[:2], 1), white, dtype=image.dtype)
        colors = np.concatenate([colors, opacity], axis=2)
    return colors.reshape(*image.shape[:2], *wanted.shape[2:])


def fitted(sample: ImageSample, size: tuple[int, int]) -> ImageSample:
    """The sample scaled to a size (height, width), labels and all."""
    if sample.size == size:
        return sample
    from augkit.image.crops import Resize
    from augkit.image.plan import execute

    return execute(sample, [Step(Resize(size=size), "Resize", {})], fuse=True)


# -- windows -----------------------------------------------------------------------------------


def settled(sample: ImageSample) -> ImageSample:
    """Labels where they are by now."""
    return finished(sample, _EVERYTHING)


def cut_to(sample: ImageSample, window: Window) -> ImageSample:
    """The labels within a window of the image; masks of instances are empty outside of it."""
    x0, y0, x1, y1 = window

    def inside(mask: Pixels) -> Pixels:
        kept = np.zeros_like(mask)
        kept[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
        return kept

    changes: dict[str, Any] = {"masks": _instance_masks(sample, inside)}
    if sample.annotations is not None:
        clip = Clip(float(x0), float(y0), float(x1), float(y1))
        changes["annotations"] = sample.annotations.then(clip)
    return settled(sample.replaced(**changes))


def cut_out(sample: ImageSample, window: Window) -> ImageSample:
    """The labels beside a window of the image: what is left of each after a hole was cut."""
    x0, y0, x1, y1 = window

    def outside(mask: Pixels) -> Pixels:
        kept = mask.copy()
        kept[y0:y1, x0:x1] = 0
        return kept

    sample = settled(sample)
    sample = sample.replaced(masks=_instance_masks(sample, outside))
    annotations = sample.annotations
    if annotations is None:
        return sample
    height, width = sample.size
    around = [(0, 0, x0, height), (x1, 0, width, height), (x0, 0, x1, y0), (x0, y1, x1, height)]
    parts = [at_the_end(annotations.then(Clip(*map(float, part)))) for part in around]
    # What is left of each instance in each part; nothing if only keypoints have a place.
    fractions = [part.fractions for part in parts if part.fractions is not None]
    polygons = annotations.polygons
    changes: dict[str, Any] = {}
    if annotations.boxes is not None:
        # A part that only touches the box is a line without area: it says nothing.
        pieces = [
            np.where(part.fractions[:, None] > 0, part.boxes, np.nan)
            for part in parts
            if part.boxes is not None and part.fractions is not None
        ]
        low = np.fmin.reduce([piece[:, :2] for piece in pieces])
        high = np.fmax.reduce([piece[:, 2:] for piece in pieces])
        changes["boxes"] = np.concatenate([low, high], axis=1)
    if polygons is not None:
        cut = [part.polygons or [] for part in parts]
        changes["polygons"] = [
            _beside(rings, [piece[row] for piece in cut], window)
            for row, rings in enumerate(polygons)
        ]
    left = sum(fractions[1:], fractions[0]) if fractions else None
    sample = sample.replaced(
        annotations=Annotations(
            changes.get("boxes", annotations.boxes),
            annotations.rotated_boxes,
            changes.get("polygons", polygons),
            annotations.keypoints,
            left=left,
        ),
        finished=True,
    )
    if left is not None and not (left > 0).all():
        sample = with_instances(sample, (left > 0).nonzero()[0])
    return _without_keypoints(sample, window)


def _instance_masks(sample: ImageSample, change: Any) -> dict[str, Pixels]:
    return {
        name: change(mask) if sample.form.kinds.get(name) == "masks" else mask
        for name, mask in sample.masks.items()
    }


def _beside(
    rings: Sequence[NDArray[np.float64]],
    pieces: Sequence[Sequence[NDArray[np.float64]]],
    window: Window,
) -> list[NDArray[np.float64]]:
    """The rings of one instance beside a window: as they are where they do not meet it."""
    x0, y0, x1, y1 = window
    points = np.concatenate(rings) if rings else np.empty((0, 2))
    if not len(points):
        return list(rings)
    (x_low, y_low), (x_high, y_high) = points.min(axis=0), points.max(axis=0)
    if x_high <= x0 or x_low >= x1 or y_high <= y0 or y_low >= y1:
        return list(rings)
    return [ring for piece in pieces for ring in piece if _area(ring) > 0]


def _area(ring: NDArray[np.float64]) -> float:
    x, y = (ring - ring[0]).T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _without_keypoints(sample: ImageSample, window: Window) -> ImageSample:
    """Without the keypoints that lie in a window; those of instances stay, as not visible."""
    annotations = sample.annotations
    if annotations is None or annotations.keypoints is None:
        return sample
    x0, y0, x1, y1 = window
    points = annotations.keypoints
    x, y = points[..., 0], points[..., 1]
    hidden = (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
    if points.ndim == 2:
        return with_keypoints(sample, (~hidden).nonzero()[0]) if hidden.any() else sample
    points = points.copy()
    if points.shape[2] > 2:
        points[hidden, 2] = 0.0
    return sample.replaced(annotations=replace(annotations, keypoints=points))


# -- joining -----------------------------------------------------------------------------------


def joined(samples: Sequence[ImageSample], shares: Sequence[float]) -> ImageSample:
    """The first sample with the instances of all, and the labels of whole images by their shares.

    Pixels, and masks that are not of instances, are the first's.
    """
    first = samples[0]
    kinds = first.form.kinds
    values = dict(first.values)
    for name in values:
        rows = [sample.values[name] for sample in samples]
        if kinds[name] == "label":
            values[name] = mixed_label(rows, shares)
        else:
            values[name] = _appended(rows)
    masks = {
        name: np.concatenate([sample.masks[name] for sample in samples], axis=2)
        if kinds[name] == "masks"
        else mask
        for name, mask in first.masks.items()
    }
    annotations = first.annotations
    if annotations is not None:
        found = [sample.annotations for sample in samples]
        columns: dict[str, Any] = {}
        for name in _SHAPES:
            if getattr(annotations, name) is not None:
                columns[name] = _appended([getattr(item, name) for item in found])
        annotations = Annotations(**columns, left=_left_of(found))
    return first.replaced(annotations=annotations, masks=masks, values=values, finished=True)


def _left_of(parts: Sequence[Annotations | None]) -> NDArray[np.float64] | None:
    """What was left of the instances of several samples, below one another."""
    found = [part for part in parts if part is not None]
    if all(part.left is None for part in found):
        return None
    rows = []
    for part in found:
        shapes = (part.boxes, part.rotated_boxes, part.polygons)
        count = next((len(shape) for shape in shapes if shape is not None), 0)
        rows.append(np.ones(count) if part.left is None else part.left)
    return np.concatenate(rows)


def _appended(rows: Sequence[Any]) -> Any:
    """Rows of several samples below one another, in the form of the first."""
    first = rows[0]
    if not isinstance(first, np.ndarray):
        together = [row for part in rows for row in part]
        return tuple(together) if isinstance(first, tuple) else together
    parts = [np.asarray(part) for part in rows]
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        raise ValueError(
            "labels of samples that are mixed must have as many columns: got rows of shapes "
            + " and ".join(str(shape) for shape in sorted(shapes))
        )
    filled = [part for part in parts if len(part)]  # an empty list is float and would say so
    return np.concatenate(filled) if filled else first


def mixed_label(labels: Sequence[Any], shares: Sequence[float]) -> Any:
    """The labels of whole images as one soft label.

    Classes (numbers or strings) become ``{class: share}``, which is merged with what is soft
    already; vectors become their weighted sum.

    >>> mixed_label(["cat", "dog"], [0.75, 0.25])
    {'cat': 0.75, 'dog': 0.25}
    >>> mixed_label([[1, 0], [0, 1]], [0.75, 0.25])
    [0.75, 0.25]
    """
    labels = [label.item() if _is_scalar_array(label) else label for label in labels]
    vectors = [isinstance(label, np.ndarray | list | tuple) for label in labels]
    if not any(vectors):
        soft: dict[Any, float] = {}
        for label, share in zip(labels, shares, strict=True):
            parts = label if isinstance(label, Mapping) else {label: 1.0}
            for name, part in parts.items():
                soft[name] = soft.get(name, 0.0) + share * part
        return soft
    lengths = {np.shape(label) for label in labels}
    if not all(vectors) or len(lengths) > 1:
        raise ValueError(
            "labels that are mixed must be all classes or all vectors of one length, got "
            + " and ".join(repr(label) for label in labels)
        )
    dtype = getattr(labels[0], "dtype", None)
    total = sum(
        np.asarray(label, dtype=np.float64) * share
        for label, share in zip(labels, shares, strict=True)
    )
    if dtype is not None:
        return np.asarray(total, dtype=dtype if dtype.kind == "f" else np.float64)
    mixed = np.asarray(total).tolist()
    return tuple(mixed) if isinstance(labels[0], tuple) else mixed


def _is_scalar_array(label: Any) -> bool:
    return isinstance(label, np.generic) or (isinstance(label, np.ndarray) and label.ndim == 0)
