"""Convolutions: every stride and padding as PyTorch has it, the same bits for any number of threads."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import regtrain as rt
from regtrain.kernels.team import team
from regtrain.layers.base import Context, Workspace

# Height, width, channels, filters, size, stride, padding, pooling: panels and tiles that are whole and not.
CASES = [
    (14, 14, 32, 64, 3, 1, "same", (2, 2)),
    (28, 28, 1, 32, 3, 1, "same", (2, 2)),
    (9, 7, 3, 5, 3, 1, "valid", None),
    (9, 8, 16, 17, 3, 2, 1, None),
    (11, 10, 4, 8, 5, 3, 0, None),
    (8, 9, 2, 6, 2, 2, 0, (3, 1)),
    (7, 7, 3, 30, 1, 1, 0, (3, 3)),
    (6, 6, 20, 40, 1, 2, 0, None),
    (5, 5, 2, 4, 3, 1, 3, None),
    (12, 9, 16, 32, 5, 2, 2, (2, 2)),
]


def _run(case, kind, count):
    """Outputs, the gradient of the input and that of the weight, for some images."""
    height, width, channels, filters, size, stride, padding, pool = case
    layers = [rt.Conv2D(filters, size, stride=stride, padding=padding)]
    if pool is not None:
        layers.append(rt.MaxPool2D(*pool))
    model = rt.Sequential(*layers).build((height, width, channels), seed=1, dtype=kind)
    generator = np.random.default_rng(2)
    x = generator.standard_normal((count, height, width, channels)).astype(kind)
    y, backprop = model.forward(x, Context(True, Workspace(kind)))
    outputs = y.copy()
    dy = generator.standard_normal(y.shape).astype(kind)
    return model, x, outputs, dy, backprop(dy.copy(), wanted=True), model.layers[0].d_weight


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
def test_equal_to_pytorch(case, kind):
    pool, turn = case[-1], (0, 3, 1, 2)
    model, x, y, dy, dx, d_weight = _run(case, kind, 10)
    layer = model.layers[0]
    inputs = torch.tensor(x.transpose(turn), requires_grad=True)
    weight = torch.tensor(layer.weight.transpose(3, 2, 0, 1).copy(), requires_grad=True)
    z = torch.nn.functional.conv2d(
        inputs, weight, torch.tensor(layer.bias), stride=layer.stride, padding=layer.pad
    )
    if pool is not None:
        z = torch.nn.functional.max_pool2d(z, *pool)
    z.backward(torch.tensor(dy.transpose(turn)))
    tolerance = 1e-5 if kind is np.float32 else 1e-13
    for ours, theirs in (
        (y.transpose(turn), z.detach()),
        (dx.transpose(turn), inputs.grad),
        (d_weight.transpose(3, 2, 0, 1), weight.grad),
    ):
        scale = float(theirs.abs().max())
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("count", [1, 3, 21])
@pytest.mark.parametrize("case", CASES[:4])
def test_threads_change_no_bit(case, count):
    alone = [array.copy() for array in _run(case, np.float32, count)[2:]]
    for threads in (2, 3):
        with team(threads):
            shared = _run(case, np.float32, count)[2:]
        for one, other in zip(alone, shared, strict=True):
            assert np.array_equal(one, other)


def test_a_training_with_threads_ends_in_the_same_bits():
    x = np.random.default_rng(0).standard_normal((128, 16, 16, 1)).astype(np.float32)
    found = []
    for threads in (1, 2, 3):
        hidden = [rt.Conv2D(32), rt.BatchNorm(), rt.ReLU(), rt.Dropout(0.1), rt.MaxPool2D()]
        model = rt.Sequential(*hidden, rt.Flatten(), rt.Dense(128), rt.ReLU(), rt.Dense(5))
        trainer = rt.Trainer(model, threads=threads, max_epochs=1, batch_size=64)
        trainer.fit((x, np.arange(len(x)) % 5), progress=False)
        found.append(model.parameters.copy())
    assert np.array_equal(found[1], found[0])
    assert np.array_equal(found[2], found[0])
