"""The pixels of a run of geometry: copied, resized, warped or remapped, then cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from augkit.image import matrix as mx
from augkit.image.annotations import Bend
from augkit.image.base import Fill
from augkit.image.exact import copied, recognized, resized
from augkit.image.kernels.paint import paint_outside
from augkit.image.kernels.remap import remap
from augkit.image.kernels.warp import warp
from augkit.image.moving import check_fill
from augkit.image.sample import Pixels
from augkit.image.window import Window

if TYPE_CHECKING:
    from augkit.image.geometry_pass import GeometryPass

__all__ = ["Resampler"]


class Resampler:
    """One run's geometry, ready to be applied to any number of arrays of the input's size."""

    _windows: Sequence[tuple[Window, NDArray[np.int32]]] = ()
    _backward: mx.Matrix | None = None
    _coordinates: NDArray[np.float32] | None = None

    def __init__(
        self, run: GeometryPass, matrix: mx.Matrix | None, cutting: Sequence[Window]
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
            check_fill(run.fill, image)
        if self._exact is not None and not self._windows:
            return copied(image, self._exact, self._size, self._border, run.fill)
        for window, _ in self._windows:
            check_fill(window.fill, image)
        interpolation = run.interpolation or "linear"
        done = self._resample(image, interpolation, run.fill, alpha)
        if interpolation == "cubic" and done.dtype.kind == "f":
            np.clip(done, 0.0, 1.0, out=done)  # cubic weights overshoot at edges
        if not self._windows:
            return done
        return self._painted(done, [window.fill for window, _ in self._windows])

    def mask(self, mask: Pixels, out: Pixels | None = None) -> Pixels:
        """A mask moved; in ``out``, if there is one, or in other memory."""
        run = self._run
        if mask.ndim == 3 and mask.shape[2] == 0:
            return np.zeros((*self._size, 0), dtype=mask.dtype)
        interpolation = run.mask_interpolation or "nearest"
        done = self._resample(mask, interpolation, run.mask_fill, False, out)
        return self._painted(done, [window.mask_fill for window, _ in self._windows])

    def _resample(
        self,
        array: Pixels,
        interpolation: str,
        fill: Fill,
        alpha: bool,
        out: Pixels | None = None,
    ) -> Pixels:
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
                out=out,
                alpha=alpha,
            )
        return remap(
            array,
            self._source_coordinates(),
            interpolation=interpolation,
            border=self._border,
            fill=fill,
            out=out,
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
