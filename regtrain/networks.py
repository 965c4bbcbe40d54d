"""The networks and optimizers that experiment files and estimators name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from regtrain.layers.activations import Activation, LeakyReLU, Logistic, ReLU, Tanh
from regtrain.optimizers import Optimizer, optimizer
from regtrain.schedules import Cosine, Exponential, OneCycle, Schedule
from regtrain.sequential import Sequential

__all__ = ["ACTIVATIONS", "SCHEDULES", "cnn", "mlp", "optimizer_with", "words"]

ACTIVATIONS: dict[str, Callable[[], Activation]] = {
    "relu": ReLU,
    "leaky-relu": LeakyReLU,
    "tanh": Tanh,
    "logistic": Logistic,
}


def _activation(name: str) -> Activation:
    if name not in ACTIVATIONS:
        from augkit.core.registry import did_you_mean

        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)}, got {name!r}"
            + did_you_mean(name, ACTIVATIONS)
        )
    return ACTIVATIONS[name]()


def _hidden(
    hidden: Sequence[int], activation: str, init: str | None, dropout: float, batch_norm: bool
) -> list[Any]:
    """Dense, batch normalization, activation, dropout, for each hidden layer."""
    from regtrain import BatchNorm, Dense, Dropout

    layers: list[Any] = []
    for units in hidden:
        layers.append(Dense(units, initializer=init))
        layers += [BatchNorm()] if batch_norm else []
        layers.append(_activation(activation))
        layers += [Dropout(dropout)] if dropout else []
    return layers


def mlp(
    hidden: Sequence[int],
    outputs: int,
    *,
    activation: str = "relu",
    init: str | None = None,
    dropout: float = 0.0,
    batch_norm: bool = False,
    flatten: bool = False,
) -> Sequential:
    """Dense layers.

    >>> mlp((50, 50), 10).layers[0].units
    50
    """
    from regtrain import Dense

    first: list[Any] = []
    if flatten:
        from regtrain import Flatten

        first = [Flatten()]
    layers = _hidden(hidden, activation, init, dropout, batch_norm)
    return Sequential(*first, *layers, Dense(outputs))


def cnn(
    filters: Sequence[int],
    hidden: Sequence[int],
    outputs: int,
    *,
    activation: str = "relu",
    init: str | None = None,
    dropout: float = 0.0,
    batch_norm: bool = False,
) -> Sequential:
    """Blocks of 3 × 3 convolution and 2 × 2 maximum, then dense layers."""
    from regtrain import BatchNorm, Conv2D, Dense, Flatten, MaxPool2D

    layers: list[Any] = []
    for count in filters:
        layers.append(Conv2D(count, 3, padding="same", initializer=init))
        layers += [BatchNorm()] if batch_norm else []
        # The maximum of activations is the activation of the maximum: a quarter of the work.
        layers += [MaxPool2D(2), _activation(activation)]
    layers.append(Flatten())
    layers += _hidden(hidden, activation, init, dropout, batch_norm)
    return Sequential(*layers, Dense(outputs))


def words(
    tokens: int,
    dimensions: int,
    hidden: Sequence[int],
    outputs: int,
    *,
    states: int | None = None,
    activation: str = "relu",
    init: str | None = None,
    dropout: float = 0.0,
    batch_norm: bool = False,
) -> Sequential:
    """Vectors of words, their mean or (with ``states``) a recurrent layer over them, dense layers.

    Token 0 is padding.

    >>> [layer.name for layer in words(10, 4, [], 2, states=3).layers]
    ['embedding1', 'simplernn1', 'dense1']
    """
    from regtrain import Dense, Dropout, Embedding, EmbeddingBag, SimpleRNN

    layers: list[Any] = [EmbeddingBag(tokens, dimensions, padding=0)]
    if states is not None:
        layers = [Embedding(tokens, dimensions, padding=0), SimpleRNN(states)]
    layers += [Dropout(dropout)] if dropout else []
    layers += _hidden(hidden, activation, init, dropout, batch_norm)
    return Sequential(*layers, Dense(outputs))


SCHEDULES: dict[str, type[Schedule]] = {
    "cosine": Cosine,
    "exponential": Exponential,
    "one-cycle": OneCycle,
}


def optimizer_with(
    name: str, learning_rate: float | None = None, schedule: str = "constant"
) -> Optimizer:
    """The optimizer of a name, with another learning rate or a schedule that begins there.

    >>> optimizer_with("adam", 0.01, "cosine").learning_rate
    Cosine(base=0.01, end=0.0, epochs=None)
    """
    found = optimizer(name)
    rate = found.learning_rate if learning_rate is None else learning_rate
    if schedule == "constant":
        return replace(found, learning_rate=rate)
    if isinstance(rate, Schedule):
        rate = rate.base
    return replace(found, learning_rate=SCHEDULES[schedule](rate))
