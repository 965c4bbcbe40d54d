"""From values to places on an axis, and where its ticks stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Scale", "number"]


def number(value: float) -> str:
    """A number as an axis or a table shows it: at most four digits that count.

    >>> [number(value) for value in (0, 0.25, 1500, 3e-7, 12345678, -2.0)]
    ['0', '0.25', '1500', '3e-7', '1.235e7', '-2']
    """
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "NaN")
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
        return text
    mantissa, exponent = f"{value:.3e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic map from values to pixels.

    Args:
        low, high: the values at both ends; low < high, both above 0 where ``log``.
        start, end: the pixels they stand at.
        log: whether equal factors are equal distances.

    >>> Scale(0, 10, 100, 200)(5)
    150.0
    >>> Scale(1, 100, 0, 2, log=True)(10)
    1.0
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, 1e-300))
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """About five round values inside.

        >>> Scale(0, 10, 0, 1).ticks()
        [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        >>> Scale(0.5, 2000, 0, 1, log=True).ticks()
        [1.0, 10.0, 100.0, 1000.0]
        >>> Scale(0.3, 8, 0, 1, log=True).ticks()
        [0.5, 1.0, 2.0, 5.0]
        """
        if self.log:
            found = self._decades()
            if len(found) < 2:
                found = self._in_decades()
            if len(found) >= 2:
                return found
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        # Rounding keeps 0.30000000000000004 off the axis.
        digits = max(0, -math.floor(math.log10(step)))
        return [round(index * step, digits) + 0.0 for index in range(first, last + 1)]

    def _decades(self) -> list[float]:
        first = math.ceil(math.log10(self.low) - 1e-9)
        last = math.floor(math.log10(self.high) + 1e-9)
        stride = max(1, math.ceil((last - first + 1) / 6))
        return [10.0**exponent for exponent in range(first, last + 1, stride)]

    def _in_decades(self) -> list[float]:
        """One, two and five times powers of ten."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        ticks = [factor * 10.0**power for power in range(first, last) for factor in (1, 2, 5)]
        return [tick for tick in ticks if self.low <= tick <= self.high]

    @classmethod
    def around(
        cls, values: Sequence[float], start: float, end: float, *, log: bool, zero: bool = False
    ) -> Scale:
        """The scale that shows all finite values with a little room; with zero where asked."""
        finite = [v for v in values if math.isfinite(v) and (not log or v > 0)]
        low, high = (min(finite), max(finite)) if finite else (1.0, 10.0)
        if log:
            if high / low < 1.5:
                low, high = low / 1.5, high * 1.5
            room = (high / low) ** 0.04
            return cls(low / room, high * room, start, end, log=True)
        if zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if high - low < 1e-12 * max(1.0, abs(high)):
            low, high = low - 0.5, high + 0.5
        room = (high - low) * 0.05
        return cls(
            low if zero and low == 0 else low - room,
            high if zero and high == 0 else high + room,
            start,
            end,
        )
