"""Writing tables with the columns of the source."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import cast

from augkit.labels.files import Json, LabelError, atomic_file, checked_relative, number_text
from augkit.labels.geometry import box_of
from augkit.labels.model import ImageLabels, LabelSchema
from augkit.labels.source import LabelWriter, Record

__all__ = ["TableWriter"]


class TableWriter(LabelWriter):
    """One table for all images; an image without objects has a row with its name alone."""

    def __init__(self, schema: LabelSchema, destination: Path) -> None:
        super().__init__(schema, destination)
        options = schema.options
        self._file = checked_relative(schema.file or "labels.csv")
        self._header = cast("list[str]", options["header"])
        self._columns = cast("dict[str, int]", options["columns"])
        self._others = cast("dict[str, int]", options["others"])

    def dataset_outputs(self) -> list[str]:
        return [self._file.as_posix()]

    def dataset(self) -> AbstractContextManager[Callable[[Record], None]]:
        return self._dataset()

    @contextmanager
    def _dataset(self) -> Iterator[Callable[[Record], None]]:
        delimiter = str(self.schema.options.get("delimiter", ","))
        with atomic_file(self.destination / self._file) as raw:
            text = io.TextIOWrapper(raw, "utf-8", newline="", write_through=True)
            writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
            if self.schema.options.get("has_header", True):
                writer.writerow(self._header)

            def add(record: Record) -> None:
                path, width, height, plain = record
                if self._belongs(plain):
                    labels = ImageLabels.from_dict(plain)
                    common = self._common(path, width, height, labels)
                    for row in range(labels.count):
                        writer.writerow(self._row(common, labels, row, width, height))
                    if not labels.count:
                        writer.writerow(common)

            try:
                yield add
            finally:
                text.detach()

    def _common(self, path: str, width: int, height: int, labels: ImageLabels) -> list[str]:
        """What all rows of an image share; alone it is the row of an image without objects."""
        cells = [""] * len(self._header)
        attributes = labels.image_attributes
        for name, index in self._others.items():
            cells[index] = _text(attributes.get(name))
        values: Mapping[str, Json] = {
            "path": self._name(path),
            "image_width": width,
            "image_height": height,
            "split": attributes.get("split"),
            "label": attributes.get("label"),
        }
        for role, value in values.items():
            if role in self._columns:
                cells[self._columns[role]] = _text(value)
        return cells

    def _name(self, path: str) -> str:
        """As in the source: from the folder of the table, with or without suffix."""
        pure = checked_relative(path)
        folder = self._file.parent
        if folder != PurePosixPath() and pure.is_relative_to(folder):
            pure = pure.relative_to(folder)
        return (pure.with_suffix("") if self.schema.options.get("stems") else pure).as_posix()

    def _row(
        self, common: list[str], labels: ImageLabels, row: int, width: int, height: int
    ) -> list[str]:
        cells = list(common)
        for name, index in self._others.items():
            if name in labels.attributes[row]:
                cells[index] = _text(labels.attributes[row][name])
        if "label" in self._columns:
            cells[self._columns["label"]] = labels.labels[row]
        layout = self.schema.options.get("layout")
        if not layout:
            return cells
        box = box_of(labels, row)
        if box is None:
            raise LabelError(f"{common[self._columns['path']]}: a table of boxes needs a box")
        for role, value in self._coordinates(box, str(layout)).items():
            digits = value
            if self.schema.options.get("fractions"):
                side = width if role in ("x_min", "x_max", "x", "center_x", "box_width") else height
                cells[self._columns[role]] = f"{digits / side:.10f}".rstrip("0").rstrip(".")
            else:
                cells[self._columns[role]] = number_text(digits)
        return cells

    def _coordinates(self, box: tuple[float, float, float, float], layout: str) -> dict[str, float]:
        x_min, y_min, x_max, y_max = box
        if layout == "edges":
            return {"x_min": x_min, "y_min": y_min, "x_max": x_max, "y_max": y_max}
        size = {"box_width": x_max - x_min, "box_height": y_max - y_min}
        if layout == "corner":
            return {"x": x_min, "y": y_min, **size}
        return {"center_x": (x_min + x_max) / 2, "center_y": (y_min + y_max) / 2, **size}


def _text(value: Json) -> str:
    return "" if value is None else str(value)
