"""What a contact sheet shows, before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "Labels", "Row", "Sheet", "Tile"]

Floats: TypeAlias = "NDArray[np.float64]"
Bytes: TypeAlias = "NDArray[np.uint8]"

KINDS = {
    "masks": "Masks",
    "polygons": "Polygons",
    "boxes": "Boxes",
    "rotated": "Rotated boxes",
    "keypoints": "Keypoints",
    "names": "Names",
}
"""The kinds of labels in the order they are drawn, with the word for each."""


@dataclass
class Labels:
    """The labels of one image; rows are parallel, coordinates are pixels of the full image.

    Attributes:
        names: class per instance.
        colors: index into the palette per instance.
        boxes: (N, 4); rotated: (N, 5); polygons: rings per instance; keypoints: (N, K, 3).
        masks: (H, W, 4) picture of all masks, small, transparent where there is nothing.
        mask_count: how many there are: 1 for a semantic mask, else one per instance.
    """

    names: Sequence[str] = ()
    colors: Sequence[int] = ()
    boxes: Floats | None = None
    rotated: Floats | None = None
    polygons: Sequence[Sequence[Floats]] | None = None
    keypoints: Floats | None = None
    masks: Bytes | None = None
    mask_count: int = 0

    def counts(self) -> dict[str, int]:
        """How many labels of each kind are drawn."""
        found = {
            "masks": self.mask_count if self.masks is not None else 0,
            "polygons": sum(bool(rings) for rings in self.polygons or ()),
            "boxes": 0 if self.boxes is None else len(self.boxes),
            "rotated": 0 if self.rotated is None else len(self.rotated),
            "keypoints": 0 if self.keypoints is None else int((self.keypoints[..., 2] > 0).sum()),
            "names": sum(1 for _ in self.anchors()),
        }
        return {kind: count for kind, count in found.items() if count}

    def anchors(self) -> Sequence[tuple[str, int, float, float]]:
        """(name, color, x, y) of every instance that has a place to write its name at."""
        return [
            (self.names[row], self.colors[row], *place)
            for row in range(len(self.names))
            if self.names[row] and (place := self._corner(row)) is not None
        ]

    def _corner(self, row: int) -> tuple[float, float] | None:
        """Where an instance begins: the corner of its box, or of the box around its outline."""
        if self.boxes is not None:
            return float(self.boxes[row, 0]), float(self.boxes[row, 1])
        if self.rotated is not None:
            corners = rotated_corners(self.rotated[row])
            top = corners[np.argmin(corners[:, 1])]
            return float(top[0]), float(top[1])
        if self.polygons is not None and self.polygons[row]:
            points = np.concatenate(list(self.polygons[row]))
            return float(points[:, 0].min()), float(points[:, 1].min())
        if self.keypoints is not None:
            seen = self.keypoints[row][self.keypoints[row][:, 2] > 0]
            return (float(seen[0, 0]), float(seen[0, 1])) if len(seen) else None
        return None


@dataclass
class Tile:
    """One image of the sheet, or the reason why there is none.

    Attributes:
        title: ``original`` or ``variant 3``.
        image: (h, w, 3 or 4) uint8, small enough to show; None with an ``error``.
        size: (height, width) of the full image in pixels.
        steps: what fired: ``op``, ``id``, ``params`` and perhaps ``measured``.
        notes: what was odd about the file, in words.
        classes: the class of the whole image, where its labels are no more than that.
        measure: what stands for the size, such as the length of a sound; default: the size.
        sound: what is heard, as a data URI; empty where there is nothing to hear.
    """

    title: str
    image: Bytes | None = None
    size: tuple[int, int] = (0, 0)
    labels: Labels = field(default_factory=Labels)
    steps: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()
    classes: str = ""
    error: str = ""
    measure: str = ""
    sound: str = ""


@dataclass
class Row:
    """A file with its variants."""

    key: str
    tiles: list[Tile]


@dataclass
class Sheet:
    """All there is to show."""

    rows: list[Row]
    seed: int
    source: str
    available: int
    variants: int
    spec: str
    transforms: Sequence[str]
    legend: Sequence[tuple[str, int]] = ()
    columns: int | None = None
    sample: str = "image"
    samples: str = "pictures"

    @property
    def across(self) -> int:
        """How many tiles stand beside one another."""
        return self.columns or min(self.variants + 1, 8)

    def counts(self) -> dict[str, int]:
        """How many labels of each kind are drawn on the whole sheet, in drawing order."""
        total = dict.fromkeys(KINDS, 0)
        for row in self.rows:
            for tile in row.tiles:
                for kind, count in tile.labels.counts().items():
                    total[kind] += count
        return {kind: count for kind, count in total.items() if count}


def rotated_corners(box: Floats) -> Floats:
    """The corners (4, 2) of a rotated box: centre, size, degrees counter-clockwise as seen."""
    x, y, width, height, degrees = (float(value) for value in box)
    angle = np.deg2rad(degrees)
    along = np.array([np.cos(angle), -np.sin(angle)]) * width / 2
    down = np.array([np.sin(angle), np.cos(angle)]) * height / 2
    centre = np.array([x, y])
    return np.array(
        [centre - along - down, centre + along - down, centre + along + down, centre - along + down]
    )
