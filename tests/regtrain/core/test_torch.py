"""Forward, backward and ten steps of every optimizer, equal to PyTorch's within float32 rounding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import regtrain as rt
from regtrain.kernels.optimizers import add_l2
from regtrain.schedules import Plan

RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 4, 12)


def to_torch(model: rt.Sequential, channels_first: bool) -> nn.Sequential:
    """The same network, with the same parameters."""
    made: list[nn.Module] = []
    shape = model.shape
    flattened: tuple[int, ...] | None = None
    for layer, before in zip(model.layers, model.shapes, strict=False):
        shape = before
        match layer:
            case rt.Dense():
                weight = layer.weight
                if flattened is not None:  # PyTorch flattens channels first
                    h, w, c = flattened
                    weight = (
                        weight.reshape(h, w, c, -1).transpose(2, 0, 1, 3).reshape(h * w * c, -1)
                    )
                    flattened = None
                module = nn.Linear(shape[-1], layer.units)
                module.weight.data = torch.tensor(np.ascontiguousarray(weight.T))
                module.bias.data = torch.tensor(layer.bias.copy())
            case rt.Conv2D():
                module = nn.Conv2d(shape[-1], layer.filters, layer.size, layer.stride, layer.pad)
                module.weight.data = torch.tensor(layer.weight.transpose(3, 2, 0, 1).copy())
                module.bias.data = torch.tensor(layer.bias.copy())
            case rt.BatchNorm():
                kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
                module = kind(shape[-1], momentum=1 - layer.decay)
                module.weight.data = torch.tensor(layer.scale.copy())
                module.bias.data = torch.tensor(layer.shift.copy())
            case rt.LayerNorm():
                module = nn.LayerNorm(shape[-1])
                module.weight.data = torch.tensor(layer.scale.copy())
                module.bias.data = torch.tensor(layer.shift.copy())
            case rt.MaxPool2D():
                module = nn.MaxPool2d(layer.size, layer.stride)
            case rt.AvgPool2D():
                module = nn.AvgPool2d(layer.size, layer.stride)
            case rt.Flatten():
                module, flattened = nn.Flatten(), shape
            case rt.LeakyReLU():
                module = nn.LeakyReLU(layer.slope)
            case rt.ReLU():
                module = nn.ReLU()
            case rt.Tanh():
                module = nn.Tanh()
            case rt.Logistic():
                module = nn.Sigmoid()
        made.append(module)
    return nn.Sequential(*made)


MODELS = {
    "mlp": ((9,), lambda: [rt.Dense(8), rt.ReLU(), rt.Dense(7), rt.Tanh(), rt.Dense(4)]),
    "mlp-logistic": ((9,), lambda: [rt.Dense(8), rt.Logistic(), rt.LayerNorm(), rt.Dense(4)]),
    "mlp-norm": ((9,), lambda: [rt.Dense(8), rt.BatchNorm("moving"), rt.LeakyReLU(0.1), rt.Dense(4)]),
    "cnn": (
        (9, 10, 2),
        lambda: [rt.Conv2D(5), rt.ReLU(), rt.MaxPool2D(), rt.Conv2D(6, 3, stride=2, padding=1),
                 rt.BatchNorm("moving"), rt.ReLU(), rt.AvgPool2D(2), rt.Flatten(), rt.Dense(4)],
    ),
    "cnn-valid": (
        (9, 10, 2),
        lambda: [rt.Conv2D(5, 4, padding="valid"), rt.Tanh(), rt.MaxPool2D(3, 2), rt.Flatten(), rt.Dense(4)],
    ),
}  # fmt: skip


def both(name, seed=0):
    shape, layers = MODELS[name]
    model = rt.Sequential(*layers()).build(shape, seed=seed)
    # The copies of the registry's layers are the model's own: the twin has the same parameters.
    x = RNG.standard_normal((12, *shape)).astype(np.float32)
    axes = (0, 3, 1, 2) if len(shape) == 3 else (0, 1)
    return model, to_torch(model, len(shape) == 3), x, torch.tensor(x.transpose(axes).copy())


def gradient(model, x, loss, y):
    outputs, back = model.forward(x, rt.Context(training=True))
    d = np.empty_like(outputs)
    value = loss(outputs, loss.targets(y, model.output_shape, np.float32), None, d)
    outputs = outputs.copy()
    back(d)
    return value, outputs


@pytest.mark.parametrize("name", MODELS)
def test_forward_and_backward(name):
    model, twin, x, tx = both(name)
    value, outputs = gradient(model, x, rt.CrossEntropy(), LABELS)
    found = twin(tx)
    expected = nn.functional.cross_entropy(found, torch.tensor(LABELS))
    expected.backward()
    np.testing.assert_allclose(outputs, found.detach().numpy(), rtol=1e-4, atol=1e-5)
    assert value == pytest.approx(expected.item(), rel=1e-5)
    grads = {
        id(layer): module
        for layer, module in zip(model.layers, twin, strict=True)
        if list(module.parameters())
    }
    flattened = None
    for layer, shape in zip(model.layers, model.shapes, strict=False):
        if isinstance(layer, rt.Flatten) and len(shape) == 3:
            flattened = shape
        if id(layer) not in grads:
            continue
        theirs = grads[id(layer)]
        if isinstance(layer, rt.Dense):
            ours = layer.d_weight
            if flattened:
                h, w, c = flattened
                ours = ours.reshape(h, w, c, -1).transpose(2, 0, 1, 3).reshape(h * w * c, -1)
                flattened = None
            ours, bias = ours.T, layer.d_bias
        elif isinstance(layer, rt.Conv2D):
            ours, bias = layer.d_weight.transpose(3, 2, 0, 1), layer.d_bias
        else:
            ours, bias = layer.d_scale, layer.d_shift
        np.testing.assert_allclose(ours, theirs.weight.grad, rtol=1e-3, atol=2e-6)
        np.testing.assert_allclose(bias, theirs.bias.grad, rtol=1e-3, atol=2e-6)


def test_moving_statistics_are_pytorchs():
    model, twin, x, tx = both("cnn")
    for _ in range(5):
        gradient(model, x, rt.CrossEntropy(), LABELS)
        twin(tx)
    twin.eval()
    np.testing.assert_allclose(model.outputs(x), twin(tx).detach().numpy(), rtol=1e-4, atol=1e-5)


OPTIMIZERS = {
    "gradient-descent": (rt.GradientDescent(0.5), lambda p: torch.optim.SGD(p, 0.5)),
    "momentum": (rt.Momentum(0.3), lambda p: torch.optim.SGD(p, 0.3, momentum=0.9)),
    "nesterov": (rt.Nesterov(0.3), lambda p: torch.optim.SGD(p, 0.3, momentum=0.9, nesterov=True)),
    "adagrad": (rt.AdaGrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1)),
    "rmsprop": (rt.RMSProp(0.02), lambda p: torch.optim.RMSprop(p, 0.02)),
    "adam": (rt.Adam(0.1, epsilon=1e-4), lambda p: torch.optim.Adam(p, 0.1, eps=1e-4)),
    "adamw": (
        rt.AdamW(0.1, weight_decay=0.2),
        lambda p: torch.optim.AdamW(
            [{"params": p[::2], "weight_decay": 0.2}, {"params": p[1::2], "weight_decay": 0.0}], 0.1
        ),
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_ten_steps(name, l2):
    if l2 and name == "adamw":
        l2 = 0.0
    ours, make = OPTIMIZERS[name]
    model, twin, x, tx = both("mlp")
    parameters = list(twin.parameters())  # weight, bias, weight, bias ...
    theirs = make(parameters)
    moments = np.zeros((ours.moments, model.parameters.size), np.float32)
    for count in range(1, 11):
        gradient(model, x, rt.CrossEntropy(), LABELS)
        if l2:
            add_l2(model.parameters, model.gradients, l2, model.decayed)
        ours.step(
            model.parameters, model.gradients, moments, ours.learning_rate, count, model.decayed
        )
        theirs.zero_grad()
        loss = nn.functional.cross_entropy(twin(tx), torch.tensor(LABELS))
        loss = loss + l2 / 2 * sum((weight**2).sum() for weight in parameters[::2])
        loss.backward()
        theirs.step()
    dense = [layer for layer in model.layers if isinstance(layer, rt.Dense)]
    for layer, weight, bias in zip(dense, parameters[::2], parameters[1::2], strict=True):
        np.testing.assert_allclose(layer.weight.T, weight.detach(), rtol=2e-3, atol=2e-4)
        np.testing.assert_allclose(layer.bias, bias.detach(), rtol=2e-3, atol=2e-4)


RULES = {
    "step": (
        rt.StepDecay(0.1, every=2, factor=0.5),
        lambda o: torch.optim.lr_scheduler.StepLR(o, 2 * 7, 0.5),
    ),
    "one-cycle": (
        rt.OneCycle(0.1),
        lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=70),
    ),
    "exponential": (
        rt.Exponential(0.1, factor=0.8),
        lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.8 ** (1 / 7)),
    ),
    "cosine": (rt.Cosine(0.1), lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 69)),
    "warm-up": (
        rt.WarmUp(0.1, epochs=2),
        lambda o: torch.optim.lr_scheduler.LinearLR(o, 1 / 14, 1.0, total_iters=13),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_schedules(name):
    ours, make = RULES[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    theirs = make(optimizer)
    plan = Plan(steps_per_epoch=7, epochs=10)
    for step in range(70):
        assert ours.rate(step, plan) == pytest.approx(
            optimizer.param_groups[0]["lr"], rel=1e-6, abs=1e-9
        ), step
        optimizer.step()
        if step < 69:
            theirs.step()


def test_on_plateau():
    ours = rt.OnPlateau(0.1, patience=3, factor=0.5)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    # PyTorch drops after more than `patience` misses, we after exactly as many.
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=2, threshold=0
    )
    seen = []
    for value in [3, 2, 2.5, 2.4, 2.2, 2.1, 1.9, 2, 2, 2, 2, 2, 2, 2]:
        seen.append(value)
        theirs.step(value)
        assert ours.rate(0, Plan(1, 20, seen)) == pytest.approx(optimizer.param_groups[0]["lr"])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_losses(smoothing):
    z = RNG.standard_normal((7, 5)).astype(np.float32) * 3
    y, soft = RNG.integers(0, 5, 7), RNG.dirichlet(np.ones(5), 7).astype(np.float32)
    t = torch.tensor(z)
    theirs = nn.CrossEntropyLoss(label_smoothing=smoothing)
    ours = rt.CrossEntropy(smoothing)
    assert ours(z, y) == pytest.approx(theirs(t, torch.tensor(y)).item(), rel=1e-5)
    assert ours(z, soft) == pytest.approx(theirs(t, torch.tensor(soft)).item(), rel=1e-5)
    weights = RNG.uniform(0, 2, 7)
    each = nn.CrossEntropyLoss(label_smoothing=smoothing, reduction="none")(t, torch.tensor(y))
    assert ours(z, y, weights) == pytest.approx(np.average(each, weights=weights), rel=1e-5)
    flat = z.reshape(-1, 1)
    target = (flat > 0.3).astype(np.float32)
    assert rt.BinaryCrossEntropy()(flat, target) == pytest.approx(
        nn.functional.binary_cross_entropy_with_logits(
            torch.tensor(flat), torch.tensor(target)
        ).item(),
        rel=1e-5,
    )
    assert rt.SquaredError()(flat, target) == pytest.approx(
        nn.functional.mse_loss(torch.tensor(flat), torch.tensor(target)).item(), rel=1e-5
    )
    assert rt.Huber(0.6)(flat, target) == pytest.approx(
        nn.functional.huber_loss(torch.tensor(flat), torch.tensor(target), delta=0.6).item(),
        rel=1e-5,
    )


def test_recurrent():
    ours = rt.Sequential(rt.SimpleRNN(6, sequences=True)).build((5, 3))
    layer = ours.layers[0]
    theirs = nn.RNN(3, 6, batch_first=True)
    theirs.weight_ih_l0.data = torch.tensor(layer.weight.T.copy())
    theirs.weight_hh_l0.data = torch.tensor(layer.recurrent.T.copy())
    theirs.bias_ih_l0.data[:] = 0
    theirs.bias_hh_l0.data[:] = 0
    x = RNG.standard_normal((4, 5, 3)).astype(np.float32)
    found = theirs(torch.tensor(x))[0].detach().numpy()
    np.testing.assert_allclose(ours.outputs(x), found, rtol=1e-4, atol=1e-6)


def test_embedding_bag():
    ours = rt.Sequential(rt.EmbeddingBag(9, 4, padding=2)).build((5,))
    tokens = RNG.integers(0, 9, (6, 5))
    theirs = nn.EmbeddingBag(9, 4, mode="mean", padding_idx=2)
    theirs.weight.data = torch.tensor(ours.layers[0].weight.copy())
    found = theirs(torch.tensor(tokens)).detach().numpy()
    np.testing.assert_allclose(ours.outputs(tokens), found, rtol=1e-5, atol=1e-6)
