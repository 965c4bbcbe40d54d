"""Inputs on one scale, fitted on the training part only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from regtrain.kernels.rows import pick
from regtrain.layers.base import Array

__all__ = ["Normalizer"]

_CHUNK = 1 << 22  # numbers looked at at once


@dataclass(frozen=True)
class Normalizer:
    """(x - shift) scale, along the last axis: per feature, or per channel of images.

    Args:
        shift, scale: float32, one number, or one per feature.
    """

    shift: Array
    scale: Array

    @classmethod
    def fit(cls, x: Array, how: str | None) -> Normalizer:
        """From the training samples.

        Args:
            x: the samples, (n, ..., features).
            how: ``standard`` (mean 0, standard deviation 1 per feature; a constant feature becomes
                0), ``unit`` (whole numbers by the greatest their type holds, floats by their
                minimum and maximum, to [0, 1]), ``auto`` (``unit`` for whole numbers, else none) or
                None.

        Raises:
            ValueError: NaN or infinite values, with the first sample that has one.
        """
        if how not in ("standard", "unit", "auto", None):
            raise ValueError(f"normalize must be 'standard', 'unit', 'auto' or None, got {how!r}")
        if x.dtype.kind not in "fiub":
            raise TypeError(f"inputs must be numbers, got {x.dtype}; convert them first")
        finite(x)
        if how == "standard":
            mean, std = _moments(x)
            return cls(mean.astype(np.float32), (1 / np.where(std > 0, std, 1)).astype(np.float32))
        shift, scale = 0.0, 1.0
        if how is not None and x.dtype.kind in "iu":
            scale = 1 / np.iinfo(x.dtype).max
        elif how == "unit" and x.dtype.kind == "f":
            shift, high = float(x.min()), float(x.max())
            scale = 1 / (high - shift) if high > shift else 1.0
        return cls(np.array([shift], np.float32), np.array([scale], np.float32))

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing."""
        return bool((self.shift == 0).all() and (self.scale == 1).all())

    def __call__(self, x: Array, rows: Array | None = None, out: Array | None = None) -> Array:
        """Samples (all, or ``rows``), normalized and in floating point."""
        rows = np.arange(len(x)) if rows is None else rows
        if out is None:
            out = np.empty((len(rows), *x.shape[1:]), np.float32)
        kind = out.dtype
        if not (x.flags.c_contiguous and x.dtype.isnative and x.dtype != np.float16):
            # What kernels cannot read: only the rows that are wanted are copied.
            x, rows = np.ascontiguousarray(x[rows], kind), np.arange(len(rows))
        pick(
            x.reshape(len(x), -1),
            rows,
            self.shift.astype(kind),
            self.scale.astype(kind),
            out.reshape(len(rows), -1),
        )
        return out


def finite(x: Array) -> None:
    """``ValueError`` where there are NaN or infinite values."""
    if x.dtype.kind != "f":
        return
    for start, part in _chunks(x):
        fine = np.isfinite(part)
        if not fine.all():
            first = start + int(np.argwhere(~fine.reshape(len(part), -1).all(axis=1))[0][0])
            raise ValueError(
                f"inputs: sample {first} has NaN or infinite values; remove such samples or fill "
                "them in"
            )


def _chunks(x: Array) -> Any:
    step = max(1, _CHUNK // max(1, int(np.prod(x.shape[1:]))))
    return ((start, x[start : start + step]) for start in range(0, len(x), step))


def _moments(x: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of each feature, in float64, in two passes."""
    others = tuple(range(x.ndim - 1))
    count = x.size // x.shape[-1]
    mean = sum(part.sum(axis=others, dtype=np.float64) for _, part in _chunks(x)) / count
    square = sum(((part - mean) ** 2).sum(axis=others) for _, part in _chunks(x)) / count
    return mean, np.sqrt(square)
