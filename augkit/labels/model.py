"""The labels of one image, whatever file they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from augkit.labels.files import Json, LabelError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from augkit.labels.rle import Rle

__all__ = ["Category", "ImageLabels", "LabelSchema"]

FloatArray: TypeAlias = "NDArray[np.float64]"
Pixels: TypeAlias = "NDArray[np.generic]"


@dataclass(frozen=True)
class Category:
    """A class of objects: its number in the file, its name, and all else the file says of it.

    ``label`` is what stands in `ImageLabels.labels`: the name, or ``name#id`` where two categories
    of one file share a name.
    """

    id: int
    name: str
    label: str = ""
    extra: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.name)


@dataclass(frozen=True)
class LabelSchema:
    """All a writer must know about the labels it writes, as plain data.

    Parameters
    ----------
    format
        Name of the format, a key of the registry: ``"coco"``, ``"yolo-seg"``...
    file
        Where a format with one file for many images writes it, relative to the destination;
        empty for formats with one file per image.
    origin
        Write only images whose labels have this `ImageLabels.origin`; empty for all listed ones.
    categories
        In the order of the source, with the ids of the source.
    options
        What else belongs to the format: CSV columns, COCO ``info`` and ``licenses``...
    """

    format: str
    file: str = ""
    origin: str = ""
    categories: tuple[Category, ...] = ()
    options: dict[str, Json] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Json]:
        """As JSON-able data, for a run's description or another process."""
        return {
            "format": self.format,
            "file": self.file,
            "origin": self.origin,
            "categories": [
                {"id": c.id, "name": c.name, "label": c.label, "extra": c.extra}
                for c in self.categories
            ],
            "options": self.options,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Json]) -> LabelSchema:
        """The inverse of `to_dict`."""
        raw = cast("list[dict[str, Json]]", data["categories"])
        categories = tuple(
            Category(
                cast("int", c["id"]),
                str(c["name"]),
                str(c["label"]),
                cast("dict[str, Json]", c["extra"]),
            )
            for c in raw
        )
        return cls(
            str(data["format"]),
            str(data["file"]),
            str(data["origin"]),
            categories,
            cast("dict[str, Json]", data["options"]),
        )


@dataclass(eq=False)
class ImageLabels:
    """Everything the label files say of one image.

    Instances are parallel rows: row ``i`` of every field that is not None is one object.
    Coordinates are pixel edges: pixel (0, 0) covers [0, 1) x [0, 1); points are (x, y).

    Parameters
    ----------
    boxes
        (N, 4) float64, ``x_min, y_min, x_max, y_max``.
    rotated_boxes
        (N, 5) float64, ``centre x, centre y, width, height, degrees`` counter-clockwise as seen.
    polygons
        Per instance a list of rings, each (K, 2) float64; an instance without outline has no ring.
    keypoints
        (N, K, 3) float64, ``x, y, visibility`` (0 not labeled, 1 hidden, 2 visible).
    labels
        Class name per instance. An image with a class and no geometry has one label.
    attributes
        Per instance whatever else the file said, JSON-able.
    mask
        Semantic mask: a file, or an (H, W) array of class numbers.
    masks
        Instance masks: an instance map's file, an (N, H, W) array that is not 0 inside, or per
        instance a run-length code or None. `load` turns all of them into arrays.
    width, height
        Size of the image in pixels as the file says or the caller gave it.
    image_attributes
        Whatever the file said of the image as a whole, JSON-able.
    listed
        False when no label file speaks of the image; writers then leave it out again.
    origin
        The label file, where the source has several of one format; else empty.
    """

    boxes: FloatArray | None = None
    rotated_boxes: FloatArray | None = None
    polygons: list[list[FloatArray]] | None = None
    keypoints: FloatArray | None = None
    labels: list[str] = field(default_factory=list)
    attributes: list[dict[str, Json]] = field(default_factory=list)
    mask: Path | Pixels | None = None
    masks: Path | Pixels | Sequence[Rle | None] | None = None
    width: int | None = None
    height: int | None = None
    image_attributes: dict[str, Json] = field(default_factory=dict)
    listed: bool = True
    origin: str = ""

    def __post_init__(self) -> None:
        self.boxes = _rows(self.boxes, "boxes", (4,))
        self.rotated_boxes = _rows(self.rotated_boxes, "rotated_boxes", (5,))
        if self.keypoints is not None:
            points = np.asarray(self.keypoints, np.float64)
            self.keypoints = points.reshape(0, 0, 3) if points.size == 0 else points
            if self.keypoints.ndim != 3 or self.keypoints.shape[2] != 3:
                raise LabelError(
                    "keypoints must have shape (instances, points, 3) with x, y, visibility, "
                    f"got {points.shape}"
                )
        if self.polygons is not None:
            self.polygons = [[_ring(ring) for ring in _rings(outline)] for outline in self.polygons]
        if not self.attributes:
            self.attributes = [{} for _ in self.labels]
        for name, rows in self._instance_fields():
            if len(rows) != len(self.labels):
                raise LabelError(
                    f"{name} has {len(rows)} rows and labels has {len(self.labels)}; "
                    "give one label per instance"
                )

    def _instance_fields(self) -> list[tuple[str, Sequence[object] | Pixels]]:
        masks = None if isinstance(self.masks, (str, Path)) else self.masks
        named: list[tuple[str, Sequence[object] | Pixels | None]] = [
            ("attributes", self.attributes),
            ("boxes", self.boxes),
            ("rotated_boxes", self.rotated_boxes),
            ("polygons", self.polygons),
            ("keypoints", None if self.keypoints is None or not self.keypoints.size
             else self.keypoints),
            ("masks", masks),
        ]  # fmt: skip
        return [(name, rows) for name, rows in named if rows is not None]

    @property
    def count(self) -> int:
        """Number of instances."""
        return len(self.labels)

    def load(self) -> ImageLabels:
        """The same labels with every mask as an array (files read, run-length codes decoded).

        The palette, mode or colors of a mask's file are kept in ``image_attributes["mask"]``
        and ``["masks"]``, so that a writer can write them again.
        An instance map that stands alone gives its instances: one row per value above 0.
        """
        from augkit.labels.masks import load_pixels

        return load_pixels(self)

    def moved(
        self,
        rows: Iterable[int],
        *,
        width: int,
        height: int,
        boxes: ArrayLike | None = None,
        rotated_boxes: ArrayLike | None = None,
        polygons: Sequence[Sequence[ArrayLike] | FloatArray] | None = None,
        keypoints: ArrayLike | None = None,
        mask: Pixels | None = None,
        masks: Pixels | Sequence[Pixels] | None = None,
    ) -> ImageLabels:
        """These labels after a change of the image: new geometry for the rows that are left.

        Parameters
        ----------
        rows
            For each new row the number of the old one; names and attributes come from there.
        width, height
            Of the new image, in pixels.
        boxes, rotated_boxes, polygons, keypoints, mask, masks
            The new geometry, parallel to ``rows``; what is not given is gone. ``keypoints`` may
            be (N, K, 2): visibility then comes from the old row.
        """
        chosen = [int(row) for row in rows]
        if keypoints is not None:
            keypoints = np.asarray(keypoints, np.float64)
            if keypoints.ndim == 3 and keypoints.shape[2] == 2 and self.keypoints is not None:
                seen = self.keypoints[chosen, :, 2:]
                keypoints = np.concatenate([keypoints, seen], axis=2)
        if masks is not None and not isinstance(masks, np.ndarray):
            masks = np.stack(list(masks)) if len(masks) else np.zeros((0, height, width), np.uint8)
        outlines = None if polygons is None else [_rings(outline) for outline in polygons]
        return replace(
            self,
            boxes=cast("FloatArray | None", boxes),
            rotated_boxes=cast("FloatArray | None", rotated_boxes),
            polygons=cast("list[list[FloatArray]] | None", outlines),
            keypoints=cast("FloatArray | None", keypoints),
            labels=[self.labels[row] for row in chosen],
            attributes=[self.attributes[row] for row in chosen],
            mask=mask,
            masks=masks,
            width=int(width),
            height=int(height),
        )

    def to_dict(self) -> dict[str, Json]:
        """As JSON-able data. Masks that are files of their own are left out.

        Raises `LabelError` when a coordinate is not finite (of a keypoint that is not labeled it
        becomes 0). Instance masks held as arrays are kept as run-length codes, because COCO
        writes them into the file that holds all images.
        """
        from augkit.labels.rle import encode

        data: dict[str, Json] = {"labels": list(self.labels), "attributes": list(self.attributes)}
        for name in ("boxes", "rotated_boxes", "keypoints"):
            rows = getattr(self, name)
            if rows is not None:
                data[name] = _finite(rows, name).tolist()
        if self.polygons is not None:
            data["polygons"] = [
                [_finite(ring, "polygons").tolist() for ring in rings] for rings in self.polygons
            ]
        if self.masks is not None and not isinstance(self.masks, (str, Path)):
            codes = [encode(m) if isinstance(m, np.ndarray) else m for m in self.masks]
            data["masks"] = [None if code is None else code.to_dict() for code in codes]
        for name in ("width", "height", "origin"):
            if getattr(self, name):
                data[name] = getattr(self, name)
        if self.image_attributes:
            data["image_attributes"] = self.image_attributes
        if not self.listed:
            data["listed"] = False
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Json]) -> ImageLabels:
        """The inverse of `to_dict`."""
        from augkit.labels.rle import Rle

        fields = dict(data)
        if "polygons" in fields:
            outlines = cast("list[list[list[list[float]]]]", fields.pop("polygons"))
            fields["polygons"] = cast("Json", [[_ring(r) for r in rings] for rings in outlines])
        if "masks" in fields:
            codes = cast("list[dict[str, Json] | None]", fields.pop("masks"))
            masks = [None if code is None else Rle.from_dict(code) for code in codes]
            fields["masks"] = cast("Json", masks)
        return cls(**fields)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ImageLabels):
            return NotImplemented
        return self.is_close(other, tolerance=0.0)

    def is_close(self, other: ImageLabels, *, tolerance: float = 1e-5) -> bool:
        """Whether both say the same, with coordinates at most ``tolerance`` pixels apart."""
        mine, theirs = self.to_dict(), other.to_dict()
        return _close(mine, theirs, tolerance) and all(
            _same_mask(getattr(self, name), getattr(other, name)) for name in ("mask", "masks")
        )


def _rows(value: ArrayLike | None, name: str, shape: tuple[int, ...]) -> FloatArray | None:
    if value is None:
        return None
    rows = np.asarray(value, np.float64)
    if rows.size == 0:
        rows = rows.reshape(0, *shape)
    if rows.shape[1:] != shape:
        raise LabelError(f"{name} must have shape (instances, {shape[0]}), got {rows.shape}")
    return rows


def _finite(rows: FloatArray, name: str) -> FloatArray:
    if np.isfinite(rows).all():
        return rows
    if name == "keypoints":
        rows = np.where(rows[..., 2:] == 0, np.nan_to_num(rows, posinf=0, neginf=0), rows)
    if not np.isfinite(rows).all():
        raise LabelError(f"{name} must be finite, got {rows[~np.isfinite(rows)][0]}")
    return rows


def _ring(value: ArrayLike) -> FloatArray:
    ring = np.asarray(value, np.float64)
    ring = ring.reshape(0, 2) if ring.size == 0 else ring
    if ring.ndim != 2 or ring.shape[1] != 2:
        raise LabelError(f"polygons must be rings of shape (points, 2), got {ring.shape}")
    return ring


def _rings(outline: Sequence[ArrayLike] | FloatArray) -> list[ArrayLike]:
    """A list of rings; an outline of one ring may be the (K, 2) array itself."""
    if isinstance(outline, np.ndarray) and outline.ndim == 2:
        return [outline]
    return list(outline)


def _close(a: Json, b: Json, tolerance: float) -> bool:
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= tolerance
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_close(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_close(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return a == b


def _same_mask(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.array_equal(a, b))
    if isinstance(a, (str, Path)) and isinstance(b, (str, Path)):
        return Path(a) == Path(b)
    return (a is None) == (b is None)
