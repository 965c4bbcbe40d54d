"""Polygons: per instance a ring or several, as points or as COCO's flat numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from augkit.image.settled import kernels
from augkit.image.targets.rows import Floats, check_finite, floats

__all__ = ["polygons_like", "polygons_of"]

Polygons = list[list[Floats]]


def polygons_of(value: Any, name: str) -> Polygons:
    """Per instance its rings, each (K, 2) and finite."""
    polygons = [_rings(instance, name, row) for row, instance in enumerate(value)]
    rings = [ring for instance in polygons for ring in instance]
    # All at once; one by one only to say which.
    if rings and kernels().first_flaw(np.concatenate(rings), False) >= 0:
        for row, instance in enumerate(polygons):
            for ring in instance:
                check_finite(ring, f"{name}[{row}]")
    return polygons


def _rings(instance: Any, name: str, row: int) -> list[Floats]:
    if isinstance(instance, np.ndarray) and instance.ndim == 2 and instance.shape[1] == 2:
        return [floats(instance, f"{name}[{row}]", "(K, 2)")]
    read = []
    for ring in _split(instance, name, row):
        points = floats(ring, f"{name}[{row}]", "(K, 2)")
        if points.ndim == 1 and points.size % 2 == 0:  # COCO writes x1, y1, x2, y2 ...
            points = points.reshape(-1, 2)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"{name}[{row}] must be rings of shape (K, 2), got {points.shape}")
        read.append(points)
    return read


def _split(instance: Any, name: str, row: int) -> Sequence[Any]:
    """The rings of an instance, which may be one ring itself."""
    if isinstance(instance, np.ndarray):
        return [instance] if instance.ndim < 3 else list(instance)
    if not isinstance(instance, Sequence) or isinstance(instance, str):
        raise TypeError(f"{name}[{row}] must be a ring or a list of rings, got {instance!r:.200}")
    if len(instance):
        depth = _depth(instance[0])
        if depth == 0 or (depth == 1 and _are_pairs(instance)):
            return [instance]  # numbers, or points
    return instance


def _are_pairs(items: Sequence[Any]) -> bool:
    try:
        return set(map(len, items)) == {2}
    except TypeError:  # a number among them
        return False


def _depth(value: Any) -> int:
    """How deep lists are nested: 0 for a number, 1 for a point."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, Sequence) and not isinstance(value, str):
        return 1 + _depth(value[0]) if len(value) else 1
    return 0


def polygons_like(polygons: Sequence[Sequence[Floats]], given: Any, name: str) -> list[Any]:
    """Per instance a list of rings, each written as the first that came in: (K, 2) or flat."""
    first: Any = next((ring for instance in given for ring in _split(instance, name, 0)), [])
    flat = _depth(first) == 1
    dtype = first.dtype if isinstance(first, np.ndarray) and first.dtype.kind == "f" else np.float64

    def like(ring: Floats) -> Any:
        ring = ring.reshape(-1) if flat else ring
        return ring.astype(dtype) if isinstance(first, np.ndarray) else ring.tolist()

    return [[like(ring) for ring in rings] for rings in polygons]
