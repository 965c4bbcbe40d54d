"""What an ablation switches and what it says, on a made-up world whose effects are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from regtrain.ablate import Effect, ablate, levers
from regtrain.experiment import Experiment, parse
from regtrain.experiment.notebook import Notebook, Outcome

TEXT = """{regtrain: 1, data: {format: images, train: a}, training: {l2: 0.01, early_stopping: null},
augment: [HorizontalFlip, {Rotate: {degrees: 5}}]}"""


def world(experiment: Experiment) -> Outcome:
    """Dropout and flips help, L2 hurts, rotation does nothing; seeds differ a lot."""
    random = np.random.default_rng(experiment.seed)
    error = 0.3 + 0.1 * random.standard_normal()
    steps = [] if experiment.augment is None else experiment.augment["pipeline"]
    names = [next(iter(step)) if isinstance(step, dict) else step for step in steps]
    error -= 0.02 * (experiment.model["dropout"] > 0)
    error -= 0.03 * ("HorizontalFlip" in names)
    error += 0.01 * (experiment.training["l2"] > 0)
    wobble = np.random.default_rng(
        [experiment.seed, len(names), int(1e6 * experiment.model["dropout"])]
    )
    return Outcome(0.0, error + 0.001 * wobble.standard_normal(), 1, "made up")


def test_known_effects_are_found() -> None:
    found = ablate(parse(TEXT), Notebook(None, world), seeds=6)
    names = [lever.name for lever in found.levers]
    advice = {name: found.advice(at) for at, name in enumerate(names)}
    assert advice["dropout 0.2"] == "add it"
    assert advice["l2 0.01"] == "leave it out"
    assert advice["HorizontalFlip"] == "keep it"
    assert advice["Rotate"] == "no clear effect"
    alone = dict(zip(names, found.added, strict=True))
    assert alone["HorizontalFlip"].verdict == "helps"
    assert alone["HorizontalFlip"].mean == pytest.approx(-0.03, abs=0.003)
    assert found.bare - found.full == pytest.approx(0.02, abs=0.003)
    section = found.section()
    assert section.html().count("<svg class=") == 2
    assert "leave it out" in section.text()


def test_levers_switch_one_thing() -> None:
    experiment = parse(TEXT)
    for lever in levers(experiment):
        switched = lever.off(experiment) if lever.mine else lever.on(experiment)
        assert switched.to_dict() != experiment.to_dict()
        back = lever.on(switched) if lever.mine else lever.off(switched)
        assert back.to_dict() == experiment.to_dict()


def test_intervals_are_student_s() -> None:
    differences = np.random.default_rng(0).normal(0.01, 0.02, 7)
    ours = Effect.of(differences.tolist())
    theirs = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_nothing_is_trained_twice(tmp_path: Path) -> None:
    file = tmp_path / "ablate.jsonl"
    first = Notebook(file, world)
    one = ablate(parse(TEXT), first, seeds=2)
    with open(file, "ab") as out:
        out.write(b'{"key": "cut sho')  # as a kill would leave it
    second = Notebook(file, world)
    assert ablate(parse(TEXT), second, seeds=2).left_out == one.left_out
    assert (first.trained > 10, second.trained) == (True, 0)
    ablate(parse(TEXT), second, seeds=3)
    assert second.trained == first.trained // 2
    assert Notebook(file, world).known == second.known


def test_one_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="seeds must be at least 2, got 1"):
        ablate(parse(TEXT), Notebook(None, world), seeds=1)
