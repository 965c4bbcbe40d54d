"""What holds for every image transform, from one registry."""

from __future__ import annotations

import inspect
import json
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import augkit
from augkit import Compose, Recipe, image
from augkit.core.fields import LARGEST, options_of, parameters_of
from tests.image.cases import all_cases, neutral_settings

CASES = all_cases()
EVERY = [pytest.param(getattr(image, name), id=name) for name in image.TRANSFORMS]
DTYPES = ("uint8", "uint16", "float32")
RANDOM = np.random.default_rng(5)


def picture(dtype="uint8", shape=(48, 64, 3), seed=0):
    generator = np.random.default_rng(seed)
    smooth = np.add.outer(np.arange(shape[0]), np.arange(shape[1])) / (shape[0] + shape[1])
    values = 0.7 * (smooth if len(shape) == 2 else smooth[..., None]) + 0.3 * generator.random(
        shape
    )
    if dtype == "float32":
        return values.astype(np.float32)
    return (values * np.iinfo(dtype).max).astype(dtype)


def partners(dtype="uint8", shape=(48, 64, 3)):
    return [picture(dtype, shape, seed) for seed in (1, 2, 3, 4, 5)]


def run(cls, settings, data, key="k", **more):
    pipeline = Compose([cls(**settings)], seed=11)
    if getattr(cls, "mixes", False):
        more.setdefault("partners", partners(data.dtype.name, data.shape))
    return pipeline(data, key=key, **more)


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize(("cls", "settings"), CASES)
class TestEveryTransform:
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_dtype_range_and_input_untouched(self, cls, settings, dtype):
        given = picture(dtype)
        if dtype == "float32":
            settings = {name: value for name, value in settings.items() if name != "fill"}
        before = given.copy()
        given.flags.writeable = False
        made = run(cls, settings, given)
        np.testing.assert_array_equal(given, before)
        if cls.gives == "tensor":
            assert made.dtype == np.float32
            return
        assert made.dtype == given.dtype
        assert made.ndim == given.ndim
        assert made.flags.c_contiguous
        assert made.flags.writeable
        assert not np.shares_memory(made, given)
        if dtype == "float32":
            assert made.min() >= 0
            assert made.max() <= 1

    def test_replay_through_json(self, cls, settings):
        pipeline = Compose([cls(**settings)], seed=11)
        others = partners() if getattr(cls, "mixes", False) else None
        for variant in range(3):
            made, recipe = pipeline.run(picture(), key="k", variant=variant, partners=others)
            text = json.dumps(recipe.to_dict(), allow_nan=False)
            again = pipeline.apply(picture(), Recipe.from_dict(json.loads(text)), partners=others)
            assert same(made, again)

    def test_draws_the_same_alone_in_company_and_in_a_batch(self, cls, settings):
        if cls.gives == "tensor":
            return  # nothing can stand behind a tensor
        others = partners() if getattr(cls, "mixes", False) else None
        alone = Compose([cls(**settings)], seed=11).draw(picture(), key="k", partners=others)
        company = Compose(
            [image.HorizontalFlip(p=0.0), cls(**settings), image.HorizontalFlip()], seed=11
        )
        among = company.draw(picture(), key="k", partners=others)
        assert [step.params for step in alone.steps] == [step.params for step in among.steps[:-1]]
        keys = [f"{k}" for k in range(4)]
        many = [picture(seed=k) for k in range(4)]
        pipeline = Compose([cls(**settings)], seed=11)
        together = pipeline.batch(many, keys=keys, partners=others, threads=2)
        for data, key, made in zip(many, keys, together, strict=True):
            assert same(made, pipeline(data, key=key, partners=others))

    def test_bare_data_goes_the_way_of_named_data(self, cls, settings):
        others = partners() if getattr(cls, "mixes", False) else None
        pipeline = Compose([cls(**settings)], seed=11)
        given = picture()
        given.flags.writeable = False
        for key in range(6):
            named = pipeline(image=given, key=key, partners=others)["image"]
            assert same(pipeline(given, key=key, partners=others), named)

    def test_p_is_exact(self, cls, settings):
        if cls.gives == "tensor":
            return  # it has to fire always
        given = picture()
        never = run(cls, {**settings, "p": 0.0}, given)
        assert same(never, given)
        pipeline = Compose([cls(**{**settings, "p": 1.0})], seed=11)
        others = partners() if getattr(cls, "mixes", False) else None
        draws = [bool(pipeline.draw(given, key=k, partners=others).steps) for k in range(20)]
        assert all(draws) or (cls is image.TrivialAugment and any(draws))  # identity is one of its

    def test_neutral_is_the_identity(self, cls, settings):
        neutral = neutral_settings(cls, settings)
        if neutral is None:
            return  # nothing it could be set to leaves an image alone
        for dtype in DTYPES:
            given = picture(dtype)
            options = {k: v for k, v in neutral.items() if k != "fill" or dtype != "float32"}
            assert same(run(cls, options, given), given)

    @pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 3), (5, 1), (2, 2, 1), (33, 47)])
    def test_small_and_gray(self, cls, settings, shape):
        if shape[0] == 1 or shape[1] == 1:
            settings = {k: v for k, v in settings.items() if v not in ("reflect101",)}
        if (cls is image.Normalize and len(shape) == 2) or shape[-1] == 1:
            settings = {
                **settings,
                **({"mean": 0.5, "std": 0.25} if cls is image.Normalize else {}),
            }
        made = run(cls, settings, picture(shape=shape))
        assert made.ndim == (3 if cls.gives == "tensor" else len(shape))

    def test_noncontiguous(self, cls, settings):
        given = picture(shape=(96, 128, 3))[::2, ::-2]
        assert same(run(cls, settings, given), run(cls, settings, np.ascontiguousarray(given)))

    def test_alpha_is_alpha(self, cls, settings):
        rgba = picture(shape=(48, 64, 4))
        rgba[..., 3] = 255
        if getattr(cls, "mixes", False) or cls.gives == "tensor":
            return
        settings = {k: v for k, v in settings.items() if k != "fill"}
        pipeline = Compose([cls(**settings)], seed=11, channels="rgba")
        made = pipeline(rgba, key="k")
        assert made.shape[2] == 4
        moves = issubclass(cls, image.Geometric) or cls.__module__.endswith("policy")
        if not moves and cls is not image.CoarseDropout:
            np.testing.assert_array_equal(made[..., 3], rgba[..., 3])

    def test_spec_round_trip(self, cls, settings):
        pipeline = Compose([cls(**settings)], seed=11)
        again = Compose.from_dict(json.loads(json.dumps(pipeline.to_dict())))
        assert again == pipeline
        others = partners() if getattr(cls, "mixes", False) else None
        assert same(
            pipeline(picture(), key="k", partners=others),
            again(picture(), key="k", partners=others),
        )

    def test_pickles(self, cls, settings):
        transform = cls(**settings)
        assert pickle.loads(pickle.dumps(transform)) == transform


@pytest.mark.parametrize("cls", EVERY)
class TestDeclarations:
    def test_every_field_is_declared_and_documented(self, cls):
        import dataclasses

        declared = {**parameters_of(cls), **options_of(cls)}
        for field in dataclasses.fields(cls):
            if field.name in ("p", "id"):
                continue
            assert field.name in declared, (
                f"{cls.__name__}.{field.name} is neither parameter nor option"
            )
            assert declared[field.name].doc, f"{cls.__name__}.{field.name} has no doc"

    def test_docstring_has_a_sentence_and_an_example(self, cls):
        text = inspect.getdoc(cls)
        assert text
        assert text.splitlines()[0].endswith((".", ":"))
        assert ">>>" in text
        for name in parameters_of(cls):
            assert name in text, f"{cls.__name__}: the docstring does not mention {name}"

    def test_bad_values_are_named(self, cls):
        for name, known in parameters_of(cls).items():
            for bad in ("x", None, (1, 2, 3), float("nan"), (2.0, 1.0)):
                with pytest.raises((TypeError, ValueError), match=name):
                    cls(**{name: bad})
            if known.high < LARGEST:
                with pytest.raises(ValueError, match=name):
                    cls(**{name: known.high + 1})
            if known.low > -LARGEST:
                with pytest.raises(ValueError, match=name):
                    cls(**{name: known.low - 1})

    def test_bad_probability(self, cls):
        for bad in (-0.1, 1.1, float("nan")):
            with pytest.raises(ValueError, match="p must be within"):
                cls(p=bad)


def _made(arguments):
    index, key = arguments
    cls, settings = CASES[index].values
    return run(cls, settings, picture(), key=key).tobytes()


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
            assert pool.map(_made, WORK, chunksize=4) == expected

    def test_any_order(self, expected):
        order = np.random.default_rng(0).permutation(len(WORK)).tolist()
        made = {index: _made(WORK[index]) for index in order}
        assert [made[index] for index in range(len(WORK))] == expected


def test_registry_is_complete():
    """Every concrete transform of the package is registered under its own name."""
    for name in image.TRANSFORMS:
        assert getattr(image, name).__name__ == name
        assert getattr(image, name).modality == "image"
    assert set(image.TRANSFORMS) <= set(image.__all__)
    assert augkit.image is image
