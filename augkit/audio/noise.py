"""Noise that is made: drawn as a 64-bit seed, expanded sample by sample from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from augkit.audio.base import Processor, Survey, WaveformTransform
from augkit.audio.colored import MadeNoise
from augkit.audio.gain import amplitude
from augkit.audio.sample import Shadow, Wave
from augkit.core.distributions import Number, log_uniform
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params

__all__ = [
    "COLORS",
    "AddNoise",
    "Energies",
    "Energy",
    "GaussianNoise",
    "Noise",
    "added",
    "added_at",
    "energy",
]

COLORS = {"white": 0.0, "pink": -10 * np.log10(2), "brown": -20 * np.log10(2),
          "blue": 10 * np.log10(2), "violet": 20 * np.log10(2)}  # fmt: skip
"""Noises by name, and by how many dB their power density rises per octave."""

_PIECE = 1 << 16  # samples whose energy is summed in float32


class Noise(Protocol):
    """Noise of all channels in order, as much as is asked for."""

    def take(self, count: int) -> Wave:
        """The next samples (channels, count), the caller's own."""
        ...


def _squared(audio: Wave) -> float:
    return sum(float(np.dot(channel, channel)) for channel in audio)


class Energy:
    """The sum of squares over all channels, block by block; where blocks are cut changes no bit.

    Args:
        measure: what is added up instead.
    """

    def __init__(self, measure: Callable[[Wave], float] = _squared) -> None:
        self._measure = measure
        self._total = 0.0
        self._rest: Wave | None = None

    def add(self, block: Wave) -> None:
        """Add the next block (channels, samples)."""
        if self._rest is not None:
            block = np.concatenate([self._rest, block], axis=1)
        whole = block.shape[1] - block.shape[1] % _PIECE
        for start in range(0, whole, _PIECE):
            self._total += self._measure(block[:, start : start + _PIECE])
        self._rest = block[:, whole:].copy()

    def total(self) -> float:
        """Of all that was added."""
        return self._total + (0.0 if self._rest is None else self._measure(self._rest))


def energy(audio: Wave) -> float:
    """The sum of squares over all channels."""
    measured = Energy()
    measured.add(audio)
    return measured.total()


def added_at(audio: Wave, noise: Wave, snr_db: float) -> Wave:
    """``audio`` and ``noise`` at exactly this ratio of their energies; unchanged if one is silent."""
    signal, other = energy(audio), energy(noise)
    if signal == 0 or other == 0:
        return audio
    mixed: Wave = noise * _factor(signal, other, snr_db)
    mixed += audio
    return mixed


def _factor(signal: float, noise: float, snr_db: float) -> np.float32:
    """By what noise of one energy is multiplied for a ratio to a signal of another."""
    return np.float32(np.sqrt(signal / noise) / amplitude(snr_db))


@dataclass(frozen=True)
class GaussianNoise(WaveformTransform):
    """Add white noise of a given strength, independent in every channel.

    Args:
        std: standard deviation as a fraction of full scale; 0 is neutral (default: log-uniform in
            [0.001, 0.015], about -60 to -36 dB).

    >>> noisy = GaussianNoise(std=0.1)(np.zeros(16000, np.float32), sample_rate=16000)
    >>> bool(abs(noisy.std() - 0.1) < 0.002)
    True
    """

    needs_finite: ClassVar[bool] = False

    std: Number = parameter(
        log_uniform(0.001, 0.015),
        low=0,
        high=10,
        unit="of full scale",
        neutral=0,
        doc="standard deviation",
    )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {**super().draw(stream, shadow), "seed": stream.seed()}

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        std = np.float32(params["std"])
        if std == 0:
            return lambda block, last: block
        return _Added(MadeNoise(params["seed"], channels, 0.0, sample_rate, length), std)


class _Added:
    """A `Processor` that adds noise of a given strength."""

    def __init__(self, noise: Noise, strength: np.float32) -> None:
        self._noise, self._strength = noise, strength

    def __call__(self, block: Wave, last: bool) -> Wave:
        made = self._noise.take(block.shape[1])
        for row, channel in zip(made, block, strict=True):
            row *= self._strength
            row += channel
        return made


def added(noise: Noise, params: Params) -> Processor:
    """Adds noise at the ratio in the params, by the energies that `Energies` has found."""
    if params["signal"] == 0 or params["noise"] == 0:
        return lambda block, last: block
    return _Added(noise, _factor(params["signal"], params["noise"], params["snr_db"]))


class Energies(Survey):
    """The energies of a sound and of the noise that goes with it."""

    def __init__(self, noise: Noise) -> None:
        self._source = noise
        self._signal, self._noise = Energy(), Energy()

    def __call__(self, block: Wave) -> None:
        self._signal.add(block)
        self._noise.add(self._source.take(block.shape[1]))

    def found(self) -> Params:
        return {"signal": self._signal.total(), "noise": self._noise.total()}


@dataclass(frozen=True)
class AddNoise(WaveformTransform):
    """Add noise of a color at an exact signal-to-noise ratio.

    The ratio is that of the measured energies, of all channels together, so it holds to the last
    digit for any length. Every channel has noise of its own. Silence stays silence.

    Args:
        snr_db: signal over noise, in dB (default: uniform in [5, 40]).
        color: ``white``, ``pink`` (-3 dB/octave), ``brown`` (-6), ``blue`` (+3) or ``violet`` (+6);
            flat below 20 Hz.
        slope: dB per octave on top of the color's (default 0).

    >>> speech = np.sin(np.arange(16000) / 7).astype(np.float32)
    >>> noise = AddNoise(snr_db=20, color="pink")(speech, sample_rate=16000) - speech
    >>> bool(abs(10 * np.log10((speech**2).sum() / (noise**2).sum()) - 20) < 0.01)
    True
    """

    snr_db: Number = parameter(
        (5.0, 40.0), low=-100, high=200, unit="dB", doc="signal over noise, measured"
    )
    color: str = option("white", choices=tuple(COLORS), doc="the slope of the noise, by name")
    slope: Number = parameter(
        0.0, low=-24, high=24, unit="dB per octave", doc="on top of the color's"
    )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {**super().draw(stream, shadow), "seed": stream.seed()}

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        noise = self._noise(params, sample_rate, *audio.shape)
        return added_at(audio, noise.take(audio.shape[1]), params["snr_db"])

    def _noise(self, params: Params, sample_rate: float, channels: int, length: int) -> Noise:
        slope = float(COLORS[self.color]) + float(params["slope"])
        return MadeNoise(params["seed"], channels, slope, sample_rate, length)

    def survey(self, params: Params, sample_rate: float, channels: int, length: int) -> Survey:
        return Energies(self._noise(params, sample_rate, channels, length))

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        return added(self._noise(params, sample_rate, channels, length), params)
