"""Vector code for passes over lines of 8-bit pixels, as resizing makes them. See `_vectors`."""

from __future__ import annotations

from collections.abc import Sequence
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
    "blend_eight_across",
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


def _raised(builder: ir.IRBuilder, octets: ir.Value, spread: list[int]) -> ir.Value:
    """16-bit lanes of the chosen bytes, times 256: the bytes are put where they belong at once."""
    none = ir.Constant(octets.type, [0] * octets.type.count)
    lanes = [lane for chosen in spread for lane in (octets.type.count, chosen)]
    both = builder.shuffle_vector(octets, none, constant(I32, *lanes))
    return builder.bitcast(both, vector(I16, len(spread)))


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
        # Half the steps of 1/256 that truncating the products loses.
        half = builder.trunc(builder.lshr(taps, ir.Constant(I64, 1)), I16)
        total = variable(builder, splat(builder, half, 32))
        with cgutils.for_range(builder, taps) as loop:
            line = builder.add(source, builder.mul(loop.index, stride))
            octets = _load_bytes(builder, line, size)
            raised = _raised(builder, octets, spread)
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
        octets = _load_bytes(builder, source, size)
        store(builder, _raised(builder, octets, spread), target)
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
def blend_eight_across(
    context: BaseContext,
    line: object,
    starts: object,
    weights: object,
    fours: object,
    target: object,
    raised: types.UniTuple,
    zeros: types.UniTuple,
) -> Generated:
    """`blend_across` for eight pixels of three or four channels, from eight places in a ``line``.

    ``starts`` is the address of the places, in bytes, 64 bits each. Bytes are stored as many as there
    are channels.
    """
    pointer = types.intp
    keep = raised.count > 0
    signature = types.void(*[pointer] * 5, raised, zeros)
    channels = zeros.count

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        line, starts, weights, fours, target, _, _ = arguments
        places = []
        for pixel in range(8):
            at = builder.add(starts, ir.Constant(I64, 8 * pixel))
            start = builder.load(builder.inttoptr(at, I64.as_pointer()))
            places.append(builder.add(line, start))
        step = builder.mul(fours, ir.Constant(I64, 32))  # from one pixel's weights to the next's
        nothing_yet = constant(I16, *[0] * 16)
        sums = [variable(builder, nothing_yet) for _ in places]
        with cgutils.for_range(builder, fours) as loop:
            place = builder.mul(loop.index, ir.Constant(I64, 32))
            weight_at = builder.add(weights, place)
            for at, slot in zip(places, sums, strict=True):
                pixels = load(builder, builder.add(at, place), I16, 16)
                product = high_product(builder, pixels, load(builder, weight_at, I16, 16))
                builder.store(builder.add(builder.load(slot), product), slot)
                weight_at = builder.add(weight_at, step)
        # Each sum is four pixels, of 64 bits: neighbours are added as whole vectors are interleaved.
        four = vector(I64, 4)
        halves = []
        for k in range(0, 8, 2):
            a, b = (builder.bitcast(builder.load(slot), four) for slot in sums[k : k + 2])
            halves.append(_added(builder, a, b, (0, 4, 2, 6), (1, 5, 3, 7)))
        whole = [
            _added(builder, a, b, (0, 1, 4, 5), (2, 3, 6, 7)) for a, b in (halves[:2], halves[2:])
        ]
        total = builder.shuffle_vector(*whole, constant(I32, *range(8)))
        total = builder.bitcast(total, vector(I16, 32))
        if keep:
            store(builder, total, target)
            return nothing(context)
        total = builder.add(total, constant(I16, *[128 + 4] * 32))
        octets = builder.bitcast(total, vector(I8, 64))
        packed = [8 * k + 2 * c + 1 for k in range(8) for c in range(channels)]
        store(builder, pick_lanes(builder, octets, *packed[:16]), target)
        rest = pick_lanes(builder, octets, *packed[16:])
        store(builder, rest, builder.add(target, ir.Constant(I64, 16)))
        return nothing(context)

    return signature, generate


def _added(
    builder: ir.IRBuilder, a: ir.Value, b: ir.Value, first: Sequence[int], second: Sequence[int]
) -> ir.Value:
    """The sum of some 64-bit parts of two vectors and others, as 16-bit lanes (kept as 64 bits)."""
    kind = vector(I16, 16)
    parts = (
        builder.bitcast(builder.shuffle_vector(a, b, constant(I32, *lanes)), kind)
        for lanes in (first, second)
    )
    return builder.bitcast(builder.add(*parts), a.type)


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
