"""Sounds in blocks: what can be done to a sound of which only a part is in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Protocol

from augkit.audio.sample import Wave
from augkit.core.transform import Params

__all__ = ["BLOCK", "Blocks", "Player", "Processor", "Survey", "played"]

BLOCK = 1 << 20
"""Samples of all channels that are in memory at a time, a few times over."""

Blocks = Iterator[tuple[Wave, bool]]
"""A sound in parts (channels, samples), each with whether it is the last."""

Processor = Callable[[Wave, bool], Wave]
"""The next block (channels, samples) and whether it is the last, to the next block of the result.

Blocks may have any length, also 0, and what comes out may be shorter or longer than what went in;
all of it together does not depend on where the blocks were cut. Blocks are never written to.
"""

Player = Callable[[Blocks], Blocks]
"""All blocks of a sound to all blocks of the result."""


class Survey(Protocol):
    """What has to be known of a whole sound before its first sample can be made, block by block.

    What it finds does not depend on where the blocks were cut.

    Attributes:
        looks: how often it has to see all of the sound.
    """

    looks: ClassVar[int] = 1

    def __call__(self, block: Wave) -> None:
        """Look at the next block (channels, samples)."""
        ...

    def found(self) -> Params:
        """What the `Processor` finds among its params."""
        ...


def played(process: Processor, blocks: Blocks) -> Blocks:
    """What a processor makes of blocks, again in blocks of bounded size."""
    for block, last in blocks:
        made = process(block, last)
        size = max(1, BLOCK // len(made))
        if made.shape[1] <= size:  # the very block, where nothing has happened to it
            yield made, last
            continue
        for start in range(0, made.shape[1], size):
            end = start + size
            yield made[:, start:end], last and end >= made.shape[1]
