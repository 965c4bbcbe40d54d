"""The decorator of all kernels; see `augkit.core.jit`."""

from __future__ import annotations

from augkit.core.jit import kernel

__all__ = ["kernel"]
