"""Vector code in LLVM's own portable vectors: what its authors build with.

A loop over three interleaved channels is more than a compiler turns into good vector code, so the
innermost steps are spelled out (`_lanes`, `_lanes_copy`, `_lanes_lines`). LLVM maps the vectors to
whatever the CPU has. All of it is integer arithmetic: the bytes are the same everywhere. The
functions take addresses.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba.core import cgutils
from numba.extending import intrinsic

from augkit.core.jit import cpu_features

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing.templates import Signature

    Generated = tuple[Signature, Callable[..., object]]

I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))

# Before LLVM 22 a gather is told the alignment of what it reads: none.
_ALIGNMENT = (ir.Constant(I32, 1),) if binding.llvm_version_info < (22,) else ()


def vector_code(function: Callable[..., Generated]) -> Callable[..., int]:
    """Typed as what kernels see: addresses and integers in, an integer or nothing out."""
    return cast("Callable[..., int]", intrinsic(function))


def vector(element: ir.Type, count: int) -> ir.VectorType:
    return ir.VectorType(element, count)


def constant(element: ir.Type, *values: int) -> ir.Constant:
    return ir.Constant(vector(element, len(values)), list(values))


def load(builder: ir.IRBuilder, address: ir.Value, element: ir.Type, count: int) -> ir.Value:
    loaded = builder.load(builder.inttoptr(address, vector(element, count).as_pointer()))
    loaded.align = 1
    return loaded


def gather(builder: ir.IRBuilder, addresses: ir.Value, element: ir.Type) -> ir.Value:
    """What stands at each of the addresses, 64-bit lanes."""
    count = addresses.type.count
    places, kind = vector(ir.PointerType(), count), vector(element, count)
    every = constant(ir.IntType(1), *[1] * count)
    known = ir.FunctionType(kind, [places, *[I32 for _ in _ALIGNMENT], every.type, kind])
    name = f"llvm.masked.gather.v{count}i{element.width}.v{count}p0"
    function = cgutils.get_or_insert_function(builder.module, known, name)  # type: ignore[no-untyped-call]
    pointers = builder.inttoptr(addresses, places)
    return builder.call(function, (pointers, *_ALIGNMENT, every, constant(element, *[0] * count)))


def prefetch(builder: ir.IRBuilder, address: ir.Value) -> None:
    """Bring what stands at an address (any: nothing is read) into the nearest cache."""
    known = ir.FunctionType(ir.VoidType(), [ir.PointerType(), I32, I32, I32])
    function = cgutils.get_or_insert_function(builder.module, known, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
    reading, nearest, data = (ir.Constant(I32, number) for number in (0, 3, 1))
    builder.call(function, (builder.inttoptr(address, ir.PointerType()), reading, nearest, data))


def store(builder: ir.IRBuilder, value: ir.Value, address: ir.Value) -> None:
    builder.store(value, builder.inttoptr(address, value.type.as_pointer())).align = 1


def pick_lanes(builder: ir.IRBuilder, value: ir.Value, *lanes: int) -> ir.Value:
    return builder.shuffle_vector(
        value, ir.Constant(value.type, ir.Undefined), constant(I32, *lanes)
    )


def nothing(context: BaseContext) -> ir.Value:
    return context.get_dummy_value()  # type: ignore[no-untyped-call]


def variable(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """A place to keep ``value`` in from one turn of a loop to the next (a register, in the end)."""
    return cgutils.alloca_once_value(builder, value)  # type: ignore[no-untyped-call]


def splat(builder: ir.IRBuilder, value: ir.Value, count: int) -> ir.Value:
    empty = ir.Constant(vector(value.type, count), ir.Undefined)
    single = builder.insert_element(empty, value, ir.Constant(I32, 0))
    return pick_lanes(builder, single, *[0] * count)


def high_product(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """The upper halves of 16 x 16 bit products (x86: pmulhuw)."""
    wide = vector(I32, a.type.count)
    product = builder.mul(builder.zext(a, wide), builder.zext(b, wide))
    shifted = builder.lshr(product, constant(I32, *[16] * a.type.count))
    return builder.trunc(shifted, a.type)


def store_bytes(builder: ir.IRBuilder, pixel: ir.Value, byte: int, address: ir.Value) -> None:
    """Store one byte of each lane."""
    count, width = pixel.type.count, pixel.type.element.width // 8
    octets = builder.bitcast(pixel, vector(I8, count * width))
    store(builder, pick_lanes(builder, octets, *range(byte, count * width, width)), address)


_X86 = platform.machine().lower() in ("x86_64", "amd64")


def add_products(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """The sums of neighbouring products of signed 16-bit lanes, in half as many 32-bit ones.

    That is an instruction of every x86-64 (pmaddwd), for as many lanes as the processor has in a
    register; LLVM finds it by itself in small code only. Elsewhere it is spelled out. Both are
    exact.
    """
    count = a.type.count
    name = _MULTIPLY_ADD.get(count) if _X86 else None
    if name is not None and (count == 8 or name[0] in cpu_features()):
        halves = vector(I16, count)
        known = ir.FunctionType(vector(I32, count // 2), [halves, halves])
        multiply_add = cgutils.get_or_insert_function(builder.module, known, name[1])  # type: ignore[no-untyped-call]
        return builder.call(multiply_add, (a, b))
    if count > 8:
        parts = []
        for start in (0, count // 2):
            lanes = range(start, start + count // 2)
            both = (pick_lanes(builder, value, *lanes) for value in (a, b))
            parts.append(add_products(builder, *both))
        return builder.shuffle_vector(*parts, constant(I32, *range(count // 2)))
    wide = vector(I32, count)
    products = builder.mul(builder.sext(a, wide), builder.sext(b, wide))
    left = pick_lanes(builder, products, *range(0, count, 2))
    return builder.add(left, pick_lanes(builder, products, *range(1, count, 2)))


_MULTIPLY_ADD = {
    8: ("sse2", "llvm.x86.sse2.pmadd.wd"),
    16: ("avx2", "llvm.x86.avx2.pmadd.wd"),
    32: ("avx512bw", "llvm.x86.avx512.pmaddw.d.512"),
}
