"""The labels of one image on their way through a pipeline.

Boxes, rotated boxes, polygons and keypoints are kept as they came, together with the list of
stages they have to go through; the points are moved once, at the end, from the original. A box is
carried as its four corners, so chained rotations do not inflate it; what windows cut off is cut
off the corners' polygon, and the final box is tight around what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from augkit.image import matrix as mx

if TYPE_CHECKING:
    from augkit.image.field import Field

__all__ = ["Annotations", "Bend", "Clip", "Stage", "is_matrix"]

Floats = NDArray[np.float64]


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


@dataclass(slots=True, eq=False)
class Annotations:
    """Labels in edge coordinates, with the stages they still have to go through.

    Never changed, always replaced.

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
            if is_matrix(stage) and is_matrix(last):
                joined[-1] = mx.compose(stage, last)
            elif stage != last or not isinstance(stage, Clip):
                joined.append(stage)
        return Annotations(
            self.boxes, self.rotated_boxes, self.polygons, self.keypoints, tuple(joined), self.left
        )


def is_matrix(stage: Stage | None) -> TypeGuard[mx.Matrix]:
    """Whether a stage is a matrix: the others are named tuples."""
    return type(stage) is tuple
