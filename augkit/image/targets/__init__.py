"""The named data of an image pipeline: checked on the way in, formatted alike on the way out."""

from __future__ import annotations

from augkit.image.targets.boxes import from_xyxy, to_xyxy
from augkit.image.targets.finishing import finished
from augkit.image.targets.pixels import check_pixels, from_pil, to_pil
from augkit.image.targets.reading import KINDS, bare, read
from augkit.image.targets.writing import owned, written

__all__ = [
    "KINDS",
    "bare",
    "check_pixels",
    "finished",
    "from_pil",
    "from_xyxy",
    "owned",
    "read",
    "to_pil",
    "to_xyxy",
    "written",
]
