"""Vector code for bilinear sampling of 8-bit pixels: a group of neighbours in the output at a time.

Weights have 16 bits, blended pixels 8 bits beyond the point: first left with right, then above with
below. What four truncations lose on average is made up for, so that a result is the exact one,
rounded, but for 2/256 of a level; and where all four pixels are equal, it is they.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils

from augkit.image.kernels._vectors import (
    I8,
    I16,
    I32,
    I64,
    constant,
    gather,
    high_product,
    load,
    nothing,
    pick_lanes,
    prefetch,
    splat,
    store,
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

F64 = ir.DoubleType()
_RULE = 6  # numbers of a `_locate.Rule`
_LOST = -(1 << 31)
_Lines = tuple[tuple[ir.Value, ir.Value], tuple[ir.Value, ir.Value]]
_Weights = tuple[tuple[ir.Value, ir.Value], tuple[ir.Value, ir.Value]]


def _lanes(channels: int) -> int:
    """16-bit lanes of a pixel: a power of two."""
    return 4 if channels > 2 else 2


def _shares(builder: ir.IRBuilder, u: ir.Value, v: ir.Value, lanes: int) -> _Weights:
    """The weights (left, right) and (above, below), for each lane of each pixel.

    ``u`` and ``v`` are 64-bit lanes; of each the bits 16 to 31 say how far to the right and below.
    """
    count = u.type.count
    spread = [4 * k + 1 for k in range(count) for _ in range(lanes)]
    shares = []
    for fraction in (u, v):
        # Never 0: what is left of 2^16 has 16 bits.
        odd = builder.or_(fraction, constant(I64, *[1 << 16] * count))
        second = pick_lanes(builder, builder.bitcast(odd, vector(I16, 4 * count)), *spread)
        shares.append((builder.sub(constant(I16, *[0] * len(spread)), second), second))
    across, down = shares
    return across, down


def _raised(
    builder: ir.IRBuilder, taken: ir.Value, first: int, size: int, channels: int
) -> ir.Value:
    """Bytes as 16-bit lanes, times 256: the pixel that begins ``first`` bytes into each cell of ``size``."""
    lanes, cells = _lanes(channels), taken.type.count // size
    none = ir.Constant(taken.type, [0] * taken.type.count)
    spread = []
    for cell in range(cells):
        for c in range(lanes):
            spread += [taken.type.count, size * cell + first + min(c, channels - 1)]
    both = builder.shuffle_vector(taken, none, constant(I32, *spread))
    return builder.bitcast(both, vector(I16, lanes * cells))


def _blend(
    builder: ir.IRBuilder, lines: _Lines, weights: _Weights, channels: int, target: ir.Value
) -> None:
    """Blend the pixels (left, right) of the lines above and below, and store the bytes."""
    across, down = weights
    total = constant(I16, *[128 + 2] * lines[0][0].type.count)
    for line, share in zip(lines, down, strict=True):
        sides = [high_product(builder, *pair) for pair in zip(line, across, strict=True)]
        total = builder.add(total, high_product(builder, builder.add(*sides), share))
    octets = builder.bitcast(total, vector(I8, 2 * total.type.count))
    lanes = _lanes(channels)
    found = [
        2 * (lanes * k + c) + 1 for k in range(total.type.count // lanes) for c in range(channels)
    ]
    done = 0
    while done < len(found):  # in powers of two, and not a byte more
        piece = 1 << ((len(found) - done).bit_length() - 1)
        part = pick_lanes(builder, octets, *found[done : done + piece])
        store(builder, part, builder.add(target, ir.Constant(I64, done)))
        done += piece


def _blend_inside(
    builder: ir.IRBuilder,
    base: ir.Value,
    stride: ir.Value,
    places: tuple[ir.Value, ir.Value],
    fractions: tuple[ir.Value, ir.Value],
    channels: int,
    target: ir.Value,
) -> None:
    """A group whose pixels all lie inside: left and right are taken together.

    ``places`` are the columns and rows of the upper left pixels.
    """
    columns, rows = places
    count, lanes = columns.type.count, _lanes(channels)
    size = 2 * lanes
    # The upper half of these is known to be empty, so that short products do.
    wide = builder.zext(builder.trunc(stride, I32), I64)
    down = builder.mul(rows, splat(builder, wide, count))
    offsets = builder.add(down, builder.mul(columns, constant(I64, *[channels] * count)))
    lines = []
    for _line in range(2):
        addresses = builder.add(splat(builder, base, count), offsets)
        taken = gather(builder, addresses, ir.IntType(8 * size))
        octets = builder.bitcast(taken, vector(I8, size * count))
        left, right = (_raised(builder, octets, k * channels, size, channels) for k in (0, 1))
        lines.append((left, right))
        base = builder.add(base, stride)
    weights = _shares(builder, *fractions, lanes)
    _blend(builder, (lines[0], lines[1]), weights, channels, target)


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
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Sample ``groups`` groups of pixels at equal steps, all of whose four lie inside.

    ``x`` and ``y`` are the first position in units of 2^-32 pixels, ``zeros`` a tuple with as many
    zeros as there are channels (1 to 4), so that their number is known when this is compiled.
    For one and three channels two bytes more are read of each line than the right pixel has. What
    stands ``ahead`` bytes further is brought near: what the output's later rows will look at.
    """
    signature = types.void(*[types.intp] * 9, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, x, y, x_step, y_step, groups, ahead, target, _ = arguments
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
            _blend_inside(builder, base, stride, (columns, rows), (u, v), channels, to)
            for place, position, step in zip(places, positions, strides, strict=True):
                builder.store(builder.add(position, step), place)
        return nothing(context)

    return signature, generate


def _stepped(builder: ir.IRBuilder, first: ir.Value, step: ir.Value, count: int) -> ir.Value:
    """``count`` numbers at equal steps."""
    steps = builder.mul(splat(builder, step, count), constant(I64, *range(count)))
    return builder.add(splat(builder, first, count), steps)


def _load_wide(builder: ir.IRBuilder, address: ir.Value, count: int) -> ir.Value:
    """32-bit numbers as 64-bit ones, none below 0."""
    return builder.zext(load(builder, address, I32, count), vector(I64, count))


@vector_code
def blend_inside(
    context: BaseContext,
    base: object,
    stride: object,
    columns: object,
    rows: object,
    across: object,
    down: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Sample a group of pixels, all of whose four lie inside, from the addresses of its positions.

    Whole ``columns`` and ``rows``, and how far beyond them in units of 2^-32 pixels, 32 bits each.
    Otherwise as `blend_steps`.
    """
    signature = types.void(*[types.intp] * 7, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, *places, target, _ = arguments
        columns, rows, u, v = (_load_wide(builder, place, count) for place in places)
        _blend_inside(builder, base, stride, (columns, rows), (u, v), channels, target)
        return nothing(context)

    return signature, generate


def _blend_anywhere(
    builder: ir.IRBuilder,
    base: ir.Value,
    stride: ir.Value,
    last: ir.Value,
    places: tuple[ir.Value, ir.Value],
    fractions: tuple[ir.Value, ir.Value],
    rules: ir.Value,
    fill: ir.Value,
    channels: int,
    target: ir.Value,
) -> None:
    """A group whose pixels lie anywhere: each of the four is taken by itself.

    ``places`` are the columns and rows of the upper left pixels, of 32 bits.
    """
    count = places[0].type.count
    known = builder.icmp_signed("!=", places[0], constant(I32, *[_LOST] * count))
    sizes = (ir.Constant(I64, channels), stride)
    taps = []
    for place, size in zip(places, sizes, strict=True):
        whole = builder.sitofp(place, vector(F64, count))
        rule = [splat(builder, _load_double(builder, rules, k), count) for k in range(_RULE)]
        pair = []
        for step in (0.0, 1.0):
            index = builder.fadd(whole, splat(builder, ir.Constant(F64, step), count))
            inside, at = _at_border(builder, index, rule)
            wide = builder.zext(at, vector(I64, count))
            offset = builder.mul(wide, splat(builder, size, count))
            pair.append((builder.and_(inside, known), offset))
        taps.append(pair)
        rules = builder.add(rules, ir.Constant(I64, 8 * _RULE))
    ends, filled = splat(builder, last, count), splat(builder, builder.trunc(fill, I32), count)
    lines = []
    for row_inside, row in taps[1]:
        sides = []
        for column_inside, column in taps[0]:
            offset = builder.add(row, column)
            near = builder.select(builder.icmp_signed("<", offset, ends), offset, ends)
            taken = gather(builder, builder.add(splat(builder, base, count), near), I32)
            # The image's last pixels are the last of the four bytes.
            beyond = builder.trunc(builder.sub(offset, near), vector(I32, count))
            pixel = builder.lshr(taken, builder.shl(beyond, constant(I32, *[3] * count)))
            seen = builder.and_(row_inside, column_inside)
            octets = builder.bitcast(builder.select(seen, pixel, filled), vector(I8, 4 * count))
            sides.append(_raised(builder, octets, 0, 4, channels))
        lines.append((sides[0], sides[1]))
    weights = _shares(builder, *fractions, _lanes(channels))
    _blend(builder, (lines[0], lines[1]), weights, channels, target)


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
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """As `blend_inside` for positions anywhere: also beyond the border.

    ``rules`` is the address of the two `_locate.Rule` of the columns and of the rows, ``fill`` a
    pixel as a number. Four bytes are read for a pixel, at the offset ``last`` at the most. Where a
    column is `_locate.LOST`, the fill shows, whatever the border.
    """
    signature = types.void(*[types.intp] * 10, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, last, columns, rows, across, down, rules, fill, target, _ = arguments
        places = load(builder, columns, I32, count), load(builder, rows, I32, count)
        fractions = _load_wide(builder, across, count), _load_wide(builder, down, count)
        _blend_anywhere(
            builder, base, stride, last, places, fractions, rules, fill, channels, target
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
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """As `blend_anywhere` for a group at equal steps, from a position as in `blend_steps` on."""
    signature = types.void(*[types.intp] * 10, zeros)
    channels = zeros.count
    count = GROUP[channels]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, last, x, y, x_step, y_step, rules, fill, target, _ = arguments
        u, v = _stepped(builder, x, x_step, count), _stepped(builder, y, y_step, count)
        half = constant(I64, *[32] * count)
        columns, rows = (
            builder.trunc(builder.lshr(place, half), vector(I32, count)) for place in (u, v)
        )
        _blend_anywhere(
            builder, base, stride, last, (columns, rows), (u, v), rules, fill, channels, target
        )
        return nothing(context)

    return signature, generate


def _load_double(builder: ir.IRBuilder, address: ir.Value, index: int) -> ir.Value:
    """One of the numbers from an address on."""
    at = builder.add(address, ir.Constant(I64, 8 * index))
    return builder.load(builder.inttoptr(at, F64.as_pointer()))


def _at_border(
    builder: ir.IRBuilder, index: ir.Value, rule: list[ir.Value]
) -> tuple[ir.Value, ir.Value]:
    """Whether there is a pixel for an index, and which: as `_locate.bordered`, by a `_locate.Rule`."""
    inverse, period, mirror, low, high, size = rule
    count = index.type.count
    middle = builder.fadd(index, splat(builder, ir.Constant(F64, 0.5), count))
    floor = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
        builder.module, ir.FunctionType(index.type, [index.type]), f"llvm.floor.v{count}f64"
    )
    turns = builder.call(floor, (builder.fmul(middle, inverse),))
    at = builder.fsub(index, builder.fmul(turns, period))
    other = builder.fsub(mirror, at)
    at = builder.select(builder.fcmp_ordered("<", other, at), other, at)
    at = builder.select(builder.fcmp_ordered("<", at, low), low, at)
    at = builder.select(builder.fcmp_ordered(">", at, high), high, at)
    none = splat(builder, ir.Constant(F64, 0.0), count)
    inside = builder.and_(builder.fcmp_ordered(">=", at, none), builder.fcmp_ordered("<", at, size))
    whole = builder.fptosi(builder.select(inside, at, none), vector(I32, count))
    return inside, whole
