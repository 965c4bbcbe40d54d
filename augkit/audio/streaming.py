"""Files longer than memory: read, augmented and written block by block, with the same bytes.

A long file is a `LongSound` until something needs all of it. `FilePipeline` draws on its length
alone, and where every step that fired is local in time (it has a ``processor``), the result is a
`StreamedSound`, which is computed while it is written. Otherwise the file is read whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio import targets
from augkit.audio.files.rate import RateChange, changed_length
from augkit.audio.files.reading import SoundReader, read
from augkit.audio.lengths import output_length_of
from augkit.audio.sample import AudioSample, Form
from augkit.core.chain import leaves_of
from augkit.core.compose import Compose
from augkit.core.random import Root
from augkit.core.recipe import Recipe

if TYPE_CHECKING:
    from augkit.audio.base import Processor
    from augkit.core.transform import Params, Step

__all__ = ["FilePipeline", "LongSound", "Spectrogram", "StreamedSound"]

BLOCK = 1 << 20
"""Samples of all channels that are in memory at a time, a few times over."""


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

    dtype = np.dtype(np.float32)

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

    def blocks(self) -> Iterator[tuple[NDArray[np.float32], bool]]:
        """All samples as arrays (channels, samples), each with whether it is the last."""
        channels, rate = self.facts["channels"], self.facts["sample_rate"]
        change = None
        if rate != self.rate:
            change = RateChange(channels, self.facts["samples"], rate, self.rate, self.dtype)
        with SoundReader.open(self.path) as reader:
            waiting: NDArray[np.float32] | None = None
            for block in reader.finite_blocks(max(1, BLOCK // channels)):
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

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """All samples as arrays (channels, samples), in order.

        The file is read once more for each step that has to look at all of its input first.
        """
        settled: list[tuple[Any, Params, int]] = []
        for step, length in self._steps:
            transform: Any = step.transform
            params = step.params
            survey = transform.survey(params, self._rate, self.channels, length)
            if survey is not None:
                for block, _ in self._played(settled):
                    survey(block)
                params = {**params, **survey.found()}
            settled.append((transform, params, length))
        for block, _ in self._played(settled):
            yield block

    def _played(
        self, settled: Sequence[tuple[Any, Params, int]]
    ) -> Iterator[tuple[NDArray[np.float32], bool]]:
        """The file through some steps."""
        blocks = self.source.blocks()
        for transform, params, length in settled:
            process = transform.processor(params, self._rate, self.channels, length)
            blocks = _through(process, blocks)
        return blocks


def _through(
    process: Processor, blocks: Iterator[tuple[NDArray[np.float32], bool]]
) -> Iterator[tuple[NDArray[np.float32], bool]]:
    """What a step makes of blocks, again in blocks of bounded size."""
    for block, last in blocks:
        made = process(block, last)
        size = max(1, BLOCK // len(made))
        for start in range(0, max(1, made.shape[1]), size):
            end = start + size
            yield made[:, start:end], last and end >= made.shape[1]


def _is_local(step: Step, rate: float, channels: int, length: int) -> bool:
    """Whether a step can be played block by block."""
    transform: Any = step.transform
    if transform.barrier or transform.mixes or transform.gives != "waveform":
        return False
    about = (step.params, rate, channels, length)
    return transform.survey(*about) is not None or transform.processor(*about) is not None


@dataclass(frozen=True)
class Spectrogram:
    """The result of a pipeline that ends in a spectrogram.

    Attributes:
        values: ([channels,] bands, frames) float32.
        length: of the sound it was made from, in samples.
    """

    values: NDArray[np.float32]
    length: int


class FilePipeline:
    """An audio pipeline for files, as the folder job needs it.

    Files too long to be read whole go through it where they can, and a spectrogram says how long
    its sound was.
    """

    def __init__(self, pipeline: Compose) -> None:
        self.pipeline = pipeline
        self._spectral = pipeline.kinds()[1] == "spectrogram"
        leaves = leaves_of(pipeline)
        self._local = not any(leaf.barrier or leaf.mixes for leaf in leaves)

    @classmethod
    def from_dict(cls, spec: Mapping[str, Any]) -> FilePipeline:
        """From the spec of a pipeline."""
        return cls(Compose.from_dict(spec))

    def run(
        self, data: Any, /, *, key: str, variant: int, partners: Any = None
    ) -> tuple[Any, Recipe]:
        """One output and how it was made."""
        pipeline = self.pipeline
        if isinstance(data["audio"], LongSound) and self._local:
            sample = self._outline(data)
            root = Root((pipeline.seed, key, variant), None)
            drawing = pipeline._walked(sample, root, key, variant, None, len(pipeline.transforms))
            streamed = self._streamed(data, sample, drawing.steps)
            if streamed is not None:
                return streamed, pipeline._recipe(drawing, key, variant)
        whole = _whole(data)
        made, recipe = pipeline.run(whole, key=key, variant=variant, partners=_wholes(partners))
        return self._finished(made, whole, recipe), recipe

    def apply(self, data: Any, recipe: Any, /, *, partners: Any = None) -> Any:
        """The output of a recipe."""
        known = recipe if isinstance(recipe, Recipe) else Recipe.from_dict(recipe)
        if isinstance(data["audio"], LongSound) and self._local:
            streamed = self._streamed(data, self._outline(data), known.steps)
            if streamed is not None:
                return streamed
        whole = _whole(data)
        made = self.pipeline.apply(whole, known, partners=_wholes(partners))
        return self._finished(made, whole, known)

    def _finished(self, made: Any, data: Mapping[str, Any], recipe: Recipe) -> Any:
        if not self._spectral:
            return made
        length = output_length_of(recipe, data["audio"].shape[-1])
        return {**made, "audio": Spectrogram(made["audio"], length)}

    def _outline(self, data: Mapping[str, Any]) -> AudioSample:
        """A sample that has all but the sound: drawing looks at lengths and labels alone."""
        audio: LongSound = data["audio"]
        names = self.pipeline.targets
        kinds = {name: names.get(name, name) for name in data}
        nothing: Any = np.broadcast_to(np.float32(0), (audio.facts["channels"], audio.shape[-1]))
        form = Form(True, False, dict(data), kinds, "audio", nothing)
        sample = AudioSample(nothing, targets.check_rate(data["sample_rate"]), form)
        targets._read_rest(sample)
        return sample

    def _streamed(
        self, data: Mapping[str, Any], sample: AudioSample, steps: Sequence[Step]
    ) -> dict[str, Any] | None:
        """The data with its labels moved and the sound still to come; None where it cannot."""
        modality, settings = self.pipeline._modality, self.pipeline.settings
        shadow = modality.shadow(sample)
        rate, channels = sample.sample_rate, sample.channels
        placed = []
        for step in steps:
            if not _is_local(step, rate, channels, shadow.length):
                return None
            placed.append((step, shadow.length))
            shadow = step.transform.advance(shadow, step.params)
        moved = shadow._sample.replaced(audio=sample.audio, form=sample.form)
        result = targets.finished(moved, settings)
        made = dict(data)
        for name, label in result.labels.items():
            made[name] = label.written(rate, data[name])
        made["audio"] = StreamedSound(data["audio"], placed, rate)
        return made


def _whole(data: Mapping[str, Any]) -> dict[str, Any]:
    audio = data["audio"]
    return {**data, "audio": audio.whole()} if isinstance(audio, LongSound) else dict(data)


def _wholes(partners: Any) -> Any:
    return None if partners is None else _WholePartners(partners)


class _WholePartners:
    """Partners that are read whole; see `augkit.core.partners`."""

    def __init__(self, partners: Any) -> None:
        self._partners = partners

    def __len__(self) -> int:
        return len(self._partners)

    def key(self, index: int) -> Any:
        return self._partners.key(index)

    def index(self, key: Any) -> Any:
        return self._partners.index(key)

    def load(self, index: int) -> dict[str, Any]:
        return _whole(self._partners.load(index))


def is_long(facts: Mapping[str, Any], stream_above: int) -> bool:
    """Whether a file is streamed: long, and of samples that float32 holds."""
    if not stream_above or facts["subtype"] in ("PCM_32", "DOUBLE"):
        return False
    return bool(facts["samples"] * facts["channels"] > stream_above)


def long_sound(
    path: str | os.PathLike[str], facts: Mapping[str, Any], rate: int | None, max_samples: int
) -> LongSound:
    """A file as a `LongSound`."""
    return LongSound(os.fspath(path), facts, rate or facts["sample_rate"], max_samples)
