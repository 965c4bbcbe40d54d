"""A run of geometric steps as one interpolation.

The run is a list of maps (matrices, displacement fields) and of windows: rectangles, in the frame
of some step, outside of which nothing is kept. Size-keeping warps act on an unbounded canvas, so
what one step moves out of sight another can bring back; only windows (crops, pads, a changed fill)
and the end of the run cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.transform import Step
from augkit.image import matrix as mx
from augkit.image.annotations import Bend, Clip, Stage
from augkit.image.base import Fill, Geometry
from augkit.image.exact import Exact, copied, recognized, resized
from augkit.image.kernels.paint import paint_outside
from augkit.image.kernels.remap import remap
from augkit.image.kernels.warp import warp
from augkit.image.sample import ImageSample, Pixels

__all__ = ["GeometryPass", "geometry_passes", "stages"]

Size = tuple[int, int]


def stages(geometry: Geometry) -> list[Stage]:
    """What one step does to labels: cut at its window, then move."""
    found: list[Stage] = []
    if geometry.window is not None:
        found.append(Clip(*geometry.window))
    found.append(_map(geometry))
    return found


def _map(geometry: Geometry) -> mx.Matrix | Bend:
    return geometry.matrix if geometry.field is None else Bend(geometry.field, geometry.size)


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


class _Window:
    """A rectangle in the frame after some maps; outside of it, ``fill`` (None: not yet known)."""

    __slots__ = ("corners", "fill", "mask_fill")

    def __init__(self, window: tuple[float, float, float, float]) -> None:
        x0, y0, x1, y1 = window
        self.corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        self.fill: Fill | None = None
        self.mask_fill: Fill | None = None

    def move(self, matrix: mx.Matrix) -> None:
        self.corners = [mx.apply(matrix, x, y) for x, y in self.corners]

    def holds(self, size: Size) -> bool:
        """Whether the whole image of ``size`` lies inside (but for rounding)."""
        height, width = size
        corners = self.corners
        if corners == [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]:
            return True  # a crop that shows all there is
        turn = sum(
            corners[i - 1][0] * corners[i][1] - corners[i][0] * corners[i - 1][1] for i in range(4)
        )
        sign = 1.0 if turn >= 0 else -1.0
        tolerance = 1e-6 * (height + width)
        for i in range(4):
            (x0, y0), (x1, y1) = corners[i - 1], corners[i]
            length = abs(x1 - x0) + abs(y1 - y0)
            for x, y in ((0, 0), (width, 0), (width, height), (0, height)):
                if sign * ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) < -tolerance * length:
                    return False
        return True

    def spans(self, size: Size) -> NDArray[np.int32]:
        """Per row, the [start, stop) of pixels whose centres lie inside."""
        height, width = size
        y = np.arange(height) + 0.5
        low, high = np.full(height, -np.inf), np.full(height, np.inf)
        empty = np.zeros(height, dtype=bool)
        corners = self.corners
        turn = sum(
            corners[i - 1][0] * corners[i][1] - corners[i][0] * corners[i - 1][1] for i in range(4)
        )
        sign = 1.0 if turn >= 0 else -1.0
        for i in range(4):
            (x0, y0), (x1, y1) = corners[i - 1], corners[i]
            # Inside where a x + b <= 0 (in units of the edge), solved for x row by row.
            a = sign * (y1 - y0)
            b = -sign * ((x1 - x0) * (y - y0) + (y1 - y0) * x0)
            if abs(a) < 1e-12:
                empty |= b > 1e-9
            elif a > 0:
                high = np.minimum(high, -b / a)
            else:
                low = np.maximum(low, -b / a)
        # Pixel j is inside where low <= j + 0.5 < high; a hair of slack absorbs rounding.
        start = np.clip(np.ceil(low - 0.5 - 1e-9), 0, width)
        stop = np.clip(np.ceil(high - 0.5 - 1e-9), 0, width)
        stop = np.where(empty, start, np.maximum(stop, start))
        return np.stack([start, stop], axis=1).astype(np.int32)


def _becomes_frame(
    window: tuple[float, float, float, float], matrix: mx.Matrix, size: Size
) -> bool:
    """Whether what a step keeps is, but for rounding, all that its result shows."""
    a, b, c, d, e, f, g, h, i = matrix
    if not (b == d == g == h == 0.0 and i == 1.0):
        return False
    x0, y0, x1, y1 = window
    height, width = size
    near = 1e-6 * (height + width)
    return (
        -near < a * x0 + c < near
        and -near < e * y0 + f < near
        and -near < a * x1 + c - width < near
        and -near < e * y1 + f - height < near
    )


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

    def __init__(self, size: Size) -> None:
        self._input_size = size
        self.size = size
        self._names: list[str] = []
        self.maps: list[mx.Matrix | Bend] = []
        self._windows: list[_Window] = []
        self._path: list[Geometry | Clip] = []  # for labels

    def takes(self, name: str, geometry: Geometry) -> bool:
        """Append a step; False, and nothing is done, where one interpolation cannot do it as well.

        A run takes whatever comes first.
        """
        size, here, field, window, border, fill, mask_fill, interpolation, of_masks = geometry
        maps, windows = self.maps, self._windows
        if maps:
            if self._cut:
                windows.append(_Window(_frame(self.size)))
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
        if window is not None and not self._is_input(window):
            if border is None and field is None and _becomes_frame(window, here, size):
                self._cut = True
            else:
                windows.append(_Window(window))
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
            frame = _frame(self.size)
            self._windows.append(_Window(frame))
            self._path.insert(-1, frame)
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

    def run(self, sample: ImageSample) -> ImageSample:
        """Move the pixels, and note for the labels how they move."""
        matrix = self._forward()
        cutting = self._windows
        if cutting:
            cutting = [window for window in cutting if not window.holds(self.size)]
        resample = _Resampler(self, matrix, cutting)
        moved = sample.with_image(resample.image(sample.image, sample.alpha))
        if sample.form.named:
            fills = [self.mask_fill, *[window.mask_fill for window in cutting]]
            _move_others(sample, moved, resample.image, resample.mask, fills)
            if sample.annotations is not None:
                frame = _frame(self.size)
                moved.annotations = sample.annotations.then(*self._label_stages(matrix), frame)
        return moved

    def _label_stages(self, matrix: mx.Matrix | None) -> list[Stage]:
        """The stages of the labels; as exact as the pixels where the run has a single matrix."""
        found: list[Stage] = []
        for item in self._path:
            found += [item] if isinstance(item, Clip) else stages(item)
        if matrix is None or any(isinstance(stage, Clip) for stage in found):
            return found
        return [matrix]

    def describe(self) -> str:
        matrix = self._forward()
        how = "warp" if matrix is None or recognized(matrix) is None else "copy"
        return _described(how, self._names, self.size, self.border or "constant")


class CopyPass:
    """One step that copies pixels as they are: a flip, a quarter turn, a crop, a pad."""

    def __init__(self, name: str, geometry: Geometry, exact: Exact) -> None:
        self._name, self._geometry, self._exact = name, geometry, exact
        self.size, _, _, _, border, self._fill, *_ = geometry
        self._border = border or "constant"

    @classmethod
    def of(cls, step: Step, size: Size) -> CopyPass | None:
        """The pass of a step on an image of ``size``; None where it is more than a copy."""
        transform: Any = step.transform  # geometric, or it would not be here
        geometry: Geometry = transform.geometry(step.params, size)
        wanted, matrix, field, window, *_ = geometry
        if field is not None or (exact := recognized(matrix)) is None:
            return None
        if window is not None and window != (0.0, 0.0, size[1], size[0]):
            # What is cut off has to be what lies beyond the result, too.
            if exact.transpose or exact.flip_x or exact.flip_y:
                return None
            x, y = -exact.x, -exact.y
            if window != (x, y, x + wanted[1], y + wanted[0]):
                return None
        return cls(step.id, geometry, exact)

    def run(self, sample: ImageSample) -> ImageSample:
        """Copy the pixels, and note for the labels how they move."""
        moved = sample.with_image(self._image(sample.image))
        if sample.form.named:
            _move_others(sample, moved, self._image, self._mask, [self._geometry.mask_fill])
            if sample.annotations is not None:
                path = stages(self._geometry)
                moved.annotations = sample.annotations.then(*path, _frame(self.size))
        return moved

    def describe(self) -> str:
        return _described("copy", [self._name], self.size, self._border)

    def _image(self, image: Pixels, alpha: bool = False) -> Pixels:
        if self._fill != 0:
            _check_fill(self._fill, image)
        return copied(image, self._exact, self.size, self._border, self._fill)

    def _mask(self, mask: Pixels) -> Pixels:
        return copied(mask, self._exact, self.size, self._border, self._geometry.mask_fill)


def _frame(size: Size) -> Clip:
    height, width = size
    return Clip(0.0, 0.0, float(width), float(height))


def _described(how: str, names: Sequence[str], size: Size, border: str) -> str:
    height, width = size
    borders = "" if border == "constant" else f", border {border}"
    return f"{how:<9} {' + '.join(names)} -> {width} x {height}{borders}"


def _move_others(
    sample: ImageSample,
    moved: ImageSample,
    image: Callable[[Pixels, bool], Pixels],
    mask: Callable[[Pixels], Pixels],
    fills: Sequence[Fill | None],
) -> None:
    """Move what else there is of pixels beside the image; ``fills`` are those of masks."""
    if sample.images:
        moved.images = {
            name: image(each, name in sample.form.translucent)
            for name, each in sample.images.items()
        }
    if sample.maps:
        moved.maps = {name: image(each, False) for name, each in sample.maps.items()}
    if sample.masks:
        moved.masks = {
            name: mask(each)
            if sample.form.kinds.get(name) != "masks"
            else _by_planes(each, mask, fills)
            for name, each in sample.masks.items()
        }


def _by_planes(
    masks: Pixels, move: Callable[[Pixels], Pixels], fills: Sequence[Fill | None]
) -> Pixels:
    """Masks of instances (H, W, N), which lie behind one another in memory, one by one."""
    if masks.shape[2] == 0 or any(isinstance(fill, tuple | list) for fill in fills):
        return move(masks)
    planes = [move(plane) for plane in masks.transpose(2, 0, 1)]
    return np.stack(planes).transpose(1, 2, 0)


class _Resampler:
    """One run's geometry, ready to be applied to any number of arrays of the input's size."""

    _windows: Sequence[tuple[_Window, NDArray[np.int32]]] = ()
    _backward: mx.Matrix | None = None
    _coordinates: NDArray[np.float32] | None = None

    def __init__(
        self, run: GeometryPass, matrix: mx.Matrix | None, cutting: Sequence[_Window]
    ) -> None:
        self._run = run
        self._size = run.size
        self._border = run.border or "constant"
        if cutting:
            self._windows = [(window, window.spans(run.size)) for window in cutting]
        self._matrix = matrix
        self._exact = None if matrix is None else recognized(matrix)

    def image(self, image: Pixels, alpha: bool) -> Pixels:
        run = self._run
        if run.fill != 0:
            _check_fill(run.fill, image)
        if self._exact is not None and not self._windows:
            return copied(image, self._exact, self._size, self._border, run.fill)
        for window, _ in self._windows:
            _check_fill(window.fill, image)
        interpolation = run.interpolation or "linear"
        done = self._resample(image, interpolation, run.fill, alpha)
        if interpolation == "cubic" and done.dtype.kind == "f":
            np.clip(done, 0.0, 1.0, out=done)  # cubic weights overshoot at edges
        if not self._windows:
            return done
        return self._painted(done, [window.fill for window, _ in self._windows])

    def mask(self, mask: Pixels) -> Pixels:
        run = self._run
        if mask.ndim == 3 and mask.shape[2] == 0:
            return np.zeros((*self._size, 0), dtype=mask.dtype)
        done = self._resample(mask, run.mask_interpolation or "nearest", run.mask_fill, False)
        return self._painted(done, [window.mask_fill for window, _ in self._windows])

    def _resample(self, array: Pixels, interpolation: str, fill: Fill, alpha: bool) -> Pixels:
        if self._exact is not None:
            return copied(array, self._exact, self._size, self._border, fill)
        if self._matrix is not None:
            done = resized(array, self._matrix, self._size, interpolation, alpha)
            if done is not None:
                return done
            if self._backward is None:
                self._backward = mx.invert(self._matrix)
            return warp(
                array,
                self._backward,
                self._size,
                interpolation=interpolation,
                border=self._border,
                fill=fill,
                alpha=alpha,
            )
        return remap(
            array,
            self._source_coordinates(),
            interpolation=interpolation,
            border=self._border,
            fill=fill,
            alpha=alpha,
        )

    def _source_coordinates(self) -> NDArray[np.float32]:
        """Per output pixel, where it comes from: back through the maps, last to first."""
        if self._coordinates is None:
            height, width = self._size
            *first, last = self._run.maps
            if isinstance(last, Bend):
                self._coordinates = last.field.backward_grid(last.size)
                if not first:
                    return self._coordinates
                points = self._coordinates.reshape(-1, 2).astype(np.float64)
            else:
                y, x = np.mgrid[0:height, 0:width]
                first.append(last)
                points = np.stack([x.ravel() + 0.5, y.ravel() + 0.5], axis=1)
            for stage in reversed(first):
                if isinstance(stage, Bend):
                    points = stage.field.backward(points, stage.size)
                else:
                    inverse = mx.as_array(mx.invert(stage))
                    homogeneous = points @ inverse[:, :2].T + inverse[:, 2]
                    points = homogeneous[:, :2] / homogeneous[:, 2:]
            self._coordinates = points.reshape(height, width, 2).astype(np.float32)
        return self._coordinates

    def _painted(self, array: Pixels, fills: Sequence[Fill | None]) -> Pixels:
        if not self._windows:
            return array
        if self._exact is not None:
            array = array.copy()  # it may be a view of what came in
        channels = 1 if array.ndim == 2 else array.shape[2]
        pixels = array.reshape(*self._size, channels)
        for (_, spans), fill in zip(self._windows, fills, strict=True):
            value = np.empty(channels, array.dtype)
            value[:] = 0 if fill is None else fill
            paint_outside(pixels, spans, value)
        return array


def _check_fill(fill: Fill | None, image: Pixels) -> None:
    """Whether ``fill`` is a value, or one per channel, that the image can hold."""
    if fill is None or fill == 0:
        return
    values = (fill,) if isinstance(fill, int | float) else tuple(fill)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if len(values) not in (1, channels):
        raise ValueError(
            f"fill has {len(values)} values, but the image has {channels} channels: give one or {channels}"
        )
    top = 1.0 if image.dtype.kind == "f" else float(np.iinfo(image.dtype).max)
    if not all(0 <= value <= top for value in values):
        raise ValueError(
            f"fill must be within [0, {top:g}] for {image.dtype.name} images, got {fill}"
        )
