"""The decorator of all kernels: compiled on first use, cached on disk, free of the GIL."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import Any, TypeVar, cast

from numba import types
from numba.core.registry import CPUDispatcher, cpu_target

from augkit.core.jit_cache import cache_of
from augkit.core.jit_parts import Part

__all__ = ["cpu_features", "kernel"]

_Function = TypeVar("_Function", bound=Callable[..., object])


_Dispatcher: Any = CPUDispatcher  # numba's inside has no types

# No fast-math: floating point keeps its IEEE meaning, so every CPU gives the same bytes. Nobody asks
# for the wrapper with a C interface.
_OPTIONS = {"nopython": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


class _Kernel(_Dispatcher):  # type: ignore[misc]
    """What Python calls. Other kernels call its `Part`."""

    @cached_property
    def _part(self) -> Part:
        return Part(self.py_func, targetoptions=self.targetoptions)

    @property
    def _numba_type_(self) -> Any:
        return types.Dispatcher(self._part)

    def compile(self, sig: Any) -> Any:
        with _uncollected(), self._cache.filling(sig, self.targetctx):
            return super().compile(sig)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for garbage: a compiler makes little, and a tenth of its time goes by in looking."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def kernel(function: _Function) -> _Function:
    """Compile ``function`` with numba when it is first called, and keep the result on disk.

    The machine code is cached where numba looks for it: in ``NUMBA_CACHE_DIR``, else next to the
    source, else in the user's cache folder. Where none can be written (a read-only install without
    a home), it is cached below the temporary folder.
    """
    made = _Kernel(function, targetoptions=_OPTIONS)
    made._cache = cache_of(function)
    return cast(_Function, made)


@cache
def cpu_features() -> frozenset[str]:
    """What the processor has that kernels are compiled for, as LLVM calls it."""
    target: Any = cpu_target.target_context
    _, _, features = target.codegen().magic_tuple()
    return frozenset(name[1:] for name in features.split(",") if name.startswith("+"))
