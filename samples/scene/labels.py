"""Label files from the renderer's object ids.

Coordinates are pixel edges of the picture as displayed: pixel (0, 0) covers [0, 1) x [0, 1). A box
is the tight box of its instance's mask, so its edges are whole numbers in every format.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from .arrays import Array
from .camera import Camera
from .things import CATEGORIES, Thing

Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
_SMALLEST = 40  # pixels; less is a sliver nobody would label


@dataclass(frozen=True)
class Instance:
    """One labelled thing: class name, mask, box (x_min, y_min, x_max, y_max), named points.

    A point is (x, y, v) with COCO's v: 2 visible, 1 hidden by something else, 0 outside.
    """

    label: str
    mask: Mask
    box: tuple[int, int, int, int]
    points: dict[str, tuple[float, float, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A picture's path below ``photos/``, its size as displayed, its split and its instances."""

    path: PurePosixPath
    size: tuple[int, int]
    channels: int
    split: str
    instances: tuple[Instance, ...]

    @property
    def label(self) -> str:
        """The class that covers most pixels."""
        area = dict.fromkeys(CATEGORIES, 0)
        for instance in self.instances:
            area[instance.label] += int(instance.mask.sum())
        return max(area, key=lambda name: area[name])

    def semantic(self) -> Bytes:
        """Class id of each pixel; 0 is background."""
        ids = np.zeros(self.size, np.uint8)
        for instance in self.instances:
            ids[instance.mask] = CATEGORIES.index(instance.label) + 1
        return ids

    def instance_ids(self) -> Bytes:
        """Number of the instance at each pixel, from 1 in the order of the label files."""
        ids = np.zeros(self.size, np.uint8)
        for number, instance in enumerate(self.instances, start=1):
            ids[instance.mask] = number
        return ids


def find_instances(
    things: Sequence[Thing], which: NDArray[np.int32], camera: Camera
) -> tuple[Instance, ...]:
    """The things with a class that are seen well enough to be labelled."""
    found = []
    for index, thing in enumerate(things):
        mask = which == index
        if not thing.category or mask.sum() < _SMALLEST:
            continue
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        points = {}
        for name, place in thing.points.items():
            local: Array = np.array(place, np.float32)[:, None]
            (x,), (y,) = camera.project(thing.to_world(local))[0]
            height, width = mask.shape
            if 0 <= x < width and 0 <= y < height:
                seen = 2 if mask[int(y), int(x)] else 1
                points[name] = (round(float(x), 2), round(float(y), 2), seen)
            else:
                points[name] = (0.0, 0.0, 0)
        found.append(Instance(thing.category, mask, box, points))
    return tuple(found)


def outlines(mask: Mask, left: int = 0) -> list[list[int]]:
    """Polygons [x, y, x, y, ...] along pixel edges that fill exactly the mask.

    COCO polygons have no holes, so a part with a hole is cut in two at the middle of the hole.
    """
    rings = _rings(mask)
    for ring in rings:
        if _signed_area(ring) < 0:
            columns = [x for x, _ in ring]
            cut = (min(columns) + max(columns)) // 2
            cut = cut if cut > min(columns) else cut + 1
            return outlines(mask[:, :cut], left) + outlines(mask[:, cut:], left + cut)
    return [[c for x, y in ring for c in (x + left, y)] for ring in rings]


def _signed_area(ring: list[tuple[int, int]]) -> float:
    """Shoelace area: positive around pixels, negative around holes."""
    following = ring[1:] + ring[:1]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, following, strict=True)) / 2


def _rings(mask: Mask) -> list[list[tuple[int, int]]]:
    """Closed walks along the edges between mask and background, the mask on the right hand."""
    padded = np.pad(mask, 1).astype(np.int8)
    down = np.diff(padded, axis=0)[:, 1:-1]  # +1: the mask begins below this edge
    across = np.diff(padded, axis=1)[1:-1]  # +1: the mask begins right of this edge
    leaving: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for y, x in np.argwhere(down == 1).tolist():
        leaving.setdefault((x, y), []).append((x + 1, y))
    for y, x in np.argwhere(down == -1).tolist():
        leaving.setdefault((x + 1, y), []).append((x, y))
    for y, x in np.argwhere(across == 1).tolist():
        leaving.setdefault((x, y + 1), []).append((x, y))
    for y, x in np.argwhere(across == -1).tolist():
        leaving.setdefault((x, y), []).append((x, y + 1))
    rings = []
    while leaving:
        start = min(leaving)
        here, came, ring = start, (0, 0), []
        while True:
            ways = leaving[here]
            # where two pixels touch at a corner, turn right: they stay separate parts
            right = (here[0] - came[1], here[1] + came[0])
            onward = right if len(ways) > 1 and right in ways else ways[0]
            ways.remove(onward)
            if not ways:
                del leaving[here]
            step = (onward[0] - here[0], onward[1] - here[1])
            if step != came:
                ring.append(here)
            here, came = onward, step
            if here == start:
                break
        if len(ring) > 2 and ring[0][0] == ring[-1][0] == ring[1][0]:
            ring = ring[1:]
        rings.append(ring)
    return rings


def coco(pictures: Sequence[Picture]) -> str:
    """One COCO detection file; the mug has keypoints."""
    names = list(next(i.points for p in pictures for i in p.instances if i.label == "mug"))
    categories: list[dict[str, object]] = []
    for number, name in enumerate(CATEGORIES, start=1):
        entry: dict[str, object] = {"id": number, "name": name, "supercategory": "thing"}
        if name == "mug":
            entry |= {"keypoints": names, "skeleton": [[1, 2], [2, 3], [1, 3]]}
        categories.append(entry)
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, picture in enumerate(pictures, start=1):
        height, width = picture.size
        images.append(
            {"id": number, "file_name": str(picture.path), "width": width, "height": height}
        )
        for instance in picture.instances:
            x_min, y_min, x_max, y_max = instance.box
            annotation: dict[str, object] = {
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": CATEGORIES.index(instance.label) + 1,
                "bbox": [x_min, y_min, x_max - x_min, y_max - y_min],
                "area": int(instance.mask.sum()),
                "iscrowd": 0,
                "segmentation": outlines(instance.mask),
            }
            if instance.points:
                points = instance.points.values()
                annotation["keypoints"] = [c for point in points for c in point]
                annotation["num_keypoints"] = sum(point[2] > 0 for point in points)
            annotations.append(annotation)
    rows = {"images": images, "annotations": annotations, "categories": categories}
    # one record per line: readable, and a change shows as one line
    parts = [
        f'"{name}": [\n'
        + ",\n".join(json.dumps(row, separators=(",", ":")) for row in records)
        + "\n]"
        for name, records in rows.items()
    ]
    info = {"description": "augkit samples, rendered by samples/make_samples.py"}
    return '{"info": ' + json.dumps(info) + ",\n" + ",\n".join(parts) + "}\n"


def yolo(picture: Picture) -> str:
    """``class x_center y_center width height`` per line, fractions of the picture's size."""
    height, width = picture.size
    lines = []
    for instance in picture.instances:
        x_min, y_min, x_max, y_max = instance.box
        center = ((x_min + x_max) / 2 / width, (y_min + y_max) / 2 / height)
        extent = ((x_max - x_min) / width, (y_max - y_min) / height)
        numbers = " ".join(f"{value:.6f}" for value in (*center, *extent))
        lines.append(f"{CATEGORIES.index(instance.label)} {numbers}\n")
    return "".join(lines)


def yolo_data() -> str:
    """The ``data.yaml`` that names the classes."""
    names = "\n".join(f"  {index}: {name}" for index, name in enumerate(CATEGORIES))
    return f"path: ../..\ntrain: photos\nval: photos\nnames:\n{names}\n"


def voc(picture: Picture) -> str:
    """Pascal VOC XML; edges from 0, as most tools write them today."""
    height, width = picture.size
    x_edge, y_edge = width - 1, height - 1
    objects = []
    for instance in picture.instances:
        x_min, y_min, x_max, y_max = instance.box
        cut = x_min == 0 or y_min == 0 or x_max > x_edge or y_max > y_edge
        objects.append(
            f"  <object>\n    <name>{instance.label}</name>\n    <pose>Unspecified</pose>\n"
            f"    <truncated>{int(cut)}</truncated>\n    <difficult>0</difficult>\n"
            f"    <bndbox><xmin>{x_min}</xmin><ymin>{y_min}</ymin>"
            f"<xmax>{x_max}</xmax><ymax>{y_max}</ymax></bndbox>\n  </object>\n"
        )
    return (
        f"<annotation>\n  <folder>{escape(str(picture.path.parent))}</folder>\n"
        f"  <filename>{escape(picture.path.name)}</filename>\n"
        f"  <size><width>{width}</width><height>{height}</height>"
        f"<depth>{picture.channels}</depth></size>\n  <segmented>1</segmented>\n"
        + "".join(objects)
        + "</annotation>\n"
    )


def _csv(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def boxes_csv(pictures: Sequence[Picture]) -> str:
    """One row per box, in pixel edges."""
    rows: list[Sequence[object]] = [("path", "x_min", "y_min", "x_max", "y_max", "label")]
    rows += [(p.path, *i.box, i.label) for p in pictures for i in p.instances]
    return _csv(rows)


def splits_csv(pictures: Sequence[Picture]) -> str:
    """One row per picture: its split and its main class."""
    rows: list[Sequence[object]] = [("path", "split", "label")]
    rows += [(p.path, p.split, p.label) for p in pictures]
    return _csv(rows)
