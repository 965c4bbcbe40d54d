"""Polygons: per instance a ring or several, as points or as COCO's flat numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from augkit.image.targets.rows import Floats, check_finite, floats

__all__ = ["polygons_like", "rings_of"]


def rings_of(instance: Any, name: str) -> list[Floats]:
    """The rings of an instance, each (K, 2)."""
    read = []
    for ring in _split(instance, name):
        points = floats(ring, name, "(K, 2)")
        if points.ndim == 1 and points.size % 2 == 0:  # COCO writes x1, y1, x2, y2 ...
            points = points.reshape(-1, 2)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"{name} must be rings of shape (K, 2), got {points.shape}")
        check_finite(points, name)
        read.append(points)
    return read


def _split(instance: Any, name: str) -> list[Any]:
    """The rings of an instance, which may be one ring itself."""
    if isinstance(instance, np.ndarray) and instance.ndim < 3:
        return [instance]
    if not isinstance(instance, Sequence | np.ndarray) or isinstance(instance, str):
        raise TypeError(f"{name} must be a ring or a list of rings, got {instance!r:.200}")
    items = list(instance)
    if items and (_depth(items[0]) == 0 or all(_depth(i) == 1 and len(i) == 2 for i in items)):
        return [items]  # numbers, or points
    return items


def _depth(value: Any) -> int:
    """How deep lists are nested: 0 for a number, 1 for a point."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, Sequence) and not isinstance(value, str):
        return 1 + _depth(value[0]) if len(value) else 1
    return 0


def polygons_like(polygons: Sequence[Sequence[Floats]], given: Any, name: str) -> list[Any]:
    """Per instance a list of rings, each written as the first that came in: (K, 2) or flat."""
    first: Any = next((ring for instance in given for ring in _split(instance, name)), [])
    flat = _depth(first) == 1
    dtype = first.dtype if isinstance(first, np.ndarray) and first.dtype.kind == "f" else np.float64

    def like(ring: Floats) -> Any:
        ring = ring.reshape(-1) if flat else ring
        return ring.astype(dtype) if isinstance(first, np.ndarray) else ring.tolist()

    return [[like(ring) for ring in rings] for rings in polygons]
