"""Files longer than memory: read, augmented and written block by block, with the same bytes.

A long file is a `LongSound` until something needs all of it. `FilePipeline` draws on its length
alone, and where every step that fired can be played block by block (it has a ``processor``, or a
``player``), the result is a `StreamedSound`, which is computed while it is written. Otherwise the
file is read whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio import targets
from augkit.audio.lengths import output_length_of
from augkit.audio.longsound import LongSound, StreamedSound
from augkit.audio.sample import AudioSample, Form
from augkit.core.chain import leaves_of
from augkit.core.compose import Compose
from augkit.core.random import Root
from augkit.core.recipe import Recipe

if TYPE_CHECKING:
    from augkit.core.transform import Step

__all__ = ["FilePipeline", "Spectrogram", "is_long", "long_sound"]


def _is_local(step: Step, rate: float, channels: int, length: int) -> bool:
    """Whether a step can be played block by block."""
    transform: Any = step.transform
    if transform.barrier or transform.mixes or transform.gives != "waveform":
        return False
    about = (step.params, rate, channels, length)
    return transform.survey(*about) is not None or transform.player(*about) is not None


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
            drawing = pipeline._walked(
                lambda: sample, root, key, variant, None, len(pipeline.transforms)
            )
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
            steps = self.pipeline._from_own_places(known.steps)
            streamed = self._streamed(data, self._outline(data), steps)
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
    """Whether a file is streamed."""
    return bool(stream_above and facts["samples"] * facts["channels"] > stream_above)


def long_sound(
    path: str | os.PathLike[str], facts: Mapping[str, Any], rate: int | None, max_samples: int
) -> LongSound:
    """A file as a `LongSound`."""
    return LongSound(os.fspath(path), facts, rate or facts["sample_rate"], max_samples)
