"""What a random parameter may be: a number, a pair, or a distribution.

A number is exactly that; ``(low, high)`` is uniform (whole numbers include both ends where the
parameter is whole); `choice`, `normal` and `log_uniform` say more. There is no hidden symmetry:
``degrees=20`` is 20 degrees.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from augkit.core.elementary import exp, log

if TYPE_CHECKING:
    from augkit.core.random import Stream

__all__ = [
    "Beta",
    "Choice",
    "Distribution",
    "LogUniform",
    "Normal",
    "Number",
    "beta",
    "choice",
    "log_uniform",
    "normal",
    "resolve",
    "uniform",
]


@dataclass(frozen=True)
class Distribution:
    """Base of the distributions that are more than a pair."""

    def draw(self, stream: Stream, name: str) -> float:
        """One value, from the substream of ``name``."""
        raise NotImplementedError

    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest value that can come out (may be infinite)."""
        raise NotImplementedError

    def to_spec(self) -> dict[str, Any]:
        """As it is written in a spec: ``{choice: [0.8, 1.25]}``."""
        raise NotImplementedError


@dataclass(frozen=True)
class Choice(Distribution):
    """One of some values; see `choice`."""

    values: tuple[float, ...]
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _numbers("choice", self.values))
        if not self.values:
            raise ValueError("choice needs at least one value")
        if self.weights is None:
            return
        object.__setattr__(self, "weights", _numbers("weights", self.weights))
        if len(self.weights) != len(self.values):
            raise ValueError(
                f"choice has {len(self.values)} values and {len(self.weights)} weights; "
                "give one weight per value"
            )
        if min(self.weights) < 0 or sum(self.weights) <= 0:
            raise ValueError(
                f"weights must be finite, not negative and not all 0, got {self.weights}"
            )

    def draw(self, stream: Stream, name: str) -> float:
        if self.weights is None:
            return stream.choice(name, self.values)
        return self.values[stream.index(name, self.weights)]

    def bounds(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    def to_spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"choice": list(self.values)}
        if self.weights is not None:
            spec["weights"] = list(self.weights)
        return spec


@dataclass(frozen=True)
class Normal(Distribution):
    """A normal distribution; see `normal`."""

    mean: float
    std: float

    def __post_init__(self) -> None:
        _settle(self, "mean", "std")
        if not (math.isfinite(self.mean) and math.isfinite(self.std) and self.std >= 0):
            raise ValueError(
                f"normal needs a finite mean and std >= 0, got ({self.mean}, {self.std})"
            )

    def draw(self, stream: Stream, name: str) -> float:
        return stream.normal(name, self.mean, self.std)

    def bounds(self) -> tuple[float, float]:
        # A draw is the quantile of a number with 53 bits, which ends at 8.3 standard deviations.
        return self.mean - 8.3 * self.std, self.mean + 8.3 * self.std

    def to_spec(self) -> dict[str, Any]:
        return {"normal": [self.mean, self.std]}


@dataclass(frozen=True)
class LogUniform(Distribution):
    """Uniform in the logarithm; see `log_uniform`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _settle(self, "low", "high")
        if not 0 < self.low <= self.high < math.inf:
            raise ValueError(f"log_uniform needs 0 < low <= high, got ({self.low}, {self.high})")

    def draw(self, stream: Stream, name: str) -> float:
        value = self.low * exp(stream.unit(name) * log(self.high / self.low))
        return min(max(value, self.low), self.high)

    def bounds(self) -> tuple[float, float]:
        return self.low, self.high

    def to_spec(self) -> dict[str, Any]:
        return {"log_uniform": [self.low, self.high]}


@dataclass(frozen=True)
class Beta(Distribution):
    """A beta distribution; see `beta`."""

    a: float
    b: float

    def __post_init__(self) -> None:
        _settle(self, "a", "b")
        if not (0 < self.a < math.inf and 0 < self.b < math.inf):
            raise ValueError(f"beta needs a and b above 0 and finite, got ({self.a}, {self.b})")

    def draw(self, stream: Stream, name: str) -> float:
        return stream.beta(name, self.a, self.b)

    def bounds(self) -> tuple[float, float]:
        return 0.0, 1.0

    def to_spec(self) -> dict[str, Any]:
        return {"beta": [self.a, self.b]}


Number = float | tuple[float, float] | list[float] | Distribution | Mapping[str, Any]
"""What a random parameter takes; a mapping is per axis, as ``{"x": 0.1, "y": (0, 0.2)}``."""


def choice(values: Sequence[float], weights: Sequence[float] | None = None) -> Choice:
    """One of ``values``, with probabilities proportional to ``weights`` (default: equal).

    >>> choice([0.8, 1.25]).bounds()
    (0.8, 1.25)
    """
    known = None if weights is None else _numbers("weights", weights)
    return Choice(_numbers("choice", values), known)


def normal(mean: float, std: float) -> Normal:
    """Normal with the given mean and standard deviation.

    >>> normal(1.0, 0.1).to_spec()
    {'normal': [1.0, 0.1]}
    """
    return Normal(mean, std)


def log_uniform(low: float, high: float) -> LogUniform:
    """Uniform in the logarithm: as likely in [low, m] as in [m, high] where m² = low · high.

    >>> log_uniform(0.5, 2.0).bounds()
    (0.5, 2.0)
    """
    return LogUniform(low, high)


def beta(a: float, b: float) -> Beta:
    """The beta distribution on [0, 1]: uniform for (1, 1), towards the ends for smaller a and b.

    >>> beta(0.4, 0.4).bounds()
    (0.0, 1.0)
    """
    return Beta(a, b)


def uniform(low: float, high: float) -> tuple[float, float]:
    """Uniform between two numbers: the same as the pair ``(low, high)``.

    >>> uniform(-20, 20)
    (-20, 20)
    """
    return (low, high)


_MAKERS: dict[str, Any] = {
    "choice": choice,
    "normal": normal,
    "log_uniform": log_uniform,
    "beta": beta,
}


def from_spec(
    name: str, value: Any, axes: tuple[str, ...] = (), neutral: float | None = None
) -> Any:
    """The canonical form of a parameter given in Python or read from a spec.

    Lists of two become pairs, ``{"choice": ...}`` becomes a `Choice`, a mapping over ``axes`` keeps
    its axes, and an axis it leaves out is ``neutral``. Anything else is a ``TypeError`` that names
    the parameter.
    """
    if isinstance(value, Distribution):
        return value
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        value = value.tolist()
    if value is None or isinstance(value, bool | str):
        raise TypeError(
            f"{name} must be a number, a pair (low, high) or a distribution, got {value!r}"
        )
    if isinstance(value, Mapping):
        keys = set(value)
        if axes and keys and keys <= set(axes):
            if neutral is None and keys != set(axes):
                raise ValueError(
                    f"{name} needs a value for each of {', '.join(axes)}, got {dict(value)}"
                )
            return {axis: from_spec(f"{name}.{axis}", value.get(axis, neutral)) for axis in axes}
        makers = keys & set(_MAKERS)
        if len(makers) == 1 and keys - makers <= {"weights"}:
            maker = makers.pop()
            arguments = value[maker]
            try:
                if maker == "choice":
                    return choice(arguments, value.get("weights"))
                if "weights" not in keys and len(arguments) == 2:
                    return _MAKERS[maker](*arguments)
            except TypeError as error:
                raise TypeError(f"{name}: {error}") from None
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        known = " or a mapping over " + ", ".join(axes) if axes else ""
        raise ValueError(
            f"{name} got {dict(value)}; a distribution is choice: [...], normal: [mean, std], "
            f"log_uniform: [low, high] or beta: [a, b]{known}"
        )
    if isinstance(value, tuple | list):
        if len(value) != 2 or not all(_is_number(item) for item in value):
            raise ValueError(f"{name} must be a pair of numbers (low, high), got {value!r}")
        low, high = (_plain(item) for item in value)
        if low > high:
            raise ValueError(f"{name} has low > high: {value!r}; write ({high}, {low})")
        return (low, high)
    if _is_number(value):
        return _plain(value)
    raise TypeError(f"{name} must be a number, a pair (low, high) or a distribution, got {value!r}")


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    """Finite Python numbers, whatever kind of sequence and of numbers came in."""
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} must be a list of numbers, got {values!r}")
    for value in values:
        if not _is_number(value):
            raise TypeError(f"{name} must be a list of numbers, got {value!r} in it")
        if not math.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value!r}")
    return tuple(_plain(value) for value in values)


def _settle(distribution: Distribution, *names: str) -> None:
    """The fields ``names`` as Python numbers."""
    for name in names:
        value = getattr(distribution, name)
        if not _is_number(value):
            kind = type(distribution).__name__
            raise TypeError(f"{kind}.{name} must be a number, got {value!r}")
        object.__setattr__(distribution, name, _plain(value))


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and (
        hasattr(value, "__index__") or hasattr(value, "__float__")
    )


def _plain(value: Any) -> float:
    """NumPy scalars become Python numbers, so that specs and recipes stay JSON."""
    return value.__index__() if hasattr(value, "__index__") else float(value)


def bounds(value: Any) -> tuple[float, float]:
    """The smallest and the largest value that a canonical parameter can take."""
    if isinstance(value, Distribution):
        return value.bounds()
    if isinstance(value, tuple):
        return value
    if isinstance(value, dict):
        pairs = [bounds(part) for part in value.values()]
        return min(low for low, _ in pairs), max(high for _, high in pairs)
    return value, value


def to_spec(value: Any) -> Any:
    """The JSON form of a canonical parameter."""
    if isinstance(value, Distribution):
        return value.to_spec()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dict):
        return {axis: to_spec(part) for axis, part in value.items()}
    return value


def resolve(stream: Stream, name: str, value: Any, *, integer: bool = False) -> Any:
    """One draw of a canonical parameter: a number, or one per axis (substreams ``name.axis``)."""
    kind = type(value)
    if kind is float or kind is int:
        return value
    if kind is tuple:
        low, high = value
        return stream.integer(name, low, high) if integer else stream.uniform(name, low, high)
    if kind is dict:
        return {
            axis: resolve(stream, f"{name}.{axis}", part, integer=integer)
            for axis, part in value.items()
        }
    drawn = value.draw(stream, name)
    return round(drawn) if integer else drawn
