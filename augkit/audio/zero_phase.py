"""A filter run forwards and backwards: no delay at any frequency, twice the dB.

The ends are continued by half a turn around the last sample, as `scipy.signal.sosfiltfilt` does.
"""

from __future__ import annotations

import numpy as np

from augkit.audio.blocks import Blocks, played
from augkit.audio.sample import Wave
from augkit.audio.sections import SectionFilter, Sections
from augkit.audio.timemap import TimeMap
from augkit.audio.window import Rearrangement

__all__ = ["BothWays", "both_ways"]


def both_ways(sections: Sections, audio: Wave) -> Wave:
    """A whole sound (channels, samples) through a filter, forwards and backwards."""
    length = audio.shape[1]
    if length == 0:
        return audio
    edge = _edge(sections, length)
    x = np.concatenate([_before(audio, edge), audio, _after(audio, edge)], axis=1)
    for _ in range(2):
        x = SectionFilter(sections)(x)[:, ::-1]
    return np.ascontiguousarray(x[:, edge : edge + length])


class BothWays:
    """The same for a stream of blocks; temporary files hold the sound between the ways.

    Args:
        sections: the filter.
        length: of all blocks together, at least 1.
    """

    def __init__(self, sections: Sections, length: int) -> None:
        self._sections, self._edge = sections, _edge(sections, length)
        turned = TimeMap.reverse(length + 2 * self._edge)
        self._turn = Rearrangement(turned)
        inner = TimeMap.window(turned.output_length, self._edge, length)
        self._turn_back = Rearrangement(turned.then(inner))

    def __call__(self, sound: Blocks) -> Blocks:
        """All blocks of the result."""
        there = played(SectionFilter(self._sections), self._continued(sound))
        back = played(SectionFilter(self._sections), self._turn(there))
        return self._turn_back(back)

    def _continued(self, sound: Blocks) -> Blocks:
        """The sound with its ends continued; what makes an end waits until it is there."""
        edge, held, begun = self._edge, np.empty((1, 0), np.float32), False
        for block, last in sound:
            held = np.concatenate([held, block], axis=1) if held.size else block
            if held.shape[1] <= edge and not last:
                continue
            if not begun:
                yield _before(held, edge), False
                begun = True
            ready = held.shape[1] if last else held.shape[1] - edge - 1
            yield held[:, :ready], False
            if not last:
                held = held[:, ready:]
        yield _after(held, edge), True


def _edge(sections: Sections, length: int) -> int:
    """By how many samples the ends are continued."""
    return min(3 * (2 * len(sections) + 1), length - 1)


def _before(audio: Wave, edge: int) -> Wave:
    made: Wave = 2 * audio[:, :1] - audio[:, edge:0:-1]
    return made


def _after(audio: Wave, edge: int) -> Wave:
    made: Wave = 2 * audio[:, -1:] - audio[:, -2 : -edge - 2 : -1]
    return made
