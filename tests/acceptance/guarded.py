"""NumPy arrays between pages that nobody may touch: a byte read or written outside is a crash.

As a pytest plugin (``-p tests.acceptance.guarded``) it makes every array of the process one that ends
at such a page (``AUGKIT_GUARD=end``) or begins after one (``start``). What is written on the other
side, into the rest of a page, ends the process when the array is freed. New memory is filled with the
byte ``AUGKIT_GUARD_FILL``, so that results which depend on memory that was never written differ.

NumPy's own interface for this (NEP 49) wants a struct of C functions; here they are made by numba,
since NumPy frees arrays at moments at which no Python code may run.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic

__all__ = ["install"]

AT_END = os.environ.get("AUGKIT_GUARD", "end") == "end"
FILL = int(os.environ.get("AUGKIT_GUARD_FILL", "0"))
TRACE = 0xA5
PAGE = mmap.PAGESIZE
READ_WRITE, PRIVATE_ANONYMOUS = 3, 0x22

_libc = ctypes.CDLL(None)


def _c_function(name: str, result: Any, *arguments: Any) -> Any:
    """A function of the C library; addresses are plain numbers."""
    found = _libc[name]
    found.restype, found.argtypes = result, arguments
    return found


_number = ctypes.c_size_t
_map = _c_function("mmap", _number, _number, _number, *[ctypes.c_int] * 3, ctypes.c_long)
_unmap = _c_function("munmap", ctypes.c_int, _number, _number)
_protect = _c_function("mprotect", ctypes.c_int, _number, _number, ctypes.c_int)
_set = _c_function("memset", _number, _number, ctypes.c_int, _number)
_copy = _c_function("memcpy", _number, _number, _number, _number)
_abort = _c_function("abort", None)


@intrinsic
def _pointer(context: Any, address: Any) -> Any:
    """A number as a pointer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.uintp), generate


# A block: a page with the size, a forbidden page, the data, a forbidden page.


@njit
def _new(size: int, fill: int) -> int:
    size = max(size, np.uintp(1))
    room = (size + np.uintp(PAGE - 1)) // np.uintp(PAGE) * np.uintp(PAGE)
    base = _map(0, room + np.uintp(3 * PAGE), READ_WRITE, PRIVATE_ANONYMOUS, -1, 0)
    if base == np.uintp(0) - np.uintp(1):
        return np.uintp(0)
    data = base + np.uintp(2 * PAGE)
    address = data + room - size if AT_END else data
    _set(data, TRACE, room)
    _set(address, fill, size)
    carray(_pointer(base), 1, np.uintp)[0] = size
    _protect(base + np.uintp(PAGE), PAGE, 0)
    _protect(data + room, PAGE, 0)
    return address


@njit
def _delete(address: int) -> None:
    data = address // np.uintp(PAGE) * np.uintp(PAGE)
    base = data - np.uintp(2 * PAGE)
    size = carray(_pointer(base), 1, np.uintp)[0]
    room = (size + np.uintp(PAGE - 1)) // np.uintp(PAGE) * np.uintp(PAGE)
    octets = carray(_pointer(data), room, np.uint8)
    before = address - data
    for k in range(room):
        if (k < before or k >= before + size) and octets[k] != TRACE:
            _abort()
    _unmap(base, room + np.uintp(3 * PAGE))


@cfunc(types.uintp(types.uintp, types.uintp))
def _malloc(context: int, size: int) -> int:
    return _new(size, FILL)


@cfunc(types.uintp(types.uintp, types.uintp, types.uintp))
def _calloc(context: int, count: int, size: int) -> int:
    return _new(count * size, 0)


@cfunc(types.uintp(types.uintp, types.uintp, types.uintp))
def _realloc(context: int, old: int, size: int) -> int:
    new = _new(size, FILL)
    if old != 0 and new != 0:
        base = old // np.uintp(PAGE) * np.uintp(PAGE) - np.uintp(2 * PAGE)
        _copy(new, old, min(size, carray(_pointer(base), 1, np.uintp)[0]))
        _delete(old)
    return new


@cfunc(types.void(types.uintp, types.uintp, types.uintp))
def _free(context: int, address: int, size: int) -> None:
    if address != 0:
        _delete(address)


class _Handler(ctypes.Structure):
    """``PyDataMem_Handler`` with the ``PyDataMemAllocator`` in it."""

    _fields_ = [
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", ctypes.c_void_p),
        ("malloc", ctypes.c_void_p),
        ("calloc", ctypes.c_void_p),
        ("realloc", ctypes.c_void_p),
        ("free", ctypes.c_void_p),
    ]


_HANDLER = _Handler(
    b"guarded", 1, None, _malloc.address, _calloc.address, _realloc.address, _free.address
)
SET_HANDLER = 304
"""The number of ``PyDataMem_SetHandler`` in NumPy's table of C functions."""


def install() -> None:
    """Make all further arrays of this thread guarded ones."""
    api = ctypes.pythonapi
    api.PyCapsule_New.restype = ctypes.py_object
    api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    core: Any = getattr(np, "_core", None) or np.core
    table = api.PyCapsule_GetPointer(core._multiarray_umath._ARRAY_API, None)
    function = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[SET_HANDLER]
    capsule = api.PyCapsule_New(ctypes.addressof(_HANDLER), b"mem_handler", None)
    ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(function)(capsule)
    array = np.empty(3, np.uint8)
    if core.multiarray.get_handler_name(array) != "guarded" or array.tolist() != [FILL] * 3:
        raise RuntimeError("NumPy does not use the guarded memory")


if "AUGKIT_GUARD" in os.environ:
    install()
