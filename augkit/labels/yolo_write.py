"""Writing YOLO label files, and the ``data.yaml`` or ``classes.txt`` that names the classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import TypeVar, cast

import numpy as np

from augkit.labels.files import Json, LabelError, checked_relative, number_text, write_text
from augkit.labels.geometry import box_of, join_rings, rotated_to_quad, settled_keypoints
from augkit.labels.model import FloatArray, ImageLabels, LabelSchema
from augkit.labels.source import LabelWriter, Record
from augkit.labels.splits import split_of

__all__ = ["YoloWriter", "swap_folder"]

AnyPath = TypeVar("AnyPath", Path, PurePosixPath)


def swap_folder(path: AnyPath) -> AnyPath:
    """The last folder called ``images`` becomes ``labels``: how YOLO finds a label file.

    >>> swap_folder(PurePosixPath("images/train/1.txt")).as_posix()
    'labels/train/1.txt'
    """
    parts = list(path.parts)
    for index in reversed(range(len(parts))):
        if parts[index] == "images":
            parts[index] = "labels"
            return type(path)(*parts)
    return path


class YoloWriter(LabelWriter):
    """A text file per image, where YOLO looks for it, and one file of class names.

    YOLO looks in ``labels`` instead of ``images``, and beside an image whose path has no
    ``images``. A source with its labels in ``labels`` and its images anywhere is mirrored as it is.
    """

    def __init__(self, schema: LabelSchema, destination: Path) -> None:
        super().__init__(schema, destination)
        self._ids = {category.label: category.id for category in schema.categories}
        self._extra = cast("dict[str, Json]", schema.options.get("extra") or {})

    def outputs(self, path: str) -> list[str]:
        text = checked_relative(path).with_suffix(".txt")
        if self.schema.options.get("beside"):
            return [text.as_posix()]
        swapped = swap_folder(text)
        if swapped == text and self.schema.options.get("folder"):
            swapped = "labels" / text  # as in the source
        return [swapped.as_posix()]

    def write_image(self, path: str, width: int, height: int, labels: ImageLabels) -> list[str]:
        if not labels.listed:
            return []
        lines = []
        for row, label in enumerate(labels.labels):
            cells = [str(self._class(label, path))]
            cells += _fractions(self._points(labels, row), width, height)
            if self.schema.format == "yolo-pose":
                cells += self._keypoints(labels, row, width, height)
            if "score" in labels.attributes[row]:
                cells.append(str(labels.attributes[row]["score"]))
            lines.append(" ".join(cells) + "\n")
        written = self.outputs(path)
        write_text(self.destination / written[0], "".join(lines))
        return written

    def _class(self, label: str, path: str) -> int:
        if not self._ids and label.isdecimal():
            return int(label)
        if label not in self._ids:
            raise LabelError(f"{path} has the label {label!r}, which is not a class name")
        return self._ids[label]

    def _points(self, labels: ImageLabels, row: int) -> FloatArray:
        """The outline, the corners, or the centre and the size, as (K, 2) pixels."""
        kind = self.schema.format
        if kind == "yolo-seg" and labels.polygons and labels.polygons[row]:
            return join_rings(labels.polygons[row])
        if kind == "yolo-obb" and labels.rotated_boxes is not None:
            return rotated_to_quad(labels.rotated_boxes[row])
        box = box_of(labels, row)
        if box is None:
            raise LabelError(f"YOLO needs a box for {labels.labels[row]!r}")
        x_min, y_min, x_max, y_max = box
        if kind == "yolo-obb":
            return np.array([(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)])
        center = (x_min + x_max) / 2, (y_min + y_max) / 2
        return np.array([center, (x_max - x_min, y_max - y_min)])

    def _keypoints(self, labels: ImageLabels, row: int, width: int, height: int) -> list[str]:
        """All keypoints of ``kpt_shape``; those that are not labeled stand at 0 0."""
        count, dimensions = cast("list[int]", self._extra["kpt_shape"])
        points = np.zeros((count, 3))
        if labels.keypoints is not None:
            own = labels.keypoints[row][:count]
            points[: len(own)] = own
        cells = []
        for point in settled_keypoints(points, width, height):
            if dimensions == 2 and point[2] == 0:
                point = np.zeros(3)
            cells += _fractions(point[None, :2], width, height)
            cells += [number_text(point[2])] * (dimensions == 3)
        return cells

    def dataset_outputs(self) -> list[str]:
        names = self.schema.options.get("names_file")
        if not names:
            return []
        return ["data.yaml" if str(names).endswith((".yaml", ".yml")) else "classes.txt"]

    def dataset(self) -> AbstractContextManager[Callable[[Record], None]]:
        return self._dataset()

    @contextmanager
    def _dataset(self) -> Iterator[Callable[[Record], None]]:
        folders: dict[str, set[str]] = {}

        def add(record: Record) -> None:
            path, _, _, labels = record
            if self._belongs(labels):
                folders.setdefault(split_of(path) or "train", set()).add(_image_folder(path))

        yield add
        for name in self.dataset_outputs():
            yaml = name == "data.yaml"
            write_text(self.destination / name, self._data(folders) if yaml else self._classes())

    def _classes(self) -> str:
        return "".join(f"{category.name}\n" for category in self.schema.categories)

    def _data(self, folders: dict[str, set[str]]) -> str:
        """``data.yaml`` without ``path``: folders are then relative to the file itself."""
        import yaml

        data: dict[str, object] = {}
        for split in ("train", "val", "test"):
            if split in folders:
                several = sorted(folders[split])
                data[split] = several[0] if len(several) == 1 else several
        data |= self._extra
        data["nc"] = len(self.schema.categories)
        data["names"] = {category.id: category.name for category in self.schema.categories}
        return str(
            yaml.safe_dump(
                data, sort_keys=False, allow_unicode=True, width=4096, default_flow_style=None
            )
        )


def _image_folder(path: str) -> str:
    """The folder a ``data.yaml`` names: down to ``images`` and the split, whichever is deeper."""
    parents = PurePosixPath(path).parts[:-1]
    depth = max(
        (i + 1 for i, part in enumerate(parents) if part == "images" or split_of(f"{part}/x")),
        default=0,
    )
    return "/".join(parents[:depth]) or "."


def _fractions(points: FloatArray, width: int, height: int) -> list[str]:
    """Points in pixels as fractions: six decimals, or as many as a millionth of a pixel takes."""
    cells = []
    for x, y in points.tolist():
        for value, side in ((x, width), (y, height)):
            decimals = 6 + len(str(side))
            text = f"{round(value / side, decimals) + 0.0:.{decimals}f}"
            cells.append(text.rstrip("0").ljust(text.index(".") + 7, "0"))
    return cells
