"""Warping an image by a matrix: one interpolation from the source straight to the output."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels import _arrays
from augkit.image.kernels._arrays import Fill
from augkit.image.kernels._reduce import reduced
from augkit.image.kernels._sampling import sampled
from augkit.image.kernels.exact import pad

__all__ = ["warp"]

Pixels = NDArray[np.generic]
Matrix = NDArray[np.float64]

_NO_COORDINATES = np.empty((0, 0, 2), np.float32)


def warp(
    source: Pixels,
    matrix: Matrix | tuple[float, ...],
    size: tuple[int, int],
    *,
    interpolation: str = "linear",
    border: str = "constant",
    fill: Fill = 0,
    spans: NDArray[np.int32] | None = None,
    out: Pixels | None = None,
    alpha: bool = False,
    antialias: bool = True,
) -> Pixels:
    """Resample ``source``: output pixel (row i, column j) shows ``matrix @ (j + .5, i + .5, 1)``.

    Parameters
    ----------
    source : array, shape (H, W) or (H, W, C)
        uint8, uint16 or float32; for ``interpolation="nearest"`` any dtype. Never written to.
    matrix : float64 array, shape (3, 3), or a tuple of its nine numbers, row by row
        Output to source, in edge coordinates; affine or projective.
    size : (height, width) of the result
    interpolation : "linear", "cubic" or "nearest"
        Nearest copies the pixel that contains the mapped point. Linear and cubic (Keys, a = -1/2)
        are separable along the source axes.
    border : "constant", "replicate", "reflect", "reflect101" or "wrap"
        What lies beyond the source. A constant border is blended with at the edge.
    fill : number, or one per channel
    spans : int32 array, shape (height, 2), optional
        Per output row the [start, stop) that is sampled; the rest of ``out`` is left as it is.
    out : array, optional
        Written and returned; C-contiguous, of the result's shape and dtype, not ``source``.
    alpha : bool
        The last channel is alpha: colors count in proportion to it while blending. Where the
        result is fully transparent its colors are 0.
    antialias : bool
        Where an output pixel covers r > 1 source pixels along a source axis, widen the filter along
        that axis: the linear one to r/sqrt(2), from r = sqrt(2) on, where the triangle has the
        variance of a box that is r wide (r^2/12); the cubic one, whose variance is 0, to r. Beyond
        a width of 2 the source is first reduced by exact means of 2, 4, 8... pixels along the
        axis. r is the length of the matrix's row (the local one at the output's centre for
        projective matrices).

    Points behind the horizon of a projective matrix show the fill, whatever the border.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.array([[0, 100, 200]], dtype=np.uint8)
    >>> half_a_pixel = np.array([[1, 0, 0.5], [0, 1, 0], [0, 0, 1]])
    >>> warp(ramp, half_a_pixel, (1, 3), border="replicate").tolist()
    [[50, 150, 200]]
    """
    if not isinstance(matrix, tuple):
        if np.shape(matrix) != (3, 3):
            raise ValueError(
                f"matrix has shape {np.shape(matrix)}; it must be (3, 3), output to source"
            )
        matrix = tuple(np.asarray(matrix, np.float64).reshape(9).tolist())
    size = _arrays.check_size(size)
    normalized, (x_step, y_step) = _normalized(matrix, size)
    wider = _WIDER.get(interpolation, 0.0) if antialias else 0.0
    x_radius, y_radius = x_step * wider, y_step * wider
    # A rotation has steps of 1 but for rounding: nothing shrinks.
    radii = (x_radius if x_radius > _ONE else 1.0, y_radius if y_radius > _ONE else 1.0)
    return sampled(
        source,
        _NO_COORDINATES,
        normalized,
        size,
        interpolation=interpolation,
        border=border,
        fill=fill,
        spans=spans,
        out=out,
        alpha=alpha,
        radii=radii,
        reduce=_reduced if max(radii) > 2.0 else None,
    )


_ONE = 1.0 + 1e-9
# The filter's width per source pixel that an output pixel covers.
_WIDER = {"linear": math.sqrt(0.5), "cubic": 1.0}


def _normalized(
    matrix: tuple[float, ...], size: tuple[int, int]
) -> tuple[Matrix, tuple[float, float]]:
    """The matrix with w = 1 at the output's centre, and there an output pixel's size along x and y."""
    a, b, c, d, e, f, g, h, i = matrix
    u, v = size[1] / 2, size[0] / 2
    w = g * u + h * v + i
    if not math.isfinite(w) or w == 0.0:
        raise ValueError(f"matrix {matrix} has its horizon at the centre of the output")
    if w != 1.0:
        a, b, c, d, e, f, g, h, i = (part / w for part in matrix)
    x, y = a * u + b * v + c, d * u + e * v + f
    # The derivative of (x, y) by (u, v) there.
    x_step = math.hypot(a - x * g, b - x * h)
    y_step = math.hypot(d - y * g, e - y * h)
    return np.array((a, b, c, d, e, f, g, h, i)).reshape(3, 3), (x_step, y_step)


def _reduced(
    source: Pixels,
    matrix: Matrix,
    size: tuple[int, int],
    border: str,
    fill: Pixels,
    radii: tuple[float, float],
) -> tuple[Pixels, Matrix, tuple[float, float]]:
    """The part of the source that is read as means over 2^n pixels, with the matrix to fit."""
    x_radius, y_radius = radii
    height, width = source.shape[:2]
    columns, rows = _block(x_radius, width), _block(y_radius, height)
    if columns == rows == 1:
        return source, matrix, radii
    reach = 2.0  # how far the filter reaches, in reduced pixels, for linear and cubic (with slack)
    left, right, top, bottom = 0, width, 0, height
    # What repeats is seen from anywhere: then all of the source is needed.
    box = _read_box(matrix, size) if border in ("constant", "replicate") else None
    if box is not None:
        # Whole blocks; a block more than the filter reaches keeps borders from being seen.
        x_margin, y_margin = 2 * reach * 2 * columns, 2 * reach * 2 * rows
        left, right = _blocks(box[0] - x_margin, box[2] + x_margin, columns, width)
        top, bottom = _blocks(box[1] - y_margin, box[3] + y_margin, rows, height)
    part = source[top:bottom, left:right]
    # Blocks that stick out hold what the border says, and one more block all of the border, so
    # that replicated pixels are those of the edge, not the mean of the last block.
    extra_x = columns if border == "replicate" else 0
    extra_y = rows if border == "replicate" else 0
    pads = (
        extra_y if top == 0 else 0,
        (-(bottom - top)) % rows + extra_y if bottom == height else 0,
        extra_x if left == 0 else 0,
        (-(right - left)) % columns + extra_x if right == width else 0,
    )
    if any(pads):
        part = pad(part, pads, border, fill.tolist())
    top, left = top - pads[0], left - pads[2]
    means = reduced(part, rows, columns)
    matrix = matrix.copy()
    matrix[0] = (matrix[0] - left * matrix[2]) / columns
    matrix[1] = (matrix[1] - top * matrix[2]) / rows
    x_radius, y_radius = max(x_radius / columns, 1.0), max(y_radius / rows, 1.0)
    return means, matrix, (min(x_radius, 2.0), min(y_radius, 2.0))


def _blocks(low: float, high: float, block: int, side: int) -> tuple[int, int]:
    """Whole blocks of an axis, one at least, that hold what there is of [low, high)."""
    start = min(max(math.floor(low / block), 0), (side - 1) // block) * block
    return start, min(max(math.ceil(high / block) * block, start + block), side)


def _block(radius: float, side: int) -> int:
    """The smallest power of two that brings ``radius`` down to 2.

    But not far beyond the ``side`` of the source: where it shrinks to a hundredth of a pixel, hardly
    anything but the border is seen anyhow, and blocks are padded to their full size.
    """
    wanted = math.ceil(math.log2(min(radius, 1e9) / 2) - 1e-12)
    return 1 << max(min(wanted, (4 * side - 1).bit_length()), 0)


def _read_box(matrix: Matrix, size: tuple[int, int]) -> tuple[float, float, float, float] | None:
    """The rectangle (left, top, right, bottom) that the output's corners span; None: unbounded."""
    height, width = size
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float64)
    x, y, w = matrix[:, :2] @ corners.T + matrix[:, 2:]
    if not (w > 0).all():
        return None
    x, y = x / w, y / w
    box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    return box if all(map(math.isfinite, box)) else None
