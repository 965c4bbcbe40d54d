"""Masks and warps of spectrograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.base import SpectrogramTransform
from augkit.audio.sample import AudioSample, Shadow
from augkit.audio.timemap import Segment, TimeMap
from augkit.core.distributions import Number, resolve
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params

__all__ = ["SpecAugment"]

Values = NDArray[np.float32]


@dataclass(frozen=True)
class SpecAugment(SpectrogramTransform):
    """Cover bands of frequency and stretches of time, and warp time: SpecAugment (Park et al. 2019).

    Time is warped first: a point of the spectrogram moves, what is before and after it stretches
    and shrinks, and labels in time move along. Then the masks cover what is there; labels under a
    mask stay. All channels are treated alike.

    Args:
        frequency_masks: how many bands are covered, a whole number; 0 is neutral (default 2).
        frequency_width: of each, as a fraction of all bands (default: uniform in [0, 0.3]; the
            paper's F = 27 of 80 is 0.34).
        time_masks: how many stretches are covered, a whole number; 0 is neutral (default 2).
        time_width: of each, as a fraction of the length (default: uniform in [0, 0.1]).
        warp: how far the point moves, as a fraction of the length; above 0 is later; 0 is neutral
            (default: uniform in [-0.05, 0.05]).
        fill: what the masks hold: a number, or ``"mean"`` of each channel (default "mean").

    >>> from augkit import Compose
    >>> from augkit.audio import LogMel
    >>> pipeline = Compose([LogMel(bands=40), SpecAugment(frequency_masks=1, fill=0)], seed=7)
    >>> pipeline(np.ones(16000, np.float32), sample_rate=16000).shape
    (40, 32)
    """

    frequency_masks: Number = parameter(
        2, low=0, high=1000, unit="masks", integer=True, neutral=0, doc="how many bands are covered"
    )
    frequency_width: Number = parameter(
        (0.0, 0.3), low=0, high=1, unit="of the bands", doc="how wide each is"
    )
    time_masks: Number = parameter(
        2, low=0, high=1000, unit="masks", integer=True, neutral=0, doc="how many stretches of time"
    )
    time_width: Number = parameter(
        (0.0, 0.1), low=0, high=1, unit="of the length", doc="how long each is"
    )
    warp: Number = parameter(
        (-0.05, 0.05),
        low=-0.45,
        high=0.45,
        unit="of the length",
        neutral=0,
        doc="how far a point moves",
    )
    fill: float | str = option(
        "mean",
        schema={"oneOf": [{"type": "number"}, {"const": "mean"}]},
        doc="what the masks hold: a number, or mean",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        fill = self.fill
        if fill != "mean" and (isinstance(fill, bool | str) or not np.isfinite(fill)):
            raise ValueError(f'SpecAugment.fill must be a finite number or "mean", got {fill!r}')

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        params: Params = {}
        for axis in ("frequency", "time"):
            count = resolve(stream, f"{axis}_masks", getattr(self, f"{axis}_masks"), integer=True)
            places = stream.units(axis, count)
            width = getattr(self, f"{axis}_width")
            widths = [resolve(stream, f"{axis}_width.{i}", width) for i in range(count)]
            params[axis] = [list(pair) for pair in zip(places, widths, strict=True)]
        move = resolve(stream, "warp", self.warp)
        if move:
            # The point and where it goes stay off the ends, as in the paper: in [W, 1 - W].
            edge = max(abs(move), 0.05)
            point = edge + (1 - 2 * edge) * stream.unit("point")
            params["warp"] = [point, point + move]
        return params

    def advance(self, shadow: Shadow, params: Params) -> Shadow:
        warp = _warp(params, shadow.length)
        return shadow if warp is None else shadow.moved(warp)

    def apply(self, sample: AudioSample, params: Params) -> AudioSample:
        if sample.hop_length is None:
            raise ValueError("SpecAugment works on spectrograms; put LogMel before it")
        warp = _warp(params, sample.length)
        if warp is not None:
            hop = sample.hop_length
            sample = sample.replaced(
                audio=_warped(sample.audio, warp, hop),
                audios={name: _warped(one, warp, hop) for name, one in sample.audios.items()},
                maps=(*sample.maps, warp),
            )
        if not params["frequency"] and not params["time"]:
            return sample
        return sample.replaced(
            audio=self._masked(sample.audio, params),
            audios={name: self._masked(one, params) for name, one in sample.audios.items()},
        )

    def _masked(self, values: Values, params: Params) -> Values:
        masked = values.copy()
        fill: Any = self.fill
        if fill == "mean":
            fill = values.mean(axis=(1, 2), keepdims=True) if values.size else 0
        for place, width in params["frequency"]:
            masked[:, _span(place, width, values.shape[1])] = fill
        for place, width in params["time"]:
            masked[:, :, _span(place, width, values.shape[2])] = fill
        return masked


def _span(place: float, width: float, size: int) -> slice:
    """``width`` of ``size`` rows, at one of the places where they fit."""
    length = round(width * size)
    start = int(place * (size - length + 1))
    return slice(start, start + length)


def _warp(params: Params, length: int) -> TimeMap | None:
    """Where time goes; None where it stays."""
    if "warp" not in params or not length:
        return None
    source, output = (part * length for part in params["warp"])
    return TimeMap(
        length,
        length,
        [
            Segment(0, output, 0, source / output),
            Segment(output, length - output, source, (length - source) / (length - output)),
        ],
    )


def _warped(values: Values, warp: TimeMap, hop: int) -> Values:
    """Frames as the map plays them, between frames by linear interpolation."""
    frames = values.shape[2]
    times = np.minimum(np.arange(frames) * float(hop), np.nextafter(warp.output_length, 0))
    heard = np.clip(warp.source(times) / hop, 0, frames - 1)
    below = heard.astype(np.int64)
    above = np.minimum(below + 1, frames - 1)
    share = (heard - below).astype(np.float32)
    lower: Values = values[:, :, below]
    return lower + (values[:, :, above] - lower) * share
