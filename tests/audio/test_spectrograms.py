"""LogMel against librosa; SpecAugment: masks, warps, and the labels that follow."""

from __future__ import annotations

import subprocess
import sys

import librosa
import numpy as np
import pytest

from augkit import Compose, Recipe, audio
from augkit.audio import LogMel, SpecAugment

RATE = 16_000


def chirp(seconds: float = 1.3, rate: int = RATE) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(3).standard_normal(len(time))
    return (0.4 * np.sin(2 * np.pi * (200 + 900 * time) * time) + 0.01 * noise).astype(np.float32)


SETTINGS = [
    {},
    {"bands": 80, "window_length": 400, "hop_length": 160},
    {"bands": 40, "window_length": 1024, "hop_length": 256, "scale": "htk"},
    {"bands": 64, "window_length": 511, "hop_length": 100, "low_hz": 60.0, "high_hz": 7000.0},
    {"bands": 23, "window_length": 512, "scale": "htk", "low_hz": 20.0, "top_db": 60.0},
    {"bands": 128, "window_length": 2048, "hop_length": 3000},
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_logmel_is_librosas(settings: dict, rate: int) -> None:
    sound = chirp(rate=rate)
    ours = LogMel(**settings)(sound, sample_rate=rate)
    htk = settings.get("scale") == "htk"
    power = librosa.feature.melspectrogram(
        y=sound,
        sr=rate,
        n_fft=settings.get("window_length", 2048),
        hop_length=settings.get("hop_length", 512),
        n_mels=settings.get("bands", 128),
        fmin=settings.get("low_hz", 0.0),
        fmax=settings.get("high_hz"),
        htk=htk,
        norm=None if htk else "slaney",
    )
    theirs = librosa.power_to_db(power, top_db=settings.get("top_db"))
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    # Far below the loudest, float32 rounding is all there is.
    heard = theirs > theirs.max() - 80
    assert np.abs(ours - theirs)[heard].max() < 2e-3


def test_natural_logarithm_and_power() -> None:
    power = LogMel(log="none")(chirp(), sample_rate=RATE)
    natural = LogMel(log="natural", floor=1e-6)(chirp(), sample_rate=RATE)
    assert np.allclose(natural, np.log(np.maximum(power, 1e-6)), atol=1e-5)
    decibels = LogMel()(chirp(), sample_rate=RATE)
    assert np.allclose(decibels, 10 * np.log10(np.maximum(power, 1e-10)), atol=1e-4)


@pytest.mark.parametrize("length", [0, 1, 2, 511, 512, 513, 5000])
def test_any_length(length: int) -> None:
    made = LogMel(bands=20)(np.zeros((2, length), np.float32), sample_rate=RATE)
    assert made.shape == (2, 20, 1 + length // 512)
    assert np.allclose(made, -100)


def test_channels_are_done_each(monkeypatch: pytest.MonkeyPatch) -> None:
    both = np.stack([chirp(), chirp()[::-1]])
    made = LogMel(bands=40)(both, sample_rate=RATE)
    alone = [LogMel(bands=40)(one, sample_rate=RATE) for one in both]
    assert np.array_equal(made, np.stack(alone))
    monkeypatch.setattr("augkit.audio.mel._AT_ONCE", 4096)  # a few frames at a time
    assert np.array_equal(LogMel(bands=40)(both, sample_rate=RATE), made)


def test_librosa_is_not_imported() -> None:
    code = (
        "import sys, numpy as np; from augkit import audio\n"
        "audio.LogMel()(np.zeros(9000, np.float32), sample_rate=16000)\n"
        "assert not {'librosa', 'numba', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_refused() -> None:
    for settings, said in (
        ({"bands": 0}, "LogMel.bands must be a whole number from 1"),
        ({"scale": "bark"}, "LogMel.scale must be one of slaney, htk"),
        ({"log": "e"}, "LogMel.log must be one of"),
        ({"low_hz": 500, "high_hz": 400}, "LogMel.high_hz must be above low_hz"),
    ):
        with pytest.raises(ValueError, match=said):
            LogMel(**settings)
    with pytest.raises(ValueError, match="has frequencies up to 8000 Hz"):
        LogMel(high_hz=9000.0)(chirp(), sample_rate=RATE)
    with pytest.raises(ValueError, match="SpecAugment works on spectrograms; put LogMel before"):
        SpecAugment()(chirp(), sample_rate=RATE)
    with pytest.raises((TypeError, ValueError), match="waveform"):
        Compose([LogMel(), audio.Gain()])
    with pytest.raises(ValueError, match="SpecAugment.fill must be"):
        SpecAugment(fill="median")


# -- SpecAugment -------------------------------------------------------------------------------


def spectrogram(pipeline_tail: list, variant: int = 0, **labels: object):
    pipeline = Compose([LogMel(bands=40, hop_length=160), *pipeline_tail], seed=5)
    return pipeline.run({"audio": chirp(), "sample_rate": RATE, **labels}, key="x", variant=variant)


def plain() -> np.ndarray:
    return spectrogram([])[0]["audio"]


def test_masks_cover_what_they_say() -> None:
    for variant in range(12):
        tail = [SpecAugment(frequency_masks=1, time_masks=1, warp=0, fill=7.0)]
        made, recipe = spectrogram(tail, variant)
        step = recipe.steps[-1].params
        values, before = made["audio"], plain()
        covered = values == 7.0
        bands = np.flatnonzero(covered.all(axis=1))
        frames = np.flatnonzero(covered.all(axis=0))
        assert len(bands) == round(step["frequency"][0][1] * 40)
        assert len(frames) == round(step["time"][0][1] * before.shape[1])
        for rows in (bands, frames):
            assert rows.size == 0 or np.array_equal(rows, np.arange(rows[0], rows[-1] + 1))
        assert np.array_equal(values[~covered], before[~covered])


def test_widths_and_places_are_uniform() -> None:
    """The widest and the outermost are reached: neither end is left out."""
    tail = [SpecAugment(frequency_masks=1, frequency_width=(0, 1), time_masks=0, warp=0, fill=7.0)]
    widths, edges = [], set()
    for variant in range(400):
        made, _ = spectrogram_of_zeros(tail, variant)
        rows = np.flatnonzero((made == 7.0).all(axis=1))
        widths.append(len(rows))
        edges |= {("low", rows[0] == 0), ("high", rows[-1] == 9)} if len(rows) else set()
    assert set(widths) == set(range(11))
    assert 4.3 < np.mean(widths) < 5.7
    assert {("low", True), ("high", True), ("low", False), ("high", False)} <= edges


def spectrogram_of_zeros(tail: list, variant: int):
    pipeline = Compose([LogMel(bands=10), *tail], seed=5)
    sound = {"audio": np.zeros(1600, np.float32), "sample_rate": RATE}
    made, recipe = pipeline.run(sound, key="x", variant=variant)
    return made["audio"], recipe


def test_neutral_is_the_input_bit_for_bit() -> None:
    tail = [SpecAugment(frequency_masks=0, time_masks=0, warp=0)]
    assert np.array_equal(spectrogram(tail)[0]["audio"], plain())


def test_labels_follow_the_warp() -> None:
    """A click stands where its label says, within a frame."""
    sound = np.zeros(2 * RATE, np.float32)
    clicks = [0.3, 0.7, 1.1, 1.6]
    for at in clicks:
        sound[round(at * RATE)] = 1
    tail = SpecAugment(frequency_masks=0, time_masks=0, warp=(-0.3, 0.3))
    pipeline = Compose([LogMel(bands=20, window_length=256, hop_length=64), tail], seed=1)
    moved = 0
    for variant in range(10):
        made = pipeline(
            audio=sound, sample_rate=RATE, beats=np.array(clicks), key="x", variant=variant
        )
        level = made["audio"].mean(axis=0)
        for was, at in zip(clicks, made["beats"], strict=True):
            frame = round(at * RATE / 64)
            near = level[max(0, frame - 12) : frame + 13]
            assert abs(int(np.argmax(near)) - min(12, frame)) <= 2
            moved += abs(at - was) > 0.05
    assert moved > 10


def test_replay_on_another_length() -> None:
    made, recipe = spectrogram([SpecAugment()])
    pipeline = Compose([LogMel(bands=40, hop_length=160), SpecAugment()], seed=5)
    again = pipeline.apply(
        {"audio": chirp(), "sample_rate": RATE}, Recipe.from_json(recipe.to_json())
    )
    assert np.array_equal(again["audio"], made["audio"])
    other = pipeline.apply({"audio": chirp(2.0), "sample_rate": RATE}, recipe)
    assert other["audio"].shape == (40, 201)


CHAINS = [
    [LogMel(bands=40, hop_length=160), SpecAugment()],
    [audio.SpeedPerturb(), LogMel(bands=40, log="natural"), SpecAugment(time_masks=5, fill=0)],
    [audio.Gain(), audio.Mp3(p=0.5), LogMel(bands=20, top_db=60.0), SpecAugment(warp=0.3)],
]


@pytest.mark.parametrize("chain", CHAINS)
def test_chains_keep_the_promises_of_all_transforms(chain: list) -> None:
    """Inputs are not written to; batches, threads, copies and JSON give the same numbers."""
    pipeline = Compose(chain, seed=9)
    sounds = [chirp(0.4 + 0.1 * number) for number in range(5)]
    before = [sound.copy() for sound in sounds]
    for sound in sounds:
        sound.flags.writeable = False
    keys = [f"k{number}" for number in range(5)]
    made = [
        pipeline.run({"audio": sound, "sample_rate": RATE, "events": [(0.1, 0.3, "x")]}, key=key)
        for sound, key in zip(sounds, keys, strict=True)
    ]
    assert all(np.array_equal(a, b) for a, b in zip(sounds, before, strict=True))
    named = [{"audio": s, "sample_rate": RATE, "events": [(0.1, 0.3, "x")]} for s in sounds]
    again = Compose.from_dict(pipeline.to_dict())
    batch = again.batch(named, keys=keys, threads=3)
    for (one, recipe), other, data in zip(made, batch, named, strict=True):
        replayed = again.apply(data, Recipe.from_json(recipe.to_json()))
        for found in (other, replayed):
            assert np.array_equal(found["audio"], one["audio"])
            assert found["events"] == one["events"]
    strided = np.repeat(sounds[0], 2)[::2]
    alone = pipeline(audio=strided, sample_rate=RATE, key="k0")["audio"]
    assert np.array_equal(alone, made[0][0]["audio"])
