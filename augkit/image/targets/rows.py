"""Numbers in rows: lists, tuples or arrays on the way in, and alike on the way out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.settled import kernels

__all__ = ["Floats", "check_finite", "floats", "like", "rows_of"]

Floats = NDArray[np.float64]


def floats(value: Any, name: str, shape: str) -> Floats:
    """A new array of numbers; ``shape`` is what the error says."""
    try:
        return np.array(value, dtype=np.float64, copy=True, order="C")
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers of shape {shape}, got {value!r:.200}") from None


def rows_of(value: Any, columns: int, name: str) -> Floats:
    """Rows of a known number of numbers, (N, columns); an empty list is none of them."""
    rows = floats(value, name, "(N, 4)" if columns == 4 else "(N, 5)")
    if rows.size == 0:
        return np.empty((0, columns))
    if rows.ndim != 2 or rows.shape[1] != columns:
        more = rows.ndim == 2 and rows.shape[1] > columns
        hint = "; what else belongs to each goes into labels=" if more else ""
        raise ValueError(f"{name} must have shape (N, {columns}), got {rows.shape}{hint}")
    return rows


def check_finite(rows: Floats, name: str) -> None:
    """An error where one of the numbers, in two or three dimensions, is not finite."""
    flat = rows if rows.ndim == 2 else rows.reshape(len(rows), -1)
    if (row := kernels().first_flaw(flat, False)) >= 0:
        raise ValueError(f"{name}[{row}] has a value that is not finite: {rows[row].tolist()}")


def like(rows: Floats, given: Any) -> Any:
    """Rows, to be given away, in the form of those that were given: an array, lists or tuples."""
    if isinstance(given, np.ndarray):
        return rows.astype(given.dtype, copy=False) if given.dtype.kind == "f" else rows
    plain = rows.tolist()
    return tuple(map(tuple, plain)) if isinstance(given, tuple) else plain
