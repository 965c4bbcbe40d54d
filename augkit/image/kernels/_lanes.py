"""Vector code for the innermost steps on 8-bit pixels: the taps of an output pixel in, one pixel out.

Three channels are loaded and stored as if they were four: who calls sees to it that the bytes
behind may be read, and that what is stored there comes later. See `_vectors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from augkit.image.kernels._vectors import (
    I8,
    I16,
    I32,
    I64,
    add_products,
    constant,
    high_product,
    load,
    nothing,
    pick_lanes,
    splat,
    store,
    store_bytes,
    vector,
    vector_code,
)

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.templates import Signature

    from augkit.image.kernels._vectors import Generated

__all__ = [
    "address",
    "aim_2x2",
    "blend_2x2",
    "blend_4x4",
    "blend_4x4_signed",
    "blend_four",
    "blend_words",
    "collect_2x2",
    "flat_item",
    "load_int32",
]


def _blended(
    builder: ir.IRBuilder,
    rows: list[ir.Value],
    weights: list[ir.Value],
    lanes: int,
) -> ir.Value:
    """Blend interleaved pairs of bytes of two rows; the results are the third byte of each lane.

    ``weights`` are 16 bits, as many as bytes.
    """
    total = constant(I32, *[1 << 13] * lanes)
    wide = vector(I16, 2 * lanes)
    for pixels, weight in zip(rows, weights, strict=True):
        total = builder.add(total, add_products(builder, builder.zext(pixels, wide), weight))
    # To a byte boundary: LLVM's way to truncate (x86: vpmovdb) is slower than a byte shuffle.
    return builder.shl(total, constant(I32, *[2] * lanes))


def _blend_pixel(
    builder: ir.IRBuilder,
    line: ir.Value,
    stride: ir.Value,
    weights: tuple[ir.Value, ir.Value],
    channels: int,
) -> ir.Value:
    """One pixel of `blend_2x2`; its channels are the third byte of each 32-bit lane."""
    lanes = 4 if channels == 3 else channels
    # Left and right interleaved by channel: one multiply-add (x86: pmaddwd) blends the pair.
    pairs = [side * channels + min(c, channels - 1) for c in range(lanes) for side in (0, 1)]
    rows, factors = [], []
    for at in weights:
        rows.append(pick_lanes(builder, load(builder, line, I8, 2 * lanes), *pairs))
        weight = pick_lanes(builder, load(builder, at, I32, 1), *[0] * lanes)
        factors.append(builder.bitcast(weight, vector(I16, 2 * lanes)))
        line = builder.add(line, stride)
    return _blended(builder, rows, factors, lanes)


@vector_code
def aim_2x2(
    context: BaseContext,
    x: object,
    y: object,
    steps: object,
    stride: object,
    offsets: object,
    above: object,
    below: object,
    zeros: types.UniTuple,
) -> Generated:
    """Where sixteen pixels in a row look, and how `blend_2x2` weighs what is there.

    ``x`` and ``y`` are the first position in units of 2^-32 pixels, ``steps`` the address of the
    sixteen distances from it, for x and then for y. Sixteen 32-bit numbers each go to ``offsets``
    (in bytes), ``above`` and ``below``. ``zeros`` as in `blend_2x2`.
    """
    signature = types.void(*[types.intp] * 7, zeros)
    count = 16

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        x, y, steps, stride, offsets, above, below, _ = arguments

        def numbers(value: int) -> ir.Constant:
            return constant(I32, *[value] * count)

        wholes, fractions = [], []
        for k, first in enumerate((x, y)):
            at = builder.add(steps, ir.Constant(I64, 8 * count * k))
            positions = builder.add(load(builder, at, I64, count), splat(builder, first, count))
            halves = builder.bitcast(positions, vector(I32, 2 * count))
            fraction = pick_lanes(builder, halves, *range(0, 2 * count, 2))
            fractions.append(builder.lshr(fraction, numbers(18)))
            wholes.append(pick_lanes(builder, halves, *range(1, 2 * count, 2)))
        columns = builder.mul(wholes[0], numbers(zeros.count))
        rows = builder.mul(wholes[1], splat(builder, builder.trunc(stride, I32), count))
        store(builder, builder.add(rows, columns), offsets)
        u, v = fractions
        both = builder.lshr(builder.add(builder.mul(u, v), numbers(1 << 13)), numbers(14))
        right = builder.sub(u, both)
        left = builder.sub(builder.sub(numbers(1 << 14), v), right)
        upper = builder.or_(left, builder.shl(right, numbers(16)))
        lower = builder.or_(builder.sub(v, both), builder.shl(both, numbers(16)))
        store(builder, upper, above)
        store(builder, lower, below)
        return nothing(context)

    return signature, generate


@vector_code
def blend_2x2(
    context: BaseContext,
    first: object,
    stride: object,
    above: object,
    below: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Blend 2 x 2 pixels, from the address ``first`` on.

    ``above`` and ``below`` are the addresses of two 16-bit weights each (left and right); the four
    add up to 2^14. ``zeros`` is a tuple with as many zeros as there are channels (1 to 4), so that
    their number is known when this is compiled.
    """
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, pointer, zeros)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        line, stride, above, below, target, _ = arguments
        total = _blend_pixel(builder, line, stride, (above, below), zeros.count)
        store_bytes(builder, total, 2, target)
        return nothing(context)

    return signature, generate


@vector_code
def blend_four(
    context: BaseContext,
    base: object,
    stride: object,
    offsets: object,
    above: object,
    below: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """`blend_2x2` for four pixels in a row, of two to four channels.

    ``offsets`` is the address of four 32-bit offsets from ``base``, none below 0; ``above`` and
    ``below`` of the weights of one pixel after the other. 16 bytes are read of either line, and 16
    stored of three channels.
    """
    pointer = types.intp
    signature = types.void(*[pointer] * 6, zeros)
    channels = zeros.count
    # A quarter of a wide register for each pixel: left and right interleaved by channel, as words.
    words = [side * channels + min(c, channels - 1) for c in range(4) for side in (0, 1)]
    spread = [lane for p in range(4) for k in words for lane in (16 * p + k, 64)]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        base, stride, offsets, above, below, target, _ = arguments
        lines = []
        for pixel in range(4):
            at = builder.add(offsets, ir.Constant(I64, 4 * pixel))
            offset = builder.load(builder.inttoptr(at, I32.as_pointer()))
            lines.append(builder.add(base, builder.sext(offset, I64)))
        total = constant(I32, *[1 << 13] * 16)
        for weights in (above, below):
            pixels = [load(builder, line, I8, 16) for line in lines]
            halves = [
                builder.shuffle_vector(*pixels[k : k + 2], constant(I32, *range(32)))
                for k in (0, 2)
            ]
            octets = builder.shuffle_vector(*halves, constant(I32, *range(64)))
            none = ir.Constant(octets.type, [0] * 64)
            values = builder.shuffle_vector(octets, none, constant(I32, *spread))
            factors = pick_lanes(
                builder, load(builder, weights, I32, 4), *[p for p in range(4) for _ in range(4)]
            )
            wide = vector(I16, 32)
            values, factors = builder.bitcast(values, wide), builder.bitcast(factors, wide)
            total = builder.add(total, add_products(builder, values, factors))
            lines = [builder.add(line, stride) for line in lines]
        octets = builder.bitcast(builder.shl(total, constant(I32, *[2] * 16)), vector(I8, 64))
        found = [16 * p + 4 * c + 2 for p in range(4) for c in range(channels)]
        store(builder, pick_lanes(builder, octets, *found, *[0] * (-len(found) % 8)), target)
        return nothing(context)

    return signature, generate


@vector_code
def collect_2x2(context: BaseContext, first: object, stride: object, target: object) -> Generated:
    """Store 2 x 2 bytes, from the address ``first`` on, as one 32-bit word."""
    pointer = types.intp

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        first, stride, target = arguments
        top = load(builder, first, I16, 1)
        bottom = load(builder, builder.add(first, stride), I16, 1)
        store(builder, top, target)
        store(builder, bottom, builder.add(target, ir.Constant(I64, 2)))
        return nothing(context)

    return types.void(pointer, pointer, pointer), generate


@vector_code
def blend_words(
    context: BaseContext, words: object, above: object, below: object, target: object
) -> Generated:
    """Blend eight words of `collect_2x2` by weights as in `blend_2x2` into eight bytes."""
    pointer = types.intp

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        words, above, below, target = arguments
        octets = load(builder, words, I8, 32)
        rows = [
            pick_lanes(builder, octets, *[4 * k + row + side for k in range(8) for side in (0, 1)])
            for row in (0, 2)
        ]
        weights = [load(builder, at, I16, 16) for at in (above, below)]
        store_bytes(builder, _blended(builder, rows, weights, 8), 2, target)
        return nothing(context)

    return types.void(pointer, pointer, pointer, pointer), generate


@vector_code
def blend_4x4(
    context: BaseContext,
    first: object,
    stride: object,
    across: object,
    down: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Blend 4 x 4 pixels, from the address ``first`` on, with separable weights.

    ``across`` is the address of four 16-bit weights, ``down`` of four that are each written twice;
    either four add up to 2^16 (a lone 2^16 is written as 2^16 - 1). ``zeros`` as in `blend_2x2`.
    Reads 16 bytes of each line where 12 are used.
    """
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, pointer, zeros)
    channels = zeros.count
    lanes = 4 if channels == 3 else channels
    spread = [k * channels + min(c, channels - 1) for k in range(4) for c in range(lanes)]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        line, stride, across, down, target, _ = arguments
        wide = vector(I16, 4 * lanes)
        byte = constant(I16, *[8] * (4 * lanes))
        total: ir.Value | None = None
        for _row in range(4):
            pixels = pick_lanes(builder, load(builder, line, I8, 4 * lanes), *spread)
            weight = pick_lanes(builder, load(builder, down, I32, 1), *[0] * (2 * lanes))
            raised = builder.shl(builder.zext(pixels, wide), byte)
            product = high_product(builder, raised, builder.bitcast(weight, wide))
            total = product if total is None else builder.add(total, product)
            line = builder.add(line, stride)
            down = builder.add(down, ir.Constant(down.type, 4))
        weights = load(builder, across, I16, 4)
        weights = pick_lanes(builder, weights, *[k for k in range(4) for _ in range(lanes)])
        total = high_product(builder, total, weights)
        for half in (2 * lanes, lanes):
            low = pick_lanes(builder, total, *range(half))
            total = builder.add(low, pick_lanes(builder, total, *range(half, 2 * half)))
        # Half a level, and the half steps that eight truncations lose on average.
        total = builder.add(total, constant(I16, *[128 + 4] * lanes))
        store_bytes(builder, total, 1, target)
        return nothing(context)

    return signature, generate


@vector_code
def blend_4x4_signed(
    context: BaseContext,
    first: object,
    stride: object,
    across: object,
    down: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """As `blend_4x4` for weights of either sign, in 1/2^14; results are clipped."""
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, pointer, zeros)
    channels = zeros.count
    lanes = 4 if channels == 3 else channels
    # The four pixels of a line by channel, so that neighbours add up (x86: pmaddwd).
    fours = [k * channels + min(c, channels - 1) for c in range(lanes) for k in range(4)]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        line, stride, across, down, target, _ = arguments
        wide, sums = vector(I32, 4 * lanes), vector(I32, lanes)
        factors = pick_lanes(
            builder, load(builder, across, I16, 4), *[k % 4 for k in range(4 * lanes)]
        )
        factors = builder.sext(factors, wide)
        total = constant(I32, *[1 << 20] * lanes)
        for _row in range(4):
            pixels = pick_lanes(builder, load(builder, line, I8, 4 * lanes), *fours)
            products = builder.mul(builder.zext(pixels, wide), factors)
            for count in (4 * lanes, 2 * lanes):
                left = pick_lanes(builder, products, *range(0, count, 2))
                products = builder.add(left, pick_lanes(builder, products, *range(1, count, 2)))
            # Seven bits after the point leave room for the second product.
            blended = builder.ashr(products, constant(I32, *[7] * lanes))
            weight = pick_lanes(builder, load(builder, down, I16, 1), *[0] * lanes)
            total = builder.add(total, builder.mul(blended, builder.sext(weight, sums)))
            line = builder.add(line, stride)
            down = builder.add(down, ir.Constant(down.type, 4))
        total = builder.ashr(total, constant(I32, *[21] * lanes))
        for bound, worse in ((0, "<"), (255, ">")):
            limit = constant(I32, *[bound] * lanes)
            total = builder.select(builder.icmp_signed(worse, total, limit), limit, total)
        store_bytes(builder, total, 0, target)
        return nothing(context)

    return signature, generate


@vector_code
def load_int32(context: BaseContext, source: object) -> Generated:
    """The 32-bit integer at an address."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        return builder.load(builder.inttoptr(arguments[0], I32.as_pointer()))

    return types.int32(types.intp), generate


@vector_code
def flat_item(context: BaseContext, array: types.Array, index: object) -> Generated:
    """An element of a C-contiguous array by its flat index.

    Without numba's look at the sign of the index, which keeps loops from being vectorised.
    """

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        make = context.make_array(array)  # type: ignore[no-untyped-call]
        data = make(context, builder, arguments[0]).data
        return builder.load(builder.gep(data, [arguments[1]]))

    return array.dtype(array, types.intp), generate


@vector_code
def address(context: BaseContext, array: types.Array) -> Generated:
    """The address of an array's first element."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        make = context.make_array(array)  # type: ignore[no-untyped-call]
        data = make(context, builder, arguments[0]).data
        return builder.ptrtoint(data, I64)

    return types.intp(array), generate
