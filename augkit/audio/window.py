"""Pieces of a sound put in another order or place: with fades where they were cut, block by block."""

from __future__ import annotations

import tempfile
from functools import lru_cache

import numpy as np

from augkit.audio import blocks
from augkit.audio.blocks import Blocks
from augkit.audio.sample import Wave
from augkit.audio.timemap import TimeMap

__all__ = ["Rearrangement", "Window", "fade_at_cuts", "fade_ramp"]


@lru_cache(maxsize=64)
def fade_ramp(length: int) -> Wave:
    """A rise from 0 to 1 in ``length`` samples, a quarter of a sine squared: no corner at the ends.

    Read-only, as it is kept.

    >>> bool(abs(fade_ramp(3) - [0.146, 0.5, 0.854]).max() < 0.001)
    True
    """
    phase = np.arange(1, length + 1) * (np.pi / 2 / (length + 1))
    ramp: Wave = (np.sin(phase) ** 2).astype(np.float32)
    ramp.flags.writeable = False
    return ramp


Fades = list[tuple[int, Wave]]
"""Where in the output a ramp begins, and what it is."""


def _fades(timemap: TimeMap, most: int) -> Fades:
    """What pieces that play forwards rise and fall with where they were cut, in ``most`` samples."""
    found: Fades = []
    if most <= 0:
        return found
    for output, length, source, _ in timemap.segments:
        begin, count = int(output), int(length)
        fade = min(most, count // 2)
        if fade == 0:
            continue
        ramp, end = fade_ramp(fade), begin + count
        if begin > 0 or source > 0:
            found.append((begin, ramp))
        if end < timemap.output_length or source + count < timemap.source_length:
            found.append((end - fade, ramp[::-1]))
    return found


def _faded(played: Wave, place: int, fades: Fades) -> None:
    """Fade a part of the output that begins at ``place``, in itself."""
    end = place + played.shape[1]
    for begin, ramp in fades:
        low, high = max(begin, place), min(begin + ramp.size, end)
        if low < high:
            part = played[:, low - place : high - place]
            part *= ramp[low - begin : high - begin]


def fade_at_cuts(played: Wave, timemap: TimeMap, most: int) -> None:
    """Fade a whole sound that a map has played, in itself."""
    for begin, ramp in _fades(timemap, most):
        part = played[:, begin : begin + ramp.size]
        part *= ramp


class Window:
    """Plays a map of time that takes one piece of the source and puts silence around it.

    Args:
        timemap: copies at most one piece, forwards.
        fade: samples over which it fades in and out where it was cut.

    >>> window = Window(TimeMap.window(4, start=1, length=5))
    >>> sound = np.arange(4, dtype=np.float32)[None]
    >>> window(sound[:, :2], False).tolist(), window(sound[:, 2:], True).tolist()
    ([[1.0]], [[2.0, 3.0, 0.0, 0.0]])
    """

    def __init__(self, timemap: TimeMap, fade: int = 0) -> None:
        self._length = timemap.output_length
        self._read = self._made = 0
        self._begin = self._start = self._size = 0
        for item in timemap.segments:
            self._begin, self._start = round(item.output), round(item.source)
            self._size = round(item.length)
        self._fades = _fades(timemap, fade)

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
            made.append(self._played(piece))
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

    def _played(self, piece: Wave) -> Wave:
        place, self._made = self._made, self._made + piece.shape[1]
        if any(begin < self._made and place < begin + ramp.size for begin, ramp in self._fades):
            piece = piece.copy()
            _faded(piece, place, self._fades)
        return piece


class Rearrangement:
    """Plays a map of time that copies pieces in any order, also backwards.

    All of the source has to be there before the first sample: a temporary file holds it meanwhile
    (4 bytes for each sample), so that memory stays bounded.

    Args:
        timemap: copies samples.
        fade: samples over which pieces fade in and out where they were cut.

    >>> backwards = Rearrangement(TimeMap.reverse(4))
    >>> sound = np.arange(4, dtype=np.float32)[None]
    >>> [block.tolist() for block, _ in backwards(iter([(sound[:, :3], False), (sound[:, 3:], True)]))]
    [[[3.0, 2.0, 1.0, 0.0]]]
    """

    def __init__(self, timemap: TimeMap, fade: int = 0) -> None:
        self._map = timemap
        self._fades = _fades(timemap, fade)

    def __call__(self, sound: Blocks) -> Blocks:
        """What is played of all blocks of a sound."""
        with tempfile.TemporaryFile() as file:
            channels = 1
            for block, _ in sound:
                channels = len(block)
                file.write(block.T.astype("<f4").tobytes())
            length, size = self._map.output_length, max(1, blocks.BLOCK // channels)
            for place in range(0, max(1, length), size):
                end = min(place + size, length)
                played = np.zeros((channels, end - place), np.float32)
                for output, count, source, rate in self._map.segments:
                    low, high = max(int(output), place), min(int(output + count), end)
                    if low >= high:
                        continue
                    away = low - int(output)
                    first = int(source) + away if rate > 0 else int(source) - away - (high - low)
                    file.seek(4 * channels * first)
                    data = file.read(4 * channels * (high - low))
                    piece = np.frombuffer(data, "<f4").reshape(-1, channels).T
                    played[:, low - place : high - place] = piece if rate > 0 else piece[:, ::-1]
                _faded(played, place, self._fades)
                yield played, end == length
