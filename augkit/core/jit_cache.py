"""Where kernels are kept once they are compiled."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numba import config
from numba.core import sigutils
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime.nrt import rtsys

try:
    import fcntl
except ImportError:  # where there are no such locks, processes compile beside each other
    fcntl = None  # type: ignore[assignment]

__all__ = ["cache_of"]

PATIENCE = 60.0
"""Seconds to wait for another process that compiles the same."""

# Numba's inside has no types.
_FunctionCache: Any = FunctionCache
_index_file: Any = IndexDataCacheFile
_runtime: Any = rtsys
_normalized: Any = sigutils.normalize_signature


class _CheckedCache(_FunctionCache):  # type: ignore[misc]
    """Numba's cache on disk, with three of its gaps closed.

    Numba notices that a kernel's own file has changed, but not a file whose kernels it calls: here
    the stamp is that of all files beside it. And numba believes its index: two processes that fill
    an empty cache at once can both give the same file name to different signatures of a kernel, and
    one would load the other's machine code: here what was loaded is looked at. And workers that begin
    at once would all compile the same: here one does, and the others wait for what it saves.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__(function)
        folder = Path(function.__code__.co_filename).parent
        self._cache_file = _index_file(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=(self._impl.locator.get_source_stamp(), _stamp(folder)),
        )

    @contextmanager
    def filling(self, sig: Any, target_context: Any) -> Iterator[None]:
        """Around loading or compiling a signature: no other process compiles this kernel meanwhile."""
        known = self._index_key(sig, target_context.codegen()) in self._cache_file._load_index()
        if known or fcntl is None:
            yield
            return
        try:
            self._impl.locator.ensure_cache_path()
            lock = open(os.path.join(self._cache_path, "kernels.lock"), "ab")  # noqa: SIM115
        except OSError:  # a folder that cannot be written to is only read
            yield
            return
        with lock:
            # A byte for each kernel. A lock ends with its process, and is none of a child's.
            place = zlib.crc32(self._impl.filename_base.encode())
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                try:
                    fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
                    break
                except BlockingIOError:
                    time.sleep(0.01)
                except OSError:  # not on this file system
                    break
            yield

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
