"""Labels that belong to moments of a sound: moved by a time map, and written as they came.

Inside, times are in samples (float64, edge-based: sample n covers [n, n + 1)). What a user passes
and gets back is in seconds:

- ``events`` and ``words``: a list of dicts with ``start`` and ``end`` (and anything else: ``label``,
  ``score``, ``tier``), of tuples ``(start, end, label, ...)``, or an array (N, 2 or more). Entries
  of a dict whose name ends in ``_hz`` are frequencies and follow the pitch; a list of dicts may hold
  points (start equal to end).
- ``beats``: times (N,), or an array (N, columns) whose first column is the time.
- ``frames``: one label per frame, (T,) or (T, classes), spread evenly over the whole sound.
- ``f0``: one frequency in Hz per frame; 0 or NaN is unvoiced.
- ``tempo``: beats per minute: one number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from augkit.audio.timemap import TimeMap

__all__ = ["TOLERANCE", "Beats", "Events", "Frames", "Label", "Tempo", "read_label"]

Floats = NDArray[np.float64]

TOLERANCE = 0.05
"""Seconds an event may end after its sound (label files are rounded); it is cut off."""


class Label(Protocol):
    """One named label; never changed, always replaced."""

    def changed(self, timemap: TimeMap, pitch: float, tempo: float) -> Label:
        """The label after time, frequencies and tempo have changed."""
        ...

    def written(self, sample_rate: float, given: Any) -> Any:
        """In the form it came in, in seconds."""
        ...


@dataclass(frozen=True)
class Events:
    """Intervals: sound events, words of an alignment, notes.

    Attributes:
        starts, ends: (N,) in samples; equal for a point.
        rows: the N things as they were passed in, frequencies brought up to date.
        left: (N,) the fraction of each that is left.
    """

    starts: Floats
    ends: Floats
    rows: Sequence[Any]
    left: Floats

    def changed(self, timemap: TimeMap, pitch: float, tempo: float) -> Events:
        rows = self.rows
        if pitch != 1:
            rows = [_transposed(row, pitch) for row in rows]
        if timemap.is_identity:
            return Events(self.starts, self.ends, rows, self.left)
        starts, ends, index = timemap.intervals(self.starts, self.ends)
        starts, ends = np.rint(starts), np.rint(ends)
        was = (self.ends - self.starts)[index]
        rates = _rates(timemap, starts, ends)
        left = np.divide((ends - starts) * rates, was, out=np.ones_like(was), where=was > 0)
        keep = (ends > starts) | (was == 0)
        order = np.flatnonzero(keep)
        order = order[np.lexsort((ends[order], starts[order]))] if _sorted(self.starts) else order
        return Events(
            starts[order],
            ends[order],
            [rows[row] for row in index[order].tolist()],
            np.minimum(left, 1.0)[order] * self.left[index[order]],
        )

    def filtered(self, min_samples: float, min_visibility: float) -> Events:
        """Without what has become too short, or of which too little is left."""
        point = self.ends == self.starts
        keep = point | (
            (self.ends - self.starts >= min_samples) & (self.left >= min_visibility - 1e-9)
        )
        if keep.all():
            return self
        index = np.flatnonzero(keep)
        rows = [self.rows[row] for row in index.tolist()]
        return Events(self.starts[index], self.ends[index], rows, self.left[index])

    def written(self, sample_rate: float, given: Any) -> Any:
        times = zip(
            (self.starts / sample_rate).tolist(), (self.ends / sample_rate).tolist(), strict=True
        )
        if isinstance(given, np.ndarray):
            if not self.rows:
                return np.empty((0, *given.shape[1:]), given.dtype)
            return np.array(
                [
                    (start, end, *row[2:])
                    for (start, end), row in zip(times, self.rows, strict=True)
                ],
                given.dtype if given.dtype.kind == "f" else np.float64,
            )
        rows: list[Any] = []
        for (start, end), row in zip(times, self.rows, strict=True):
            if isinstance(row, Mapping):
                rows.append({**row, "start": start, "end": end})
            else:
                rows.append(
                    [start, end, *row[2:]] if isinstance(row, list) else (start, end, *row[2:])
                )
        return tuple(rows) if isinstance(given, tuple) else rows


def _rates(timemap: TimeMap, starts: Floats, ends: Floats) -> Floats:
    """Source samples per output sample around the middle of intervals of the output."""
    rates = np.ones(starts.shape)
    middle = (starts + ends) / 2
    for item in timemap.segments:
        inside = (middle >= item.output) & (middle <= item.output + item.length)
        rates[inside] = abs(item.rate)
    return rates


def _sorted(starts: Floats) -> bool:
    return bool(np.all(starts[1:] >= starts[:-1]))


def _transposed(row: Any, pitch: float) -> Any:
    if not isinstance(row, Mapping):
        return row
    return {
        name: value * pitch
        if name.endswith("_hz") and isinstance(value, int | float) and not isinstance(value, bool)
        else value
        for name, value in row.items()
    }


@dataclass(frozen=True)
class Beats:
    """Points in time.

    Attributes:
        times: (N,) in samples.
        rows: (N, columns) what stands beside each time (the beat's number in its bar), or (N, 0).
    """

    times: Floats
    rows: NDArray[Any]

    def changed(self, timemap: TimeMap, pitch: float, tempo: float) -> Beats:
        if timemap.is_identity:
            return self
        times, index = timemap.points(self.times)
        order = np.argsort(times, kind="stable") if _sorted(self.times) else np.arange(times.size)
        return Beats(np.rint(times)[order], self.rows[index[order]])

    def written(self, sample_rate: float, given: Any) -> Any:
        seconds = self.times / sample_rate
        if self.rows.shape[1]:
            seconds = np.column_stack([seconds, self.rows])
        if isinstance(given, np.ndarray):
            return seconds.astype(given.dtype) if given.dtype.kind == "f" else seconds
        plain = seconds.tolist()
        return tuple(plain) if isinstance(given, tuple) else plain


@dataclass(frozen=True)
class Frames:
    """Labels of evenly spread frames: frame i of T covers [i, i + 1) · length / T.

    Attributes:
        values: (T,) or (T, classes).
        fill: what stands where the output is silent.
        hz: whether the values are frequencies, which follow the pitch.
    """

    values: NDArray[Any]
    fill: Any
    hz: bool = False

    def changed(self, timemap: TimeMap, pitch: float, tempo: float) -> Frames:
        values = self.values
        if self.hz and pitch != 1:
            values = values * pitch
        if timemap.is_identity or timemap.source_length == 0:
            return Frames(values, self.fill, self.hz)
        per_frame = timemap.source_length / len(values) if len(values) else 1.0
        count = round(timemap.output_length / per_frame) if len(values) else 0
        count = max(count, 1) if timemap.output_length and len(values) else 0
        middles = np.asarray(np.arange(count) + 0.5, np.float64) * (
            timemap.output_length / max(count, 1)
        )
        heard = timemap.source(middles)
        silent = np.isnan(heard)
        index = np.clip(np.where(silent, 0, heard) / per_frame, 0, max(len(values) - 1, 0))
        made = values[index.astype(np.int64)]
        made[silent] = self.fill
        return Frames(made, self.fill, self.hz)

    def written(self, sample_rate: float, given: Any) -> Any:
        if isinstance(given, np.ndarray):
            same = self.values.dtype == given.dtype or given.dtype.kind != "f"
            return self.values.copy() if same else self.values.astype(given.dtype)
        plain = self.values.tolist()
        return tuple(plain) if isinstance(given, tuple) else plain


@dataclass(frozen=True)
class Tempo:
    """A tempo in beats per minute."""

    value: float

    def changed(self, timemap: TimeMap, pitch: float, tempo: float) -> Tempo:
        return Tempo(self.value * tempo)

    def written(self, sample_rate: float, given: Any) -> Any:
        return self.value


# -- in --------------------------------------------------------------------------------------------


def read_label(kind: str, value: Any, name: str, length: int, sample_rate: float) -> Label:
    """A label of a sound of ``length`` samples; ``TypeError`` or ``ValueError`` where it is wrong."""
    if kind in ("events", "words"):
        return _read_events(value, name, length, sample_rate)
    if kind == "beats":
        return _read_beats(value, name, length, sample_rate)
    if kind == "tempo":
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise TypeError(f"{name} must be a number of beats per minute, got {value!r}")
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be above 0 beats per minute, got {value!r}")
        return Tempo(float(value))
    values = np.asarray(value)
    if values.ndim == 0 or (kind == "f0" and (values.ndim != 1 or values.dtype.kind not in "fiu")):
        raise ValueError(
            f"{name} must have {'shape (frames,)' if kind == 'f0' else 'one row per frame'}, "
            f"got {value!r:.100}"
        )
    if kind == "f0":
        values = values.astype(np.float64)
        return Frames(values, math.nan if np.isnan(values).any() else 0.0, hz=True)
    fill: Any = {"U": "", "S": b"", "O": None}.get(values.dtype.kind, 0)
    return Frames(values, fill)


def _read_events(value: Any, name: str, length: int, sample_rate: float) -> Events:
    if isinstance(value, np.ndarray):
        if value.size == 0 and value.ndim == 1:
            value = value.reshape(0, 2)
        if value.ndim != 2 or value.shape[1] < 2:
            raise ValueError(
                f"{name} must have shape (N, 2 or more): start, end; got {value.shape}"
            )
        rows: list[Any] = value.tolist()
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        rows = list(value)
    else:
        raise TypeError(f"{name} must be a list of events, got {type(value).__name__}")
    times = np.empty((len(rows), 2))
    for place, row in enumerate(rows):
        times[place] = _interval(row, f"{name}[{place}]", length / sample_rate)
    times *= sample_rate
    np.minimum(times, length, out=times)
    return Events(times[:, 0], times[:, 1], rows, np.ones(len(rows)))


def _interval(row: Any, name: str, seconds: float) -> tuple[float, float]:
    try:
        start, end = (row["start"], row["end"]) if isinstance(row, Mapping) else (row[0], row[1])
    except (KeyError, IndexError, TypeError):
        raise ValueError(
            f"{name} must be a dict with start and end, or (start, end, label), got {row!r:.100}"
        ) from None
    for which, time in (("start", start), ("end", end)):
        if isinstance(time, bool) or not isinstance(time, int | float | np.number):
            raise TypeError(f"{name}.{which} must be a number of seconds, got {time!r}")
        if not math.isfinite(time):
            raise ValueError(f"{name}.{which} must be finite, got {time!r}")
    if end < start:
        raise ValueError(f"{name} ends ({end:g} s) before it starts ({start:g} s)")
    if start < 0 or max(start, end) > seconds + TOLERANCE:
        raise ValueError(
            f"{name} lies at {start:g} to {end:g} s, outside of the sound of {seconds:g} s; "
            "cut or drop it first"
        )
    return float(start), float(end)


def _read_beats(value: Any, name: str, length: int, sample_rate: float) -> Beats:
    try:
        table = np.array(value, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a list of times in seconds, got {value!r:.100}") from None
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or table.shape[1] < 1:
        raise ValueError(f"{name} must have shape (N,) or (N, columns), got {table.shape}")
    times = table[:, 0]
    if not np.isfinite(times).all():
        raise ValueError(f"{name} holds NaN or infinity")
    outside = (times < 0) | (times > length / sample_rate + TOLERANCE)
    if outside.any():
        place = int(np.argmax(outside))
        raise ValueError(
            f"{name}[{place}] is at {times[place]:g} s, outside of the sound of "
            f"{length / sample_rate:g} s; drop it first"
        )
    return Beats(np.minimum(times * sample_rate, length), table[:, 1:])
