"""Labels at the end of their stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.image import matrix as mx
from augkit.image.annotations import Annotations, Bend, Clip, Stage

__all__ = ["Settled", "kernels", "settled", "settled_boxes"]

Floats = NDArray[np.float64]
Offsets = NDArray[np.int64]
Part = Floats | Bend
"""Matrices and windows as the rows of one array (see `augkit.image.kernels.labels`), or a field."""

_EDGE_PIECES = 16  # an edge is followed through a displacement field in this many pieces


@cache
def kernels() -> ModuleType:
    """The compiled part, imported with the first label."""
    from augkit.image.kernels import labels

    return labels


class Settled(NamedTuple):
    """Labels that have gone through all their stages, nothing filtered yet.

    Attributes:
        boxes: tight boxes (N, 4) around what is visible; NaN rows for what is gone.
        rotated_boxes: rotated boxes (N, 5) around the whole of each, cut off or not.
        polygons: the visible rings of each instance; rings of less than three corners are gone.
        keypoints: in the shape they came.
        alive: whether each keypoint is inside.
        fractions: (N,) how much of each instance is visible, from the first of boxes, rotated
            boxes and polygons that there is.
    """

    boxes: Floats | None = None
    rotated_boxes: Floats | None = None
    polygons: list[list[Floats]] | None = None
    keypoints: Floats | None = None
    alive: NDArray[np.bool_] | None = None
    fractions: Floats | None = None


def settled(annotations: Annotations) -> Settled:
    """The labels at the end of their stages."""
    parts = _parts(annotations.stages)
    boxes = rotated = polygons = keypoints = alive = None
    fractions: Floats | None = None
    if annotations.boxes is not None:
        boxes, fractions = _boxes(annotations.boxes, parts)
    if annotations.rotated_boxes is not None:
        quads = _Shapes(
            kernels().rotated_quads(annotations.rotated_boxes), _fours(annotations.rotated_boxes)
        )
        quads.carry(parts)
        rotated = kernels().fit_rotated(quads.points, quads.offsets)
        if fractions is None:
            fractions = quads.fractions(_ones(annotations.rotated_boxes))
    if annotations.polygons is not None:
        shapes, instances = _outlines(annotations.polygons)
        shapes.carry(parts)
        polygons = shapes.rings(instances)
        if fractions is None:
            fractions = shapes.fractions(instances)
    if annotations.keypoints is not None:
        keypoints, alive = _keypoints(annotations.keypoints, parts)
    if fractions is not None and annotations.left is not None:
        fractions = fractions * annotations.left
    return Settled(boxes, rotated, polygons, keypoints, alive, fractions)


def settled_boxes(annotations: Annotations) -> Floats | None:
    """The boxes of `settled` alone."""
    if annotations.boxes is None:
        return None
    return _boxes(annotations.boxes, _parts(annotations.stages))[0]


# -- stages ------------------------------------------------------------------------------------


def _parts(stages: Iterable[Stage]) -> list[Part]:
    """Stages with those between two displacement fields as one array."""
    matrix, window = kernels().MATRIX, kernels().WINDOW
    parts: list[Part] = []
    numbers: list[float] = []
    for stage in stages:
        if isinstance(stage, Clip):
            numbers += (window, *stage, 0.0, 0.0, 0.0, 0.0, 0.0)
        elif isinstance(stage, Bend):
            parts += [np.array(numbers).reshape(-1, 10), stage]
            numbers = []
        elif mx.is_affine(stage):
            numbers += (matrix, *stage)
        else:
            scale = 1.0 / (abs(stage[8]) or 1.0)
            numbers += (matrix, *(value * scale for value in stage))
    parts.append(np.array(numbers).reshape(-1, 10))
    return parts


# -- each kind ---------------------------------------------------------------------------------


def _boxes(boxes: Floats, parts: Sequence[Part]) -> tuple[Floats, Floats]:
    """Tight boxes, and how much of each is visible."""
    if len(parts) == 1:
        tight, fractions = np.empty(boxes.shape), np.empty(len(boxes))
        kernels().carry_boxes(boxes, parts[0], tight, fractions)
        return tight, fractions
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    quads = _Shapes(corners, _fours(boxes))
    quads.carry(parts)
    return quads.bounds(), quads.fractions(_ones(boxes))


def _keypoints(keypoints: Floats, parts: Sequence[Part]) -> tuple[Floats, NDArray[np.bool_]]:
    """Keypoints where they are by now, and whether they are inside."""
    moved = keypoints.copy()
    points = moved if moved.ndim == 2 else moved.reshape(-1, moved.shape[-1])
    alive = np.empty(len(points), np.bool_)
    alive[:] = True
    for part in parts:
        if isinstance(part, Bend):
            points[:, :2] = part.field.forward(points[:, :2].copy(), part.size)
        else:
            kernels().carry_points(points, part, alive)
    return moved, alive.reshape(keypoints.shape[:-1])


def _outlines(polygons: Sequence[Sequence[Floats]]) -> tuple[_Shapes, Offsets]:
    """All rings of all instances, and at which ring each instance begins."""
    rings = [ring for instance in polygons for ring in instance]
    points = np.concatenate(rings) if rings else np.empty((0, 2))
    return _Shapes(points, _offsets(map(len, rings))), _offsets(map(len, polygons))


def _offsets(lengths: Iterable[int]) -> Offsets:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _fours(rows: Floats) -> Offsets:
    return np.arange(0, 4 * len(rows) + 1, 4)


def _ones(rows: Floats) -> Offsets:
    return np.arange(len(rows) + 1)


class _Shapes:
    """Polygons in bulk and the visible part of each, moved part by part."""

    def __init__(self, points: Floats, offsets: Offsets) -> None:
        self.points, self.offsets = points, offsets
        self._visible, self._seen = points, offsets

    def carry(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, Bend):
                self._bend(part)
            else:
                self.points, self._visible, self._seen = kernels().carry(
                    self.points, self.offsets, self._visible, self._seen, part
                )

    def _bend(self, bend: Bend) -> None:
        self._visible, self._seen = _densified(self._visible, self._seen)
        self._visible = bend.field.forward(self._visible, bend.size)
        self.points, self.offsets = _densified(self.points, self.offsets)
        self.points = bend.field.forward(self.points, bend.size)

    def bounds(self) -> Floats:
        tight: Floats = kernels().bounds(self._visible, self._seen)
        return tight

    def fractions(self, instances: Offsets) -> Floats:
        fractions: Floats = kernels().visible_fractions(
            self.points, self.offsets, self._visible, self._seen, instances
        )
        return fractions

    def rings(self, instances: Offsets) -> list[list[Floats]]:
        """The visible rings of each instance."""
        places = list(pairwise(self._seen.tolist()))
        return [
            [self._visible[a:b] for a, b in places[first:stop] if b - a >= 3]
            for first, stop in pairwise(instances.tolist())
        ]


def _densified(points: Floats, offsets: Offsets) -> tuple[Floats, Offsets]:
    """Each edge in pieces: what is straight before a displacement field is a curve behind it."""
    ends = np.arange(1, len(points) + 1)
    filled = offsets[1:] > offsets[:-1]
    ends[offsets[1:][filled] - 1] = offsets[:-1][filled]  # a ring's last edge ends where it began
    steps = np.linspace(0.0, 1.0, _EDGE_PIECES, endpoint=False)[:, None]
    edges = points[ends] - points if len(points) else points
    pieces = points[:, None] + steps * edges[:, None]
    return pieces.reshape(-1, 2), offsets * _EDGE_PIECES
