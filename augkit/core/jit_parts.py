"""Kernels that are called by kernels: compiled as a part of what calls them.

Numba compiles each function by itself: optimised, with a wrapper for Python and machine code, to be
loaded and cached. That of a kernel in another one is used by nobody, since the outer one takes the
code before all that and has it optimised again. Left out, a first call takes half the time.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import NativeLowering

__all__ = ["Part"]

# Numba's inside has no types.
_Library: Any = JITCodeLibrary
_Lowering: Any = NativeLowering
_Compiler: Any = CompilerBase
_Dispatcher: Any = CPUDispatcher
_PassManager: Any = PassManager
_register: Any = register_pass
_PassBuilder: Any = DefaultPassBuilder
_unliteral: Any = types.unliteral


class _PartLibrary(_Library):  # type: ignore[misc]
    """LLVM code that is there to be linked: neither optimised nor turned into machine code."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


@_register(mutates_CFG=True, analysis_only=False)
class _PartLowering(_Lowering):  # type: ignore[misc]
    """Makes LLVM code, and stops there."""

    _name = "augkit_part_lowering"

    def run_pass(self, state: Any) -> bool:
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        entry = object()  # by which numba finds it when it makes the call
        state.targetctx.insert_user_function(entry, state.cr.fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=entry)
        return True


class _PartCompiler(_Compiler):  # type: ignore[misc]
    """Numba's compiler with `_PartLowering`."""

    def define_pipelines(self) -> list[Any]:
        usual = _PassBuilder.define_nopython_pipeline(self.state)
        manager = _PassManager("augkit part")
        for step, words in usual.passes:
            manager.add_pass(_PartLowering if step is NativeLowering else step, words)
        manager.finalize()
        return [manager]


class Part(_Dispatcher):  # type: ignore[misc]
    """A function as kernels call it; Python cannot."""

    def __init__(self, function: Any, targetoptions: dict[str, Any]) -> None:
        options = {**targetoptions, "no_cpython_wrapper": True}
        super().__init__(function, targetoptions=options, pipeline_class=_PartCompiler)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Numba's, but once for all integers: not anew for each number that is written out in a call."""
        named = {name: _unliteral(kind) for name, kind in kws.items()}
        return super().get_call_template(tuple(map(_unliteral, args)), named)

    def add_overload(self, compiled: Any) -> None:
        """Without telling what finds machine code for Python's calls."""
        self.overloads[tuple(compiled.signature.args)] = compiled
