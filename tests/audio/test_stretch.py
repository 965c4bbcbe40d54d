"""Measured contracts of stretch, pitch and speed."""

from __future__ import annotations

import numpy as np
import pytest

from augkit import Compose, audio
from augkit.audio.base import AudioTransform
from augkit.audio.onsets import Onsets
from tests.audio.measure import (
    FAR,
    RATE,
    SIGNALS,
    TRIAD,
    cents,
    clicks,
    level,
    noise,
    onsets,
    purity,
    sine,
    tones,
)

OWN = ("wsola", "phase_vocoder")


@pytest.mark.parametrize("engine", OWN)
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("rate", [0.5, 0.8, 0.93, 1.25, 2.0])
def test_stretch_keeps_pitch_level_and_is_exact_in_length(engine, name, rate):
    sound, partials = SIGNALS[name]
    made = audio.TimeStretch(rate=rate, engine=engine)(sound, sample_rate=RATE)
    assert made.size == round(sound.size / rate)
    for hz in partials:
        assert abs(cents(made, hz)) < 5
    assert abs(level(made[1000:-1000]) - level(sound[1000:-1000])) < 0.5


@pytest.mark.parametrize("engine", OWN)
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("semitones", [-7, -1, 0.5, 3.5, 12])
def test_pitch_is_within_five_cents_and_length_is_kept(engine, name, semitones):
    sound, partials = SIGNALS[name]
    made = audio.PitchShift(semitones=semitones, engine=engine)(sound, sample_rate=RATE)
    assert made.size == sound.size
    for hz in partials:
        assert abs(cents(made, hz * 2 ** (semitones / 12))) < 5
    assert abs(level(made[1000:-1000]) - level(sound[1000:-1000])) < 0.5


@pytest.mark.parametrize("engine", OWN)
@pytest.mark.parametrize("partials", [[440.0], TRIAD, [261.63, 329.63, 392.0, 493.88], FAR])
@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_steady_tones_stay_pure(engine, partials, rate):
    """Also where they have no common period, so that no piece fits what plays on."""
    sound = tones(partials, seconds=3.0)
    made = audio.TimeStretch(rate=rate, engine=engine)(sound, sample_rate=RATE)
    assert purity(made, partials) > 42


def test_speed_moves_pitch_and_length():
    made = audio.SpeedPerturb(rate=1.1)(sine(440), sample_rate=RATE)
    assert made.size == round(2 * RATE / 1.1)
    assert abs(cents(made, 484)) < 0.1


@pytest.mark.parametrize("rate", [16000, 44100])
@pytest.mark.parametrize("factor", [0.5, 0.8, 0.93, 1.1, 1.25, 2.0])
def test_wsola_puts_every_beat_once_where_the_label_says(rate, factor):
    sound, places = clicks(rate=rate)
    made = audio.TimeStretch(rate=factor)(
        audio=sound, sample_rate=rate, beats=(places / rate).tolist()
    )
    found = onsets(made["audio"], rate)
    assert len(found) == len(places)
    assert np.abs(found - np.array(made["beats"]) * rate).max() < 0.002 * rate


@pytest.mark.parametrize("factor", [0.8, 1.25])
@pytest.mark.parametrize("partials", [TRIAD, FAR])
def test_wsola_keeps_beats_among_loud_tones(factor, partials):
    """The tones hide the clicks from a look at the energy."""
    sound, places = clicks()
    made = audio.TimeStretch(rate=factor)(sound + tones(partials, seconds=3.0), sample_rate=RATE)
    # The second difference of deep tones is small, that of a click is not.
    found = onsets(np.diff(made, 2), threshold=1.7)
    assert len(found) == len(places)
    assert np.abs(found - places / factor).max() < 0.002 * RATE


@pytest.mark.parametrize("hz", [60, 70, 80])
def test_pulses_of_a_voice_are_no_beats_in_its_steps(hz):
    """Its steps are sharper than it is; each stands out from the mean, but not from those before."""
    time = np.arange(3 * RATE) / RATE
    pulses = sum(np.cos(2 * np.pi * hz * k * time) / k**1.6 for k in range(1, 7000 // hz))
    heard = Onsets(RATE)
    heard.add((0.1 * pulses * (1 + 0.5 * np.sin(6 * np.pi * time))).astype(np.float32))
    assert len(heard.found) <= 1


@pytest.mark.parametrize("engine", OWN)
def test_channels_stay_together(engine):
    """A delay of ten samples between two channels is ten samples after stretch and pitch."""
    mono = noise(2 * RATE)
    left, right = mono[10:], mono[:-10]
    for transform, expected in (
        (audio.TimeStretch(rate=0.8, engine=engine), 10),
        (audio.PitchShift(semitones=12, engine=engine), 5),
    ):
        made = transform(np.stack([left, right]), sample_rate=RATE)
        size = made.shape[1]
        cross = np.fft.irfft(
            np.fft.rfft(made[1], 2 * size) * np.conj(np.fft.rfft(made[0], 2 * size))
        )
        assert int(np.argmax(cross)) == expected
        assert cross.max() / np.sqrt(np.prod(np.square(made).sum(axis=1))) > 0.95


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_tones_keep_their_delay_between_channels(factor):
    mono = tones(FAR, seconds=3.0)
    made = audio.TimeStretch(rate=factor)(np.stack([mono[10:], mono[:-10]]), sample_rate=RATE)
    left, right = made[0, 2000:-2010], made[1, 2010:-2000]
    assert level(right - left) < level(left) - 40


@pytest.mark.parametrize("engine", OWN)
def test_opposite_channels_stay_opposite(engine):
    sound, _ = SIGNALS["harmonic"]
    made = audio.TimeStretch(rate=0.8, engine=engine)(np.stack([sound, -sound]), sample_rate=RATE)
    np.testing.assert_allclose(made[0], -made[1], atol=1e-6)


@pytest.mark.parametrize("engine", [*OWN, "librosa"])
@pytest.mark.parametrize("length", [0, 1, 2, 7, 100, 1000, 1919, 1920, 1921, 5000])
@pytest.mark.parametrize("rate", [0.3, 0.8, 1.25, 3.0])
def test_any_length(engine, length, rate):
    sound = noise(length, channels=2)
    made = audio.TimeStretch(rate=rate, engine=engine)(sound, sample_rate=RATE)
    assert made.shape == (2, max(1, round(length / rate)) if length else 0)
    assert np.isfinite(made).all()
    made = audio.PitchShift(semitones=3, engine=engine)(sound, sample_rate=RATE)
    assert made.shape == sound.shape
    assert np.isfinite(made).all()


@pytest.mark.parametrize("engine", OWN)
def test_silence_and_dc(engine):
    for value in (0.0, 0.25):
        made = audio.TimeStretch(rate=0.8, engine=engine)(
            np.full(RATE, value, np.float32), sample_rate=RATE
        )
        inner = made[2000:-2000]
        np.testing.assert_allclose(inner, value, atol=1e-3)


def test_the_librosa_engine_is_librosa():
    import librosa

    sound, _ = SIGNALS["triad"]
    made = audio.TimeStretch(rate=1.25, engine="librosa")(sound, sample_rate=RATE)
    np.testing.assert_allclose(made, librosa.effects.time_stretch(sound, rate=1.25), atol=1e-5)


def blocks_of(transform: AudioTransform, params, sound, sizes):
    """A sound through a transform block by block."""
    process = transform.processor(params, RATE, len(sound), sound.shape[1])
    assert process is not None
    made, at = [], 0
    while True:
        size = sizes[len(made) % len(sizes)]
        block, at = sound[:, at : at + size], at + size
        made.append(process(block, at >= sound.shape[1]))
        if at >= sound.shape[1]:
            return np.concatenate(made, axis=1)


@pytest.mark.parametrize("sizes", [[1000], [1, 4096, 333], [50000], [16000 * 5]])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", ["noise", "tones"])
@pytest.mark.parametrize(
    ("transform", "params"),
    [
        (audio.TimeStretch(), {"rate": 1.25}),
        (audio.TimeStretch(), {"rate": 0.7}),
        (audio.PitchShift(), {"semitones": 3}),
        (audio.PitchShift(), {"semitones": -5}),
        (audio.TimeStretch(engine="phase_vocoder"), {"rate": 0.7}),
        (audio.TimeStretch(engine="phase_vocoder"), {"rate": 1.25}),
        (audio.PitchShift(engine="phase_vocoder"), {"semitones": 3}),
        (audio.SpeedPerturb(), {"rate": 0.9}),
        (audio.SpeedPerturb(), {"rate": 1.1}),
    ],
)
def test_blocks_are_the_whole(transform, params, kind, channels, sizes):
    sound = noise(5 * RATE, channels)
    if kind == "tones":
        sound = sound / 1000 + tones(FAR, seconds=5.0)
    sound[:, :: RATE // 2] += 1
    timemap = transform.timemap(params, sound.shape[1], RATE)
    whole = transform.move(sound, params, timemap, RATE)
    np.testing.assert_array_equal(blocks_of(transform, params, sound, sizes), whole)


def test_labels_scale_with_tempo_and_pitch():
    pipeline = Compose([audio.TimeStretch(rate=2), audio.SpeedPerturb(rate=2)], seed=1)
    made = pipeline(
        audio=sine(220),
        sample_rate=RATE,
        tempo=60,
        f0=np.full(200, 220.0),
        events=[{"start": 0.4, "end": 0.8, "low_hz": 100.0, "high_hz": None, "label": "a"}],
    )
    assert made["tempo"] == 240
    assert made["f0"].tolist() == [440.0] * 50
    assert made["events"] == [
        {"start": 0.1, "end": 0.2, "low_hz": 200.0, "high_hz": None, "label": "a"}
    ]
