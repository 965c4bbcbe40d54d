"""Vector code that copies, mirrors and transposes pixels of any kind. See `_vectors`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils

from augkit.image.kernels._vectors import (
    I8,
    I32,
    I64,
    constant,
    gather,
    load,
    nothing,
    pick_lanes,
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

__all__ = [
    "GROUP",
    "copy_bytes",
    "copy_pixel",
    "pick_steps",
    "reverse_pixels",
    "transpose_pixels",
]


@vector_code
def copy_pixel(
    context: BaseContext, source: object, target: object, zeros: types.UniTuple
) -> Generated:
    """Copy as many bytes as there are ``zeros`` from one address to another."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target, _ = arguments
        _copy(builder, source, target, zeros.count)
        return nothing(context)

    return types.void(types.intp, types.intp, zeros), generate


def _copy(builder: ir.IRBuilder, source: ir.Value, target: ir.Value, size: int) -> None:
    """Copy ``size`` bytes in pieces of a power of two."""
    done = 0
    while done < size:
        piece = 1 << ((size - done).bit_length() - 1)
        place = ir.Constant(I64, done)
        octets = load(builder, builder.add(source, place), ir.IntType(8 * piece), 1)
        store(builder, octets, builder.add(target, place))
        done += piece


@vector_code
def copy_bytes(context: BaseContext, source: object, target: object, count: object) -> Generated:
    """Copy ``count`` bytes from one address to another; they do not overlap."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target, count = arguments
        cgutils.raw_memcpy(  # type: ignore[no-untyped-call]
            builder,
            builder.inttoptr(target, I8.as_pointer()),
            builder.inttoptr(source, I8.as_pointer()),
            count,
            1,
        )
        return nothing(context)

    return types.void(types.intp, types.intp, types.intp), generate


GROUP = 16
"""Pixels that `pick_steps` does at a time."""


@vector_code
def pick_steps(
    context: BaseContext,
    base: object,
    stride: object,
    x: object,
    y: object,
    x_step: object,
    y_step: object,
    groups: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Copy ``groups`` groups of pixels, as many bytes as there are ``zeros``, from places at equal steps.

    ``x`` and ``y`` are the first place, in units of 2^-40 pixels; all of them lie inside. Of pixels
    of one and two bytes four are read.
    """
    signature = types.void(*[types.intp] * 8, zeros)
    size = zeros.count

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, x, y, x_step, y_step, groups, target, _ = arguments
        # The upper half of it is known to be empty, so that short products do.
        wide = builder.zext(builder.trunc(stride, I32), I64)
        places, steps = [], []
        for first, step in ((x, x_step), (y, y_step)):
            ahead = builder.mul(splat(builder, step, GROUP), constant(I64, *range(GROUP)))
            places.append(variable(builder, builder.add(splat(builder, first, GROUP), ahead)))
            steps.append(splat(builder, builder.mul(step, ir.Constant(I64, GROUP)), GROUP))
        whole = constant(I64, *[40] * GROUP)
        with cgutils.for_range(builder, groups) as loop:
            positions = [builder.load(place) for place in places]
            columns, rows = (builder.lshr(position, whole) for position in positions)
            down = builder.mul(rows, splat(builder, wide, GROUP))
            across = builder.mul(columns, constant(I64, *[size] * GROUP))
            addresses = builder.add(splat(builder, base, GROUP), builder.add(down, across))
            at = builder.mul(loop.index, ir.Constant(I64, GROUP * size))
            at = builder.add(target, at)
            if size in (1, 2, 4):
                taken = gather(builder, addresses, I32)
                if size < 4:
                    taken = builder.trunc(taken, vector(ir.IntType(8 * size), GROUP))
                store(builder, taken, at)
            else:
                for lane in range(GROUP):
                    source = builder.extract_element(addresses, ir.Constant(I32, lane))
                    _copy(builder, source, at, size)
                    at = builder.add(at, ir.Constant(I64, size))
            for place, position, step in zip(places, positions, steps, strict=True):
                builder.store(builder.add(position, step), place)
        return nothing(context)

    return signature, generate


@vector_code
def reverse_pixels(
    context: BaseContext, source: object, target: object, zeros: types.UniTuple
) -> Generated:
    """Write the pixels in the 32 bytes that end at ``source`` in reverse to ``target``.

    As many whole pixels as fit (in each half, if not a power of two); the bytes after them are
    written too, with no meaning.
    """
    size = zeros.count
    # Vectors of 16 bytes are shuffled by one instruction; larger ones only where lanes line up.
    whole = 32 if size & (size - 1) == 0 else 16
    mirrored = [whole - (k + 1) * size + c for k in range(whole // size) for c in range(size)]
    step = len(mirrored)
    mirrored += [0] * (whole - step)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target, _ = arguments
        for part in range(32 // whole):
            at = builder.sub(source, ir.Constant(I64, whole + part * step))
            octets = pick_lanes(builder, load(builder, at, I8, whole), *mirrored)
            store(builder, octets, builder.add(target, ir.Constant(I64, part * step)))
        return nothing(context)

    return types.void(types.intp, types.intp, zeros), generate


@vector_code
def transpose_pixels(
    context: BaseContext,
    source: object,
    source_stride: object,
    target: object,
    target_stride: object,
    zeros: types.UniTuple,
) -> Generated:
    """Transpose a square of 8 (pixels of 1, 2 or 4 bytes) or 4 (of 3 or 8 bytes) pixels a side."""
    pointer = types.intp
    width = zeros.count
    side = 8 if width in (1, 2, 4) else 4
    element = ir.IntType(32 if width == 3 else 8 * width)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, source_stride, target, target_stride, _ = arguments
        lines = []
        for _line in range(side):
            if width == 3:
                head = pick_lanes(builder, load(builder, source, I8, 8), *range(8), *[0] * 8)
                tail = load(builder, builder.add(source, ir.Constant(I64, 8)), I8, 4)
                tail = pick_lanes(builder, tail, *range(4), *[0] * 12)
                spread = [3 * k + c if c < 3 else 0 for k in range(4) for c in range(4)]
                spread = [lane if lane < 8 else lane + 8 for lane in spread]
                octets = builder.shuffle_vector(head, tail, constant(I32, *spread))
                lines.append(builder.bitcast(octets, vector(element, side)))
            else:
                lines.append(load(builder, source, element, side))
            source = builder.add(source, source_stride)
        # Interleaving the upper with the lower half of the lines, log2(side) times, transposes.
        low = [k // 2 + side * (k % 2) for k in range(side)]
        high = [lane + side // 2 for lane in low]
        for _round in range(side.bit_length() - 1):
            lines = [
                builder.shuffle_vector(
                    lines[k // 2], lines[k // 2 + side // 2], constant(I32, *lanes)
                )
                for k in range(side)
                for lanes in ((high if k % 2 else low),)
            ]
        for line in lines:
            if width == 3:
                octets = builder.bitcast(line, vector(I8, 16))
                packed = [k + k // 3 for k in range(12)]
                store(builder, pick_lanes(builder, octets, *packed[:8]), target)
                store(
                    builder,
                    pick_lanes(builder, octets, *packed[8:]),
                    builder.add(target, ir.Constant(I64, 8)),
                )
            else:
                store(builder, line, target)
            target = builder.add(target, target_stride)
        return nothing(context)

    return types.void(pointer, pointer, pointer, pointer, zeros), generate
