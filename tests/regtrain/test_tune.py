"""The search: finds what is there to find, prunes, goes on where it stopped, says what is missing."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from augkit.core.errors import RefusedError
from regtrain.experiment import Experiment, parse
from regtrain.experiment.notebook import Outcome
from regtrain.slide import SLIDE, suggest
from regtrain.tune import tune

EXPERIMENT = parse("{regtrain: 1, data: {format: images, train: a}, augment: [HorizontalFlip]}")


def world(experiment: Experiment, on_epoch: Callable[[int, float], bool] | None = None) -> Outcome:
    """An error that depends on a few of the choices, and is known from the first epoch on."""
    error = 0.1 + 0.1 * (experiment.training["optimizer"] != "adam")
    error += 0.05 * (experiment.model["activation"] == "tanh")
    error += 0.01 * abs(math.log10(experiment.training["learning_rate"]) + 2.5)
    error += 0.05 * (experiment.augment is None)
    for epoch in range(8):
        if on_epoch is not None and not on_epoch(epoch, error):
            return Outcome(0, error, epoch, "pruned")
    return Outcome(0, error, 8, "the last epoch")


def test_it_finds_prunes_and_reports() -> None:
    found = tune(EXPERIMENT, world, trials=60)
    assert found.best.training["optimizer"] == "adam"
    assert found.best.augment is not None
    assert sum(trial.state == "pruned" for trial in found.trials) > 5
    assert world(found.best).valid_error == pytest.approx(found.finished[0].error)
    section = found.section()
    assert section.html().count("<svg class=") >= 4
    for slide in SLIDE:
        assert slide in section.text()


class Given:
    """A trial that takes a given option everywhere, and remembers what there was."""

    def __init__(self) -> None:
        self.offered: dict[str, tuple[Any, ...]] = {}

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any:
        self.offered[name] = choices
        return choices[-1]

    def suggest_int(self, name: str, low: int, high: int) -> int:
        self.offered[name] = tuple(range(low, high + 1))
        return high

    def suggest_float(self, name: str, low: float, high: float, log: bool) -> float:
        self.offered[name] = (low, high)
        return high


def test_the_whole_slide_is_searched() -> None:
    """Every item of the slide "Hyperparameter Tuning"."""
    trial = Given()
    found = suggest(trial, EXPERIMENT.changed(model__kind="cnn"))
    offered = trial.offered
    assert set(offered["optimizer"]) == {
        "gradient-descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam"
    }  # fmt: skip
    assert offered["batch_size"] == (1, 32, 64, 128, "full")
    assert {"constant", "cosine"} < set(offered["schedule"])
    assert offered["layers"] == (1, 2, 3)
    assert len(offered["units"]) > 1
    assert set(offered["init"]) == {"xavier", "he"}
    assert set(offered["activation"]) == {"tanh", "relu", "leaky-relu"}
    assert {"l2", "early_stopping", "augment", "dropout", "batch_norm"} <= set(offered)
    assert found.training["batch_size"] == "full"
    assert found.model["filters"] == [32, 64]
    assert found.augment is None
    named = {name for group in SLIDE.values() for name in group} | {"learning_rate_adaptive"}
    assert set(offered) <= named


def test_listed_layers_stay() -> None:
    layers = [{"Conv2D": {"filters": 3}}, "Flatten"]
    trial = Given()
    found = suggest(trial, EXPERIMENT.changed(model__layers=layers), stochastic=False)
    assert found.model == EXPERIMENT.changed(model__layers=layers).model
    assert 1 not in trial.offered["batch_size"]
    assert "units" not in trial.offered


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    journal = tmp_path / "tune.log"
    first = tune(EXPERIMENT, world, trials=6, journal=journal)
    again = tune(EXPERIMENT, world, trials=10, journal=journal)
    assert len(again.trials) == 10
    assert again.trials[:6] == first.trials
    assert again.trials[6].parameters != first.trials[0].parameters
    with pytest.raises(RefusedError, match="another experiment"):
        tune(EXPERIMENT.changed(training__max_epochs=3), world, trials=12, journal=journal)


def test_a_missing_optuna_is_named() -> None:
    code = (
        "import sys; sys.modules['optuna'] = None\n"
        "from regtrain.experiment import parse\n"
        "from regtrain.tune import tune\n"
        "tune(parse('{regtrain: 1, data: {train: a.csv}}'), None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install 'augkit[tune]'" in done.stderr
