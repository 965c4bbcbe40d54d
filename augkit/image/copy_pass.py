"""Single steps that copy pixels."""

from __future__ import annotations

from typing import Any

from augkit.core.transform import Step
from augkit.image.base import Fill, Geometry
from augkit.image.exact import Exact, copied, recognized
from augkit.image.moving import Size, check_fill, described, frame, move_others, stages
from augkit.image.sample import ImageSample, Pixels

__all__ = ["CopyPass"]


class CopyPass:
    """One step that copies pixels as they are: a flip, a quarter turn, a crop, a pad."""

    def __init__(
        self, name: str, geometry: Geometry, exact: Exact, size: Size, border: str, fill: Fill
    ) -> None:
        self._name, self._geometry, self._exact = name, geometry, exact
        self.size, self._border, self._fill = size, border, fill

    @classmethod
    def of(cls, step: Step, size: Size) -> CopyPass | None:
        """The pass of a step on an image of ``size``; None where it is more than a copy."""
        transform: Any = step.transform  # geometric, or it would not be here
        geometry: Geometry = transform.geometry(step.params, size)
        wanted, matrix, field, window, border, fill, *_ = geometry
        if field is not None or (exact := recognized(matrix)) is None:
            return None
        if window is not None and window != (0.0, 0.0, size[1], size[0]):
            # What is cut off has to be what lies beyond the result, too.
            if exact.transpose or exact.flip_x or exact.flip_y:
                return None
            x, y = -exact.x, -exact.y
            if window != (x, y, x + wanted[1], y + wanted[0]):
                return None
        return cls(step.id, geometry, exact, wanted, border or "constant", fill)

    def run(self, sample: ImageSample) -> ImageSample:
        """Copy the pixels, and note for the labels how they move."""
        moved = sample.with_image(self.pixels(sample.image, sample.alpha))
        if sample.form.named:
            move_others(sample, moved, self.pixels, self._mask, [self._geometry.mask_fill])
            if sample.annotations is not None:
                path = stages(self._geometry)
                moved.annotations = sample.annotations.then(*path, frame(self.size))
        return moved

    def describe(self) -> str:
        return described("copy", [self._name], self.size, self._border)

    def pixels(self, image: Pixels, alpha: bool = False) -> Pixels:
        """The image after this pass."""
        if self._fill != 0:
            check_fill(self._fill, image)
        return copied(image, self._exact, self.size, self._border, self._fill)

    def _mask(self, mask: Pixels, out: Pixels | None = None) -> Pixels:
        return copied(mask, self._exact, self.size, self._border, self._geometry.mask_fill)
