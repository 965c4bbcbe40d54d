"""Resizing along the axes: separable resampling in two passes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels import _arrays
from augkit.image.kernels._jit import kernel

__all__ = ["resize"]

Pixels = NDArray[np.generic]

NEAREST, LINEAR, CUBIC, LANCZOS = 0, 1, 2, 3
_KINDS = {"nearest": NEAREST, "linear": LINEAR, "cubic": CUBIC, "lanczos": LANCZOS}
_SUPPORTS = (0.5, 1.0, 2.0, 3.0)


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
    [[57, 143]]
    """
    if interpolation not in _KINDS:
        raise ValueError(f"interpolation is {interpolation!r}; it must be one of {', '.join(_KINDS)}")
    kind = _KINDS[interpolation]
    height, width = _arrays.check_size(size)
    pixels = _arrays.as_pixels(source)
    result, target = _arrays.output_for(source, (height, width), None)
    if target.size == 0:
        return result
    left, top, right, bottom = _checked_box(box, pixels)
    if kind == NEAREST:
        rows = nearest_indices(height, top, bottom, pixels.shape[0], flip_y)
        columns = nearest_indices(width, left, right, pixels.shape[1], flip_x)
        pick(pixels, rows, columns, target)
        return result
    support = _SUPPORTS[kind]
    y_first, y_weights = coefficients(height, top, bottom, pixels.shape[0], kind, support, antialias, flip_y)
    x_first, x_weights = coefficients(width, left, right, pixels.shape[1], kind, support, antialias, flip_x)
    if alpha and pixels.shape[2] > 1:
        blended = np.empty(target.shape, np.float32)
        resample(_arrays.premultiplied(pixels), y_first, y_weights, x_first, x_weights, 0.0, blended)
        _arrays.unpremultiplied(blended, target)
    else:
        resample(pixels, y_first, y_weights, x_first, x_weights, _arrays.limit_of(pixels.dtype), target)
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
def nearest_indices(
    count: int, low: float, high: float, size: int, flip: bool
) -> NDArray[np.intp]:
    """Which source row or column each output one shows; summed up as Pillow does, ties and all."""
    indices = np.empty(count, np.intp)
    step = (high - low) / count
    position = low + step * 0.5
    for i in range(count):
        k = count - 1 - i if flip else i
        indices[k] = min(max(np.intp(np.floor(position)), 0), size - 1)
        position += step
    return indices


@kernel
def pick(
    source: Pixels, rows: NDArray[np.intp], columns: NDArray[np.intp], out: Pixels
) -> None:
    """``out[i, j] = source[rows[i], columns[j]]``."""
    channels = source.shape[2]
    for i in range(rows.size):
        for j in range(columns.size):
            for c in range(channels):
                out[i, j, c] = source[rows[i], columns[j], c]


@kernel
def filter_value(kind: int, t: float) -> float:
    t = abs(t)
    if kind == LINEAR:
        return 1.0 - t if t < 1.0 else 0.0
    if kind == CUBIC:
        if t < 1.0:
            return (1.5 * t - 2.5) * t * t + 1.0
        return ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0 if t < 2.0 else 0.0
    if t == 0.0:
        return 1.0
    if t >= 3.0:
        return 0.0
    t *= np.pi
    return 3.0 * np.sin(t) * np.sin(t / 3.0) / (t * t)


@kernel
def coefficients(
    count: int,
    low: float,
    high: float,
    size: int,
    kind: int,
    support: float,
    antialias: bool,
    flip: bool,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Per output row or column, its first source one and the weights from there on (sum 1)."""
    scale = (high - low) / count
    stretch = max(scale, 1.0) if antialias else 1.0
    reach = support * stretch
    taps = min(int(np.ceil(reach)) * 2 + 1, size)
    first = np.empty(count, np.intp)
    weights = np.zeros((count, taps))
    for i in range(count):
        centre = low + (i + 0.5) * scale
        start = min(max(int(centre - reach + 0.5), 0), size - 1)
        stop = max(min(int(centre + reach + 0.5), size), start + 1)
        k = count - 1 - i if flip else i
        total = 0.0
        for t in range(stop - start):
            w = filter_value(kind, (start + t - centre + 0.5) / stretch)
            weights[k, t] = w
            total += w
        if total != 0.0:
            for t in range(stop - start):
                weights[k, t] /= total
        # Weights beyond the last are 0; what they stand for must exist.
        over = max(start + taps - size, 0)
        if over > 0:
            for t in range(taps - 1, -1, -1):
                weights[k, t] = weights[k, t - over] if t >= over else 0.0
        first[k] = start - over
    return first, weights


@kernel
def resample(
    source: Pixels,
    y_first: NDArray[np.intp],
    y_weights: NDArray[np.float64],
    x_first: NDArray[np.intp],
    x_weights: NDArray[np.float64],
    limit: float,
    out: Pixels,
) -> None:
    """Both passes, one output row at a time, in float32."""
    width, channels = source.shape[1], source.shape[2]
    row = np.empty((width, channels), np.float32)
    total = np.empty(channels, np.float32)
    for i in range(out.shape[0]):
        row[:] = 0.0
        for t in range(y_weights.shape[1]):
            w = np.float32(y_weights[i, t])
            if w != 0.0:
                for j in range(width):
                    for c in range(channels):
                        row[j, c] += w * np.float32(source[y_first[i] + t, j, c])
        for j in range(out.shape[1]):
            total[:] = 0.0
            for t in range(x_weights.shape[1]):
                w = np.float32(x_weights[j, t])
                for c in range(channels):
                    total[c] += w * row[x_first[j] + t, c]
            if limit > 0.0:
                for c in range(channels):
                    value = total[c] + np.float32(0.5)
                    out[i, j, c] = min(max(value, np.float32(0.0)), np.float32(limit))
            else:
                for c in range(channels):
                    out[i, j, c] = total[c]
