"""COCO's run-length code of a mask: runs of 0 and 1 in turn, down the columns, starting with 0.

Two spellings exist: a list of counts, and a string that packs the differences of the counts six
bits to a character (pycocotools, ``common/maskApi.c``, ``rleFrString``). Both are read; lists are
written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from augkit.labels.files import Json, LabelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rle", "decode", "encode"]


@dataclass(frozen=True)
class Rle:
    """A run-length code: the size of the mask and its runs.

    >>> import numpy as np
    >>> code = encode(np.array([[0, 1], [0, 1]], np.uint8))
    >>> code.counts, code.area, code.bounds()
    ((2, 2), 2, (1.0, 0.0, 2.0, 2.0))
    >>> decode(code).tolist()
    [[0, 1], [0, 1]]
    """

    height: int
    width: int
    counts: tuple[int, ...]

    @property
    def area(self) -> int:
        """Number of pixels inside."""
        return sum(self.counts[1::2])

    def bounds(self) -> tuple[float, float, float, float] | None:
        """The box around it in pixel edges, or None when it is empty; nothing is decoded."""
        ends = np.cumsum(np.asarray(self.counts, np.int64))
        first, last = ends[0::2][: len(self.counts) // 2], ends[1::2] - 1
        inside = last >= first
        first, last = first[inside], last[inside]
        if not len(first):
            return None
        x_min, x_max = int(first[0]) // self.height, int(last[-1]) // self.height + 1
        # A run that goes on into the next column covers the whole height.
        if np.any(first // self.height != last // self.height):
            return float(x_min), 0.0, float(x_max), float(self.height)
        y_min, y_max = int((first % self.height).min()), int((last % self.height).max()) + 1
        return float(x_min), float(y_min), float(x_max), float(y_max)

    def to_dict(self) -> dict[str, Json]:
        """As COCO spells it: ``{"size": [height, width], "counts": [...]}``."""
        return {"size": [self.height, self.width], "counts": list(self.counts)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Json]) -> Rle:
        """Read either spelling; `LabelError` when the runs do not fill the size."""
        size, counts = data.get("size"), data.get("counts")
        if not (isinstance(size, list) and len(size) == 2 and all(map(_is_count, size))):
            raise LabelError(f"RLE size must be [height, width], got {size!r}")
        height, width = cast("list[int]", size)
        if isinstance(counts, str):
            runs = _unpack(counts)
        elif isinstance(counts, list) and all(map(_is_count, counts)):
            runs = cast("list[int]", counts)
        else:
            raise LabelError("RLE counts must be a string or a list of whole numbers from 0")
        if min(runs, default=0) < 0 or sum(runs) != height * width:
            raise LabelError(
                f"RLE counts add up to {sum(runs)}, but size {size} has {height * width} pixels"
            )
        return cls(height, width, tuple(runs))


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _unpack(text: str) -> list[int]:
    """The counts of the packed spelling; from the fourth on they are relative to two before."""
    counts: list[int] = []
    value = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise LabelError(f"RLE counts hold {character!r}, which the packed spelling never has")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = shift = 0
    if shift:
        raise LabelError("RLE counts end in the middle of a number")
    return counts


def decode(code: Rle) -> NDArray[np.uint8]:
    """The (height, width) mask of 0 and 1."""
    values = np.arange(len(code.counts)) % 2
    flat = np.repeat(values.astype(np.uint8), code.counts)
    return flat.reshape(code.width, code.height).T


def encode(mask: NDArray[np.generic]) -> Rle:
    """The code of an (H, W) mask that is not 0 inside."""
    height, width = mask.shape
    flat = np.asarray(mask != 0).T.reshape(-1)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts_inside = [0] if flat.size and flat[0] else []
    edges = np.concatenate([[0], starts_inside, changes, [flat.size]]).astype(np.int64)
    return Rle(height, width, tuple(np.diff(edges).tolist()))
