"""Vector registers, spelled out: what numba's loops do not become by themselves.

Pieces of machine code for matrix products and convolutions. Arrays are flat; places in them are counted
in numbers. Nothing is checked here: the callers do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from augkit.core.jit import cpu_features

# Numba's inside has no types.
_build: Any = cgutils
_intrinsic: Any = intrinsic

__all__ = [
    "COLUMNS",
    "HALF",
    "LANES",
    "ROWS",
    "TUNED",
    "add_half_listed_tile",
    "add_half_tile",
    "add_listed_tile",
    "add_tile",
    "copy",
    "turn",
]


def _registers() -> tuple[int, int, int]:
    """Floats in a register, rows of a tile and registers of one of its rows."""
    known = cpu_features()
    if "avx512f" in known:
        return 16, 26, 1  # 26 of 32 registers, a factor is read by the multiplication itself
    if known >= {"avx2", "fma"}:
        return 8, 6, 2  # 12 of 16 registers
    return 4, 4, 2


TUNED = cpu_features() >= {"avx2", "fma"}
"""Whether tiles are faster than a library here; convolutions use them everywhere."""

LANES, ROWS, _WIDTH = _registers()
HALF = ROWS // 2
COLUMNS = _WIDTH * LANES
_PARTS = range(_WIDTH)

_SMALL, _WHOLE = ir.IntType(32), ir.IntType(64)


def _adding(height: int, listed: bool) -> Any:
    """`add_tile` for tiles of so many rows, whose terms lie in steps or where a list says."""

    @_intrinsic  # type: ignore[untyped-decorator]
    def add(
        typing: Any, a: Any, start: Any, step: Any, panels: Any, panel: Any, terms: Any, more: Any,
        out: Any, to: Any, below: Any,
    ) -> Any:  # fmt: skip
        number, vector = _kinds(a)

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointers = _pointers(context, builder, signature, arguments, 0, 3, 7)
            left, right, target = pointers
            _, start, step, _, panel, terms, more, _, to, below = arguments
            if listed:
                (places_of,) = _pointers(context, builder, signature, arguments, 2)
            multiply_add = _multiply_add(builder, vector)
            zero = ir.Constant(vector, [0.0] * LANES)
            tile = [[_build.alloca_once(builder, vector) for _ in _PARTS] for _ in range(height)]
            for sums in tile:
                for each in sums:
                    builder.store(zero, each)

            def places() -> Iterator[tuple[Any, Any]]:
                """Where in the output each register belongs."""
                for i, sums in enumerate(tile):
                    at = builder.add(to, builder.mul(below, _WHOLE(i)))
                    for part, each in enumerate(sums):
                        yield each, _plus(builder, at, LANES * part)

            def term(k: Any) -> None:
                begin = builder.add(panel, builder.mul(k, _WHOLE(COLUMNS)))
                line = [_load(builder, right, _plus(builder, begin, LANES * p)) for p in _PARTS]
                if listed:
                    first = builder.add(start, builder.load(builder.gep(places_of, [k])))
                else:
                    first = builder.add(start, builder.mul(k, step))
                for i, sums in enumerate(tile):
                    one = builder.load(builder.gep(left, [_plus(builder, first, i)]))
                    factor = _spread(builder, one, number)
                    for part, each in enumerate(sums):
                        now = builder.load(each)
                        builder.store(builder.call(multiply_add, [factor, line[part], now]), each)

            for _, at in places():
                _fetch(builder, target, at)
            fours = builder.sdiv(terms, _WHOLE(4))
            with _build.for_range(builder, fours, intp=_WHOLE) as loop:
                for k in range(4):
                    term(_plus(builder, builder.mul(loop.index, _WHOLE(4)), k))
            done = builder.mul(fours, _WHOLE(4))
            with _build.for_range(builder, builder.sub(terms, done), intp=_WHOLE) as loop:
                term(builder.add(done, loop.index))
            with builder.if_then(builder.icmp_signed("!=", more, more.type(0))):
                for each, at in places():
                    there = _load(builder, target, at)
                    builder.store(builder.fadd(there, builder.load(each)), each)
            for each, at in places():
                _store(builder, builder.load(each), target, at)
            return context.get_dummy_value()

        n = types.intp
        steps = step if listed else n
        return (
            types.void(a, n, steps, panels, n, n, types.boolean, out, n, n),
            code,
        )

    return add


add_tile = _adding(ROWS, listed=False)
"""``add_tile(a, start, step, panels, panel, terms, more, out, to, below)``:

out[to + below i + j] <- the sum over k of a[start + step k + i] panels[panel + COLUMNS k + j].

The sums stay in registers. With ``more`` they are added to what is there.
"""

add_half_tile = _adding(HALF, listed=False)
"""The same for tiles of HALF rows, at the end of a matrix."""

add_listed_tile = _adding(ROWS, listed=True)
"""The same with a list in place of the step: the factors are a[start + step[k] + i]."""

add_half_listed_tile = _adding(HALF, listed=True)
"""The same for tiles of HALF rows."""


@_intrinsic  # type: ignore[untyped-decorator]
def turn(
    typing: Any, source: Any, start: Any, row: Any, last: Any, panel: Any, to: Any, width: Any
) -> Any:
    """A square of LANES: panel[to + width j + i] <- source[start + row i + j].

    Rows that would begin behind ``last`` are that row again.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        origin, target = _pointers(context, builder, signature, arguments, 0, 4)
        _, start, row, last, _, to, width = arguments
        lines = []
        for i in range(LANES):
            at = builder.add(start, builder.mul(row, _WHOLE(i)))
            at = builder.select(builder.icmp_signed("<", at, last), at, last)
            lines.append(_load(builder, origin, at))
        size = 1
        while size < LANES:  # squares of this size change places across the diagonal
            upper = [e ^ size ^ LANES if e & size else e for e in range(LANES)]
            lower = [e + LANES if e & size else e + size for e in range(LANES)]
            for i in range(LANES):
                if not i & size:
                    pair = lines[i], lines[i + size]
                    lines[i] = _choose(builder, *pair, upper)
                    lines[i + size] = _choose(builder, *pair, lower)
            size *= 2
        for j, line in enumerate(lines):
            _store(builder, line, target, builder.add(to, builder.mul(width, _WHOLE(j))))
        return context.get_dummy_value()

    n = types.intp
    return types.void(source, n, n, n, panel, n, n), code


@_intrinsic  # type: ignore[untyped-decorator]
def copy(typing: Any, source: Any, start: Any, panel: Any, to: Any) -> Any:
    """panel[to + j] <- source[start + j], for LANES numbers."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        origin, target = _pointers(context, builder, signature, arguments, 0, 2)
        _, start, _, to = arguments
        _store(builder, _load(builder, origin, start), target, to)
        return context.get_dummy_value()

    return types.void(source, types.intp, panel, types.intp), code


# -- words of the machine ----------------------------------------------------------------------


def _pointers(context: Any, builder: Any, signature: Any, arguments: Any, *places: int) -> Any:
    """Pointers to the data of the arrays among the arguments."""
    return [
        context.make_array(signature.args[at])(context, builder, arguments[at]).data
        for at in places
    ]


def _kinds(array: Any) -> tuple[Any, Any]:
    """The type of a number of an array, and of a register of them."""
    number = ir.FloatType() if array.dtype == types.float32 else ir.DoubleType()
    return number, ir.VectorType(number, LANES)


def _multiply_add(builder: Any, vector: Any) -> Any:
    """a b + c, rounded once where the processor can."""
    name = "fma" if TUNED else "fmuladd"
    bits = 32 if vector.element == ir.FloatType() else 64
    kind = ir.FunctionType(vector, [vector] * 3)
    return _build.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f{bits}")


def _plus(builder: Any, value: Any, number: int) -> Any:
    return builder.add(value, _WHOLE(number))


def _register(builder: Any, base: Any, offset: Any) -> Any:
    """Where a register is loaded from or stored to."""
    vector = ir.VectorType(base.type.pointee, LANES)
    return builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())


def _load(builder: Any, base: Any, offset: Any) -> Any:
    return builder.load(_register(builder, base, offset), align=4)


def _store(builder: Any, value: Any, base: Any, offset: Any) -> None:
    builder.store(value, _register(builder, base, offset), align=4)


def _spread(builder: Any, number: Any, kind: Any) -> Any:
    """A vector of one number."""
    none = ir.Constant(ir.VectorType(kind, LANES), ir.Undefined)
    return _choose(builder, builder.insert_element(none, number, _SMALL(0)), none, [0] * LANES)


def _choose(builder: Any, a: Any, b: Any, lanes: list[int]) -> Any:
    """Lanes of two vectors, numbered through, in a new order."""
    order = ir.Constant(ir.VectorType(_SMALL, LANES), lanes)
    return builder.shuffle_vector(a, b, order)


def _fetch(builder: Any, base: Any, offset: Any) -> None:
    """Ask for a cache line that will be written to."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte, _SMALL, _SMALL, _SMALL])
    fetch = _build.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
    place = builder.bitcast(builder.gep(base, [offset]), byte)
    builder.call(fetch, [place, _SMALL(1), _SMALL(3), _SMALL(1)])
