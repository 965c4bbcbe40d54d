"""The sounds and the comparisons of `audio.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from augkit import audio
from augkit.core.transform import Node

__all__ = ["SIZES", "Case", "cases", "noise_folder", "sounds"]

Sound: TypeAlias = NDArray[np.float32]
Work: TypeAlias = Callable[[Sound, int], object]

SIZES = {"5 s mono at 16 kHz": (16000, 1, 5.0), "10 s stereo at 44.1 kHz": (44100, 2, 10.0)}
"""Name: sample rate, channels, seconds."""

NOISE, WASTEFUL, OTHER = 3.0, 1.5, 0.95
VIEW = "it gives a view of the caller's sound (in 2 to 5 µs); its copy is timed, ours is one"


@dataclass(frozen=True)
class Case:
    """One transform.

    Attributes:
        name: how it is called in the table.
        ours: of augkit.
        peer: of audiomentations, if it has it.
        librosa: the same with librosa, if it has it.
        target: how many times as fast as the fastest peer (or as ``against``) it has to be.
        against: the peer that counts for the target; None: the fastest.
        note: where a peer does less or something else.
    """

    name: str
    ours: Node
    peer: Any = None
    librosa: Work | None = None
    target: float = OTHER
    against: str | None = None
    note: str = ""


def _copied(peer: Any) -> Any:
    """A peer that gives a view of the caller's sound, and a copy of that: what ours has to give."""
    return lambda samples, sample_rate: peer(samples=samples, sample_rate=sample_rate).copy()


def sounds(rate: int, channels: int, seconds: float) -> list[Sound]:
    """Three sounds that change as speech and music do: voiced, noisy and silent parts, beats."""
    made = []
    for seed in range(3):
        random = np.random.default_rng(seed)
        count = round(rate * seconds)
        time = np.arange(count) / rate
        pitch = 120 * (1 + 0.2 * np.sin(2 * np.pi * 0.4 * time + seed))
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        voice = sum(np.sin(k * phase) / k for k in range(1, 13))
        envelope = np.clip(np.sin(2 * np.pi * 1.7 * time + seed), 0, 1)
        rows = []
        for _ in range(channels):
            hiss = random.standard_normal(count) * np.clip(np.sin(2 * np.pi * 1.3 * time), 0, 1)
            beats = np.exp(-((time * 2) % 1) * 40) * random.standard_normal(count)
            rows.append(0.2 * voice * envelope + 0.05 * hiss + 0.1 * beats)
        sound = np.stack(rows).astype(np.float32)
        made.append(sound[0] if channels == 1 else sound)
    return made


def noise_folder(root: Path) -> str:
    """Recorded noise at both rates."""
    import soundfile

    random = np.random.default_rng(9)
    for rate in (16000, 44100):
        folder = root / str(rate)
        folder.mkdir(parents=True)
        soundfile.write(folder / "noise.wav", 0.1 * random.standard_normal(20 * rate), rate)
        response = random.standard_normal(rate) * np.exp(-np.arange(rate) / (0.1 * rate))
        response[:100] = 0
        response[100] = 8
        (root / f"rooms-{rate}").mkdir()
        soundfile.write(root / f"rooms-{rate}" / "room.wav", response / 10, rate)
    return str(root)


def cases(rate: int, root: Path) -> list[Case]:
    """All comparisons at one sample rate."""
    return [*_stretches(), *_noises(rate, root), *_filters(), *_rest()]


def _stretches() -> list[Case]:
    import audiomentations as other
    import librosa

    made = []
    for rate in (1.25, 0.8):

        def stretch(y: Sound, sr: int, rate: float = rate) -> object:
            return librosa.effects.time_stretch(y, rate=rate)

        peer = other.TimeStretch(rate, rate, leave_length_unchanged=False, p=1)
        ours = audio.TimeStretch(rate=rate)
        made.append(Case(f"TimeStretch {rate}, wsola", ours, peer, stretch, 4.0))
        ours = audio.TimeStretch(rate=rate, engine="phase_vocoder")
        made.append(Case(f"TimeStretch {rate}, phase vocoder", ours, peer, stretch, 1.5, "librosa"))
    for steps in (3.0, -3.0):

        def shift(y: Sound, sr: int, steps: float = steps) -> object:
            return librosa.effects.pitch_shift(y, sr=sr, n_steps=steps)

        peer = other.PitchShift(steps, steps, p=1)
        ours_shift = audio.PitchShift(semitones=steps)
        made.append(Case(f"PitchShift {steps:+g}, wsola", ours_shift, peer, shift, 2.5))
        ours_shift = audio.PitchShift(semitones=steps, engine="phase_vocoder")
        made.append(
            Case(f"PitchShift {steps:+g}, phase vocoder", ours_shift, peer, shift, 1.5, "librosa")
        )

    def speed(y: Sound, sr: int) -> object:
        return librosa.resample(y, orig_sr=11, target_sr=10, res_type="soxr_hq")

    made.append(Case("SpeedPerturb 1.1", audio.SpeedPerturb(rate=1.1), None, speed))
    return made


def _noises(rate: int, root: Path) -> list[Case]:
    import audiomentations as other

    folder, rooms = str(root / str(rate)), str(root / f"rooms-{rate}")
    return [
        Case(
            "GaussianNoise", audio.GaussianNoise(std=0.01), other.AddGaussianNoise(0.01, 0.01, p=1),
            target=NOISE,
        ),
        Case(
            "AddNoise white", audio.AddNoise(snr_db=20), other.AddGaussianSNR(20, 20, p=1),
            target=NOISE, note="its SNR is statistical, ours exact",
        ),
        Case(
            "AddNoise pink", audio.AddNoise(snr_db=20, color="pink"),
            other.AddColorNoise(20, 20, -3.01, -3.01, p=1), target=NOISE,
            note="its slope is off by dB per octave",
        ),
        Case(
            "BackgroundNoise", audio.BackgroundNoise(folder, snr_db=10),
            other.AddBackgroundNoise(folder, 10, 10, p=1), target=OTHER,
            note="it takes mono only" if rate != 16000 else "",
        ),
        Case(
            "ImpulseResponse", audio.ImpulseResponse(rooms),
            other.ApplyImpulseResponse(rooms, leave_length_unchanged=True, p=1),
            note="its level is always 0.5",
        ),
    ]  # fmt: skip


def _filters() -> list[Case]:
    import audiomentations as other

    return [
        Case("LowPass", audio.LowPass(cutoff_hz=2000), other.LowPassFilter(2000, 2000, p=1),
             target=WASTEFUL),
        Case("HighPass", audio.HighPass(cutoff_hz=200), other.HighPassFilter(200, 200, p=1),
             target=WASTEFUL),
        Case("LowPass both ways", audio.LowPass(cutoff_hz=2000, zero_phase=True),
             other.LowPassFilter(2000, 2000, zero_phase=True, p=1), target=WASTEFUL),
        Case("BandPass", audio.BandPass(center_hz=1000, octaves=1),
             other.BandPassFilter(1000, 1000, 0.7, 0.7, p=1), target=WASTEFUL),
        Case("BandStop", audio.BandStop(center_hz=1000, q=1.4),
             other.BandStopFilter(1000, 1000, 0.7, 0.7, p=1), target=WASTEFUL),
        Case("LowShelf", audio.LowShelf(center_hz=500, gain_db=6, q=0.5),
             other.LowShelfFilter(500, 500, 6, 6, 0.5, 0.5, p=1), target=WASTEFUL),
        Case("HighShelf", audio.HighShelf(center_hz=3000, gain_db=6, q=0.5),
             other.HighShelfFilter(3000, 3000, 6, 6, 0.5, 0.5, p=1), target=WASTEFUL),
        Case("PeakingFilter", audio.PeakingFilter(center_hz=1000, gain_db=6, q=1),
             other.PeakingFilter(1000, 1000, 6, 6, 1, 1, p=1), target=WASTEFUL),
        Case("SevenBandEQ", audio.SevenBandEQ(), other.SevenBandParametricEQ(p=1),
             target=WASTEFUL),
    ]  # fmt: skip


def _rest() -> list[Case]:
    import audiomentations as other

    return [
        Case("Gain", audio.Gain(gain_db=-3), other.Gain(-3, -3, p=1)),
        Case("PolarityInversion", audio.PolarityInversion(), other.PolarityInversion(p=1)),
        Case("Reverse", audio.Reverse(), _copied(other.Reverse(p=1)), note=VIEW),
        Case("TimeShift", audio.TimeShift(shift=0.2), other.Shift(0.2, 0.2, rollover=False, p=1)),
        Case("TimeShift roll", audio.TimeShift(shift=0.2, mode="roll"),
             other.Shift(0.2, 0.2, rollover=True, p=1)),
        Case("Clipping", audio.Clipping(fraction=0.1), other.ClippingDistortion(10, 10, p=1),
             target=WASTEFUL),
        Case("Tanh", audio.Tanh(drive_db=12), other.TanhDistortion(0.3, 0.3, p=1)),
        Case("BitCrush", audio.BitCrush(bit_depth=8), other.BitCrush(8, 8, p=1)),
        Case("Limiter", audio.Limiter(threshold_db=-6, release=0.1),
             other.Limiter(-6, -6, threshold_mode="relative_to_signal_peak", p=1)),
        Case("Normalize", audio.Normalize(), other.Normalize(p=1)),
        Case("LoudnessNormalize", audio.LoudnessNormalize(lufs=-20),
             other.LoudnessNormalization(-20, -20, p=1)),
        Case("TimeMask", audio.TimeMask(fraction=0.2),
             other.TimeMask(0.2, 0.2, fade_duration=0.005, p=1)),
        Case("Trim", audio.Trim(top_db=30), other.Trim(30, p=1)),
        Case("Pad", audio.Pad(before=0, after=0.5), other.Padding("silence", 0.1, 0.1, p=1)),
        Case("AdjustDuration", audio.AdjustDuration(48000, unit="samples"),
             _copied(other.AdjustDuration(duration_samples=48000, p=1)), note=VIEW),
    ]  # fmt: skip
