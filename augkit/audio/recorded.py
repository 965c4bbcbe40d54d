"""Recorded sound from a folder: noise in the background, and rooms as impulse responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio import library
from augkit.audio.base import Processor, Survey, WaveformTransform
from augkit.audio.noise import Energies, added, added_at, energy
from augkit.audio.sample import Shadow, Wave
from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.random import Stream
from augkit.core.transform import Params

__all__ = ["BackgroundNoise", "ImpulseResponse", "spread"]

_FOLDER = {"type": "string", "minLength": 1, "format": "path"}


@dataclass(frozen=True)
class _Recorded(WaveformTransform):
    """Base of what takes a file from a folder; the recipe notes its name and hash."""

    folder: str = option(schema=_FOLDER, doc="the folder of sounds (or one file)")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "folder", library.path_of(type(self).__name__, self.folder))

    def check(self) -> None:
        library.check_folder(f"{type(self).__name__}.folder", self.folder)

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        params = super().draw(stream, shadow)
        return {**params, **library.chosen(self.folder, stream.words("file")[0])}


def spread(sound: Wave, channels: int) -> Wave:
    """A sound on so many channels: one goes to all, many go to one, others in turn."""
    if len(sound) == channels:
        return sound
    if channels == 1:
        mixed: Wave = sound.mean(axis=0, keepdims=True, dtype=np.float32)
        return mixed
    return sound[np.arange(channels) % len(sound)]


@dataclass(frozen=True)
class BackgroundNoise(_Recorded):
    """Add recorded noise from a folder at an exact signal-to-noise ratio.

    A random part of a random file, decoded only as far as needed; a shorter file is looped without
    a seam. Noise of one channel goes to all channels, of as many to each its own. Other sample rates
    are resampled. Silence stays silence. The recipe notes the file's name and hash: with another
    file in its place a replay is refused.

    Args:
        folder: of sound files, also in folders below; or one file. A pipeline is not made where there
            are none.
        snr_db: signal over noise, in dB (default: uniform in [3, 30]).

    >>> import pathlib, tempfile
    >>> from augkit.audio.files import write
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = write(folder / "rain.wav", np.sin(np.arange(999)).astype(np.float32), 16000)
    >>> made = BackgroundNoise(folder, snr_db=10)(np.ones((2, 4000), np.float32), sample_rate=16000)
    >>> made.shape
    (2, 4000)
    """

    snr_db: Number = parameter(
        (3.0, 30.0), low=-100, high=200, unit="dB", doc="signal over noise, measured"
    )

    def draw(self, stream: Stream, shadow: Shadow) -> Params:
        return {**super().draw(stream, shadow), "place": stream.unit("place")}

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        channels, length = audio.shape
        part = self._part(params, sample_rate, length)
        if length == 0:
            return audio
        return added_at(audio, spread(part.take(length), channels), params["snr_db"])

    def _part(self, params: Params, sample_rate: float, length: int) -> library.Part:
        path = library.located(self.folder, params)
        return library.Part(path, params["place"], length, sample_rate)

    def survey(self, params: Params, sample_rate: float, channels: int, length: int) -> Survey:
        return Energies(_Spread(self._part(params, sample_rate, length), channels))

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        noise = _Spread(self._part(params, sample_rate, length), channels)
        return added(noise, params)


class _Spread:
    """A part of a sound on so many channels, as a `Noise`."""

    def __init__(self, part: library.Part, channels: int) -> None:
        self._part, self._channels = part, channels

    def take(self, count: int) -> Wave:
        return np.array(spread(self._part.take(count), self._channels))


@dataclass(frozen=True)
class ImpulseResponse(_Recorded):
    """Put the sound into a room (or through a microphone) by convolution with a recorded response.

    The direct path, the response's largest sample, stays where the sound is: events keep their
    place, and wet and dry do not comb. The level (RMS) is that of the input. The length is kept; the
    tail beyond it is cut.

    Args:
        folder: of impulse responses, also in folders below; or one file.
        wet: share of the room; 0 is neutral (default 1).

    >>> import pathlib, tempfile
    >>> from augkit.audio.files import write
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = write(folder / "echo.wav", np.array([0, 0, 0.5, 0, 0.5], np.float32), 16000)
    >>> click = np.array([0, 1, 0, 0, 0], np.float32)
    >>> made = ImpulseResponse(folder)(click, sample_rate=16000)
    >>> bool(abs(made - [0, 0.7071, 0, 0.7071, 0]).max() < 0.001)
    True
    """

    wet: Number = parameter(1.0, low=0, high=1, neutral=0, doc="share of the room")

    def wave(self, audio: Wave, params: Params, sample_rate: float) -> Wave:
        wet, length = params["wet"], audio.shape[1]
        path = library.located(self.folder, params)
        power = energy(audio)
        if wet == 0 or power == 0:
            return audio
        import scipy.fft

        response = library.whole(path, sample_rate)
        peaks = np.abs(response).max(axis=0)
        direct = int(peaks.argmax()) if peaks.size else 0
        if peaks.size == 0 or peaks[direct] == 0:
            raise ValueError(f"the impulse response {params['file']!r} is silent")
        size = scipy.fft.next_fast_len(length + response.shape[1] - 1, real=True)

        def transformed() -> NDArray[Any]:
            spectrum: NDArray[Any] = scipy.fft.rfft(response, n=size, axis=1)
            return spectrum

        spectrum = library.CACHE.get((params["hash"], sample_rate, size), transformed)
        spectrum = spectrum[np.arange(len(audio)) % len(spectrum)]
        room = scipy.fft.irfft(scipy.fft.rfft(audio, n=size, axis=1) * spectrum, n=size, axis=1)
        room = room[:, direct : direct + length]
        room *= np.float32(np.sqrt(power / max(energy(room), 1e-30)))
        if wet < 1:
            room = np.float32(wet) * room + np.float32(1 - wet) * audio
            room *= np.float32(np.sqrt(power / max(energy(room), 1e-30)))
        return np.ascontiguousarray(room)
