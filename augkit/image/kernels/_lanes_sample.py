"""Vector code for sampling 8-bit pixels by a triangle: a group of neighbours in the output at a time.

Weights have 16 bits, blended pixels 8 bits beyond the point: first those of each line, then the lines.
What truncations lose on average is made up for, so that a result is the exact one, rounded, but for
1/256 of a level per tap; and where all pixels are equal, it is they.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils

from augkit.image.kernels._phases import PHASES
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
_PHASE_BITS = PHASES.bit_length() - 1
_Lines = list[list[ir.Value]]
_Weights = tuple[list[ir.Value], list[ir.Value]]


class Filter(NamedTuple):
    """What is known of a filter when a kernel is compiled.

    ``taps`` along each axis: two for bilinear interpolation, four for the widened triangle, whose
    weights stand in tables.
    """

    channels: int
    taps: int

    @property
    def lanes(self) -> int:
        """16-bit lanes of a pixel: a power of two."""
        return 4 if self.channels > 2 else 2

    @property
    def before(self) -> int:
        """Pixels before the one at a position."""
        return self.taps // 2 - 1

    @property
    def together(self) -> int:
        """Neighbours on a line that are taken in one go."""
        return self.taps if self.taps * self.channels <= 8 else 2


def filter_of(wide: Any, zeros: types.UniTuple) -> Filter:
    """The filter by the types of what kernels pass on."""
    return Filter(zeros.count, 4 if wide.count else 2)


def _shares(
    builder: ir.IRBuilder, u: ir.Value, v: ir.Value, tables: ir.Value, filter_: Filter
) -> _Weights:
    """The weights across and down, for each lane of each pixel.

    ``u`` and ``v`` are 64-bit lanes; the bits up to 31 say how far beyond a pixel a position is.
    """
    count, lanes = u.type.count, filter_.lanes
    words = vector(I16, 4 * count)

    def spread(value: ir.Value, word: int) -> ir.Value:
        chosen = [4 * k + word for k in range(count) for _ in range(lanes)]
        return pick_lanes(builder, builder.bitcast(value, words), *chosen)

    shares = []
    for fraction in (u, v):
        if filter_.taps == 2:
            # Never 0: what is left of 2^16 has 16 bits.
            second = spread(builder.or_(fraction, constant(I64, *[1 << 16] * count)), 1)
            shares.append([builder.sub(constant(I16, *[0] * (lanes * count)), second), second])
        else:
            step = builder.lshr(fraction, constant(I64, *[32 - _PHASE_BITS] * count))
            phase = builder.and_(step, constant(I64, *[PHASES - 1] * count))
            place = builder.shl(phase, constant(I64, *[3] * count))
            found = gather(builder, builder.add(splat(builder, tables, count), place), I64)
            shares.append([spread(found, word) for word in range(4)])
            tables = builder.add(tables, ir.Constant(I64, 8 * PHASES))
    across, down = shares
    return across, down


def _raised(
    builder: ir.IRBuilder, taken: ir.Value, first: int, size: int, filter_: Filter
) -> ir.Value:
    """Bytes as 16-bit lanes, times 256: the pixel that begins ``first`` bytes into each cell of ``size``."""
    lanes, cells, last = filter_.lanes, taken.type.count // size, filter_.channels - 1
    none = ir.Constant(taken.type, [0] * taken.type.count)
    spread = []
    for cell in range(cells):
        for c in range(lanes):
            spread += [taken.type.count, size * cell + first + min(c, last)]
    both = builder.shuffle_vector(taken, none, constant(I32, *spread))
    return builder.bitcast(both, vector(I16, lanes * cells))


def _blend(
    builder: ir.IRBuilder, lines: _Lines, weights: _Weights, filter_: Filter, target: ir.Value
) -> None:
    """Blend the pixels of each line, then the lines, and store the bytes."""
    across, down = weights
    total = constant(I16, *[128 + filter_.taps] * lines[0][0].type.count)
    for line, share in zip(lines, down, strict=True):
        blended: ir.Value | None = None
        for pixel, weight in zip(line, across, strict=True):
            part = high_product(builder, pixel, weight)
            blended = part if blended is None else builder.add(blended, part)
        total = builder.add(total, high_product(builder, blended, share))
    octets = builder.bitcast(total, vector(I8, 2 * total.type.count))
    lanes, channels = filter_.lanes, filter_.channels
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
    tables: ir.Value,
    filter_: Filter,
    target: ir.Value,
) -> None:
    """A group whose pixels all lie inside: neighbours are taken together.

    ``places`` are the columns and rows of the pixels at the positions.
    """
    columns, rows = places
    count, channels, together = columns.type.count, filter_.channels, filter_.together
    size = 4 if together * channels <= 4 else 8
    # The upper half of these is known to be empty, so that short products do.
    wide = builder.zext(builder.trunc(stride, I32), I64)
    down = builder.mul(rows, splat(builder, wide, count))
    offsets = builder.add(down, builder.mul(columns, constant(I64, *[channels] * count)))
    before = ir.Constant(I64, filter_.before)
    base = builder.sub(base, builder.mul(before, stride))
    base = builder.sub(base, ir.Constant(I64, filter_.before * channels))
    lines = []
    for _line in range(filter_.taps):
        pixels = []
        for start in range(0, filter_.taps, together):
            at = builder.add(base, ir.Constant(I64, start * channels))
            addresses = builder.add(splat(builder, at, count), offsets)
            taken = gather(builder, addresses, ir.IntType(8 * size))
            octets = builder.bitcast(taken, vector(I8, size * count))
            pixels += [
                _raised(builder, octets, k * channels, size, filter_) for k in range(together)
            ]
        lines.append(pixels)
        base = builder.add(base, stride)
    weights = _shares(builder, *fractions, tables, filter_)
    _blend(builder, lines, weights, filter_, target)


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
            _blend_inside(
                builder, base, stride, (columns, rows), (u, v), tables, filter_of(wide, zeros), to
            )
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
        _blend_inside(
            builder, base, stride, (columns, rows), (u, v), tables, filter_of(wide, zeros), target
        )
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
    tables: ir.Value,
    filter_: Filter,
    target: ir.Value,
) -> None:
    """A group whose pixels lie anywhere: each tap is taken by itself.

    ``places`` are the columns and rows of the pixels at the positions, of 32 bits.
    """
    count, channels = places[0].type.count, filter_.channels
    known = builder.icmp_signed("!=", places[0], constant(I32, *[_LOST] * count))
    sizes = (ir.Constant(I64, channels), stride)
    taps = []
    for place, size in zip(places, sizes, strict=True):
        whole = builder.sitofp(place, vector(F64, count))
        rule = [splat(builder, _load_double(builder, rules, k), count) for k in range(_RULE)]
        axis = []
        for tap in range(filter_.taps):
            step = ir.Constant(F64, float(tap - filter_.before))
            index = builder.fadd(whole, splat(builder, step, count))
            inside, at = _at_border(builder, index, rule)
            wide = builder.zext(at, vector(I64, count))
            offset = builder.mul(wide, splat(builder, size, count))
            axis.append((builder.and_(inside, known), offset))
        taps.append(axis)
        rules = builder.add(rules, ir.Constant(I64, 8 * _RULE))
    ends, filled = splat(builder, last, count), splat(builder, builder.trunc(fill, I32), count)
    lines = []
    for row_inside, row in taps[1]:
        pixels = []
        for column_inside, column in taps[0]:
            offset = builder.add(row, column)
            near = builder.select(builder.icmp_signed("<", offset, ends), offset, ends)
            taken = gather(builder, builder.add(splat(builder, base, count), near), I32)
            # The image's last pixels are the last of the four bytes.
            beyond = builder.trunc(builder.sub(offset, near), vector(I32, count))
            pixel = builder.lshr(taken, builder.shl(beyond, constant(I32, *[3] * count)))
            seen = builder.and_(row_inside, column_inside)
            octets = builder.bitcast(builder.select(seen, pixel, filled), vector(I8, 4 * count))
            pixels.append(_raised(builder, octets, 0, 4, filter_))
        lines.append(pixels)
    weights = _shares(builder, *fractions, tables, filter_)
    _blend(builder, lines, weights, filter_, target)


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
        _blend_anywhere(
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
        _blend_anywhere(
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
