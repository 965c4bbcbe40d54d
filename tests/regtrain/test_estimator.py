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
from regtrain.weighting import unfolded


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
    # The order of training follows from the numbers, so the two are trained in different orders.
    assert min(scores) > 0.9


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
from regtrain.weighting import unfolded
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


def test_a_weight_is_as_many_copies() -> None:
    x, y = load_iris(return_X_y=True)
    weights = np.random.default_rng(0).integers(0, 4, len(x))
    order = np.random.default_rng(1).permutation(len(x))
    weighted = MLPClassifier(max_epochs=10, early_stopping=5)
    copied = MLPClassifier(max_epochs=10, early_stopping=5)
    weighted.fit(x[order], y[order], sample_weight=weights[order])
    copied.fit(x.repeat(weights, axis=0), y.repeat(weights))
    np.testing.assert_array_equal(weighted.predict_proba(x), copied.predict_proba(x))
    assert weighted.history_["valid_loss"] == copied.history_["valid_loss"]


def test_weights_decide_where_examples_contradict() -> None:
    x = np.array([[0.0], [1.0]] * 20)
    y, weights = np.array([0, 0] * 10 + [1, 1] * 10), np.array([3.0, 1.0] * 10 + [1.0, 3.0] * 10)
    found = MLPClassifier((8,), max_epochs=200, l2=0).fit(x, y, sample_weight=weights)
    np.testing.assert_allclose(found.predict_proba([[0.0], [1.0]])[:, 1], [0.25, 0.75], atol=0.02)
    numbers = MLPRegressor((8,), max_epochs=200, l2=0).fit(x, y, sample_weight=weights)
    np.testing.assert_allclose(numbers.predict([[0.0], [1.0]]), [0.25, 0.75], atol=0.02)


@pytest.mark.parametrize(
    ("weights", "said"),
    [(np.zeros(40), "all zero"), (np.ones(39), "40 numbers"), (np.full(40, -1.0), "at least 0")],
)
def test_weights_that_are_refused(weights: Any, said: str) -> None:
    x = np.arange(40.0)[:, None]
    with pytest.raises(ValueError, match=said):
        MLPRegressor(max_epochs=1).fit(x, x[:, 0], sample_weight=weights)


def test_unfolding_keeps_the_total_and_bounds_the_copies() -> None:
    random = np.random.default_rng(2)
    x, y = random.integers(0, 3, (500, 2)).astype(float), np.zeros(500)
    rows, each = unfolded(x, y, np.full(500, 100.0))
    assert len(rows) <= 64 * 9 + 9
    assert each is not None
    assert each.sum() == pytest.approx(50_000)
    rows, each = unfolded(random.standard_normal((5, 1 << 21)), np.zeros(5), np.full(5, 1000.0))
    assert len(rows) == 5 * 4


def test_partial_fit_goes_on_where_it_was() -> None:
    """Parts of all the data, epoch by epoch, are the same training as one `fit`."""
    x, y = load_iris(return_X_y=True)
    x = x.astype(np.float32).astype(float)
    whole = MLPClassifier((10,), max_epochs=6, batch_norm=True)
    rows, _ = unfolded(x, y, np.ones(len(x)))
    parts = MLPClassifier((10,), batch_norm=True)
    whole.fit(x, y)
    for _ in range(6):
        parts.partial_fit(x[rows], y[rows], classes=[0, 1, 2])
    assert parts.n_iter_ == 6
    np.testing.assert_allclose(
        parts.history_["running_loss"], whole.history_["running_loss"], rtol=0.02
    )
    pickled = pickle.loads(pickle.dumps(parts)).partial_fit(x[:20], y[:20])
    again = parts.partial_fit(x[:20], y[:20])
    np.testing.assert_array_equal(pickled.predict_proba(x), again.predict_proba(x))


def test_partial_fit_learns_from_a_stream() -> None:
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    order = np.random.default_rng(0).permutation(len(x))
    settings = {"learning_rate": 0.01}
    classifier, regressor = MLPClassifier((20,), **settings), MLPRegressor((20,), **settings)
    for _ in range(40):
        for start in range(0, 150, 30):
            part = order[start : start + 30]
            classifier.partial_fit(x[part], names[y[part]], classes=names)
            regressor.partial_fit(x[part][:, :3], x[part][:, 3], sample_weight=np.ones(30))
    assert classifier.score(x, names[y]) > 0.93
    assert regressor.score(x[:, :3], x[:, 3]) > 0.9
    assert classifier.partial_fit(x[:1], ["setosa"]).n_iter_ == 201  # one example, of one class


def test_what_partial_fit_refuses() -> None:
    x, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])
    with pytest.raises(ValueError, match="needs classes the first time"):
        MLPClassifier().partial_fit(x, y)
    known = MLPClassifier((4,)).partial_fit(x, y, classes=[0, 1])
    with pytest.raises(ValueError, match="has the label 2, which is none of classes"):
        known.partial_fit(x, y + 1)
    with pytest.raises(ValueError, match="classes must stay"):
        known.partial_fit(x, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="features"):
        known.partial_fit(x[:, :1], y)
    with pytest.raises(ValueError, match="at least two"):
        MLPClassifier().partial_fit(x, y * 0, classes=[0])
