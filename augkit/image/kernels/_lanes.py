"""Vector code for 8-bit pixels, written in LLVM's own portable vectors.

A loop over three interleaved channels is more than a compiler turns into good vector code, so the
innermost step (the taps of one output pixel in, one pixel out) is spelled out here. LLVM maps the
vectors to whatever the CPU has. All of it is integer arithmetic: the bytes are the same everywhere.

The functions take addresses. Three channels are loaded and stored as if they were four: who calls
sees to it that the bytes behind may be read, and that what is stored there comes later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.templates import Signature

    _Generated = tuple[Signature, Callable[..., object]]

__all__ = ["blend_2x2", "blend_4x4", "copy_pixel"]

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))


def _intrinsic(function: Callable[..., _Generated]) -> Callable[..., None]:
    return cast("Callable[..., None]", intrinsic(function))


def _vector(element: ir.Type, count: int) -> ir.VectorType:
    return ir.VectorType(element, count)


def _constant(element: ir.Type, *values: int) -> ir.Constant:
    return ir.Constant(_vector(element, len(values)), list(values))


def _load(builder: ir.IRBuilder, address: ir.Value, element: ir.Type, count: int) -> ir.Value:
    loaded = builder.load(builder.inttoptr(address, _vector(element, count).as_pointer()))
    loaded.align = 1
    return loaded


def _store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value) -> None:
    builder.store(value, builder.inttoptr(address, value.type.as_pointer())).align = 1


def _pick(builder: ir.IRBuilder, value: ir.Value, *lanes: int) -> ir.Value:
    return builder.shuffle_vector(
        value, ir.Constant(value.type, ir.Undefined), _constant(_I32, *lanes)
    )


def _splat(builder: ir.IRBuilder, value: ir.Value, count: int) -> ir.Value:
    empty = ir.Constant(_vector(value.type, count), ir.Undefined)
    single = builder.insert_element(empty, value, ir.Constant(_I32, 0))
    return _pick(builder, single, *[0] * count)


def _high_product(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """The upper halves of 16 x 16 bit products (x86: pmulhuw)."""
    wide = _vector(_I32, a.type.count)
    product = builder.mul(builder.zext(a, wide), builder.zext(b, wide))
    shifted = builder.lshr(product, _constant(_I32, *[16] * a.type.count))
    return builder.trunc(shifted, a.type)


def _store_bytes(builder: ir.IRBuilder, pixel: ir.Value, byte: int, address: ir.Value) -> None:
    """Store one byte of each lane."""
    count, width = pixel.type.count, pixel.type.element.width // 8
    octets = builder.bitcast(pixel, _vector(_I8, count * width))
    _store(builder, _pick(builder, octets, *range(byte, count * width, width)), address)


@_intrinsic
def blend_2x2(
    context: BaseContext,
    top: object,
    bottom: object,
    above: object,
    below: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
    """Blend four pixels, left and right at the addresses ``top`` and ``bottom``.

    ``above`` and ``below`` hold the weights of left and right in their low and high 16 bits; all
    four add up to 2^14. ``zeros`` is a tuple with as many zeros as there are channels (1 to 4), so
    that their number is known when this is compiled. Reads 8 bytes where 6 are used.
    """
    address, weight = types.uintp, types.uint32
    signature = types.void(address, address, weight, weight, address, zeros)
    channels = zeros.count
    lanes = 4 if channels == 3 else channels
    # Left and right interleaved by channel: one multiply-add (x86: pmaddwd) blends the pair.
    pairs = [side * channels + min(c, channels - 1) for c in range(lanes) for side in (0, 1)]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        top, bottom, above, below, target, _ = arguments
        wide = _vector(_I32, 2 * lanes)
        total = _constant(_I32, *[1 << 13] * lanes)
        for line, packed in ((top, above), (bottom, below)):
            pixels = builder.zext(_pick(builder, _load(builder, line, _I8, 2 * lanes), *pairs), wide)
            weights = builder.bitcast(_splat(builder, packed, lanes), _vector(_I16, 2 * lanes))
            products = builder.mul(pixels, builder.sext(weights, wide))
            left = _pick(builder, products, *range(0, 2 * lanes, 2))
            right = _pick(builder, products, *range(1, 2 * lanes, 2))
            total = builder.add(total, builder.add(left, right))
        # To a byte boundary: LLVM's way to truncate (x86: vpmovdb) is slower than a byte shuffle.
        total = builder.shl(total, _constant(_I32, *[2] * lanes))
        _store_bytes(builder, total, 2, target)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic
def blend_4x4(
    context: BaseContext,
    first: object,
    stride: object,
    across: object,
    down: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
    """Blend 4 x 4 pixels, from the address ``first`` on, with separable weights.

    ``across`` is the address of four 16-bit weights, ``down`` of four that are each written twice;
    either four add up to 2^16 (a lone 2^16 is written as 2^16 - 1). ``zeros`` as in `blend_2x2`.
    Reads 16 bytes of each line where 12 are used.
    """
    address = types.uintp
    signature = types.void(address, address, address, address, address, zeros)
    channels = zeros.count
    lanes = 4 if channels == 3 else channels
    spread = [k * channels + min(c, channels - 1) for k in range(4) for c in range(lanes)]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        line, stride, across, down, target, _ = arguments
        wide = _vector(_I16, 4 * lanes)
        byte = _constant(_I16, *[8] * (4 * lanes))
        total: ir.Value | None = None
        for _row in range(4):
            pixels = _pick(builder, _load(builder, line, _I8, 4 * lanes), *spread)
            weight = _pick(builder, _load(builder, down, _I32, 1), *[0] * (2 * lanes))
            raised = builder.shl(builder.zext(pixels, wide), byte)
            product = _high_product(builder, raised, builder.bitcast(weight, wide))
            total = product if total is None else builder.add(total, product)
            line = builder.add(line, stride)
            down = builder.add(down, ir.Constant(down.type, 4))
        weights = _load(builder, across, _I16, 4)
        weights = _pick(builder, weights, *[k for k in range(4) for _ in range(lanes)])
        total = _high_product(builder, total, weights)
        for half in (2 * lanes, lanes):
            low = _pick(builder, total, *range(half))
            total = builder.add(low, _pick(builder, total, *range(half, 2 * half)))
        # Half a level, and the half steps that eight truncations lose on average.
        total = builder.add(total, _constant(_I16, *[128 + 4] * lanes))
        _store_bytes(builder, total, 1, target)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic
def copy_pixel(context: BaseContext, source: object, target: object) -> _Generated:
    """Copy the four bytes at one address to another."""
    signature = types.void(types.uintp, types.uintp)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target = arguments
        _store(builder, _load(builder, source, _I8, 4), target)
        return context.get_dummy_value()

    return signature, generate
