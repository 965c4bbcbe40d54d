"""The labels of one image on their way through a pipeline.

Boxes, rotated boxes, polygons and keypoints are kept as they came, together with the list of
stages they have to go through; the points are moved once, at the end, from the original. A box is
carried as its four corners, so chained rotations do not inflate it; what windows cut off is cut
off the corners' polygon, and the final box is tight around what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from augkit.image import matrix as mx

if TYPE_CHECKING:
    from augkit.image.field import Field

__all__ = ["Annotations", "Bend", "Clip", "Settled", "Stage"]

Floats = NDArray[np.float64]
_HORIZON = 1e-6  # the smallest homogeneous w, relative to the centre's, that counts as in front
_EDGE_PIECES = 16  # an edge is followed through a displacement field in this many pieces


class Bend(NamedTuple):
    """A displacement field on an image of ``size`` (height, width)."""

    field: Field
    size: tuple[int, int]


class Clip(NamedTuple):
    """A window: what is outside of it is gone."""

    x_low: float
    y_low: float
    x_high: float
    y_high: float


Stage = mx.Matrix | Clip | Bend


@cache
def _shapes() -> ModuleType:
    """The compiled part, imported where the first label is moved."""
    from augkit.image.kernels import shapes

    return shapes


class _Outlines:
    """Shapes and the visible part of them, moved stage by stage."""

    def __init__(self, points: Floats, offsets: NDArray[np.int64]) -> None:
        self.points, self.offsets = points, offsets
        self._visible: tuple[Floats, NDArray[np.int64]] | None = None

    @property
    def visible(self) -> tuple[Floats, NDArray[np.int64]]:
        return (self.points, self.offsets) if self._visible is None else self._visible

    def move(self, matrix: mx.Matrix) -> None:
        if not mx.is_affine(matrix):
            g, h, i = matrix[6:]
            # Points behind the horizon would come out mirrored: cut shapes in front of it first.
            in_front = _depths(self.visible[0], matrix) >= _HORIZON
            if not in_front.all():
                self._visible = _shapes().clip_to_half_plane(*self.visible, g, h, i - _HORIZON)
            self.points = np.where(
                (_depths(self.points, matrix) >= _HORIZON)[:, None], self.points, np.nan
            )
        if self._visible is not None:
            self._visible = _moved(self._visible[0], matrix), self._visible[1]
        self.points = _moved(self.points, matrix)

    def bend(self, field: Field, size: tuple[int, int]) -> None:
        self.points, self.offsets = _densified(self.points, self.offsets)
        self.points = field.forward(self.points, size)
        if self._visible is not None:
            points, offsets = _densified(*self._visible)
            self._visible = field.forward(points, size), offsets

    def clip(self, window: Clip) -> None:
        points, offsets = self.visible
        if points.size == 0:
            return
        low, high = points.min(axis=0), points.max(axis=0)
        if (
            low[0] >= window.x_low
            and low[1] >= window.y_low
            and high[0] <= window.x_high
            and high[1] <= window.y_high
        ):
            return
        corners = np.array(
            [
                (window.x_low, window.y_low),
                (window.x_high, window.y_low),
                (window.x_high, window.y_high),
                (window.x_low, window.y_high),
            ]
        )
        self._visible = _shapes().clip_to_convex(points, offsets, corners)

    def visible_fraction(self) -> Floats:
        """The part of each shape's area that is left; 1 for a line or point that is still there."""
        count = np.diff(self.visible[1])
        if self._visible is None:
            return np.where(count > 0, 1.0, 0.0)
        whole = _shapes().areas(self.points, self.offsets)
        left = _shapes().areas(*self._visible)
        with np.errstate(invalid="ignore", divide="ignore"):
            fraction = np.where(whole > 0, left / whole, 1.0)
        # Behind a horizon the whole has no area; what is left then counts as it is.
        fraction[np.isnan(fraction)] = 1.0
        return np.where(count > 0, np.minimum(fraction, 1.0), 0.0)


def _depths(points: Floats, matrix: mx.Matrix) -> Floats:
    depth: Floats = points[:, 0] * matrix[6] + points[:, 1] * matrix[7] + matrix[8]
    return depth


def _moved(points: Floats, matrix: mx.Matrix) -> Floats:
    a, b, c, d, e, f, *_ = matrix
    x, y = points[:, 0], points[:, 1]
    moved = np.empty_like(points)
    if b == 0.0 and d == 0.0:  # keeps flips and shifts exact: no 0 * y that could add a rounding
        np.multiply(x, a, out=moved[:, 0])
        np.multiply(y, e, out=moved[:, 1])
    else:
        moved[:, 0] = a * x + b * y
        moved[:, 1] = d * x + e * y
    moved[:, 0] += c
    moved[:, 1] += f
    if not mx.is_affine(matrix):
        moved /= _depths(points, matrix)[:, None]
    return moved


def _densified(points: Floats, offsets: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """Each edge in pieces: what is straight before a displacement field is a curve behind it."""
    pieces, new_offsets = [], [0]
    steps = np.linspace(0.0, 1.0, _EDGE_PIECES, endpoint=False)[:, None]
    for start, stop in pairwise(offsets.tolist()):
        ring = points[start:stop]
        if len(ring) == 0:
            new_offsets.append(new_offsets[-1])
            continue
        edges = np.roll(ring, -1, axis=0) - ring
        pieces.append((ring[:, None] + steps * edges[:, None]).reshape(-1, 2))
        new_offsets.append(new_offsets[-1] + len(pieces[-1]))
    joined = np.concatenate(pieces) if pieces else points
    return joined, np.array(new_offsets, dtype=np.int64)


def _quads(boxes: Floats) -> _Outlines:
    points = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    return _Outlines(points, np.arange(0, len(points) + 1, 4))


def _rotated_quads(boxes: Floats) -> _Outlines:
    corners = []
    for cx, cy, width, height, degrees in boxes.tolist():
        m = mx.rotation(degrees)
        w, h = width / 2, height / 2
        for x, y in ((-w, -h), (w, -h), (w, h), (-w, h)):
            corners.append((cx + m[0] * x + m[1] * y, cy + m[3] * x + m[4] * y))
    points = np.array(corners, dtype=np.float64).reshape(-1, 2)
    return _Outlines(points, np.arange(0, len(points) + 1, 4))


def _fitted(quad: Floats) -> tuple[float, float, float, float, float]:
    """The rotated box around a moved one: the parallelogram's own sides where they are square.

    Otherwise (after a shear) the smallest rectangle around it, which has a side along one of the
    hull's edges (Freeman and Shapira, CACM 18, 1975); the angle nearest to the first side is taken.
    """
    first = quad[1] - quad[0]
    best: tuple[float, Floats, float, float] | None = None
    for start, stop in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        edge = stop - start
        length = float(np.hypot(*edge))
        if length == 0.0:
            continue
        axis = edge / length
        if abs(axis @ first) < abs(axis @ np.array([-first[1], first[0]])):
            axis = np.array([axis[1], -axis[0]])
        if axis @ first < 0:
            axis = -axis
        across = np.array([-axis[1], axis[0]])
        along, beside = quad @ axis, quad @ across
        area = float(np.ptp(along) * np.ptp(beside))
        if best is None or area < best[0] * (1 - 1e-9):
            middle = (
                axis * (along.min() + along.max()) / 2 + across * (beside.min() + beside.max()) / 2
            )
            best = (area, np.array([*middle, *axis]), float(np.ptp(along)), float(np.ptp(beside)))
    if best is None:
        return float(quad[0, 0]), float(quad[0, 1]), 0.0, 0.0, 0.0
    _, (cx, cy, ax, ay), width, height = best
    degrees = float(np.degrees(np.arctan2(-ay, ax)))
    return float(cx), float(cy), width, height, degrees


@dataclass(frozen=True)
class Annotations:
    """Labels in edge coordinates, with the stages they still have to go through.

    Attributes:
        boxes: (N, 4) as x_min, y_min, x_max, y_max.
        rotated_boxes: (N, 5) as centre x, y, width, height, degrees counter-clockwise.
        polygons: per instance a list of rings (K, 2).
        keypoints: (K, 2+) or, per instance, (N, K, 2+); further columns are carried along.
        stages: matrices, windows and displacement fields, in order.
        left: (N,) which part of each instance was left when it was last settled (at a mix); None
            where that was all of it. What is visible counts from the whole.
    """

    boxes: Floats | None = None
    rotated_boxes: Floats | None = None
    polygons: Sequence[Sequence[Floats]] | None = None
    keypoints: Floats | None = None
    stages: tuple[Stage, ...] = ()
    left: Floats | None = None

    def then(self, *stages: Stage) -> Annotations:
        """The same labels with further stages; neighbouring matrices become one."""
        joined = list(self.stages)
        for stage in stages:
            last = joined[-1] if joined else None
            if _is_matrix(stage) and _is_matrix(last):
                joined[-1] = mx.compose(stage, last)
            elif stage != last or not isinstance(stage, Clip):
                joined.append(stage)
        return Annotations(
            self.boxes, self.rotated_boxes, self.polygons, self.keypoints, tuple(joined), self.left
        )

    def settled(self) -> Settled:
        """The labels at the end of their stages, nothing filtered yet."""
        outlines: dict[str, _Outlines] = {}
        if self.boxes is not None:
            outlines["boxes"] = _quads(self.boxes)
        if self.rotated_boxes is not None:
            outlines["rotated_boxes"] = _rotated_quads(self.rotated_boxes)
        if self.polygons is not None:
            rings = [ring for instance in self.polygons for ring in instance]
            points = np.concatenate(rings) if rings else np.empty((0, 2))
            offsets = np.cumsum([0, *map(len, rings)], dtype=np.int64)
            outlines["polygons"] = _Outlines(points, offsets)
        keypoints = (
            None if self.keypoints is None else self.keypoints.reshape(-1, self.keypoints.shape[-1])
        )
        spots = None if keypoints is None else keypoints[:, :2].copy()
        alive = None if spots is None else np.ones(len(spots), dtype=bool)
        for stage in self.stages:
            if isinstance(stage, Clip):
                for outline in outlines.values():
                    outline.clip(stage)
                if spots is not None and alive is not None:
                    # Both edges belong to a window: a mirrored point stays in as it was.
                    alive &= (spots[:, 0] >= stage.x_low) & (spots[:, 0] <= stage.x_high)
                    alive &= (spots[:, 1] >= stage.y_low) & (spots[:, 1] <= stage.y_high)
            elif not isinstance(stage, Bend):
                matrix = _facing(stage)
                for outline in outlines.values():
                    outline.move(matrix)
                if spots is not None and alive is not None:
                    if not mx.is_affine(matrix):
                        alive &= _depths(spots, matrix) >= _HORIZON
                        spots[~alive] = 0.0
                    spots = _moved(spots, matrix)
            else:
                for outline in outlines.values():
                    outline.bend(*stage)
                if spots is not None:
                    spots = stage.field.forward(spots, stage.size)
        return Settled(self, outlines, spots, alive)


def _is_matrix(stage: Stage | None) -> TypeGuard[mx.Matrix]:
    return type(stage) is tuple


def _facing(matrix: mx.Matrix) -> mx.Matrix:
    """A projective matrix scaled so that w is about 1 in front of the horizon, never -1."""
    if mx.is_affine(matrix):
        return matrix
    scale = 1.0 / (abs(matrix[8]) or 1.0)
    scaled = tuple(value * scale for value in matrix)
    return scaled  # type: ignore[return-value]


class Settled:
    """Labels that have gone through all their stages."""

    def __init__(
        self,
        origin: Annotations,
        outlines: dict[str, _Outlines],
        spots: Floats | None,
        alive: NDArray[np.bool_] | None,
    ) -> None:
        self._origin, self._outlines, self._spots, self._alive = origin, outlines, spots, alive

    def boxes(self) -> Floats | None:
        """Tight boxes (N, 4) around what is visible; NaN rows for what is gone."""
        outline = self._outlines.get("boxes")
        if outline is None:
            return None
        if outline._visible is None and len(outline.points) == 4 * (len(outline.offsets) - 1):
            corners = outline.points.reshape(-1, 4, 2)
            return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
        tight: Floats = _shapes().bounds(*outline.visible)
        return tight

    def rotated_boxes(self) -> Floats | None:
        """Rotated boxes (N, 5) around the whole of each, cut off or not."""
        outline = self._outlines.get("rotated_boxes")
        if outline is None:
            return None
        if len(outline.points) == 0:
            return np.empty((0, 5))
        quads = outline.points.reshape(len(outline.offsets) - 1, -1, 2)
        return np.array([_fitted(quad) for quad in quads], dtype=np.float64).reshape(-1, 5)

    def polygons(self) -> list[list[Floats]] | None:
        """The visible rings of each instance; rings with less than three corners are gone."""
        outline = self._outlines.get("polygons")
        if outline is None or self._origin.polygons is None:
            return None
        points, offsets = outline.visible
        rings = iter([points[a:b] for a, b in pairwise(offsets.tolist())])
        per_instance = [[next(rings) for _ in instance] for instance in self._origin.polygons]
        return [[ring for ring in instance if len(ring) >= 3] for instance in per_instance]

    def keypoints(self) -> tuple[Floats, NDArray[np.bool_]] | None:
        """Keypoints in the shape they came, and whether each is inside."""
        given = self._origin.keypoints
        if given is None or self._spots is None or self._alive is None:
            return None
        moved = given.astype(np.float64, copy=True)
        moved[..., :2] = self._spots.reshape(*given.shape[:-1], 2)
        return moved, self._alive.reshape(given.shape[:-1])

    def visible_fractions(self) -> Floats | None:
        """Per instance, from the first of boxes, rotated boxes and polygons that there is."""
        visible, left = self._visible_of_settled(), self._origin.left
        return visible if visible is None or left is None else visible * left

    def _visible_of_settled(self) -> Floats | None:
        for name in ("boxes", "rotated_boxes"):
            if name in self._outlines:
                return self._outlines[name].visible_fraction()
        outline = self._outlines.get("polygons")
        if outline is None or self._origin.polygons is None:
            return None
        fractions = []
        whole = _shapes().areas(outline.points, outline.offsets)
        left = _shapes().areas(*outline.visible)
        ring = 0
        for instance in self._origin.polygons:
            stop = ring + len(instance)
            total = float(whole[ring:stop].sum())
            if total > 0:
                fractions.append(float(left[ring:stop].sum()) / total)
            else:  # a line, or no outline at all, which says nothing
                seen = outline.visible[1][stop] > outline.visible[1][ring]
                fractions.append(
                    1.0 if seen or outline.offsets[stop] == outline.offsets[ring] else 0.0
                )
            ring = stop
        return np.array(fractions, dtype=np.float64)
