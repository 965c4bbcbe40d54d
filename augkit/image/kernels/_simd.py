"""Vectors as values of kernels: thirty-two lanes of 16 bits, which LLVM maps to what the CPU has.

Loops over bytes whose sums need 16 bits are what compilers vectorize with a quarter of the lanes
there are: numba widens integers to 64 bits, and sums go through memory. With these, a kernel keeps
its sums in registers and says what it means, lane by lane. All of it is integer arithmetic that
wraps, so the bytes are the same everywhere.

Addresses are not checked, and do not keep an array alive: numba frees one that a kernel has made
behind the last line that names it. So kernels ask for the ``address`` where they use it, in the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, models, register_model
from numpy.typing import NDArray

from augkit.image.kernels import _vectors
from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._vectors import I8, I16, I32, load, store, vector

if TYPE_CHECKING:
    Lanes = Any
    """A vector, as a kernel sees it."""

__all__ = [
    "LANES",
    "add",
    "clamped",
    "high_product",
    "high_product_unsigned",
    "lanes",
    "load_bytes",
    "load_words",
    "magnitude",
    "new_words",
    "shift_left",
    "shift_right",
    "shift_right_signed",
    "splat",
    "store_bytes",
    "store_words",
]

LANES = 32
_WORDS, _BYTES, _WIDE = (vector(kind, LANES) for kind in (I16, I8, I32))


class _Lanes(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"lanes of {LANES} x 16 bits")


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: object, kind: object) -> None:
        super().__init__(manager, kind, _WORDS)  # type: ignore[no-untyped-call]


lanes = _Lanes()


def _operation(
    name: str, result: Any, takes: tuple[Any, ...], emit: Callable[..., ir.Value]
) -> Callable[..., Any]:
    """A function of kernels that becomes what ``emit(builder, *values)`` builds."""

    def build(
        context: Any, builder: ir.IRBuilder, signature: object, values: list[ir.Value]
    ) -> ir.Value:
        made = emit(builder, *values)
        return context.get_dummy_value() if result is types.void else made

    # Numba looks at the names of the parameters, so there is one function per number of them.
    if len(takes) == 1:

        def one(context: object, a: object) -> object:
            return result(*takes), build

        typed: Callable[..., object] = one
    else:

        def two(context: object, a: object, b: object) -> object:
            return result(*takes), build

        typed = two
    typed.__name__ = typed.__qualname__ = name
    return cast("Callable[..., Any]", intrinsic(typed))


def _all(value: int, kind: ir.Type = _WORDS) -> ir.Constant:
    return ir.Constant(kind, [value] * LANES)


def _high_signed(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    product = builder.mul(builder.sext(a, _WIDE), builder.sext(b, _WIDE))
    return builder.trunc(builder.lshr(product, _all(16, _WIDE)), _WORDS)


def _magnitude(builder: ir.IRBuilder, a: ir.Value) -> ir.Value:
    return builder.select(builder.icmp_signed("<", a, _all(0)), builder.sub(_all(0), a), a)


def _clamped(builder: ir.IRBuilder, a: ir.Value) -> ir.Value:
    for order, bound in ((">", _all(0)), ("<", _all(255))):
        a = builder.select(builder.icmp_signed(order, a, bound), a, bound)
    return a


_TWO = (lanes, lanes)

load_bytes = _operation(
    "load_bytes", lanes, (types.intp,),
    lambda builder, address: builder.zext(load(builder, address, I8, LANES), _WORDS),
)  # fmt: skip
"""The 32 bytes at an address, as 0 to 255."""
load_words = _operation(
    "load_words", lanes, (types.intp,),
    lambda builder, address: load(builder, address, I16, LANES),
)  # fmt: skip
"""The 64 bytes at an address, as 16-bit words."""
store_bytes = _operation(
    "store_bytes", types.void, (lanes, types.intp),
    lambda builder, a, address: store(builder, builder.trunc(a, _BYTES), address),
)  # fmt: skip
"""Write the lower byte of each lane."""
store_words = _operation(
    "store_words", types.void, (lanes, types.intp),
    store,
)  # fmt: skip
"""Write all lanes."""
splat = _operation(
    "splat", lanes, (types.intp,),
    lambda builder, a: _vectors.splat(builder, builder.trunc(a, I16), LANES),
)  # fmt: skip
"""A number in every lane."""
add = _operation("add", lanes, _TWO, lambda builder, a, b: builder.add(a, b))
"""``a + b``."""
high_product = _operation("high_product", lanes, _TWO, _high_signed)
"""``(a * b) >> 16`` of signed lanes."""
high_product_unsigned = _operation("high_product_unsigned", lanes, _TWO, _vectors.high_product)
"""``(a * b) >> 16`` of unsigned lanes."""
magnitude = _operation("magnitude", lanes, (lanes,), _magnitude)
"""Without the sign."""
clamped = _operation("clamped", lanes, (lanes,), _clamped)
"""Signed lanes, no less than 0 and no more than 255."""


def _shift(
    name: str, emit: Callable[[ir.IRBuilder, ir.Value, ir.Value], ir.Value]
) -> Callable[..., Any]:
    """A shift by a number that is written out in the kernel."""

    def typed(context: object, a: object, bits: types.IntegerLiteral) -> object:
        if not isinstance(bits, types.IntegerLiteral):
            return None
        count = bits.literal_value

        def build(
            context: object, builder: ir.IRBuilder, signature: object, values: list[ir.Value]
        ) -> ir.Value:
            return emit(builder, values[0], _all(count))

        return lanes(lanes, bits), build

    typed.__name__ = typed.__qualname__ = name
    return cast("Callable[..., Any]", intrinsic(prefer_literal=True)(typed))


shift_left = _shift("shift_left", lambda builder, a, b: builder.shl(a, b))
"""``a << bits``."""
shift_right = _shift("shift_right", lambda builder, a, b: builder.lshr(a, b))
"""``a >> bits`` of unsigned lanes."""
shift_right_signed = _shift("shift_right_signed", lambda builder, a, b: builder.ashr(a, b))
"""``a >> bits`` of signed lanes."""


@kernel
def new_words(count: int) -> NDArray[np.int16]:
    """New memory at whose beginning vectors do not lie across two lines of the cache.

    What is in it is not defined.
    """
    words = np.empty(count + LANES, np.int16)
    spare = (-address(words) % (2 * LANES)) // 2
    return words[spare : spare + count]
