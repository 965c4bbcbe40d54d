"""Writing a COCO file: images and annotations numbered from 1, categories as they were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import TypeAlias, cast

from augkit.labels.files import Json, LabelError, atomic_file, checked_relative, number
from augkit.labels.geometry import box_of, ring_area, settled_keypoints
from augkit.labels.model import Category, FloatArray, ImageLabels, LabelSchema
from augkit.labels.rle import Rle
from augkit.labels.source import LabelWriter, Record

__all__ = ["CocoWriter"]

JsonObject: TypeAlias = "dict[str, Json]"


class CocoWriter(LabelWriter):
    """One file for all images, written as they come: memory does not grow with their number."""

    def __init__(self, schema: LabelSchema, destination: Path) -> None:
        super().__init__(schema, destination)
        self._file = checked_relative(schema.file or "annotations.json")
        self._categories = {category.label: category for category in schema.categories}
        self._shift = 0.5 if schema.options.get("keypoints_at") == "centers" else 0.0

    def dataset_outputs(self) -> list[str]:
        return [self._file.as_posix()]

    def dataset(self) -> AbstractContextManager[Callable[[Record], None]]:
        return self._dataset()

    @contextmanager
    def _dataset(self) -> Iterator[Callable[[Record], None]]:
        target = self.destination / self._file
        with atomic_file(target) as images, TemporaryFile(dir=target.parent) as annotations:
            counts = {"images": 0, "annotations": 0}

            def add(record: Record) -> None:
                path, width, height, plain = record
                if not self._belongs(plain):
                    return
                counts["images"] += 1
                labels = ImageLabels.from_dict(plain)
                image = {
                    "id": counts["images"],
                    "file_name": self._name(path),
                    "width": width,
                    "height": height,
                    **labels.image_attributes,
                }
                images.write(_line(image, first=counts["images"] == 1))
                for annotation in self._annotations(labels, path, width, height):
                    counts["annotations"] += 1
                    ids = {"id": counts["annotations"], "image_id": counts["images"]}
                    annotations.write(_line({**ids, **annotation}, counts["annotations"] == 1))

            images.write(self._head())
            yield add
            images.write(b'\n],\n"annotations": [')
            annotations.seek(0)
            shutil.copyfileobj(annotations, images)
            images.write(b"\n]\n}\n")

    def _head(self) -> bytes:
        header = cast("JsonObject", self.schema.options.get("header") or {})
        lines = [f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in header.items()]
        categories = [{"id": c.id, "name": c.name, **c.extra} for c in self.schema.categories]
        body = b"".join(_line(entry, index == 0) for index, entry in enumerate(categories))
        head = "{\n" + "".join(lines) + '"categories": ['
        return head.encode() + body + b'\n],\n"images": ['

    def _name(self, path: str) -> str:
        """Of an image below the folder of the file, as seen from there; else from the top."""
        pure = checked_relative(path)
        folder = self._file.parent
        inside = folder != PurePosixPath() and pure.is_relative_to(folder)
        return (pure.relative_to(folder) if inside else pure).as_posix()

    def _annotations(
        self, labels: ImageLabels, path: str, width: int, height: int
    ) -> Iterator[JsonObject]:
        masks = cast("Sequence[Rle | None]", labels.masks or [None] * labels.count)
        for row, label in enumerate(labels.labels):
            category = self._categories.get(label)
            if category is None:
                raise LabelError(f"{path} has the label {label!r}, which is not a category")
            rings = [ring for ring in labels.polygons[row] if len(ring)] if labels.polygons else []
            annotation: JsonObject = {"category_id": category.id}
            box = box_of(labels, row)
            if box is None:
                raise LabelError(f"{path}: COCO needs a box or an outline for {label!r}")
            x_min, y_min, x_max, y_max = box
            size = number(x_max - x_min), number(y_max - y_min)
            annotation["bbox"] = [number(x_min), number(y_min), *size]
            annotation["area"] = number(float(size[0]) * float(size[1]))
            code = masks[row]
            if rings:
                annotation["area"] = number(sum(map(ring_area, rings)))
                annotation["segmentation"] = [[number(v) for v in ring.flat] for ring in rings]
            elif code is not None and code.area:
                annotation["area"] = code.area
                annotation["segmentation"] = code.to_dict()
            elif labels.polygons is not None:
                annotation["segmentation"] = []
            if labels.keypoints is not None and labels.keypoints.size:
                points = settled_keypoints(labels.keypoints[row], width, height)
                annotation.update(self._keypoints(points, category))
            yield {**annotation, **labels.attributes[row]}

    def _keypoints(self, points: FloatArray, category: Category) -> JsonObject:
        names = category.extra.get("keypoints")
        if isinstance(names, list):
            points = points[: len(names)]
        elif not points.any():
            return {}
        points[points[:, 2] > 0, :2] -= self._shift
        return {
            "keypoints": [number(v) for v in points.flat],
            "num_keypoints": int((points[:, 2] > 0).sum()),
        }


def _line(entry: Mapping[str, object], first: bool) -> bytes:
    return ("\n" if first else ",\n").encode() + json.dumps(entry, allow_nan=False).encode()
