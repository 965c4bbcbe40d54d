"""Time moved as a whole: shifted, rolled round, turned backwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from augkit.audio.base import Retiming
from augkit.audio.timemap import TimeMap
from augkit.core import distributions
from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params

__all__ = ["UNITS", "Reverse", "TimeShift", "in_samples"]

UNITS = ("fraction", "seconds", "samples")


def in_samples(value: float, unit: str, length: int, sample_rate: float) -> int:
    """A duration as a whole number of samples.

    >>> in_samples(0.25, "fraction", 8, 100), in_samples(0.25, "seconds", 8, 100)
    (2, 25)
    """
    if unit == "fraction":
        return round(value * length)
    return round(value * sample_rate) if unit == "seconds" else round(value)


@dataclass(frozen=True)
class TimeShift(Retiming):
    """Move the sound later (positive) or earlier (negative) within its length.

    Args:
        shift: how far, in ``unit``; 0 is neutral (default: uniform in [-0.2, 0.2]).
        unit: ``fraction`` of the length, ``seconds`` or ``samples``.
        mode: ``fill`` leaves silence behind, ``roll`` brings in what left at the other end.
        fade: seconds over which the sound fades in and out where it was cut (default 0.005).

    >>> import numpy as np
    >>> shift = TimeShift(shift=1, unit="samples", fade=0)
    >>> shift(np.array([1, 2, 3], np.float32), sample_rate=8000).tolist()
    [0.0, 1.0, 2.0]
    """

    needs_finite: ClassVar[bool] = False

    shift: Number = parameter((-0.2, 0.2), neutral=0, doc="how far, in unit; positive is later")
    unit: str = option("fraction", choices=UNITS, doc="what shift is measured in")
    mode: str = option("fill", choices=("fill", "roll"), doc="what comes in at the other end")
    fade: Number = parameter(
        0.005, low=0, high=60, unit="seconds", doc="fade where the sound was cut"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = distributions.bounds(self.shift)
        if self.unit == "fraction" and not -2 <= low <= high <= 2:
            raise ValueError(
                "TimeShift.shift must be within [-2, 2] of the length, got "
                f"{distributions.to_spec(self.shift)}; or say unit='seconds' or unit='samples'"
            )

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        shift = in_samples(params["shift"], self.unit, length, sample_rate)
        if self.mode == "roll":
            return TimeMap.roll(length, shift)
        return TimeMap.window(length, -max(-length, min(shift, length)), length)

    def fade_length(self, params: Params, sample_rate: float) -> int:
        return round(float(params["fade"]) * sample_rate)


@dataclass(frozen=True)
class Reverse(Retiming):
    """Play the sound backwards; events stay with what they name.

    >>> import numpy as np
    >>> Reverse()(np.array([1, 2, 3], np.float32), sample_rate=8000).tolist()
    [3.0, 2.0, 1.0]
    """

    needs_finite: ClassVar[bool] = False

    def timemap(self, params: Params, length: int, sample_rate: float) -> TimeMap:
        return TimeMap.reverse(length)
