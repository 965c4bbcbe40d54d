"""What a crop, a pad and a shift have in common, as a function of successive blocks."""

from __future__ import annotations

import numpy as np

from augkit.audio.sample import Wave
from augkit.audio.timemap import TimeMap

__all__ = ["Window"]


class Window:
    """Plays a map of time that takes one piece of the source and puts silence around it.

    Args:
        timemap: copies at most one piece, forwards.
        ramp: what the piece rises with (and falls, backwards) where it was cut, or None.

    >>> window = Window(TimeMap.window(4, start=1, length=5))
    >>> sound = np.arange(4, dtype=np.float32)[None]
    >>> window(sound[:, :2], False).tolist(), window(sound[:, 2:], True).tolist()
    ([[1.0]], [[2.0, 3.0, 0.0, 0.0]])
    """

    def __init__(self, timemap: TimeMap, ramp: Wave | None = None) -> None:
        self._length = timemap.output_length
        self._read = self._made = 0
        self._begin = self._start = self._size = 0
        for item in timemap.segments:
            self._begin, self._start = round(item.output), round(item.source)
            self._size = round(item.length)
        self._ramps: list[tuple[int, Wave]] = []
        if ramp is not None and len(ramp):
            end = self._begin + self._size
            if self._begin > 0 or self._start > 0:
                self._ramps.append((self._begin, ramp))
            if end < self._length or self._start + self._size < timemap.source_length:
                self._ramps.append((end - len(ramp), ramp[::-1]))

    @staticmethod
    def fits(timemap: TimeMap) -> bool:
        """Whether a map takes at most one piece, forwards and at its own rate."""
        segments = timemap.segments
        return timemap.is_copy and len(segments) <= 1 and all(item.rate > 0 for item in segments)

    def __call__(self, block: Wave, last: bool) -> Wave:
        """The next block (channels, samples), and whether it is the last one."""
        before, self._read = self._read, self._read + block.shape[1]
        first = max(self._start - before, 0)
        piece = block[:, first : max(first, self._start + self._size - before)]
        made = []
        if self._made < self._begin and (piece.shape[1] or last):
            made.append(self._silence(block, self._begin - self._made))
        if piece.shape[1]:
            made.append(self._faded(piece))
        if last and self._made < self._length:
            made.append(self._silence(block, self._length - self._made))
        if not made:
            return block[:, :0]
        return made[0] if len(made) == 1 else np.concatenate(made, axis=1)

    def _silence(self, block: Wave, count: int) -> Wave:
        """Silence without memory of its own."""
        self._made += count
        nothing: Wave = np.broadcast_to(np.float32(0), (len(block), count))
        return nothing

    def _faded(self, piece: Wave) -> Wave:
        place, self._made = self._made, self._made + piece.shape[1]
        for begin, ramp in self._ramps:
            low, high = max(begin, place), min(begin + len(ramp), self._made)
            if low < high:
                piece = piece.copy()
                piece[:, low - place : high - place] *= ramp[low - begin : high - begin]
        return piece
