"""Errors against examples, and over seeds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from regtrain import Adam, Dense, ReLU, Sequential, Trainer
from regtrain.cli.main import main
from regtrain.diagnose.learning_curve import learning_curve, repeat
from regtrain.lessons.overfit import task


def trainer(units: int = 40) -> Trainer:
    model = Sequential(Dense(units), ReLU(), Dense(10))
    return Trainer(model, optimizer=Adam(0.005), max_epochs=12, early_stopping=4)


def test_more_data_helps_a_network_that_overfits_and_not_one_that_underfits() -> None:
    data = task(0, 800, wrong=0.0, noise=0.2)
    rich = learning_curve(trainer(), data.train, data.valid, seeds=(0,))
    assert rich.sizes == (100, 200, 400, 800)
    assert rich.more_data_helps
    errors = [point.valid[0] for point in rich.points]
    assert errors[-1] < errors[0]
    assert "more data would help" in rich.section().text()
    x = np.zeros((400, 4), np.float32)  # nothing to learn from
    y = np.arange(400) % 2
    flat = learning_curve(
        Trainer(Sequential(Dense(2)), max_epochs=1),
        (x[:300], y[:300]),
        (x[300:] + 1, y[300:]),
        seeds=(0,),
    )
    assert not flat.more_data_helps


def test_seeds_differ_and_the_interval_is_student_s() -> None:
    data = task(0, 100)
    mine = trainer()
    found = repeat(mine, data.train, data.valid, seeds=(0, 1, 2))
    assert len(set(found.valid)) > 1
    assert not mine.model.built
    middle, low, high = found.interval()
    theirs = stats.ttest_1samp(found.valid, 0).confidence_interval(0.95)
    assert (low, high) == pytest.approx((theirs.low, theirs.high))
    assert middle == pytest.approx(np.mean(found.valid))
    assert "3 seeds" in str(found)


@pytest.mark.parametrize("sizes", [(1, 50), (50, 101), (50, 50), ()])
def test_sizes_are_checked(sizes: tuple[int, ...]) -> None:
    data = task(0, 100)
    with pytest.raises(ValueError, match="at most 100"):
        learning_curve(trainer(), data.train, data.valid, sizes=sizes)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = task(0, 120)
    np.savez(tmp_path / "d.npz", x=data.x, y=data.y)
    (tmp_path / "d.yaml").write_text(
        "{regtrain: 1, data: {format: npz, train: d.npz}, training: {max_epochs: 2}}"
    )
    page = tmp_path / "c.html"
    assert (
        main(["curve", str(tmp_path / "d.yaml"), "--seeds", "2", "--json", "--html", str(page)])
        == 0
    )
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    whole = lines[-1]["examples"]
    assert [line["examples"] for line in lines] == [whole // 8, whole // 4, whole // 2, whole]
    assert page.exists()
