"""Noise that is made: drawn as a 64-bit seed, expanded sample by sample from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from augkit.audio.base import Processor, Survey, WaveformTransform, seed_of
from augkit.audio.gain import amplitude
from augkit.audio.sample import Shadow, Wave
from augkit.audio.white import WhiteNoise, white_noise
from augkit.core.distributions import Number, log_uniform
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params

__all__ = ["COLORS", "AddNoise", "GaussianNoise", "added_at", "colored_noise", "energy"]

COLORS = {"white": 0.0, "pink": -10 * np.log10(2), "brown": -20 * np.log10(2),
          "blue": 10 * np.log10(2), "violet": 20 * np.log10(2)}  # fmt: skip
"""Noises by name, and by how many dB their power density rises per octave."""

_PIECE = 1 << 16  # samples whose energy is summed in float32
_FLAT_BELOW = 20.0  # Hz: what nobody hears must not take the power


class Energy:
    """The sum of squares over all channels, block by block; where blocks are cut changes no bit."""

    def __init__(self) -> None:
        self._total = 0.0
        self._rest: Wave | None = None

    def add(self, block: Wave) -> None:
        """Add the next block (channels, samples)."""
        if self._rest is not None:
            block = np.concatenate([self._rest, block], axis=1)
        whole = block.shape[1] - block.shape[1] % _PIECE
        for start in range(0, whole, _PIECE):
            self._total += _squared(block[:, start : start + _PIECE])
        self._rest = block[:, whole:].copy()

    def total(self) -> float:
        """Of all that was added."""
        return self._total + (0.0 if self._rest is None else _squared(self._rest))


def _squared(audio: Wave) -> float:
    return sum(float(np.dot(channel, channel)) for channel in audio)


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
        return _White(params["seed"], channels, std)


class _White:
    """A `Processor` that adds white noise of a given strength."""

    def __init__(self, seed: int, channels: int, std: np.float32) -> None:
        self._sources = [WhiteNoise(seed_of(each, seed)) for each in range(channels)]
        self._std = std

    def __call__(self, block: Wave, last: bool) -> Wave:
        made = np.empty(block.shape, np.float32)
        for row, channel, source in zip(made, block, self._sources, strict=True):
            source.fill(row)
            row *= self._std
            row += channel
        return made


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
        channels, length = audio.shape
        noise = colored_noise(params["seed"], channels, length, self._slope(params), sample_rate)
        return added_at(audio, noise, params["snr_db"])

    def _slope(self, params: Params) -> float:
        return float(COLORS[self.color]) + float(params["slope"])

    def survey(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Survey | None:
        """White noise comes sample by sample; a color is made of all of it at once."""
        return None if self._slope(params) else _Energies(params["seed"], channels)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor | None:
        if self._slope(params):
            return None
        signal, noise = params["signal"], params["noise"]
        if signal == 0 or noise == 0:
            return lambda block, last: block
        return _White(params["seed"], channels, _factor(signal, noise, params["snr_db"]))


class _Energies(Survey):
    """A `Survey` for the energies of a sound and of the white noise that goes with it."""

    def __init__(self, seed: int, channels: int) -> None:
        self._signal, self._noise = Energy(), Energy()
        self._white = _White(seed, channels, np.float32(1))

    def __call__(self, block: Wave) -> None:
        self._signal.add(block)
        self._noise.add(self._white(np.zeros_like(block), False))

    def found(self) -> Params:
        return {"signal": self._signal.total(), "noise": self._noise.total()}


def colored_noise(seed: int, channels: int, length: int, slope: float, sample_rate: float) -> Wave:
    """Normal noise whose power density rises by ``slope`` dB per octave.

    Made in the frequency domain: independent normal bins, weighted, and one inverse FFT.
    """
    if slope == 0 or length < 2:
        return white_noise(seed, channels, length)
    import scipy.fft

    size: int = scipy.fft.next_fast_len(max(length, 16), real=True)
    size += size % 2
    weights = _weights(size, slope, sample_rate)
    bins = white_noise(seed, channels, 2 * weights.size).view(np.complex64)
    bins *= weights
    noise: Wave = scipy.fft.irfft(bins, n=size, axis=-1)[:, :length]
    return noise


@lru_cache(maxsize=16)
def _weights(size: int, slope: float, sample_rate: float) -> NDArray[np.float32]:
    hz = np.arange(size // 2 + 1) * (sample_rate / size)
    power = slope / (20 * np.log10(2))
    weights = np.maximum(hz, min(_FLAT_BELOW, hz[1])) ** power
    if hz[1] < _FLAT_BELOW:
        weights = np.maximum(hz, _FLAT_BELOW) ** power
    weights[0] = 0
    found: NDArray[np.float32] = (weights * np.sqrt(size / np.sum(weights**2))).astype(np.float32)
    return found
