"""What a random parameter may be, how it is written, and what comes out of it."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

import augkit
from augkit import Compose, beta, choice, image, log_uniform, normal, uniform
from augkit.core.distributions import Normal, bounds, from_spec, resolve, to_spec
from augkit.core.random import Root, Stream

ALL = [
    choice([0.5, 1.0, 2.0]),
    choice([1, 2, 3], weights=[1, 0, 2]),
    normal(1.0, 0.1),
    log_uniform(0.25, 4.0),
    beta(0.4, 0.4),
]


def stream(key=0, path="Any"):
    return Stream(Root((3, key, 0))).at(path)


def draws(distribution, count=4000, name="v"):
    return [distribution.draw(stream(key), name) for key in range(count)]


class TestForms:
    def test_a_number_is_exactly_that(self):
        """No hidden symmetry: `degrees=20` is 20 degrees, never up to 20 either way."""
        assert resolve(stream(), "degrees", from_spec("degrees", 20)) == 20
        drawn = [Compose([image.Rotate(degrees=20)], seed=1).draw(PICTURE, key=k) for k in range(9)]
        assert {recipe.steps[0].params["degrees"] for recipe in drawn} == {20}

    def test_a_pair_is_uniform(self):
        assert from_spec("x", [1, 2]) == (1, 2) == uniform(1, 2)
        values = [resolve(stream(k), "x", (1.0, 2.0)) for k in range(4000)]
        assert stats.kstest(values, stats.uniform(1, 1).cdf).pvalue > 1e-3

    def test_a_pair_of_whole_numbers_includes_both_ends(self):
        values = Counter(resolve(stream(k), "x", (-1, 2), integer=True) for k in range(2000))
        assert sorted(values) == [-1, 0, 1, 2]
        assert stats.chisquare(list(values.values())).pvalue > 1e-3

    def test_a_pair_of_equals_is_that_number(self):
        assert resolve(stream(), "x", (3.5, 3.5)) == 3.5
        assert resolve(stream(), "x", (3, 3), integer=True) == 3

    @pytest.mark.parametrize("distribution", ALL, ids=str)
    def test_what_is_written_is_read_back(self, distribution):
        written = json.loads(json.dumps(distribution.to_spec()))
        assert from_spec("x", written) == distribution
        assert to_spec(distribution) == distribution.to_spec()
        assert from_spec("x", distribution) is distribution

    def test_per_axis(self):
        value = from_spec("s", {"x": 0.5, "y": [1, 2]}, ("x", "y"))
        assert value == {"x": 0.5, "y": (1, 2)}
        assert bounds(value) == (0.5, 2)
        assert to_spec(value) == {"x": 0.5, "y": [1, 2]}
        drawn = resolve(stream(), "s", value)
        assert drawn == {"x": 0.5, "y": stream().uniform("s.y", 1, 2)}

    def test_axes_have_their_own_substreams(self):
        both = resolve(stream(), "s", {"x": (0.0, 1.0), "y": (0.0, 1.0)})
        assert both["x"] != both["y"]
        other = resolve(stream(), "s", {"x": 5, "y": (0.0, 1.0)})
        assert other["y"] == both["y"]

    def test_axes_may_hold_distributions(self):
        value = from_spec("s", {"x": {"choice": [1, 2]}, "y": normal(0, 1)}, ("x", "y"))
        assert value == {"x": choice([1, 2]), "y": normal(0, 1)}


class TestNumbersOfNumPy:
    """They become Python's, so that specs and recipes stay JSON."""

    @pytest.mark.parametrize(
        "value",
        [
            np.float32(0.5),
            np.int64(3),
            np.array([1, 2]),
            np.array(3.0),
            (np.float32(1), np.int16(2)),
            choice(np.array([1, 2])),
            choice([1, 2], weights=np.array([0.5, 0.5])),
            normal(np.float32(1), np.int8(2)),
            log_uniform(np.float32(1), np.float64(2)),
            beta(np.float32(1), np.int64(2)),
        ],
        ids=str,
    )
    def test_specs_and_draws_are_json(self, value):
        known = from_spec("x", value)
        assert json.loads(json.dumps(to_spec(known))) == to_spec(known)
        json.dumps(resolve(stream(), "x", known))

    def test_values_are_kept(self):
        assert from_spec("x", np.array([1, 2])) == (1, 2)
        assert from_spec("x", np.float32(0.5)) == 0.5


class TestDraws:
    @pytest.mark.parametrize("distribution", ALL, ids=str)
    def test_stay_within_bounds_and_are_repeatable(self, distribution):
        low, high = distribution.bounds()
        values = draws(distribution, 500)
        assert low <= min(values)
        assert max(values) <= high
        assert values == draws(distribution, 500)
        assert all(isinstance(value, int | float) for value in values)

    @pytest.mark.parametrize(("a", "b"), [(0.4, 0.4), (1, 1), (2, 5), (0.2, 3), (1, 0.3), (30, 30)])
    def test_beta(self, a, b):
        assert stats.kstest(draws(beta(a, b)), stats.beta(a, b).cdf).pvalue > 1e-3

    def test_normal_without_spread_is_its_mean(self):
        assert set(draws(normal(2.5, 0), 20)) == {2.5}

    def test_normal_has_its_mean_and_spread(self):
        values = np.array(draws(normal(-3, 2)))
        assert values.mean() == pytest.approx(-3, abs=0.15)
        assert values.std() == pytest.approx(2, rel=0.05)

    def test_log_uniform_is_as_often_below_as_above_the_geometric_mean(self):
        below = sum(value < 1 for value in draws(log_uniform(0.1, 10)))
        assert stats.binomtest(below, 4000).pvalue > 1e-3

    def test_choice_gives_the_very_values(self):
        counts = Counter(draws(choice([1, 2.5, 7])))
        assert sorted(counts) == [1, 2.5, 7]
        assert stats.chisquare(list(counts.values())).pvalue > 1e-3

    def test_a_weight_of_zero_never(self):
        assert set(draws(choice([1, 2, 3], [1, 0, 2]))) == {1, 3}

    def test_names_are_independent(self):
        a, b = (np.array(draws(beta(1, 1), 2000, name)) for name in ("a", "b"))
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.08


class TestRefused:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (None, "must be a number, a pair"),
            (True, "must be a number, a pair"),
            ("20", "must be a number, a pair"),
            pytest.param(object(), "must be a number, a pair", id="object"),
            ((1, 2, 3), "must be a pair of numbers"),
            ((1, "a"), "must be a pair of numbers"),
            ((True, 2), "must be a pair of numbers"),
            ((2, 1), r"low > high.*write \(1, 2\)"),
            ({}, "a distribution is"),
            ({"chioce": [1, 2]}, "a distribution is"),
            ({"choice": [1], "normal": [0, 1]}, "a distribution is"),
            ({"normal": [1]}, "a distribution is"),
            ({"normal": [0, 1], "weights": [1]}, "a distribution is"),
            ({"choice": []}, "at least one value"),
            ({"choice": 3}, "must be a list of numbers"),
            ({"choice": ["a"]}, "must be a list of numbers"),
            ({"choice": [1, math.nan]}, "must be finite"),
            ({"choice": [1, 2], "weights": [1]}, "one weight per value"),
            ({"choice": [1, 2], "weights": [1, -1]}, "not negative"),
            ({"choice": [1, 2], "weights": [0, 0]}, "not all 0"),
            ({"normal": [0, -1]}, "std >= 0"),
            ({"normal": [math.inf, 1]}, "finite mean"),
            ({"normal": ["a", 1]}, "must be a number"),
            ({"log_uniform": [0, 1]}, "0 < low"),
            ({"log_uniform": [2, 1]}, "low <= high"),
            ({"beta": [0, 1]}, "above 0"),
        ],
        ids=str,
    )
    def test_with_the_parameter_s_name(self, value, said):
        with pytest.raises((TypeError, ValueError), match=said) as caught:
            from_spec("Rotate.degrees", value)
        assert str(caught.value).startswith("Rotate.degrees")

    def test_an_axis_that_is_missing(self):
        with pytest.raises(ValueError, match="for each of x, y"):
            from_spec("Zoom.scale", {"x": 1}, ("x", "y"))

    def test_an_axis_s_own_mistake_names_the_axis(self):
        with pytest.raises(TypeError, match=r"Zoom\.scale\.y must be a number"):
            from_spec("Zoom.scale", {"x": 1, "y": "a"}, ("x", "y"))

    def test_unknown_axes(self):
        with pytest.raises(ValueError, match="or a mapping over x, y"):
            from_spec("Zoom.scale", {"x": 1, "z": 1}, ("x", "y"))


def test_they_stand_in_the_public_face():
    assert augkit.beta is beta
    assert augkit.normal(1, 2) == Normal(1, 2)
    assert hash(choice([1, 2])) == hash(choice((1, 2)))


def test_a_distribution_reaches_the_recipe():
    pipeline = Compose([image.Brightness(factor=choice([0.5, 2.0]))], seed=5)
    factors = Counter(pipeline.draw(PICTURE, key=k).steps[0].params["factor"] for k in range(400))
    assert set(factors) == {0.5, 2.0}
    assert stats.chisquare(list(factors.values())).pvalue > 1e-3


PICTURE = np.zeros((4, 6, 3), np.uint8)
