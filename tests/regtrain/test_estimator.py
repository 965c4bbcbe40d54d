"""The estimators by scikit-learn's own checks, in pipelines and searches, and without scikit-learn."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from regtrain import MLPClassifier, MLPRegressor


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor()], ids=repr)
def test_every_check_of_scikit_learn_passes(estimator: Any) -> None:
    _check(estimator)


@pytest.mark.parametrize(
    "estimator", [MLPClassifier(max_epochs=25), MLPRegressor(max_epochs=40)], ids=repr
)
def test_every_check_of_scikit_learn_passes_with_fewer_epochs(estimator: Any) -> None:
    _check(estimator)


def _check(estimator: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the checks' own tiny data: batches larger than those
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    failed = [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"]
    assert not failed
    assert not [r for r in results if r["status"] == "xfail"]
    assert sum(r["status"] == "passed" for r in results) > 45


def test_classes_by_name_in_a_pipeline_and_a_search() -> None:
    data = load_wine()
    names = data.target_names[data.target]
    search = GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier(max_epochs=60)),
        {"mlpclassifier__l2": [1e-4, 1e-1], "mlpclassifier__hidden": [(10,)]},
        cv=3,
    )
    search.fit(data.data, names)
    assert search.best_score_ > 0.93
    assert set(search.predict(data.data)) == set(data.target_names)
    assert np.allclose(search.predict_proba(data.data).sum(1), 1)


def test_unscaled_inputs_do_no_harm() -> None:
    x, y = load_iris(return_X_y=True)
    stretched = x * [1e4, 1e-4, 1, 1] + [1e6, 0, 0, 0]
    scores = [cross_val_score(MLPClassifier(), part, y, cv=3).mean() for part in (x, stretched)]
    assert min(scores) > 0.93


def test_regression_of_one_and_of_several_numbers() -> None:
    x, y = load_diabetes(return_X_y=True)
    assert cross_val_score(MLPRegressor(max_epochs=20, l2=0.1), x, 1000 * y, cv=3).mean() > 0.4
    both = np.stack([y, -3 * y + 5], 1)
    found = MLPRegressor(max_epochs=20).fit(x, both)
    assert found.predict(x).shape == both.shape
    assert found.score(x, both) > 0.5


def test_early_stopping_keeps_a_stratified_part_aside() -> None:
    x, y = load_wine(return_X_y=True)
    found = MLPClassifier(early_stopping=3, valid=0.3, l2=0.0).fit(x, y)
    assert found.n_iter_ < 100
    assert "valid_loss" in found.history_
    assert "not improved" in found.stop_reason_
    with pytest.raises(ValueError, match="leaves none to watch"):
        MLPRegressor(early_stopping=3, valid=0.1).fit(x[:3], y[:3])


def test_the_same_seed_gives_the_same_bits_and_pickles() -> None:
    x, y = load_iris(return_X_y=True)
    one, two, other = (
        MLPClassifier(max_epochs=5, seed=s).fit(x, y).predict_proba(x) for s in (1, 1, 2)
    )
    assert (one == two).all()
    assert (one != other).any()
    found = MLPClassifier(max_epochs=5, seed=1, dropout=0.2, batch_norm=True).fit(x, y)
    again = pickle.loads(pickle.dumps(found))
    assert (again.predict_proba(x) == found.predict_proba(x)).all()


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="one class only"):
        MLPClassifier().fit([[0.0], [1.0]], [1, 1])


def test_it_works_without_scikit_learn() -> None:
    code = """
import sys
sys.modules["sklearn"] = None
import numpy as np
from regtrain import MLPClassifier, MLPRegressor
x = np.linspace(-1, 1, 80)[:, None]
c = MLPClassifier(max_epochs=30).fit(x, np.where(x[:, 0] > 0, "up", "down"))
assert c.score(x, np.where(x[:, 0] > 0, "up", "down")) > 0.95
assert c.set_params(l2=0.5).get_params()["l2"] == 0.5
assert MLPRegressor(max_epochs=80).fit(x, x[:, 0] ** 2).score(x, x[:, 0] ** 2) > 0.9
for bad in (lambda: c.predict([[1, 2]]), lambda: c.fit([[np.nan]], [1]), lambda: c.set_params(depth=1)):
    try:
        bad()
    except ValueError as error:
        print(error)
try:
    MLPClassifier().predict(x)
except ValueError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
    assert "not fitted yet" in done.stdout
