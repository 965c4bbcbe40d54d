"""The formats of boxes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from augkit.image.settled import kernels
from augkit.image.targets.rows import Floats, check_finite, rows_of

__all__ = ["boxes_of", "from_xyxy", "to_xyxy"]

_FARTHEST_FRACTION = 4.0
"""A box may reach out of its image, but one so far out was meant in pixels."""


def boxes_of(value: Any, box_format: str, size: tuple[int, int], name: str) -> Floats:
    """What was given as boxes, as pixel edges x_min, y_min, x_max, y_max."""
    return to_xyxy(rows_of(value, 4, name), box_format, size, name)


def to_xyxy(rows: Floats, box_format: str, size: tuple[int, int], name: str = "boxes") -> Floats:
    """Boxes of any format as pixel edges x_min, y_min, x_max, y_max; finite, or an error."""
    given = rows
    if box_format == "yolo":
        check_finite(rows, name)
        far = np.abs(rows).max(initial=0.0)
        if far > _FARTHEST_FRACTION:
            raise ValueError(
                f"{name} are fractions of the image in the format yolo, got {far:g}; pixels are "
                "cxcywh, xywh or xyxy"
            )
        height, width = size
        rows = rows * np.array([width, height, width, height], dtype=np.float64)
    if box_format in ("yolo", "cxcywh"):
        half = rows[:, 2:] / 2
        rows = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1)
    elif box_format == "xywh":
        rows = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:]], axis=1)
    if (row := kernels().first_flaw(rows, True)) >= 0:
        check_finite(given, name)
        raise ValueError(
            f"{name}[{row}] ends before it begins: x {rows[row, 0]:g} to {rows[row, 2]:g}, "
            f"y {rows[row, 1]:g} to {rows[row, 3]:g} (box_format is {box_format!r})"
        )
    if box_format != "yolo" and len(rows) and rows[0, 2] <= 1 and rows[0, 3] <= 1:
        _look_at_unit(rows, box_format, size, name)
    return rows


def _look_at_unit(rows: Floats, box_format: str, size: tuple[int, int], name: str) -> None:
    """A warning where all boxes lie within the first pixel: fractions, most likely."""
    if max(size) > 1 and rows.max() <= 1 and (rows % 1 != 0).any():
        warnings.warn(
            f"{name} lie within the first pixel, up to x {rows[0, 2]:g} and y {rows[0, 3]:g} "
            f"(box_format is {box_format!r}); if they are fractions of the image, say "
            "box_format='yolo', which are centre, width and height, or multiply them by its size",
            stacklevel=2,
        )


def from_xyxy(rows: Floats, box_format: str, size: tuple[int, int]) -> Floats:
    """The inverse of `to_xyxy`."""
    if box_format == "xyxy":
        return rows
    extent = rows[:, 2:] - rows[:, :2]
    if box_format == "xywh":
        return np.concatenate([rows[:, :2], extent], axis=1)
    centred = np.concatenate([(rows[:, :2] + rows[:, 2:]) / 2, extent], axis=1)
    if box_format == "yolo":
        height, width = size
        centred /= np.array([width, height, width, height], dtype=np.float64)
    return centred
