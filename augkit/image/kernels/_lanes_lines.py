"""Vector code for passes over lines of 8-bit pixels, as resizing makes them. See `_vectors`."""

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
    high_product,
    load,
    nothing,
    pick_lanes,
    splat,
    store,
    store_bytes,
    variable,
    vector,
    vector_code,
)

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.templates import Signature

    from augkit.image.kernels._vectors import Generated

__all__ = [
    "add_lines",
    "blend_across",
    "blend_lines",
    "blend_pairs",
    "blend_raised",
    "mean_across",
    "raise_pixels",
    "spread_pixels",
]


def _byte_lines(channels: int) -> tuple[int, int, list[int]]:
    """Of a piece of a line: its pixels, its bytes, and which byte each 16-bit lane comes from."""
    if channels == 3:
        return 8, 24, [3 * k + min(c, 2) for k in range(8) for c in range(4)]
    return 32 // channels, 32, list(range(32))


def _load_bytes(builder: ir.IRBuilder, address: ir.Value, count: int) -> ir.Value:
    """32 or exactly 24 bytes; of 24, the rest is undefined."""
    if count == 32:
        return load(builder, address, I8, 32)
    head = pick_lanes(builder, load(builder, address, I8, 16), *range(16), *[0] * 8)
    tail = load(builder, builder.add(address, ir.Constant(I64, 16)), I8, 8)
    tail = pick_lanes(builder, tail, *range(8), *[0] * 16)
    joined = builder.shuffle_vector(head, tail, constant(I32, *range(16), *range(24, 32)))
    return joined


@vector_code
def blend_lines(
    context: BaseContext,
    source: object,
    stride: object,
    weights: object,
    taps: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Blend a piece of ``taps`` lines of bytes into 32 sixteen-bit lanes, in 1/256 levels.

    A piece is 8 pixels of three channels (four lanes each in the result), else 32 bytes.
    ``weights`` is the address of 16-bit weights, each written twice, that add up to 2^16.
    """
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, pointer, zeros)
    _, size, spread = _byte_lines(zeros.count)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, stride, weights, taps, target, _ = arguments
        lanes = vector(I16, 32)
        byte = constant(I16, *[8] * 32)
        # Half the steps of 1/256 that truncating the products loses.
        half = builder.trunc(builder.lshr(taps, ir.Constant(I64, 1)), I16)
        total = variable(builder, splat(builder, half, 32))
        with cgutils.for_range(builder, taps) as loop:
            line = builder.add(source, builder.mul(loop.index, stride))
            octets = _load_bytes(builder, line, size)
            raised = builder.shl(builder.zext(pick_lanes(builder, octets, *spread), lanes), byte)
            at = builder.add(weights, builder.mul(loop.index, ir.Constant(I64, 4)))
            weight = pick_lanes(builder, load(builder, at, I32, 1), *[0] * 16)
            product = high_product(builder, raised, builder.bitcast(weight, lanes))
            builder.store(builder.add(builder.load(total), product), total)
        store(builder, builder.load(total), target)
        return nothing(context)

    return signature, generate


@vector_code
def add_lines(
    context: BaseContext,
    source: object,
    stride: object,
    count: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Add up a piece (as in `blend_lines`) of ``count`` lines of bytes, at most 257, in 16 bits."""
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, zeros)
    _, size, spread = _byte_lines(zeros.count)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, stride, count, target, _ = arguments
        total = variable(builder, constant(I16, *[0] * 32))
        with cgutils.for_range(builder, count) as loop:
            line = builder.add(source, builder.mul(loop.index, stride))
            octets = pick_lanes(builder, _load_bytes(builder, line, size), *spread)
            wide = builder.zext(octets, vector(I16, 32))
            builder.store(builder.add(builder.load(total), wide), total)
        store(builder, builder.load(total), target)
        return nothing(context)

    return signature, generate


@vector_code
def mean_across(
    context: BaseContext,
    source: object,
    count: object,
    shift: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Add up ``count`` pixels of 16-bit lanes and store the sum / 2^shift, rounded, as bytes.

    Three channels have four lanes and are stored as four bytes.
    """
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, zeros)
    lanes = 4 if zeros.count == 3 else zeros.count

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, count, shift, target, _ = arguments
        amount = builder.trunc(shift, I32)
        half = builder.lshr(builder.shl(ir.Constant(I32, 1), amount), ir.Constant(I32, 1))
        total = variable(builder, splat(builder, half, lanes))
        with cgutils.for_range(builder, count) as loop:
            at = builder.add(source, builder.mul(loop.index, ir.Constant(I64, 2 * lanes)))
            pixel = builder.zext(load(builder, at, I16, lanes), vector(I32, lanes))
            builder.store(builder.add(builder.load(total), pixel), total)
        mean = builder.lshr(builder.load(total), splat(builder, amount, lanes))
        store_bytes(builder, mean, 0, target)
        return nothing(context)

    return signature, generate


@vector_code
def raise_pixels(
    context: BaseContext, source: object, target: object, zeros: types.UniTuple
) -> Generated:
    """Write a piece of a line of bytes (as in `blend_lines`) as 16-bit lanes, in 1/256 levels."""
    signature = types.void(types.intp, types.intp, zeros)
    _, size, spread = _byte_lines(zeros.count)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target, _ = arguments
        octets = pick_lanes(builder, _load_bytes(builder, source, size), *spread)
        wide = builder.zext(octets, vector(I16, 32))
        store(builder, builder.shl(wide, constant(I16, *[8] * 32)), target)
        return nothing(context)

    return signature, generate


@vector_code
def spread_pixels(context: BaseContext, source: object, target: object) -> Generated:
    """Write sixteen pixels of three bytes as pixels of four, the fourth with no meaning.

    Reads four bytes more than these have.
    """
    spread = [3 * k + min(c, 2) for k in range(4) for c in range(4)]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target = arguments
        for _quarter in range(4):
            octets = pick_lanes(builder, load(builder, source, I8, 16), *spread)
            store(builder, octets, target)
            source = builder.add(source, ir.Constant(I64, 12))
            target = builder.add(target, ir.Constant(I64, 16))
        return nothing(context)

    return types.void(types.intp, types.intp), generate


@vector_code
def blend_across(
    context: BaseContext,
    source: object,
    weights: object,
    fours: object,
    target: object,
    raised: types.UniTuple,
    zeros: types.UniTuple,
) -> Generated:
    """Blend neighbouring pixels of a line of 16-bit lanes into one pixel.

    ``fours`` times four pixels, with as many weights (one per lane, 16 bits). The result is bytes
    (rounded; four for three channels), or 16-bit lanes again if ``raised`` is not an empty tuple.
    """
    pointer = types.intp
    keep = raised.count > 0
    signature = types.void(pointer, pointer, pointer, pointer, raised, zeros)
    lanes = 4 if zeros.count == 3 else zeros.count

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, weights, fours, target, _, _ = arguments
        size = ir.Constant(I64, 8 * lanes)
        zero = constant(I16, *[0] * (4 * lanes))
        slot = variable(builder, zero)
        with cgutils.for_range(builder, fours) as loop:
            place = builder.mul(loop.index, size)
            pixels = load(builder, builder.add(source, place), I16, 4 * lanes)
            weight = load(builder, builder.add(weights, place), I16, 4 * lanes)
            product = high_product(builder, pixels, weight)
            builder.store(builder.add(builder.load(slot), product), slot)
        total = builder.load(slot)
        for half in (2 * lanes, lanes):
            low = pick_lanes(builder, total, *range(half))
            total = builder.add(low, pick_lanes(builder, total, *range(half, 2 * half)))
        if keep:
            store(builder, total, target)
        else:
            total = builder.add(total, constant(I16, *[128 + 4] * lanes))
            store_bytes(builder, total, 1, target)
        return nothing(context)

    return signature, generate


@vector_code
def blend_pairs(
    context: BaseContext, first: object, second: object, weights: object, target: object
) -> Generated:
    """Blend two neighbouring pixels into one, twice: from the places ``first`` and ``second``.

    Pixels have four 16-bit lanes. ``weights`` is the address of one per lane, for four pixels.
    """
    pointer = types.intp

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        first, second, weights, target = arguments
        products = []
        for place, at in ((first, weights), (second, builder.add(weights, ir.Constant(I64, 16)))):
            pixels = load(builder, place, I16, 8)
            products.append(high_product(builder, pixels, load(builder, at, I16, 8)))
        left, right = (
            builder.shuffle_vector(
                *products, constant(I32, *range(k, k + 4), *range(k + 8, k + 12))
            )
            for k in (0, 4)
        )
        store(builder, builder.add(left, right), target)
        return nothing(context)

    return types.void(pointer, pointer, pointer, pointer), generate


@vector_code
def blend_raised(
    context: BaseContext,
    first: object,
    second: object,
    weights: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Blend 32 sixteen-bit lanes of two lines into bytes; three channels as in `blend_lines`.

    ``weights`` as in `blend_lines`. Writes 24 bytes for three channels, else 32.
    """
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, zeros)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        first, second, weights, target, _ = arguments
        lanes = vector(I16, 32)
        total = constant(I16, *[128 + 2] * 32)
        for line in (first, second):
            # Loaded here: of what comes from outside a loop, LLVM does not see that it has 16 bits.
            weight = pick_lanes(builder, load(builder, weights, I32, 1), *[0] * 16)
            pixels = load(builder, line, I16, 32)
            product = high_product(builder, pixels, builder.bitcast(weight, lanes))
            total = builder.add(total, product)
            weights = builder.add(weights, ir.Constant(I64, 4))
        if zeros.count != 3:
            store_bytes(builder, total, 1, target)
            return nothing(context)
        octets = builder.bitcast(total, vector(I8, 64))
        packed = [8 * k + 2 * c + 1 for k in range(8) for c in range(3)]
        store(builder, pick_lanes(builder, octets, *packed[:16]), target)
        store(
            builder,
            pick_lanes(builder, octets, *packed[16:]),
            builder.add(target, ir.Constant(I64, 16)),
        )
        return nothing(context)

    return signature, generate
