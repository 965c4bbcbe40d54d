"""What `warp` and `remap` share: how the pixels are blended that an output pixel looks at.

Coordinates are edge-based: pixel (0, 0) covers [0, 1) x [0, 1). An output pixel maps its centre
into the source; the footprint there is a separable filter centred on the mapped point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels import _arrays
from augkit.image.kernels._arrays import as_bytes, span
from augkit.image.kernels._cubic_bytes import sample_cubic
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._locate import (
    BLOCK,
    BORDERS,
    LOST,
    TIE,
    Positions,
    bordered,
    locate,
    positions,
)
from augkit.image.kernels._nearest import sample_1x1
from augkit.image.kernels._phases import PHASES, cubic_table, phase_table
from augkit.image.kernels._room import room
from augkit.image.kernels._sample_bytes import sample_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["sampled"]

Pixels = NDArray[np.generic]

# Filters.
LINEAR, CUBIC = 0, 1


@kernel
def tap_weights(
    kind: int, radius: float, fraction: float, taps: int, weights: NDArray[np.float32]
) -> None:
    """Normalised weights of taps around a point ``fraction`` beyond the pixel centre before it.

    The triangle (linear) has the half-width ``radius``; Keys' cubic (a = -1/2, as Pillow) twice it.
    """
    total = 0.0
    first = 1 - taps // 2
    for k in range(taps):
        t = abs(first + k - fraction) / radius
        if kind == LINEAR:
            w = 1.0 - t if t < 1.0 else 0.0
        elif t < 1.0:
            w = (1.5 * t - 2.5) * t * t + 1.0
        elif t < 2.0:
            w = ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
        else:
            w = 0.0
        weights[k] = w
        total += w
    if total != 1.0:
        for k in range(taps):
            weights[k] = weights[k] / total


@kernel
def sample_rows(
    source: Pixels,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    kind: int,
    radius_x: float,
    radius_y: float,
    taps: int,
    border: int,
    fill: NDArray[np.float32],
    limit: float,
    x: Positions,
    y: Positions,
    out: Pixels,
) -> None:
    """Filtered sampling of any dtype and channel count, in float32.

    ``limit`` is the largest value of an integer dtype (results are rounded and clipped), 0 for
    floating point.
    """
    height, width, channels = source.shape
    x_weights = np.empty(8, np.float32)
    y_weights = np.empty(8, np.float32)
    columns = np.empty(8, np.intp)
    row_sum = np.empty(channels, np.float32)
    total = np.empty(channels, np.float32)
    before = taps // 2 - 1
    for i in range(out.shape[0]):
        first, last = span(spans, i, out.shape[1])
        for start in range(first, last, BLOCK):
            count = min(last - start, BLOCK)
            locate(coordinates, matrix, i, start, count, -0.5, x, y)
            for j in range(count):
                x0, y0 = int(x[0][j]), int(y[0][j])
                if x0 == LOST:
                    for c in range(channels):
                        out[i, start + j, c] = fill[c]
                    continue
                u, v = x[1][j] * 2.0**-32, y[1][j] * 2.0**-32
                left, top = x0 - before, y0 - before
                inside = left >= 0 and top >= 0 and left + taps <= width and top + taps <= height
                if (
                    not inside
                    and border == 0
                    and (left >= width or top >= height or left + taps <= 0 or top + taps <= 0)
                ):
                    for c in range(channels):
                        out[i, start + j, c] = fill[c]
                    continue
                tap_weights(kind, radius_x, u, taps, x_weights)
                tap_weights(kind, radius_y, v, taps, y_weights)
                for k in range(taps):
                    columns[k] = left + k if inside else bordered(left + k, width, border)
                total[:] = 0.0
                for r in range(taps):
                    line = top + r if inside else bordered(top + r, height, border)
                    row_sum[:] = 0.0
                    for k in range(taps):
                        w = x_weights[k]
                        if line < 0 or columns[k] < 0:
                            for c in range(channels):
                                row_sum[c] += w * fill[c]
                        else:
                            for c in range(channels):
                                row_sum[c] += w * np.float32(source[line, columns[k], c])
                    for c in range(channels):
                        total[c] += y_weights[r] * row_sum[c]
                if limit > 0.0:
                    for c in range(channels):
                        value = total[c] + np.float32(0.5)
                        out[i, start + j, c] = min(max(value, np.float32(0.0)), np.float32(limit))
                else:
                    for c in range(channels):
                        out[i, start + j, c] = total[c]


@kernel
def sample_nearest(
    source: Pixels,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    border: int,
    fill: Pixels,
    x: Positions,
    y: Positions,
    out: Pixels,
) -> None:
    """The pixel that contains the mapped point, bit for bit."""
    height, width, channels = source.shape
    for i in range(out.shape[0]):
        first, last = span(spans, i, out.shape[1])
        for start in range(first, last, BLOCK):
            count = min(last - start, BLOCK)
            locate(coordinates, matrix, i, start, count, TIE, x, y)
            for j in range(count):
                line = column = -1
                if x[0][j] != LOST:
                    column = bordered(int(x[0][j]), width, border)
                    line = bordered(int(y[0][j]), height, border)
                if line < 0 or column < 0:
                    for c in range(channels):
                        out[i, start + j, c] = fill[c]
                else:
                    for c in range(channels):
                        out[i, start + j, c] = source[line, column, c]


_WIDE = 1 << 31  # the fast path has 32-bit offsets
_ZEROS = ((), (0,), (0, 0), (0, 0, 0), (0, 0, 0, 0))
_NO_TABLES = np.empty((2, 0, 4), np.uint16)
_KINDS = {"linear": LINEAR, "cubic": CUBIC}


def sampled(
    source: Pixels,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    *,
    interpolation: str,
    border: str,
    fill: _arrays.Fill,
    spans: NDArray[np.int32] | None,
    out: Pixels | None,
    alpha: bool,
    radii: tuple[float, float] = (1.0, 1.0),
    reduce: Callable[..., tuple[Pixels, NDArray[np.float64], tuple[float, float]]] | None = None,
) -> Pixels:
    """The common body of `warp` (a matrix) and `remap` (coordinates)."""
    if border not in BORDERS:
        raise ValueError(f"border is {border!r}; it must be one of {', '.join(BORDERS)}")
    if interpolation != "nearest" and interpolation not in _KINDS:
        raise ValueError(f"interpolation is {interpolation!r}; it must be linear, cubic or nearest")
    pixels = _arrays.as_pixels(source)
    result, target = _arrays.output_for(source, size, out)
    spans = _arrays.NO_SPANS if spans is None else _checked_spans(spans, size)
    fills = _arrays.fill_values(fill, pixels.shape[2], pixels.dtype)
    if pixels.size == 0 or target.size == 0:
        _fill_spans(target, fills, spans)
    elif interpolation == "nearest":
        _pick(pixels, coordinates, matrix, spans, BORDERS[border], fills, target)
    elif alpha and pixels.shape[2] > 1:
        faded = _arrays.premultiplied(fills)
        blended = np.empty(target.shape, np.float32)
        colors: Pixels = _arrays.premultiplied(pixels)
        if reduce is not None:
            colors, matrix, radii = reduce(colors, matrix, size, border, faded, radii)
        _blend(colors, coordinates, matrix, spans, interpolation, radii, border, faded, blended)
        _arrays.unpremultiply(blended, spans, _arrays.limit_of(target.dtype), target)
    else:
        if reduce is not None:
            pixels, matrix, radii = reduce(pixels, matrix, size, border, fills, radii)
        _blend(pixels, coordinates, matrix, spans, interpolation, radii, border, fills, target)
    return result


def _pick(
    pixels: Pixels,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    border: int,
    fills: Pixels,
    target: Pixels,
) -> None:
    size = pixels.itemsize * pixels.shape[2]
    if size > 16 or pixels.nbytes >= _WIDE:
        sample_nearest(
            pixels, coordinates, matrix, spans, border, fills, positions(), positions(), target
        )
        return
    sample_1x1(
        as_bytes(pixels),
        coordinates,
        matrix,
        spans,
        border,
        as_bytes(fills),
        (0,) * size,
        room().whole[0],
        as_bytes(target),
    )


def _blend(
    pixels: Pixels,
    coordinates: NDArray[np.float32],
    matrix: NDArray[np.float64],
    spans: NDArray[np.int32],
    interpolation: str,
    radii: tuple[float, float],
    border: str,
    fills: Pixels,
    target: Pixels,
) -> None:
    cubic, plain = interpolation == "cubic", radii[0] <= 1.0 and radii[1] <= 1.0
    narrow = pixels.shape[2] <= 4 and pixels.nbytes < _WIDE
    if pixels.dtype == np.uint8 and narrow and (plain or not cubic):
        zeros, code = _ZEROS[pixels.shape[2]], BORDERS[border]
        source: Any = pixels
        out: Any = target
        fill: Any = fills
        where = coordinates, matrix, spans
        if cubic:
            across, down = np.empty((2, PHASES, 8), np.int16)
            cubic_table(1, across)
            cubic_table(2, down)
            sample_cubic(source, *where, across, down, code, fill, zeros, room(), out)
            return
        tables = _NO_TABLES
        wide: tuple[int, ...] = ()
        if not plain:
            tables, wide = np.empty((2, PHASES, 4), np.uint16), (0,)
            phase_table(radii[0], tables[0])
            phase_table(radii[1], tables[1])
        sample_bytes(_with_four(source), *where, code, fill, tables, wide, zeros, room(), out)
        return
    limit = _arrays.limit_of(pixels.dtype)
    taps = 2 if interpolation == "linear" else 4
    if max(radii) > 1.0:
        taps *= 2
    sample_rows(
        pixels,
        coordinates,
        matrix,
        spans,
        _KINDS[interpolation],
        radii[0],
        radii[1],
        taps,
        BORDERS[border],
        fills.astype(np.float32),
        limit,
        positions(),
        positions(),
        target,
    )


def _with_four(source: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes at whose beginning four may be read."""
    if source.size >= 4:
        return source
    memory = np.zeros(4, np.uint8)
    memory[: source.size] = source.reshape(-1)
    return memory[: source.size].reshape(source.shape)


def _checked_spans(spans: NDArray[np.int32], size: tuple[int, int]) -> NDArray[np.int32]:
    if spans.shape != (size[0], 2):
        raise ValueError(
            f"spans has shape {spans.shape}; it must be ({size[0]}, 2), one [start, stop) per row"
        )
    return np.ascontiguousarray(spans, np.int32)


def _fill_spans(target: Pixels, fills: Pixels, spans: NDArray[np.int32]) -> None:
    for row in range(target.shape[0]):
        start, stop = span(spans, row, target.shape[1])
        target[row, start:stop] = fills
