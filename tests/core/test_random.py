"""Streams: frozen by goldens, independent by name, the same everywhere."""

from __future__ import annotations

import math
import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.random import Philox
from scipy import stats

from augkit.core import distributions
from augkit.core.calls import CallNumbers
from augkit.core.elementary import cos_sin, exp, log, normal_quantile
from augkit.core.random import Foresight, Root, Stream, _name_hash, stream_key


def stream(seed=7, key="cats/1.jpg", variant=0, path="Rotate"):
    return Stream(Root((seed, key, variant))).at(path)


class TestGoldens:
    """Never change: a recipe drawn by one release must be drawn by all."""

    def test_keys(self):
        assert stream_key(7, "cats/1.jpg", 0) == (6809643602819672457, 1762772375361267468)
        assert stream_key(0, ("call", 3), 1) == (6513432004344008033, 17698467596424247942)
        assert stream_key(0, 5, 1) == (320347047400899292, 11172993520678592560)
        assert stream_key(0, "5", 1) == (731917792340255556, 3679945204531062917)
        assert stream_key(0, b"5", 1) == (12688485822790819835, 3009732021681051178)

    def test_words(self):
        assert stream().words("degrees", 5) == [
            2824888753158330088,
            14108241411425127390,
            4138869143100165879,
            9697187528455413634,
            10573355744107772303,
        ]

    def test_scalars(self):
        s = stream()
        assert s.uniform("degrees", -20, 20) == -13.874498953591745
        assert s.integer("turns", 0, 3) == 2
        assert s.normal("z") == -1.032428260990372
        assert s.permutation("order", 6) == [5, 2, 3, 1, 0, 4]
        assert s.choice("c", "abcde") == "c"
        assert s.index("w", [1, 2, 3]) == 1

    def test_distributions(self):
        s = stream()
        assert distributions.log_uniform(0.5, 2).draw(s, "ratio") == 1.513758372121067
        assert distributions.normal(1, 0.1).draw(s, "n") == 0.9425036984524199
        assert distributions.choice([0.8, 1.25], [1, 3]).draw(s, "k") == 1.25


class TestIndependence:
    def test_asking_again_gives_the_same(self):
        s = stream()
        first = s.unit("a")
        s.units("b", 9)
        assert s.unit("a") == first

    def test_longer_draws_begin_alike(self):
        assert stream().words("a", 9)[:3] == stream().words("a", 3)[:3]

    @pytest.mark.parametrize(
        "other",
        [
            {"seed": 8},
            {"key": "cats/2.jpg"},
            {"variant": 1},
            {"path": "Rotate#2"},
        ],
    )
    def test_each_part_of_the_name_counts(self, other):
        assert stream(**other).words("degrees") != stream().words("degrees")

    def test_seed_and_key_do_not_add_up(self):
        assert stream_key(0, 5, 0) != stream_key(5, 0, 0)
        assert stream_key(1, 1, 11) != stream_key(1, 11, 1) != stream_key(11, 1, 1)

    def test_applications_differ(self):
        root = Stream(Root((7, "a", 0)))
        assert root.at("Rotate", 0).unit("p") != root.at("Rotate", 1).unit("p")

    def test_neighbouring_keys_are_not_correlated(self):
        values = np.array(
            [[stream(key=k).unit("a"), stream(key=k + 1).unit("a")] for k in range(2000)]
        )
        assert abs(np.corrcoef(values.T)[0, 1]) < 0.08


class TestPhilox:
    def test_equals_numpys_generator_at_a_counter(self):
        key = (123, 456)
        s = Stream(Root(key), "x")
        expected = Philox(key=np.array(key, np.uint64))
        state = expected.state
        state["state"]["counter"][:] = [0, 0, _name_hash("field"), _name_hash("x")]
        expected.state = state
        assert s.words("field", 7) == expected.random_raw(7).tolist()

    def test_blocks_made_ahead_equal_words_made_one_by_one(self):
        foresight = Foresight()
        names = ["p", "degrees", "shear.x", "seed"]
        keys = [stream_key(3, i, 0) for i in range(50)]

        def plain(key):
            return Stream(Root(key)).at("B")

        first = Stream(Root(keys[0], foresight)).at("B")  # nothing is foreseen yet: all is noted
        for name in names:
            assert first.words(name, 4) == plain(keys[0]).words(name, 4)
        rows, made = foresight.words_of_many(b"".join(Root(key).digest for key in keys))
        for key, words in zip(keys, made, strict=True):
            for root in (Root(key, foresight), Root(key, foresight).foresee(rows, words)):
                ahead = Stream(root).at("B")
                for name in names:
                    assert (name, 4) in root.rows["B"]
                    assert ahead.words(name, 4) == plain(key).words(name, 4)
                    assert ahead.words(name, 6) == plain(key).words(name, 6)
                    assert ahead.unit(name) == plain(key).unit(name)
                assert ahead.words("other") == plain(key).words("other")
                again = Stream(root).at("B", application=1)
                assert again.words("p") == Stream(Root(key)).at("B", application=1).words("p")


class TestDistributions:
    """χ² against what each promises, at a fixed seed."""

    COUNT = 20_000

    def draws(self, draw):
        return [draw(stream(key=k)) for k in range(self.COUNT)]

    def test_uniform(self):
        values = self.draws(lambda s: s.uniform("v", -2, 3))
        assert stats.kstest(values, stats.uniform(-2, 5).cdf).pvalue > 1e-3
        assert min(values) >= -2
        assert max(values) < 3

    def test_integer_includes_both_ends(self):
        counts = Counter(self.draws(lambda s: s.integer("v", -1, 5)))
        assert sorted(counts) == list(range(-1, 6))
        assert stats.chisquare(list(counts.values())).pvalue > 1e-3

    def test_normal(self):
        values = self.draws(lambda s: s.normal("v", 1.0, 0.5))
        assert stats.kstest(values, stats.norm(1.0, 0.5).cdf).pvalue > 1e-3

    def test_log_uniform(self):
        draw = distributions.log_uniform(0.25, 4).draw
        values = np.log(self.draws(lambda s: draw(s, "v")))
        assert stats.kstest(values, stats.uniform(math.log(0.25), math.log(16)).cdf).pvalue > 1e-3

    def test_weighted_choice(self):
        draw = distributions.choice([1, 2, 3], [1, 0, 3]).draw
        counts = Counter(self.draws(lambda s: draw(s, "v")))
        assert set(counts) == {1, 3}
        expected = [self.COUNT / 4, self.COUNT * 3 / 4]
        assert stats.chisquare([counts[1], counts[3]], expected).pvalue > 1e-3

    def test_permutations_are_equally_likely(self):
        counts = Counter(tuple(order) for order in self.draws(lambda s: s.permutation("v", 4)))
        assert len(counts) == 24
        assert stats.chisquare(list(counts.values())).pvalue > 1e-3


class TestElementary:
    """Against the C library, which is right but not the same everywhere."""

    def test_log(self):
        for x in np.geomspace(1e-300, 1e300, 4001):
            assert log(x) == pytest.approx(math.log(x), rel=4e-16, abs=2e-16)

    def test_exp(self):
        for x in np.linspace(-50, 50, 4001):
            assert exp(x) == pytest.approx(math.exp(x), rel=1e-14)

    def test_cos_sin(self):
        for degrees in np.linspace(-1000, 1000, 4001):
            cosine, sine = cos_sin(degrees)
            assert cosine == pytest.approx(math.cos(math.radians(degrees)), abs=4e-15)
            assert sine == pytest.approx(math.sin(math.radians(degrees)), abs=4e-15)

    @pytest.mark.parametrize("turns", range(-5, 6))
    def test_quarter_turns_are_exact(self, turns):
        assert cos_sin(90.0 * turns) == [(1, 0), (0, 1), (-1, 0), (0, -1)][turns % 4]

    def test_normal_quantile(self):
        for u in [*np.linspace(0.001, 0.999, 999), 1e-16, 1e-300]:
            assert normal_quantile(u) == pytest.approx(stats.norm.ppf(u), rel=1e-12, abs=1e-15)


def _words_of(key):
    return stream(key=key).words("degrees", 6)


class TestEverywhereTheSame:
    KEYS = [f"k{i}" for i in range(40)]

    def test_threads(self):
        with ThreadPoolExecutor(8) as pool:
            assert (
                list(pool.map(_words_of, self.KEYS * 20)) == [_words_of(k) for k in self.KEYS] * 20
            )

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_processes(self, method):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(_words_of, self.KEYS) == [_words_of(k) for k in self.KEYS]

    def test_hash_seed(self):
        code = (
            "from augkit.core.random import Root, Stream;"
            "print(Stream(Root((7, 'é', 0))).at('Rotate').words('degrees', 4))"
        )
        results = {
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in ("0", "1", "random")
        }
        assert len(results) == 1


def _next_keys(numbers):
    return [numbers.next_key() for _ in range(3)]


class TestCallNumbers:
    def test_counts_in_the_main_process(self):
        assert _next_keys(CallNumbers()) == [("call", 0), ("call", 1), ("call", 2)]

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_workers_never_repeat_each_other(self, method):
        numbers = CallNumbers()
        keys = []
        for _ in range(4):  # four workers, one after the other, each with the same inherited state
            with multiprocessing.get_context(method).Pool(1) as pool:
                keys += pool.apply(_next_keys, (numbers,))
        assert len(set(keys)) == len(keys) == 12

    def test_numbers_are_not_given_twice_to_threads(self):
        numbers = CallNumbers()
        with ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(lambda _: numbers.next_key(), range(4000)))
        assert len(set(keys)) == 4000


def test_words_of_none_are_foreseen_beside_others():
    foresight = Foresight()
    for _ in range(3):
        for path in ("a", "b"):
            ahead = Stream(Root((7, "k", 0), foresight), path)
            alone = Stream(Root((7, "k", 0)), path)
            for name, count in (("none", 0), ("three", 3), ("one", 1)):
                assert ahead.words(name, count) == alone.words(name, count)
