"""What NumPy needs several passes for, or takes one sample at a time for, in one compiled pass."""

from __future__ import annotations

from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

__all__ = ["copy_backwards", "largest", "plain", "silenced"]

Samples = NDArray[np.float32]


@cache
def _loops() -> ModuleType:
    """Imported with the first sound, as that brings the compiler."""
    from augkit.audio import loops

    return loops


def plain(wave: Samples) -> Samples:
    """The same samples, contiguous and writable, as compiled loops know them; else a copy.

    Numba compiles a loop anew for every other kind of array.
    """
    flags = wave.flags
    return wave if flags.c_contiguous and flags.writeable else np.array(wave, order="C")


def largest(audio: Samples) -> float:
    """The largest magnitude of a sound (channels, samples); NaN where there is one, 0 of nothing."""
    return float(_loops().largest(plain(audio).reshape(-1)))


def copy_backwards(source: Samples, target: Samples) -> None:
    """Copy ``source`` to ``target``, of the same shape (channels, samples), last sample first."""
    for one, to in zip(source, target, strict=True):
        _loops().backwards(plain(one), to)


def silenced(audio: Samples, start: int, end: int, ramp: Samples) -> Samples:
    """A copy of a sound (channels, samples) that is silent within [start, end).

    It falls from ``start`` on as ``ramp`` rises, and rises with it until ``end``; both may lie
    outside of what is there.
    """
    made = audio.copy()
    _loops().silence(made, start, end, ramp)
    return made
