"""The networks of `train.py`, once for each library, and one epoch of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CASES", "Case", "epochs", "products", "with_threads"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Case:
    """A network and its data.

    Attributes:
        name: for the table.
        shape: of one input.
        classes: how many.
        batch: samples per step.
        steps: per epoch.
        target: how many times as fast as PyTorch we have to be.
        layers: of ours.
        peer: the PyTorch network.
        hidden: for scikit-learn, or none where it has no such network.
        l2: lambda.
        epochs: so many are one measurement; ours ends it as a training does, with the statistics
            of batch norm where they are not there yet.
        watched: whether ours is looked at after each epoch, so that batch norm needs its statistics.
        peer_statistics: whether PyTorch takes them as well (its `update_bn`).
    """

    name: str
    shape: tuple[int, ...]
    classes: int
    batch: int
    steps: int
    target: float
    layers: Callable[[], list[Any]]
    peer: Callable[[], Any]
    hidden: tuple[int, ...] | None = None
    l2: float = 0.0
    epochs: int = 1
    watched: bool = True
    peer_statistics: bool = False

    @property
    def all_steps(self) -> int:
        """In one measurement."""
        return self.steps * self.epochs


def _mlp() -> list[Any]:
    from regtrain import Dense, ReLU

    return [Dense(512), ReLU(), Dense(256), ReLU(), Dense(10)]


def _mlp_torch() -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)
    )


def _regularized() -> list[Any]:
    from regtrain import BatchNorm, Dense, Dropout, ReLU

    hidden = [
        layer for units in (512, 256) for layer in (Dense(units), BatchNorm(), ReLU(), Dropout(0.5))
    ]
    return [*hidden, Dense(10)]


def _regularized_torch() -> Any:
    from torch import nn

    layers: list[Any] = []
    for inputs, units in ((784, 512), (512, 256)):
        layers += [nn.Linear(inputs, units), nn.BatchNorm1d(units), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*layers, nn.Linear(256, 10))


def _tiny() -> list[Any]:
    from regtrain import Dense, ReLU

    return [Dense(32), ReLU(), Dense(3)]


def _tiny_torch() -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 3))


def _cnn() -> list[Any]:
    from regtrain import Conv2D, Dense, Flatten, MaxPool2D, ReLU

    blocks = [layer for f in (32, 64) for layer in (Conv2D(f), ReLU(), MaxPool2D())]
    return [*blocks, Flatten(), Dense(128), ReLU(), Dense(10)]


def _cnn_torch() -> Any:
    from torch import nn

    layers: list[Any] = []
    for inputs, filters in ((1, 32), (32, 64)):
        layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))


_NORMALIZED: dict[str, Any] = {
    "shape": (784,),
    "classes": 10,
    "batch": 128,
    "steps": 25,
    "layers": _regularized,
    "peer": _regularized_torch,
    "l2": 1e-4,
}

CASES = (
    Case("784-512-256-10", (784,), 10, 128, 25, 1.5, _mlp, _mlp_torch, (512, 256)),
    Case("the same with batch norm, dropout, L2", target=1.8, **_NORMALIZED),
    Case(
        "that, ten epochs and then looked at", target=1.8, epochs=10, watched=False, **_NORMALIZED
    ),
    Case("that, both with whole-set statistics", target=1.8, peer_statistics=True, **_NORMALIZED),
    Case("20-32-3", (20,), 3, 32, 50, 4.0, _tiny, _tiny_torch, (32,)),
    Case("conv32-pool-conv64-pool-dense128", (28, 28, 1), 10, 128, 4, 0.8, _cnn, _cnn_torch),
)


def epochs(case: Case) -> dict[str, Callable[[int], object]]:
    """The epochs with Adam on the same data, for each library."""
    generator = np.random.default_rng(0)
    count = case.batch * case.steps
    x = generator.standard_normal((count, *case.shape)).astype(np.float32)
    y = generator.integers(0, case.classes, count)
    found = {"regtrain": _ours(case, x, y)}
    axes = (0, 3, 1, 2) if len(case.shape) == 3 else tuple(range(x.ndim))
    found["PyTorch"] = _torch(case, np.ascontiguousarray(x.transpose(axes)), y, fused=False)
    found["PyTorch fused"] = _torch(case, np.ascontiguousarray(x.transpose(axes)), y, fused=True)
    if case.hidden is not None:
        found["scikit-learn"] = _sklearn(case, x, y)
    return found


def _ours(case: Case, x: Array, y: Array) -> Callable[[int], object]:
    """The trainer's own epochs: order, batches, steps, whole-set statistics, history."""
    from regtrain import Sequential, Trainer
    from regtrain.training.fit import Fit
    from regtrain.training.prepare import prepare

    trainer = Trainer(
        Sequential(*case.layers()),
        l2=case.l2,
        batch_size=case.batch,
        max_epochs=10**9,
        monitor_train=int(case.watched),
    )
    data = prepare(trainer, (x, y), None, None)
    trainer.normalizer = data.normalizer
    fit = Fit(trainer, data)

    def run(_: int) -> None:
        for _epoch in range(case.epochs):
            fit.epoch(time.perf_counter())
        fit.restore()

    return run


def _torch(case: Case, x: Array, y: Array, *, fused: bool) -> Callable[[int], object]:
    """The usual eager loop, on tensors that are in memory."""
    import torch

    network, inputs, labels = case.peer(), torch.tensor(x), torch.tensor(y)
    optimizer = torch.optim.Adam(network.parameters(), weight_decay=case.l2, fused=fused)
    loss_of = torch.nn.CrossEntropyLoss()

    def epoch() -> float:
        total = 0.0
        for rows in torch.split(torch.randperm(len(inputs)), case.batch):
            optimizer.zero_grad()
            loss = loss_of(network(inputs[rows]), labels[rows])
            loss.backward()
            optimizer.step()
            total += loss.item()
        if case.peer_statistics:
            torch.optim.swa_utils.update_bn(torch.split(inputs, case.batch), network)
        return total

    def run(_: int) -> float:
        return sum(epoch() for _epoch in range(case.epochs))

    return run


def _sklearn(case: Case, x: Array, y: Array) -> Callable[[int], object]:
    """One pass of `partial_fit` over the data in float32, the fastest it has."""
    from sklearn.neural_network import MLPClassifier

    classifier = MLPClassifier(case.hidden, alpha=0.0, batch_size=case.batch)
    classes = np.arange(case.classes)
    return lambda _: classifier.partial_fit(x, y, classes=classes)


def products(case: Case) -> Callable[[int], object]:
    """The matrix products of an epoch and nothing else, for dense networks."""
    from regtrain import Dense, Sequential
    from regtrain.kernels.products import product

    model = Sequential(*case.layers()).build(case.shape)
    generator = np.random.default_rng(0)
    works: list[tuple[Array, Array, Array]] = []
    dense = [layer for layer in model.layers if isinstance(layer, Dense)]
    for number, layer in enumerate(dense):
        inputs, outputs = layer.weight.shape
        x = generator.standard_normal((case.batch, inputs)).astype(np.float32)
        dy = generator.standard_normal((case.batch, outputs)).astype(np.float32)
        works.append((x, layer.weight, np.empty_like(dy)))
        works.append((x.T, dy, layer.d_weight))
        if number:
            works.append((dy, layer.weight.T, np.empty_like(x)))

    def run(_: int) -> None:
        for _step in range(case.steps):
            for a, b, out in works:
                product(a, b, out)

    return run


def with_threads(work: Callable[[int], object], count: int) -> Callable[[int], object]:
    """The same work of any of the libraries, each with so many threads."""
    import torch
    from threadpoolctl import ThreadpoolController

    from regtrain.kernels.team import team

    libraries = ThreadpoolController()

    def run(number: int) -> None:
        torch.set_num_threads(count)
        with libraries.limit(limits=count, user_api="blas"), team(count):
            work(number)

    return run
