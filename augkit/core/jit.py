"""The decorator of all kernels: compiled on first use, cached on disk, free of the GIL."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import config, njit
from numba.core import sigutils
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.registry import cpu_target

__all__ = ["cpu_features", "kernel"]

_Function = TypeVar("_Function", bound=Callable[..., object])


def _skip_scipy() -> None:
    """Load numba's arrays without SciPy's linear algebra.

    Numba imports it, for a quarter of a second, only to know whether it is there; what does use it asks
    once more when it is compiled.
    """
    if "numba.np.arraymath" in sys.modules:
        return
    linalg = import_module("numba.np.linalg")
    ask = getattr(linalg, "ensure_blas", None)

    def found() -> None:
        if find_spec("scipy") is None:
            raise ImportError("SciPy is not installed")

    if ask is not None:
        vars(linalg)["ensure_blas"] = found
    try:
        arraymath = import_module("numba.np.arraymath")
        if ask is not None:
            vars(arraymath)["ensure_blas"] = ask
    finally:
        if ask is not None:
            vars(linalg)["ensure_blas"] = ask


_skip_scipy()

# No fast-math: floating point keeps its IEEE meaning, so every CPU gives the same bytes.
_compile = njit(nogil=True, error_model="numpy")


# Numba's inside has no types.
_FunctionCache: Any = FunctionCache
_index_file: Any = IndexDataCacheFile
_normalized: Any = sigutils.normalize_signature


class _CheckedCache(_FunctionCache):  # type: ignore[misc]
    """Numba's cache on disk, with two of its gaps closed.

    Numba notices that a kernel's own file has changed, but not a file whose kernels it calls: here
    the stamp is that of all files beside it. And numba believes its index: two processes that fill
    an empty cache at once can both give the same file name to different signatures of a kernel, and
    one would load the other's machine code: here what was loaded is looked at.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__(function)
        folder = Path(function.__code__.co_filename).parent
        self._cache_file = _index_file(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=(self._impl.locator.get_source_stamp(), _stamp(folder)),
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        loaded = super().load_overload(sig, target_context)
        arguments, _ = _normalized(sig)
        if loaded is not None and tuple(loaded.signature.args) != tuple(arguments):
            return None  # compile again
        return loaded


def kernel(function: _Function) -> _Function:
    """Compile ``function`` with numba when it is first called, and keep the result on disk.

    The machine code is cached where numba looks for it: in ``NUMBA_CACHE_DIR``, else next to the
    source, else in the user's cache folder. Where none can be written (a read-only install without
    a home), it is cached below the temporary folder.
    """
    dispatcher: Any = _compile(function)
    try:
        dispatcher._cache = _CheckedCache(function)
    except RuntimeError:
        # Numba found no place for a cache. Its setting is changed for this one function only.
        settings = vars(config)
        before = settings["CACHE_DIR"]
        settings["CACHE_DIR"] = _temporary_cache()
        try:
            dispatcher._cache = _CheckedCache(function)
        finally:
            settings["CACHE_DIR"] = before
    return cast(_Function, dispatcher)


@cache
def cpu_features() -> frozenset[str]:
    """What the processor has that kernels are compiled for, as LLVM calls it."""
    target: Any = cpu_target.target_context
    _, _, features = target.codegen().magic_tuple()
    return frozenset(name[1:] for name in features.split(",") if name.startswith("+"))


@cache
def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of each source file in a folder."""
    files = sorted(folder.glob("*.py"))
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)


def _temporary_cache() -> str:
    """A folder of our own below the temporary folder; cached code is code, so nobody else's."""
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"augkit-kernels-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        safe = folder.is_dir() and not folder.is_symlink()
        if hasattr(os, "getuid"):
            safe = safe and status.st_uid == os.getuid() and status.st_mode & 0o022 == 0
    except OSError:
        safe = False
    return str(folder) if safe else tempfile.mkdtemp(prefix="augkit-kernels-")
