"""What runs within another layer gives what it gives alone; buffers are allocated once."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import regtrain as rt
from augkit.core.random import Root, Stream
from regtrain.training import fit
from regtrain.training.statistics import set_statistics
from tests.regtrain.core.cases import LAYERS

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: case.name)
def test_each_layer_by_itself(case):
    x = np.asarray(case.x)
    x = x.astype(np.float32) if x.dtype.kind == "f" else x
    model = rt.Sequential(*case.layers()).build(x.shape[1:])
    alone = model.trace(x)
    assert [name for name, _ in alone] == [layer.name for layer in model.layers]
    np.testing.assert_allclose(model.outputs(x), alone[-1][1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("act", [rt.ReLU, rt.LeakyReLU, rt.Tanh, rt.Logistic])
def test_training_with_dropout(act):
    """The mask depends on the layer and the position, not on the pass it is drawn in."""
    x = RNG.standard_normal((16, 6)).astype(np.float32)
    labels = np.arange(16) % 3
    found = []
    for apart in ([], [rt.Flatten()]):  # a Flatten in between keeps them from running as one
        layers = [rt.Dense(20), *apart, act(), *apart, rt.Dropout(0.4), rt.Dense(3)]
        model = rt.Sequential(*layers).build((6,), seed=3)
        stream = Stream(Root((0, "step", 0))).at("dropout")
        outputs, backprop = model.forward(x, rt.Context(True, stream=stream))
        gradient = np.empty_like(outputs)
        loss = rt.CrossEntropy()(outputs, labels, None, gradient)
        backprop(gradient)
        found.append((loss, model.gradients.copy()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-4, atol=1e-7)


def cnn():
    return rt.Sequential(
        rt.Conv2D(8),
        rt.BatchNorm(),
        rt.ReLU(),
        rt.MaxPool2D(),
        rt.Dropout(0.2),
        rt.Flatten(),
        rt.Dense(16),
        rt.ReLU(),
        rt.Dense(3),
    )


def test_memory_does_not_grow():
    x = RNG.integers(0, 256, (100, 12, 12, 1), dtype=np.uint8)
    sizes, buffers = [], []

    class Look(rt.Callback):
        def on_epoch(self, fit, record):
            sizes.append(tracemalloc.get_traced_memory()[0])
            buffers.append(fit.workspace.nbytes)
            return None

    tracemalloc.start()
    trainer = rt.Trainer(cnn(), batch_size=16, max_epochs=12, l2=1e-3)
    trainer.fit((x, np.arange(100) % 3), callbacks=[Look()], progress=False)
    tracemalloc.stop()
    assert len(set(buffers[1:])) == 1
    assert sizes[-1] - sizes[4] < 20_000  # the history


def test_the_data_are_not_copied():
    x = RNG.standard_normal((40_000, 100)).astype(np.float32)  # 16 MB
    y = np.arange(len(x)) % 3
    trainer = rt.Trainer(rt.Sequential(rt.Dense(3)), batch_size=1000, max_epochs=1)
    trainer.fit((x[:2000], y[:2000]), progress=False)  # compiles
    tracemalloc.start()
    trainer.fit((x, y), progress=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes


def test_inputs_are_not_changed():
    x = RNG.standard_normal((32, 5)).astype(np.float32)
    y = np.arange(32) % 3
    before = x.copy(), y.copy()
    model = rt.Sequential(rt.Tanh(), rt.Dropout(0.5), rt.Dense(3))
    trainer = rt.Trainer(model, max_epochs=2, mix=rt.MixUp(), l2=0.1)
    trainer.fit((x, y), progress=False)
    trainer.predict(x)
    model.forward(x, rt.Context(True, stream=Stream(Root((0, "a", 0)))))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_mixing():
    x = RNG.standard_normal((9, 6, 6, 2)).astype(np.float32)
    soft = np.eye(3, dtype=np.float32)[np.arange(9) % 3]
    stream = Stream(Root((0, "mix", 0))).at("mix")
    for mix in (rt.MixUp(0.5), rt.CutMix()):
        mixed, targets = mix.mixed(x, soft, stream)
        np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
        partner = np.array(stream.permutation("partner", 9))
        kept = np.mean(mixed == x) if isinstance(mix, rt.CutMix) else None
        share = float(targets[0] @ soft[0]) if (partner[0] - 0) % 3 else None
        if kept is not None and share is not None:
            fixed = np.isin(np.arange(9), np.flatnonzero(partner == np.arange(9))).mean()
            assert kept == pytest.approx(share + (1 - share) * fixed, abs=1e-6)
        if isinstance(mix, rt.MixUp) and share is not None:
            np.testing.assert_allclose(
                mixed, share * x + (1 - share) * x[partner], rtol=1e-4, atol=1e-6
            )
    with pytest.raises(ValueError, match="CutMix takes images"):
        rt.CutMix().mixed(x[:, 0, 0], soft, stream)


def test_statistics_wait_until_somebody_looks(monkeypatch):
    """Once, at the end, where nothing is evaluated; and they are those of a training that was watched."""
    x = RNG.standard_normal((90, 6)).astype(np.float32)
    y = np.arange(len(x)) % 3
    count = []

    def counted(*arguments):
        count.append(1)
        set_statistics(*arguments)

    monkeypatch.setattr(fit, "set_statistics", counted)
    found = []
    for changes in ({}, {"monitor_train": 0}, {"monitor_train": 0, "early_stopping": 3}):
        count.clear()
        model = rt.Sequential(rt.Dense(5), rt.BatchNorm(), rt.ReLU(), rt.Dense(3))
        trainer = rt.Trainer(model, batch_size=16, max_epochs=4, **changes)
        run = trainer.fit((x, y), progress=False)
        found.append((len(count), model.parameters.copy(), model.statistics.copy()))
        assert ("train_loss" in run.history) == ("monitor_train" not in changes)
    assert [looks for looks, _, _ in found] == [4, 1, 1]
    for _, parameters, statistics in found[1:]:
        assert np.array_equal(parameters, found[0][1])
        assert np.array_equal(statistics, found[0][2])
