"""A run of linear color steps that mix channels: composed to one matrix, and applied to bytes.

The steps are numbers one after the other: what a step is, then its own. `SCALED` has a scale and an
offset, for all channels alike; `CONTRASTED` a factor, about the mean luma of what enters it; `MIXED` a
3 x 4 matrix, row by row. Values are fractions of the full range; nothing is rounded or clamped before
the end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._matrix_bytes import WEIGHTS, apply_weights, in_16_bits
from augkit.image.kernels._sums import sums_of_bytes

__all__ = ["CONTRASTED", "LUMA", "MIXED", "SCALED", "compose", "mix_bytes"]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma: ITU-R BT.601, as Pillow, OpenCV and torchvision."""

SCALED, CONTRASTED, MIXED = 0.0, 1.0, 2.0

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


@kernel
def compose(steps: Floats, means: Floats, rows: Floats) -> None:
    """Write the matrix (12,), row by row, that the steps are together.

    ``means`` (3,) are those of the colors in the image that enters; only `CONTRASTED` looks at them.
    """
    before = np.empty(12)
    for k in range(12):
        rows[k] = 1.0 if k % 5 == 0 else 0.0
    alike, at = True, 0  # whether rows are a scale, the same for all colors
    while at < steps.size:
        kind = steps[at]
        if kind == MIXED:
            for k in range(12):
                before[k] = rows[k]
            for k in range(12):
                first, column = at + 1 + k // 4 * 4, k % 4
                a, b, c = steps[first], steps[first + 1], steps[first + 2]
                rows[k] = a * before[column] + b * before[4 + column] + c * before[8 + column]
                if column == 3:
                    rows[k] = ((a + b + c) * before[3] if alike else rows[k]) + steps[first + 3]
            alike = False
            at += 13
            continue
        factor = steps[at + 1]
        if kind == SCALED:
            shift = steps[at + 2]
            at += 3
        else:
            luma = 0.0
            for c in range(3):
                red, green = rows[4 * c] * means[0], rows[4 * c + 1] * means[1]
                luma += LUMA[c] * (red + green + rows[4 * c + 2] * means[2] + rows[4 * c + 3])
            shift = (1.0 - factor) * luma
            at += 2
        for k in range(12):
            rows[k] = rows[k] * factor + (shift if k % 4 == 3 else 0.0)


def mix_bytes(source: Bytes, steps: Floats, measure: bool, target: Bytes) -> bool:
    """Apply the steps to the first three channels of an image (H, W, C); the others are copied.

    ``measure``: whether means matter, and have to be measured. False, and nothing is done, where 16
    bits do not hold the matrix; see `in_16_bits`.
    """
    fixed = np.empty((source.shape[2], WEIGHTS), np.int16)
    if not _weigh(source, steps, measure, fixed):
        return False
    apply_weights(source, fixed, target)  # two calls: as one, all of it would be compiled again
    return True


@kernel
def _weigh(source: Bytes, steps: Floats, measure: bool, fixed: NDArray[np.int16]) -> bool:
    means, rows = np.empty(3), np.empty(12)
    if measure:
        totals = np.empty(source.shape[2], np.int64)
        sums_of_bytes(source.ravel(), totals)
        for c in range(3):
            means[c] = totals[c] / (source.shape[0] * source.shape[1]) / 255.0
    compose(steps, means, rows)
    return in_16_bits(rows, fixed)
