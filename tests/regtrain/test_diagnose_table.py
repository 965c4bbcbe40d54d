"""The course's table and the intervals behind it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from regtrain.diagnose import Circumstances, Error, diagnose


def rate(percent: float, count: int = 10_000) -> Error:
    return Error.of_rate(round(percent * count / 100), count)


@pytest.mark.parametrize(
    ("train", "valid", "cause"),
    [  # A. Ng's four examples of a classifier of two classes
        (1, 11, "high variance"),
        (15, 16, "high bias"),
        (15, 30, "high bias and high variance"),
        (0.5, 1, "balanced"),
    ],
)
def test_the_table(train: float, valid: float, cause: str) -> None:
    verdict = diagnose(rate(train), rate(valid), guess=0.5)
    assert verdict.cause == cause
    assert verdict.sure
    assert bool(verdict.remedies) == (cause != "balanced")
    assert verdict.section().html().count("<table>") == (1 if cause == "balanced" else 2)


def test_a_target_moves_the_verdict() -> None:
    hard = diagnose(rate(15), rate(16), guess=0.5, target=0.14)
    assert hard.cause == "balanced"


def test_few_examples_are_not_sure() -> None:
    assert not diagnose(rate(1, 100), rate(4, 100), guess=0.5).sure
    assert "could change" in diagnose(rate(1, 100), rate(4, 100), guess=0.5).sentence()


def test_remedies_follow_the_circumstances() -> None:
    def first(train: float, valid: float, **known: object) -> str:
        verdict = diagnose(
            rate(train), rate(valid), guess=0.5, circumstances=Circumstances(**known)  # type: ignore[arg-type]
        )  # fmt: skip
        return verdict.remedies[0].name

    assert first(20, 21, training_error_falls=True) == "Train for more epochs"
    assert first(20, 21, training_error_falls=False) == "Increase model complexity"
    assert first(20, 21, unhealthy="half of the units are dead").startswith("Repair")
    assert first(1, 11) == "Augment the data"
    assert first(1, 11, augmented=True) == "Use regularization"
    assert first(1, 11, validation_error_rises=True) == "Use early stopping"
    assert first(1, 11, more_data_helps=True, augmented=True) == "Add more training data"


def test_what_is_not_finite_is_told() -> None:
    nan = Error(float("nan"), float("nan"), float("nan"), 5)
    verdict = diagnose(nan, rate(3))
    assert verdict.cause == "not finite"
    assert verdict.remedies[0].setting == "learning_rate"
    assert "not finite" in verdict.section().text()


@pytest.mark.parametrize(("wrong", "count"), [(0, 7), (3, 40), (40, 40), (500, 10_000)])
def test_intervals_of_rates_are_wilson_s(wrong: int, count: int) -> None:
    ours = Error.of_rate(wrong, count)
    theirs = stats.binomtest(wrong, count).proportion_ci(method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-9)
    assert ours.high == pytest.approx(theirs.high, abs=1e-9)


def test_intervals_of_means_are_those_of_a_bootstrap() -> None:
    values = np.random.default_rng(0).exponential(size=300)
    ours = Error.of_values(values)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", rng=1).confidence_interval
    width = theirs.high - theirs.low
    assert abs(ours.low - theirs.low) < 0.1 * width
    assert abs(ours.high - theirs.high) < 0.1 * width
    assert ours == Error.of_values(values)


def test_intervals_cover() -> None:
    """Of 400 intervals of a difference about 95 % hold the truth."""
    random = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        a, b = random.binomial(300, 0.04), random.binomial(200, 0.12)
        gap = Error.of_rate(b, 200).minus(Error.of_rate(a, 300))
        held += gap.low <= 0.08 <= gap.high
    assert 0.92 < held / 400 <= 0.99


@pytest.mark.parametrize("wrong", [-1, 11])
def test_bad_counts_are_refused(wrong: int) -> None:
    with pytest.raises(ValueError, match="wrong must be"):
        Error.of_rate(wrong, 10)
