"""Where the numbers of a convolution lie: images, filters and gradients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regtrain.kernels.registers import COLUMNS, LANES, ROWS

__all__ = ["SLACK", "Geometry", "geometry"]

Array = NDArray[Any]

SLACK = 2 * ROWS + 2 * LANES
"""Numbers behind an array that may be read or written in vain."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """Where everything lies, for one image.

    Attributes:
        numbers: what the kernels take: height, width, channels, filters, size, stride, pad,
            out_height, out_width; ``pitch``, the positions from one row to the next in all layouts;
            ``plane``, the positions of a padded image; ``lead``, the position of the first output in
            the padded gradient, and the positions of that.
        taps: where the factors of each term (tap, channel) begin in the planes of the image.
        columns: the same in the padded image, whose channels lie side by side.
        back: where those of each term (tap, filter) begin in the planes of the gradient, the taps in
            the order of ``order``.
        order: the taps, phase by phase.
        ends: where the taps of each phase begin and end.
    """

    numbers: tuple[int, ...]
    taps: Array
    columns: Array
    back: Array
    order: Array
    ends: Array
    forward_space: int
    backward_space: int

    @property
    def sums(self) -> tuple[int, int]:
        """The shape of the sums of one block."""
        return self.numbers[3] + ROWS, _whole(len(self.taps))


@cache
def geometry(
    shape: tuple[int, int, int], filters: int, size: int, stride: int, pad: int
) -> Geometry:
    """The layout for images of a shape."""
    height, width, channels = shape
    out_height, out_width = ((side + 2 * pad - size) // stride + 1 for side in (height, width))
    lead = (size - 1) // stride
    if stride == 1 and pad < size:
        pitch = width + pad  # the zeros right of a row are those left of the next
    else:
        pitch = max(-(-(width + 2 * pad) // stride), out_width + lead)
    rows = max(-(-(height + 2 * pad) // stride), out_height + lead) + 1
    plane, count = rows * pitch, stride * stride
    gradient = (rows + lead) * pitch + lead
    first = lead * pitch + lead
    ky, kx = np.divmod(np.arange(size * size), size)
    phase, place = ky % stride * stride + kx % stride, ky // stride * pitch + kx // stride
    c, f = np.arange(channels), np.arange(filters)
    order = np.argsort(phase, kind="stable")
    out = (out_height * pitch + 2 * ROWS) * _whole(filters)
    padded = _padded(count * plane * channels)
    spread = _padded(gradient * filters)
    positions = (out_height - 1) * pitch + out_width
    return Geometry(
        (
            height, width, channels, filters, size, stride, pad, out_height, out_width, pitch, plane,
            first, gradient,
        ),
        (c * count * plane + (phase * plane + place)[:, None]).reshape(-1),
        (c + (phase * plane + place)[:, None] * channels).reshape(-1),
        (f * gradient + (first - place[order])[:, None]).reshape(-1),
        order,
        np.concatenate(([0], np.cumsum(np.bincount(phase, minlength=count)))),
        2 * padded + _padded(size * size * channels * _whole(filters)) + _padded(out),
        padded
        + 2 * spread
        + _padded(positions * COLUMNS)
        + _padded(size * size * filters * _whole(channels))
        + _padded((plane + 2 * ROWS) * _whole(channels)),
    )  # fmt: skip


def _whole(columns: int) -> int:
    """Columns of whole panels."""
    return -(-columns // COLUMNS) * COLUMNS


def _padded(size: int) -> int:
    """What `_cut` takes."""
    return (size + SLACK + 15) // 16 * 16
