"""Flips and quarter turns: geometry that copies pixels exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from augkit.core.distributions import Number
from augkit.core.fields import parameter
from augkit.core.transform import Params
from augkit.image import matrix as mx
from augkit.image.base import Geometric, Geometry

__all__ = ["HorizontalFlip", "Rotate90", "Transpose", "VerticalFlip"]

Size = tuple[int, int]


@dataclass(frozen=True)
class HorizontalFlip(Geometric):
    """Mirror left and right. Exact: pixels are copied.

    >>> import numpy as np
    >>> HorizontalFlip()(np.array([[1, 2, 3]], np.uint8)).tolist()
    [[3, 2, 1]]
    """

    keeps_size: ClassVar[bool] = True

    def geometry(self, params: Params, size: Size) -> Geometry:
        return Geometry(size, (-1.0, 0.0, float(size[1]), 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class VerticalFlip(Geometric):
    """Mirror top and bottom. Exact: pixels are copied.

    >>> import numpy as np
    >>> VerticalFlip()(np.array([[1], [2]], np.uint8)).tolist()
    [[2], [1]]
    """

    keeps_size: ClassVar[bool] = True

    def geometry(self, params: Params, size: Size) -> Geometry:
        return Geometry(size, (1.0, 0.0, 0.0, 0.0, -1.0, float(size[0]), 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Transpose(Geometric):
    """Swap x and y: mirror about the main diagonal; height and width change places. Exact.

    >>> import numpy as np
    >>> Transpose()(np.array([[1, 2, 3]], np.uint8)).tolist()
    [[1], [2], [3]]
    """

    def geometry(self, params: Params, size: Size) -> Geometry:
        return Geometry((size[1], size[0]), (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Rotate90(Geometric):
    """Rotate by quarter turns, counter-clockwise as seen. Exact; odd turns swap height and width.

    Args:
        turns: how many quarter turns; a whole number or a range (default: 0 to 3).

    >>> import numpy as np
    >>> Rotate90(turns=1)(np.array([[1, 2, 3]], np.uint8)).tolist()
    [[3], [2], [1]]
    """

    turns: Number = parameter(
        (0, 3), integer=True, unit="quarter turns", neutral=0, doc="how often to turn by 90 degrees"
    )

    def geometry(self, params: Params, size: Size) -> Geometry:
        height, width = size
        turns = params["turns"] % 4
        if turns == 0:
            return Geometry(size, mx.IDENTITY)
        if turns == 1:
            return Geometry((width, height), (0.0, 1.0, 0.0, -1.0, 0.0, width, 0.0, 0.0, 1.0))
        if turns == 2:
            return Geometry(size, (-1.0, 0.0, width, 0.0, -1.0, height, 0.0, 0.0, 1.0))
        return Geometry((width, height), (0.0, -1.0, height, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0))
