"""Pipelines: which draws belong to whom, recipes and replay, batches, and what is refused."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from augkit import (
    Compose,
    Number,
    OneOf,
    Params,
    RandomOrder,
    Recipe,
    ReplayError,
    SomeOf,
    Transform,
    image,
    option,
    parameter,
)
from augkit.core.partners import PartnerList
from augkit.image import Geometric, ImageTransform, PixelTransform
from augkit.image import matrix as mx
from augkit.image.base import Geometry

GENERATOR = np.random.default_rng(2)
PICTURE = GENERATOR.integers(0, 256, (24, 32, 3), dtype=np.uint8)
SMALL = np.zeros((2, 3), np.uint8)


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b


def through_json(recipe):
    return Recipe.from_dict(json.loads(json.dumps(recipe.to_dict(), allow_nan=False)))


# -- transforms of our own, as a user writes them ----------------------------------------------


@dataclass(frozen=True)
class Offset(PixelTransform):
    """Add a number of levels."""

    levels: Number = parameter((0, 100), low=0, high=255, integer=True)
    step: int = option(1)

    def pixels(self, image, params, alpha):
        return (image.astype(int) + params["levels"] * self.step).clip(0, 255).astype(image.dtype)


@dataclass(frozen=True)
class Trim(ImageTransform):
    """Cut off the rows at the bottom that are black: how many has to be measured."""

    keep: Number = parameter((0, 2), integer=True)
    barrier: ClassVar[bool] = True

    def measure(self, sample, params):
        rows = np.nonzero(sample.image.reshape(len(sample.image), -1).any(axis=1))[0]
        return {"height": min(int(rows.max(initial=0)) + 1 + params["keep"], len(sample.image))}

    def apply(self, sample, params):
        return sample.replaced(image=sample.image[: params["height"]])


@dataclass(frozen=True)
class TrimAll(Geometric):
    """The same as geometry, so that labels follow."""

    barrier: ClassVar[bool] = True

    def measure(self, sample, params):
        return Trim.measure(Trim(), sample, {"keep": 0})

    def geometry(self, params, size):
        window = (0, 0, size[1], params["height"])
        return Geometry((params["height"], size[1]), mx.IDENTITY, window=window)


@dataclass(frozen=True)
class Halves(Geometric):
    """Whole numbers are a matrix, too."""

    def geometry(self, params, size):
        return Geometry(size, (-1, 0, size[1], 0, 1, 0, 0, 0, 1))


@dataclass(frozen=True)
class HeightSeen(PixelTransform):
    """Notes the height its draw was shown."""

    def draw(self, stream, shadow) -> Params:
        return {"height": shadow.height, "width": shadow.width, "u": stream.unit("u")}

    def pixels(self, image, params, alpha):
        return image


@dataclass(frozen=True)
class Grows(ImageTransform):
    """Changes the size and says nothing of it."""

    def apply(self, sample, params):
        return sample.replaced(image=np.repeat(sample.image, 2, axis=0))


def ids(pipeline, data=SMALL, **given):
    given.setdefault("key", "k")
    return [step.id for step in pipeline.draw(data, **given).steps]


def noted(name=None, **given):
    """A transform that always fires and whose draw shows under which id it happened."""
    return HeightSeen(id=name, **given)


class TestIds:
    def test_class_and_occurrence(self):
        pipeline = Compose([image.Rotate(), image.Transpose(), image.Rotate(), image.Rotate()])
        assert ids(pipeline) == ["Rotate", "Transpose", "Rotate#2", "Rotate#3"]

    def test_a_path_inside_combinators(self):
        pipeline = Compose(
            [
                OneOf([image.Rotate()]),
                OneOf([image.Rotate()]),
                SomeOf([image.Transpose(), RandomOrder([image.Rotate()])], n=2),
                Compose([image.Rotate(), image.Rotate()]),
            ]
        )
        assert ids(pipeline) == [
            "OneOf/Rotate",
            "OneOf#2/Rotate",
            "SomeOf/Transpose",
            "SomeOf/RandomOrder/Rotate",
            "Compose/Rotate",
            "Compose/Rotate#2",
        ]

    def test_an_explicit_id_holds_wherever_it_stands(self):
        inner = noted("mine")
        flat = Compose([inner, noted()], seed=1).draw(SMALL, key="k")
        nested = Compose([noted(), OneOf([Compose([inner])])], seed=1).draw(SMALL, key="k")
        drawn = {step.id: step.params["u"] for step in (*flat.steps, *nested.steps)}
        assert set(drawn) == {"mine", "HeightSeen"}
        assert flat.steps[0].params == nested.steps[1].params
        assert flat.steps[1].params == nested.steps[0].params

    def test_an_explicit_id_leaves_the_count_of_the_others(self):
        assert ids(Compose([noted(), noted("a"), noted()])) == ["HeightSeen", "a", "HeightSeen#2"]

    def test_the_id_of_a_combinator_is_the_root_of_its_paths(self):
        pipeline = Compose([OneOf([image.Rotate()], id="pick")])
        assert ids(pipeline) == ["pick/Rotate"]

    def test_other_transforms_shift_no_draw(self):
        alone = Compose([noted()], seed=3).draw(SMALL, key="k").steps[0].params
        steps = [image.Rotate(), OneOf([noted(), noted()]), image.CoarseDropout(), noted()]
        company = Compose(steps, seed=3).draw(SMALL, key="k").steps[-1]
        assert company.id == "HeightSeen"
        assert company.params == alone

    def test_twice_the_same_id_is_refused(self):
        with pytest.raises(ValueError, match="id 'a' is used twice"):
            Compose([noted("a"), OneOf([noted("a")])])


class TestCombinators:
    COUNT = 3000

    def counted(self, node):
        pipeline = Compose([node], seed=4)
        return Counter(tuple(ids(pipeline, key=key)) for key in range(self.COUNT))

    def test_p(self):
        for p in (0.1, 0.5, 0.9):
            fired = self.counted(noted(p=p))[("HeightSeen",)]
            assert stats.binomtest(fired, self.COUNT, p).pvalue > 1e-3

    @pytest.mark.parametrize("of", [OneOf, SomeOf, RandomOrder, Compose])
    def test_p_of_combinators(self, of):
        fired = self.COUNT - self.counted(of([noted("a")], p=0.3))[()]
        assert stats.binomtest(fired, self.COUNT, 0.3).pvalue > 1e-3

    def test_p_of_zero_and_one(self):
        pipeline = Compose([noted("never", p=0), noted("always", p=1)], seed=0)
        assert all(ids(pipeline, key=key) == ["always"] for key in range(500))

    def test_one_of(self):
        counts = self.counted(OneOf([noted(name) for name in "abc"]))
        assert set(counts) == {("a",), ("b",), ("c",)}
        assert stats.chisquare(list(counts.values())).pvalue > 1e-3

    def test_one_of_weighted(self):
        counts = self.counted(OneOf([noted(name) for name in "abcd"], weights=[1, 0, 2.5, 0.5]))
        assert ("b",) not in counts
        found = [counts[(name,)] for name in "acd"]
        expected = [self.COUNT * weight / 4 for weight in (1, 2.5, 0.5)]
        assert stats.chisquare(found, expected).pvalue > 1e-3

    def test_the_chosen_one_still_has_its_own_p(self):
        nothing = self.counted(OneOf([noted("a", p=0.5), noted("b", p=0.5)]))[()]
        assert stats.binomtest(nothing, self.COUNT, 0.5).pvalue > 1e-3

    def test_one_of_those_that_never_fire_does_nothing(self):
        """T11: albumentations divides by zero."""
        pipeline = Compose([OneOf([image.Transpose(p=0), image.Invert(p=0)])])
        assert same(pipeline(PICTURE), PICTURE)

    def test_some_of_keeps_the_order_and_repeats_nothing(self):
        counts = self.counted(SomeOf([noted(name) for name in "abcd"], n=2))
        pairs = [(a, b) for a in "abcd" for b in "abcd" if a < b]
        assert set(counts) == set(pairs)
        assert stats.chisquare([counts[pair] for pair in pairs]).pvalue > 1e-3

    def test_some_of_a_range(self):
        counts = self.counted(SomeOf([noted(name) for name in "abc"], n=(0, 3)))
        lengths = Counter()
        for chosen, count in counts.items():
            lengths[len(chosen)] += count
        assert sorted(lengths) == [0, 1, 2, 3]
        assert stats.chisquare(list(lengths.values())).pvalue > 1e-3

    def test_some_of_with_replacement(self):
        counts = self.counted(SomeOf([noted("a"), noted("b")], n=3, replace=True))
        assert len(counts) == 8
        assert stats.chisquare(list(counts.values())).pvalue > 1e-3

    def test_what_is_applied_again_draws_anew(self):
        pipeline = Compose([SomeOf([noted()], n=3, replace=True)], seed=1)
        drawn = [step.params["u"] for step in pipeline.draw(SMALL, key="k").steps]
        assert len(set(drawn)) == 3

    def test_random_order(self):
        counts = self.counted(RandomOrder([noted(name) for name in "abc"]))
        assert len(counts) == 6
        assert stats.chisquare(list(counts.values())).pvalue > 1e-3

    def test_nested_at_will(self):
        inner = RandomOrder([noted("a"), Compose([noted("b"), noted("c")])])
        counts = self.counted(OneOf([inner, SomeOf([noted("d"), noted("e", p=0.5)], n=2)]))
        assert set(counts) == {("a", "b", "c"), ("b", "c", "a"), ("d", "e"), ("d",)}

    def test_empty_ones_do_nothing(self):
        pipeline = Compose([Compose([]), RandomOrder([]), SomeOf([], n=0)])
        assert same(pipeline(PICTURE), PICTURE)
        assert same(Compose([])(PICTURE), PICTURE)

    def test_a_whole_pipeline_fires_or_not(self):
        pipeline = Compose([Compose([noted("a"), noted("b")], p=0.5)], seed=1)
        assert {tuple(ids(pipeline, key=key)) for key in range(50)} == {(), ("a", "b")}

    def test_they_leave_no_trace_in_a_recipe(self):
        recipe = Compose([OneOf([SomeOf([image.Rotate()], n=1)])], seed=1).draw(SMALL, key=0)
        assert [step["op"] for step in recipe.to_dict()["steps"]] == ["Rotate"]


class TestShadow:
    def test_a_draw_sees_what_it_will_meet(self):
        steps = [image.Transpose(), HeightSeen(), image.Resize((5, 7)), HeightSeen()]
        first, second = (
            step.params for step in Compose(steps).draw(SMALL, key=0).steps if "u" in step.params
        )
        assert (first["height"], first["width"]) == (3, 2)
        assert (second["height"], second["width"]) == (5, 7)

    def test_what_changes_the_size_has_to_say_so(self):
        with pytest.raises(ValueError, match=r"advance\(shadow, params\), or set barrier = True"):
            Compose([Grows()])(SMALL)


PIPELINE = Compose(
    [
        image.HorizontalFlip(p=0.5),
        OneOf([image.Rotate(degrees=(-20, 20)), image.Zoom()]),
        SomeOf([image.Brightness(), image.Contrast(), image.GaussianNoise()], n=(1, 3)),
        image.RandomCrop((16, 20)),
        Offset(),
    ],
    seed=9,
)


class TestRecipes:
    def test_run_is_draw_and_apply(self):
        made, recipe = PIPELINE.run(PICTURE, key="a", variant=2)
        assert same(made, PIPELINE(PICTURE, key="a", variant=2))
        assert recipe == PIPELINE.draw(PICTURE, key="a", variant=2)
        assert same(made, PIPELINE.apply(PICTURE, recipe))

    def test_through_json(self):
        for key in range(10):
            made, recipe = PIPELINE.run(PICTURE, key=key)
            again = through_json(recipe)
            assert again.to_dict() == recipe.to_dict()
            assert Recipe.from_json(recipe.to_json()).to_json() == recipe.to_json()
            assert same(PIPELINE.apply(PICTURE, again), made)
            assert same(PIPELINE.apply(PICTURE, recipe.to_dict()), made)

    def test_another_pipeline_can_replay(self):
        """A recipe is enough: the pipeline that drew it is not needed."""
        made, recipe = PIPELINE.run(PICTURE, key="a")
        assert same(Compose([]).apply(PICTURE, through_json(recipe)), made)

    @pytest.mark.parametrize(
        "key", ["a", "é/ü.jpg", 7, -1, b"\x00\xff", ("a", 3, b"x", ("b",)), np.int64(4), ""]
    )
    def test_every_kind_of_key_survives(self, key):
        made, recipe = PIPELINE.run(PICTURE, key=key, variant=np.int32(1))
        again = through_json(recipe)
        assert again.key == key
        assert same(PIPELINE(PICTURE, key=again.key, variant=again.variant), made)

    def test_unkeyed_recipes_name_a_key_that_can_be_used(self):
        made, recipe = PIPELINE.run(PICTURE)
        again = through_json(recipe)
        assert same(PIPELINE(PICTURE, key=again.key), made)

    def test_it_notes_seed_key_variant_and_input(self):
        data = PIPELINE.draw(PICTURE, key="a", variant=3).to_dict()
        assert (data["augkit"], data["modality"], data["seed"]) == (1, "image", 9)
        assert (data["key"], data["variant"], data["fuse"]) == ("a", 3, True)
        assert data["input"] == {"height": 24, "width": 32, "channels": 3, "dtype": "uint8"}

    def test_it_reads_well(self):
        text = str(Compose([image.Rotate(degrees=5)], seed=1).draw(PICTURE, key="a"))
        assert text == "image, seed 1, key 'a', variant 0\n  Rotate(degrees=5)"

    def test_named_data_can_be_replayed(self):
        named = {
            "image": PICTURE,
            "mask": PICTURE[..., 0],
            "boxes": [[1, 2, 8, 9]],
            "labels": ["x"],
        }
        made, recipe = PIPELINE.run(named, key="a")
        assert same(PIPELINE.apply(named, through_json(recipe)), made)
        assert same(PIPELINE.apply(recipe=recipe, **named), made)
        assert same(PIPELINE(**named, key="a"), made)

    def test_options_are_remembered(self):
        made, recipe = Compose([Offset(step=2)], seed=1).run(PICTURE, key="a")
        assert recipe.to_dict()["steps"][0]["options"] == {"step": 2}
        assert same(Compose([]).apply(PICTURE, through_json(recipe)), made)

    @pytest.mark.parametrize(
        "key_and_variant", [{"key": 1.5}, {"key": None, "variant": 1.0}, {"key": ["a"]}]
    )
    def test_bad_keys_and_variants(self, key_and_variant):
        with pytest.raises(TypeError, match="key must be|whole numbers"):
            PIPELINE(PICTURE, **key_and_variant)


class TestReplayElsewhere:
    def test_another_size_adapts(self):
        """T9: albumentations makes 100 x 100 of everything, as the first image was that large."""
        pipeline = Compose(
            [image.Translate(translate={"x": 0.25, "y": 0}), image.RandomResizedCrop((8, 8))]
        )
        rotate = Compose([image.Rotate(degrees=(10, 80), expand=True)], seed=1)
        recipe = through_json(pipeline.draw(PICTURE, key="a"))
        large = np.zeros((300, 200, 3), np.uint8)
        assert pipeline.apply(large, recipe).shape == (8, 8, 3)
        recipe = through_json(rotate.draw(PICTURE, key="a"))
        degrees = np.radians(recipe.steps[0].params["degrees"])
        height, width = rotate.apply(large, recipe).shape[:2]
        assert width == pytest.approx(200 * np.cos(degrees) + 300 * np.sin(degrees), abs=1)
        assert height == pytest.approx(200 * np.sin(degrees) + 300 * np.cos(degrees), abs=1)

    def test_relative_places_scale_along(self):
        shift = Compose([image.Translate(translate={"x": 0.25, "y": 0}), image.HorizontalFlip()])
        recipe = through_json(shift.draw(image=PICTURE, keypoints=[[4, 6]], key=0))
        large = np.zeros((48, 64, 3), np.uint8)
        points = [
            shift.apply(recipe=recipe, image=data, keypoints=[at])["keypoints"][0]
            for data, at in ((PICTURE, [4, 6]), (large, [8, 12]))
        ]
        assert np.array(points[1]) == pytest.approx(2 * np.array(points[0]))

    @pytest.mark.parametrize("dtype", [np.uint16, np.float32])
    def test_another_dtype_is_refused(self, dtype):
        recipe = PIPELINE.draw(PICTURE, key="a")
        with pytest.raises(
            ReplayError, match=f"drawn for uint8 images, this one is {dtype.__name__}"
        ):
            PIPELINE.apply(np.zeros((24, 32, 3), dtype), recipe)

    def test_a_missing_partner_is_refused(self):
        mix = Compose([image.MixUp()], seed=1)
        others = PartnerList([PICTURE, PICTURE[::-1]], keys=["a", "b"])
        made, recipe = mix.run(PICTURE, key="k", partners=others)
        assert same(mix.apply(PICTURE, through_json(recipe), partners=others), made)
        with pytest.raises(ReplayError, match="not among the partners"):
            mix.apply(PICTURE, recipe, partners=PartnerList([PICTURE], keys=["z"]))

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"augkit": 2}, "not a recipe of format 1"),
            ({"augkit": None}, "not a recipe of format 1"),
            ({"steps": [{"op": "Rotat", "id": "a", "params": {}}]}, "did you mean 'Rotate'"),
            ({"steps": [{"op": "OneOf", "id": "a", "params": {}}]}, "cannot be made"),
            ({"steps": [{"op": "no.such:Thing", "id": "a", "params": {}}]}, "cannot find"),
            (
                {"steps": [{"op": "Resize", "id": "a", "params": {}, "options": {"size": 0}}]},
                "size",
            ),
            ({"modality": "text"}, "text"),
            ({"steps": [{"id": "a"}]}, "no 'op'"),
        ],
        ids=str,
    )
    def test_what_is_no_recipe_is_refused(self, change, said):
        data = {**Compose([image.Rotate()], seed=1).draw(PICTURE, key="a").to_dict(), **change}
        with pytest.raises(ReplayError, match=said):
            Recipe.from_dict(data)

    @pytest.mark.parametrize("missing", ["key", "seed", "variant", "steps", "input", "modality"])
    def test_a_missing_part_is_named(self, missing):
        data = PIPELINE.draw(PICTURE, key="a").to_dict()
        del data[missing]
        with pytest.raises(ReplayError, match=f"no '{missing}'"):
            Recipe.from_dict(data)

    def test_apply_wants_a_recipe(self):
        with pytest.raises(TypeError, match="apply needs a recipe"):
            PIPELINE.apply(PICTURE)
        with pytest.raises(ReplayError, match="not a recipe"):
            PIPELINE.apply(PICTURE, [1, 2])


class TestBatch:
    KEYS = ("a", "b", 3, ("d", 4), b"e")

    def pictures(self, shape=(24, 32, 3)):
        return [GENERATOR.integers(0, 256, shape, dtype=np.uint8) for _ in self.KEYS]

    @pytest.mark.parametrize("threads", [None, 1, 3])
    def test_equals_the_loop(self, threads):
        pictures = self.pictures()
        together = PIPELINE.batch(pictures, self.KEYS, variant=5, threads=threads)
        assert isinstance(together, list)
        for picture, key, made in zip(pictures, self.KEYS, together, strict=True):
            assert same(made, PIPELINE(picture, key=key, variant=5))

    def test_a_fresh_pipeline_gives_the_same(self):
        """What was foreseen of the draws (or not yet) changes nothing."""
        pictures = self.pictures()
        first = PIPELINE.batch(pictures, self.KEYS)
        assert same(
            dict(enumerate(pickle.loads(pickle.dumps(PIPELINE)).batch(pictures, self.KEYS))),
            dict(enumerate(first)),
        )

    def test_an_array_in_an_array_out(self):
        stack = np.stack(self.pictures())
        made = PIPELINE.batch(stack, self.KEYS)
        assert isinstance(made, np.ndarray)
        assert made.shape == (5, 16, 20, 3)
        for picture, key, one in zip(stack, self.KEYS, made, strict=True):
            assert same(one, PIPELINE(picture, key=key))

    def test_results_that_do_not_fit_one_array(self):
        turn = Compose([image.Rotate90(turns=(0, 1))], seed=1)
        with pytest.raises(ValueError, match="different shapes.*pass a list"):
            turn.batch(np.zeros((8, 2, 3), np.uint8), range(8))
        assert len(turn.batch(list(np.zeros((8, 2, 3), np.uint8)), range(8))) == 8

    def test_dicts(self):
        named = [
            {"image": picture, "mask": picture[..., 0], "boxes": [[2, 3, 20, 21]], "labels": [key]}
            for picture, key in zip(self.pictures(), self.KEYS, strict=True)
        ]
        for data, key, made in zip(named, self.KEYS, PIPELINE.batch(named, self.KEYS), strict=True):
            assert same(made, PIPELINE(**data, key=key))

    def test_recipes_of_a_batch(self):
        pictures = [PICTURE] * len(self.KEYS)
        made = PIPELINE.run_batch(pictures, self.KEYS, variant=3)
        for (result, recipe), picture, key in zip(made, pictures, self.KEYS, strict=True):
            alone, known = PIPELINE.run(picture, key=key, variant=3)
            assert np.array_equal(result, alone)
            assert recipe == known

    def test_sizes_may_differ(self):
        pictures = [PICTURE[:height] for height in (17, 20, 24)]
        for picture, key, made in zip(
            pictures, "abc", PIPELINE.batch(pictures, "abc"), strict=True
        ):
            assert same(made, PIPELINE(picture, key=key))

    def test_each_sample_has_its_own_draw(self):
        """T17: albumentations takes the parameters and the noise of the first image for all."""
        noise = Compose([image.GaussianNoise(std=0.1)], seed=1)
        made = noise.batch([PICTURE] * 4, range(4))
        assert len({one.tobytes() for one in made}) == 4

    def test_partners_are_the_batch_itself(self):
        mix = Compose([image.MixUp()], seed=1)
        pictures = self.pictures()
        partners = PartnerList(pictures, self.KEYS)
        for picture, key, made in zip(
            pictures, self.KEYS, mix.batch(pictures, self.KEYS), strict=True
        ):
            assert same(made, mix(picture, key=key, partners=partners))

    def test_unkeyed_samples_differ(self):
        made = Compose([image.GaussianNoise(std=0.1)], seed=1).batch([PICTURE] * 4)
        assert len({one.tobytes() for one in made}) == 4

    def test_empty(self):
        assert PIPELINE.batch([]) == []
        assert PIPELINE.batch([], [], threads=4) == []

    def test_refused(self):
        with pytest.raises(ValueError, match="2 samples and 1 keys"):
            PIPELINE.batch([PICTURE, PICTURE], ["a"])
        with pytest.raises(ValueError, match="threads must be at least 1"):
            PIPELINE.batch([PICTURE], ["a"], threads=0)

    def test_inputs_are_left_alone(self):
        stack = np.stack(self.pictures())
        before = stack.copy()
        PIPELINE.batch(stack, self.KEYS)
        np.testing.assert_array_equal(stack, before)


def _noise(pipeline):
    return pipeline(np.full((4, 4), 128, np.uint8)).tobytes()


class TestWithoutKeyOrSeed:
    NOISE = (image.GaussianNoise(std=0.2),)

    def test_calls_differ(self):
        pipeline = Compose(self.NOISE, seed=3)
        assert len({_noise(pipeline) for _ in range(20)}) == 20

    def test_two_processes_worth_of_calls_are_the_same_in_the_main_process(self):
        first, second = Compose(self.NOISE, seed=3), Compose(self.NOISE, seed=3)
        assert [_noise(first) for _ in range(4)] == [_noise(second) for _ in range(4)]

    def test_unseeded_pipelines_differ_and_report_their_seed(self):
        first, second = Compose(self.NOISE), Compose(self.NOISE)
        assert _noise(first) != _noise(second)
        assert first.seed == first.seed
        assert (
            Compose(self.NOISE, seed=first.seed)(SMALL, key=0).tobytes()
            == first(SMALL, key=0).tobytes()
        )

    def test_a_transform_alone_is_a_pipeline_of_one(self):
        noise = image.GaussianNoise(std=0.2)
        assert _noise(noise) != _noise(noise)

    @pytest.mark.parametrize(
        ("method", "seed", "used_before"),
        [
            ("fork", None, False),
            ("fork", None, True),
            ("fork", 3, False),
            ("fork", 3, True),
            ("spawn", 3, True),
        ],
    )
    def test_workers_and_epochs_never_repeat_each_other(self, method, seed, used_before):
        """T1: albumentations gives forked workers one stream, the same one every epoch."""
        pipeline = Compose(self.NOISE, seed=seed)
        made = [_noise(pipeline)] if used_before else []
        for _worker in range(4 if method == "fork" else 2):
            with multiprocessing.get_context(method).Pool(1) as pool:
                made += pool.map(_noise, [pipeline] * 3, chunksize=3)
        assert len(set(made)) == len(made)

    def test_threads_that_start_together_share_one_seed(self):
        for _ in range(20):
            pipeline = Compose(self.NOISE)
            with ThreadPoolExecutor(8) as pool:
                seeds = set(pool.map(lambda _, p=pipeline: p.seed, range(8)))
            assert seeds == {pipeline.seed}

    def test_the_global_generators_are_left_alone(self):
        """T22, T16: AugLy seeds NumPy's global generator, albumentations OpenCV's."""
        import random

        np.random.seed(1)  # noqa: NPY002
        random.seed(1)
        before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
        PIPELINE(PICTURE)
        Compose(self.NOISE)(PICTURE)
        after = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
        assert before == after


class TestThreads:
    def test_one_pipeline_in_many_threads(self):
        pictures = {key: np.roll(PICTURE, key, axis=0) for key in range(40)}
        expected = {key: PIPELINE(data, key=key) for key, data in pictures.items()}
        fresh = Compose.from_dict(PIPELINE.to_dict())
        work = [key for _ in range(4) for key in pictures]
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda key: fresh(pictures[key], key=key), work))
        for key, one in zip(work, made, strict=True):
            assert same(one, expected[key])

    def test_numbered_calls_are_given_once(self):
        pipeline = Compose([image.GaussianNoise(std=0.2)], seed=1)
        with ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(lambda _: pipeline.draw(SMALL).key, range(400)))
        assert len(set(keys)) == 400


BLACK_BELOW = np.concatenate([PICTURE[:10] | 1, np.zeros((14, 32, 3), np.uint8)])


class TestBarriers:
    def test_what_was_measured_stands_in_the_recipe(self):
        pipeline = Compose([Offset(levels=0), Trim(keep=1), HeightSeen()], seed=1)
        made, recipe = pipeline.run(BLACK_BELOW, key="a")
        assert made.shape == (11, 32, 3)
        assert recipe.steps[1].measured == {"height": 11}
        assert recipe.to_dict()["steps"][1]["measured"] == {"height": 11}
        assert recipe.steps[2].params["height"] == 11  # drawing went on with the new size

    def test_what_stands_before_runs_first(self):
        pipeline = Compose([image.VerticalFlip(), Trim(keep=0)], seed=1)
        made, recipe = pipeline.run(BLACK_BELOW, key="a")
        assert recipe.steps[1].measured == {"height": 24}
        assert made.shape == BLACK_BELOW.shape

    def test_replay_takes_the_recorded_value(self):
        """It is not measured again: the recipe is all that counts."""
        pipeline = Compose([Trim(), image.Rotate(degrees=(5, 9)), image.Transpose()], seed=1)
        made, recipe = pipeline.run(BLACK_BELOW, key="a")
        assert same(pipeline.apply(BLACK_BELOW, through_json(recipe)), made)
        full = np.full_like(BLACK_BELOW, 255)
        assert pipeline.apply(full, through_json(recipe)).shape == made.shape

    def test_batches_and_draws(self):
        pipeline = Compose([image.Rotate(degrees=(0, 9)), Trim(), image.Resize(8)], seed=1)
        keys = range(4)
        for key, made in zip(keys, pipeline.batch([BLACK_BELOW] * 4, keys), strict=True):
            assert same(made, pipeline(BLACK_BELOW, key=key))
            assert pipeline.draw(BLACK_BELOW, key=key) == pipeline.run(BLACK_BELOW, key=key)[1]

    def test_a_geometric_barrier_moves_labels_and_is_not_fused(self):
        pipeline = Compose(
            [image.Rotate(degrees=(0, 3)), TrimAll(), image.Rotate(degrees=(0, 3))], seed=1
        )
        named = {"image": BLACK_BELOW, "boxes": [[0, 0, 8, 8], [0, 18, 8, 24]], "labels": [1, 2]}
        made, recipe = pipeline.run(named, key="a")
        assert made["labels"] == [1]
        assert made["image"].shape[0] == recipe.steps[1].measured["height"] < 24
        assert same(pipeline.apply(named, through_json(recipe)), made)


class TestOwnTransforms:
    def test_they_go_by_module_and_class(self):
        pipeline = Compose([Offset(levels=(3, 9)), image.Transpose()], seed=1)
        name = f"{Offset.__module__}:Offset"
        assert pipeline.to_dict()["pipeline"][0] == {name: {"levels": [3, 9]}}
        again = Compose.from_dict(json.loads(json.dumps(pipeline.to_dict())))
        assert again == pipeline
        made, recipe = pipeline.run(PICTURE, key="a")
        assert same(again(PICTURE, key="a"), made)
        again = through_json(recipe).steps
        assert [(step.id, step.params) for step in again] == [
            (step.id, step.params) for step in recipe.steps
        ]

    def test_a_file(self, tmp_path):
        import augkit

        path = tmp_path / "pipeline.yaml"
        PIPELINE.save(path)
        assert augkit.load(path) == PIPELINE

    def test_what_has_no_name_cannot_be_saved_and_says_so(self):
        @dataclass(frozen=True)
        class Local(PixelTransform):
            def pixels(self, image, params, alpha):
                return 255 - image

        pipeline = Compose([Local()], seed=1)
        made, recipe = pipeline.run(PICTURE, key="a")
        assert same(made, 255 - PICTURE)
        assert same(pipeline.apply(PICTURE, recipe), made)
        for write in (pipeline.to_dict, recipe.to_dict):
            with pytest.raises(ValueError, match="Local.*top level of a module"):
                write()
        assert pipeline == Compose([Local()], seed=1)
        assert pipeline != PIPELINE

    def test_whole_numbers_make_a_matrix(self):
        made = Halves()(image=PICTURE, boxes=[[0, 0, 4, 4]])
        assert same(made["image"], image.HorizontalFlip()(PICTURE))
        assert made["boxes"] == [[28, 0, 32, 4]]

    def test_one_without_apply_says_so(self):
        @dataclass(frozen=True)
        class Empty(ImageTransform):
            pass

        with pytest.raises(NotImplementedError, match="Empty has no apply"):
            Empty()(PICTURE)

    def test_one_of_no_modality_is_no_image_transform(self):
        @dataclass(frozen=True)
        class Nothing(Transform):
            pass

        with pytest.raises(TypeError, match="Nothing is not an image transform"):
            Compose([Nothing()])(PICTURE)


class TestFuseFalse:
    STEPS = (image.Rotate(degrees=30), image.Rotate(degrees=-30), image.Brightness(factor=0.5))

    def test_runs_step_by_step(self):
        fused, stepwise = Compose(self.STEPS), Compose(self.STEPS, fuse=False)
        step = PICTURE
        for transform in self.STEPS:
            step = transform(step)
        assert same(stepwise(PICTURE), step)
        assert same(fused(PICTURE), image.Brightness(factor=0.5)(PICTURE))
        assert not same(fused(PICTURE), step)

    def test_the_recipe_remembers(self):
        made, recipe = Compose(self.STEPS, fuse=False, seed=1).run(PICTURE, key=0)
        assert recipe.to_dict()["fuse"] is False
        assert same(Compose(self.STEPS).apply(PICTURE, through_json(recipe)), made)
        assert Compose(self.STEPS, fuse=False).to_dict()["fuse"] is False
        assert Compose(self.STEPS, fuse=False) != Compose(self.STEPS)

    def test_explain(self):
        fused, stepwise = Compose(self.STEPS), Compose(self.STEPS, fuse=False)
        lines = fused.explain(fused.draw(PICTURE, key=0)).splitlines()
        assert len(lines) == 2
        assert "Rotate + Rotate#2" in lines[0]
        assert "32 x 24" in lines[0]
        assert "Brightness" in lines[1]
        assert len(stepwise.explain(stepwise.draw(PICTURE, key=0).to_dict()).splitlines()) == 3
        assert fused.explain(Compose([]).draw(PICTURE, key=0)) == "nothing to do"

    def test_explain_follows_sizes(self):
        steps = [image.Transpose(), image.GaussianNoise(), image.Resize((5, 6)), HeightSeen()]
        pipeline = Compose(steps, seed=1)
        text = pipeline.explain(pipeline.draw(PICTURE, key=0))
        assert [line.split(".")[0] for line in text.splitlines()] == ["1", "2", "3", "4"]
        assert "24 x 32" in text.splitlines()[0]
        assert "6 x 5" in text.splitlines()[2]


class TestPicklingAndEquality:
    def test_a_pickled_pipeline_gives_the_same(self):
        again = pickle.loads(pickle.dumps(PIPELINE))
        assert again == PIPELINE
        assert same(again(PICTURE, key="a"), PIPELINE(PICTURE, key="a"))

    def test_equality_is_by_content(self):
        def made(**given):
            return Compose([image.Rotate(degrees=(-5, 5), **given)], seed=1)

        assert made() == made()
        assert made() != made(p=0.5)
        assert made() != made(id="a")
        assert made() != Compose(made().transforms, seed=2)
        assert made() != Compose(made().transforms, seed=1, box_format="yolo")
        assert made() == Compose(made().transforms, seed=1, box_format="xyxy")
        assert made() != Compose(made().transforms, seed=1, targets={"a": "image"})
        assert made() != "a pipeline"

    def test_inner_pipelines_count_with_their_p_and_id(self):
        inner = [
            Compose([image.Rotate()], p=p, id=name)
            for p, name in ((1, None), (0.5, None), (1, "a"))
        ]
        outer = [Compose([node]) for node in inner]
        assert len({str(json.dumps(node.to_dict())) for node in outer}) == 3
        assert outer[0] != outer[1]
        assert outer[0] != outer[2]
        assert OneOf([inner[0]]) != OneOf([inner[1]])

    def test_combinators(self):
        nodes = [image.Rotate(), image.Transpose()]
        assert OneOf(nodes, weights=[1, 2]) == OneOf(tuple(nodes), weights=(1, 2))
        assert OneOf(nodes) != OneOf(nodes, weights=[1, 2])
        assert OneOf(nodes) != RandomOrder(nodes)
        assert SomeOf(nodes, n=(1, 2)) == SomeOf(nodes, n=[1, 2])

    def test_repr_shows_what_is_in_it(self):
        assert "degrees=(-5, 5)" in repr(Compose([image.Rotate(degrees=(-5, 5))]))

    def test_spec_of_combinators(self):
        pipeline = Compose(
            [
                OneOf(
                    [image.Rotate(), Compose([image.Transpose()], p=0.5)], weights=[1, 3], id="x"
                ),
                SomeOf([image.Invert(), image.Solarize()], n=(0, 2), replace=True, p=0.9),
                RandomOrder([image.Gamma()]),
            ],
            seed=1,
            targets={"depth": "map"},
            min_area=4.0,
        )
        again = Compose.from_dict(json.loads(json.dumps(pipeline.to_dict())))
        assert again == pipeline
        assert ids(again, PICTURE) == ids(pipeline, PICTURE)


class TestKinds:
    def test_nothing_but_tensors_behind_normalize(self):
        with pytest.raises(
            ValueError, match="Rotate takes image, but Normalize before it gives tensor"
        ):
            Compose([image.Normalize(), image.Rotate()])

    def test_inside_an_inner_pipeline(self):
        inner = Compose([image.Rotate(), image.Normalize()])
        assert inner.kinds() == ("image", "tensor")
        with pytest.raises(ValueError, match="Compose before it gives tensor"):
            Compose([inner, image.Rotate()])
        assert Compose([image.Transpose(), inner])(PICTURE).shape == (3, 32, 24)

    def test_what_turns_kinds_has_to_fire(self):
        with pytest.raises(ValueError, match=r"it has to fire always \(p=1\)"):
            Compose([image.Normalize(p=0.5)])
        with pytest.raises(ValueError, match="it has to fire always"):
            Compose([SomeOf([image.Normalize()], n=1)])

    def test_candidates_of_different_kinds(self):
        with pytest.raises(ValueError, match="OneOf holds transforms of different kinds"):
            Compose([OneOf([image.Normalize(), image.Rotate()])])
        with pytest.raises(ValueError, match="RandomOrder"):
            Compose([RandomOrder([image.Normalize(), image.Normalize()])])


class TestConstruction:
    @pytest.mark.parametrize(
        ("make", "error", "said"),
        [
            (lambda: Compose(image.Rotate()), TypeError, r"write Compose\(\[Rotate\(...\)\]\)"),
            (
                lambda: Compose([image.Rotate]),
                TypeError,
                r"transforms\[0\].*class Rotate; write Rotate",
            ),
            (
                lambda: Compose([image.Rotate(), 3]),
                TypeError,
                r"transforms\[1\] must be a transform",
            ),
            (lambda: Compose([], seed=-1), ValueError, "seed must be a whole number"),
            (lambda: Compose([], seed=1.5), ValueError, "seed must be a whole number"),
            (lambda: Compose([], seed=True), ValueError, "seed must be a whole number"),
            (lambda: Compose([], seed="7"), ValueError, "seed must be a whole number"),
            (lambda: Compose([], p=1.5), ValueError, r"Compose\.p must be within"),
            (lambda: Compose([], boxformat="yolo"), TypeError, "did you mean 'box_format'"),
            (
                lambda: Compose([], box_format="coco"),
                ValueError,
                "box_format must be one of 'xyxy'",
            ),
            (lambda: Compose([], min_area=-1), ValueError, "min_area must be at least 0"),
            (lambda: Compose([], min_visibility=2), ValueError, "min_visibility must be within"),
            (lambda: Compose([], targets={"x": "masq"}), ValueError, "did you mean 'mask'"),
            (lambda: OneOf([]), ValueError, "at least one"),
            (
                lambda: OneOf([image.Rotate()], weights=[1, 2]),
                ValueError,
                "1 transforms and 2 weights",
            ),
            (lambda: OneOf([image.Rotate()], weights=[0]), ValueError, "not all 0"),
            (lambda: OneOf([image.Rotate()], weights=[-1]), ValueError, "not negative"),
            (lambda: OneOf([image.Rotate()], weights=[np.nan]), ValueError, "finite"),
            (lambda: OneOf([image.Rotate()], weights=1), TypeError, "one number per transform"),
            (lambda: OneOf([image.Rotate()], weights=["a"]), TypeError, "one number per transform"),
            (lambda: SomeOf([image.Rotate()], n=2), ValueError, r"within \[0, 1\]"),
            (lambda: SomeOf([image.Rotate()], n=-1), ValueError, r"within \[0, 1\]"),
            (lambda: SomeOf([image.Rotate()], n=(1, 0)), ValueError, "SomeOf.n"),
            (lambda: SomeOf([image.Rotate()], n=1.5), TypeError, "whole number or a pair"),
            (lambda: SomeOf([image.Rotate()], n=(0, 0.5)), TypeError, "whole number or a pair"),
            (lambda: SomeOf([image.Rotate()], n=(0, 1, 2)), TypeError, "whole number or a pair"),
            (lambda: SomeOf([], n=1, replace=True), ValueError, "at least one"),
        ],
    )
    def test_mistakes_are_told_at_once(self, make, error, said):
        with pytest.raises(error, match=said):
            make()

    def test_a_seed_of_numpy_is_a_seed(self):
        assert Compose([], seed=np.int64(7)).seed == 7
        assert Compose([], seed=2**80).to_dict()["seed"] == 2**80

    def test_one_sample_or_names(self):
        with pytest.raises(TypeError, match="not both"):
            PIPELINE(PICTURE, mask=PICTURE)

    def test_the_list_given_is_not_kept(self):
        nodes = [image.Transpose()]
        pipeline = Compose(nodes)
        nodes.append(image.Rotate())
        assert len(pipeline.transforms) == 1
