"""Where kernels are kept once they are compiled."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numba import config
from numba.core import sigutils
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime.nrt import rtsys

__all__ = ["cache_of"]

# Numba's inside has no types.
_FunctionCache: Any = FunctionCache
_index_file: Any = IndexDataCacheFile
_runtime: Any = rtsys
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
        """The machine code for a signature, or none: then it is compiled.

        Numba's own loads all it knows to compile first, which takes as long as all else.
        """
        loaded = None
        _runtime.initialize(target_context)  # what arrays are made with
        with self._guard_against_spurious_io_errors():
            loaded = self._load_overload(sig, target_context)
        arguments, _ = _normalized(sig)
        if loaded is None or tuple(loaded.signature.args) != tuple(arguments):
            _skip_scipy()
            return None
        return loaded


def cache_of(function: Callable[..., object]) -> Any:
    """The cache of a kernel; below the temporary folder where numba finds no other place."""
    try:
        return _CheckedCache(function)
    except RuntimeError:
        # Numba's setting is changed for this one function only.
        settings = vars(config)
        before = settings["CACHE_DIR"]
        settings["CACHE_DIR"] = _temporary_cache()
        try:
            return _CheckedCache(function)
        finally:
            settings["CACHE_DIR"] = before


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
