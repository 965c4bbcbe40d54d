"""Channels: exchanged, or one of them silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from augkit.audio.base import Processor, WaveformTransform
from augkit.audio.sample import Shadow, Wave
from augkit.core.random import Stream
from augkit.core.transform import Params

__all__ = ["ChannelDrop", "ChannelShuffle"]


@dataclass(frozen=True)
class ChannelShuffle(WaveformTransform):
    """Put the channels in a random order; mono is left alone.

    >>> stereo = np.array([[1, 1], [2, 2]], np.float32)
    >>> sorted(ChannelShuffle()(stereo, sample_rate=8000)[:, 0].tolist())
    [1.0, 2.0]
    """

    needs_finite: ClassVar[bool] = False

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        count = shadow.channels
        return {"order": stream.permutation("order", count) if count > 1 else [0]}

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        order = params["order"]
        if channels == 1 or order == list(range(channels)):
            return lambda block, last: block
        if channels != len(order):
            raise ValueError(
                f"ChannelShuffle drew an order of {len(order)} channels, this sound has {channels}; "
                "sounds that share a recipe must have as many channels"
            )
        return lambda block, last: block[order]


@dataclass(frozen=True)
class ChannelDrop(WaveformTransform):
    """Silence one random channel, as a broken cable does; mono is left alone.

    >>> stereo = np.ones((2, 3), np.float32)
    >>> sorted(ChannelDrop()(stereo, sample_rate=8000)[:, 0].tolist())
    [0.0, 1.0]
    """

    needs_finite: ClassVar[bool] = False

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {"channel": stream.integer("channel", 0, shadow.channels - 1)}

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        silent = params["channel"] % channels

        def process(block: Wave, last: bool) -> Wave:
            if channels == 1:
                return block
            made = np.array(block)
            made[silent] = 0
            return made

        return process
