"""Some of the instances or keypoints of a sample, in everything that has a row for each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.annotations import Annotations
from augkit.image.sample import ImageSample, Pixels

__all__ = ["with_instances", "with_keypoints"]

Rows = NDArray[np.intp]


def with_instances(sample: ImageSample, rows: Rows) -> ImageSample:
    """The sample with some of its instances; settled, that is without stages."""
    found, kinds = sample.annotations, sample.form.kinds
    chosen = sample.with_image(sample.image)
    if found is not None:
        points = found.keypoints
        chosen.annotations = Annotations(
            None if found.boxes is None else found.boxes.take(rows, axis=0),
            None if found.rotated_boxes is None else found.rotated_boxes.take(rows, axis=0),
            None if found.polygons is None else [found.polygons[row] for row in rows.tolist()],
            points if points is None or points.ndim == 2 else points.take(rows, axis=0),
            left=None if found.left is None else found.left.take(rows, axis=0),
        )
    chosen.masks = {
        name: _planes_at(mask, rows) if kinds.get(name) == "masks" else mask
        for name, mask in sample.masks.items()
    }
    chosen.values = _values_at(sample, "labels", rows)
    return chosen


def with_keypoints(sample: ImageSample, rows: Rows) -> ImageSample:
    """The sample with some of its keypoints (K, 2+); settled, that is without stages."""
    found = sample.annotations
    if found is None or found.keypoints is None:
        return sample
    chosen = sample.with_image(sample.image)
    chosen.annotations = Annotations(
        found.boxes,
        found.rotated_boxes,
        found.polygons,
        found.keypoints.take(rows, axis=0),
        left=found.left,
    )
    chosen.values = _values_at(sample, "keypoint_labels", rows)
    return chosen


def _values_at(sample: ImageSample, kind: str, rows: Rows) -> dict[str, Any]:
    """The values of a sample; of one kind only those of some rows."""
    kinds = sample.form.kinds
    return {
        name: _rows_at(values, rows) if kinds.get(name) == kind else values
        for name, values in sample.values.items()
    }


def _rows_at(values: Any, rows: Rows) -> Any:
    if isinstance(values, np.ndarray):
        return values[rows]
    kept = [values[row] for row in rows.tolist()]
    return tuple(kept) if isinstance(values, tuple) else kept


def _planes_at(masks: Pixels, rows: Rows) -> Pixels:
    """Some masks of (H, W, N), which lie behind one another in memory."""
    return masks.transpose(2, 0, 1)[rows].transpose(1, 2, 0)
