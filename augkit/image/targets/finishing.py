"""Labels at the end of their way, clipped to the image and filtered once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.annotations import Annotations
from augkit.image.matrix import IDENTITY
from augkit.image.moving import frame
from augkit.image.sample import ImageSample, Settings
from augkit.image.settled import kernels, settled
from augkit.image.targets.rows import Floats
from augkit.image.targets.selecting import with_instances, with_keypoints

__all__ = ["finished"]

_NO_BOXES = np.empty((0, 4))


def finished(sample: ImageSample, settings: Settings) -> ImageSample:
    """The sample with its labels where they are now; rows of which too little is left are gone."""
    annotations = sample.annotations
    if annotations is None:
        return sample
    size, stages = sample.size, annotations.stages
    edges = frame(size)
    moved = size != sample.form.size or any(stage not in (edges, IDENTITY) for stage in stages)
    if not moved and _untouched(annotations, settings, *size):
        return sample
    if not stages or stages[-1] != edges:
        annotations = annotations.then(edges)
    boxes, rotated, polygons, keypoints, alive, left = settled(annotations)
    if not moved:
        rotated = annotations.rotated_boxes  # as they came, not fitted again
    per_instance = keypoints is not None and keypoints.ndim == 3
    if keypoints is not None and alive is not None and per_instance and keypoints.shape[2] > 2:
        keypoints[~alive, 2] = 0.0  # COCO's visibility: not labelled
    done = sample.with_image(sample.image)
    done.annotations = Annotations(boxes, rotated, polygons, keypoints, left=left)
    done.finished = True
    if left is not None and (rows := _kept(left, boxes, settings)) is not None:
        done = with_instances(done, rows)
    if alive is not None and not per_instance and not settings.keep_outside:
        inside = alive.nonzero()[0]
        if len(inside) < len(alive):
            done = with_keypoints(done, inside)
    return done


def _kept(left: Floats, boxes: Floats | None, settings: Settings) -> NDArray[np.intp] | None:
    """The instances of which enough is left; None for all of them."""
    rows = np.empty(len(left), np.intp)
    boxes = _NO_BOXES if boxes is None else boxes
    least = float(settings.min_visibility), float(settings.min_area)
    count = kernels().kept_rows(left, boxes, *least, rows)
    return None if count == len(left) else rows[:count]


def _untouched(annotations: Annotations, settings: Settings, height: int, width: int) -> bool:
    """Whether labels that nothing moved may go out as they came in, bit for bit."""
    if settings.min_area > 0 or annotations.left is not None:
        return False
    places: list[Floats] = [ring for instance in annotations.polygons or () for ring in instance]
    if annotations.boxes is not None:
        places += [annotations.boxes[:, :2], annotations.boxes[:, 2:]]
    if annotations.rotated_boxes is not None:
        centres, sides = annotations.rotated_boxes[:, :2], annotations.rotated_boxes[:, 2:4]
        reach = np.hypot(sides[:, :1], sides[:, 1:]) / 2
        places += [centres - reach, centres + reach]
    points = annotations.keypoints
    if points is not None and points.ndim == 2 and not settings.keep_outside:
        places.append(points[:, :2])
    if not places:
        return True
    together = np.concatenate(places)
    return bool((together >= 0).all() and (together <= (width, height)).all())
