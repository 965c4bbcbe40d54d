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
from augkit.image.kernels.histogram import channel_means
from augkit.image.kernels.matrix import color_matrix, scale_offset
from augkit.image.kernels.table import fill_linear, fill_rounded, full_range, table
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
        done = sample.with_image(self._colored(sample.image, sample.alpha, self.in_place))
        if sample.form.named and sample.images:
            done.images = {
                name: self._colored(image, name in sample.form.translucent)
                for name, image in sample.images.items()
            }
        return done

    def describe(self) -> str:
        kinds = {type(step) for step in self._steps}
        how = "table" if Curve in kinds else "matrix" if Linear in kinds else "scale"
        return f"{how:<9} {' + '.join(self._names)}"

    def _colored(self, image: Pixels, alpha: bool, in_place: bool = False) -> Pixels:
        work = _Work(image, alpha, in_place)
        work.take(self._steps)
        return work.done()


_Row = tuple[float, float, float, float]
_Rows = tuple[_Row, ...]


class _Work:
    """One image on its way through a run: what is pending is a chain of curves, or a matrix.

    A plain scale (the same for all channels) is kept apart until it is known what it joins.
    """

    # As long as nothing is pending.
    _scale, _offset = 1.0, 0.0
    _rows: _Rows | None = None
    _means: list[float] | None = None

    def __init__(self, image: Pixels, alpha: bool, in_place: bool) -> None:
        self._image, self._in_place = image, in_place
        self._channels = (1 if image.ndim == 2 else image.shape[2]) - alpha
        self._curves: list[Curve | Scaled] = []

    def take(self, steps: Sequence[ColorStep]) -> None:
        step: Any
        for step in steps:
            kind = type(step)
            if kind is Scaled:
                self._scaled(step.scale, step.offset)
            elif kind is Linear:
                self._mixed(step.rows)
            elif kind is Contrasted:
                self._scaled(step.factor, (1.0 - step.factor) * self._mean_luma())
            else:
                if self._rows is not None:
                    self._flush()
                self._curves.append(Scaled(self._scale, self._offset))
                self._curves.append(step)
                self._scale, self._offset = 1.0, 0.0

    def done(self) -> Pixels:
        self._flush()
        return self._image

    def _scaled(self, scale: float, offset: float) -> None:
        rows = self._rows
        if rows is None:
            self._scale, self._offset = self._scale * scale, self._offset * scale + offset
            return
        (a, b, c, d), (e, f, g, h), (i, j, k, l) = rows  # noqa: E741
        self._rows = (
            (a * scale, b * scale, c * scale, d * scale + offset),
            (e * scale, f * scale, g * scale, h * scale + offset),
            (i * scale, j * scale, k * scale, l * scale + offset),
        )

    def _mixed(self, rows: _Rows) -> None:
        if self._channels == 1:
            # A gray image is one whose three channels are equal: rows act by their sums.
            scale = sum(
                weight * (a + b + c) for weight, (a, b, c, _) in zip(LUMA, rows, strict=True)
            )
            offset = sum(weight * d for weight, (*_, d) in zip(LUMA, rows, strict=True))
            self._scaled(scale, offset)
            return
        if self._channels != 3:
            raise ValueError(
                f"colors can be mixed in images of 1 or 3 color channels, got {self._channels}"
            )
        if self._curves:
            self._flush()
        before = self._rows
        if before is not None:
            (e, f, g, h), (i, j, k, l), (m, n, o, p) = before  # noqa: E741
            self._rows = tuple(
                [
                    (
                        a * e + b * i + c * m,
                        a * f + b * j + c * n,
                        a * g + b * k + c * o,
                        a * h + b * l + c * p + d,
                    )
                    for a, b, c, d in rows
                ]
            )
        elif self._scale == 1.0 and self._offset == 0.0:
            self._rows = rows
        else:
            s, o = self._scale, self._offset
            self._scale, self._offset = 1.0, 0.0
            self._rows = tuple([(a * s, b * s, c * s, (a + b + c) * o + d) for a, b, c, d in rows])

    def _mean_luma(self) -> float:
        """The mean luma here, carried analytically from the image as it was measured."""
        if self._curves:
            self._flush()
        means = self._means
        if means is None:
            white = full_range(self._image.dtype)
            means = [mean / white for mean in channel_means(self._image, self._channels)]
            self._means = means
        if self._channels != 3:
            return sum([mean * self._scale + self._offset for mean in means], 0.0) / len(means)
        red, green, blue = means
        if self._rows is None:
            s, o = self._scale, self._offset
            red, green, blue = red * s + o, green * s + o, blue * s + o
        else:
            red, green, blue = [a * red + b * green + c * blue + d for a, b, c, d in self._rows]
        return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue

    def _flush(self) -> None:
        """Run what is pending."""
        out = self._image if self._in_place else None
        if self._curves:
            chain = [*self._curves, Scaled(self._scale, self._offset)]
            self._image = _tabled(self._image, chain, self._channels, out)
            self._curves = []
        elif self._rows is not None:
            if self._rows != _UNCHANGED:
                self._image = color_matrix(self._image, self._rows)
        elif self._scale != 1.0 or self._offset != 0.0:
            self._image = _scaled(self._image, self._scale, self._offset, self._channels, out)
        self._rows = self._means = None
        self._scale, self._offset = 1.0, 0.0


_UNCHANGED: _Rows = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))


@cache
def _levels(top: int) -> Floats:
    """All values of an integer dtype as fractions of its largest; not to be written."""
    return np.arange(top + 1, dtype=np.float64) / top


def _clamped(x: Floats) -> Floats:
    clamped: Floats = np.minimum(np.maximum(x, 0.0), 1.0)  # a third of the time of clip
    return clamped


def _values(chain: Sequence[Curve | Scaled], x: Floats, inside: bool = False) -> Floats:
    """``x`` after the chain, not yet clamped; ``inside``: it is known to lie in [0, 1]."""
    for step in chain:
        if type(step) is Curve:
            x = step.function(x if inside else _clamped(x))
            inside = False
        elif step != _NEUTRAL:
            x = x * step[0] + step[1]  # type: ignore[operator, misc]
            inside = False
    return x


_NEUTRAL = (1.0, 0.0)


def _tabled(
    image: Pixels, chain: Sequence[Curve | Scaled], channels: int, out: Pixels | None
) -> Pixels:
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
