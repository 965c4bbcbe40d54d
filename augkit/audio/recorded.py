"""Recorded sound from a folder: noise in the background, and rooms as impulse responses."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from augkit.audio import library
from augkit.audio.base import Processor, Survey, WaveformTransform
from augkit.audio.convolution import Convolution
from augkit.audio.noise import Energies, Energy, added, added_at
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
        if params["wet"] == 0 or audio.size == 0:
            return audio
        room = self._room(params, sample_rate, *audio.shape)(audio, True)
        levels = _Levels()
        levels.add(room, audio)
        return _mixed(room, audio, {**params, **levels.found()})

    def survey(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Survey | None:
        if params["wet"] == 0 or length == 0:
            return None
        return _RoomLevels(self._room(params, sample_rate, channels, length), length)

    def processor(
        self, params: Params, sample_rate: float, channels: int, length: int
    ) -> Processor:
        if params["wet"] == 0 or length == 0 or params["dry_energy"] == 0:
            return lambda block, last: block
        both = _Beside(self._room(params, sample_rate, channels, length))
        return lambda block, last: _mixed(*both(block, last), params)

    def _room(self, params: Params, sample_rate: float, channels: int, length: int) -> Convolution:
        path = library.located(self.folder, params)
        response = library.whole(path, sample_rate)
        peaks = np.abs(response).max(axis=0)
        direct = int(peaks.argmax()) if peaks.size else 0
        if peaks.size == 0 or peaks[direct] == 0:
            raise ValueError(f"the impulse response {params['file']!r} is silent")
        response = response[np.arange(channels) % len(response)]
        key = (params["hash"], sample_rate, channels)
        return Convolution(response, key, direct, channels, length)


class _Levels:
    """The energies of a sound and of its room, and what they have in common."""

    def __init__(self) -> None:
        self._room, self._dry, self._common = Energy(), Energy(), Energy(_in_common)

    def add(self, room: Wave, audio: Wave) -> None:
        self._room.add(room)
        self._dry.add(audio)
        self._common.add(np.concatenate([room, audio]))

    def found(self) -> Params:
        return {
            "room_energy": self._room.total(),
            "dry_energy": self._dry.total(),
            "common_energy": self._common.total(),
        }


def _in_common(both: Wave) -> float:
    room, audio = both[: len(both) // 2], both[len(both) // 2 :]
    return sum(float(np.dot(a, b)) for a, b in zip(room, audio, strict=True))


def _mixed(room: Wave, audio: Wave, params: Params) -> Wave:
    """Room and sound at the energy of the sound; unchanged if one is silent."""
    wet, power, heard = params["wet"], params["dry_energy"], params["room_energy"]
    if power == 0 or heard == 0:
        return audio
    share = wet * sqrt(power / heard)
    both = share**2 * heard + (1 - wet) ** 2 * power
    both += 2 * share * (1 - wet) * params["common_energy"]
    level = sqrt(power / max(both, 1e-30))
    made: Wave = room * np.float32(share * level)
    if wet < 1:
        made += audio * np.float32((1 - wet) * level)
    return made


class _Beside:
    """A room block by block, and of the sound what belongs beside it."""

    def __init__(self, room: Convolution) -> None:
        self._room = room
        self._held: Wave | None = None

    def __call__(self, block: Wave, last: bool) -> tuple[Wave, Wave]:
        held = block if self._held is None else np.concatenate([self._held, block], axis=1)
        room = self._room(block, last)
        count = room.shape[1]
        self._held = held[:, count:]
        return room, held[:, :count]


class _RoomLevels(Survey):
    """The `_Levels` of a sound and its room."""

    def __init__(self, room: Convolution, length: int) -> None:
        self._both, self._levels = _Beside(room), _Levels()
        self._left = length

    def __call__(self, block: Wave) -> None:
        self._left -= block.shape[1]
        self._levels.add(*self._both(block, self._left == 0))

    def found(self) -> Params:
        return self._levels.found()
