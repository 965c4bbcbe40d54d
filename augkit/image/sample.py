"""An image with its labels: from what a user passes in, and back to the same form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.core.fields import option, options_of
from augkit.image.annotations import Annotations

if TYPE_CHECKING:
    from augkit.core.partners import Company
    from augkit.core.transform import Params
    from augkit.image.base import Geometric

__all__ = ["ImageSample", "Pixels", "Settings", "Shadow"]

Pixels = NDArray[Any]
BOX_FORMATS = ("xyxy", "xywh", "cxcywh", "yolo")
_FORMATS_ELSEWHERE = {"coco": "xywh", "pascal_voc": "xyxy", "voc": "xyxy"}


@dataclass(frozen=True)
class Settings:
    """What holds for a whole image pipeline.

    Attributes:
        box_format: ``"xyxy"``, ``"xywh"`` (corner and size), ``"cxcywh"`` (centre and size), in
            pixels, or ``"yolo"`` (centre and size as fractions of the image's).
        keypoints_at: ``"edges"`` (pixel 0 covers [0, 1)) or ``"centers"`` (pixel indices: the
            middle of pixel 0 is 0).
        min_area: boxes whose visible part covers fewer square pixels are dropped.
        min_visibility: boxes of which a smaller fraction is left are dropped.
        keep_outside: keep keypoints that left the image instead of dropping them.
        channels: ``"rgba"`` if arrays of four channels (two: gray and alpha) end in alpha.
    """

    box_format: str = option("xyxy", choices=BOX_FORMATS, doc="how boxes are written")
    keypoints_at: str = option("edges", choices=("edges", "centers"), doc="where 0 is")
    min_area: float = option(
        0.0, schema={"type": "number", "minimum": 0}, doc="smallest box, in square pixels"
    )
    min_visibility: float = option(
        0.0,
        schema={"type": "number", "minimum": 0, "maximum": 1},
        doc="smallest part of a box that has to be left",
    )
    keep_outside: bool = option(
        False, choices=(False, True), doc="keep keypoints that left the image"
    )
    channels: str | None = option(None, choices=(None, "rgba"), doc="what the last channel is")

    def __post_init__(self) -> None:
        for name, known in options_of(Settings).items():
            given = getattr(self, name)
            if known.choices is not None and given not in known.choices:
                allowed = ", ".join(map(repr, known.choices))
                here = _FORMATS_ELSEWHERE.get(given) if name == "box_format" else None
                hint = f"; {given} is {here} here" if here else ""
                raise ValueError(f"{name} must be one of {allowed}, got {given!r}{hint}")
        if not 0 <= self.min_visibility <= 1:
            raise ValueError(f"min_visibility must be within [0, 1], got {self.min_visibility!r}")
        if not 0 <= self.min_area < float("inf"):
            raise ValueError(f"min_area must be at least 0 square pixels, got {self.min_area!r}")


_NAMES = {np.dtype(name): name for name in ("uint8", "uint16", "float32")}


def dtype_name(image: Pixels) -> str:
    """The name of an image's dtype (NumPy takes microseconds to spell it)."""
    return _NAMES.get(image.dtype) or image.dtype.name


class ImageSample:
    """Pixels and labels between two passes; never changed, always replaced.

    Attributes:
        image: (H, W) or (H, W, C), uint8, uint16 or float32; after `Normalize` (C, H, W) float32.
        alpha: whether the last channel is alpha.
        images: further images by name, moved and colored alike.
        maps: further images that are moved but never colored (depth).
        masks: (H, W) or (H, W, C) by name, moved without interpolation.
        annotations: boxes, polygons and keypoints, or None.
        values: labels without geometry by name: one per instance, per keypoint or for the image.
        tensor: whether the image is (C, H, W) by now.
        finished: whether the annotations are at the end of their way.
        form: how the user passed it, to give it back alike.
    """

    __slots__ = (
        "alpha",
        "annotations",
        "finished",
        "form",
        "image",
        "images",
        "maps",
        "masks",
        "tensor",
        "values",
    )

    def __init__(self, image: Pixels, form: Form, alpha: bool = False) -> None:
        self.image = image
        self.form = form
        self.alpha = alpha
        self.tensor = False
        self.images: dict[str, Pixels] = _EMPTY
        self.maps: dict[str, Pixels] = _EMPTY
        self.masks: dict[str, Pixels] = _EMPTY
        self.annotations: Annotations | None = None
        self.values: dict[str, Any] = _EMPTY
        self.finished = False

    def with_image(self, image: Pixels) -> ImageSample:
        """A copy with other pixels; nobody else has it yet, so more may be set on it."""
        copy = object.__new__(ImageSample)
        copy.image, copy.alpha, copy.tensor, copy.form = image, self.alpha, self.tensor, self.form
        copy.images, copy.maps, copy.masks = self.images, self.maps, self.masks
        copy.annotations, copy.values = self.annotations, self.values
        copy.finished = self.finished
        return copy

    def replaced(self, **changes: Any) -> ImageSample:
        """A copy with some attributes changed."""
        copy = self.with_image(self.image)
        for name, value in changes.items():
            setattr(copy, name, value)
        return copy

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        shape = self.image.shape
        return (shape[1], shape[2]) if self.tensor else (shape[0], shape[1])

    @property
    def color_channels(self) -> int:
        """Channels without alpha."""
        return (1 if self.image.ndim == 2 else self.image.shape[-1]) - self.alpha


_EMPTY: dict[str, Any] = {}


class Shadow:
    """What drawing may look at: size, channels, dtype and labels, never pixels.

    Attributes:
        height, width: pixels.
        channels: with alpha, if there is one.
        dtype: NumPy name, such as ``"uint8"``.
        annotations: the labels with the stages drawn so far, or None.
        company: the partners, for a mixing transform.
    """

    __slots__ = (
        "_annotations",
        "_pending",
        "alpha",
        "channels",
        "company",
        "dtype",
        "height",
        "labelled",
        "width",
    )

    def __init__(
        self,
        height: int,
        width: int,
        channels: int,
        dtype: str,
        alpha: bool = False,
        annotations: Annotations | None = None,
        labelled: bool = False,
        company: Company | None = None,
    ) -> None:
        self.height, self.width, self.channels, self.dtype = height, width, channels, dtype
        self.alpha, self.labelled, self.company = alpha, labelled, company
        self._annotations = annotations
        self._pending: tuple[tuple[Geometric, Params, tuple[int, int]], ...] = ()

    @property
    def annotations(self) -> Annotations | None:
        """The labels with the stages drawn so far; made when asked for, as few draws do."""
        if self._pending and self._annotations is not None:
            from augkit.image.moving import stages

            for transform, params, size in self._pending:
                found = stages(transform.geometry(params, size))
                self._annotations = self._annotations.then(*found)
            self._pending = ()
        return self._annotations

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width

    def _copy(self) -> Shadow:
        copy = Shadow(
            self.height,
            self.width,
            self.channels,
            self.dtype,
            self.alpha,
            self._annotations,
            self.labelled,
            self.company,
        )
        copy._pending = self._pending
        return copy

    def moved(self, transform: Geometric, params: Params, size: tuple[int, int]) -> Shadow:
        """The shadow after a geometric transform, at the size (height, width) that it gives."""
        if self._annotations is None and size == (self.height, self.width):
            return self
        copy = self._copy()
        copy.height, copy.width = size
        if self._annotations is not None:
            copy._pending = (*self._pending, (transform, params, self.size))
        return copy

    def resized(self, size: tuple[int, int], annotations: Annotations | None = None) -> Shadow:
        """The shadow at another size (height, width), with its labels moved."""
        copy = self._copy()
        copy.height, copy.width = size
        copy._annotations, copy._pending = annotations, ()
        return copy

    def with_company(self, company: Company) -> Shadow:
        """The shadow with partners to choose from."""
        copy = self._copy()
        copy.company = company
        return copy

    def boxes(self) -> NDArray[np.float64]:
        """Boxes (N, 4) where they are now, as x_min, y_min, x_max, y_max; NaN rows are gone."""
        if self.annotations is None:
            return np.empty((0, 4))
        from augkit.image.settled import settled_boxes

        boxes = settled_boxes(self.annotations)
        return np.empty((0, 4)) if boxes is None else boxes


class Form(NamedTuple):
    """How data came in: bare or named, PIL or array, lists or arrays.

    Attributes:
        named: whether it had names; then a dict goes out.
        pil: whether the image was a PIL image.
        given: what was passed in, by name.
        kinds: the kind of each name.
        size: (height, width) of the image as it came.
        translucent: the further images whose last channel is alpha.
    """

    named: bool = False
    pil: bool = False
    given: Mapping[str, Any] = MappingProxyType({})
    kinds: Mapping[str, str] = MappingProxyType({})
    size: tuple[int, int] = (0, 0)
    translucent: frozenset[str] = frozenset()
