"""Pascal VOC: one XML file per image (VOC development kit, 2012).

``bndbox`` holds whole pixels, counted from 1, both ends inside: the box of the first pixel is
1, 1, 1, 1 and becomes the edges 0, 0, 1, 1. Many tools write edges counted from 0 instead; the
option ``voc_zero_based`` reads and writes ``bndbox`` as edges, unchanged.
``robndbox`` (roLabelImg) is centre, size and an angle in radians, clockwise; ``polygon`` is points,
as ``x1, y1, x2, y2...`` or as ``pt``. Both are in edges, as their tools draw them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import cast
from xml.etree import ElementTree

import numpy as np

from augkit.labels.files import Json, LabelError, existing, read_bytes
from augkit.labels.geometry import bounds, rotated_to_quad
from augkit.labels.model import Category, FloatArray, ImageLabels, LabelSchema
from augkit.labels.paths import parallel_paths, speaks_of_images
from augkit.labels.source import LabelOptions, LabelSource, LabelWriter, iter_files
from augkit.labels.voc_write import VocWriter

__all__ = ["VocSource", "detect", "open_source", "open_writer"]

FOLDERS = ("Annotations", "annotations", "xml", "labels")
XML = frozenset({".xml"})
GEOMETRY = frozenset({"name", "bndbox", "robndbox", "polygon", "part"})
# Written anew, or about the place of the source.
IMAGE_FIELDS = frozenset({"folder", "filename", "path", "size", "object"})


def open_source(name: str, argument: str, root: Path, options: LabelOptions) -> LabelSource:
    """Open ``voc[:DIR]``."""
    return VocSource(existing(argument, root) if argument else None, root, options)


def open_writer(schema: LabelSchema, destination: Path) -> LabelWriter:
    """A writer of XML files below ``annotations``."""
    return VocWriter(schema, destination)


def detect(root: Path) -> list[str]:
    """XML files with an ``annotation``, beside the images or where VOC has them."""
    source = VocSource(None, root, LabelOptions())
    for file in source.label_files():
        try:
            found = b"<annotation" in read_bytes(file)[:4096] and speaks_of_images(source)
            return ["voc"] if found else []
        except LabelError:
            return []
    return []


class VocSource(LabelSource):
    """A folder of XML files."""

    format = "voc"

    def __init__(self, folder: Path | None, root: Path, options: LabelOptions) -> None:
        super().__init__(root, options)
        if folder:
            self.folders = [folder]
        else:
            parents = (root, root.absolute().parent)
            self.folders = [p / name for p in parents for name in FOLDERS if (p / name).is_dir()]
            self.folders.append(root)

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        """The names that occur, sorted: VOC lists them nowhere, so all files are read once."""
        names: set[str] = set()
        for file in self.label_files():
            try:
                tree = parse(file)
            except LabelError:
                continue  # said when the image is asked for
            names.update((entry.findtext("name") or "").strip() for entry in tree.findall("object"))
        return tuple(Category(i, name) for i, name in enumerate(sorted(names - {""}), 1))

    @property
    def schemas(self) -> list[LabelSchema]:
        return [LabelSchema("voc", options={"zero_based": self.options.voc_zero_based})]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._locate(path) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self.label_files())

    def own_files(self, path: str) -> list[Path]:
        file = self._locate(path)
        return [file] if file else []

    def is_label_file(self, path: str) -> bool:
        return PurePosixPath(path).suffix.lower() == ".xml"

    def label_files(self) -> Iterator[Path]:
        """All XML files of the first folder that has any."""
        for folder in self.folders:
            files = iter_files(folder, XML)
            first = next(files, None)
            if first is not None:
                yield first
                yield from files
                return

    def _locate(self, path: str) -> Path | None:
        relative = PurePosixPath(path).with_suffix(".xml")
        places = (folder / name for folder in self.folders for name in parallel_paths(relative))
        return next((place for place in places if place.is_file()), None)

    def get(self, path: str, *, width: int | None = None, height: int | None = None) -> ImageLabels:
        file = self._locate(path)
        if file is None:
            self._log.report("image without label file", f"{path}: no XML file; taken as unlabeled")
            return ImageLabels(width=width, height=height, listed=False)
        tree = parse(file)
        objects = tree.findall("object")
        attributes = [_fields(entry, GEOMETRY) for entry in objects]
        for entry, known in zip(objects, attributes, strict=True):
            if entry.find("robndbox") is not None:
                known["type"] = "robndbox"
        rows = [self._read_object(entry, f"object {i}", file) for i, entry in enumerate(objects, 1)]
        labels = ImageLabels(
            labels=[row[0] for row in rows],
            boxes=np.array([row[1] for row in rows]).reshape(-1, 4),
            rotated_boxes=_rotated([(row[1], row[2]) for row in rows]),
            polygons=[row[3] for row in rows] if any(row[3] for row in rows) else None,
            attributes=attributes,
            image_attributes=_fields(tree, IMAGE_FIELDS),
            width=_size(tree, "width"),
            height=_size(tree, "height"),
            origin=self.origin,
        )
        depth = tree.findtext("size/depth")
        if depth:
            labels.image_attributes["depth"] = _value(depth)
        self._check_size(labels, width, height, file, path)
        return labels

    def _read_object(
        self, entry: ElementTree.Element, where: str, file: Path
    ) -> tuple[str, FloatArray, FloatArray | None, list[FloatArray]]:
        name = (entry.findtext("name") or "").strip()
        if not name:
            raise LabelError(f"{where} has no name", file)
        where = f"{where} ({name})"
        if entry.find("part") is not None:
            self._report("part", f"{where}: boxes of parts are not carried along", file)
        rotated, ring = _read_rotated(entry, where, file), _read_polygon(entry, where, file)
        corners = entry.find("bndbox")
        if corners is not None:
            keys = ("xmin", "ymin", "xmax", "ymax")
            box = np.array([_number(corners, key, f"{where}: bndbox", file) for key in keys])
            if not self.options.voc_zero_based:
                if (box[:2] == 0).any():
                    self._report(
                        "counted from 0",
                        f"{where}: xmin or ymin is 0, but VOC counts from 1; "
                        "if these files count from 0, say voc_zero_based=True",
                        file,
                    )
                box[:2] -= 1
            if (box[2:] <= box[:2]).any():
                self._report("empty box", f"{where}: the box has no area", file)
        elif rotated is not None:
            box = bounds(rotated_to_quad(rotated))
        elif ring is not None:
            box = bounds(ring)
        else:
            raise LabelError(f"{where} has no bndbox, robndbox or polygon", file)
        return name, box, rotated, [] if ring is None else [ring]


class _Builder(ElementTree.TreeBuilder):
    """Builds no tree from a file with a document type: its entities can expand without bound."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Called before anything of the document type is read."""
        raise LabelError("a DOCTYPE is refused in label files; remove it")


def parse(file: Path) -> ElementTree.Element:
    """The root of an XML file."""
    raw = read_bytes(file)
    parser = ElementTree.XMLParser(target=_Builder())
    try:
        parser.feed(raw)
        tree = parser.close()
    except LabelError as error:
        line = raw[: max(raw.find(b"<!DOCTYPE"), 0)].count(b"\n") + 1
        raise LabelError(error.message, file, line) from None
    except ElementTree.ParseError as error:
        raise LabelError(f"not XML: {error}", file, error.position[0]) from None
    except (ValueError, LookupError) as error:
        raise LabelError(f"not XML that can be read: {error}; save it as UTF-8", file) from None
    if tree.tag != "annotation":
        raise LabelError(f"not Pascal VOC: <annotation> is needed, got <{tree.tag}>", file)
    return tree


def _read_rotated(entry: ElementTree.Element, where: str, file: Path) -> FloatArray | None:
    box = entry.find("robndbox")
    if box is None:
        return None
    keys = ("cx", "cy", "w", "h", "angle")
    values = [_number(box, key, f"{where}: robndbox", file) for key in keys]
    return np.array([*values[:4], -math.degrees(values[4]) + 0.0])


def _read_polygon(entry: ElementTree.Element, where: str, file: Path) -> FloatArray | None:
    outline = entry.find("polygon")
    if outline is None:
        return None
    what = f"{where}: polygon"
    points = outline.findall("pt")
    if points:
        ring = [[_number(point, axis, what, file) for axis in "xy"] for point in points]
    else:
        count = sum(1 for child in outline if re.fullmatch(r"x\d+", child.tag))
        ring = [
            [_number(outline, f"{axis}{i}", what, file) for axis in "xy"]
            for i in range(1, count + 1)
        ]
    if len(ring) < 3:
        raise LabelError(f"{what} needs at least three points, got {len(ring)}", file)
    return np.array(ring)


def _rotated(rows: list[tuple[FloatArray, FloatArray | None]]) -> FloatArray | None:
    """Rotated boxes for all instances, once one of them has one."""
    if all(rotated is None for _, rotated in rows):
        return None
    upright = ([(b[:2] + b[2:]) / 2, b[2:] - b[:2], [0.0]] for b, _ in rows)
    whole = (np.concatenate(cast("list[FloatArray]", parts)) for parts in upright)
    return np.array([w if own is None else own for w, (_, own) in zip(whole, rows, strict=True)])


def _number(parent: ElementTree.Element, key: str, where: str, file: Path) -> float:
    text = parent.findtext(key)
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LabelError(f"{where}: {key} must be a finite number, got {text!r}", file)
    return value


def _size(tree: ElementTree.Element, key: str) -> int | None:
    text = (tree.findtext(f"size/{key}") or "").strip()
    return int(text) if text.isdecimal() and int(text) else None


def _fields(parent: ElementTree.Element, left_out: frozenset[str]) -> dict[str, Json]:
    """The children as data: text, numbers where they are whole, lists where a tag repeats."""
    fields: dict[str, Json] = {f"@{key}": value for key, value in parent.attrib.items()}
    for child in parent:
        if child.tag in left_out:
            continue
        value = _fields(child, frozenset()) if len(child) else _value(child.text or "")
        known = fields.get(child.tag)
        if child.tag not in fields:
            fields[child.tag] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[child.tag] = [known, value]
    return fields


def _value(text: str) -> Json:
    text = text.strip()
    return int(text) if re.fullmatch(r"0|-?[1-9]\d{0,15}", text) else text
