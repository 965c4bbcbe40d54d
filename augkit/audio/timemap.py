"""Where every moment of a sound has gone: maps of time from source to output.

Times are in samples and edge-based: sample n covers [n, n + 1). A map is a list of segments, each a
stretch of output that plays a stretch of source, forwards or backwards, at some rate. What no
segment plays was dropped; what two play was repeated; output that no segment covers is silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from augkit.audio.scans import copy_backwards

__all__ = ["Segment", "TimeMap"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEAR = 1e-6  # samples: what rounding may have moved an edge by


class Segment(NamedTuple):
    """A stretch of output and the stretch of source it plays.

    Attributes:
        output: where it begins in the output.
        length: how long it is in the output.
        source: which source time is heard at ``output``.
        rate: source samples per output sample: above 1 is faster, negative is backwards.
    """

    output: float
    length: float
    source: float
    rate: float = 1.0

    @property
    def span(self) -> tuple[float, float]:
        """The source it plays, lower edge first."""
        end = self.source + self.rate * self.length
        return (self.source, end) if self.rate > 0 else (end, self.source)


class TimeMap:
    """Source time to output time; composable, and invertible where it is one-to-one.

    Args:
        source_length, output_length: in samples.
        segments: what is played where, in output order.

    >>> crop = TimeMap.window(100, start=20, length=50)
    >>> there, _ = crop.points(np.array([30.0, 90.0]))
    >>> there.tolist(), crop.source(np.array([10.0])).tolist()
    ([10.0], [30.0])
    """

    __slots__ = ("_copies", "output_length", "segments", "source_length")

    def __init__(self, source_length: int, output_length: int, segments: Sequence[Segment]) -> None:
        self.source_length = source_length
        self.output_length = output_length
        self.segments = tuple([item for item in segments if item.length > 0])
        self._copies: bool | None = None

    # -- makers ------------------------------------------------------------------------------------

    @classmethod
    def _copying(
        cls, source_length: int, output_length: int, segments: tuple[Segment, ...]
    ) -> TimeMap:
        """A map of whole samples, none of its segments empty."""
        made = cls.__new__(cls)
        made.source_length, made.output_length = source_length, output_length
        made.segments, made._copies = segments, True
        return made

    @classmethod
    def identity(cls, length: int) -> TimeMap:
        """Nothing moves."""
        return cls._copying(length, length, (Segment(0, length, 0),) if length else ())

    @classmethod
    def stretch(cls, source_length: int, output_length: int) -> TimeMap:
        """All of the source over all of the output.

        >>> TimeMap.stretch(100, 80).points(np.array([50.0]))[0].tolist()
        [40.0]
        """
        if not output_length:
            return cls(source_length, 0, [])
        rate = source_length / output_length
        return cls(source_length, output_length, [Segment(0, output_length, 0, rate)])

    @classmethod
    def reverse(cls, length: int) -> TimeMap:
        """Backwards."""
        return cls._copying(length, length, (Segment(0, length, length, -1.0),) if length else ())

    @classmethod
    def window(cls, source_length: int, start: int, length: int) -> TimeMap:
        """Output of ``length`` that begins at ``start`` of the source; outside of it is silence.

        A crop, a pad and a shift, according to the numbers: ``start`` may be negative.
        """
        first = start if start > 0 else 0
        last = start + length
        if last > source_length:
            last = source_length
        kept = (Segment(first - start, last - first, first),) if last > first else ()
        return cls._copying(source_length, length, kept)

    @classmethod
    def roll(cls, length: int, shift: int) -> TimeMap:
        """Later by ``shift`` samples; what leaves at one end comes in at the other."""
        shift = shift % length if length else 0
        if shift == 0:
            return cls.identity(length)
        kept = Segment(0, shift, length - shift), Segment(shift, length - shift, 0)
        return cls._copying(length, length, kept)

    # -- what it is --------------------------------------------------------------------------------

    @property
    def is_identity(self) -> bool:
        """Whether nothing moves and nothing is dropped."""
        length = self.source_length
        if length != self.output_length:
            return False
        return length == 0 or self.segments == ((0, length, 0, 1.0),)

    @property
    def is_copy(self) -> bool:
        """Whether every segment is whole samples of the source at rate 1 or -1."""
        if self._copies is None:
            self._copies = all(
                abs(item.rate) == 1
                and float(item.output).is_integer()
                and float(item.length).is_integer()
                and float(item.source).is_integer()
                for item in self.segments
            )
        return self._copies

    # -- moving ------------------------------------------------------------------------------------

    def points(self, times: Floats) -> tuple[Floats, Ints]:
        """Points of the source in the output: their times, and the index each came from.

        A point can be gone, or be there more than once. A point on the edge between two segments
        belongs to the one in which it begins to sound.
        """
        times = np.asarray(times, np.float64)
        found, rows = [], []
        for item in self.segments:
            low, high = item.span
            if item.rate > 0:
                end = high + _NEAR if high >= self.source_length else high - _NEAR
                inside = (times >= low - _NEAR) & (times < end)
            else:
                begin = low - _NEAR if low <= 0 else low + _NEAR
                inside = (times > begin) & (times <= high + _NEAR)
            index = np.flatnonzero(inside)
            found.append(item.output + (times[index] - item.source) / item.rate)
            rows.append(index)
        if not found:
            return np.empty(0), np.empty(0, np.int64)
        moved, row = np.concatenate(found), np.concatenate(rows)
        order = np.lexsort((moved, row))
        return moved[order], row[order]

    def intervals(self, starts: Floats, ends: Floats) -> tuple[Floats, Floats, Ints]:
        """Intervals of the source in the output: starts, ends, and the index each came from.

        What is played without a gap stays one interval; what was cut becomes several.
        """
        found: list[tuple[int, float, float]] = []
        for item in self.segments:
            low, high = item.span
            first, last = np.maximum(starts, low), np.minimum(ends, high)
            for row in np.flatnonzero(last > first + _NEAR).tolist():
                a = item.output + (first[row] - item.source) / item.rate
                b = item.output + (last[row] - item.source) / item.rate
                found.append((row, min(a, b), max(a, b)))
        instants = np.flatnonzero(np.asarray(ends) <= np.asarray(starts))
        if instants.size:
            times, rows = self.points(np.asarray(starts)[instants])
            found += [
                (int(instants[row]), time, time)
                for time, row in zip(times.tolist(), rows.tolist(), strict=True)
            ]
        found.sort()
        merged: list[tuple[int, float, float]] = []
        for row, start, end in found:
            if merged and merged[-1][0] == row and start <= merged[-1][2] + _NEAR:
                merged[-1] = (row, merged[-1][1], max(end, merged[-1][2]))
            else:
                merged.append((row, start, end))
        return (
            np.array([item[1] for item in merged], np.float64),
            np.array([item[2] for item in merged], np.float64),
            np.array([item[0] for item in merged], np.int64),
        )

    def source(self, times: Floats) -> Floats:
        """Which source time is heard at times of the output; NaN where there is silence."""
        times = np.asarray(times, np.float64)
        heard = np.full(times.shape, np.nan)
        for item in self.segments:
            inside = (times >= item.output - _NEAR) & (times < item.output + item.length)
            heard[inside] = item.source + item.rate * (times[inside] - item.output)
        return heard

    def take(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sound (channels, samples) that this map plays, where it only copies samples."""
        if not self.is_copy:
            raise ValueError("a map that changes the rate cannot be played by copying samples")
        played = np.empty((len(audio), self.output_length), audio.dtype)
        done = 0
        for output, length, source, rate in self.segments:
            begin, edge, count = int(output), int(source), int(length)
            if done < begin:
                played[:, done:begin] = 0
            done = begin + count
            if rate > 0:
                played[:, begin:done] = audio[:, edge : edge + count]
            else:
                copy_backwards(audio[:, edge - count : edge], played[:, begin:done])
        if done < self.output_length:
            played[:, done:] = 0
        return played

    # -- algebra -----------------------------------------------------------------------------------

    def then(self, after: TimeMap) -> TimeMap:
        """This map, then another one on its output.

        >>> TimeMap.reverse(100).then(TimeMap.reverse(100)).is_identity
        True
        """
        if self.output_length != after.source_length:
            raise ValueError(
                f"the first map makes {self.output_length} samples, "
                f"the second one takes {after.source_length}"
            )
        made: list[Segment] = []
        for later in after.segments:
            low, high = later.span
            pieces = []
            for item in self.segments:
                first, last = max(low, item.output), min(high, item.output + item.length)
                if last - first <= _NEAR:
                    continue
                begins, stops = first, last
                if later.rate < 0:
                    begins, stops = last, first
                output = later.output + (begins - later.source) / later.rate
                end = later.output + (stops - later.source) / later.rate
                source = item.source + item.rate * (begins - item.output)
                pieces.append(Segment(output, end - output, source, item.rate * later.rate))
            made += pieces
        return TimeMap(self.source_length, after.output_length, _joined(sorted(made)))

    def inverse(self) -> TimeMap:
        """Output time to source time.

        Raises:
            ValueError: the map repeats a part of the source, so there is no one answer.
        """
        spans = sorted(item.span for item in self.segments)
        for (_, end), (begin, _) in pairwise(spans):
            if begin < end - _NEAR:
                raise ValueError(
                    f"the map plays samples {begin:g} to {end:g} more than once; it has no inverse"
                )
        turned = []
        for item in self.segments:
            low, high = item.span
            heard = item.output if item.rate > 0 else item.output + item.length
            turned.append(Segment(low, high - low, heard, 1 / item.rate))
        return TimeMap(self.output_length, self.source_length, sorted(turned))


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Neighbours that play on without a seam become one."""
    joined: list[Segment] = []
    for item in segments:
        if joined:
            before = joined[-1]
            if (
                abs(before.output + before.length - item.output) <= _NEAR
                and abs(before.source + before.rate * before.length - item.source) <= _NEAR
                and abs(before.rate - item.rate) <= 1e-12 * abs(item.rate)
            ):
                joined[-1] = before._replace(length=item.output + item.length - before.output)
                continue
        joined.append(item)
    return joined
