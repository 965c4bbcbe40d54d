"""Memory for what every step goes over."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["zeros"]

_PAGE = 1 << 21  # a huge page, where the system has them
_LARGE = 1 << 20  # bytes from which they are wanted
_ASKED = 1 << 22  # bytes from which NumPy asks for them


def zeros(shape: int | tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """An array of zeros; a large one lies in huge pages where the system has them.

    A step goes over a thousand small pages of parameters, gradients and moments, and looking each of
    them up costs a tenth of it.
    """
    kind = np.dtype(dtype)
    size = (shape if isinstance(shape, int) else prod(shape)) * kind.itemsize
    if size < _LARGE:
        return np.zeros(shape, kind)
    memory = np.zeros(max(size + _PAGE, _ASKED), np.uint8)
    start = -memory.ctypes.data % _PAGE
    array: NDArray[Any] = memory[start : start + size].view(kind).reshape(shape)
    return array
