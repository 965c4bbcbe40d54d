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

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.templates import Signature

    _Generated = tuple[Signature, Callable[..., object]]

__all__ = [
    "add_lines",
    "address",
    "blend_2x2",
    "blend_4x4",
    "blend_4x4_signed",
    "blend_across",
    "blend_lines",
    "blend_raised",
    "blend_words",
    "collect_2x2",
    "copy_bytes",
    "copy_pixel",
    "load_int32",
    "mean_across",
    "raise_pixels",
    "reverse_pixels",
    "transpose_pixels",
]

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))


def _intrinsic(function: Callable[..., _Generated]) -> Callable[..., int]:
    """Typed as what kernels see: addresses and integers in, an integer or nothing out."""
    return cast("Callable[..., int]", intrinsic(function))


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


def _nothing(context: BaseContext) -> ir.Value:
    return context.get_dummy_value()  # type: ignore[no-untyped-call]


def _variable(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """A place to keep ``value`` in from one turn of a loop to the next (a register, in the end)."""
    return cgutils.alloca_once_value(builder, value)  # type: ignore[no-untyped-call]


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
    first: object,
    stride: object,
    weights: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
    """Blend 2 x 2 pixels, from the address ``first`` on.

    ``weights`` is the address of four 16-bit weights (above left and right, below left and right)
    that add up to 2^14. ``zeros`` is a tuple with as many zeros as there are channels (1 to 4), so
    that their number is known when this is compiled.
    """
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, zeros)
    channels = zeros.count
    lanes = 4 if channels == 3 else channels
    # Left and right interleaved by channel: one multiply-add (x86: pmaddwd) blends the pair.
    pairs = [side * channels + min(c, channels - 1) for c in range(lanes) for side in (0, 1)]

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        line, stride, weights, target, _ = arguments
        wide = _vector(_I32, 2 * lanes)
        total = _constant(_I32, *[1 << 13] * lanes)
        for _row in range(2):
            pixels = _pick(builder, _load(builder, line, _I8, 2 * lanes), *pairs)
            weight = _pick(builder, _load(builder, weights, _I32, 1), *[0] * lanes)
            weight = builder.sext(builder.bitcast(weight, _vector(_I16, 2 * lanes)), wide)
            products = builder.mul(builder.zext(pixels, wide), weight)
            left = _pick(builder, products, *range(0, 2 * lanes, 2))
            right = _pick(builder, products, *range(1, 2 * lanes, 2))
            total = builder.add(total, builder.add(left, right))
            line = builder.add(line, stride)
            weights = builder.add(weights, ir.Constant(weights.type, 4))
        # To a byte boundary: LLVM's way to truncate (x86: vpmovdb) is slower than a byte shuffle.
        total = builder.shl(total, _constant(_I32, *[2] * lanes))
        _store_bytes(builder, total, 2, target)
        return _nothing(context)

    return signature, generate


@_intrinsic
def collect_2x2(context: BaseContext, first: object, stride: object, target: object) -> _Generated:
    """Store 2 x 2 bytes, from the address ``first`` on, as one 32-bit word."""
    pointer = types.intp

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        first, stride, target = arguments
        top = _load(builder, first, _I16, 1)
        bottom = _load(builder, builder.add(first, stride), _I16, 1)
        _store(builder, top, target)
        _store(builder, bottom, builder.add(target, ir.Constant(_I64, 2)))
        return _nothing(context)

    return types.void(pointer, pointer, pointer), generate


@_intrinsic
def blend_words(context: BaseContext, words: object, weights: object, target: object) -> _Generated:
    """Blend eight words of `collect_2x2` by eight weights of `blend_2x2` into eight bytes."""
    pointer = types.intp

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        words, weights, target = arguments
        wide = _vector(_I32, 32)
        pixels = builder.zext(_load(builder, words, _I8, 32), wide)
        products = builder.mul(pixels, builder.sext(_load(builder, weights, _I16, 32), wide))
        for count in (32, 16):
            left = _pick(builder, products, *range(0, count, 2))
            products = builder.add(left, _pick(builder, products, *range(1, count, 2)))
        total = builder.add(products, _constant(_I32, *[1 << 13] * 8))
        total = builder.shl(total, _constant(_I32, *[2] * 8))
        _store_bytes(builder, total, 2, target)
        return _nothing(context)

    return types.void(pointer, pointer, pointer), generate


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
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, pointer, zeros)
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
        return _nothing(context)

    return signature, generate


@_intrinsic
def blend_4x4_signed(
    context: BaseContext,
    first: object,
    stride: object,
    across: object,
    down: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
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
        wide, sums = _vector(_I32, 4 * lanes), _vector(_I32, lanes)
        factors = _pick(
            builder, _load(builder, across, _I16, 4), *[k % 4 for k in range(4 * lanes)]
        )
        factors = builder.sext(factors, wide)
        total = _constant(_I32, *[1 << 20] * lanes)
        for _row in range(4):
            pixels = _pick(builder, _load(builder, line, _I8, 4 * lanes), *fours)
            products = builder.mul(builder.zext(pixels, wide), factors)
            for count in (4 * lanes, 2 * lanes):
                left = _pick(builder, products, *range(0, count, 2))
                products = builder.add(left, _pick(builder, products, *range(1, count, 2)))
            # Seven bits after the point leave room for the second product.
            blended = builder.ashr(products, _constant(_I32, *[7] * lanes))
            weight = _pick(builder, _load(builder, down, _I16, 1), *[0] * lanes)
            total = builder.add(total, builder.mul(blended, builder.sext(weight, sums)))
            line = builder.add(line, stride)
            down = builder.add(down, ir.Constant(down.type, 4))
        total = builder.ashr(total, _constant(_I32, *[21] * lanes))
        for bound, worse in ((0, "<"), (255, ">")):
            limit = _constant(_I32, *[bound] * lanes)
            total = builder.select(builder.icmp_signed(worse, total, limit), limit, total)
        _store_bytes(builder, total, 0, target)
        return _nothing(context)

    return signature, generate


@_intrinsic
def load_int32(context: BaseContext, source: object) -> _Generated:
    """The 32-bit integer at an address."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        return builder.load(builder.inttoptr(arguments[0], _I32.as_pointer()))

    return types.int32(types.intp), generate


@_intrinsic
def address(context: BaseContext, array: types.Array) -> _Generated:
    """The address of an array's first element."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        make = context.make_array(array)  # type: ignore[no-untyped-call]
        data = make(context, builder, arguments[0]).data
        return builder.ptrtoint(data, _I64)

    return types.intp(array), generate


@_intrinsic
def copy_pixel(
    context: BaseContext, source: object, target: object, zeros: types.UniTuple
) -> _Generated:
    """Copy as many bytes as there are ``zeros`` from one address to another."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target, _ = arguments
        done = 0
        while done < zeros.count:
            piece = 1 << ((zeros.count - done).bit_length() - 1)
            place = ir.Constant(_I64, done)
            octets = _load(builder, builder.add(source, place), ir.IntType(8 * piece), 1)
            _store(builder, octets, builder.add(target, place))
            done += piece
        return _nothing(context)

    return types.void(types.intp, types.intp, zeros), generate


@_intrinsic
def copy_bytes(context: BaseContext, source: object, target: object, count: object) -> _Generated:
    """Copy ``count`` bytes from one address to another; they do not overlap."""

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target, count = arguments
        cgutils.raw_memcpy(  # type: ignore[no-untyped-call]
            builder,
            builder.inttoptr(target, _I8.as_pointer()),
            builder.inttoptr(source, _I8.as_pointer()),
            count,
            1,
        )
        return _nothing(context)

    return types.void(types.intp, types.intp, types.intp), generate


@_intrinsic
def reverse_pixels(
    context: BaseContext, source: object, target: object, zeros: types.UniTuple
) -> _Generated:
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
            at = builder.sub(source, ir.Constant(_I64, whole + part * step))
            octets = _pick(builder, _load(builder, at, _I8, whole), *mirrored)
            _store(builder, octets, builder.add(target, ir.Constant(_I64, part * step)))
        return _nothing(context)

    return types.void(types.intp, types.intp, zeros), generate


@_intrinsic
def transpose_pixels(
    context: BaseContext,
    source: object,
    source_stride: object,
    target: object,
    target_stride: object,
    zeros: types.UniTuple,
) -> _Generated:
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
                head = _pick(builder, _load(builder, source, _I8, 8), *range(8), *[0] * 8)
                tail = _load(builder, builder.add(source, ir.Constant(_I64, 8)), _I8, 4)
                tail = _pick(builder, tail, *range(4), *[0] * 12)
                spread = [3 * k + c if c < 3 else 0 for k in range(4) for c in range(4)]
                spread = [lane if lane < 8 else lane + 8 for lane in spread]
                octets = builder.shuffle_vector(head, tail, _constant(_I32, *spread))
                lines.append(builder.bitcast(octets, _vector(element, side)))
            else:
                lines.append(_load(builder, source, element, side))
            source = builder.add(source, source_stride)
        # Interleaving the upper with the lower half of the lines, log2(side) times, transposes.
        low = [k // 2 + side * (k % 2) for k in range(side)]
        high = [lane + side // 2 for lane in low]
        for _round in range(side.bit_length() - 1):
            lines = [
                builder.shuffle_vector(
                    lines[k // 2], lines[k // 2 + side // 2], _constant(_I32, *lanes)
                )
                for k in range(side)
                for lanes in ((high if k % 2 else low),)
            ]
        for line in lines:
            if width == 3:
                octets = builder.bitcast(line, _vector(_I8, 16))
                packed = [k + k // 3 for k in range(12)]
                _store(builder, _pick(builder, octets, *packed[:8]), target)
                _store(
                    builder,
                    _pick(builder, octets, *packed[8:]),
                    builder.add(target, ir.Constant(_I64, 8)),
                )
            else:
                _store(builder, line, target)
            target = builder.add(target, target_stride)
        return _nothing(context)

    return types.void(pointer, pointer, pointer, pointer, zeros), generate


def _byte_lines(channels: int) -> tuple[int, int, list[int]]:
    """Of a piece of a line: its pixels, its bytes, and which byte each 16-bit lane comes from."""
    if channels == 3:
        return 8, 24, [3 * k + min(c, 2) for k in range(8) for c in range(4)]
    return 32 // channels, 32, list(range(32))


@_intrinsic
def blend_lines(
    context: BaseContext,
    source: object,
    stride: object,
    weights: object,
    taps: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
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
        lanes = _vector(_I16, 32)
        byte = _constant(_I16, *[8] * 32)
        # Half the steps of 1/256 that truncating the products loses.
        half = builder.trunc(builder.lshr(taps, ir.Constant(_I64, 1)), _I16)
        total = _variable(builder, _splat(builder, half, 32))
        with cgutils.for_range(builder, taps) as loop:
            line = builder.add(source, builder.mul(loop.index, stride))
            octets = _load_bytes(builder, line, size)
            raised = builder.shl(builder.zext(_pick(builder, octets, *spread), lanes), byte)
            at = builder.add(weights, builder.mul(loop.index, ir.Constant(_I64, 4)))
            weight = _pick(builder, _load(builder, at, _I32, 1), *[0] * 16)
            product = _high_product(builder, raised, builder.bitcast(weight, lanes))
            builder.store(builder.add(builder.load(total), product), total)
        _store(builder, builder.load(total), target)
        return _nothing(context)

    return signature, generate


def _load_bytes(builder: ir.IRBuilder, address: ir.Value, count: int) -> ir.Value:
    """32 or exactly 24 bytes; of 24, the rest is undefined."""
    if count == 32:
        return _load(builder, address, _I8, 32)
    head = _pick(builder, _load(builder, address, _I8, 16), *range(16), *[0] * 8)
    tail = _load(builder, builder.add(address, ir.Constant(_I64, 16)), _I8, 8)
    tail = _pick(builder, tail, *range(8), *[0] * 16)
    joined = builder.shuffle_vector(head, tail, _constant(_I32, *range(16), *range(24, 32)))
    return joined


@_intrinsic
def add_lines(
    context: BaseContext,
    source: object,
    stride: object,
    count: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
    """Add up a piece (as in `blend_lines`) of ``count`` lines of bytes, at most 257, in 16 bits."""
    pointer = types.intp
    signature = types.void(pointer, pointer, pointer, pointer, zeros)
    _, size, spread = _byte_lines(zeros.count)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, stride, count, target, _ = arguments
        total = _variable(builder, _constant(_I16, *[0] * 32))
        with cgutils.for_range(builder, count) as loop:
            line = builder.add(source, builder.mul(loop.index, stride))
            octets = _pick(builder, _load_bytes(builder, line, size), *spread)
            wide = builder.zext(octets, _vector(_I16, 32))
            builder.store(builder.add(builder.load(total), wide), total)
        _store(builder, builder.load(total), target)
        return _nothing(context)

    return signature, generate


@_intrinsic
def mean_across(
    context: BaseContext,
    source: object,
    count: object,
    shift: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
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
        amount = builder.trunc(shift, _I32)
        half = builder.lshr(builder.shl(ir.Constant(_I32, 1), amount), ir.Constant(_I32, 1))
        total = _variable(builder, _splat(builder, half, lanes))
        with cgutils.for_range(builder, count) as loop:
            at = builder.add(source, builder.mul(loop.index, ir.Constant(_I64, 2 * lanes)))
            pixel = builder.zext(_load(builder, at, _I16, lanes), _vector(_I32, lanes))
            builder.store(builder.add(builder.load(total), pixel), total)
        mean = builder.lshr(builder.load(total), _splat(builder, amount, lanes))
        _store_bytes(builder, mean, 0, target)
        return _nothing(context)

    return signature, generate


@_intrinsic
def raise_pixels(
    context: BaseContext, source: object, target: object, zeros: types.UniTuple
) -> _Generated:
    """Write a piece of a line of bytes (as in `blend_lines`) as 16-bit lanes, in 1/256 levels."""
    signature = types.void(types.intp, types.intp, zeros)
    _, size, spread = _byte_lines(zeros.count)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        source, target, _ = arguments
        octets = _pick(builder, _load_bytes(builder, source, size), *spread)
        wide = builder.zext(octets, _vector(_I16, 32))
        _store(builder, builder.shl(wide, _constant(_I16, *[8] * 32)), target)
        return _nothing(context)

    return signature, generate


@_intrinsic
def blend_across(
    context: BaseContext,
    source: object,
    weights: object,
    fours: object,
    target: object,
    raised: types.UniTuple,
    zeros: types.UniTuple,
) -> _Generated:
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
        size = ir.Constant(_I64, 8 * lanes)
        zero = _constant(_I16, *[0] * (4 * lanes))
        slot = _variable(builder, zero)
        with cgutils.for_range(builder, fours) as loop:
            place = builder.mul(loop.index, size)
            pixels = _load(builder, builder.add(source, place), _I16, 4 * lanes)
            weight = _load(builder, builder.add(weights, place), _I16, 4 * lanes)
            product = _high_product(builder, pixels, weight)
            builder.store(builder.add(builder.load(slot), product), slot)
        total = builder.load(slot)
        for half in (2 * lanes, lanes):
            low = _pick(builder, total, *range(half))
            total = builder.add(low, _pick(builder, total, *range(half, 2 * half)))
        if keep:
            _store(builder, total, target)
        else:
            total = builder.add(total, _constant(_I16, *[128 + 4] * lanes))
            _store_bytes(builder, total, 1, target)
        return _nothing(context)

    return signature, generate


@_intrinsic
def blend_raised(
    context: BaseContext,
    first: object,
    second: object,
    above: object,
    below: object,
    target: object,
    zeros: types.UniTuple,
) -> _Generated:
    """Blend 32 sixteen-bit lanes of two lines into bytes; three channels as in `blend_lines`.

    Writes 24 bytes for three channels, else 32.
    """
    pointer, weight = types.intp, types.uint16
    signature = types.void(pointer, pointer, weight, weight, pointer, zeros)

    def generate(
        context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: list[ir.Value]
    ) -> ir.Value:
        first, second, above, below, target, _ = arguments
        total = _constant(_I16, *[128 + 2] * 32)
        for line, factor in ((first, above), (second, below)):
            weights = _splat(builder, factor, 32)
            total = builder.add(
                total, _high_product(builder, _load(builder, line, _I16, 32), weights)
            )
        if zeros.count != 3:
            _store_bytes(builder, total, 1, target)
            return _nothing(context)
        octets = builder.bitcast(total, _vector(_I8, 64))
        packed = [8 * k + 2 * c + 1 for k in range(8) for c in range(3)]
        _store(builder, _pick(builder, octets, *packed[:16]), target)
        _store(
            builder,
            _pick(builder, octets, *packed[16:]),
            builder.add(target, ir.Constant(_I64, 16)),
        )
        return _nothing(context)

    return signature, generate
