"""What vector code makes of the taps of a group of output pixels: places, weights, and the blend.

Weights have 16 bits, blended pixels 8 bits beyond the point: first those of each line, then the lines.
What truncations lose on average is made up for, so that a result is the exact one, rounded, but for
1/256 of a level per tap; and where all pixels are equal, it is they. See `_lanes_sample`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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
    pick_lanes,
    splat,
    store,
    vector,
)

__all__ = ["Filter", "blend_group_anywhere", "blend_group_inside", "filter_of"]

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


def blend_group_inside(
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


def blend_group_anywhere(
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
