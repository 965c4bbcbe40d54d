"""Resizing along the axes: separable resampling in two passes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels import _arrays, _resize_bytes
from augkit.image.kernels._arrays import address_of, as_bytes
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes_copy import copy_bytes, copy_pixel
from augkit.image.kernels._separable import CUBIC, LANCZOS, LINEAR, coefficients, resample

__all__ = ["resize"]

Pixels = NDArray[np.generic]

_KINDS = {"nearest": 0, "linear": LINEAR, "cubic": CUBIC, "lanczos": LANCZOS}
_SUPPORTS = {LINEAR: 1.0, CUBIC: 2.0, LANCZOS: 3.0}


def resize(
    source: Pixels,
    size: tuple[int, int],
    *,
    box: tuple[float, float, float, float] | None = None,
    interpolation: str = "linear",
    antialias: bool = True,
    flip_x: bool = False,
    flip_y: bool = False,
    alpha: bool = False,
) -> Pixels:
    """Resample ``source`` (or its part ``box``) to ``size``, then flip.

    Parameters
    ----------
    source : array, shape (H, W) or (H, W, C)
        uint8, uint16 or float32; for ``interpolation="nearest"`` any dtype. Never written to.
    size : (height, width) of the result
    box : (left, top, right, bottom), optional
        The part of the source that is shown, in edge coordinates; fractions are exact. Pixels
        beyond it are read where the filter reaches them (as in Pillow). Default: all.
    interpolation : "linear", "cubic" (Keys, a = -1/2), "lanczos" (3 lobes) or "nearest"
    antialias : bool
        Widen the filter where the image shrinks, as Pillow does; nearest never does.
    flip_x, flip_y : bool
        Mirror the result left-right, top-bottom.
    alpha : bool
        The last channel is alpha: colors count in proportion to it.

    Returns
    -------
    A new array of the source's dtype. Filters are cut at the source's edge and normalised there.

    Examples
    --------
    >>> import numpy as np
    >>> resize(np.array([[0, 100, 200, 100]], dtype=np.uint8), (1, 2)).tolist()
    [[71, 143]]
    """
    if interpolation not in _KINDS:
        raise ValueError(
            f"interpolation is {interpolation!r}; it must be one of {', '.join(_KINDS)}"
        )
    kind = _KINDS[interpolation]
    height, width = _arrays.check_size(size)
    pixels = _arrays.as_pixels(source)
    result, target = _arrays.output_for(source, (height, width), None)
    if target.size == 0:
        return result
    left, top, right, bottom = _checked_box(box, pixels)
    if interpolation == "nearest":
        rows = nearest_indices(height, top, bottom, pixels.shape[0], flip_y)
        columns = nearest_indices(width, left, right, pixels.shape[1], flip_x)
        bytes_per_pixel = pixels.itemsize * pixels.shape[2]
        sizes = (0,) * bytes_per_pixel if bytes_per_pixel <= 16 else ()
        pick(
            address_of(pixels),
            pixels.strides[0],
            rows,
            columns,
            bytes_per_pixel,
            address_of(target),
            sizes,
        )
        return result
    support = _SUPPORTS[kind]
    y_first, y_weights = coefficients(
        height, top, bottom, pixels.shape[0], kind, support, antialias, flip_y
    )
    x_first, x_weights = coefficients(
        width, left, right, pixels.shape[1], kind, support, antialias, flip_x
    )
    tables = (y_first, y_weights, x_first, x_weights)
    channels = pixels.shape[2]
    if alpha and channels > 1:
        blended = np.empty(target.shape, np.float32)
        resample(_arrays.premultiplied(pixels), *tables, 0.0, blended)
        _arrays.unpremultiply(blended, _arrays.NO_SPANS, _arrays.limit_of(target.dtype), target)
        return result
    if pixels.dtype == np.uint8 and kind == LINEAR and 1 <= channels <= 4:
        piece = _resize_bytes.PIECES[channels]
        zeros = (0,) * channels
        upward = y_weights.shape[1] <= 2 and height > bottom - top
        if upward and min(pixels.shape[1], width) >= piece:
            _resize_bytes.across_then_down(as_bytes(pixels), tables, zeros, as_bytes(target))
            return result
        taps = max(y_weights.shape[1], x_weights.shape[1])
        if taps <= _resize_bytes.MAX_TAPS and pixels.shape[1] >= piece:
            _resize_bytes.down_then_across(as_bytes(pixels), tables, zeros, as_bytes(target))
            return result
    resample(pixels, *tables, _arrays.limit_of(pixels.dtype), target)
    return result


def _checked_box(
    box: tuple[float, float, float, float] | None, pixels: Pixels
) -> tuple[float, float, float, float]:
    height, width = pixels.shape[:2]
    if height == 0 or width == 0:
        raise ValueError(f"source has shape {pixels.shape}; an empty image cannot be resized")
    if box is None:
        return 0.0, 0.0, float(width), float(height)
    left, top, right, bottom = (float(edge) for edge in box)
    if not (0.0 <= left < right <= width and 0.0 <= top < bottom <= height):
        raise ValueError(
            f"box is {box}; (left, top, right, bottom) must hold something and lie within the "
            f"source, (0, 0, {width}, {height}): use warp to show what is beyond"
        )
    return left, top, right, bottom


@kernel
def nearest_indices(count: int, low: float, high: float, size: int, flip: bool) -> NDArray[np.intp]:
    """Which source row or column each output one shows; summed up as Pillow does, ties and all."""
    indices = np.empty(count, np.intp)
    step = (high - low) / count
    position = low + step * 0.5
    for i in range(count):
        k = count - 1 - i if flip else i
        indices[k] = min(max(int(position), 0), size - 1)
        position += step
    return indices


@kernel
def pick(
    source: int,
    stride: int,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    size: int,
    target: int,
    zeros: tuple[int, ...],
) -> None:
    """Copy the pixels of ``rows`` and ``columns``, ``size`` (and, up to 16, ``len(zeros)``) bytes."""
    offsets = columns * size
    for i in range(rows.size):
        line = source + rows[i] * stride
        if i > 0 and rows[i] == rows[i - 1]:
            copy_bytes(target - columns.size * size, target, columns.size * size)
            target += columns.size * size
            continue
        for j in range(columns.size):
            if len(zeros) > 0:
                copy_pixel(line + offsets[j], target, zeros)
            else:
                copy_bytes(line + offsets[j], target, size)
            target += size
