"""Where the answer is known in closed form, or by another solver, training finds it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import regtrain as rt

RNG = np.random.default_rng(9)
X = RNG.standard_normal((60, 4)).astype(np.float32)
Y2 = (X @ RNG.standard_normal((4, 3)) + 0.3 * RNG.standard_normal((60, 3)) + 1).astype(np.float32)


def trained(loss, y, outputs, **settings):
    model = rt.Sequential(rt.Dense(outputs, initializer="zeros"))
    trainer = rt.Trainer(
        model,
        loss=loss,
        optimizer=rt.Nesterov(0.05),
        batch_size=None,
        max_epochs=3000,
        monitor_train=1,
        **settings,
    )
    trainer.fit((X, y), progress=False)
    return model.layers[0]


@pytest.mark.parametrize("strength", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("outputs", [1, 3])
def test_ridge(strength, outputs):
    """min mean |y - xW - b|² + (λ/2)|W|²: (X'X/n + λ/2) W = X'y/n, centered; the bias is free."""
    y = Y2[:, :outputs]
    layer = trained("squared-error", y, outputs, l2=strength)
    x, t = X.astype(float), y.astype(float)
    xc, tc = x - x.mean(0), t - t.mean(0)
    w = np.linalg.solve(xc.T @ xc / 60 + strength / 2 * np.eye(4), xc.T @ tc / 60)
    np.testing.assert_allclose(layer.weight, w, atol=2e-5)
    np.testing.assert_allclose(layer.bias, t.mean(0) - x.mean(0) @ w, atol=2e-5)


def test_l2_does_not_depend_on_the_batch_size():
    """scikit-learn divides by the batch, so a smaller batch is regularized more."""
    found = []
    for size in (12, 60):
        model = rt.Sequential(rt.Dense(1, initializer="zeros"))
        rt.Trainer(
            model,
            loss="squared-error",
            optimizer=rt.GradientDescent(rt.Exponential(0.05, factor=0.99)),
            l2=0.5,
            batch_size=size,
            max_epochs=1500,
            monitor_train=1,
        ).fit((X, Y2[:, :1]), progress=False)
        found.append(model.layers[0].weight.copy())
    np.testing.assert_allclose(found[0], found[1], atol=5e-3)


def test_logistic_regression():
    labels = (Y2[:, 0] > 1).astype(int)
    strength = 0.05
    layer = trained("binary-cross-entropy", labels, 1, l2=strength)
    # scikit-learn minimizes C sum(loss) + |w|²/2.
    theirs = LogisticRegression(C=1 / (60 * strength), tol=1e-10, max_iter=10000).fit(X, labels)
    np.testing.assert_allclose(layer.weight[:, 0], theirs.coef_[0], atol=2e-4)
    np.testing.assert_allclose(layer.bias, theirs.intercept_, atol=2e-4)


def test_multinomial_logistic_regression():
    labels = Y2.argmax(axis=1)
    layer = trained("cross-entropy", labels, 3, l2=0.05)
    theirs = LogisticRegression(C=1 / (60 * 0.05), tol=1e-10, max_iter=10000).fit(X, labels)
    np.testing.assert_allclose(layer.weight.T, theirs.coef_, atol=5e-4)


def test_class_weights_are_weights_of_the_mean():
    labels = (Y2[:, 0] > 1.5).astype(int)
    layer = trained("cross-entropy", labels, 2, l2=0.05, class_weight="balanced")
    weights = len(labels) / (2 * np.bincount(labels))[labels]
    theirs = LogisticRegression(C=1 / (60 * 0.05), tol=1e-10, max_iter=10000)
    theirs.fit(X, labels, sample_weight=weights)
    ours = layer.weight[:, 1] - layer.weight[:, 0]
    # Two rows of logits share the penalty: |w/2|² twice is |w|²/2, so the strength is half.
    half = LogisticRegression(C=2 / (60 * 0.05), tol=1e-10, max_iter=10000)
    half.fit(X, labels, sample_weight=weights)
    np.testing.assert_allclose(ours, half.coef_[0], atol=1e-3)


def test_weight_decay_is_decoupled():
    """Without a gradient, weights shrink by 1 - rate decay per step, whatever the optimizer."""
    for optimizer in (rt.GradientDescent(0.1, 0.5), rt.AdamW(0.1, weight_decay=0.5)):
        model = rt.Sequential(rt.Dense(2)).build((3,))
        before = model.parameters.copy()
        moments = np.zeros((optimizer.moments, before.size), np.float32)
        model.gradients[:] = 0
        optimizer.step(model.parameters, model.gradients, moments, 0.1, 1, model.decayed)
        np.testing.assert_allclose(model.parameters[:6], before[:6] * 0.95, rtol=1e-6)
        np.testing.assert_array_equal(model.parameters[6:], before[6:])


def test_max_norm():
    model = rt.Sequential(rt.Dense(5, initializer="large"), rt.ReLU(), rt.Dense(3))
    with pytest.warns(rt.InitializationWarning, match="large"):
        model.build((4,))
    rt.Trainer(model, max_norm=0.7, max_epochs=2).fit((X, Y2.argmax(1)), progress=False)
    for layer in (model.layers[0], model.layers[2]):
        assert (np.linalg.norm(layer.weight, axis=0) <= 0.7 + 1e-5).all()
