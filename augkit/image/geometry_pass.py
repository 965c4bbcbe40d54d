"""A run of geometric steps as one interpolation.

The run is a list of maps (matrices, displacement fields) and of windows: rectangles, in the frame
of some step, outside of which nothing is kept. Size-keeping warps act on an unbounded canvas, so
what one step moves out of sight another can bring back; only windows (crops, pads, a changed fill)
and the end of the run cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from augkit.core.transform import Step
from augkit.image import matrix as mx
from augkit.image.annotations import Bend, Clip, Stage
from augkit.image.base import Fill, Geometry
from augkit.image.copy_pass import CopyPass
from augkit.image.exact import recognized
from augkit.image.moving import Size, described, frame, move_others, stages
from augkit.image.resampler import Resampler
from augkit.image.sample import ImageSample, Pixels
from augkit.image.window import Window, becomes_frame

__all__ = ["GeometryPass", "geometry_passes"]


def geometry_passes(steps: Sequence[Step], size: Size) -> Sequence[GeometryPass | CopyPass]:
    """The passes of neighbouring geometric steps: one, unless borders force a break."""
    if len(steps) == 1:
        copy = CopyPass.of(steps[0], size)
        if copy is not None:
            return (copy,)
    run = GeometryPass(size)
    runs = [run]
    for step in steps:
        transform: Any = step.transform  # geometric, or it would be in no such run
        geometry = transform.geometry(step.params, size)
        if not run.takes(step.id, geometry):
            run = GeometryPass(size)
            runs.append(run)
            run.takes(step.id, geometry)
        size = geometry.size
    return runs


class GeometryPass:
    """A run of geometric steps; add them while they fit, then run."""

    # Most runs leave these as they are.
    border: str | None = None
    fill: Fill = 0
    mask_fill: Fill = 0
    interpolation: str | None = None
    mask_interpolation: str | None = None
    _last_fill: tuple[Fill, Fill] = (0, 0)
    _cut = False  # whether the last step's window is the frame now, which cuts if something follows
    _cuts = False  # whether labels go step by step; else by the one matrix, as exact as the pixels

    def __init__(self, size: Size) -> None:
        self._input_size = size
        self.size = size
        self._names: list[str] = []
        self.maps: list[mx.Matrix | Bend] = []
        self._windows: list[Window] = []
        self._path: list[Geometry | Clip] = []  # for labels

    def takes(self, name: str, geometry: Geometry) -> bool:
        """Append a step; False, and nothing is done, where one interpolation cannot do it as well.

        A run takes whatever comes first.
        """
        size, here, field, window, border, fill, mask_fill, interpolation, of_masks = geometry
        maps, windows = self.maps, self._windows
        if maps:
            if self._cut:
                windows.append(Window(frame(self.size)))
                self._cut = False
            if field is not None and windows:
                return False  # a window's outline would not stay a polygon
            if interpolation is not None and (
                self.interpolation not in (None, interpolation)
                or self.mask_interpolation not in (None, of_masks)
            ):
                return False
            # A mirror stands at the edge of what is there: nothing may have been cut before it.
            if (
                border is not None
                and border != "constant"
                and (windows or self.border not in (None, border))
            ):
                return False
        self._names.append(name)
        self._path.append(geometry)
        if window is not None:
            self._cuts = True
        if window is not None and not self._is_input(window):
            if border is None and field is None and becomes_frame(window, here, size):
                self._cut = True
            else:
                windows.append(Window(window))
        if border is not None:
            self._show_border(border, fill, mask_fill)
        if interpolation is not None:
            self.interpolation, self.mask_interpolation = interpolation, of_masks
        if field is not None:
            maps.append(Bend(field, size))
        else:
            for moved in windows:
                moved.move(here)
            if maps and not isinstance(last := maps[-1], Bend):
                maps[-1] = mx.compose(here, last)
            else:
                maps.append(here)
        self.size = size
        return True

    def _is_input(self, window: tuple[float, float, float, float]) -> bool:
        """Whether a window is the untouched input, outside of which there is the border anyway."""
        height, width = self._input_size
        return not self.maps and window == (0.0, 0.0, width, height)

    def _show_border(self, border: str, fill: Fill, mask_fill: Fill) -> None:
        """This step shows what lies beyond: as before, or, if that has changed, from here on."""
        before = self.border
        if before is None:
            self.border = border
            self.fill, self.mask_fill = fill, mask_fill
        elif border != before or (fill, mask_fill) != self._last_fill:
            cut = frame(self.size)
            self._windows.append(Window(cut))
            self._path.insert(-1, cut)
            self._cuts = True
        self._last_fill = fill, mask_fill
        for window in self._windows:
            if window.fill is None:
                window.fill, window.mask_fill = fill, mask_fill

    # -- running -------------------------------------------------------------------------------

    def _forward(self) -> mx.Matrix | None:
        """The one matrix of the run, snapped where it is exact; None with fields in it."""
        only = self.maps[0]
        if len(self.maps) > 1 or isinstance(only, Bend):
            return None
        return mx.snapped(only, float(max(self._input_size + self.size)))

    def pixels(self, image: Pixels, alpha: bool) -> Pixels:
        """The image after this pass."""
        return self._resampler(self._forward())[0].image(image, alpha)

    def _resampler(self, matrix: mx.Matrix | None) -> tuple[Resampler, Sequence[Window]]:
        """What moves pixels, and the windows that cut something off."""
        cutting = self._windows
        if cutting:
            cutting = [window for window in cutting if not window.holds(self.size)]
        return Resampler(self, matrix, cutting), cutting

    def run(self, sample: ImageSample) -> ImageSample:
        """Move the pixels, and note for the labels how they move."""
        matrix = self._forward()
        resample, cutting = self._resampler(matrix)
        moved = sample.with_image(resample.image(sample.image, sample.alpha))
        if sample.form.named:
            fills = [self.mask_fill, *[window.mask_fill for window in cutting]]
            move_others(sample, moved, resample.image, resample.mask, fills)
            if sample.annotations is not None:
                path = self._label_stages() if matrix is None or self._cuts else [matrix]
                moved.annotations = sample.annotations.then(*path, frame(self.size))
        return moved

    def _label_stages(self) -> list[Stage]:
        found: list[Stage] = []
        for item in self._path:
            found += [item] if isinstance(item, Clip) else stages(item)
        return found

    def describe(self) -> str:
        matrix = self._forward()
        how = "warp" if matrix is None or recognized(matrix) is None else "copy"
        return described(how, self._names, self.size, self.border or "constant")
