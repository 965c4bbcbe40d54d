"""Bugs that were confirmed in other libraries of the field; each is a test that passes here.

The numbers are those of a survey of audiomentations 0.43.1, librosa, torch-audiomentations 0.12,
muda 0.4, lhotse 2.0a3 and AugLy.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys

import numpy as np
import pytest

from augkit import Compose, OneOf, Recipe, audio
from tests.audio.measure import RATE, clicks, level, noise, onsets, sine


def pipeline(*transforms, **settings):
    return Compose(list(transforms), seed=5, sample_rate=RATE, **settings)


@pytest.mark.parametrize("shift", [-1.0, 1.0, -2.0, 0.0])
@pytest.mark.parametrize("mode", ["fill", "roll"])
def test_a_shift_by_the_whole_length(shift, mode):
    """1: a shift by -1.0 crashed."""
    made = audio.TimeShift(shift=shift, mode=mode)(sine(440), sample_rate=RATE)
    assert made.shape == (2 * RATE,)


@pytest.mark.parametrize(
    "transform",
    [
        audio.AddNoise(),
        audio.AddNoise(color="pink"),
        audio.GaussianNoise(),
        audio.AdjustDuration(1.0, place="random"),
    ],
)
def test_a_recipe_freezes_the_noise(transform):
    """2: frozen parameters did not freeze the noise."""
    chain = pipeline(transform)
    made, recipe = chain.run(sine(440), key="a")
    for _ in range(3):
        again = chain.apply(sine(440), Recipe.from_json(recipe.to_json()))
        np.testing.assert_array_equal(again, made)


def test_a_recipe_freezes_probability_and_order():
    """Issue 135: freezing drew p and the order of a Compose again."""
    chain = pipeline(OneOf([audio.Gain(), audio.Reverse()]), audio.PolarityInversion(p=0.5))
    for key in range(20):
        made, recipe = chain.run(sine(440), key=key)
        np.testing.assert_array_equal(chain.apply(sine(440), recipe), made)


def test_global_sources_are_neither_read_nor_moved():
    """3, and issues 362 and 170: two global random sources."""
    chain = pipeline(audio.LowPass(), audio.AddNoise(), OneOf([audio.Gain(), audio.PitchShift()]))
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    states = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first = chain(sine(440), key="a")
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states  # noqa: NPY002
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    np.testing.assert_array_equal(chain(sine(440), key="a"), first)


@pytest.mark.parametrize("engine", ["wsola", "phase_vocoder"])
def test_slow_stretches_are_the_same_in_every_process(engine):
    """4: below rate 0.5 a stretch could not be repeated."""
    code = (
        "import numpy as np, hashlib\nfrom augkit import audio\n"
        "x = np.sin(np.arange(8000) ** 1.2 / 40).astype(np.float32)\n"
        f"y = audio.TimeStretch(rate=0.4, engine={engine!r})(x, sample_rate=16000)\n"
        "print(hashlib.sha256(y.tobytes()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(found) == 1


def test_a_stretch_of_a_sound_that_is_not_silent_has_the_length():
    """Tests of the field stretch silence."""
    for rate in (0.37, 0.811, 1.237, 2.9):
        for size in (16000, 16001, 44117):
            made = audio.TimeStretch(rate=rate)(noise(size), sample_rate=RATE)
            assert made.size == round(size / rate)


def test_a_room_keeps_the_level(tmp_path):
    """6: every output of a room had a peak of 0.5; and the room's delay moved the sound."""
    from augkit.audio.files import write

    response = np.zeros(2000, np.float32)
    response[400] = 0.8
    response[900] = 0.2
    write(tmp_path / "room.wav", response, RATE)
    sound, places = clicks()
    for factor in (0.41, 0.0041):
        made = audio.ImpulseResponse(str(tmp_path))(
            (factor * sound).astype(np.float32), sample_rate=RATE
        )
        assert level(made) == pytest.approx(level(factor * sound), abs=0.01)
        np.testing.assert_array_equal(onsets(made / np.abs(made).max()), places)


@pytest.mark.parametrize("size", [160, 1600, 16000])
def test_the_ratio_is_exact_for_short_sounds(size):
    """8: 10 dB were 9.0 to 11.3 dB on 160 samples."""
    signal = noise(size)
    added = audio.AddNoise(snr_db=10)(signal, sample_rate=RATE) - signal
    ratio = 10 * np.log10(np.sum(signal**2, dtype=float) / np.sum(added**2, dtype=float))
    assert ratio == pytest.approx(10, abs=0.01)


def test_the_last_place_of_a_crop_is_taken():
    """9: a crop of 9 from 10 always began at 0, and lengths were floored."""
    chain = pipeline(audio.AdjustDuration(9, unit="samples", place="random"))
    sound = np.arange(10, dtype=np.float32)
    assert {float(chain(sound, key=key)[0]) for key in range(40)} == {0.0, 1.0}
    made = audio.AdjustDuration(0.1)(np.ones(9999, np.float32), sample_rate=44099)
    assert made.size == 4410


@pytest.mark.parametrize("size", [1, 2, 9, 10])
def test_zero_phase_filters_of_very_short_sounds(size):
    """10: zero phase failed below ten samples, and integers were refused."""
    for dtype in ("float32", "int16"):
        made = audio.LowPass(cutoff_hz=100, zero_phase=True)(
            np.full(size, 3, dtype), sample_rate=RATE
        )
        assert made.dtype == dtype
        np.testing.assert_allclose(made, 3, atol=1e-5)


def test_odd_sample_rates_have_the_right_nyquist():
    """10: half of 44099 was taken to be 22049."""
    made = audio.LowPass(cutoff_hz=22049.4)(noise(1000), sample_rate=44099)
    assert np.isfinite(made).all()


@pytest.mark.parametrize("shape", [(0,), (1, 0), (2, 0)])
def test_empty_in_empty_out(shape):
    """11: empty sounds gave errors that said something else."""
    empty = np.zeros(shape, np.float32)
    for transform in (audio.PitchShift(), audio.AddNoise(), audio.Limiter(), audio.SevenBandEQ()):
        assert transform(empty, sample_rate=RATE).shape == shape


def test_integers_come_back_rounded_and_clipped():
    """12 and 13: int16 came back as float64, and 1.2 as -26216."""
    loud = np.array([30000, -30000, 100], np.int16)
    made = audio.Gain(gain_db=20)(loud, sample_rate=RATE)
    assert made.dtype == np.int16
    assert made.tolist() == [32767, -32768, 1000]
    assert audio.Gain(gain_db=-3)(np.array([100], np.int16), sample_rate=RATE).tolist() == [71]


def test_every_integer_survives_a_way_through():
    """12: nothing is lost where nothing happens to the samples."""
    every = np.arange(-32768, 32768, dtype=np.int16)
    twice = Compose([audio.Reverse(), audio.Reverse(id="again")], sample_rate=RATE)
    np.testing.assert_array_equal(twice(every), every)


def test_loud_and_silent_sounds_keep_finite():
    """14, and issues 253, 169: division by a level of zero."""
    for transform in (audio.Normalize(), audio.LoudnessNormalize(), audio.Limiter()):
        silent = transform(np.zeros(RATE, np.float32), sample_rate=RATE)
        assert not silent.any()


def test_noise_of_a_loop_is_measured_as_it_is_mixed(tmp_path):
    """Noise was tiled with a jump each period, its level measured before."""
    from augkit.audio.files import write

    write(tmp_path / "short.wav", sine(50, 0.1) + 0.2, RATE)
    signal = noise(RATE)
    added = (
        audio.BackgroundNoise(str(tmp_path), snr_db=6)(signal, sample_rate=RATE) - signal
    ).astype(float)
    assert level(signal) - level(added) == pytest.approx(6, abs=0.01)


def test_channels_have_noise_of_their_own_that_never_repeats():
    """Colored noise was one second, tiled, the same on all channels."""
    signal = np.stack([sine(440, 3)] * 2)
    added = audio.AddNoise(snr_db=0, color="pink")(signal, sample_rate=RATE) - signal
    assert abs(np.corrcoef(added)[0, 1]) < 0.1
    assert abs(np.corrcoef(added[0, :RATE], added[0, RATE : 2 * RATE])[0, 1]) < 0.1


def test_speed_resamples_and_keeps_the_rate():
    """A speed change only gave another number for the rate."""
    made = audio.SpeedPerturb(rate=2)(audio=sine(440), sample_rate=RATE)
    assert made["sample_rate"] == RATE
    assert made["audio"].size == RATE


def test_histories_are_not_one_object():
    """muda: every entry of a history pointed at the last shift."""
    chain = pipeline(audio.PitchShift(semitones=(-3, 3)))
    recipes = [chain.draw(sine(440), key=key) for key in range(5)]
    drawn = [recipe.steps[0].params["semitones"] for recipe in recipes]
    assert len(set(drawn)) == 5
    assert json.loads(recipes[0].to_json())["steps"][0]["params"]["semitones"] == drawn[0]


def test_scores_stay_with_their_events():
    """lhotse: trimming an alignment dropped its scores."""
    made = pipeline(audio.RandomCrop(1.0))(
        audio=sine(440), sample_rate=RATE, words=[(0.0, 2.0, "word", 0.93)], key=1
    )
    assert made["words"][0][2:] == ("word", 0.93)


def test_label_and_sound_agree_to_the_sample():
    """lhotse issues 311, 426, 1064: labels and sounds that were one sample apart."""
    for size in (16000, 15999, 12347):
        made = audio.SpeedPerturb(rate=1.1)(
            audio=noise(size), sample_rate=RATE, events=[(0.0, size / RATE, "all")]
        )
        start, end, _ = made["events"][0]
        assert start == 0
        assert round(end * RATE) == made["audio"].size


def test_the_input_is_never_written_to():
    """A background's array was scaled in place."""
    given = noise(RATE)
    given.flags.writeable = False
    chain = pipeline(audio.Gain(), audio.AddNoise(), audio.TimeMask(), audio.Clipping())
    chain(given, key=1)


def test_how_much_to_read_is_known_before_reading():
    """torch-audiomentations issue 158: what changes the length has to say by how much."""
    chain = pipeline(
        audio.TimeStretch(rate=(0.8, 1.25)), audio.SpeedPerturb(), audio.Pad(), audio.TimeShift()
    )
    for key in range(20):
        recipe = chain.draw(np.zeros(RATE, np.float32), key=key)
        wanted = 3 * RATE
        needed = audio.input_length_for(recipe, wanted)
        made = chain.apply(noise(needed), recipe)
        assert wanted <= made.size <= wanted + 2
        assert audio.output_length_of(recipe, needed - 1) < wanted
    crop = pipeline(audio.RandomCrop(1.0)).draw(sine(440), key=1)
    with pytest.raises(ValueError, match="no input is long enough"):
        audio.input_length_for(crop, 2 * RATE)


def test_rates_are_not_of_a_grid():
    """nlpaug issue 207: factors came from steps of 0.1."""
    chain = pipeline(audio.TimeStretch(rate=(0.8, 1.25)))
    rates = {chain.draw(sine(440), key=key).steps[0].params["rate"] for key in range(50)}
    assert len(rates) == 50


def test_the_library_is_not_imported_for_its_neighbours():
    """librosa issues 1541, 1697, 1910: seconds of imports and compilation at the first call."""
    code = (
        "import sys, numpy as np\nfrom augkit import Compose, audio\n"
        "names = [n for n in audio.TRANSFORMS if n not in "
        "('BackgroundNoise', 'ImpulseResponse', 'RandomCrop', 'AdjustDuration', 'MixUp')]\n"
        "steps = [getattr(audio, n)() for n in names if getattr(audio, n).takes == 'waveform'"
        " and getattr(audio, n).gives == 'waveform']\n"
        "steps.append(audio.TimeStretch(engine='phase_vocoder'))\n"
        "Compose(steps, seed=1)(np.ones(9000, np.float32), sample_rate=44100, key=1)\n"
        "print([n for n in ('librosa', 'scipy.signal', 'sklearn') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
