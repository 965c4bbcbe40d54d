"""Transforms of audiomentations, and what does the same here."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

from augkit import audio
from augkit.adapters.imports.given import Given, Mapper, Value, mapped, span
from augkit.core.distributions import log_uniform
from augkit.core.transform import Node

__all__ = ["HINTS", "SOUNDS"]

MEL = "the frequency is drawn evenly in octaves, not evenly in mel"
BIT_RATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""In kbit/s, of MPEG-2: at sample rates up to 24 kHz."""


def _between(given: Given, name: str, default: tuple[float, float] = (0.0, 0.0)) -> Value:
    """The range that ``min_...`` and ``max_...`` make."""
    ends = given.take(f"min_{name}", default[0]), given.take(f"max_{name}", default[1])
    return span(ends)


def _frequency(given: Given, name: str) -> Any:
    found = _between(given, name)
    if isinstance(found, tuple):
        given.note(MEL)
        return log_uniform(*found)
    return found


def _gaussian_noise(given: Given) -> Sequence[Node]:
    return [audio.GaussianNoise(std=_between(given, "amplitude"))]


def _snr(given: Given) -> Sequence[Node]:
    return [audio.AddNoise(snr_db=_between(given, "snr_db"))]


def _color_noise(given: Given) -> Sequence[Node]:
    if given.take("p_apply_a_weighting", 0):
        given.note("noise is never A-weighted")
    given.take("n_fft")
    given.note("the slope holds down to 20 Hz; there it is made of few frequencies (n_fft)")
    return [audio.AddNoise(snr_db=_between(given, "snr_db"), slope=_between(given, "f_decay"))]


def _folder(given: Given, name: str) -> str:
    found = given.take(name)
    if isinstance(found, str | os.PathLike):
        return os.fspath(found)
    given.refuse(f"{name} is a list; put the files into one folder")


def _background(given: Given) -> Sequence[Node]:
    given.only("noise_rms", "relative", because="noise is at a ratio to the signal")
    given.only("noise_transform", None, because="noise is added as it was recorded")
    for name in ("min_absolute_rms_db", "max_absolute_rms_db"):
        given.take(name)
    given.note("a file that is too short is looped with a crossfade")
    folder = _folder(given, "sounds_path")
    return [audio.BackgroundNoise(folder=folder, snr_db=_between(given, "snr_db"))]


def _impulse_response(given: Given) -> Sequence[Node]:
    given.only("leave_length_unchanged", True, because="the length is kept")
    given.note("the level is that of the input, not a peak of 0.5; the direct sound stays in place")
    return [audio.ImpulseResponse(folder=_folder(given, "ir_path"))]


def _gain(given: Given) -> Sequence[Node]:
    return [audio.Gain(gain_db=_between(given, "gain_db"))]


def _normalize(given: Given) -> Sequence[Node]:
    given.only("apply_to", "all", because="quiet sounds are made louder as well")
    return [audio.Normalize(peak_db=0.0)]


def _loudness(given: Given) -> Sequence[Node]:
    return [audio.LoudnessNormalize(lufs=_between(given, "lufs"))]


def _slope(given: Given) -> tuple[int, bool]:
    """The steepness, of which there is one here, and whether it runs to and fro."""
    low, high = given.take("min_rolloff", 12), given.take("max_rolloff", 24)
    zero_phase = bool(given.take("zero_phase", False))
    known = [one for one in (6, 12, 18, 24, 36, 48) if low <= one <= high]
    if not known:
        given.refuse(f"a rolloff of {low} dB per octave; 6, 12, 18, 24, 36 and 48 are known")
    if low != high:
        given.note(f"the rolloff is always {known[0]} dB per octave, not {low} to {high}")
    if zero_phase:  # there the dB are those of both ways together
        return max(known[0] // 2, 6), True
    return known[0], False


def _pass(kind: type[audio.LowPass] | type[audio.HighPass]) -> Mapper:
    def made(given: Given) -> Sequence[Node]:
        rolloff, zero_phase = _slope(given)
        cutoff = _frequency(given, "cutoff_freq")
        return [kind(cutoff_hz=cutoff, rolloff=rolloff, zero_phase=zero_phase)]

    return made


def _octaves(given: Given) -> Value:
    """The width of a band from its part of the centre frequency."""
    fraction = _between(given, "bandwidth_fraction")
    return mapped(fraction, lambda part: math.log2((1 + part / 2) / (1 - part / 2)))


def _band_pass(given: Given) -> Sequence[Node]:
    rolloff, zero_phase = _slope(given)
    given.note("the band lies evenly around its centre in octaves, not in Hz")
    center = _frequency(given, "center_freq")
    octaves = _octaves(given)
    return [
        audio.BandPass(center_hz=center, octaves=octaves, rolloff=rolloff, zero_phase=zero_phase)
    ]


def _band_stop(given: Given) -> Sequence[Node]:
    _slope(given)
    given.note("a notch of second order, deep in the middle; there a Butterworth band-stop")
    q = mapped(_between(given, "bandwidth_fraction"), lambda part: 1 / part)
    return [audio.BandStop(center_hz=_frequency(given, "center_freq"), q=q)]


def _shelf(kind: Any) -> Mapper:
    def made(given: Given) -> Sequence[Node]:
        center = _frequency(given, "center_freq")
        gain, q = _between(given, "gain_db"), _between(given, "q")
        return [kind(center_hz=center, gain_db=gain, q=q)]

    return made


def _seven_bands(given: Given) -> Sequence[Node]:
    given.note("the seven frequencies and widths are fixed, not drawn")
    return [audio.SevenBandEQ(gain_db=_between(given, "gain_db"))]


def _mp3(given: Given) -> Sequence[Node]:
    for name in ("backend", "preserve_delay", "quality"):
        given.take(name)
    given.note(
        "quality is the place of the bit rate among those of MPEG-2 (up to 24 kHz); above, the same "
        "quality is a higher bit rate"
    )

    def place(rate: float) -> float:
        near = min(range(len(BIT_RATES)), key=lambda index: abs(BIT_RATES[index] - rate))
        return 1 + round(99 * near / (len(BIT_RATES) - 1))

    low, high = (int(place(given.take(f"{end}_bitrate", 64))) for end in ("min", "max"))
    return [audio.Mp3(quality=low if low == high else (low, high))]


def _duration(given: Given) -> Sequence[Node]:
    given.only(
        "padding_mode", "silence", "constant", because="silence is put around a sound that is short"
    )
    samples, seconds = given.take("duration_samples"), given.take("duration_seconds")
    place = "start" if given.take("padding_position", "end") == "end" else "end"
    given.note(
        f"of a longer sound the {'first' if place == 'start' else 'last'} part is kept, not any"
    )
    if seconds is not None:
        return [audio.AdjustDuration(duration=float(seconds), place=place)]
    return [audio.AdjustDuration(duration=int(samples), unit="samples", place=place)]


def _engine(given: Given) -> str:
    if given.take("method", "signalsmith_stretch") == "librosa_phase_vocoder":
        return "librosa"
    given.note("stretched by WSOLA, not by signalsmith-stretch; engine='phase_vocoder' for music")
    return "wsola"


def _pitch(given: Given) -> Sequence[Node]:
    engine = _engine(given)
    return [audio.PitchShift(semitones=_between(given, "semitones"), engine=engine)]


def _stretch(given: Given) -> Sequence[Node]:
    engine = _engine(given)
    if given.take("leave_length_unchanged", True):
        given.note("the result is as long as it becomes; put AdjustDuration behind for one length")
    return [audio.TimeStretch(rate=_between(given, "rate"), engine=engine)]


def _shift(given: Given) -> Sequence[Node]:
    unit = given.take("shift_unit", "fraction")
    mode = "roll" if given.take("rollover", True) else "fill"
    fade = float(given.take("fade_duration") or 0)
    if fade:
        given.note("the fades where it was cut have another curve")
    return [audio.TimeShift(shift=_between(given, "shift"), unit=unit, mode=mode, fade=fade)]


def _time_mask(given: Given) -> Sequence[Node]:
    given.only("mask_location", "random", because="the part is anywhere")
    fraction = _between(given, "band_part")
    return [audio.TimeMask(fraction=fraction, fade=float(given.take("fade_duration") or 0))]


def _clipping(given: Given) -> Sequence[Node]:
    given.note("the loudest samples are cut to one level, above and below, of all channels alike")
    percent = _between(given, "percentile_threshold")
    return [audio.Clipping(fraction=mapped(percent, lambda part: part / 100))]


def _bit_crush(given: Given) -> Sequence[Node]:
    given.note("levels are 2 to the power of the bits; there it is two more")
    return [audio.BitCrush(bit_depth=_between(given, "bit_depth"))]


def _limiter(given: Given) -> Sequence[Node]:
    given.only("threshold_mode", "absolute", because="put Normalize before it")
    given.note("the gain moves on straight lines in dB and looks ahead by the attack")
    return [
        audio.Limiter(
            threshold_db=_between(given, "threshold_db"),
            attack=_between(given, "attack"),
            release=_between(given, "release"),
        )
    ]


def _trim(given: Given) -> Sequence[Node]:
    return [audio.Trim(top_db=float(given.take("top_db", 30)))]


SOUNDS: dict[str, Mapper] = {
    "AddBackgroundNoise": _background,
    "AddColorNoise": _color_noise,
    "AddGaussianNoise": _gaussian_noise,
    "AddGaussianSNR": _snr,
    "AdjustDuration": _duration,
    "ApplyImpulseResponse": _impulse_response,
    "BandPassFilter": _band_pass,
    "BandStopFilter": _band_stop,
    "BitCrush": _bit_crush,
    "ClippingDistortion": _clipping,
    "Gain": _gain,
    "HighPassFilter": _pass(audio.HighPass),
    "HighShelfFilter": _shelf(audio.HighShelf),
    "Limiter": _limiter,
    "LoudnessNormalization": _loudness,
    "LowPassFilter": _pass(audio.LowPass),
    "LowShelfFilter": _shelf(audio.LowShelf),
    "Mp3Compression": _mp3,
    "Normalize": _normalize,
    "PeakingFilter": _shelf(audio.PeakingFilter),
    "PitchShift": _pitch,
    "PolarityInversion": lambda given: [audio.PolarityInversion()],
    "Reverse": lambda given: [audio.Reverse()],
    "SevenBandParametricEQ": _seven_bands,
    "Shift": _shift,
    "TimeMask": _time_mask,
    "TimeStretch": _stretch,
    "Trim": _trim,
}
"""By class name."""

HINTS = {
    "AddShortNoises": "BackgroundNoise(folder=) goes on for the whole sound",
    "AirAbsorption": "LowPass(cutoff_hz=) takes the high frequencies away",
    "Aliasing": "LowPass(cutoff_hz=), without the aliasing",
    "Clip": "Limiter(threshold_db=) does not distort",
    "GainTransition": "Gain(gain_db=) is the same all through",
    "Lambda": "a class of your own with draw and apply, see CONTRIBUTING.md",
    "Padding": "it silences an end and keeps the length; TimeMask(fraction=) silences any part",
    "RepeatPart": "TimeStretch(rate=) below 1 makes a sound longer",
    "Resample": "augkit run --sample-rate brings sounds to a rate",
    "RoomSimulator": "ImpulseResponse(folder=) with recorded rooms",
    "TanhDistortion": "Tanh(drive_db=); there the drive follows from a percentile of the sound",
}
"""What to write in place of transforms that have no counterpart."""
