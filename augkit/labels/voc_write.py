"""Writing Pascal VOC files."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from augkit.labels.files import Json, LabelError, checked_relative, number_text, write_text
from augkit.labels.geometry import box_of
from augkit.labels.model import FloatArray, ImageLabels, LabelSchema
from augkit.labels.source import LabelWriter

__all__ = ["VocWriter"]


class VocWriter(LabelWriter):
    """``annotations/cats/1.xml`` for ``cats/1.jpg``."""

    def __init__(self, schema: LabelSchema, destination: Path) -> None:
        super().__init__(schema, destination)
        self._first = 0.0 if schema.options.get("zero_based") else 1.0

    def outputs(self, path: str) -> list[str]:
        return [("annotations" / checked_relative(path).with_suffix(".xml")).as_posix()]

    def write_image(self, path: str, width: int, height: int, labels: ImageLabels) -> list[str]:
        if not labels.listed:
            return []
        written = self.outputs(path)
        tree = self._tree(checked_relative(path), width, height, labels)
        ElementTree.indent(tree, "\t")
        text = ElementTree.tostring(tree, encoding="unicode", short_empty_elements=False)
        write_text(self.destination / written[0], text + "\n")
        return written

    def _tree(
        self, path: PurePosixPath, width: int, height: int, labels: ImageLabels
    ) -> ElementTree.Element:
        extra = dict(labels.image_attributes)
        size: dict[str, Json] = {"width": width, "height": height, "depth": extra.pop("depth", 3)}
        place: dict[str, Json] = {"folder": path.parent.name, "filename": path.name}
        tree = ElementTree.Element("annotation")
        _fill(tree, {**place, **extra, "size": size})
        for row in range(labels.count):
            self._add_object(tree, labels, row)
        return tree

    def _add_object(self, tree: ElementTree.Element, labels: ImageLabels, row: int) -> None:
        entry = ElementTree.SubElement(tree, "object")
        attributes = labels.attributes[row]
        _fill(entry, {"name": labels.labels[row], **attributes})
        rotated = labels.rotated_boxes
        # Where upright and rotated boxes are mixed, each object keeps its kind.
        if rotated is not None and attributes.get("type", "robndbox") == "robndbox":
            _add(entry, "robndbox", _rotated(rotated[row]))
        else:
            box = box_of(labels, row)
            if box is None:
                raise LabelError(f"Pascal VOC needs a box for {labels.labels[row]!r}")
            corners = (box[0] + self._first, box[1] + self._first, box[2], box[3])
            keys = ("xmin", "ymin", "xmax", "ymax")
            _add(entry, "bndbox", dict(zip(keys, map(number_text, corners), strict=True)))
        if labels.polygons and labels.polygons[row]:
            _add(entry, "polygon", _polygon(labels.polygons[row]))


def _rotated(box: FloatArray) -> dict[str, Json]:
    # roLabelImg: radians, clockwise, from 0 to below half a turn.
    angle = round(math.radians(-float(box[4])) % math.pi, 9)
    texts = [*map(number_text, box[:4].tolist()), f"{angle if angle < math.pi else 0.0:.9f}"]
    return dict(zip(("cx", "cy", "w", "h", "angle"), texts, strict=True))


def _polygon(rings: list[FloatArray]) -> dict[str, Json]:
    from augkit.labels.geometry import join_rings

    points: dict[str, Json] = {}
    for index, (x, y) in enumerate(join_rings(rings).tolist(), 1):
        points[f"x{index}"] = number_text(x)
        points[f"y{index}"] = number_text(y)
    return points


def _fill(parent: ElementTree.Element, fields: dict[str, Json]) -> None:
    for key, value in fields.items():
        if key.startswith("@"):
            parent.set(key[1:], str(value))
        else:
            _add(parent, key, value)


def _add(parent: ElementTree.Element, tag: str, value: Json) -> None:
    """A child for a value: nested for a dict, repeated for a list."""
    if isinstance(value, list):
        for one in value:
            _add(parent, tag, one)
        return
    child = ElementTree.SubElement(parent, tag)
    if isinstance(value, dict):
        _fill(child, value)
    else:
        child.text = "" if value is None else str(value)
