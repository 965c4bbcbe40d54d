"""What holds for every transform of sounds, from one registry."""

from __future__ import annotations

import inspect
import json
import multiprocessing
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import augkit
from augkit import Compose, Recipe, audio
from augkit.core.fields import LARGEST, options_of, parameters_of
from tests.audio.cases import WAVEFORM, _needed, all_cases, neutral_settings

CASES = all_cases()
EVERY = [pytest.param(getattr(audio, name), id=name) for name in audio.TRANSFORMS]
DTYPES = ("float32", "float64", "int16", "int32")
RATE = 16000


def sound(dtype="float32", shape=(6000,), seed=0):
    generator = np.random.default_rng(seed)
    time = np.arange(shape[-1])
    values = 0.4 * np.sin(time / 9) * (time % 2500 > 300) + 0.02 * generator.standard_normal(shape)
    values = values.astype(np.float32)
    if dtype.startswith("int"):
        return (values * np.iinfo(dtype).max).astype(dtype)
    return values.astype(dtype)


def partners(dtype="float32", shape=(6000,)):
    return [{"audio": sound(dtype, shape, seed), "sample_rate": RATE} for seed in (1, 2, 3)]


def extra(cls):
    return {"partners": partners()} if cls.mixes else {}


def run(cls, settings, data, key="k"):
    return Compose([cls(**settings)], seed=11)(data, key=key, sample_rate=RATE, **extra(cls))


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize(("cls", "settings"), CASES)
class TestEveryTransform:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("shape", [(6000,), (2, 6000)])
    def test_dtype_and_shape_kept_and_input_untouched(self, cls, settings, dtype, shape):
        given = sound(dtype, shape)
        before = given.copy()
        given.flags.writeable = False
        made = run(cls, settings, given)
        np.testing.assert_array_equal(given, before)
        assert not np.shares_memory(made, given)
        if cls.gives != "waveform":
            return
        assert made.dtype == given.dtype
        assert made.ndim == given.ndim
        assert made.flags.c_contiguous
        assert made.flags.writeable
        assert made.shape[:-1] == given.shape[:-1]
        assert np.isfinite(made).all()

    def test_replay_through_json(self, cls, settings):
        pipeline = Compose([cls(**settings)], seed=11, sample_rate=RATE)
        for variant in range(2):
            made, recipe = pipeline.run(sound(), key="k", variant=variant, **extra(cls))
            text = json.dumps(recipe.to_dict(), allow_nan=False)
            again = pipeline.apply(sound(), Recipe.from_dict(json.loads(text)), **extra(cls))
            assert same(made, again)
            assert pipeline.explain(recipe).startswith("1. ")

    def test_draws_the_same_alone_in_company_and_in_a_batch(self, cls, settings):
        pipeline = Compose([cls(**settings)], seed=11, sample_rate=RATE)
        alone = pipeline.draw(sound(), key="k", **extra(cls))
        company = Compose(
            [audio.Gain(p=0.0, id="before"), cls(**settings)], seed=11, sample_rate=RATE
        ).draw(sound(), key="k", **extra(cls))
        assert [step.params for step in alone.steps] == [step.params for step in company.steps]
        keys = [f"{k}" for k in range(3)]
        many = [sound(seed=k) for k in range(3)]
        together = pipeline.batch(many, keys=keys, threads=2, **extra(cls))
        for data, key, made in zip(many, keys, together, strict=True):
            assert same(made, pipeline(data, key=key, **extra(cls)))

    def test_bare_data_goes_the_way_of_named_data(self, cls, settings):
        pipeline = Compose([cls(**settings)], seed=11)
        for dtype in DTYPES:
            for shape in ((3000,), (1, 3000), (2, 3000)):
                given = sound(dtype, shape)
                given.flags.writeable = False
                call = {"key": "k", "sample_rate": RATE, **extra(cls)}
                assert same(pipeline(given, **call), pipeline(audio=given, **call)["audio"])

    def test_p_is_exact(self, cls, settings):
        if cls.gives != "waveform":
            return  # it has to fire always
        for dtype in DTYPES:
            given = sound(dtype)
            assert same(run(cls, {**settings, "p": 0.0}, given), given)
        pipeline = Compose([cls(**{**settings, "p": 1.0})], seed=11, sample_rate=RATE)
        assert all(pipeline.draw(sound(), key=k, **extra(cls)).steps for k in range(10))

    def test_neutral_is_the_identity(self, cls, settings):
        neutral = neutral_settings(cls, settings)
        if neutral is None:
            return  # nothing it could be set to leaves a sound alone
        for dtype in DTYPES:
            given = sound(dtype, (2, 3000))
            assert same(run(cls, neutral, given), given)

    @pytest.mark.parametrize("shape", [(0,), (1,), (2,), (13,), (1, 0), (2, 1), (2, 7), (1, 300)])
    def test_short_and_empty(self, cls, settings, shape):
        made = run(cls, settings, sound(shape=shape))
        if cls.gives != "waveform":
            return
        assert made.ndim == len(shape)
        assert made.shape[:-1] == shape[:-1]
        assert np.isfinite(made).all()
        if shape[-1] == 0 and cls not in (audio.Pad, audio.AdjustDuration):
            assert made.size == 0

    @pytest.mark.parametrize("value", [0.0, 0.25, -1.0])
    def test_silence_and_dc(self, cls, settings, value):
        made = run(cls, settings, np.full((2, 5000), value, np.float32))
        assert np.isfinite(made).all()
        if value == 0 and cls.gives == "waveform" and cls not in (audio.GaussianNoise, audio.MixUp):
            assert not made.any()

    @pytest.mark.parametrize("channels", [1, 3, 8])
    def test_many_channels(self, cls, settings, channels):
        made = run(cls, settings, sound(shape=(channels, 4000)))
        assert made.shape[0] == channels

    @pytest.mark.parametrize(
        ("data", "rate", "message"),
        [
            (np.zeros(9, np.float16), RATE, "astype"),
            (np.zeros(9, np.uint8), RATE, "astype"),
            (np.zeros((6000, 2), np.float32), RATE, "audio.T"),
            (np.zeros((2, 2, 2), np.float32), RATE, "shape.*batch"),
            (np.zeros((100, 6000), np.float32), RATE, "100 channels.*batch"),
            (np.zeros(9, np.float32), 0, "sample_rate must be above 0"),
            (np.zeros(9, np.float32), 0.5, "in Hz and must be at least 1"),
            (np.zeros(9, np.float32), None, "sample rate is missing"),
            (np.zeros(9, np.float32), "16k", "number of Hz"),
            ([0.0, 1.0], RATE, "NumPy array"),
        ],
    )
    def test_bad_sounds_say_what_is_wrong(self, cls, settings, data, rate, message):
        named = {} if rate is None else {"sample_rate": rate}
        with pytest.raises((TypeError, ValueError), match=message):
            Compose([cls(**settings)], seed=1)(data, key="k", **named, **extra(cls))

    @pytest.mark.parametrize(("bad", "name"), [(np.nan, "NaN"), (np.inf, "infinity")])
    def test_a_bad_sample_is_refused_or_stays_one(self, cls, settings, bad, name):
        place, rate = 2500, {"sample_rate": RATE}
        event = (place / RATE, (place + 1) / RATE)
        given = {"audio": sound(shape=(2, 6000)), "events": [event], **rate}
        spoilt = {**given, "audio": given["audio"].copy()}
        spoilt["audio"][1, place] = bad
        pipeline = Compose([cls(**settings)], seed=11)
        if cls.needs_finite or cls is audio.Normalize:
            with pytest.raises(ValueError, match=f"audio holds {name}"):
                pipeline(spoilt, key="k", **extra(cls))
            return
        whole, recipe = pipeline.run(given, key="k")
        made = pipeline.apply(spoilt, recipe)
        heard = [round(start * RATE) for start, _ in made["events"]]
        touched = made["audio"].view(np.uint32) != whole["audio"].view(np.uint32)
        assert set(np.flatnonzero(touched.any(axis=0))) <= set(heard)
        for sample in heard:
            silenced = not whole["audio"][:, sample].all()  # masked, or a dropped channel
            assert touched[:, sample].sum() == 1 or silenced
        if np.isnan(bad):
            np.testing.assert_array_equal(np.isnan(made["audio"]), touched)

    def test_noncontiguous(self, cls, settings):
        given = sound(shape=(2, 8000))[:, ::-2]
        assert same(run(cls, settings, given), run(cls, settings, np.ascontiguousarray(given)))

    def test_blocks_make_the_whole(self, cls, settings):
        """Where a transform runs block by block, the blocks make the same bytes as the whole."""
        pipeline = Compose([cls(**settings)], seed=11, sample_rate=RATE)
        given = sound(shape=(2, 20000))
        whole, recipe = pipeline.run(given, key="k", **extra(cls))
        params = recipe.steps[0].params
        cuts = [0, 1, 1, 2049, 9000, 20000]
        survey = cls(**settings).survey(params, RATE, 2, given.shape[1])
        if survey is not None:
            for _ in range(survey.looks):
                for low, high in pairwise(cuts):
                    survey(given[:, low:high])
            params = {**params, **survey.found()}
        play = cls(**settings).player(params, RATE, 2, given.shape[1])
        if play is None:
            return
        sound_in_blocks = ((given[:, low:high], high == cuts[-1]) for low, high in pairwise(cuts))
        made = [block for block, _ in play(sound_in_blocks)]
        assert same(np.concatenate(made, axis=1), whole)

    def test_spec_round_trip(self, cls, settings):
        pipeline = Compose([cls(**settings)], seed=11, sample_rate=RATE)
        again = Compose.from_dict(json.loads(json.dumps(pipeline.to_dict())))
        assert again == pipeline
        assert same(pipeline(sound(), key="k", **extra(cls)), again(sound(), key="k", **extra(cls)))

    def test_pickles(self, cls, settings):
        transform = cls(**settings)
        assert pickle.loads(pickle.dumps(transform)) == transform

    def test_labels_keep_within_the_sound(self, cls, settings):
        given = {
            "audio": sound(),
            "sample_rate": RATE,
            "events": [{"start": 0.0, "end": 0.375, "label": "all"}, {"start": 0.1, "end": 0.2}],
            "beats": [0.0, 0.1, 0.375],
            "frames": np.arange(30),
        }
        made = Compose([cls(**settings)], seed=11)(given, key="k", **extra(cls))
        if cls.gives != "waveform":
            return
        seconds = made["audio"].size / RATE
        for event in made["events"]:
            assert 0 <= event["start"] < event["end"] <= seconds
            assert (event["end"] * RATE) % 1 == pytest.approx(0, abs=1e-6)
        assert all(0 <= beat <= seconds for beat in made["beats"])
        assert len(made["frames"]) == pytest.approx(30 * seconds / 0.375, abs=1)

    def test_further_sounds_move_along(self, cls, settings):
        given = {
            "audio": sound(),
            "clean": sound(seed=4),
            "other": sound(seed=5),
            "sample_rate": RATE,
        }
        pipeline = Compose(
            [cls(**settings)], seed=11, targets={"clean": "reference", "other": "audio"}
        )
        made = pipeline(given, key="k", **extra(cls))
        if cls.gives != "waveform":
            return
        assert made["clean"].shape == made["other"].shape == made["audio"].shape
        if not issubclass(cls, audio.Retiming):
            assert same(made["clean"], given["clean"])


@pytest.mark.parametrize("cls", EVERY)
class TestDeclarations:
    def test_every_field_is_declared_and_documented(self, cls):
        import dataclasses

        declared = {**parameters_of(cls), **options_of(cls)}
        for field in dataclasses.fields(cls):
            if field.name in ("p", "id"):
                continue
            assert field.name in declared, f"{cls.__name__}.{field.name} is not declared"
            assert declared[field.name].doc, f"{cls.__name__}.{field.name} has no doc"

    def test_docstring_has_a_sentence_and_an_example(self, cls):
        text = inspect.getdoc(cls)
        assert text
        assert ">>>" in text
        for name in {**parameters_of(cls), **options_of(cls)}:
            assert name in text, f"{cls.__name__}: the docstring does not mention {name}"

    def test_bad_values_are_named(self, cls):
        needed = _needed(cls.__name__)
        for name, known in parameters_of(cls).items():
            for bad in ("x", None, (1, 2, 3), float("nan"), (2.0, 1.0)):
                with pytest.raises((TypeError, ValueError), match=name):
                    cls(**{**needed, name: bad})
            if known.high < LARGEST:
                with pytest.raises(ValueError, match=name):
                    cls(**{**needed, name: known.high + 1})
            if known.low > -LARGEST:
                with pytest.raises(ValueError, match=name):
                    cls(**{**needed, name: known.low - 1})

    def test_bad_probability(self, cls):
        for bad in (-0.1, 1.1, float("nan")):
            with pytest.raises(ValueError, match="p must be within"):
                cls(**_needed(cls.__name__), p=bad)


def _made(arguments):
    index, key = arguments
    cls, settings = CASES[index].values
    return run(cls, settings, sound(), key=key).tobytes()


WORK = [(index, f"key-{index % 3}") for index in range(len(CASES))]


@pytest.fixture(scope="module")
def expected():
    return [_made(item) for item in WORK]


class TestEverywhereTheSame:
    def test_threads(self, expected):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(_made, WORK)) == expected

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_processes(self, expected, method):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(_made, WORK, chunksize=8) == expected

    def test_any_order(self, expected):
        order = np.random.default_rng(0).permutation(len(WORK)).tolist()
        made = {index: _made(WORK[index]) for index in order}
        assert [made[index] for index in range(len(WORK))] == expected


def test_a_bad_sample_is_refused_before_anything_runs():
    spoilt = np.full(900, np.nan, np.float32)
    gain, low = audio.Gain(), audio.LowPass()
    assert np.isnan(Compose([gain], sample_rate=RATE)(spoilt)).all()
    for chain in ([gain, low], [gain, audio.LowPass(p=0)], [gain, augkit.OneOf([gain, low])]):
        with pytest.raises(ValueError, match="audio holds NaN; repair it"):
            Compose(chain, sample_rate=RATE)(spoilt)
    recipe = Compose([low], sample_rate=RATE).draw(sound(), key="k")
    with pytest.raises(ValueError, match="audio holds NaN"):
        Compose([gain], sample_rate=RATE).apply(spoilt, recipe)
    named = Compose([low], sample_rate=RATE, targets={"clean": "reference"})
    with pytest.raises(ValueError, match="clean holds NaN"):
        named(audio=sound(shape=(900,)), clean=spoilt)


def test_the_documentation_lists_what_takes_a_bad_sample():
    text = (Path(__file__).parents[2] / "docs" / "audio.md").read_text()
    listed = text.split("<!-- takes NaN -->")[1].split(".")[0]
    takes = {name for name in WAVEFORM if not getattr(audio, name).needs_finite}
    assert set(re.findall(r"`(\w+)`", listed)) == takes - {"Normalize"}


def test_registry_is_complete():
    """Every concrete transform of the package is registered under its own name."""
    for name in audio.TRANSFORMS:
        assert getattr(audio, name).__name__ == name
        assert getattr(audio, name).modality == "audio"
    assert set(audio.TRANSFORMS) <= set(audio.__all__)
    assert set(WAVEFORM) <= set(audio.TRANSFORMS)
    assert augkit.audio is audio
