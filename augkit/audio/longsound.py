"""Sounds that are not in memory: a file that has not been read, a result that is not yet made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio import blocks
from augkit.audio.blocks import Blocks
from augkit.audio.files.rate import RateChange, changed_length
from augkit.audio.files.reading import SoundReader, read, sample_type
from augkit.audio.sample import Wave

if TYPE_CHECKING:
    from augkit.core.transform import Params, Step

__all__ = ["LongSound", "StreamedSound"]


@dataclass(frozen=True)
class LongSound:
    """A sound file that has not been read yet; it has the shape of the array it would be.

    Attributes:
        path: of the file.
        facts: from its header.
        rate: what it is brought to.
        max_samples: above, it cannot be read whole.
    """

    path: str
    facts: Mapping[str, Any]
    rate: int
    max_samples: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64 where the file holds more than 24 bits, else float32."""
        return sample_type(self.facts["subtype"])

    @property
    def shape(self) -> tuple[int, ...]:
        """(samples,) of mono, else (channels, samples), at the rate it is brought to."""
        length = changed_length(self.facts["samples"], self.facts["sample_rate"], self.rate)
        channels = self.facts["channels"]
        return (length,) if channels == 1 else (channels, length)

    @property
    def ndim(self) -> int:
        """1 for mono, else 2."""
        return len(self.shape)

    def blocks(self) -> Iterator[tuple[NDArray[Any], bool]]:
        """All samples as arrays (channels, samples), each with whether it is the last."""
        channels, rate = self.facts["channels"], self.facts["sample_rate"]
        change = None
        if rate != self.rate:
            change = RateChange(channels, self.facts["samples"], rate, self.rate, self.dtype)
        with SoundReader.open(self.path) as reader:
            waiting: NDArray[Any] | None = None
            for block in reader.finite_blocks(max(1, blocks.BLOCK // channels)):
                if waiting is not None:
                    yield (change(waiting, False) if change else waiting), False
                waiting = block
            if waiting is not None:
                yield (change(waiting, True) if change else waiting), True

    def whole(self) -> NDArray[Any]:
        """The array; `UnreadableError` where it is too long for that."""
        from augkit.audio.files.rate import resampled

        sound = read(self.path, max_samples=self.max_samples)
        if sound.sample_rate == self.rate:
            return sound.samples
        return resampled(sound.samples, sound.sample_rate, self.rate)


class StreamedSound:
    """The result of a pipeline that is computed while it is written.

    Attributes:
        source: what it is made from.
        channels: how many it has.
    """

    def __init__(self, source: LongSound, steps: Sequence[tuple[Step, int]], rate: float) -> None:
        self.source = source
        self.channels: int = source.facts["channels"]
        self._steps = steps
        self._rate = rate

    def blocks(self) -> Iterator[NDArray[Any]]:
        """All samples as arrays (channels, samples), in order.

        The file is read once more for each look that a step takes at all of its input first.
        """
        settled: list[tuple[Any, Params, int]] = []
        for step, length in self._steps:
            transform: Any = step.transform
            params = step.params
            survey = transform.survey(params, self._rate, self.channels, length)
            if survey is not None:
                for _ in range(survey.looks):
                    for block, _ in self._played(settled, self._sound()):
                        survey(block)
                params = {**params, **survey.found()}
            settled.append((transform, params, length))
        wide = self.source.dtype
        if wide != np.float32 and self._unchanged(settled):
            for original, _ in self.source.blocks():  # the very bits, as of a whole sound
                yield original
            return
        for block, _ in self._played(settled, self._sound()):
            yield block.astype(wide, copy=False)

    def _sound(self) -> Blocks:
        """The source as transforms see it."""
        for block, last in self.source.blocks():
            yield block.astype(np.float32, copy=False), last

    def _played(self, settled: Sequence[tuple[Any, Params, int]], sound: Blocks) -> Blocks:
        """A sound through some steps."""
        for transform, params, length in settled:
            sound = transform.player(params, self._rate, self.channels, length)(sound)
        return sound

    def _unchanged(self, settled: Sequence[tuple[Any, Params, int]]) -> bool:
        """Whether all steps give back the very blocks they get: most tell with the first."""
        current: Wave | None = None

        def watched() -> Blocks:
            nonlocal current
            for block, last in self._sound():
                current = block
                yield block, last

        return all(made is current for made, _ in self._played(settled, watched()))
