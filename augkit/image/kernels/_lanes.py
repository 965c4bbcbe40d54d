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
    constant,
    load,
    nothing,
    pick_lanes,
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
    "blend_cubic",
    "flat_item",
    "load_int32",
    "load_int64",
]


@vector_code
def blend_cubic(
    context: BaseContext,
    first: object,
    stride: object,
    across: object,
    down: object,
    target: object,
    zeros: types.UniTuple,
) -> Generated:
    """Blend 4 x 4 pixels, from the address ``first`` on, with separable weights; results are clipped.

    ``across`` is the address of four 16-bit weights of either sign, ``down`` of four that are each
    written twice; either four add up to 2^14. ``zeros`` is a tuple with as many zeros as there are
    channels (1 to 4), so that their number is known when this is compiled. Reads 16 bytes of each line
    where 12 are used.
    """
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
def load_int64(context: BaseContext, source: object) -> Generated:
    """The 64-bit integer at an address."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        found = builder.load(builder.inttoptr(arguments[0], I64.as_pointer()))
        found.align = 1
        return found

    return types.int64(types.intp), generate


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
