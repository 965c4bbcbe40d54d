"""Where each output pixel looks in the source, in fixed point; and what lies beyond the source."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import flat_item

__all__ = [
    "BLOCK",
    "BORDERS",
    "LOST",
    "TIE",
    "Even",
    "Positions",
    "Rule",
    "bordered",
    "even",
    "homogeneous",
    "locate",
    "positions",
    "rule",
    "within",
]

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

Even = tuple[int, int, int, int]
"""Positions at equal steps in fixed point: the first x and its step, the first y and its."""


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


Rule = tuple[float, float, float, float, float, float]
"""What `bordered` does along an axis, in numbers: for vectors, which do not branch.

The inverse of the period at which the image comes again, and the period (0: never); the sum of an
index and its mirror image; the first and the last index there are; the size.
"""


@kernel
def rule(border: int, size: int) -> Rule:
    """The rule of a border."""
    whole, endless = float(size), np.inf
    if border == 1 or (border == 3 and size == 1):
        return 0.0, 0.0, endless, 0.0, whole - 1.0, whole
    period, mirror = 0.0, endless
    if border == 2:
        period, mirror = 2.0 * whole, 2.0 * whole - 1.0
    elif border == 3:
        period, mirror = 2.0 * whole - 2.0, 2.0 * whole - 2.0
    elif border == 4:
        period = whole
    inverse = 1.0 / period if period > 0.0 else 0.0
    return inverse, period, mirror, -endless, endless, whole


def positions() -> Positions:
    """Room for the positions of a block (made outside of kernels: it compiles faster)."""
    return np.empty(BLOCK, np.int32), np.empty(BLOCK, np.uint32)


@kernel
def homogeneous(matrix: NDArray[np.float64], row: int, column: int) -> tuple[float, float, float]:
    """Where a matrix maps the centre of an output pixel: x, y and w."""
    u, v = column + 0.5, row + 0.5
    return (
        matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2],
        matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2],
        matrix[2, 0] * u + matrix[2, 1] * v + matrix[2, 2],
    )


@kernel
def even(
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    row: int,
    start: int,
    count: int,
    shift: float,
    point: int,
) -> tuple[bool, Even]:
    """Whether ``count`` pixels of an output row from ``start`` on lie at equal steps, and which.

    They do under an affine matrix, where it is not too far away for fixed point with ``point`` bits
    after it. ``shift`` is added.
    """
    x0, y0, w0 = homogeneous(matrix, row, start)
    x_step, y_step, w_step = matrix[0, 0], matrix[1, 0], matrix[2, 0]
    x1, y1 = x0 + x_step * count, y0 + y_step * count
    near = max(abs(x0), abs(y0), abs(x1), abs(y1)) < FAR
    if not near or w0 != 1.0 or w_step != 0.0 or coordinates.shape[0] > 0:
        return False, (0, 0, 0, 0)
    one = 2.0**point
    return True, (
        int(np.rint((x0 + shift) * one)),
        int(np.rint(x_step * one)),
        int(np.rint((y0 + shift) * one)),
        int(np.rint(y_step * one)),
    )


@kernel
def _stretch(at: int, step: int, count: int, low: int, stop: int) -> tuple[int, int]:
    """The [first, end) of ``count`` numbers at equal steps that are at least ``low`` and below ``stop``."""
    if step < 0:
        # Mirrored, so that steps go up: what is at least low is then below what low becomes.
        at, step, low, stop = -at, -step, 1 - stop, 1 - low
    if low <= at and at + step * (count - 1) < stop:
        return 0, count
    if step == 0 or low >= stop:
        return 0, 0
    first = min(max(-((at - low) // step), 0), count)
    return first, max(min(-((at - stop) // step), count), first)


@kernel
def within(
    steps: Even, point: int, count: int, low: int, x_stop: int, y_stop: int
) -> tuple[int, int]:
    """The [first, stop) of ``count`` positions at equal steps that lie in a rectangle.

    That is: whose whole pixels are at least ``low``, and below ``x_stop`` and ``y_stop``.
    """
    first, stop = _stretch(steps[0], steps[1], count, low << point, x_stop << point)
    y_first, y_end = _stretch(steps[2], steps[3], count, low << point, y_stop << point)
    first = max(first, y_first)
    return first, max(min(stop, y_end), first)


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
    whole_x, fraction_x = x
    whole_y, fraction_y = y
    equal, steps = even(coordinates, matrix, row, start, count, shift, _POINT)
    if equal:
        x_at, x_fixed, y_at, y_fixed = steps
        for j in range(count):
            whole_x[j] = np.int32(x_at >> _POINT)
            fraction_x[j] = np.uint32(x_at >> (_POINT - 32))
            whole_y[j] = np.int32(y_at >> _POINT)
            fraction_y[j] = np.uint32(y_at >> (_POINT - 32))
            x_at += x_fixed
            y_at += y_fixed
        return
    mapped = coordinates.shape[0] > 0
    x0, y0, w0 = homogeneous(matrix, row, start)
    x_step, y_step, w_step = matrix[0, 0], matrix[1, 0], matrix[2, 0]
    place = (row * coordinates.shape[1] + start) * 2
    for j in range(count):
        if mapped:
            u = float(flat_item(coordinates, place + 2 * j))
            v = float(flat_item(coordinates, place + 2 * j + 1))
        else:
            w = w0 + w_step * j
            scale = (
                1.0 / w if w > 0.0 else np.nan
            )  # behind the horizon; one division, as it is slow
            u, v = (x0 + x_step * j) * scale, (y0 + y_step * j) * scale
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
