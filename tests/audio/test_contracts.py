"""Measured contracts: noise, filters, levels, rooms, cuts."""

from __future__ import annotations

from itertools import pairwise

import librosa
import numpy as np
import pyloudnorm
import pytest
import scipy.signal
import soxr

import augkit
from augkit import Compose, audio
from augkit.audio.colored import MadeNoise
from augkit.audio.levels import _k_weighting, loudness
from tests.audio.measure import RATE, cents, clicks, level, noise, onsets, sine

FROZEN = [0.4754844009876251, 0.9651843309402466, -0.550759494304657, -0.8012547492980957]


def snr(signal, mixed):
    signal, added = signal.astype(np.float64), mixed.astype(np.float64) - signal
    return 10 * np.log10(np.sum(signal**2) / np.sum(added**2))


class TestNoise:
    @pytest.mark.parametrize("color", ["white", "pink", "brown", "blue", "violet"])
    @pytest.mark.parametrize("shape", [(160,), (16000,), (2, 4001)])
    @pytest.mark.parametrize("wanted", [-5, 10, 40])
    def test_snr_is_exact(self, color, shape, wanted):
        signal = 0.3 * np.ones(shape, np.float32) * np.sin(np.arange(shape[-1])).astype(np.float32)
        made = audio.AddNoise(snr_db=wanted, color=color)(signal, sample_rate=RATE)
        assert snr(signal, made) == pytest.approx(wanted, abs=0.01)

    def test_one_silent_channel_counts_as_what_it_is(self):
        signal = np.stack([sine(440), np.zeros(2 * RATE, np.float32)])
        made = audio.AddNoise(snr_db=20)(signal, sample_rate=RATE)
        assert snr(signal, made) == pytest.approx(20, abs=0.01)

    @pytest.mark.parametrize("slope", [-6.02, -3.01, 0.0, 3.01, 6.02, -4.5])
    @pytest.mark.parametrize("rate", [16000, 44100])
    def test_slope_in_every_octave(self, slope, rate):
        made = MadeNoise(5, 1, slope, rate, 60 * rate).take(60 * rate)[0]
        hz, power = scipy.signal.welch(made, rate, nperseg=8192)
        edges = [62.5 * 2**k for k in range(12) if 62.5 * 2 ** (k + 1) <= rate / 2]
        levels, middles = [], []
        for edge in edges:
            inside = (hz >= edge) & (hz < 2 * edge)
            # Per octave band: the level against the expected shape, where it is 0 dB.
            shape = (hz[inside] / 1000) ** (slope / (10 * np.log10(2)))
            levels.append(10 * np.log10(power[inside].mean() / shape.mean()))
            middles.append(edge)
        assert np.abs(np.diff(levels)).max() < 0.2

    def test_normal_and_independent(self):
        made = MadeNoise(3, 2, 0, RATE, 1 << 18).take(1 << 18)
        assert abs(made.mean()) < 0.005
        assert made.std() == pytest.approx(1, abs=0.005)
        assert (made**4).mean() == pytest.approx(3, abs=0.05)
        assert abs(np.mean(made[0] * made[1])) < 0.01
        assert abs(np.mean(made[0, 1:] * made[0, :-1])) < 0.01

    def test_noise_of_a_seed_is_the_same_everywhere(self):
        """Frozen: the first numbers of a seed are part of every recipe that holds it."""
        alone, together = (MadeNoise(7, count, 0, RATE, 4).take(4) for count in (1, 2))
        np.testing.assert_allclose(alone[0], FROZEN, rtol=1e-6)
        np.testing.assert_array_equal(together[0], alone[0])

    def test_silence_stays(self):
        silent = np.zeros(1000, np.float32)
        assert not audio.AddNoise(snr_db=0)(silent, sample_rate=RATE).any()


# -- recorded ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    from augkit.audio.files import write

    write(tmp_path / "a.wav", noise(3 * RATE, 2, seed=1), RATE)
    return tmp_path


class TestBackgroundNoise:
    def test_snr_and_channels(self, folder):
        signal = np.stack([sine(300), sine(500)])
        made = audio.BackgroundNoise(str(folder), snr_db=12)(signal, sample_rate=RATE)
        assert snr(signal, made) == pytest.approx(12, abs=0.01)
        added = made - signal
        assert abs(np.corrcoef(added)[0, 1]) < 0.1  # each channel its own

    def test_a_short_noise_has_no_seam(self, tmp_path):
        from augkit.audio.files import write

        write(tmp_path / "hum.wav", sine(101, 0.33, amplitude=0.5), RATE)
        signal = sine(5, 3)
        made = audio.BackgroundNoise(tmp_path / "hum.wav", snr_db=0)(signal, sample_rate=RATE)
        added = made - signal
        steepest = 2 * np.pi * 101 / RATE * np.abs(added).max()
        assert np.abs(np.diff(added)).max() < 1.3 * steepest

    def test_another_rate_is_resampled(self, tmp_path):
        from augkit.audio.files import write

        write(tmp_path / "tone.wav", sine(1000, 4, 44100), 44100)
        signal = noise(2 * RATE)
        made = audio.BackgroundNoise(str(tmp_path), snr_db=0)(signal, sample_rate=RATE)
        assert abs(cents(made - signal, 1000)) < 1

    def test_recipe_names_and_hashes_and_refuses_another(self, folder):
        from augkit.audio.files import write

        pipeline = Compose([audio.BackgroundNoise(str(folder))], seed=1, sample_rate=RATE)
        made, recipe = pipeline.run(sine(440), key="a")
        params = recipe.to_dict()["steps"][0]["params"]
        assert params["file"] == "a.wav"
        assert len(params["hash"]) == 32
        np.testing.assert_array_equal(pipeline.apply(sine(440), recipe), made)
        write(folder / "a.wav", noise(100, seed=9), RATE)
        with pytest.raises(augkit.ReplayError, match="changed"):
            pipeline.apply(sine(440), recipe)
        (folder / "a.wav").unlink()
        with pytest.raises(augkit.ReplayError, match="not any more"):
            pipeline.apply(sine(440), recipe)

    def test_empty_and_missing_folders(self, tmp_path):
        with pytest.raises(ValueError, match=r"BackgroundNoise.folder .* has no sound files"):
            Compose([audio.BackgroundNoise(tmp_path)])
        with pytest.raises(ValueError, match=r"ImpulseResponse.folder .* is not there"):
            Compose([augkit.OneOf([audio.ImpulseResponse(tmp_path / "x")])])
        with pytest.raises(ValueError, match="not there"):
            audio.BackgroundNoise("/nothere")(sine(440), sample_rate=RATE)
        with pytest.raises(TypeError, match="folder"):
            audio.BackgroundNoise(3)
        (tmp_path / "bad.wav").write_text("no sound")
        with pytest.raises(augkit.AugkitError, match="bad.wav"):
            audio.BackgroundNoise(str(tmp_path))(sine(440), sample_rate=RATE)

    def test_long_files_are_read_in_part_and_short_ones_once(self, tmp_path, monkeypatch):
        import soundfile

        from augkit.audio import library
        from augkit.audio.files import write

        write(tmp_path / "long.wav", noise(200 * RATE), RATE)
        read = []
        original = soundfile.SoundFile.read

        def counted(self, frames=-1, *arguments, **named):
            read.append(frames)
            return original(self, frames, *arguments, **named)

        monkeypatch.setattr(soundfile.SoundFile, "read", counted)
        audio.BackgroundNoise(str(tmp_path))(sine(440), sample_rate=RATE)
        assert read == [2 * RATE + 1]
        read.clear()
        write(tmp_path / "long.wav", noise(3 * RATE), RATE)
        for _ in range(5):
            audio.BackgroundNoise(str(tmp_path))(sine(440), sample_rate=RATE)
        assert len(read) == 1
        assert library.CACHE.bytes <= library.CACHE_BYTES


class TestImpulseResponse:
    @pytest.mark.parametrize("length", [1, 50, 3000, 9001])
    @pytest.mark.parametrize("taps", [1, 7, 400, 2500])
    @pytest.mark.parametrize("blocks", [1, 5])
    def test_the_convolution_is_the_direct_one(self, length, taps, blocks, monkeypatch):
        from augkit.audio import convolution

        monkeypatch.setattr(convolution, "_AT_ONCE", 1000)
        monkeypatch.setattr(convolution, "_LONGEST", 300)
        sound, response = noise(length, 2, seed=1), noise(taps, 2, seed=2)
        early = taps // 3
        convolve = convolution.Convolution(response, (taps, length), early, 2, length)
        cuts = np.linspace(0, length, blocks + 1).astype(int)
        made = [
            convolve(sound[:, low:high], high == length and number == blocks - 1)
            for number, (low, high) in enumerate(pairwise(cuts))
        ]
        expected = [
            scipy.signal.convolve(a.astype(float), b)[early : early + length]
            for a, b in zip(sound, response, strict=True)
        ]
        np.testing.assert_allclose(np.concatenate(made, axis=1), expected, atol=1e-5)

    def response(self, tmp_path, delay=400):
        from augkit.audio.files import write

        random = np.random.default_rng(0)
        room = 0.05 * random.standard_normal(4000) * np.exp(-np.arange(4000) / 800)
        room[:delay] = 0
        room[delay] = -0.9
        write(tmp_path / "room.wav", room.astype(np.float32), RATE)
        return str(tmp_path)

    def test_the_direct_path_stays_in_place_and_the_level_is_kept(self, tmp_path):
        sound, places = clicks()
        for factor in (0.4, 0.004):
            made = audio.ImpulseResponse(self.response(tmp_path))(
                (sound * factor).astype(np.float32), sample_rate=RATE
            )
            assert level(made) == pytest.approx(level(sound * factor), abs=0.01)
            found = onsets(made, threshold=0.3 * np.abs(made).max())
            np.testing.assert_array_equal(found, places)

    def test_it_is_the_convolution(self, tmp_path):
        import soundfile

        folder = self.response(tmp_path)
        sound = noise(5000)
        made = audio.ImpulseResponse(folder)(sound, sample_rate=RATE)
        room, _ = soundfile.read(f"{folder}/room.wav")
        expected = np.convolve(sound, room)[400:5400]
        expected *= np.sqrt(np.sum(sound.astype(float) ** 2) / np.sum(expected**2))
        np.testing.assert_allclose(made, expected, atol=1e-5)


# -- filters -----------------------------------------------------------------------------------


def measured(transform, rate=RATE, size=1 << 15):
    """The frequency response, from the answer to an impulse."""
    impulse = np.zeros(size, np.float64)
    impulse[1000] = 1
    made = transform(impulse, sample_rate=rate)
    return np.fft.rfftfreq(size, 1 / rate), np.fft.rfft(made) / np.fft.rfft(impulse)


def butter(order, hz, kind):
    return scipy.signal.butter(order, hz, kind, fs=RATE, output="sos")


class TestFilters:
    @pytest.mark.parametrize(
        ("transform", "sos"),
        [
            (audio.LowPass(cutoff_hz=1000), butter(2, 1000, "low")),
            (audio.LowPass(cutoff_hz=3000, rolloff=6), butter(1, 3000, "low")),
            (audio.LowPass(cutoff_hz=500, rolloff=48), butter(8, 500, "low")),
            (audio.HighPass(cutoff_hz=1000, rolloff=18), butter(3, 1000, "high")),
            (
                audio.BandPass(center_hz=1000, octaves=2, rolloff=24),
                np.concatenate([butter(4, 500, "high"), butter(4, 2000, "low")]),
            ),
        ],
    )
    def test_butterworth_against_scipy(self, transform, sos):
        hz, gain = measured(transform)
        _, expected = scipy.signal.sosfreqz(sos, hz, fs=RATE)
        np.testing.assert_allclose(gain, expected, atol=2e-5)

    def test_zero_phase_is_the_square_of_the_magnitude(self):
        hz, gain = measured(audio.LowPass(cutoff_hz=1000, zero_phase=True))
        _, once = scipy.signal.sosfreqz(butter(2, 1000, "low"), hz, fs=RATE)
        np.testing.assert_allclose(gain, np.abs(once) ** 2, atol=1e-4)

    def test_zero_phase_is_scipys_sosfiltfilt(self):
        sound = noise(3000, 2)
        sos = butter(4, 900, "high")
        made = audio.HighPass(cutoff_hz=900, rolloff=24, zero_phase=True)(sound, sample_rate=RATE)
        expected = scipy.signal.sosfiltfilt(sos, sound.astype(float), padlen=15)
        np.testing.assert_allclose(made, expected, atol=1e-6)

    def test_notch(self):
        """Against the analog notch (s² + w²) / (s² + s w / q + w²), which the design bends onto z."""
        center, q = 2000, 2
        hz, gain = measured(audio.BandStop(center_hz=center, q=q))
        bent = np.tan(np.pi * hz / RATE) / np.tan(np.pi * center / RATE)
        # The cookbook's q is that of the digital band: alpha = sin(w) / 2q.
        with np.errstate(all="ignore"):
            expected = (1 - bent**2) / (1 - bent**2 + 1j * bent / q)
        inner = slice(1, -1)
        np.testing.assert_allclose(gain[inner], expected[inner], atol=2e-5)

    @pytest.mark.parametrize("gain_db", [-12.0, 6.0])
    def test_shelves_and_peaks(self, gain_db):
        """The points that define them: full gain on one side, half at the frequency, none beyond."""

        def at(transform, *places):
            hz, gain = measured(transform)
            return [20 * np.log10(abs(gain[np.argmin(abs(hz - place))])) for place in places]

        low = at(audio.LowShelf(center_hz=500, gain_db=gain_db, q=0.7), 5, 500, 7500)
        assert low == pytest.approx([gain_db, gain_db / 2, 0], abs=0.06)
        high = at(audio.HighShelf(center_hz=2000, gain_db=gain_db, q=0.7), 20, 2000, 7990)
        assert high == pytest.approx([0, gain_db / 2, gain_db], abs=0.06)
        peak = at(audio.PeakingFilter(center_hz=1000, gain_db=gain_db, q=2), 10, 1000, 7990)
        assert peak == pytest.approx([0, gain_db, 0], abs=0.06)

    def test_equalizer_is_its_bands(self):
        from augkit.audio import sections

        pipeline = Compose([audio.SevenBandEQ()], seed=3, sample_rate=RATE)
        impulse = np.zeros(1 << 15, np.float64)
        impulse[1000] = 1
        made, recipe = pipeline.run(impulse, key=1)
        gains = recipe.steps[0].params["gain_db"]
        assert len(set(gains)) == 7
        hz = np.fft.rfftfreq(1 << 15, 1 / RATE)
        expected = sections.response(sections.low_shelf(100.0, RATE, 0.7, gains[0]), hz, RATE)
        for band, gain in zip((240.0, 500.0, 1100.0, 2400.0, 5000.0), gains[1:6], strict=True):
            expected = expected * sections.response(
                sections.peaking(band, RATE, 0.7, gain), hz, RATE
            )
        np.testing.assert_allclose(np.fft.rfft(made) / np.fft.rfft(impulse), expected, atol=1e-4)

    def test_a_sound_that_begins_off_zero_does_not_click(self):
        made = audio.LowPass(cutoff_hz=300)(np.full(500, 0.5, np.float32), sample_rate=RATE)
        np.testing.assert_allclose(made, 0.5, atol=1e-6)

    @pytest.mark.parametrize(
        ("transform", "message"),
        [
            (audio.HighPass(cutoff_hz=9000), "cutoff_hz is 9000 Hz.*ends at 8000"),
            (audio.BandPass(center_hz=20000, octaves=1), "center_hz"),
            (audio.LowShelf(center_hz=9000, gain_db=3), "center_hz"),
        ],
    )
    def test_above_half_the_rate_nothing_would_be_left(self, transform, message):
        with pytest.raises(ValueError, match=message):
            transform(sine(440), sample_rate=RATE)

    @pytest.mark.parametrize(
        "transform",
        [
            audio.LowPass(cutoff_hz=9000),
            audio.BandStop(center_hz=9000),
            audio.HighShelf(center_hz=9000, gain_db=3),
            audio.PeakingFilter(center_hz=9000, gain_db=3),
        ],
    )
    def test_above_half_the_rate_there_is_nothing_to_change(self, transform):
        np.testing.assert_array_equal(transform(sine(440), sample_rate=RATE), sine(440))


# -- levels ------------------------------------------------------------------------------------


def _gain_of_de_man(rate):
    """What pyloudnorm's ``DeMan`` filters make of 200 Hz, in dB."""
    meter = pyloudnorm.Meter(rate, filter_class="DeMan")
    stages = [scipy.signal.freqz(f.b, f.a, [200], fs=rate)[1] for f in meter._filters.values()]
    return 20 * np.log10(np.abs(np.prod(stages)))


class TestLevels:
    @pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_loudness_is_pyloudnorms(self, rate, channels):
        parts = [noise(2 * rate, channels, seed=3, amplitude=a) for a in (0.1, 0.001, 0.03)]
        sound = np.concatenate(parts, axis=1)

        def theirs(kind, wave):
            return pyloudnorm.Meter(rate, filter_class=kind).integrated_loudness(
                wave.T.astype(float)
            )

        assert loudness(sound, rate) == pytest.approx(theirs("K-weighting", sound), abs=0.05)
        # The filters that are the standard's at 48 kHz are louder at lower rates, at all
        # frequencies alike: by what they make of a tone.
        off = _gain_of_de_man(rate) - _gain_of_de_man(48000)
        assert loudness(sound, rate) == pytest.approx(theirs("DeMan", sound) - off, abs=0.005)
        made = audio.LoudnessNormalize(lufs=-23)(sound, sample_rate=rate)
        assert loudness(made, rate) == pytest.approx(-23, abs=0.001)
        assert theirs("K-weighting", made) == pytest.approx(-23, abs=0.05)

    def test_the_filters_are_those_of_the_standard(self):
        """The tables of BS.1770-4, annex 1, for 48 kHz."""
        shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
        rumble = [1.0, -2.0, 1.0]
        np.testing.assert_allclose(
            _k_weighting(48000.0),
            [
                [*shelf, 1, -1.69065929318241, 0.73248077421585],
                [*rumble, 1, -1.99004745483398, 0.99007225036621],
            ],
            atol=1e-10,
        )

    @pytest.mark.parametrize(("rate", "off"), [(8000, 0.05), (16000, 0.01), (44100, 0.01)])
    def test_loudness_does_not_depend_on_the_rate(self, rate, off):
        """Against the same sound at 48 kHz, where the standard's tables hold as they stand."""
        sound = audio.LowPass(cutoff_hz=1500, rolloff=12)(
            noise(4 * 48000, 2, seed=5), sample_rate=48000
        )
        there = np.ascontiguousarray(soxr.resample(sound.T, 48000, rate, "VHQ").T)
        back = np.ascontiguousarray(soxr.resample(there.T, rate, 48000, "VHQ").T)
        assert loudness(there, rate) == pytest.approx(loudness(back, 48000), abs=off)

    def test_the_reference_tone_of_the_standard(self):
        """BS.1770: a 997 Hz sine of full scale in one channel has -3.01 LUFS."""
        assert loudness(sine(997, 5, 48000, 1.0)[None], 48000) == pytest.approx(-3.01, abs=0.02)

    def test_limiter_holds_and_leaves_the_quiet_alone(self):
        sound = sine(440) * np.linspace(0, 2, 2 * RATE, dtype=np.float32)
        made = audio.Limiter(threshold_db=-6)(sound, sample_rate=RATE)
        limit = 10 ** (-6 / 20)
        assert np.abs(made).max() <= limit * (1 + 1e-6)
        assert np.abs(made).max() > 0.9 * limit
        np.testing.assert_allclose(made[:8000], sound[:8000], atol=1e-6)
        quiet = sine(440, amplitude=0.4)
        np.testing.assert_array_equal(
            audio.Limiter(threshold_db=-6)(quiet, sample_rate=RATE), quiet
        )

    def test_clipping_cuts_the_fraction(self):
        sound = noise(10000)
        made = audio.Clipping(fraction=0.1)(sound, sample_rate=RATE)
        assert (made != sound).sum() == pytest.approx(1000, abs=1)
        assert np.abs(made).max() == pytest.approx(np.quantile(np.abs(sound), 0.9), rel=1e-3)


# -- time --------------------------------------------------------------------------------------


class TestTime:
    @pytest.mark.parametrize("top_db", [20, 30, 60])
    def test_trim_is_librosas(self, top_db):
        for size in (16000, 16001, 5000, 1024, 700):
            sound = 0.001 * noise(size)
            sound[size // 3 : size // 2] += noise(size // 2 - size // 3, seed=2)
            made = audio.Trim(top_db=top_db)(sound, sample_rate=RATE)
            np.testing.assert_array_equal(made, librosa.effects.trim(sound, top_db=top_db)[0])

    def test_trim_records_what_it_measured_and_moves_labels(self):
        sound = np.zeros(32000, np.float32)
        sound[16000:24000] = sine(440, 0.5)
        pipeline = Compose([audio.Trim(), audio.RandomCrop(0.1)], seed=1)
        made, recipe = pipeline.run(
            audio=sound, sample_rate=RATE, events=[(1.0, 1.5, "tone")], key="a"
        )
        step = recipe.to_dict()["steps"][0]
        assert step["measured"] == {"start": 15360, "end": 25088}
        again = pipeline.apply(
            recipe=recipe, audio=sound, sample_rate=RATE, events=[(1.0, 1.5, "tone")]
        )
        np.testing.assert_array_equal(again["audio"], made["audio"])
        assert again["events"] == made["events"]

    def test_both_ends_of_a_crop_can_be_kept(self):
        starts = set()
        sound = np.arange(10, dtype=np.float32)
        pipeline = Compose([audio.RandomCrop(9, unit="samples")], seed=1, sample_rate=RATE)
        for key in range(50):
            starts.add(float(pipeline(sound, key=key)[0]))
        assert starts == {0.0, 1.0}

    def test_a_shift_fades_where_it_cut(self):
        made = audio.TimeShift(shift=0.25, fade=0.01)(np.ones(RATE, np.float32), sample_rate=RATE)
        assert not made[: RATE // 4].any()
        assert np.abs(np.diff(made)).max() < 0.02

    def test_chains_of_five_and_where_beats_are_found(self):
        """The labels after five transforms that move time agree with the clicks in the sound."""
        sound, places = clicks(4.0)
        orders = np.random.default_rng(0)
        pool = [
            audio.TimeStretch(rate=(0.8, 1.25)),
            audio.TimeShift(shift=(-0.2, 0.2), fade=0),
            audio.TimeShift(shift=(-0.3, 0.3), mode="roll", fade=0),
            audio.SpeedPerturb(rate=(0.9, 1.1)),
            audio.Pad(before=(0, 0.3), after=(0, 0.3)),
            audio.RandomCrop(0.9, unit="fraction"),
            audio.Trim(top_db=50),
            audio.Reverse(),
        ]
        for trial in range(12):
            chosen = orders.choice(len(pool), 5, replace=False)
            pipeline = Compose([pool[number] for number in chosen], seed=trial, sample_rate=RATE)
            events = [(place / RATE, (place + 8) / RATE, n) for n, place in enumerate(places)]
            made = pipeline(audio=sound, events=events, sample_rate=RATE, key=trial)
            found = onsets(made["audio"], threshold=0.35) / RATE
            size = made["audio"].size / RATE
            labels = np.array([start for start, end, _ in made["events"]])
            inside = [time for time in labels if 0.01 < time < size - 0.01]
            assert len(inside) >= 5
            for time in inside:
                assert np.abs(found - time).min() < 0.002
            for time in found[(found > 0.01) & (found < size - 0.01)]:
                assert np.abs(labels - time).min() < 0.002
