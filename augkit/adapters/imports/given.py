"""The parameters of one transform of another library, read with care: none is passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from augkit.core.transform import Node

__all__ = ["Given", "Mapper", "NoCounterpartError", "Value"]

Value: TypeAlias = "float | tuple[float, float]"
"""A number, or a range with both ends."""


class NoCounterpartError(Exception):
    """A transform, or a way of using it, that this library does not have; with the reason."""


class Given:
    """What a transform was given; what is different is noted on the way.

    Args:
        name: of the transform.
        parameters: by name.
    """

    def __init__(self, name: str, parameters: Mapping[str, Any]) -> None:
        self.name = name
        self.notes: list[str] = []
        self._parameters = dict(parameters)

    def take(self, name: str, default: Any = None) -> Any:
        """A parameter, once."""
        return self._parameters.pop(name, default)

    def span(self, name: str, default: Any = 0.0) -> Value:
        """A parameter that is a number or a pair of them; a pair of equal ones is a number."""
        return span(self.take(name, default))

    def rest(self) -> dict[str, Any]:
        """What nobody has taken."""
        return self._parameters

    def note(self, text: str) -> None:
        """Say what is different, once."""
        if text not in self.notes:
            self.notes.append(text)

    def refuse(self, reason: str) -> NoReturn:
        """Say that there is no counterpart."""
        raise NoCounterpartError(reason)

    def only(self, name: str, *allowed: Any, because: str = "") -> None:
        """Refuse any value but these; a parameter that is not there is fine."""
        value = self.take(name, allowed[0])
        if value not in allowed:
            self.refuse(f"{name}={value!r}" + (f" ({because})" if because else ""))

    def finished(self) -> None:
        """Refuse parameters that nobody knows: of another version, perhaps."""
        if self._parameters:
            names = ", ".join(map(repr, self._parameters))
            self.refuse(f"it has parameters that are not known here ({names}): of another version?")


Mapper: TypeAlias = Callable[[Given], Sequence[Node]]
"""From what a transform was given to what does the same: no transform, one, or several."""


def span(value: Any) -> Value:
    """A number or a pair, as a parameter takes it.

    >>> span([0.5, 0.5]), span([-1, 1]), span(3)
    (0.5, (-1, 1), 3)
    """
    if isinstance(value, list | tuple):
        low, high = value
        return low if low == high else (low, high)
    number: float = value
    return number


def mapped(value: Value, change: Callable[[float], float]) -> Value:
    """A number or both ends of a range, changed alike; ends stay in order.

    >>> mapped((80, 120), lambda percent: percent / 100)
    (0.8, 1.2)
    """
    if isinstance(value, tuple):
        low, high = sorted(map(change, value))
        return (low, high)
    return change(value)


def low(value: Value) -> float:
    """The smallest value that can come out."""
    return min(value) if isinstance(value, tuple) else value


def high(value: Value) -> float:
    """The largest."""
    return max(value) if isinstance(value, tuple) else value
