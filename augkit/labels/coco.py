"""COCO: one JSON file for a data set (cocodataset.org, "Data format").

Boxes are ``x, y, width, height`` from the upper left edge; outlines are polygons or run-length
codes. `augkit.labels.coco_write` is the other direction.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

import numpy as np

from augkit.labels.coco_write import CocoWriter
from augkit.labels.files import (
    Json,
    LabelError,
    existing,
    read_text,
)
from augkit.labels.model import Category, FloatArray, ImageLabels, LabelSchema
from augkit.labels.one_file import OneFileSource
from augkit.labels.rle import Rle
from augkit.labels.source import LabelOptions, LabelSource, LabelWriter

__all__ = ["CocoSource", "detect", "open_source", "open_writer"]

JsonObject: TypeAlias = "dict[str, Json]"


@dataclass
class _Entry:
    """An image of the file, its annotations, and why they cannot be trusted."""

    image: JsonObject
    annotations: list[JsonObject]
    trouble: str = ""


IMAGE_FIELDS = frozenset({"id", "file_name", "width", "height"})
# Written anew from the geometry, so never carried along.
ANNOTATION_FIELDS = frozenset(
    {"id", "image_id", "category_id", "bbox", "segmentation", "keypoints", "num_keypoints", "area"}
)


def open_source(name: str, argument: str, root: Path, options: LabelOptions) -> LabelSource:
    """Open ``coco:FILE``."""
    if not argument:
        raise LabelError("coco needs a file, as in coco:annotations.json")
    return CocoSource(existing(argument, root), root, options)


def open_writer(schema: LabelSchema, destination: Path) -> LabelWriter:
    """A writer of the file ``schema.file``."""
    return CocoWriter(schema, destination)


def detect(root: Path) -> list[str]:
    """JSON files of the folder, its ``annotations`` and its splits that look like COCO."""
    folders = [root, *(root / n for n in ("annotations", "train", "valid", "val", "test"))]
    files = [file for folder in folders for file in sorted(folder.glob("*.json"))]
    return [f"coco:{file.resolve()}" for file in files if _looks_like_coco(file)]


def _looks_like_coco(file: Path) -> bool:
    try:
        with open(file, "rb") as stream:
            head, size = stream.read(1 << 16), file.stat().st_size
            stream.seek(max(0, size - (1 << 12)))
            text = head + stream.read()
    except OSError:
        return False
    return b'"images"' in text and (b'"annotations"' in text or b'"categories"' in text)


class CocoSource(OneFileSource[_Entry]):
    """The labels in one COCO file."""

    format = "coco"

    def __init__(self, file: Path, root: Path, options: LabelOptions) -> None:
        super().__init__(file, root, options)
        data = _load(file)
        self._header: JsonObject = {key: data[key] for key in ("info", "licenses") if key in data}
        self._categories = self._read_categories(_objects(data, "categories", file, needed=False))
        self._by_id = {category.id: category for category in self._categories}
        annotations = _objects(data, "annotations", file, needed=False)
        named = [_length(category.extra.get("keypoints")) for category in self._categories]
        given = [_length(annotation.get("keypoints")) // 3 for annotation in annotations]
        self._points = max([*named, *given], default=0)
        self._has_outlines = any("segmentation" in a for a in annotations)
        self._read_images(_objects(data, "images", file), annotations)

    @property
    def schemas(self) -> list[LabelSchema]:
        options: JsonObject = {"header": self._header, "keypoints_at": self.options.keypoints_at}
        file = self.origin or "annotations.json"
        return [LabelSchema("coco", file, self.origin, self._categories, options)]

    def get(self, path: str, *, width: int | None = None, height: int | None = None) -> ImageLabels:
        found = self._index.find(path)
        if found is None:
            return ImageLabels(width=width, height=height, listed=False)
        if found.trouble:
            raise LabelError(f"{found.trouble}; the labels of {path} are not known", self.file)
        image, annotations = found.image, found.annotations
        rows = [self._read_annotation(annotation, image) for annotation in annotations]
        labels = ImageLabels(
            labels=[row[0] for row in rows],
            boxes=np.array([row[1] for row in rows]).reshape(-1, 4),
            polygons=[row[2] for row in rows] if self._has_outlines else None,
            masks=[row[3] for row in rows] if any(row[3] for row in rows) else None,
            keypoints=np.array([row[4] for row in rows]) if self._points else None,
            attributes=[
                {key: value for key, value in a.items() if key not in ANNOTATION_FIELDS}
                for a in annotations
            ],
            image_attributes={k: v for k, v in image.items() if k not in IMAGE_FIELDS},
            width=_size(image.get("width")),
            height=_size(image.get("height")),
            origin=self.origin,
        )
        self._check_size(labels, width, height, self.file, path)
        return labels

    def _read_categories(self, raw: list[JsonObject]) -> tuple[Category, ...]:
        categories: list[Category] = []
        names = [str(entry.get("name")) for entry in raw]
        for index, entry in enumerate(raw):
            where = f"categories[{index}]"
            identifier, name = entry.get("id"), entry.get("name")
            if not isinstance(identifier, int) or not isinstance(name, str):
                raise LabelError(f"{where} needs a whole 'id' and a 'name', got {entry}", self.file)
            if any(identifier == other.id for other in categories):
                raise LabelError(f"{where} has the id {identifier} of another category", self.file)
            label = name
            if names.count(name) > 1:
                label = f"{name}#{identifier}"
                self._report("category", f"several categories are called {name!r}", self.file)
            extra = {k: v for k, v in entry.items() if k not in ("id", "name")}
            categories.append(Category(identifier, name, label, extra))
        return tuple(categories)

    def _read_images(self, images: list[JsonObject], annotations: list[JsonObject]) -> None:
        by_id: dict[Json, _Entry] = {}
        for number_, image in enumerate(images):
            identifier, name = image.get("id"), image.get("file_name")
            if not isinstance(identifier, (int, str)) or not isinstance(name, str):
                raise LabelError(f"images[{number_}] needs an 'id' and a 'file_name'", self.file)
            entry = _Entry(image, [])
            if identifier in by_id:
                self._spoil(f"several images have the id {identifier}", entry, by_id[identifier])
            known = self._index.get(name)
            if known is not None:
                self._spoil(f"several images have the name {name!r}", entry, known)
            by_id.setdefault(identifier, entry)
            self._index.set(name, entry)
        seen: set[Json] = set()
        for number_, annotation in enumerate(annotations):
            identifier = annotation.get("id")
            if isinstance(identifier, (int, str)):
                if identifier in seen:
                    self._report(
                        "duplicate id", f"several annotations have the id {identifier}", self.file
                    )
                seen.add(identifier)
            owner = annotation.get("image_id")
            target = by_id.get(owner) if isinstance(owner, (int, str)) else None
            if target is None:
                self._report(
                    "annotation of an unknown image",
                    f"annotations[{number_}] (id {identifier}) is left out: "
                    f"no image has the id {owner!r}",
                    self.file,
                )
            else:
                target.annotations.append(annotation)

    def _spoil(self, reason: str, *entries: _Entry) -> None:
        self._report("duplicate image", reason, self.file)
        for entry in entries:
            entry.trouble = reason

    def _read_annotation(
        self, annotation: JsonObject, image: JsonObject
    ) -> tuple[str, list[float], list[FloatArray], Rle | None, FloatArray]:
        where = f"annotation {annotation.get('id')} of {image['file_name']}"
        category = self._by_id.get(cast("int", _hashable(annotation.get("category_id"))))
        if category is None:
            raise LabelError(
                f"{where}: no category has the id {annotation.get('category_id')!r}", self.file
            )
        if not _all_finite([v for k, v in annotation.items() if k not in ANNOTATION_FIELDS]):
            raise LabelError(f"{where} holds NaN or an infinite number", self.file)
        rings, code = self._read_outline(annotation.get("segmentation"), where)
        if code and (code.width, code.height) != (image.get("width"), image.get("height")):
            raise LabelError(
                f"{where}: the RLE is {code.width}x{code.height} and the image "
                f"{image.get('width')}x{image.get('height')}",
                self.file,
            )
        points = self._read_keypoints(annotation.get("keypoints"), where)
        box = self._read_box(annotation.get("bbox"), rings, code, points, where)
        return category.label, box, rings, code, points

    def _read_box(
        self, bbox: Json, rings: list[FloatArray], code: Rle | None, points: FloatArray, where: str
    ) -> list[float]:
        if bbox is not None and bbox != []:
            x, y, width, height = self._numbers(bbox, f"{where}: bbox", 4)
            if width <= 0 or height <= 0:
                self._report("empty box", f"{where}: bbox {bbox} has no area", self.file)
            return [x, y, x + width, y + height]
        around = code.bounds() if code else None
        if around:
            return list(around)
        seen = points[points[:, 2] > 0, :2]
        corners = np.concatenate([*rings, *([] if rings else [seen])])
        if not len(corners):
            raise LabelError(f"{where}: no bbox, and nothing to compute it from", self.file)
        return [*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()]

    def _read_outline(self, raw: Json, where: str) -> tuple[list[FloatArray], Rle | None]:
        if raw is None or raw == []:
            return [], None
        if isinstance(raw, dict):
            try:
                return [], Rle.from_dict(raw)
            except LabelError as error:
                raise LabelError(f"{where}: {error.message}", self.file) from None
        if isinstance(raw, list) and isinstance(raw[0], (int, float)):
            self._report("outline", f"{where}: segmentation is one ring, not a list", self.file)
            raw = [raw]
        if not isinstance(raw, list):
            raise LabelError(f"{where}: segmentation must be polygons or an RLE", self.file)
        rings = []
        for flat in raw:
            values = self._numbers(flat, f"{where}: segmentation")
            if len(values) % 2:
                raise LabelError(f"{where}: a polygon has an odd number of values", self.file)
            if len(values) < 6:
                self._report("outline", f"{where}: a polygon has under three points", self.file)
            rings.append(np.array(values).reshape(-1, 2))
        return rings, None

    def _read_keypoints(self, raw: Json, where: str) -> FloatArray:
        points = np.zeros((self._points, 3))
        if raw is None or raw == []:
            return points
        values = self._numbers(raw, f"{where}: keypoints")
        if len(values) % 3:
            raise LabelError(f"{where}: keypoints must be x, y, visibility in turn", self.file)
        own = np.array(values).reshape(-1, 3)
        if self.options.keypoints_at == "centers":
            own[own[:, 2] > 0, :2] += 0.5
        points[: len(own)] = own
        return points

    def _numbers(self, raw: Json, what: str, count: int | None = None) -> list[float]:
        good = isinstance(raw, list) and all(
            isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v)
            for v in raw
        )
        if not good or (count is not None and len(cast("list[Json]", raw)) != count):
            some = "" if count is None else f"{count} "
            raise LabelError(f"{what} must be {some}finite numbers, got {raw!r}", self.file)
        return [float(v) for v in cast("list[float]", raw)]


def _load(file: Path) -> JsonObject:
    try:
        data = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg} (column {error.colno})"
        raise LabelError(message, file, error.lineno) from None
    except RecursionError:
        raise LabelError("not COCO: nested too deep", file) from None
    if not isinstance(data, dict):
        raise LabelError(f"not COCO: an object with 'images' is needed, got {type(data)}", file)
    return data


def _objects(data: JsonObject, key: str, file: Path, *, needed: bool = True) -> list[JsonObject]:
    entries = data.get(key, None if needed else [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LabelError(f"not COCO: {key!r} must be a list of objects", file)
    return cast("list[JsonObject]", entries)


def _size(value: Json) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _length(value: Json) -> int:
    return len(value) if isinstance(value, list) else 0


def _hashable(value: Json) -> Json:
    return None if isinstance(value, (list, dict)) else value


def _all_finite(value: Json) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(_all_finite, value))
    return all(map(_all_finite, value.values())) if isinstance(value, dict) else True
