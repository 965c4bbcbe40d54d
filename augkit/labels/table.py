"""Tables (CSV, TSV) with a row per object, or a row per image with its class.

Columns are found by name, whatever their case and punctuation: see `NAMES`. A box is ``x_min y_min
x_max y_max``, or a corner or a centre with a width and a height. Columns of other names are carried
along. A row without box is an image without objects. `augkit.labels.table_write` is the other
direction.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np

from augkit.labels.files import Json, LabelError, existing, read_text
from augkit.labels.model import Category, ImageLabels, LabelSchema
from augkit.labels.one_file import OneFileSource
from augkit.labels.paths import IMAGE_SUFFIXES, image_size, tidy
from augkit.labels.source import LabelOptions, LabelSource, LabelWriter
from augkit.labels.table_write import TableWriter

__all__ = ["NAMES", "Table", "TableSource", "detect", "open_source", "open_writer", "read_table"]

Row: TypeAlias = "tuple[int, list[str]]"

NAMES: dict[str, tuple[str, ...]] = {
    "path": (
        *("path", "filepath", "imagepath", "imgpath", "filename", "imagefilename", "imagefile"),
        *("file", "imagename", "imgname", "fname", "image", "img", "imageid", "imgid"),
    ),
    "x_min": ("xmin", "x1", "left", "minx", "bboxx1", "bboxxmin", "bboxleft", "boxx1", "xtl", "x0"),
    "y_min": ("ymin", "y1", "top", "miny", "bboxy1", "bboxymin", "bboxtop", "boxy1", "ytl", "y0"),
    "x_max": ("xmax", "x2", "right", "maxx", "bboxx2", "bboxxmax", "bboxright", "boxx2", "xbr"),
    "y_max": ("ymax", "y2", "bottom", "maxy", "bboxy2", "bboxymax", "bboxbottom", "boxy2", "ybr"),
    "x": ("x", "bboxx", "boxx", "left", "xmin"),
    "y": ("y", "bboxy", "boxy", "top", "ymin"),
    "center_x": ("centerx", "xcenter", "cx", "xc", "bboxcx", "centrex", "xcentre"),
    "center_y": ("centery", "ycenter", "cy", "yc", "bboxcy", "centrey", "ycentre"),
    "box_width": ("boxwidth", "bboxwidth", "bboxw", "boxw", "w", "width"),
    "box_height": ("boxheight", "bboxheight", "bboxh", "boxh", "h", "height"),
    "image_width": ("imagewidth", "imgwidth", "imagew", "imgw", "width"),
    "image_height": ("imageheight", "imgheight", "imageh", "imgh", "height"),
    "label": (
        *("label", "class", "classname", "labelname", "category", "categoryname", "classlabel"),
        *("objectclass", "target", "name", "classid", "labelid", "categoryid"),
    ),
    "split": ("split", "subset", "set", "partition", "phase", "usage"),
}
LAYOUTS: dict[str, tuple[str, ...]] = {
    "edges": ("x_min", "y_min", "x_max", "y_max"),
    "center": ("center_x", "center_y", "box_width", "box_height"),
    "corner": ("x", "y", "box_width", "box_height"),
}
COMPOUND = frozenset({"bbox", "box", "boundingbox", "boxes", "segmentation", "polygon"})
HEADLESS = ["path", "x1", "y1", "x2", "y2", "class"]  # as keras-retinanet has it


@dataclass
class Table:
    """A table as text, and what its columns mean.

    ``columns`` gives a column's number by the keys of `NAMES`; ``layout`` is a key of `LAYOUTS`
    or empty where there are no boxes; ``rows`` are (line, cells).
    """

    file: Path
    header: list[str]
    delimiter: str = ","
    has_header: bool = True
    columns: dict[str, int] = field(default_factory=dict)
    layout: str = ""
    rows: list[Row] = field(default_factory=list)

    @property
    def others(self) -> dict[str, int]:
        """The columns that have no meaning here, by a name that is theirs alone."""
        known = set(self.columns.values())
        return {
            name if self.header.index(name) == index else f"{name}#{index}": index
            for index, name in enumerate(self.header)
            if index not in known
        }


def read_table(file: Path) -> Table:
    """Read a table and find its columns; `LabelError` where there is no column of image names."""
    text = read_text(file)
    first_line = text.partition("\n")[0]
    marks = "\t" if file.suffix.lower() in (".tsv", ".tab") else ",;\t"
    delimiter = max(marks, key=first_line.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise LabelError(f"not a table: {error}", file, reader.line_num) from None
    if not rows:
        raise LabelError("the table is empty; a header with a column of paths is needed", file)
    header = rows[0][1]
    table = Table(file, header, delimiter, rows=rows[1:])
    _find_columns(table)
    if "path" not in table.columns and _is_headless(header):
        table = Table(file, HEADLESS, delimiter, has_header=False, rows=rows)
        _find_columns(table)
    if "path" not in table.columns:
        known = ", ".join(NAMES["path"])
        raise LabelError(f"no column of image names; {header} holds none of {known}", file, 1)
    return table


def _is_headless(cells: Sequence[str]) -> bool:
    boxed = len(cells) == 6 and all(not cell or _is_number(cell) for cell in cells[1:5])
    return boxed and Path(cells[0]).suffix.lower() in IMAGE_SUFFIXES


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _find_columns(table: Table) -> None:
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in table.header]
    found = {
        role: next((plain.index(name) for name in names if name in plain), None)
        for role, names in NAMES.items()
    }
    for layout, roles in LAYOUTS.items():
        if all(found[role] is not None for role in roles):
            table.layout = layout
            break
    used = LAYOUTS.get(table.layout, ())
    for role in ("path", *used, "label", "split", "image_width", "image_height"):
        column = found[role]
        if column is not None and column not in table.columns.values():
            table.columns[role] = column
    if not table.layout and "path" in table.columns:
        some = [role for role in LAYOUTS["edges"] if found[role] is not None]
        some += [table.header[i] for i, name in enumerate(plain) if name in COMPOUND]
        if some:
            raise LabelError(
                f"boxes cannot be read: there is {', '.join(some)}, but four columns are needed "
                "(x_min, y_min, x_max, y_max; or x, y, width, height)",
                table.file,
                1,
            )


def open_source(name: str, argument: str, root: Path, options: LabelOptions) -> LabelSource:
    """Open ``csv:FILE``."""
    if not argument:
        raise LabelError("csv needs a file, as in csv:boxes.csv")
    return TableSource(existing(argument, root), root, options)


def open_writer(schema: LabelSchema, destination: Path) -> LabelWriter:
    """A writer of a table with the same columns."""
    return TableWriter(schema, destination)


def detect(root: Path) -> list[str]:
    """Tables of the folder that name images which are there, and say more than names."""
    specs = []
    for file in sorted([*root.glob("*.csv"), *root.glob("*.tsv")]):
        try:
            table = read_table(file)
        except LabelError:
            continue
        names = (row[1][table.columns["path"]] for row in table.rows if len(row[1]) > 1)
        if len(table.columns) > 1 and any(
            (root / tidy(name)).is_file() for name in islice(names, 20)
        ):
            specs.append(f"csv:{file.resolve()}")
    return specs


class TableSource(OneFileSource[list[Row]]):
    """The labels in one table."""

    format = "csv"

    def __init__(self, file: Path, root: Path, options: LabelOptions) -> None:
        super().__init__(file, root, options)
        table = read_table(file)
        path = table.columns["path"]
        names: dict[str, None] = {}
        stems: set[bool] = set()
        for line, cells in table.rows:
            name = cells[path] if len(cells) > path else ""
            if not name:
                raise LabelError("the row names no image", file, line)
            stems.add(Path(name).suffix.lower() not in IMAGE_SUFFIXES)
            rows = self._index.get(name)
            if rows is None:
                self._index.set(name, [(line, cells)])
            else:
                rows.append((line, cells))
            column = table.columns.get("label")
            if column is not None and len(cells) > column and cells[column]:
                names[cells[column]] = None
        self._stems = stems == {True}
        self._categories = tuple(Category(i, name) for i, name in enumerate(names, 1))
        self._warn(table)
        table.rows = []
        self._table = table

    def _warn(self, table: Table) -> None:
        columns = [table.columns[role] for role in LAYOUTS.get(table.layout, ())]
        shown = [
            float(cells[column])
            for _, cells in table.rows[:200]
            for column in columns
            if len(cells) > column and _is_number(cells[column])
        ]
        if shown and max(shown) <= 1 and not self.options.csv_fractions:
            self._report(
                "fractions", "all coordinates are below 1; are they fractions? then say "
                "csv_fractions=True", table.file,
            )  # fmt: skip
        plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in table.others}
        for name, original in plain.items():
            if name.endswith("x") and name[:-1] + "y" in plain:
                self._report(
                    "column", f"{original} and {plain[name[:-1] + 'y']} look like a point, but are "
                    "carried along unchanged", table.file, 1,
                )  # fmt: skip

    @property
    def schemas(self) -> list[LabelSchema]:
        table = self._table
        options: dict[str, Json] = {
            "header": list[Json](table.header),
            "has_header": table.has_header,
            "delimiter": table.delimiter,
            "columns": dict[str, Json](table.columns),
            "others": dict[str, Json](table.others),
            "layout": table.layout,
            "fractions": self.options.csv_fractions,
            "stems": self._stems,
        }
        file = self.origin or self.file.name
        return [LabelSchema("csv", file, self.origin, self._categories, options)]

    def group(self, path: str) -> tuple[str | None, str | None]:
        rows = self._index.find(path)
        if not rows:
            return None, None
        split = self._cell(rows[0], "split") or None
        return split, None if self._table.layout else self._cell(rows[0], "label") or None

    def get(self, path: str, *, width: int | None = None, height: int | None = None) -> ImageLabels:
        rows = self._index.find(path)
        if rows is None:
            return ImageLabels(width=width, height=height, listed=False)
        labels = ImageLabels(origin=self.origin)
        if self._table.layout and self.options.csv_fractions and None in (width, height):
            width, height = image_size(self.root / path)
        boxes: list[list[float]] = []
        for row in rows:
            if len(row[1]) != len(self._table.header):
                raise LabelError(
                    f"{len(row[1])} columns instead of {len(self._table.header)}", self.file, row[0]
                )
            self._read_row(row, labels, boxes)
        if self._table.layout:
            labels.boxes = np.array(boxes).reshape(-1, 4)
            if self.options.csv_fractions and width and height:
                labels.boxes = labels.boxes * [width, height, width, height]
        for side in ("width", "height"):
            text = self._cell(rows[0], f"image_{side}")
            if text.isdecimal():
                setattr(labels, side, int(text))
        split = self._cell(rows[0], "split")
        if split:
            labels.image_attributes["split"] = split
        if any(self._cell(row, "split") != split for row in rows):
            self._report("split", f"rows of {path} give several splits", self.file, rows[0][0])
        self._check_size(labels, width, height, self.file, path)
        return labels

    def _read_row(self, row: Row, labels: ImageLabels, boxes: list[list[float]]) -> None:
        others = {name: row[1][index] for name, index in self._table.others.items()}
        label = self._cell(row, "label")
        box = self._read_box(row) if self._table.layout else None
        if box is not None or (label and not self._table.layout):
            labels.labels.append(label)
            labels.attributes.append(dict[str, Json](others))
            if box:
                boxes.append(box)
            return
        if label:
            self._report("row without box", f"{label!r} has no box", self.file, row[0])
            others["label"] = label
        labels.image_attributes.update({k: v for k, v in others.items() if v})

    def _read_box(self, row: Row) -> list[float] | None:
        roles = LAYOUTS[self._table.layout]
        texts = [self._cell(row, role) for role in roles]
        if not any(texts):
            return None
        for role, text in zip(roles, texts, strict=True):
            if not _is_number(text):
                name = self._table.header[self._table.columns[role]]
                raise LabelError(f"{name} must be a finite number, got {text!r}", self.file, row[0])
        a, b, c, d = map(float, texts)
        if self._table.layout == "center":
            a, b = a - c / 2, b - d / 2
        box = [a, b, c, d] if self._table.layout == "edges" else [a, b, a + c, b + d]
        if box[2] <= box[0] or box[3] <= box[1]:
            self._report("empty box", "the box has no area", self.file, row[0])
        return box

    def _cell(self, row: Row, role: str) -> str:
        column = self._table.columns.get(role)
        return "" if column is None or column >= len(row[1]) else row[1][column]
