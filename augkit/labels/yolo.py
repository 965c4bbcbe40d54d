"""YOLO: one text file per image, one line per object, all numbers fractions of the image's size.

The four kinds of lines (docs.ultralytics.com/datasets)::

    yolo        class  center_x center_y width height  [score]
    yolo-seg    class  x1 y1 x2 y2 x3 y3 ...           [score]
    yolo-obb    class  x1 y1 x2 y2 x3 y3 x4 y4         [score]
    yolo-pose   class  center_x center_y width height  x1 y1 [visibility1] x2 ...

The file of ``images/train/1.jpg`` is ``labels/train/1.txt``; ``labels/1.txt`` and a file beside
the image are found as well. An empty file says that there is no object. Results are written where
YOLO looks for them, unless the source has a folder ``labels`` in which it would not look either.
`augkit.labels.yolo_write` is the other direction, `augkit.labels.yolo_names` reads class names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np

from augkit.labels.files import Json, LabelError, existing, read_text
from augkit.labels.geometry import bounds, quad_to_rotated
from augkit.labels.model import Category, FloatArray, ImageLabels, LabelSchema
from augkit.labels.paths import image_size, parallel_paths, speaks_of_images
from augkit.labels.source import LabelOptions, LabelSource, LabelWriter, iter_files
from augkit.labels.yolo_names import NAME_FILES, YoloNames, find_names
from augkit.labels.yolo_write import YoloWriter, swap_folder

__all__ = ["YoloSource", "detect", "open_source", "open_writer"]

SAMPLED_FILES = 100
SLACK = 1e-3  # how far outside 0..1 a fraction may lie before it is reported


def open_source(name: str, argument: str, root: Path, options: LabelOptions) -> LabelSource:
    """Open ``yolo[:DIR]``, ``yolo-seg``, ``yolo-obb`` or ``yolo-pose``."""
    return YoloSource(name, existing(argument, root) if argument else None, root, options)


def open_writer(schema: LabelSchema, destination: Path) -> LabelWriter:
    """A writer of text files and of ``data.yaml`` or ``classes.txt``."""
    return YoloWriter(schema, destination)


def detect(root: Path) -> list[str]:
    """The kind of lines in the label files of a folder, if it has any."""
    source = YoloSource("yolo", None, root, LabelOptions())
    widths: set[int] = set()
    for file in islice(source.label_files(), SAMPLED_FILES):
        try:
            lines = read_text(file).split("\n")
            widths |= {len([_finite(cell, file, 0) for cell in line.split()]) for line in lines}
        except LabelError:
            return []  # some other text
    widths -= {0}
    if not speaks_of_images(source):
        return []
    if not widths:
        return ["yolo"] if source.names.file is not None and any(source.label_files()) else []
    if "kpt_shape" in source.names.extra:
        return ["yolo-pose"]
    if widths <= {5, 6}:
        return ["yolo"]
    if widths == {9}:
        raise LabelError(
            f"the label files of {root} have 9 columns: say yolo-obb (four corners) "
            "or yolo-seg (an outline of four points)"
        )
    return ["yolo-seg"] if all(width == 5 or width >= 7 for width in widths) else []


class YoloSource(LabelSource):
    """A folder of label files."""

    def __init__(self, kind: str, folder: Path | None, root: Path, options: LabelOptions) -> None:
        super().__init__(root, options)
        self.format = kind  # type: ignore[misc]
        self.folder = folder
        # The label folder beside a root that is called images, or is in a folder of that name.
        swapped = swap_folder(root.absolute())
        self._swapped = None if swapped == root.absolute() else swapped
        self.folders = [folder] if folder else [root / "labels", *filter(None, [self._swapped])]
        inner = () if folder else (*root.glob("*/labels"), *root.glob("*/*/labels"))
        self.folders = list(dict.fromkeys([*self.folders, *inner]))
        self.beside = not any(map(Path.is_dir, self.folders))
        self.names: YoloNames = find_names(folder, root)
        self._by_id = {category.id: category for category in self.names.categories}
        for message in self.names.problems:
            self._log.report("class names", message)
        shape = self.names.extra.get("kpt_shape")
        pose = kind == "yolo-pose"
        self._points = _shape_of_keypoints(shape, self.names.file) if pose else (0, 0)

    @property
    def categories(self) -> tuple[Category, ...]:
        return self.names.categories

    @property
    def schemas(self) -> list[LabelSchema]:
        options: dict[str, Json] = {
            "beside": self.beside,
            "folder": (self.root / "labels").is_dir(),
            "names_file": "" if self.names.file is None else self.names.file.name,
            "extra": self.names.extra,
        }
        return [LabelSchema(self.format, categories=self.categories, options=options)]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._locate(path) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self.label_files())

    def shared_files(self) -> list[Path]:
        return [self.names.file] if self.names.file else []

    def own_files(self, path: str) -> list[Path]:
        file = self._locate(path)
        return [file] if file else []

    def is_label_file(self, path: str) -> bool:
        return PurePosixPath(path).suffix == ".txt"

    def label_files(self) -> Iterator[Path]:
        """All label files, sorted by folder."""
        folders = [self.root] if self.beside else [f for f in self.folders if f.is_dir()]
        for folder in folders:
            for file in iter_files(folder, frozenset({".txt"})):
                if file.name not in NAME_FILES:
                    yield file

    def _locate(self, path: str) -> Path | None:
        relative = PurePosixPath(path).with_suffix(".txt")
        if self.folder:
            places = [self.folder / name for name in parallel_paths(relative)]
        else:
            places = [
                self.root / swap_folder(relative),
                *([self._swapped / relative] if self._swapped else []),
                self.root / "labels" / relative,
                self.root / relative,
            ]
        return next((place for place in places if place.is_file()), None)

    def get(self, path: str, *, width: int | None = None, height: int | None = None) -> ImageLabels:
        file = self._locate(path)
        if file is None:
            message = f"{path}: no label file; taken as unlabeled"
            self._log.report("image without label file", message)
            return ImageLabels(width=width, height=height, listed=False)
        if width is None or height is None:
            width, height = image_size(self.root / path)
        size = np.array([width, height], np.float64)
        rows = [
            self._read_line(line.split(), size, file, index)
            for index, line in enumerate(read_text(file).split("\n"), 1)
            if line.strip()
        ]
        kind = self.format
        labels = ImageLabels(
            labels=[row[0] for row in rows],
            attributes=[row[1] for row in rows],
            boxes=np.array([bounds(row[2]) for row in rows]).reshape(-1, 4),
            width=width,
            height=height,
            origin=self.origin,
        )
        if kind == "yolo-seg":
            labels.polygons = [[row[2]] if len(row[2]) > 2 else [] for row in rows]
        if kind == "yolo-obb":
            labels.rotated_boxes = np.array(
                [self._rotated(row[2], file, i) for i, row in enumerate(rows, 1)]
            ).reshape(-1, 5)
        if kind == "yolo-pose":
            labels.keypoints = np.array([row[3] for row in rows]).reshape(-1, self._points[0], 3)
        return labels

    def _read_line(
        self, cells: list[str], size: FloatArray, file: Path, line: int
    ) -> tuple[str, dict[str, Json], FloatArray, FloatArray]:
        """Label, attributes, outline (two corners of a box, or a ring) and keypoints, in pixels."""
        values = [_finite(cell, file, line) for cell in cells]
        label = self._label(values[0], cells[0], file, line)
        count, dimensions = self._points
        expected = {"yolo": 5, "yolo-obb": 9, "yolo-pose": 5 + count * dimensions}.get(self.format)
        attributes: dict[str, Json] = {}
        whole = {expected} if expected else {5, *range(7, len(values) + 1, 2)}
        if len(values) - 1 in whole and len(values) not in whole:
            attributes["score"] = values.pop()
        if len(values) not in whole:
            raise LabelError(self._wrong_columns(len(values), expected), file, line)
        fractions = np.array(values[1:])
        keypoints = np.zeros((count, 3))
        if self.format == "yolo-pose":
            points = fractions[4:].reshape(count, dimensions)
            keypoints[:, :2] = points[:, :2] * size
            keypoints[:, 2] = points[:, 2] if dimensions == 3 else 2.0 * points.any(axis=1)
            fractions = fractions[:4]
        if len(fractions) == 4:
            center, half = fractions[:2], fractions[2:] / 2
            if (half <= 0).any():
                self._report("empty box", "the box has no area", file, line)
            ring = np.array([center - half, center + half])
        else:
            ring = fractions.reshape(-1, 2)
        if ring.min() < -SLACK or ring.max() > 1 + SLACK:
            hint = "; are these pixels?" if ring.max() > 2 else ""
            self._report("outside the image", f"the object leaves the image{hint}", file, line)
        return label, attributes, ring * size, keypoints

    def _label(self, value: float, text: str, file: Path, line: int) -> str:
        if not value.is_integer() or value < 0:
            raise LabelError(f"the class must be a whole number from 0, got {text!r}", file, line)
        if not self._by_id:
            return str(int(value))
        category = self._by_id.get(int(value))
        if category is None:
            raise LabelError(
                f"unknown class {int(value)}; {self.names.file} names {len(self._by_id)} classes, "
                f"the last is {max(self._by_id)}",
                file,
                line,
            )
        return category.label

    def _wrong_columns(self, found: int, expected: int | None) -> str:
        need = f"{expected} columns" if expected else "5 columns, or 1 and at least 3 points"
        hint = {5: "yolo", 9: "yolo-obb"}.get(found, "yolo-seg or yolo-pose")
        return f"{self.format} needs {need} per line, got {found}; is this {hint}?"

    def _rotated(self, quad: FloatArray, file: Path, line: int) -> FloatArray:
        box, rectangle = quad_to_rotated(quad)
        if not rectangle:
            self._report(
                "no rectangle", "the four corners are no rectangle; the one around them is used",
                file, line,
            )  # fmt: skip
        return box


def _finite(text: str, file: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise LabelError(f"{text!r} is not a finite number", file, line)
    return value


def _shape_of_keypoints(shape: Json, file: Path | None) -> tuple[int, int]:
    if isinstance(shape, list) and len(shape) == 2:
        count, dimensions = shape
        if isinstance(count, int) and count > 0 and dimensions in (2, 3):
            return count, int(dimensions)
    raise LabelError(
        f"yolo-pose needs kpt_shape: [points, 2 or 3] in data.yaml, got {shape!r}", file
    )
