"""The checks before training: each finds its fault, and leaves everything as it was."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from regtrain import (
    Dense,
    Dropout,
    InitializationWarning,
    Logistic,
    ReLU,
    Sequential,
    SquaredError,
    Tanh,
    Trainer,
)
from regtrain.diagnose import doctor
from regtrain.lessons.overfit import task

DATA = task(0)


def net(**dense: Any) -> Sequential:
    return Sequential(
        Dense(30, **dense), ReLU(), Dropout(0.2), Dense(20, **dense), Tanh(), Dense(10)
    )


def quiet(trainer: Trainer, data: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InitializationWarning)
        return doctor(trainer, data)


def test_a_healthy_network_is_healthy() -> None:
    checkup = doctor(Trainer(net(), l2=1e-3), DATA.train)
    assert [f.state for f in checkup.findings] == ["good"] * len(checkup.findings)
    assert "ln 10" in checkup["loss at start"].said
    assert checkup.section().html().count("<tr>") == len(checkup.findings) + 1


def test_training_after_it_is_the_same_bit_for_bit() -> None:
    def trained(examined: bool, built: bool) -> Any:
        trainer = Trainer(net(), max_epochs=2, seed=5)
        if built:
            trainer.model.build((256,), seed=5)
        if examined:
            before = trainer.model.parameters.copy() if built else None
            doctor(trainer, DATA.train)
            assert trainer.model.built == built
            assert before is None or np.array_equal(before, trainer.model.parameters)
        run = trainer.fit(DATA.train, valid=DATA.valid)
        history = {k: v for k, v in run.history.items() if k != "seconds"}
        return history, trainer.model.parameters.tobytes()

    for built in (False, True):
        assert trained(False, built) == trained(True, built)


class Wrong(Dense):
    """A layer whose author forgot a factor in the gradient of its weights."""

    def forward(self, x: Any, context: Any, tail: Any = None) -> Any:
        y, undo = super().forward(x, context, tail)

        def backprop(dy: Any, wanted: bool = True) -> Any:
            dx = undo(dy, wanted)
            self.d_weight *= 1.01
            return dx

        return y, backprop


def test_a_wrong_gradient_is_found_and_named() -> None:
    model = Sequential(Dense(20), Tanh(), Wrong(15), Tanh(), Dense(10))
    finding = doctor(Trainer(model), DATA.train)["gradients"]
    assert finding.state != "good"
    assert "wrong1.weight" in finding.said


def test_what_it_finds() -> None:
    x, y = DATA.train
    assert quiet(Trainer(net()), (255 * x, y))["inputs"].state == "bad"
    assert quiet(Trainer(net()), (1e-3 * x, y))["inputs"].state == "bad"
    holes = x.copy()
    holes[7, 3] = np.nan
    checkup = quiet(Trainer(net()), (holes, y))
    assert not checkup.healthy
    assert "first in example 7" in str(checkup)
    assert quiet(Trainer(net(initializer="constant")), (x, y))["symmetry"].state == "bad"
    zero = quiet(
        Trainer(Sequential(Dense(9, initializer="zeros"), Tanh(), Dense(10, initializer="zeros"))),
        (x, y),
    )
    assert zero["L2 raises the loss"].state == "bad"
    assert zero["one batch by heart"].state != "good"
    large = quiet(
        Trainer(Sequential(Dense(30, initializer="large"), Logistic(), Dense(10))), (x, y)
    )
    assert large["logistic1"].state == "bad"
    loud = quiet(
        Trainer(Sequential(Dense(30), ReLU(), Dense(10, initializer="large"))), (10 * x, y)
    )
    assert loud["loss at start"].state != "good"
    dead = net().build((256,))
    dead.layer("dense1").bias[...] = -100  # type: ignore[attr-defined]
    assert quiet(Trainer(dead), (x, y))["relu1"].state == "bad"


def test_labels_at_random_can_be_learned_by_heart_but_contradictions_cannot() -> None:
    x = np.repeat(DATA.x[:1], 40, 0) + np.float32(1e-6)
    y = np.arange(40) % 10
    assert doctor(Trainer(net()), (x, y))["one batch by heart"].state == "bad"


def test_regression() -> None:
    x = DATA.x[:, :20]
    y = x @ np.linspace(-1, 1, 20, dtype=np.float32)
    checkup = doctor(Trainer(Sequential(Dense(20), ReLU(), Dense(1)), loss=SquaredError()), (x, y))
    assert checkup["gradients"].state == "good"
    assert "constant guess" in checkup["loss at start"].said
    assert checkup["one batch by heart"].state == "good"


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="as many labels as examples, got 300 and 299"):
        doctor(Trainer(net()), (DATA.x, DATA.y[:-1]))


def test_what_is_looked_at_comes_from_all_over_sorted_data() -> None:
    x, y = DATA.train
    order = np.argsort(y, kind="stable")
    many = np.tile(np.arange(len(order)), 8)
    many = order[np.sort(many)]  # 8 times the examples, sorted by class
    trainer = Trainer(net(), max_epochs=1, monitor_train=200)
    assert "ln 10" in doctor(trainer, (x[many], y[many]))["loss at start"].said
    run = trainer.fit((x[many], y[many]), valid=DATA.valid)
    assert run.fit is not None
    samples, targets = run.fit.data.monitored
    assert np.bincount(targets, minlength=10).min() > 10
    rows = [int(np.flatnonzero((x == row).all(1))[0]) for row in samples.raw(np.arange(200))]
    assert np.array_equal(y[rows], targets)
