"""Samples picked from a table, made floating point and normalized in one pass."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from augkit.core.jit import kernel

__all__ = ["pick"]

Array = NDArray[Any]


@kernel
def pick(table: Array, rows: Array, shift: Array, scale: Array, out: Array) -> None:
    """out[i] <- (table[rows[i]] - shift) scale.

    ``table`` and ``out`` have one sample per row; ``shift`` and ``scale`` hold one number for all,
    or as many as the features that repeat along a row.
    """
    width = shift.size
    for i in range(rows.size):
        source, target = table[rows[i]], out[i]
        if width == 1:
            off, factor = out.dtype.type(shift[0]), out.dtype.type(scale[0])
            for j in range(target.size):
                target[j] = (out.dtype.type(source[j]) - off) * factor
        else:
            for start in range(0, target.size, width):
                part, into = source[start : start + width], target[start : start + width]
                for j in range(width):
                    into[j] = (out.dtype.type(part[j]) - shift[j]) * scale[j]
