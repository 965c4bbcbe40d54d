"""Diagnosis, health and report of real runs; the report in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regtrain import (
    Adam,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    ReLU,
    Sequential,
    SquaredError,
    Tanh,
    Trainer,
)
from regtrain.diagnose.health import Health
from regtrain.diagnose.run import error_of, guess_error
from regtrain.lessons.augmentation import pipeline
from regtrain.lessons.data import glyphs
from regtrain.lessons.overfit import task
from regtrain.report import sections
from regtrain.report.predictions import confusion_matrix, hardest

from ..browser import open_browser
from .test_pages import check_page, open_page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    driver = open_browser(tmp_path_factory.mktemp("browser"))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def run() -> Any:
    model = Sequential(Flatten(), Dense(40), BatchNorm(), ReLU(), Dropout(0.1), Dense(10))
    trainer = Trainer(
        model, optimizer=Adam(0.003), max_epochs=4, augment=pipeline(0), early_stopping=3
    )
    return trainer.fit(
        glyphs(200, 0), valid=glyphs(100, 0, "valid"), callbacks=[Health()], progress=False
    )


def test_the_report_in_a_browser(browser: Any, run: Any, tmp_path: Path) -> None:
    names = ["zero", "<one>", "two & a half", *"3456789"]
    path = run.report(
        tmp_path / "r.html", title="Digits <b>", names=names, command="regtrain fit x.yaml"
    )
    page = open_page(browser, path)
    headings = [h.text for h in page.find_elements("tag name", "h2")]
    assert headings == [
        "Curves", "Diagnosis", "Health", "Confusion", "Hardest examples", "Augmented samples",
        "Configuration",
    ]  # fmt: skip
    assert page.find_element("tag name", "h1").text == "Digits <b>"
    images = page.find_elements("css selector", "#hardest-examples img, #augmented-samples img")
    assert len(images) == 16 + 4 * 5
    assert "regtrain fit x.yaml" in page.find_element("id", "configuration").text
    cells = page.find_elements("css selector", "svg.heat rect.cell")
    assert len(cells) == 100
    check_page(page, charts=2 + 3 + 1 + 1)


def test_the_diagnosis_is_that_of_the_outputs(run: Any) -> None:
    x, y = glyphs(100, 0, "valid")
    verdict = run.diagnose()
    assert verdict.valid.value == pytest.approx((run.trainer.predict(x) != y).mean())
    assert verdict.valid.count == 100
    assert verdict.limit == pytest.approx(0.05 * 0.9)


def test_training_with_health_is_the_same_bit_for_bit() -> None:
    def trained(callbacks: list[Health]) -> Any:
        model = Sequential(Flatten(), Dense(20), BatchNorm(), Tanh(), Dropout(0.2), Dense(10))
        trainer = Trainer(model, max_epochs=3, augment=pipeline(0), seed=3)
        run = trainer.fit(glyphs(100, 0), callbacks=callbacks, progress=False)
        return trainer.model.parameters.tobytes(), run.history["running_loss"]

    health = Health()
    assert trained([]) == trained([health])
    assert {vital.epoch for vital in health.vitals} == {1, 2, 3}
    again = Health.from_json(health.to_json())
    assert again.vitals == health.vitals


def test_updates_and_gradients_are_those_of_the_last_step() -> None:
    data = task(0, 40)
    model = Sequential(Dense(10)).build((256,), seed=0)
    health = Health()
    trainer = Trainer(model, optimizer="gradient-descent", batch_size=None, max_epochs=2)
    before = model.parameters.copy()
    trainer.fit(data.train, callbacks=[health], progress=False)
    after = model.parameters
    weights = slice(0, 2560)
    first, second = (v for v in health.vitals if v.layer == "dense1")
    # Full batches and plain descent: the second step is 0.01 times the gradient after the first.
    moved = second.update * np.linalg.norm(after[weights])  # type: ignore[operator]
    assert moved == pytest.approx(0.01 * first.gradient, rel=1e-4)  # type: ignore[operator]
    assert np.linalg.norm(after[weights] - before[weights]) < 2 * moved * 1.2


def test_dead_units_are_told() -> None:
    data = task(0, 60)
    model = Sequential(Dense(10), ReLU(), Dense(10)).build((256,), seed=0)
    model.layer("dense1").bias[...] = -1000.0  # type: ignore[attr-defined]
    health = Health()
    run = Trainer(model, max_epochs=1).fit(
        data.train, valid=data.valid, callbacks=[health], progress=False
    )
    assert "100% of the units of relu1 are dead" in health.complaint()
    assert run.diagnose().remedies[0].name.startswith("Repair")


def test_regression_and_runs_without_validation(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((200, 3)).astype(np.float32)
    y = x @ np.array([1.0, -2.0, 0.5], np.float32)
    trainer = Trainer(
        Sequential(Dense(1)), loss=SquaredError(), optimizer=Adam(0.05), max_epochs=40
    )
    run = trainer.fit((x[:150], y[:150]), valid=(x[150:], y[150:]), progress=False)
    assert run.diagnose().cause == "balanced"
    assert "Predictions" in run.report(tmp_path / "r.html").read_text()
    alone = trainer.clone().fit((x, y), progress=False)
    assert [section.title for section in sections(alone)] == ["Curves", "Health", "Configuration"]
    with pytest.raises(ValueError, match="needs validation data"):
        alone.diagnose()


def test_errors_and_guesses() -> None:
    trainer = Trainer(Sequential(Dense(3)))
    outputs = np.array([[3.0, 0, 0], [0, 3, 0], [0, 0, 3], [3, 0, 0]])
    assert error_of(trainer, outputs, np.array([0, 1, 1, 0])).value == 0.25
    assert guess_error(trainer, np.array([0, 1, 1, 1])) == 0.25
    numbers = Trainer(Sequential(Dense(2)), loss=SquaredError())
    targets = np.array([[0.0, 0.0], [2.0, 4.0]])
    assert guess_error(numbers, targets) == pytest.approx(1 + 4)
    assert error_of(numbers, targets + 1, targets).value == pytest.approx(2)


def test_confusion_and_hardest_are_scikit_learn_s_and_an_argsort() -> None:
    from sklearn.metrics import confusion_matrix as theirs

    random = np.random.default_rng(0)
    t, p = random.integers(0, 5, 200), random.integers(0, 5, 200)
    assert (confusion_matrix(t, p, 5) == theirs(t, p)).all()
    chances = random.dirichlet(np.ones(5), 200)
    own = chances[np.arange(200), t]
    assert (own[hardest(t, chances, 7)] == np.sort(own)[:7]).all()
