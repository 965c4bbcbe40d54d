"""NumPy arrays between pages that nobody may touch: a byte read or written outside is a crash.

As a pytest plugin (``-p tests.acceptance.guarded``) it makes every array of the process one that ends
at such a page (``AUGKIT_GUARD=end``) or begins after one (``start``). What is written on the other
side, into the rest of a page, is found when the array is freed. New memory is filled with
``AUGKIT_GUARD_FILL``, so that results which depend on memory that was never written differ.

NumPy's own interface for this (NEP 49) wants a struct of C functions; here they are made by ctypes.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from typing import Any

import numpy as np

__all__ = ["install"]

PAGE = mmap.PAGESIZE
NO_ACCESS, READ_WRITE = 0, 3
PRIVATE_ANONYMOUS = 0x22
TRACE = 0xA5

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

_MALLOC = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_CALLOC = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
_REALLOC = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_FREE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class _Allocator(ctypes.Structure):
    _fields_ = [
        ("context", ctypes.c_void_p),
        ("malloc", _MALLOC),
        ("calloc", _CALLOC),
        ("realloc", _REALLOC),
        ("free", _FREE),
    ]


class _Handler(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("allocator", _Allocator),
    ]


class _Guard:
    """Gives out memory with a forbidden page on both sides."""

    def __init__(self, *, at_end: bool, fill: int) -> None:
        self.at_end = at_end
        self.fill = fill
        # Address -> size, beginning of the whole, pages of data.
        self.given: dict[int, tuple[int, int, int]] = {}

    def malloc(self, context: object, size: int) -> int | None:
        return self._new(size, self.fill)

    def calloc(self, context: object, count: int, size: int) -> int | None:
        return self._new(count * size, 0)

    def _new(self, size: int, fill: int) -> int | None:
        size = max(size, 1)
        room = -(-size // PAGE) * PAGE
        base = _libc.mmap(None, room + 2 * PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0)
        if base is None or base == ctypes.c_void_p(-1).value:
            return None
        data = base + PAGE
        address = data + room - size if self.at_end else data
        ctypes.memset(data, TRACE, room)
        ctypes.memset(address, fill, size)
        _libc.mprotect(base, PAGE, NO_ACCESS)
        _libc.mprotect(data + room, PAGE, NO_ACCESS)
        self.given[address] = (size, base, room)
        return int(address)

    def realloc(self, context: object, old: int | None, size: int) -> int | None:
        new = self._new(size, self.fill)
        if old and new:
            ctypes.memmove(new, old, min(size, self.given[old][0]))
            self.free(None, old, 0)
        return new

    def free(self, context: object, address: int | None, size: int) -> None:
        if not address:
            return
        size, base, room = self.given.pop(address)
        before = address - base - PAGE
        after = room - before - size
        traces = ctypes.string_at(base + PAGE, before) + ctypes.string_at(address + size, after)
        if traces.count(TRACE) != len(traces):
            print(f"written outside of {size} bytes", file=sys.stderr, flush=True)
            os.abort()
        _libc.munmap(base, room + 2 * PAGE)


_kept: list[Any] = []


def install(*, at_end: bool, fill: int) -> None:
    """Make all further arrays of this thread guarded ones."""
    guard = _Guard(at_end=at_end, fill=fill)
    allocator = _Allocator(
        None,
        _MALLOC(guard.malloc),
        _CALLOC(guard.calloc),
        _REALLOC(guard.realloc),
        _FREE(guard.free),
    )
    handler = _Handler(b"guarded", 1, allocator)
    api = ctypes.pythonapi
    api.PyCapsule_New.restype = ctypes.py_object
    api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    capsule = api.PyCapsule_New(ctypes.addressof(handler), b"mem_handler", None)
    core: Any = np._core._multiarray_umath if hasattr(np, "_core") else np.core._multiarray_umath
    table = api.PyCapsule_GetPointer(core._ARRAY_API, None)
    # The number of PyDataMem_SetHandler in NumPy's table of C functions.
    function = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[304]
    prototype = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)
    _kept.extend([guard, handler, capsule])
    _kept.append(prototype(function)(capsule))
    if np.empty(3).ctypes.data not in guard.given:
        # The array is gone again, and its address with it: a new one has to be looked up alive.
        array = np.empty(3)
        if array.ctypes.data not in guard.given:
            raise RuntimeError("NumPy does not use the guarded memory")


if "AUGKIT_GUARD" in os.environ:
    install(
        at_end=os.environ["AUGKIT_GUARD"] == "end",
        fill=int(os.environ.get("AUGKIT_GUARD_FILL", "0")),
    )
