"""Folders of sounds that transforms take from: noises and impulse responses.

A recipe holds a file's name within the folder and the hash of its bytes, never its sound. Files are
decoded only as far as they are needed; short ones are kept, resampled, in a cache of bounded size.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.sample import Wave
from augkit.core.errors import ReplayError, UnreadableError

__all__ = ["CACHE", "Part", "check_folder", "chosen", "located", "path_of", "whole"]

CACHE_BYTES = 64 << 20
_KEPT_BYTES = 8 << 20  # a longer sound is decoded in parts, each time
_BLOCK = 1 << 18  # samples that are decoded at a time


class _Cache:
    """The arrays that were used last, up to a number of bytes; safe under threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Any, NDArray[Any]] = OrderedDict()
        self.bytes = 0
        self.misses = 0

    def get(self, key: Any, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = make()
        made.flags.writeable = False
        with self._lock:
            self.misses += 1
            if key not in self._kept and made.nbytes <= self._limit:
                self._kept[key] = made
                self.bytes += made.nbytes
                while self.bytes > self._limit:
                    _, old = self._kept.popitem(last=False)
                    self.bytes -= old.nbytes
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _Cache, (self._limit,)


CACHE = _Cache(CACHE_BYTES)
"""Decoded sounds and spectra of this process."""


def path_of(owner: str, folder: Any) -> str:
    """The folder as text; ``TypeError`` where it is no path."""
    if isinstance(folder, str | os.PathLike) and os.fspath(folder):
        return str(folder)
    raise TypeError(f"{owner}.folder must be the path of a folder of sounds, got {folder!r}")


def check_folder(name: str, folder: str) -> None:
    """``ValueError`` where there is no sound to take."""
    if next(_found(folder), None) is None:
        raise ValueError(_nothing(name, folder))


def _nothing(name: str, folder: str) -> str:
    there = "has no sound files" if os.path.isdir(folder) else "is not there"
    return f"{name} {folder!r} {there}; put WAV, FLAC, OGG, MP3 or AIFF files in it"


def _found(folder: str) -> Iterator[str]:
    """The sounds in a folder and below, by name relative to it; a file is its own folder."""
    from augkit.audio.files.options import SUFFIXES

    root = Path(folder)
    if root.is_file():
        yield root.name
        return
    for place, _, names in os.walk(root):
        for name in names:
            if os.path.splitext(name)[1].lower() in SUFFIXES and not name.startswith("."):
                yield Path(place, name).relative_to(root).as_posix()


def chosen(folder: str, word: int) -> dict[str, str]:
    """One file of a folder, by a random word: ``{"file": name, "hash": of its bytes}``."""
    names = sorted(_found(folder))
    if not names:
        raise ValueError(_nothing("the folder", folder))
    name = names[word * len(names) >> 64]
    return {"file": name, "hash": _digest(*_stamp(_path(folder, name)))}


def _path(folder: str, name: str) -> str:
    return folder if os.path.isfile(folder) else os.path.join(folder, *name.split("/"))


def _stamp(path: str) -> tuple[str, int, int]:
    status = os.stat(path)
    return path, status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4096)
def _digest(path: str, modified: int, size: int) -> str:
    digest = blake2b(digest_size=16)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def located(folder: str, entry: dict[str, str]) -> str:
    """The path of a file that stands in a recipe; `ReplayError` where it is gone or another."""
    path = _path(folder, entry["file"])
    try:
        digest = _digest(*_stamp(path))
    except OSError:
        raise ReplayError(
            f"the recipe takes {entry['file']!r} from {folder!r}, where it is not any more"
        ) from None
    if digest != entry["hash"]:
        raise ReplayError(
            f"{path!r} has changed since the recipe was drawn (hash {digest}, not {entry['hash']})"
        )
    return path


def _opened(path: str) -> Any:
    import soundfile

    from augkit.audio.files.reading import in_order

    try:
        return in_order()(path)
    except (soundfile.LibsndfileError, OSError) as error:
        raise UnreadableError(f"{path} cannot be decoded: {error}") from None


def _decoded(path: str, start: int, count: int, sample_rate: float) -> Iterator[Wave]:
    """``count`` samples of a file from ``start`` (all that are left: -1), at ``sample_rate``."""
    from augkit.audio.files.rate import RateChange

    with _opened(path) as file:
        file.seek(start)
        left = file.frames - start if count < 0 else count
        change = None
        if file.samplerate != sample_rate and left:
            change = RateChange(file.channels, left, file.samplerate, sample_rate, np.float32)
        while left:
            block = file.read(min(left, _BLOCK), "float32", always_2d=True)
            if not np.isfinite(block).all():
                raise UnreadableError(f"{path} holds NaN or infinity; repair or remove it")
            left = left - len(block) if len(block) else 0  # some headers promise too much
            audio = np.ascontiguousarray(block.T)
            yield change(audio, not left) if change else audio


def whole(path: str, sample_rate: float) -> Wave:
    """All of a sound (channels, samples) at a sample rate; read-only, cached."""

    def make() -> Wave:
        with _opened(path) as file:
            nothing = np.empty((file.channels, 0), np.float32)
        return np.concatenate([nothing, *_decoded(path, 0, -1, sample_rate)], axis=1)

    return CACHE.get((*_stamp(path), sample_rate), make)


class Part:
    """``length`` samples from a random place in [0, 1) of a sound, in order.

    A sound that is shorter is repeated, each time over into the next with a fade, so that there is
    no seam. Of a long one only what is needed is decoded, as it is asked for.
    """

    def __init__(self, path: str, place: float, length: int, sample_rate: float) -> None:
        self._path = path
        with _opened(path) as file:
            frames, rate, channels = file.frames, file.samplerate, file.channels
        there = round(frames * sample_rate / rate)
        self._decoding: Iterator[Wave] | None = None
        self._waiting: Wave = np.empty((channels, 0), np.float32)
        if there * channels * 4 > _KEPT_BYTES and there > length:
            count = int(-(-length * rate // sample_rate)) + 1
            start = int(place * max(1, frames - count + 1))
            self._decoding = _decoded(path, start, min(count, frames - start), sample_rate)
            return
        audio = whole(path, sample_rate)
        there = int(audio.shape[1])
        if there >= length:
            self._period, self._next = audio, int(place * (there - length + 1))
        else:
            self._period = _seamless(audio, min(round(0.05 * sample_rate), there // 4))
            self._next = int(place * self._period.shape[1])

    def take(self, count: int) -> Wave:
        """The next ``count`` samples (channels, count); perhaps a read-only view."""
        if self._decoding is not None:
            return self._decoded(self._decoding, count)
        size = self._period.shape[1]
        if size == 0:
            return np.zeros((len(self._period), count), np.float32)
        begin = self._next
        self._next = (begin + count) % size
        if begin + count <= size:
            inside: Wave = self._period[:, begin : begin + count]
            return inside
        index = (np.arange(count) + begin) % size
        looped: Wave = np.take(self._period, index, axis=1)
        return looped

    def _decoded(self, decoding: Iterator[Wave], count: int) -> Wave:
        parts, have = [self._waiting], self._waiting.shape[1]
        while have < count:
            block = next(decoding, None)
            if block is None:
                raise UnreadableError(f"{self._path} ends before its header says")
            parts.append(block)
            have += block.shape[1]
        found: Wave = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        self._waiting = found[:, count:]
        return found[:, :count]


def _seamless(audio: Wave, fade: int) -> Wave:
    """One period of an endless sound: the end goes over into the beginning, power kept."""
    if fade == 0:
        return audio
    ramp = (np.arange(fade) + 0.5) * (np.pi / 2 / fade)
    period = audio[:, : audio.shape[1] - fade].copy()
    period[:, :fade] *= np.sin(ramp).astype(np.float32)
    period[:, :fade] += audio[:, audio.shape[1] - fade :] * np.cos(ramp).astype(np.float32)
    return period
