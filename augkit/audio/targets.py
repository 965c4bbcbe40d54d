"""The named data of an audio pipeline: checked on the way in, formatted alike on the way out."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.labels import Events, read_label
from augkit.audio.sample import AudioSample, Form, Settings, Wave, finite
from augkit.core.registry import did_you_mean

__all__ = [
    "KINDS",
    "bare",
    "check_finite",
    "check_numbers",
    "check_rate",
    "check_wave",
    "finished",
    "rate_of",
    "read",
    "sound_out",
    "written",
]

_MOVING = ("events", "words", "beats", "frames", "f0", "tempo")
_RESTING = ("transcript", "label")
KINDS = ("audio", "reference", "sample_rate", *_MOVING, *_RESTING)
"""What a name can be. A name that is one of these is that; others are told by ``targets``."""

MOST_CHANNELS = 64
_FULL = {np.dtype(np.int16): float(1 << 15), np.dtype(np.int32): float(1 << 31)}
_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


# -- sound -----------------------------------------------------------------------------------------


def check_rate(rate: Any, name: str = "sample_rate") -> float:
    """A sample rate as a plain number; an error that says what is allowed where it is wrong."""
    if type(rate) is int and rate >= 1:  # the usual one
        return rate
    if isinstance(rate, np.generic):
        rate = rate.item()
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise TypeError(f"{name} must be a number of Hz, got {rate!r}")
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"{name} must be above 0 Hz, got {rate!r}")
    if rate < 1:
        raise ValueError(f"{name} is in Hz and must be at least 1, got {rate!r}; 16 kHz are 16000")
    return rate


def check_wave(audio: Any, name: str = "audio") -> Wave:
    """A sound as (channels, samples) float32; a view where it is that already.

    Integers are scaled to [-1, 1). An error says what is wrong and what to do. NaN and infinity are
    looked for by `check_finite`.
    """
    if type(audio) is np.ndarray and audio.ndim == 1 and audio.dtype is _FLOAT32:  # the usual one
        flat: Wave = audio if audio.flags.c_contiguous else np.ascontiguousarray(audio)
        return flat[None]
    if not isinstance(audio, np.ndarray):
        hint = ""
        if isinstance(audio, str | os.PathLike):
            hint = "; read it first, with soundfile.read(path, dtype='float32')"
        elif isinstance(audio, list | tuple):
            hint = "; several sounds go through pipeline.batch, numbers through np.array"
        elif type(audio).__module__.partition(".")[0] == "torch":
            hint = "; pass tensor.numpy(), of shape (samples,) or (channels, samples)"
        raise TypeError(f"{name} must be a NumPy array, got {type(audio).__name__}{hint}")
    if audio.ndim not in (1, 2):
        hint = "; a batch goes through pipeline.batch" if audio.ndim == 3 else ""
        raise ValueError(
            f"{name} must have shape (samples,) or (channels, samples), got {audio.shape}{hint}"
        )
    if audio.ndim == 2:
        channels, samples = audio.shape
        if channels == 0:
            raise ValueError(f"{name} has no channels: shape {audio.shape}")
        if channels > MOST_CHANNELS or (channels > 8 and 0 < samples <= 8):
            turned = (
                f"if it is (samples, channels), pass {name}.T"
                if samples <= channels
                else f"at most {MOST_CHANNELS} are allowed; a batch goes through pipeline.batch"
            )
            raise ValueError(
                f"{name} has shape {audio.shape}, which would be {channels} channels of {samples} "
                f"samples; {turned}"
            )
    dtype = audio.dtype
    wave: Any
    if dtype in (_FLOAT32, _FLOAT64):
        wave = np.ascontiguousarray(audio, np.float32)
    elif dtype in _FULL:
        wave = np.empty(audio.shape, np.float32)
        np.multiply(audio, 1.0 / _FULL[dtype], out=wave, casting="unsafe")
    else:
        hint = {
            "float16": "convert it with audio.astype('float32')",
            "uint8": "convert it with (audio.astype('float32') - 128) / 128",
        }.get(dtype.name, "convert it to one of these")
        raise TypeError(
            f"{name} must be float32, float64, int16 or int32, got {dtype.name}: {hint}"
        )
    found: Wave = wave if wave.ndim == 2 else wave[None]
    return found


def check_finite(sample: AudioSample) -> None:
    """``ValueError`` where a sound of a sample holds NaN or infinity."""
    form = sample.form
    for name, wave in (
        (form.first, sample.audio),
        *sample.audios.items(),
        *sample.references.items(),
    ):
        check_numbers(wave, form.given[name], name)


def check_numbers(wave: Wave, given: Any, name: str = "audio") -> None:
    """``ValueError`` where a sound holds NaN or infinity, as only floats can."""
    if given.dtype not in _FULL:
        finite(wave, name)


def sound_out(wave: Wave, came: Wave | None, given: Any) -> NDArray[Any]:
    """A sound in the shape and dtype it was ``given`` in, in memory of its own.

    Where it still is the wave that ``came``, nothing happened: the very bits that were given.
    """
    if wave is came:
        return np.array(given, order="C")
    out: Any = wave[0] if given.ndim == 1 and len(wave) == 1 else wave
    dtype = given.dtype
    if dtype is _FLOAT32:  # the usual one, and that of all waves
        pass
    elif dtype in _FULL:
        full = _FULL[dtype]
        scaled = np.rint(np.multiply(out, full, dtype=np.float64))
        whole: NDArray[Any] = np.clip(scaled, -full, full - 1, out=scaled).astype(dtype)
        return whole
    else:
        out = out.astype(dtype)
    if not out.flags.c_contiguous:
        out = np.ascontiguousarray(out)
    own: NDArray[Any] = out if _is_new(out, given) else out.copy()
    return own


def _is_new(out: NDArray[Any], given: Any) -> bool:
    """Whether an array shares no memory with what was passed in."""
    owner: Any = out if out.base is None else out.base
    if type(owner) is np.ndarray and owner.base is None:  # NumPy's views name whose memory it is
        return owner is not given and owner is not given.base
    return not np.may_share_memory(out, given)


# -- in --------------------------------------------------------------------------------------------


def bare(data: Any, named: Mapping[str, Any], settings: Settings) -> AudioSample:
    """A sample from an array (its rate beside it or in the settings) or from (array, rate)."""
    pair = isinstance(data, tuple) and len(data) == 2
    audio, rate = data if pair else (data, named.get("sample_rate"))
    wave = check_wave(audio)
    form = Form(pair=pair, given={"audio": audio}, wave=wave)
    return AudioSample(wave, rate_of(rate, settings), form)


def rate_of(rate: Any, settings: Settings) -> float:
    """The rate beside a sound, or else that of the settings."""
    if rate is not None:
        return check_rate(rate)
    if settings.sample_rate is None:
        raise ValueError(
            "the sample rate is missing: pass sample_rate= with the sound, or to Compose for all"
        )
    return settings.sample_rate


def read(named: Mapping[str, Any], settings: Settings, targets: Mapping[str, str]) -> AudioSample:
    """A sample from named data; every name must be known, every value fit the sound."""
    kinds: dict[str, str] = {}
    for name in named:
        kind = targets.get(name, name)
        if kind not in KINDS:
            raise ValueError(
                f"unknown name {name!r}; known are {', '.join(KINDS)}{did_you_mean(kind, KINDS)}; "
                "other names are declared by Compose(targets={...})"
            )
        kinds[name] = kind
    first = (
        "audio"
        if "audio" in named
        else next((name for name, kind in kinds.items() if kind == "audio"), None)
    )
    if first is None:
        raise ValueError(f"audio is needed, got only {', '.join(named) or 'nothing'}")
    rates = [name for name, kind in kinds.items() if kind == "sample_rate"]
    if len(rates) > 1:
        raise ValueError(f"there can be one sample_rate, got {' and '.join(rates)}")
    wave = check_wave(named[first], first)
    form = Form(True, False, dict(named), kinds, first, wave)
    sample = AudioSample(wave, rate_of(named[rates[0]] if rates else None, settings), form)
    if len(named) > 1:
        _read_rest(sample)
    return sample


def _read_rest(sample: AudioSample) -> None:
    audios: dict[str, Wave] = {}
    references: dict[str, Wave] = {}
    labels: dict[str, Any] = {}
    values: dict[str, Any] = {}
    form = sample.form
    for name, kind in form.kinds.items():
        value = form.given[name]
        if kind in ("audio", "reference") and name != form.first:
            wave = check_wave(value, name)
            if wave.shape[1] != sample.length:
                raise ValueError(
                    f"{name} has {wave.shape[1]} samples, {form.first} has {sample.length}; "
                    "they must have one length"
                )
            (audios if kind == "audio" else references)[name] = wave
        elif kind in _MOVING:
            labels[name] = read_label(kind, value, name, sample.length, sample.sample_rate)
        elif kind in _RESTING:
            values[name] = value
    sample.audios, sample.references, sample.labels, sample.values = (
        audios,
        references,
        labels,
        values,
    )


# -- out -------------------------------------------------------------------------------------------


def finished(sample: AudioSample, settings: Settings) -> AudioSample:
    """Labels at the end of their way, events filtered once."""
    if not sample.labels:
        return sample
    origin = sample.labels
    sample = sample.settled()
    if settings.min_duration == 0 and settings.min_visibility == 0:
        return sample
    if sample.labels is origin:  # nothing moved: nothing has become shorter
        return sample
    shortest = settings.min_duration * sample.sample_rate
    labels = {
        name: label.filtered(shortest, settings.min_visibility)
        if isinstance(label, Events)
        else label
        for name, label in sample.labels.items()
    }
    return sample.replaced(labels=labels)


def written(sample: AudioSample, settings: Settings) -> Any:
    """A finished sample in the form it came in."""
    form = sample.form
    if not form.named:
        audio = _main(sample, form.given["audio"])
        return (audio, sample.sample_rate) if form.pair else audio
    output: dict[str, Any] = {}
    for name, kind in form.kinds.items():
        given = form.given[name]
        if name == form.first:
            output[name] = _main(sample, given)
        elif kind == "audio":
            output[name] = sound_out(sample.audios[name], None, given)
        elif kind == "reference":
            output[name] = sound_out(sample.references[name], None, given)
        elif kind == "sample_rate":
            output[name] = sample.sample_rate
        elif kind in _MOVING:
            label = sample.labels[name]
            output[name] = label.written(sample.sample_rate, given)
        else:
            value = sample.values[name]
            output[name] = (
                copy.copy(value) if isinstance(value, list | dict | np.ndarray) else value
            )
    return output


def _main(sample: AudioSample, given: Any) -> NDArray[Any]:
    if sample.hop_length is not None:  # a spectrogram has no integers
        spectrogram = sample.audio[0] if given.ndim == 1 else sample.audio
        return np.ascontiguousarray(spectrogram)
    return sound_out(sample.audio, sample.form.wave, given)
