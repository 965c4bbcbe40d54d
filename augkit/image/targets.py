"""The named data of an image pipeline: checked on the way in, formatted alike on the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.registry import did_you_mean
from augkit.image.annotations import Annotations, Clip
from augkit.image.matrix import IDENTITY
from augkit.image.sample import Form, ImageSample, Pixels, Settings
from augkit.image.settled import settled

__all__ = ["KINDS", "check_pixels", "finished", "from_pil", "read", "to_pil", "written"]

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

_ALONE = {
    "boxes",
    "rotated_boxes",
    "polygons",
    "keypoints",
    "label",
}  # at most one name of each kind
_DTYPES = frozenset(map(np.dtype, ("uint8", "uint16", "float32")))
Floats = NDArray[np.float64]


# -- pixels ------------------------------------------------------------------------------------


def check_pixels(image: Any, name: str = "image") -> Pixels:
    """``image`` as it is, if it is an image; otherwise an error that says what to do."""
    if not isinstance(image, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array or a PIL image, got {type(image).__name__}")
    if image.ndim not in (2, 3):
        raise ValueError(f"{name} must have shape (H, W) or (H, W, C), got {image.shape}")
    if image.size == 0:
        raise ValueError(f"{name} is empty: shape {image.shape}")
    dtype = image.dtype
    if dtype not in _DTYPES:
        kind = dtype.name
        hint = {
            "float64": "convert it with image.astype('float32')",
            "float16": "convert it with image.astype('float32')",
            "bool": "pass it as mask=, or convert it with image.astype('uint8') * 255",
        }.get(kind, "convert it to one of these, scaled to its full range")
        raise TypeError(f"{name} must be uint8, uint16 or float32 in [0, 1], got {kind}: {hint}")
    if dtype.kind == "f":
        low, high = float(image.min()), float(image.max())
        if not (low >= 0.0 and high <= 1.0):
            found = "NaN" if low != low or high != high else f"[{low:g}, {high:g}]"
            raise ValueError(
                f"{name} is float32 and must lie in [0, 1], got {found}: rescale it first"
            )
    return image


_PIL_MODES = {"L", "RGB", "LA", "RGBA", "I;16", "F"}


def from_pil(picture: Any) -> tuple[Pixels, bool]:
    """A PIL image as an array, and whether its last channel is alpha."""
    mode = picture.mode
    if mode in ("P", "PA"):
        picture = picture.convert(
            "RGBA" if mode == "PA" or "transparency" in picture.info else "RGB"
        )
    elif mode == "1":
        picture = picture.convert("L")
    elif mode in ("I;16B", "I;16L", "I"):
        array = np.asarray(picture)
        if array.min() < 0 or array.max() > 65535:
            raise ValueError("a PIL image of mode I must lie in [0, 65535]")
        return array.astype(np.uint16), False
    elif mode not in _PIL_MODES:
        picture = picture.convert("RGB")
    return np.asarray(picture), picture.mode in ("LA", "RGBA")


def to_pil(image: Pixels) -> Any:
    """An array as a PIL image; float images of three channels have no PIL form."""
    from PIL import Image

    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.dtype == np.uint16 and image.ndim == 3:
        raise ValueError("PIL has no 16-bit color images; pass a NumPy array instead")
    return Image.fromarray(np.ascontiguousarray(image))


def _is_pil(value: Any) -> bool:
    """Whether a value is a PIL image, without importing PIL to find out."""
    if type(value) is np.ndarray:
        return False
    return any(base.__module__ == "PIL.Image" for base in type(value).__mro__)


def _pixels(value: Any, name: str) -> tuple[Pixels, bool, bool]:
    """The array, whether it has alpha, whether it came as a PIL image."""
    if _is_pil(value):
        image, alpha = from_pil(value)
        return check_pixels(image, name), alpha, True
    return check_pixels(value, name), False, False


# -- in ----------------------------------------------------------------------------------------


def bare(data: Any, settings: Settings) -> ImageSample:
    """A sample from an array or a PIL image."""
    image, alpha, pil = _pixels(data, "image")
    form = Form(pil=pil, given={"image": data})
    return ImageSample(image, form, alpha=alpha or _has_alpha(image, settings))


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
    kinds = {}
    for name in named:
        kind = targets.get(name, name)
        if kind not in KINDS:
            what = (
                f"target {name!r} is {kind!r}, which is not a kind"
                if name in targets
                else f"unknown name {name!r}"
            )
            raise ValueError(
                f"{what}; known are {', '.join(KINDS)}{did_you_mean(kind, KINDS)}"
                + (
                    ""
                    if name in targets
                    else "; other names are declared by Compose(targets={...})"
                )
            )
        kinds[name] = kind
    for kind in _ALONE:
        twice = [name for name, found in kinds.items() if found == kind]
        if len(twice) > 1:
            raise ValueError(f"there can be one {kind}, got {' and '.join(twice)}")
    first = (
        "image"
        if "image" in named
        else next((n for n, kind in kinds.items() if kind == "image"), None)
    )
    if first is None:
        raise ValueError(f"an image is needed, got only {', '.join(named) or 'nothing'}")
    image, alpha, pil = _pixels(named[first], first)
    form = Form(
        named=True, pil=pil, given=dict(named), kinds=kinds, size=(image.shape[0], image.shape[1])
    )
    sample = ImageSample(image, form, alpha=alpha or _has_alpha(image, settings))
    if len(named) == 1:
        return sample
    _read_pixels(sample, first, settings)
    _read_labels(sample, settings)
    return sample


def _read_pixels(sample: ImageSample, first: str, settings: Settings) -> None:
    size = sample.size
    translucent: set[str] = set()
    images: dict[str, Pixels] = {}
    maps: dict[str, Pixels] = {}
    masks: dict[str, Pixels] = {}
    for name, kind in sample.form.kinds.items():
        value = sample.form.given[name]
        if name == first or kind not in ("image", "map", "mask", "masks"):
            continue
        if kind in ("image", "map"):
            pixels, alpha, _ = _pixels(value, name)
            if kind == "image":
                images[name] = pixels
                if alpha or _is_translucent(pixels, settings):
                    translucent.add(name)
            else:
                maps[name] = pixels
        elif kind == "mask":
            pixels = np.asarray(value)
            if pixels.ndim not in (2, 3) or pixels.dtype == object:
                raise ValueError(f"{name} must have shape (H, W) or (H, W, C), got {pixels.shape}")
            masks[name] = pixels
        else:
            stack = _stacked(value, name)
            if stack.ndim == 1 and stack.size == 0:
                stack = np.zeros((0, *size), dtype=np.uint8)
            if stack.ndim != 3:
                raise ValueError(f"{name} must have shape (N, H, W), got {stack.shape}")
            pixels = stack.transpose(1, 2, 0)
            masks[name] = pixels
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


def _stacked(masks: Any, name: str) -> Pixels:
    try:
        return np.asarray(masks)
    except ValueError:
        shapes = sorted({np.shape(mask) for mask in masks})
        raise ValueError(f"{name} must have one size, got {', '.join(map(str, shapes))}") from None


def _read_labels(sample: ImageSample, settings: Settings) -> None:
    found: dict[str, Any] = {}
    values: dict[str, Any] = {}
    shift = 0.5 if settings.keypoints_at == "centers" else 0.0
    for name, kind in sample.form.kinds.items():
        value = sample.form.given[name]
        if kind == "boxes":
            found[kind] = to_xyxy(_rows(value, 4, name), settings.box_format, sample.size, name)
        elif kind == "rotated_boxes":
            found[kind] = _rows(value, 5, name)
            if (found[kind][:, 2:4] < 0).any():
                row = int(np.argmax((found[kind][:, 2:4] < 0).any(axis=1)))
                raise ValueError(
                    f"{name}[{row}] has a negative width or height: {found[kind][row].tolist()}"
                )
        elif kind == "polygons":
            found[kind] = [_rings(instance, f"{name}[{row}]") for row, instance in enumerate(value)]
        elif kind == "keypoints":
            points = _floats(value, name, "(K, 2) or (N, K, 2)")
            if points.size == 0 and points.ndim == 1:
                points = points.reshape(0, 2)
            if points.ndim not in (2, 3) or points.shape[-1] < 2:
                raise ValueError(f"{name} must have shape (K, 2) or (N, K, 2), got {points.shape}")
            _finite(points, name)
            points[..., :2] += shift
            found[kind] = points
        elif kind in ("labels", "keypoint_labels", "label"):
            values[name] = value
    if found:
        sample.annotations = Annotations(**found)
    sample.values = values
    _check_parallel(sample)


def _rows(value: Any, columns: int, name: str) -> Floats:
    rows = _floats(value, name, f"(N, {columns})")
    if rows.size == 0:
        return np.empty((0, columns))
    if rows.ndim != 2 or rows.shape[1] != columns:
        raise ValueError(f"{name} must have shape (N, {columns}), got {rows.shape}")
    _finite(rows, name)
    return rows


def _floats(value: Any, name: str, shape: str) -> Floats:
    try:
        return np.array(value, dtype=np.float64, copy=True)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers of shape {shape}, got {value!r:.200}") from None


def _finite(rows: Floats, name: str) -> None:
    if not np.isfinite(rows).all():
        bad = np.argwhere(~np.isfinite(rows))[0]
        raise ValueError(
            f"{name}[{bad[0]}] has a value that is not finite: {rows[bad[0]].tolist()}"
        )


def _rings(instance: Any, name: str) -> list[Floats]:
    read = []
    for ring in _split(instance, name):
        points = _floats(ring, name, "(K, 2)")
        if points.ndim == 1 and points.size % 2 == 0:  # COCO writes x1, y1, x2, y2 ...
            points = points.reshape(-1, 2)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"{name} must be rings of shape (K, 2), got {points.shape}")
        _finite(points, name)
        read.append(points)
    return read


def _split(instance: Any, name: str) -> list[Any]:
    """The rings of an instance, which may be one ring itself."""
    if isinstance(instance, np.ndarray) and instance.ndim < 3:
        return [instance]
    if not isinstance(instance, Sequence | np.ndarray) or isinstance(instance, str):
        raise TypeError(f"{name} must be a ring or a list of rings, got {instance!r:.200}")
    items = list(instance)
    if items and (_depth(items[0]) == 0 or all(_depth(i) == 1 and len(i) == 2 for i in items)):
        return [items]  # numbers, or points
    return items


def _depth(value: Any) -> int:
    """How deep lists are nested: 0 for a number, 1 for a point."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, Sequence) and not isinstance(value, str):
        return 1 + _depth(value[0]) if len(value) else 1
    return 0


_FARTHEST_FRACTION = 4.0
"""A box may reach out of its image, but one so far out was meant in pixels."""


def to_xyxy(rows: Floats, box_format: str, size: tuple[int, int], name: str = "boxes") -> Floats:
    """Boxes of any format as pixel edges x_min, y_min, x_max, y_max."""
    if box_format == "yolo":
        far = np.abs(rows).max(initial=0.0)
        if far > _FARTHEST_FRACTION:
            raise ValueError(
                f"{name} are fractions of the image in the format yolo, got {far:g}; pixels are "
                "cxcywh, xywh or xyxy"
            )
        height, width = size
        rows = rows * np.array([width, height, width, height], dtype=np.float64)
    if box_format in ("yolo", "cxcywh"):
        half = rows[:, 2:] / 2
        rows = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1)
    elif box_format == "xywh":
        rows = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:]], axis=1)
    bad = (rows[:, 2:] < rows[:, :2]).any(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{name}[{row}] ends before it begins: x {rows[row, 0]:g} to {rows[row, 2]:g}, "
            f"y {rows[row, 1]:g} to {rows[row, 3]:g} (box_format is {box_format!r})"
        )
    return rows


def from_xyxy(rows: Floats, box_format: str, size: tuple[int, int]) -> Floats:
    """The inverse of `to_xyxy`."""
    if box_format == "xyxy":
        return rows
    extent = rows[:, 2:] - rows[:, :2]
    if box_format == "xywh":
        return np.concatenate([rows[:, :2], extent], axis=1)
    centred = np.concatenate([(rows[:, :2] + rows[:, 2:]) / 2, extent], axis=1)
    if box_format == "yolo":
        height, width = size
        centred /= np.array([width, height, width, height], dtype=np.float64)
    return centred


def _instance_names(sample: ImageSample) -> dict[str, int]:
    """The names that hold one row per instance, with their lengths."""
    lengths = {}
    per_instance = None if sample.annotations is None else sample.annotations.keypoints
    for name, kind in sample.form.kinds.items():
        if kind in ("labels", "boxes", "rotated_boxes", "polygons"):
            lengths[name] = _length(sample.form.given[name], name)
        elif kind == "masks":
            lengths[name] = sample.masks[name].shape[2]
        elif kind == "keypoints" and per_instance is not None and per_instance.ndim == 3:
            lengths[name] = len(per_instance)
    return lengths


def _length(values: Any, name: str) -> int:
    if (
        not hasattr(values, "__len__")
        or isinstance(values, str | bytes)
        or getattr(values, "ndim", 1) == 0
    ):
        raise TypeError(f"{name} must be a list, tuple or array of rows, got {values!r:.200}")
    return len(values)


def _check_parallel(sample: ImageSample) -> None:
    lengths = _instance_names(sample)
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"labels of instances must have one row each: {listed}")
    points = None if sample.annotations is None else sample.annotations.keypoints
    for name, kind in sample.form.kinds.items():
        if kind == "keypoint_labels":
            count = 0 if points is None or points.ndim == 3 else len(points)
            if len(sample.form.given[name]) != count:
                raise ValueError(
                    f"{name} has {len(sample.form.given[name])} rows, "
                    f"but there are {count} keypoints"
                )


# -- out ---------------------------------------------------------------------------------------


def finished(sample: ImageSample, settings: Settings) -> ImageSample:
    """Labels at the end of their way, clipped to the image and filtered once."""
    annotations = sample.annotations
    if annotations is None:
        return sample
    height, width = sample.size
    frame = Clip(0.0, 0.0, float(width), float(height))
    moved = sample.size != sample.form.size or any(
        stage not in (IDENTITY, frame) for stage in annotations.stages
    )
    if not moved and _untouched(annotations, settings, height, width):
        return sample
    boxes, rotated, polygons, keypoints, alive, left = settled(annotations.then(frame))
    if not moved:
        rotated = annotations.rotated_boxes  # as they came, not fitted again
    done = sample.with_image(sample.image)
    done.finished = True
    kinds = sample.form.kinds
    if left is not None:
        keep = left > 0
        if settings.min_visibility > 0:
            keep &= left >= settings.min_visibility
        if settings.min_area > 0 and boxes is not None:
            areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
            keep &= np.nan_to_num(areas) >= settings.min_area
        rows = keep.nonzero()[0]
        if len(rows) < len(keep):
            left = left[rows]
            boxes = None if boxes is None else boxes[rows]
            rotated = None if rotated is None else rotated[rows]
            polygons = None if polygons is None else [polygons[row] for row in rows]
            if keypoints is not None and alive is not None and keypoints.ndim == 3:
                keypoints, alive = keypoints[rows], alive[rows]
            done.masks = {
                name: mask[:, :, rows] if kinds.get(name) == "masks" else mask
                for name, mask in sample.masks.items()
            }
            done.values = _values_of(sample, "labels", rows)
    if keypoints is not None and alive is not None:
        if keypoints.ndim == 3:
            if keypoints.shape[2] >= 3:
                keypoints[~alive, 2] = 0.0  # COCO's visibility: not labelled
        elif not settings.keep_outside:
            rows = alive.nonzero()[0]
            if len(rows) < len(alive):
                keypoints = keypoints[rows]
                done.values = _values_of(done, "keypoint_labels", rows)
    done.annotations = Annotations(boxes, rotated, polygons, keypoints, left=left)
    return done


def _values_of(sample: ImageSample, kind: str, rows: NDArray[np.intp]) -> dict[str, Any]:
    """The values of a sample, of one kind only those of some rows."""
    kinds = sample.form.kinds
    return {
        name: _selected(values, rows) if kinds[name] == kind else values
        for name, values in sample.values.items()
    }


def _untouched(annotations: Annotations, settings: Settings, height: int, width: int) -> bool:
    """Whether labels that nothing moved may go out as they came in, bit for bit."""
    if settings.min_area > 0 or annotations.left is not None:
        return False
    limit = np.array([width, height], dtype=np.float64)
    places: list[Floats] = []
    if annotations.boxes is not None:
        places += [annotations.boxes[:, :2], annotations.boxes[:, 2:]]
    if annotations.rotated_boxes is not None:
        centres, sides = annotations.rotated_boxes[:, :2], annotations.rotated_boxes[:, 2:4]
        reach = np.hypot(sides[:, :1], sides[:, 1:]) / 2
        places += [centres - reach, centres + reach]
    for instance in annotations.polygons or ():
        places += instance
    points = annotations.keypoints
    if points is not None and points.ndim == 2 and not settings.keep_outside:
        places.append(points[:, :2])
    return all(bool(((place >= 0) & (place <= limit)).all()) for place in places)


def _selected(values: Any, rows: NDArray[np.intp]) -> Any:
    if isinstance(values, np.ndarray):
        return values[rows]
    kept = [values[row] for row in rows.tolist()]
    return tuple(kept) if isinstance(values, tuple) else kept


def written(sample: ImageSample, settings: Settings) -> Any:
    """A finished sample in the form it came in."""
    form = sample.form
    if not form.named:
        return _image_out(sample.image, form.given["image"], sample)
    output: dict[str, Any] = {}
    shift = 0.5 if settings.keypoints_at == "centers" else 0.0
    annotations = sample.annotations
    for name, kind in form.kinds.items():
        given = form.given[name]
        if kind == "image":
            pixels = sample.images.get(name, sample.image)
            output[name] = _image_out(pixels, given, sample)
        elif kind == "map":
            output[name] = _image_out(sample.maps[name], given, sample)
        elif kind == "mask":
            mask = _owned(sample.masks[name], given)
            output[name] = _pil_mask(mask, given) if _is_pil(given) else mask
        elif kind == "masks":
            stack = np.ascontiguousarray(sample.masks[name].transpose(2, 0, 1))
            stack = stack.copy() if np.shares_memory(stack, given) else stack
            output[name] = list(stack) if isinstance(given, list | tuple) else stack
        elif kind in ("labels", "keypoint_labels", "label"):
            values = sample.values[name]
            output[name] = values.copy() if isinstance(values, list | np.ndarray) else values
        elif annotations is None:
            continue
        elif kind == "polygons" and annotations.polygons is not None:
            output[name] = _polygons_like(annotations.polygons, given, name)
        elif not sample.finished:  # nothing moved: the very numbers that came, in the usual form
            rows = np.array(given, dtype=np.float64)
            output[name] = _like(rows if rows.size else getattr(annotations, kind), given)
        elif kind == "boxes" and annotations.boxes is not None:
            rows = from_xyxy(annotations.boxes, settings.box_format, sample.size)
            output[name] = _like(rows, given)
        elif kind == "rotated_boxes" and annotations.rotated_boxes is not None:
            output[name] = _like(annotations.rotated_boxes, given)
        elif kind == "keypoints" and annotations.keypoints is not None:
            points = annotations.keypoints.copy()
            points[..., :2] -= shift
            output[name] = _like(points, given)
    return output


def _polygons_like(polygons: Sequence[Sequence[Floats]], given: Any, name: str) -> list[Any]:
    """Per instance a list of rings, each written as the first that came in: (K, 2) or flat."""
    first: Any = next((ring for instance in given for ring in _split(instance, name)), [])
    flat = _depth(first) == 1
    dtype = first.dtype if isinstance(first, np.ndarray) and first.dtype.kind == "f" else np.float64

    def like(ring: Floats) -> Any:
        ring = ring.reshape(-1) if flat else ring
        return ring.astype(dtype) if isinstance(first, np.ndarray) else ring.tolist()

    return [[like(ring) for ring in rings] for rings in polygons]


def _like(rows: Floats, given: Any) -> Any:
    if isinstance(given, np.ndarray):
        return rows.astype(given.dtype) if given.dtype.kind == "f" else rows
    plain = rows.tolist()
    return tuple(map(tuple, plain)) if isinstance(given, tuple) else plain


def _pil_mask(mask: Pixels, given: Any) -> Any:
    picture = to_pil(mask)
    palette = given.getpalette() if given.mode == "P" else None
    if palette:  # the colors of the classes
        picture.putpalette(palette)
    return picture


def _image_out(pixels: Pixels, given: Any, sample: ImageSample) -> Any:
    if _is_pil(given) and not sample.tensor:
        return to_pil(pixels)
    return _owned(pixels, given)


def _owned(pixels: Pixels, given: Any) -> Pixels:
    """A contiguous array of its own: writing into a result never writes into an input."""
    pixels = np.ascontiguousarray(pixels)
    if isinstance(given, np.ndarray) and not np.may_share_memory(pixels, given):
        return pixels
    return pixels.copy()
