"""Vector code for sampling 8-bit pixels by a triangle: a group of neighbours in the output at a time.

How the pixels are blended stands in `_taps`, where these look in the numbers that kernels pass on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils

from augkit.image.kernels._taps import blend_group_anywhere, blend_group_inside, filter_of
from augkit.image.kernels._vectors import (
    I32,
    I64,
    constant,
    load,
    nothing,
    prefetch,
    splat,
    variable,
    vector,
    vector_code,
)

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.templates import Signature

    from augkit.image.kernels._vectors import Generated

__all__ = ["GROUP", "blend_anywhere", "blend_anywhere_steps", "blend_inside", "blend_steps"]

GROUP = (16, 16, 16, 8, 8)
"""Output pixels that are done at a time, by the number of channels."""


def _stepped(builder: ir.IRBuilder, first: ir.Value, step: ir.Value, count: int) -> ir.Value:
    """``count`` numbers at equal steps."""
    steps = builder.mul(splat(builder, step, count), constant(I64, *range(count)))
    return builder.add(splat(builder, first, count), steps)


def _load_wide(builder: ir.IRBuilder, address: ir.Value, count: int) -> ir.Value:
    """32-bit numbers as 64-bit ones, none below 0."""
    return builder.zext(load(builder, address, I32, count), vector(I64, count))


@vector_code
def blend_steps(
    context: BaseContext,
    base: object,
    stride: object,
    x: object,
    y: object,
    x_step: object,
    y_step: object,
    groups: object,
    ahead: object,
    tables: object,
    target: object,
    wide: types.BaseTuple,
    zeros: types.UniTuple,
) -> Generated:
    """Sample ``groups`` groups of pixels at equal steps, all of whose taps lie inside.

    ``x`` and ``y`` are the first position in units of 2^-32 pixels, ``zeros`` a tuple with as many
    zeros as there are channels (1 to 4), so that their number is known when this is compiled; ``wide``
    is empty for bilinear interpolation, else the filter has four taps, with weights in ``tables``:
    the address of one for x and one for y (`_phases.phase_table`).
    For one and three channels two bytes more are read of each line than the right pixel has. What
    stands ``ahead`` bytes further is brought near: what the output's later rows will look at.
    """
    signature = types.void(*[types.intp] * 10, wide, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, x, y, x_step, y_step, groups, ahead, tables, target, *_ = arguments
        places, strides = [], []
        for first, step in ((x, x_step), (y, y_step)):
            places.append(variable(builder, _stepped(builder, first, step, count)))
            strides.append(splat(builder, builder.mul(step, ir.Constant(I64, count)), count))
        half = constant(I64, *[32] * count)
        later = builder.add(base, ahead)
        with cgutils.for_range(builder, groups) as loop:
            positions = [builder.load(place) for place in places]
            columns, rows = (builder.lshr(position, half) for position in positions)
            to = builder.add(target, builder.mul(loop.index, ir.Constant(I64, count * channels)))
            u, v = positions
            row, column = (
                builder.extract_element(at, ir.Constant(I32, 0)) for at in (rows, columns)
            )
            across = builder.mul(column, ir.Constant(I64, channels))
            first = builder.add(builder.mul(row, stride), across)
            prefetch(builder, builder.add(later, first))
            blend_group_inside(
                builder, base, stride, (columns, rows), (u, v), tables, filter_of(wide, zeros), to
            )
            for place, position, step in zip(places, positions, strides, strict=True):
                builder.store(builder.add(position, step), place)
        return nothing(context)

    return signature, generate


@vector_code
def blend_inside(
    context: BaseContext,
    base: object,
    stride: object,
    columns: object,
    rows: object,
    across: object,
    down: object,
    tables: object,
    target: object,
    wide: types.BaseTuple,
    zeros: types.UniTuple,
) -> Generated:
    """Sample a group of pixels, all of whose taps lie inside, from the addresses of its positions.

    Whole ``columns`` and ``rows``, and how far beyond them in units of 2^-32 pixels, 32 bits each.
    Otherwise as `blend_steps`.
    """
    signature = types.void(*[types.intp] * 8, wide, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, *places, tables, target, _, _ = arguments
        columns, rows, u, v = (_load_wide(builder, place, count) for place in places)
        blend_group_inside(
            builder, base, stride, (columns, rows), (u, v), tables, filter_of(wide, zeros), target
        )
        return nothing(context)

    return signature, generate


@vector_code
def blend_anywhere(
    context: BaseContext,
    base: object,
    stride: object,
    last: object,
    columns: object,
    rows: object,
    across: object,
    down: object,
    rules: object,
    fill: object,
    tables: object,
    target: object,
    wide: types.BaseTuple,
    zeros: types.UniTuple,
) -> Generated:
    """As `blend_inside` for positions anywhere: also beyond the border.

    ``rules`` is the address of the two `_locate.Rule` of the columns and of the rows, ``fill`` a
    pixel as a number. Four bytes are read for a pixel, at the offset ``last`` at the most. Where a
    column is `_locate.LOST`, the fill shows, whatever the border.
    """
    signature = types.void(*[types.intp] * 11, wide, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, last, columns, rows, across, down, rules, fill, tables, target, *_ = arguments
        places = load(builder, columns, I32, count), load(builder, rows, I32, count)
        fractions = _load_wide(builder, across, count), _load_wide(builder, down, count)
        blend_group_anywhere(
            builder,
            base,
            stride,
            last,
            places,
            fractions,
            rules,
            fill,
            tables,
            filter_of(wide, zeros),
            target,
        )
        return nothing(context)

    return signature, generate


@vector_code
def blend_anywhere_steps(
    context: BaseContext,
    base: object,
    stride: object,
    last: object,
    x: object,
    y: object,
    x_step: object,
    y_step: object,
    rules: object,
    fill: object,
    tables: object,
    target: object,
    wide: types.BaseTuple,
    zeros: types.UniTuple,
) -> Generated:
    """As `blend_anywhere` for a group at equal steps, from a position as in `blend_steps` on."""
    signature = types.void(*[types.intp] * 11, wide, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, last, x, y, x_step, y_step, rules, fill, tables, target, *_ = arguments
        u, v = _stepped(builder, x, x_step, count), _stepped(builder, y, y_step, count)
        half = constant(I64, *[32] * count)
        columns, rows = (
            builder.trunc(builder.lshr(place, half), vector(I32, count)) for place in (u, v)
        )
        blend_group_anywhere(
            builder,
            base,
            stride,
            last,
            (columns, rows),
            (u, v),
            rules,
            fill,
            tables,
            filter_of(wide, zeros),
            target,
        )
        return nothing(context)

    return signature, generate
