"""The fields of a transform: `parameter` is drawn, `option` is plain.

The metadata of a field (range, unit, axes, neutral value, one line of documentation) is written
once, here, and serves validation, `augkit ops`, JSON Schema, the documentation and the tests.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from augkit.core import distributions

__all__ = ["Option", "Parameter", "option", "options_of", "parameter", "parameters_of"]


LARGEST = sys.float_info.max
"""The bound of what is not bounded: any finite number."""


@dataclass(frozen=True)
class Parameter:
    """What is known of a random parameter."""

    low: float
    high: float
    unit: str
    integer: bool
    axes: tuple[str, ...]
    neutral: float | None
    doc: str

    def canonical(self, name: str, value: Any) -> Any:
        """The canonical form of ``value``; an error that says what is allowed where it is wrong."""
        value = distributions.from_spec(name, value, self.axes, self.neutral)
        low, high = distributions.bounds(value)
        if not (self.low <= low and high <= self.high):  # NaN and infinity fail as well
            hint = "" if self.neutral is None else f"; {self.neutral:g} changes nothing"
            given = distributions.to_spec(value)
            raise ValueError(f"{name} must be {self.allowed()}, got {given}{hint}")
        if self.integer and not _whole(value):
            raise ValueError(f"{name} must be whole, got {distributions.to_spec(value)}")
        return value

    def allowed(self) -> str:
        """The range in words."""
        unit = f" {self.unit}" if self.unit else ""
        if self.low == -LARGEST and self.high == LARGEST:
            return f"finite{unit}"
        if self.high == LARGEST:
            return f"at least {self.low:g}{unit}"
        if self.low == -LARGEST:
            return f"at most {self.high:g}{unit}"
        return f"within [{self.low:g}, {self.high:g}]{unit}"


def _whole(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_whole(part) for part in value.values())
    if isinstance(value, distributions.Choice):
        return all(isinstance(item, int) for item in value.values)
    if isinstance(value, tuple):
        return all(isinstance(item, int) for item in value)
    return isinstance(value, int)


@dataclass(frozen=True)
class Option:
    """What is known of a plain field: never random, part of the recipe as it stands."""

    choices: tuple[Any, ...] | None
    schema: dict[str, Any]
    doc: str


def parameter(
    default: Any = dataclasses.MISSING,
    *,
    low: float = -LARGEST,
    high: float = LARGEST,
    unit: str = "",
    integer: bool = False,
    axes: Sequence[str] = (),
    neutral: float | None = None,
    doc: str = "",
) -> Any:
    """A dataclass field that is drawn: a number, a pair or a distribution within [low, high]."""
    known = Parameter(low, high, unit, integer, tuple(axes), neutral, doc)
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata={"augkit": known})
    return dataclasses.field(default=default, metadata={"augkit": known})


def option(
    default: Any = dataclasses.MISSING,
    *,
    choices: Sequence[Any] | None = None,
    schema: dict[str, Any] | None = None,
    kw_only: bool = False,
    doc: str = "",
) -> Any:
    """A dataclass field that is plain; ``schema`` is its JSON Schema where choices do not say."""
    known = Option(None if choices is None else tuple(choices), schema or {}, doc)
    return dataclasses.field(default=default, kw_only=kw_only, metadata={"augkit": known})


def _fields_of(cls: type, kind: type) -> dict[str, Any]:
    return {
        field.name: field.metadata["augkit"]
        for field in dataclasses.fields(cls)
        if isinstance(field.metadata.get("augkit"), kind)
    }


def parameters_of(cls: type) -> dict[str, Parameter]:
    """The random parameters of a transform class, by name, in order (kept on the class)."""
    known: dict[str, Parameter] | None = cls.__dict__.get("_augkit_parameters")
    if known is None:
        known = _fields_of(cls, Parameter)
        cls._augkit_parameters = known  # type: ignore[attr-defined]
    return known


def options_of(cls: type) -> dict[str, Option]:
    """The plain options of a transform class, by name, in order (kept on the class)."""
    known: dict[str, Option] | None = cls.__dict__.get("_augkit_options")
    if known is None:
        known = _fields_of(cls, Option)
        cls._augkit_options = known  # type: ignore[attr-defined]
    return known


def settle(instance: Any) -> None:
    """Bring every declared field of a new instance into canonical form, or raise."""
    cls = type(instance)
    rules = cls.__dict__.get("_augkit_rules")
    if rules is None:
        rules = cls._augkit_rules = _rules_of(cls)
    parameters, options = rules
    write = object.__setattr__
    for name, known, default, canonical in parameters:
        given = getattr(instance, name)
        if given is default:  # most are
            if canonical is not default:
                write(instance, name, canonical)
            continue
        kind = type(given)
        if (kind is float or kind is int) and known.low <= given <= known.high:
            if known.integer and kind is not int:
                known.canonical(f"{cls.__name__}.{name}", given)
            continue
        if kind is tuple and len(given) == 2 and not known.integer:
            low, high = given
            if (
                type(low) in _PLAIN
                and type(high) in _PLAIN
                and known.low <= low <= high <= known.high
            ):
                continue
        if kind is dict and given == canonical:  # a default that is made anew for each
            write(instance, name, canonical.copy())
            continue
        write(instance, name, known.canonical(f"{cls.__name__}.{name}", given))
    for name, plain, default in options:
        given = getattr(instance, name)
        if given is default:
            continue
        if plain.choices is not None and given not in plain.choices:
            raise _not_among(cls, name, given, plain.choices)
        if isinstance(given, list):
            write(instance, name, _frozen(given))


def _rules_of(cls: type) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Per parameter its name, what is known of it, its default, and that in canonical form; per
    option its name, what is known of it and its default. Defaults are checked here, once."""
    parameters: list[tuple[Any, ...]] = []
    options: list[tuple[Any, ...]] = []
    for field in dataclasses.fields(cls):
        known, default = field.metadata.get("augkit"), field.default
        if isinstance(known, Parameter):
            made = default
            if field.default_factory is not dataclasses.MISSING:
                made = field.default_factory()
            if made is not dataclasses.MISSING:
                made = known.canonical(f"{cls.__name__}.{field.name}", made)
            parameters.append((field.name, known, default, made))
        elif isinstance(known, Option):
            if isinstance(default, list):
                default = dataclasses.MISSING  # has to be frozen each time
            elif (
                default is not dataclasses.MISSING
                and known.choices is not None
                and default not in known.choices
            ):
                raise _not_among(cls, field.name, default, known.choices)
            options.append((field.name, known, default))
    return parameters, options


def _not_among(cls: type, name: str, given: Any, choices: tuple[Any, ...]) -> ValueError:
    allowed = ", ".join(repr(item) for item in choices)
    return ValueError(f"{cls.__name__}.{name} must be one of {allowed}, got {given!r}")


_PLAIN = (int, float)


def _frozen(value: Any) -> Any:
    """Lists as tuples, all the way down: the fields of a transform do not change."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
