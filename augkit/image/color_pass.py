"""A run of color steps as one pass.

Linear steps compose to one 3×4 matrix, curves to one table per channel; a plain scale joins
whichever stands beside it. Between linear steps nothing is rounded or clamped; the run is clamped
once at its end, and before each curve (which is defined on [0, 1]).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.transform import Step
from augkit.image.base import LUMA, ColorStep, Contrasted, Curve, Linear, Scaled
from augkit.image.kernels.compose import CONTRASTED, MIXED, SCALED, compose, mix_bytes
from augkit.image.kernels.histogram import channel_means
from augkit.image.kernels.matrix import color_matrix, scale_offset
from augkit.image.kernels.table import (
    allocate,
    as_pixels,
    fill_linear,
    fill_rounded,
    full_range,
    table,
)
from augkit.image.sample import ImageSample, Pixels

__all__ = ["ColorPass", "color_passes"]

Floats = NDArray[np.float64]


def color_passes(steps: Sequence[Step], size: tuple[int, int]) -> Sequence[ColorPass]:
    """The one pass of neighbouring color steps."""
    return (ColorPass(steps, size),)


class ColorPass:
    """A run of color steps.

    Attributes:
        in_place: the image's memory may be written to.
    """

    in_place = False

    def __init__(self, steps: Sequence[Step], size: tuple[int, int]) -> None:
        self.size = size
        self._names = [step.id for step in steps]
        self._steps: list[ColorStep] = []
        for step in steps:
            transform: Any = step.transform  # of color, or it would be in no such run
            self._steps += transform.color(step.params)

    def run(self, sample: ImageSample) -> ImageSample:
        """The sample in other colors; labels stay."""
        if not self._steps:
            return sample
        done = sample.with_image(self.pixels(sample.image, sample.alpha))
        if sample.form.named and sample.images:
            done.images = {
                name: self._colored(image, name in sample.form.translucent)
                for name, image in sample.images.items()
            }
        return done

    def pixels(self, image: Pixels, alpha: bool) -> Pixels:
        """The image in other colors."""
        return self._colored(image, alpha, self.in_place) if self._steps else image

    def describe(self) -> str:
        kinds = {type(step) for step in self._steps}
        how = "table" if Curve in kinds else "matrix" if Linear in kinds else "scale"
        return f"{how:<9} {' + '.join(self._names)}"

    def _colored(self, image: Pixels, alpha: bool, in_place: bool = False) -> Pixels:
        work = _Work(image, alpha, in_place)
        work.take(self._steps)
        return work.done()


_Link = Curve | tuple[float, float]
"""Of a chain: a curve, or a scale and an offset."""


class _Work:
    """One image on its way through a run.

    What is pending is a chain of curves, and linear steps behind it: scales, which join the chain's
    table, or anything if there is no chain.
    """

    _curves: tuple[_Link, ...] = ()
    _measure = False  # whether the linear steps look at the mean
    _mix = False  # whether they mix channels

    def __init__(self, image: Pixels, alpha: bool, in_place: bool) -> None:
        self._image, self._in_place = image, in_place
        self._channels = (1 if image.ndim == 2 else image.shape[2]) - alpha
        self._linear: list[Scaled | Contrasted | Linear] = []

    def take(self, steps: Sequence[ColorStep]) -> None:
        step: Any
        for step in steps:
            kind = type(step)
            if kind is Curve:
                if self._mix:
                    self._flush()
                self._curves = (*self._curves, self._scale(), step)
                continue
            if kind is Contrasted:
                if self._curves:
                    self._flush()
                self._measure = True
            elif kind is Linear and self._channels != 1:
                if self._curves:
                    self._flush()
                self._mix = True
            self._linear.append(step)

    def done(self) -> Pixels:
        self._flush()
        return self._image

    def _flush(self) -> None:
        """Run what is pending."""
        image, channels = self._image, self._channels
        out = image if self._in_place else None
        if self._curves:
            chain = (*self._curves, self._scale())
            self._image, self._curves = _tabled(image, chain, channels, out), ()
        elif self._mix:
            self._image = self._mixed(image, out)
        elif self._linear:
            scale, offset = self._scale()
            if scale != 1.0 or offset != 0.0:
                self._image = _scaled(image, scale, offset, channels, out)
        self._linear, self._measure, self._mix = [], False, False

    def _scale(self) -> tuple[float, float]:
        """The pending linear steps, which do not mix; they are not pending any more."""
        scale, offset = 1.0, 0.0
        means = self._means() if self._measure else []
        step: Any
        for step in self._linear:
            if type(step) is Scaled:
                factor, shift = step
            elif type(step) is Contrasted:
                factor = step.factor
                shift = (1.0 - factor) * _luma([mean * scale + offset for mean in means])
            else:  # a gray image is one whose three channels are equal: rows act by their sums
                factor = _luma([a + b + c for a, b, c, _ in step.rows])
                shift = _luma([d for *_, d in step.rows])
            scale, offset = scale * factor, offset * factor + shift
        self._linear, self._measure = [], False
        return scale, offset

    def _means(self) -> list[float]:
        """The mean of each color channel, as a fraction of white."""
        white = full_range(self._image.dtype)
        return [mean / white for mean in channel_means(self._image, self._channels)]

    def _mixed(self, image: Pixels, out: Pixels | None) -> Pixels:
        """The image after the pending linear steps; any."""
        if self._channels != 3:
            raise ValueError(
                f"colors can be mixed in images of 1 or 3 color channels, got {self._channels}"
            )
        numbers: list[float] = []
        step: Any
        for step in self._linear:
            if type(step) is Scaled:
                numbers += (SCALED, *step)
            elif type(step) is Contrasted:
                numbers += (CONTRASTED, *step)
            else:
                red, green, blue = step.rows
                numbers += (MIXED, *red, *green, *blue)
        steps = np.array(numbers)
        if image.dtype == np.uint8:
            result = allocate(image, out)
            if mix_bytes(as_pixels(image), steps, self._measure, result):
                return result
        rows = np.empty(12)
        compose(steps, np.array(self._means() if self._measure else (0.0, 0.0, 0.0)), rows)
        return color_matrix(image, rows.reshape(3, 4))


def _luma(values: Sequence[float]) -> float:
    """Luma of three channels; of another number the mean."""
    if len(values) != 3:
        return sum(values, 0.0) / len(values)
    red, green, blue = values
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


@cache
def _levels(top: int) -> Floats:
    """All values of an integer dtype as fractions of its largest; not to be written."""
    return np.arange(top + 1, dtype=np.float64) / top


def _clamped(x: Floats) -> Floats:
    clamped: Floats = np.minimum(np.maximum(x, 0.0), 1.0)  # a third of the time of clip
    return clamped


def _values(chain: Sequence[_Link], x: Floats, inside: bool = False) -> Floats:
    """``x`` after the chain, not yet clamped; ``inside``: it is known to lie in [0, 1]."""
    for step in chain:
        if isinstance(step, Curve):
            x = step.function(x if inside else _clamped(x))
            inside = False
        elif step != _NEUTRAL:
            x = x * step[0] + step[1]
            inside = False
    return x


_NEUTRAL = (1.0, 0.0)


def _tabled(image: Pixels, chain: Sequence[_Link], channels: int, out: Pixels | None) -> Pixels:
    if image.dtype == np.float32:
        done: Any = image.copy() if out is None else out  # which is the image
        part = done if image.ndim == 2 else done[..., :channels]
        part[...] = _clamped(_values(chain, part.astype(np.float64)))
        return done  # type: ignore[no-any-return]
    top = int(full_range(image.dtype))
    lut = np.empty(top + 1, image.dtype)
    fill_rounded(_values(chain, _levels(top), inside=True), float(top), lut)
    return table(image, lut, color_channels=channels, out=out)


def _scaled(
    image: Pixels, scale: float, offset: float, channels: int, out: Pixels | None
) -> Pixels:
    if image.dtype == np.uint8:
        lut = np.empty(256, np.uint8)
        fill_linear(scale, offset, lut)
        return table(image, lut, color_channels=channels, out=out)
    return scale_offset(image, scale, offset, color_channels=channels, out=out)
