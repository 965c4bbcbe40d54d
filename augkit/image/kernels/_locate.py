"""Where each output pixel looks in the source, in fixed point; and what lies beyond the source."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import flat_item

__all__ = ["BLOCK", "BORDERS", "LOST", "TIE", "Positions", "bordered", "locate", "positions"]

BORDERS = {"constant": 0, "replicate": 1, "reflect": 2, "reflect101": 3, "wrap": 4}
"""What lies beyond the image, by the number the kernels use."""

BLOCK = 512
"""Output columns done at a time: their coordinates and weights stay in the first-level cache."""

FAR = float(1 << 21)
"""Positions beyond this are lost, in source pixels."""

LOST = -(1 << 31)
"""The position of a pixel that shows the fill for every border: NaN, far away, behind a horizon."""

TIE = 2.0**-27
"""Nearest: a point this close before an edge is on it. Rounding must not decide systematic ties."""

Positions = tuple[NDArray[np.int32], NDArray[np.uint32]]
"""Positions along one axis: whole pixels, and 2^-32 pixels beyond."""

_POINT = 40
_ONE = 2.0**_POINT


@kernel
def bordered(index: int, size: int, border: int) -> int:
    """The row or column of the source that stands at ``index``; -1 for the fill."""
    if 0 <= index < size:
        return index
    if border == 0:
        return -1
    if border == 1:
        return 0 if index < 0 else size - 1
    if border == 2:  # c b a | a b c | c b a
        index %= 2 * size
        return index if index < size else 2 * size - 1 - index
    if border == 3:  # c b | a b c | b a
        if size == 1:
            return 0
        index %= 2 * size - 2
        return index if index < size else 2 * size - 2 - index
    return index % size


def positions() -> Positions:
    """Room for the positions of a block (made outside of kernels: it compiles faster)."""
    return np.empty(BLOCK, np.int32), np.empty(BLOCK, np.uint32)


@kernel
def locate(
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    row: int,
    start: int,
    count: int,
    shift: float,
    x: Positions,
    y: Positions,
) -> None:
    """Source positions, plus ``shift``, of ``count`` pixels of an output row from ``start`` on.

    From ``coordinates`` where that is not empty, else from ``matrix`` (output to source).
    """
    mapped = coordinates.shape[0] > 0
    u, v = start + 0.5, row + 0.5
    x0 = matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]
    y0 = matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]
    w0 = matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2]
    x_step, y_step, w_step = matrix[0, 0], matrix[1, 0], matrix[2, 0]
    x1, y1 = x0 + x_step * count, y0 + y_step * count
    whole_x, fraction_x = x
    whole_y, fraction_y = y
    near = max(abs(x0), abs(y0), abs(x1), abs(y1)) < FAR
    if near and w0 == 1.0 and w_step == 0.0 and not mapped:
        # Equal steps, in 64-bit fixed point with 40 bits after the point.
        x_at, x_fixed = np.int64(np.rint((x0 + shift) * _ONE)), np.int64(np.rint(x_step * _ONE))
        y_at, y_fixed = np.int64(np.rint((y0 + shift) * _ONE)), np.int64(np.rint(y_step * _ONE))
        for j in range(count):
            whole_x[j] = np.int32(x_at >> _POINT)
            fraction_x[j] = np.uint32(x_at >> (_POINT - 32))
            whole_y[j] = np.int32(y_at >> _POINT)
            fraction_y[j] = np.uint32(y_at >> (_POINT - 32))
            x_at += x_fixed
            y_at += y_fixed
        return
    place = (row * coordinates.shape[1] + start) * 2
    for j in range(count):
        if mapped:
            u = np.float64(flat_item(coordinates, place + 2 * j))
            v = np.float64(flat_item(coordinates, place + 2 * j + 1))
        else:
            w = w0 + w_step * j
            w = w if w > 0.0 else np.nan  # behind the horizon
            u, v = (x0 + x_step * j) / w, (y0 + y_step * j) / w
        # Comparisons with NaN are false. The casts are defined for what is near only.
        near = (abs(u) < FAR) & (abs(v) < FAR)
        u, v = (u if near else 0.0) + shift, (v if near else 0.0) + shift
        left, top = np.floor(u), np.floor(v)
        whole_x[j] = np.int32(left) if near else np.int32(LOST)
        whole_y[j] = np.int32(top) if near else np.int32(LOST)
        # In two steps, since CPUs convert to signed 32 bits at once, but not to unsigned ones.
        x_high, y_high = np.floor((u - left) * 65536.0), np.floor((v - top) * 65536.0)
        x_low = np.int32(((u - left) * 65536.0 - x_high) * 65536.0)
        y_low = np.int32(((v - top) * 65536.0 - y_high) * 65536.0)
        fraction_x[j] = np.uint32((np.int32(x_high) << 16) | x_low)
        fraction_y[j] = np.uint32((np.int32(y_high) << 16) | y_low)
