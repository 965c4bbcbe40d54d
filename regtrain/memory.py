"""Memory for what every step goes over: it begins with a cache line, and lies in huge pages if large.

A step goes over thousands of small pages of parameters, moments and outputs; looking each of them up costs
a tenth of it. And registers that lie across two cache lines are stored at half the speed.
"""

from __future__ import annotations

from itertools import count
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pool", "zeros"]

_LINE = 64
_PAGE = 1 << 21  # a huge page, where the system has them
_LARGE = 1 << 20  # bytes from which they are wanted
_ASKED = 1 << 22  # bytes from which NumPy asks for them
_APART = 1 << 12  # arrays that begin at the same place modulo this hinder each other
_turns = count()


def zeros(shape: int | tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """An array of zeros."""
    kind = np.dtype(dtype)
    size = (shape if isinstance(shape, int) else prod(shape)) * kind.itemsize
    if size < _LARGE:
        memory, begin = np.zeros(size + _LINE, np.uint8), _LINE
    else:
        memory, begin = np.zeros(max(size + _PAGE + _APART, _ASKED), np.uint8), _PAGE
    start = -memory.ctypes.data % begin
    if begin == _PAGE:
        start += next(_turns) * 17 * _LINE % _APART
    array: NDArray[Any] = memory[start : start + size].view(kind).reshape(shape)
    return array


class Pool:
    """Many arrays in few pieces of memory, each at least as large as all before."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.uint8)
        self._next = 1 << 14

    def zeros(self, size: int, dtype: Any) -> NDArray[Any]:
        """An array of so many zeros."""
        kind = np.dtype(dtype)
        length = -(-size * kind.itemsize // _LINE) * _LINE
        if length > self._rest.size:
            self._rest = zeros(max(length, self._next), np.uint8)
            self._next += self._rest.size
        array: NDArray[Any] = self._rest[: size * kind.itemsize].view(kind)
        self._rest = self._rest[length:]
        return array
