"""Gradients in float64 against central differences, block by block, for everything there is."""

from __future__ import annotations

import numpy as np
import pytest

import regtrain as rt
from regtrain.layers import Block
from tests.regtrain.core.cases import CASES, LAYERS, registered_layers


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradients(case):
    model = rt.Sequential(*case.layers())
    found = rt.gradient_check(model, case.x, case.y, case.loss, per_block=24, **case.settings)
    assert found.passed, found
    assert found.kinks <= 2
    assert set(found.errors) >= {place.name for place in model_places(model, case.x)}


def model_places(model, x):
    return rt.Sequential(*model.layers).build(np.asarray(x).shape[1:]).places


def test_every_layer_is_checked():
    used = {type(layer).__name__ for case in LAYERS for layer in case.layers()}
    assert registered_layers() <= used


def test_a_wrong_gradient_is_found():
    class Wrong(rt.Dense):
        def forward(self, x, context, tail=None):
            y, back = super().forward(x, context, tail)

            def backprop(dy, wanted=True):
                dx = back(dy, wanted)
                self.d_bias *= 1.001
                return dx

            return y, backprop

    x = np.random.default_rng(0).standard_normal((8, 5))
    found = rt.gradient_check(rt.Sequential(Wrong(3)), x, np.arange(8) % 3)
    assert not found.passed
    assert found.errors["wrong1.bias"] > 1e-4
    assert found.errors["wrong1.weight"] < 1e-6


def test_the_model_is_left_alone():
    model = rt.Sequential(rt.Dense(4), rt.BatchNorm("moving"), rt.Dense(3)).build((5,))
    before = model.parameters.copy(), model.statistics.copy()
    rt.gradient_check(model, np.random.default_rng(0).standard_normal((8, 5)), np.arange(8) % 3)
    np.testing.assert_array_equal(model.parameters, before[0])
    np.testing.assert_array_equal(model.statistics, before[1])


def test_a_layer_of_ones_own():
    class Scale(rt.Layer):
        """y = x scale."""

        def blocks(self, shape):
            return (Block("scale", shape[-1:], rt.Constant(1.5)),)

        def forward(self, x, context, tail=None):
            def backprop(dy, wanted=True):
                np.sum(dy * x, axis=0, out=self.d_scale)
                return dy * self.scale

            return x * self.scale, backprop

    x = np.random.default_rng(0).standard_normal((8, 5))
    model = rt.Sequential(rt.Dense(4), Scale(), rt.Tanh(), rt.Dense(3))
    assert rt.gradient_check(model, x, np.arange(8) % 3, l2=0.1).passed
    run = rt.Trainer(model, batch_size=4, max_epochs=2).fit((x, np.arange(8) % 3), progress=False)
    assert run.history["train_loss"][1] < run.history["train_loss"][0]
