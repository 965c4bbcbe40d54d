"""Another sample mixed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from augkit.audio.base import AudioTransform
from augkit.audio.labels import Events
from augkit.audio.recorded import spread
from augkit.audio.sample import AudioSample, Shadow, Wave
from augkit.audio.timemap import TimeMap
from augkit.core.distributions import Number
from augkit.core.errors import ReplayError
from augkit.core.fields import parameter
from augkit.core.random import Stream
from augkit.core.transform import Params

if TYPE_CHECKING:
    from augkit.core.partners import Company

__all__ = ["MixUp"]


@dataclass(frozen=True)
class MixUp(AudioTransform):
    """Blend with another sound (Zhang et al., "mixup", ICLR 2018).

    The partner is cut or continued with silence to the length of the sample, and resampled to its
    rate. Events and words are those of both; a ``label`` becomes ``{class: share}``. Beats, frames,
    F0, tempo and transcript stay those of the sample.

    Args:
        weight: the partner's share; 0 is neutral (default: uniform in [0, 1]). The paper's
            Beta(alpha, alpha) is ``weight=augkit.beta(alpha, alpha)``; uniform is its alpha = 1.

    >>> from augkit import Compose
    >>> mix = Compose([MixUp(weight=0.25)], sample_rate=8000)
    >>> dog = {"audio": np.ones(2, np.float32), "label": "dog", "events": [(0, 0.0002, "bark")]}
    >>> made = mix(audio=np.zeros(3, np.float32), label="cat", events=[], partners=[dog])
    >>> made["audio"].tolist(), made["label"]
    ([0.25, 0.25, 0.0], {'cat': 0.75, 'dog': 0.25})
    """

    weight: Number = parameter(
        (0.0, 1.0), low=0, high=1, neutral=0, doc="the partner's share of the result"
    )

    mixes: ClassVar[bool] = True

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        if shadow.company is None:
            raise ValueError("MixUp mixes in other samples: pass partners=")
        partners = shadow.company.choose(stream.words("partner", 1)[:1])
        return {**super().draw(stream, shadow), "partners": partners}

    def mix(self, sample: AudioSample, params: Params, company: Company | None) -> AudioSample:
        weight = params["weight"]
        if weight == 0:
            return sample
        if company is None:
            raise ReplayError(
                "the recipe mixes in other samples (MixUp): pass the partners= it was drawn with"
            )
        (entry,) = params["partners"]
        own = sample.settled()
        other = _fitted(company.sample(entry), own)
        values = dict(own.values)
        for name, kind in own.form.kinds.items():
            if kind == "label" and name in other.values:
                values[name] = mixed_label(own.values[name], other.values[name], weight)
        return own.replaced(
            audio=_blend(own.audio, other.audio, weight),
            audios={
                name: _blend(wave, other.audios[name], weight) if name in other.audios else wave
                for name, wave in own.audios.items()
            },
            labels={
                name: _joined(label, other.labels.get(name)) for name, label in own.labels.items()
            },
            values=values,
        )


def _fitted(partner: AudioSample, sample: AudioSample) -> AudioSample:
    """A partner with the rate, length and channels of a sample."""
    partner = partner.settled()
    maps = []
    audio = partner.audio
    if partner.sample_rate != sample.sample_rate and partner.length:
        from augkit.audio.resample import resampled

        length = max(1, round(partner.length * sample.sample_rate / partner.sample_rate))
        maps.append(TimeMap.stretch(partner.length, length))
        audio = resampled(audio, length)
    window = TimeMap.window(audio.shape[1], 0, sample.length)
    maps.append(window)
    fitted = partner.replaced(
        audio=spread(window.take(audio), sample.channels),
        maps=tuple(maps),
        length=sample.length,
        sample_rate=sample.sample_rate,
        audios={},
    )
    return fitted.settled()


def _blend(own: Wave, other: Wave, weight: float) -> Wave:
    blended: Wave = own * np.float32(1 - weight)
    blended += other * np.float32(weight)
    return blended


def _joined(own: Any, other: Any) -> Any:
    """The events of both, in order of time."""
    if not (isinstance(own, Events) and isinstance(other, Events)):
        return own
    starts = np.concatenate([own.starts, other.starts])
    ends = np.concatenate([own.ends, other.ends])
    order = np.lexsort((ends, starts))
    rows = [*own.rows, *other.rows]
    left = np.concatenate([own.left, other.left])
    return Events(starts[order], ends[order], [rows[place] for place in order], left[order])


def mixed_label(own: Any, other: Any, weight: float) -> Any:
    """The labels of two whole sounds by their shares.

    Classes (numbers or strings) become ``{class: share}``, merged with what is soft already; arrays
    (one-hot or scores) are averaged.

    >>> mixed_label("cat", {"cat": 0.5, "dog": 0.5}, 0.5)
    {'cat': 0.75, 'dog': 0.25}
    """
    if isinstance(own, np.ndarray | list | tuple):
        mixed = np.asarray(own, np.float64) * (1 - weight) + np.asarray(other, np.float64) * weight
        return mixed if isinstance(own, np.ndarray) else mixed.tolist()
    soft: dict[Any, float] = {}
    for label, share in ((own, 1 - weight), (other, weight)):
        parts = label if isinstance(label, Mapping) else {label: 1.0}
        for name, part in parts.items():
            if share:
                soft[name] = soft.get(name, 0.0) + share * part
    return soft
