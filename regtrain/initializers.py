"""How weights begin.

The course: `Xavier` for tanh and logistic, `He` for ReLU and leaky ReLU; never zeros, never equal,
never large (they are here to show why).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from augkit.core.random import Stream

__all__ = [
    "Constant",
    "He",
    "Initializer",
    "Large",
    "Normal",
    "Ones",
    "Orthogonal",
    "Xavier",
    "Zeros",
    "initializer",
]

Array = NDArray[Any]


def _generator(stream: Stream) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=stream.seed("init")))


class Initializer:
    """The base: ``initial(shape, fans, stream)`` gives the values, in float64."""

    breaks_symmetry = True

    def initial(self, shape: tuple[int, ...], fans: tuple[int, int], stream: Stream) -> Array:
        """Values for a block whose units have ``fans`` = (inputs, outputs)."""
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Initializer):
    """All the same: units that begin equal stay equal, as their gradients are.

    Args:
        value: of every weight.
    """

    value: float = 0.0
    breaks_symmetry = False

    def initial(self, shape: tuple[int, ...], fans: tuple[int, int], stream: Stream) -> Array:
        return np.full(shape, float(self.value))


@dataclass(frozen=True)
class Zeros(Constant):
    """All zero: right for biases, wrong for weights."""


@dataclass(frozen=True)
class Ones(Constant):
    """All one: the scale of a normalization."""

    value: float = 1.0


@dataclass(frozen=True)
class Normal(Initializer):
    """Normal numbers of a given standard deviation.

    Args:
        std: the standard deviation (default 0.01).
    """

    std: float = 0.01

    def initial(self, shape: tuple[int, ...], fans: tuple[int, int], stream: Stream) -> Array:
        return _generator(stream).standard_normal(shape) * self.std


@dataclass(frozen=True)
class Large(Normal):
    """Normal numbers of standard deviation 1: tanh and logistic units saturate, gradients vanish."""

    std: float = 1.0


@dataclass(frozen=True)
class _Scaled(Initializer):
    """Zero mean, variance gain / fan.

    Args:
        distribution: ``normal`` or ``uniform`` of the same variance (default normal).
        fan: what the variance is divided by: ``in`` (the course), ``out`` or ``average``.
    """

    distribution: str = "normal"
    fan: str = "in"
    gain = 1.0

    def __post_init__(self) -> None:
        name = type(self).__name__
        if self.distribution not in ("normal", "uniform"):
            raise ValueError(
                f"{name}: distribution must be 'normal' or 'uniform', got {self.distribution!r}"
            )
        if self.fan not in ("in", "out", "average"):
            raise ValueError(f"{name}: fan must be 'in', 'out' or 'average', got {self.fan!r}")

    def initial(self, shape: tuple[int, ...], fans: tuple[int, int], stream: Stream) -> Array:
        n = {"in": fans[0], "out": fans[1], "average": sum(fans) / 2}[self.fan]
        generator = _generator(stream)
        if self.distribution == "normal":
            normal: Array = generator.standard_normal(shape) / np.sqrt(n / self.gain)
            return normal
        limit = np.sqrt(3 * self.gain / n)
        values: Array = generator.uniform(-limit, limit, shape)
        return values


@dataclass(frozen=True)
class Xavier(_Scaled):
    """``randn(n_in, n_out) / sqrt(n_in)``, for tanh and logistic units.

    Glorot and Bengio, AISTATS 2010, average the fans: ``fan="average"``.
    """


@dataclass(frozen=True)
class He(_Scaled):
    """``randn(n_in, n_out) / sqrt(n_in / 2)``, for ReLU and leaky ReLU (He et al., ICCV 2015)."""

    gain = 2.0


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Orthonormal columns or rows (Saxe et al., ICLR 2014), for recurrent weights.

    Args:
        gain: multiplies them (default 1).
    """

    gain: float = 1.0

    def initial(self, shape: tuple[int, ...], fans: tuple[int, int], stream: Stream) -> Array:
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        square = _generator(stream).standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(square)
        q = q * np.sign(np.diag(r))  # uniform over the orthogonal matrices
        values: Array = self.gain * (q if rows >= columns else q.T)
        return values.reshape(shape)


_NAMES: dict[str, Initializer] = {
    "constant": Constant(0.5),
    "he": He(),
    "he-uniform": He("uniform"),
    "large": Large(),
    "normal": Normal(),
    "ones": Ones(),
    "orthogonal": Orthogonal(),
    "xavier": Xavier(),
    "xavier-uniform": Xavier("uniform"),
    "zeros": Zeros(),
}


def initializer(given: str | Initializer) -> Initializer:
    """The initializer of a name.

    >>> initializer("he")
    He(distribution='normal', fan='in')
    """
    if isinstance(given, Initializer):
        return given
    if given not in _NAMES:
        from augkit.core.registry import did_you_mean

        raise ValueError(
            f"initializer must be one of {', '.join(_NAMES)} or an Initializer, got {given!r}"
            + (did_you_mean(given, list(_NAMES)) if isinstance(given, str) else "")
        )
    return _NAMES[given]
