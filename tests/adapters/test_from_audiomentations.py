"""Pipelines of audiomentations, run by both libraries on one sound."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path
from typing import Any

import audiomentations as am
import librosa
import numpy as np
import pytest
import soundfile
from audiomentations.core.transforms_interface import BaseTransform

from augkit import load
from augkit.adapters.imports import MissingTransformError, from_audiomentations
from augkit.core.errors import SpecError

SAMPLES = Path(__file__).parents[2] / "samples"
SOUND, RATE = soundfile.read(SAMPLES / "speech" / "ben" / "stop.wav", dtype="float32")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


def both(transform: Any, sound: Any = SOUND) -> tuple[Any, Any, Any]:
    """What the two libraries make of a sound, and the report."""
    imported = from_audiomentations(transform, seed=3)
    theirs = transform(samples=sound.copy(), sample_rate=RATE)
    ours = imported.pipeline(sound, sample_rate=RATE, key=0)
    return np.asarray(theirs), np.asarray(ours), imported


def error_db(one: Any, other: Any) -> float:
    """The energy of the difference, below that of the sound."""
    assert one.shape == other.shape
    rest = float(np.sum((one.astype(float) - other) ** 2))
    return 10 * np.log10(rest / float(np.sum(one.astype(float) ** 2)) + 1e-20)


def spectrum(sound: Any) -> Any:
    """Magnitudes alone, over all of it."""
    return np.abs(librosa.stft(sound)).sum(axis=1)


def fixed(name: str, value: Any) -> dict[str, Any]:
    return {f"min_{name}": value, f"max_{name}": value}


EXACT: dict[str, tuple[Any, float]] = {
    "gain": (am.Gain(**fixed("gain_db", -7.5), p=1), -120),
    "polarity": (am.PolarityInversion(p=1), -150),
    "reverse": (am.Reverse(p=1), -150),
    "normalize": (am.Normalize(p=1), -120),
    "loudness": (am.LoudnessNormalization(**fixed("lufs", -20.0), p=1), -35),
    "low pass": (
        am.LowPassFilter(**fixed("cutoff_freq", 1500.0), **fixed("rolloff", 12), p=1),
        -40,
    ),
    "low pass, steeper": (
        am.LowPassFilter(**fixed("cutoff_freq", 900.0), **fixed("rolloff", 24), p=1),
        -40,
    ),
    "to and fro": (
        am.LowPassFilter(
            **fixed("cutoff_freq", 900.0), **fixed("rolloff", 24), zero_phase=True, p=1
        ),
        -40,
    ),
    "high pass": (
        am.HighPassFilter(**fixed("cutoff_freq", 800.0), **fixed("rolloff", 12), p=1),
        -40,
    ),
    "low shelf": (
        am.LowShelfFilter(
            **fixed("center_freq", 400.0), **fixed("gain_db", 9.0), **fixed("q", 0.5), p=1
        ),
        -40,
    ),
    "high shelf": (
        am.HighShelfFilter(
            **fixed("center_freq", 2400.0), **fixed("gain_db", -9.0), **fixed("q", 0.5), p=1
        ),
        -40,
    ),
    "peak": (
        am.PeakingFilter(
            **fixed("center_freq", 900.0), **fixed("gain_db", 12.0), **fixed("q", 2.0), p=1
        ),
        -40,
    ),
    "shift": (am.Shift(**fixed("shift", 0.25), fade_duration=0.0, p=1), -150),
    "shift earlier": (
        am.Shift(**fixed("shift", -0.25), rollover=False, fade_duration=0.0, p=1),
        -150,
    ),
    "shift in seconds": (
        am.Shift(**fixed("shift", 0.1), shift_unit="seconds", fade_duration=0.0, p=1),
        -150,
    ),
    "trim": (am.Trim(top_db=20, p=1), -150),
    "pitch by librosa": (
        am.PitchShift(**fixed("semitones", 3.0), method="librosa_phase_vocoder", p=1),
        -60,
    ),
    "stretch by librosa": (
        am.TimeStretch(
            **fixed("rate", 1.25),
            method="librosa_phase_vocoder",
            leave_length_unchanged=False,
            p=1,
        ),
        -60,
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_what_is_called_exact_is(name: str) -> None:
    transform, tolerance = EXACT[name]
    # Of a length that the rate makes a whole number of samples: else phases drift apart.
    theirs, ours, imported = both(transform, SOUND[:11000])
    assert imported.exact, str(imported)
    assert error_db(theirs, ours) < tolerance


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its newer engine is a package of its own
    MP3 = am.Mp3Compression(**fixed("bitrate", 64), backend="lameenc", preserve_delay=True, p=1)

APPROXIMATE: dict[str, tuple[Any, float, str]] = {
    "band pass": (
        am.BandPassFilter(
            **fixed("center_freq", 1000.0),
            **fixed("bandwidth_fraction", 0.8),
            **fixed("rolloff", 12),
            p=1,
        ),
        -3,
        "in octaves",
    ),
    "band stop": (
        am.BandStopFilter(
            **fixed("center_freq", 1000.0),
            **fixed("bandwidth_fraction", 0.8),
            **fixed("rolloff", 12),
            p=1,
        ),
        2,
        "notch",
    ),
    "shift with fades": (am.Shift(**fixed("shift", 0.25), p=1), -35, "fades"),
    "crush": (am.BitCrush(**fixed("bit_depth", 7), p=1), -20, "two more"),
    "clip": (am.ClippingDistortion(**fixed("percentile_threshold", 10), p=1), -15, "loudest"),
    "mp3": (MP3, -10, "MPEG-2"),
}


@pytest.mark.parametrize("name", APPROXIMATE)
def test_what_is_called_approximate_says_how(name: str) -> None:
    transform, tolerance, said = APPROXIMATE[name]
    theirs, ours, imported = both(transform)
    (step,) = imported.steps
    assert step.match == "approximate"
    assert any(said in note for note in step.notes)
    if name == "mp3":  # decoders begin at different places
        theirs, ours = spectrum(theirs), spectrum(ours)
    assert error_db(theirs, ours) < tolerance


def test_noise_is_as_loud() -> None:
    for transform in (
        am.AddGaussianNoise(**fixed("amplitude", 0.05), p=1),
        am.AddGaussianSNR(**fixed("snr_db", 10.0), p=1),
    ):
        theirs, ours, imported = both(transform)
        assert imported.exact
        assert abs(20 * np.log10(np.std(theirs - SOUND) / np.std(ours - SOUND))) < 0.3
    theirs, ours, imported = both(
        am.AddColorNoise(**fixed("snr_db", 5.0), **fixed("f_decay", -6.0), p=1)
    )
    assert abs(20 * np.log10(np.std(theirs - SOUND) / np.std(ours - SOUND))) < 0.5
    theirs, ours, _ = both(am.AddBackgroundNoise(SAMPLES / "noise", **fixed("snr_db", 5.0), p=1))
    assert abs(20 * np.log10(np.std(theirs - SOUND) / np.std(ours - SOUND))) < 0.3


def test_a_masked_part_is_as_long() -> None:
    ones = np.ones(RATE, np.float32)
    transform = am.TimeMask(min_band_part=0.2, max_band_part=0.2, fade_duration=0.0, p=1)
    theirs, ours, imported = both(transform, ones)
    assert imported.exact
    assert abs(int(theirs.sum()) - int(ours.sum())) <= 1


def test_durations() -> None:
    for seconds in (0.5, 3.0):
        for position in ("start", "end"):
            theirs, ours, _ = both(
                am.AdjustDuration(duration_seconds=seconds, padding_position=position, p=1)
            )
            assert theirs.shape == ours.shape
            if seconds == 3.0:
                assert error_db(theirs, ours) < -150
    theirs, ours, imported = both(am.TimeStretch(**fixed("rate", 1.25), p=1))
    assert len(ours) == round(len(SOUND) / 1.25)
    assert "AdjustDuration" in str(imported)


def test_probabilities_weights_and_order() -> None:
    pipeline = am.Compose(
        [
            am.OneOf([am.Gain(p=1), am.Reverse(p=0.5), am.Normalize(p=1)], weights=[1, 2, 1]),
            am.SomeOf((1, None), [am.PolarityInversion(p=1), am.Shift(p=1)]),
        ]
    )
    imported = from_audiomentations(pipeline, seed=1)
    drawn = [
        imported.pipeline.draw(SOUND, sample_rate=RATE, key=key).to_dict()["steps"]
        for key in range(1500)
    ]
    names = [[step["op"] for step in steps] for steps in drawn]

    def rate(name: str) -> float:
        return sum(name in one for one in names) / len(names)

    for name, expected in (("Gain", 0.25), ("Reverse", 0.25), ("Normalize", 0.25)):
        assert abs(rate(name) - expected) < 0.04
    for name in ("PolarityInversion", "TimeShift"):
        assert abs(rate(name) - 0.75) < 0.04
    shuffled = from_audiomentations(am.Compose([am.Gain(p=1), am.Reverse(p=1)], shuffle=True))
    assert "RandomOrder" in str(shuffled.pipeline.to_dict())


def test_what_is_missing_is_told_at_once(tmp_path: Path) -> None:
    pipeline = am.Compose([am.Gain(), am.TanhDistortion(), am.OneOf([am.Aliasing(), am.Reverse()])])
    with pytest.raises(MissingTransformError) as caught:
        from_audiomentations(pipeline)
    assert [line.partition(":")[0] for line in caught.value.problems] == [
        "TanhDistortion",
        "OneOf/Aliasing",
    ]
    imported = from_audiomentations(pipeline, missing="skip", seed=2)
    (tmp_path / "new.yaml").write_text(imported.to_yaml())
    assert "# left out: TanhDistortion" in imported.to_yaml()
    again = load(tmp_path / "new.yaml")
    made = again(SOUND, sample_rate=RATE, key=1)
    assert (made == imported.pipeline(SOUND, sample_rate=RATE, key=1)).all()
    with pytest.raises(SpecError, match="no pipeline of audiomentations"):
        from_audiomentations([am.Gain()])


def test_every_transform_is_read_or_told() -> None:
    """Each of audiomentations' own with its defaults gives an answer, never a crash."""
    given = {
        "sounds_path": str(SAMPLES / "noise"),
        "ir_path": str(SAMPLES / "noise"),
        "duration_seconds": 1.0,
        "transform": lambda samples, sample_rate: samples,
    }
    answers = dict.fromkeys(("exact", "approximate", "left out"), 0)
    for name in dir(am):
        kind = getattr(am, name)
        if isinstance(kind, type) and issubclass(kind, BaseTransform):
            wanted = inspect.signature(kind).parameters
            transform = kind(**{key: value for key, value in given.items() if key in wanted})
            try:
                (step,) = from_audiomentations(transform).steps
            except MissingTransformError:
                answers["left out"] += 1
            else:
                answers[step.match] += 1
    assert answers["exact"] >= 9, answers
    assert answers["approximate"] >= 12, answers
    assert answers["left out"] >= 8, answers
