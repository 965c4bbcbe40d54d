"""The audio side of the protocol between the core and a modality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from augkit.audio import targets
from augkit.audio.base import Retiming, WaveformTransform
from augkit.audio.sample import AudioSample, Settings, Shadow
from augkit.core.settings import WithSettings
from augkit.core.transform import Step, Transform

if TYPE_CHECKING:
    from augkit.core.modality import Direct
    from augkit.core.partners import Company
    from augkit.core.recipe import Recipe

__all__ = ["MODALITY", "AudioModality"]

_RATE = {"sample_rate"}


class AudioModality(WithSettings[Settings]):
    """See `augkit.core.modality.Modality`."""

    name = "audio"
    kinds = targets.KINDS
    beside: tuple[str, ...] = ("sample_rate",)

    def __init__(self, *, looks: bool = True) -> None:
        super().__init__(Settings)
        self._looks = looks

    def made_for(self, transforms: Iterable[Transform]) -> AudioModality:
        """As a pipeline of these transforms needs it: sounds are searched for NaN only where one
        of them would spread it.
        """
        looks = any(getattr(each, "needs_finite", True) for each in transforms)
        return MODALITY if looks else CARELESS

    def wrap(
        self, data: Any, named: Mapping[str, Any], settings: Settings, declared: Mapping[str, str]
    ) -> AudioSample:
        if data is None and named:
            sample = targets.read(named, settings, declared)
        else:
            sample = targets.bare(data, named, settings)
        if self._looks:
            targets.check_finite(sample)
        return sample

    def direct(self, transforms: Iterable[Transform]) -> Direct | None:
        """See `augkit.core.modality.Direct`: what is done to a sound is all there is to do."""
        plain = (WaveformTransform.apply, Retiming.apply)
        return self._sound if all(type(each).apply in plain for each in transforms) else None

    def _sound(
        self, data: Any, named: Mapping[str, Any], steps: Sequence[Step], settings: Settings
    ) -> Any:
        if type(data) is not np.ndarray or (named and named.keys() != _RATE):
            return None
        rate = targets.rate_of(named.get("sample_rate"), settings)
        wave = came = targets.check_wave(data)
        if self._looks:
            targets.check_numbers(wave, data)
        for transform, _, params, _ in steps:
            wave = transform.wave(wave, params, rate)  # type: ignore[attr-defined]
        return targets.sound_out(wave, came, data)

    def unwrap(self, sample: AudioSample, settings: Settings) -> Any:
        return targets.written(sample, settings)

    def shadow(self, sample: AudioSample) -> Shadow:
        return Shadow(sample.length, sample.channels, sample.sample_rate, _dtype(sample), sample)

    def describe(self, sample: AudioSample) -> dict[str, Any]:
        return {
            "samples": sample.length,
            "channels": sample.channels,
            "sample_rate": sample.sample_rate,
            "dtype": _dtype(sample),
        }

    def check_replay(self, sample: AudioSample, described: Mapping[str, Any]) -> None:
        """Lengths, channels and rates adapt: recipes are in seconds, fractions, Hz and dB."""

    def execute(
        self,
        sample: AudioSample,
        steps: Sequence[Step],
        *,
        fuse: bool,
        company: Company | None = None,
    ) -> AudioSample:
        looked = self._looks
        for transform, _, params, measured in steps:
            if not looked and getattr(transform, "needs_finite", True):
                targets.check_finite(sample)  # a recipe from elsewhere
                looked = True
            if measured is not None:  # a barrier: what was measured stands beside its params
                params = {**params, **measured}
            if transform.mixes:
                sample = transform.mix(sample, params, company)  # type: ignore[attr-defined]
            else:
                sample = transform.apply(sample, params)
        return sample

    def finish(self, sample: AudioSample, settings: Settings) -> AudioSample:
        return targets.finished(sample, settings)

    def explain(self, recipe: Recipe) -> str:
        lines: list[str] = []
        for step in recipe.steps:
            known = {**step.params, **(step.measured or {})}
            said = ", ".join(f"{name}={_short(value)}" for name, value in known.items())
            lines.append(f"{len(lines) + 1}. {step.id}({said})")
        return "\n".join(lines) if lines else "nothing to do"

    def cost(self, sample: AudioSample) -> int:
        return sample.audio.size * 16  # a stretch or a filter reads every sample many times


def _dtype(sample: AudioSample) -> str:
    return str(sample.form.given[sample.form.first].dtype.name)


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else f"{value!r:.60}"


MODALITY = AudioModality()
CARELESS = AudioModality(looks=False)
