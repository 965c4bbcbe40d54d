"""Convolutions without a matrix of patches: one compiled call forward, one back.

Images lie padded, one position after the other; then what a tap of the filter sees from all positions is
the same run of memory, begun elsewhere. So the tiles of `registers` take their factors from the image
itself, with a list of where each tap begins. Rows are `pitch` positions wide, at stride 1 with the padding
between two rows shared, so a few positions between rows are computed in vain.

With a stride t, the padded image is laid out as t × t images of every t-th row and column, and the
gradient of each of them is a convolution with its own share of the taps.

Sums over images are taken block by block, `BLOCKS` of them, so the number of threads changes no bit.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from augkit.core.jit import kernel
from regtrain.kernels.geometry import SLACK
from regtrain.kernels.images import max_pool, max_pool_back
from regtrain.kernels.products import turned
from regtrain.kernels.registers import (
    COLUMNS,
    HALF,
    LANES,
    ROWS,
    add_half_listed_tile,
    add_half_tile,
    add_listed_tile,
    add_tile,
    copy,
)

__all__ = ["BLOCKS", "backward", "forward", "join"]

Array = NDArray[Any]

BLOCKS = 8
_TERMS = 256  # of a chain of sums, as in products


# -- layouts -----------------------------------------------------------------------------------


@kernel
def _laid(x: Array, stride: int, pad: int, pitch: int, plane: int, to: Array) -> None:
    """An image (h, w, c) into its padded places; what lies between stays zero."""
    height, width, channels = x.shape
    lines = x.reshape(height, width * channels)
    for i in range(height):
        y = i + pad
        if stride == 1:
            start = (y * pitch + pad) * channels
            line, part = lines[i], to[start : start + width * channels]
            for q in range(part.size):
                part[q] = line[q]
        else:
            for j in range(width):
                phase = y % stride * stride + (j + pad) % stride
                start = phase * plane + y // stride * pitch + (j + pad) // stride
                for c in range(channels):
                    to[start * channels + c] = x[i, j, c]


@kernel
def _panels(weight: Array, channels: int, filters: int, to: Array) -> None:
    """Forward: terms are taps and channels, columns are filters."""
    terms = weight.size // filters
    for j in range(0, filters, COLUMNS):
        for k in range(terms):
            place, row = (j * terms) + k * COLUMNS, k * filters + j
            for i in range(COLUMNS):
                to[place + i] = weight[row + i] if j + i < filters else weight.dtype.type(0)


@kernel
def _panels_back(
    weight: Array, channels: int, filters: int, order: Array, ends: Array, to: Array
) -> None:
    """Back: terms are taps and filters, columns are channels; phase by phase."""
    zero = weight.dtype.type(0)
    place = 0
    for phase in range(ends.size - 1):
        for j in range(0, channels, COLUMNS):
            for at in range(ends[phase], ends[phase + 1]):
                for f in range(filters):
                    for i in range(COLUMNS):
                        start = (order[at] * channels + j + i) * filters + f
                        to[place + i] = weight[start] if j + i < channels else zero
                    place += COLUMNS


@kernel
def _tiles(
    planes: Array, origin: int, places: Array, positions: int, panels: Array, wide: int,
    out: Array,
) -> None:  # fmt: skip
    """out[p, j] <- the sum over k of planes[origin + places[k] + p] panels[k, j], for ``wide`` columns.

    Out has rows for whole tiles.
    """
    terms = places.size
    parts = (terms + _TERMS - 1) // _TERMS
    part = (terms + parts - 1) // max(parts, 1)
    for begin in range(0, terms, part):
        size = min(part, terms - begin)
        some = places[begin : begin + size]
        for top in range(0, positions, ROWS):
            whole = positions - top > HALF
            for j in range(0, wide, COLUMNS):
                panel, to = j * terms + begin * COLUMNS, top * wide + j
                if whole:
                    add_listed_tile(
                        planes, origin + top, some, panels, panel, size, begin > 0, out, to, wide,
                    )  # fmt: skip
                else:
                    add_half_listed_tile(
                        planes, origin + top, some, panels, panel, size, begin > 0, out, to, wide,
                    )  # fmt: skip


@kernel
def _cut(space: Array, size: int) -> tuple[Array, Array]:
    """The first numbers, with some to spare, and the rest from a cache line on."""
    size = (size + SLACK + 15) // 16 * 16
    return space[:size], space[size:]


# -- forward -----------------------------------------------------------------------------------


@kernel
def forward(
    x: Array, weight: Array, numbers: tuple[int, ...], taps: Array, pool: tuple[int, int], y: Array,
    where: Array, first: int, last: int, space: Array,
) -> None:  # fmt: skip
    """y <- x * weight for some images, pooled where ``pool`` (size, stride) is not zero."""
    _, _, channels, filters, _, stride, pad, out_h, out_w, pitch, plane, _, _ = numbers
    positions = (out_h - 1) * pitch + out_w
    all_planes = stride * stride * plane
    wide = (filters + COLUMNS - 1) // COLUMNS * COLUMNS
    laid, rest = _cut(space, all_planes * channels)
    planes, rest = _cut(rest, all_planes * channels)
    panels, rest = _cut(rest, taps.size * wide)
    z, _ = _cut(rest, (out_h * pitch + 2 * ROWS) * wide)
    full = z[: out_h * pitch * wide].reshape(1, out_h, pitch, wide)
    laid[:] = x.dtype.type(0)
    _panels(weight, channels, filters, panels)
    for image in range(first, last):
        _laid(x[image], stride, pad, pitch, plane, laid)
        turned(laid, channels, all_planes, 0, 0, channels, planes, all_planes)
        _tiles(planes, 0, taps, positions, panels, wide, z)
        if pool[0]:
            max_pool(full, pool[0], pool[1], y[image : image + 1], where[image : image + 1])
        else:
            _copied(full[0], y[image])


@kernel
def _copied(source: Array, target: Array) -> None:
    """The rows and columns of the target, from an image that may have more of all."""
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            pixel, to = source[i, j], target[i, j]
            for c in range(to.size):
                to[c] = pixel[c]


# -- backward ----------------------------------------------------------------------------------


@kernel
def backward(
    x: Array, weight: Array, numbers: tuple[int, ...], columns: Array, back: Array, order: Array,
    ends: Array, pool: tuple[int, int], dy: Array, where: Array, dx: Array, sums: Array, first: int,
    last: int, space: Array,
) -> None:  # fmt: skip
    """The gradients of some images: of the input, where ``dx`` has a size, and of the weight.

    ``sums`` gets that of the weight, filters by terms, summed over these images.
    """
    _, _, channels, filters, _, stride, pad, out_h, out_w, pitch, plane, lead, gradient = numbers
    positions = (out_h - 1) * pitch + out_w
    wide = (channels + COLUMNS - 1) // COLUMNS * COLUMNS
    laid, rest = _cut(space, stride * stride * plane * channels)
    panel, rest = _cut(rest, positions * COLUMNS)
    spread, rest = _cut(rest, gradient * filters)
    planes, rest = _cut(rest, gradient * filters)
    panels, rest = _cut(rest, weight.size // channels * wide)
    z, _ = _cut(rest, (plane + 2 * ROWS) * wide)
    laid[:] = spread[:] = x.dtype.type(0)
    sums[:] = x.dtype.type(0)
    if dx.size:
        _panels_back(weight, channels, filters, order, ends, panels)
    inside = spread[lead * filters :]
    full = inside[: out_h * pitch * filters].reshape(1, out_h, pitch, filters)
    for image in range(first, last):
        if pool[0]:
            one = slice(image, image + 1)
            max_pool_back(dy[one], where[one], pool[0], pool[1], full)
        else:
            for i in range(out_h):
                for j in range(out_w):
                    pixel, to = dy[image, i, j], full[0, i, j]
                    for f in range(filters):
                        to[f] = pixel[f]
        _laid(x[image], stride, pad, pitch, plane, laid)
        _add_weight_gradient(laid, channels, columns, inside, filters, positions, panel, sums)
        if dx.size:
            turned(spread, filters, gradient, 0, 0, filters, planes, gradient)
            for phase in range(stride * stride):
                begin, end = ends[phase] * filters, ends[phase + 1] * filters
                _input_gradient(
                    planes, back[begin:end], panels[begin * wide :], wide, numbers, phase, z,
                    dx[image],
                )  # fmt: skip


@kernel
def _add_weight_gradient(
    laid: Array, channels: int, columns: Array, dz: Array, filters: int, positions: int,
    panel: Array, sums: Array,
) -> None:  # fmt: skip
    """sums[f, k] += the sum over positions p of dz[p, f] laid[columns[k] + channels p]."""
    wide = sums.shape[1]
    flat = sums.reshape(-1)
    parts = (positions + _TERMS - 1) // _TERMS
    part = (positions + parts - 1) // parts
    for j in range(0, columns.size, COLUMNS):
        some = columns[j : j + COLUMNS]
        start = some[0]
        if some.size == COLUMNS and some[-1] == start + COLUMNS - 1:
            for p in range(positions):
                for i in range(0, COLUMNS, LANES):
                    copy(laid, start + p * channels + i, panel, p * COLUMNS + i)
        else:
            for p in range(positions):
                for i in range(some.size):
                    panel[p * COLUMNS + i] = laid[some[i] + p * channels]
        for begin in range(0, positions, part):
            size = min(part, positions - begin)
            for top in range(0, filters, ROWS):
                at, to = begin * filters + top, top * wide + j
                if filters - top > HALF:
                    add_tile(dz, at, filters, panel, begin * COLUMNS, size, True, flat, to, wide)
                else:
                    add_half_tile(
                        dz, at, filters, panel, begin * COLUMNS, size, True, flat, to, wide
                    )


@kernel
def _input_gradient(
    planes: Array, places: Array, panels: Array, wide: int, numbers: tuple[int, ...], phase: int,
    z: Array, dx: Array,
) -> None:  # fmt: skip
    """The gradient of every ``stride``-th row and column of an image."""
    height, width, _, _, _, stride, pad, _, _, pitch, _, _, _ = numbers
    a, b = phase // stride, phase % stride
    # Of the padded rows a, a + stride ... those inside of the image: from the row `top` of them on.
    top, left = max(0, -((a - pad) // stride)), max(0, -((b - pad) // stride))
    rows = (pad + height - 1 - a) // stride + 1 - top
    columns = (pad + width - 1 - b) // stride + 1 - left
    if rows <= 0 or columns <= 0:
        return
    i0, j0 = top * stride + a - pad, left * stride + b - pad
    target = dx[i0::stride, j0::stride]
    if places.size == 0:
        target[:] = dx.dtype.type(0)
        return
    positions = (rows - 1) * pitch + columns
    _tiles(planes, top * pitch + left, places, positions, panels, wide, z)
    for i in range(rows):
        for j in range(columns):
            pixel, to = z[(i * pitch + j) * wide :], dx[i0 + i * stride, j0 + j * stride]
            for c in range(to.size):
                to[c] = pixel[c]


@kernel
def join(sums: Array, gradient: Array) -> None:
    """The gradient of the weight (terms, filters): the sums of all blocks, one after the other."""
    terms, filters = gradient.shape
    for f in range(filters):
        total = sums[0, f]
        for block in range(1, sums.shape[0]):
            more = sums[block, f]
            for k in range(terms):
                total[k] += more[k]
        for k in range(terms):
            gradient[k, f] = total[k]
