"""Scratch arrays of the sampling kernels, made outside of them: they compile faster."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.image.kernels._locate import BLOCK

__all__ = ["Room", "room"]


class Room(NamedTuple):
    """What a block of a row needs, and vectors that run beyond its end.

    Few arrays, as each costs a tenth of a microsecond per call.
    """

    whole: NDArray[np.int32]
    fractions: NDArray[np.uint32]
    rules: NDArray[np.float64]
    flags: NDArray[np.uint8]
    patch: NDArray[np.uint8]


class _Rooms(threading.local):
    """One room per thread: no kernel leaves anything in it for the next."""

    def __init__(self) -> None:
        self.room = Room(
            np.zeros((5, BLOCK + 16), np.int32),
            np.zeros((2, BLOCK + 16), np.uint32),
            np.zeros((2, 6), np.float64),
            np.zeros(BLOCK + 16, np.uint8),
            np.zeros(96, np.uint8),
        )


_rooms = _Rooms()


def room() -> Room:
    """The scratch arrays of this thread."""
    return _rooms.room
