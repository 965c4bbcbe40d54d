"""From the plain data of a spec to a pipeline, with every mistake on the way."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from augkit.core import registry
from augkit.core.combinators import Combinator
from augkit.core.compose import Compose
from augkit.core.fields import Parameter, options_of, parameters_of
from augkit.core.registry import did_you_mean
from augkit.core.schema import properties_of, random_schema, required_by, top_level
from augkit.core.schema_check import fits, shown, words
from augkit.core.spec_text import Document

if TYPE_CHECKING:
    from augkit.core.spec_text import Path as Way
    from augkit.core.transform import Node

__all__ = ["Builder", "Problem"]

_EXAMPLES = {
    "augkit": "augkit: 1",
    "modality": "modality: image",
    "pipeline": "pipeline: and a list of steps",
}
_OWN_KEYS = ("augkit", "modality", "seed", "targets", "fuse", "pipeline")


class Problem(NamedTuple):
    """One mistake in a spec.

    Attributes:
        message: what is wrong, and what is allowed.
        where: the step and parameter, as ``OneOf/Rotate.degrees``; empty for the whole spec.
        file: the name of the file, or empty.
        line, column: counted from 1; 0 where there is no text to point into.
    """

    message: str
    where: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        said = f"{self.where}: {self.message}" if self.where else self.message
        return f"{place}  {said}" if place else said


class Builder:
    """Makes what can be made and collects what is wrong."""

    def __init__(self, document: Document, name: str) -> None:
        self.document = document
        self.name = name
        self.problems: list[Problem] = []
        self.modality = ""
        self.ids: set[str] = set()

    def report(self, way: Way, where: str, message: str, *, key: bool = False) -> None:
        """Note a problem at the value (or the key) that ``way`` leads to, or the nearest above."""
        place = self.document.keys.get(way) if key else None
        while place is None:
            place = self.document.values.get(way)
            if not way:
                break
            way = way[:-1]
        self.problems.append(Problem(message, where, self.name, *(place or (0, 0))))

    def pipeline(self, spec: Any) -> Compose | None:
        """The whole; None if anything is wrong."""
        if not isinstance(spec, Mapping):
            self.report((), "", "a spec is a mapping with augkit, modality and pipeline")
            return None
        for name in ("augkit", "modality", "pipeline"):
            if name not in spec:
                self.report((), name, f"is missing; write {_EXAMPLES[name]}")
        if "modality" not in spec:
            return None
        try:
            expected = top_level(str(spec["modality"]))
        except ValueError as error:
            self.report(("modality",), "modality", _without("modality", str(error)))
            return None
        self.modality = str(spec["modality"])
        for name in spec:
            if name not in expected and name != "pipeline":
                hint = did_you_mean(name, [*expected, "pipeline"])
                self.report((name,), "", f"unknown key {name!r}{hint}", key=True)
        plain = {name: spec[name] for name in spec if name in expected}
        for name, value in plain.items():
            if not fits(value, expected[name]):
                self.wrong((name,), name, value, expected[name])
        settings = {name: value for name, value in plain.items() if name not in _OWN_KEYS}
        self.settings(settings)
        nodes = self.steps(spec.get("pipeline", []), ("pipeline",), "pipeline", "")
        if self.problems:
            self.problems.sort(key=lambda problem: (problem.line, problem.column))
            return None
        own = {name: plain[name] for name in ("seed", "targets", "fuse") if name in plain}
        try:
            made = Compose(nodes, **own, **settings)
            if not nodes:  # nothing else says what it works on
                made.modality_name = self.modality
            return made
        except (ValueError, TypeError) as error:
            self.report(("pipeline",), "pipeline", str(error))
            return None

    def settings(self, given: Mapping[str, Any]) -> None:
        """Check each setting of the modality by itself."""
        modality = registry.modality(self.modality)
        for name, value in given.items():
            if any(problem.where == name for problem in self.problems):
                continue
            try:
                modality.settings({name: value})
            except (ValueError, TypeError) as error:
                self.report((name,), name, _without(name, str(error)))

    def steps(self, given: Any, way: Way, where: str, prefix: str) -> list[Node]:
        """The nodes of a list of steps: those that can be made."""
        if not isinstance(given, list | tuple):
            hint = "; begin each step with '- '" if isinstance(given, str | Mapping) else ""
            self.report(way, where, f"must be a list of steps, got {_short(given)}{hint}")
            return []
        made = []
        seen: dict[str, int] = {}
        for position, step in enumerate(given):
            node = self.step(step, (*way, position), prefix, seen)
            if node is not None:
                made.append(node)
        return made

    def step(self, step: Any, way: Way, prefix: str, seen: dict[str, int]) -> Node | None:
        """One step: which class it names, and how it is called in messages."""
        if isinstance(step, str):
            name, inner = step, None
        elif isinstance(step, Mapping) and len(step) == 1:
            name, inner = next(iter(step.items()))
            way = (*way, name)
        else:
            self.report(way, prefix.rstrip("/") or "pipeline", _not_a_step(step))
            return None
        where = f"{prefix}{name}"
        try:
            cls = registry.find(name, self.modality)
        except ValueError as error:
            self.report(way, where, str(error), key=True)
            return None
        if cls.modality not in ("", self.modality):
            message = f"works on {cls.modality}, this pipeline on {self.modality}"
            self.report(way, where, message, key=True)
            return None
        seen[cls.__name__] = seen.get(cls.__name__, 0) + 1
        occurrence = "" if seen[cls.__name__] == 1 else f"#{seen[cls.__name__]}"
        return self.node(cls, inner, way, f"{prefix}{cls.__name__}{occurrence}")

    def node(self, cls: type[Node], inner: Any, way: Way, where: str) -> Node | None:
        """One transform or combinator with its parameters; None if anything is wrong with it."""
        before = len(self.problems)
        steps_way: Way = (*way, "transforms")
        combines = issubclass(cls, Combinator)
        if combines and isinstance(inner, list | tuple):
            inner, steps_way = {"transforms": inner}, way
        if not isinstance(inner, Mapping | None):
            example = f"a list of steps, or {{{next(iter(properties_of(cls)))}: ...}}"
            expected = example if combines else example.removeprefix("a list of steps, or ")
            self.report(way, where, f"takes {expected}, got {_short(inner)}")
            return None
        given: dict[str, Any] = dict(inner or {})
        name = given.get("id")
        if isinstance(name, str) and name:
            where = name
            if name in self.ids:
                message = "is used twice; an id names one transform of a pipeline"
                self.report((*way, "id"), f"{where}.id", message)
            self.ids.add(name)
        if combines and "transforms" in given:
            steps = self.steps(given["transforms"], steps_way, where, f"{where}/")
            given["transforms"] = steps
        self.parameters(cls, given, way, where)
        if len(self.problems) == before:
            self.places(cls, given, way, where)
        if len(self.problems) > before:
            return None
        try:
            return cls(**given)
        except (ValueError, TypeError) as error:
            said = str(error)
        except Exception as error:  # a user's own transform may raise anything
            said = f"cannot be made: {type(error).__name__}: {error}"
        named = next((name for name in given if said.startswith(f"{cls.__name__}.{name}")), None)
        self.report(way if named is None else (*way, named), *_located(cls, where, said))
        return None

    def parameters(self, cls: type[Node], given: dict[str, Any], way: Way, where: str) -> None:
        """Check each parameter by itself."""
        expected = properties_of(cls)
        random = parameters_of(cls) if dataclasses.is_dataclass(cls) else {}
        for name in required_by(cls):
            if name not in given:
                self.report(way, where, f"needs {name}", key=True)
        for name, value in given.items():
            at = (*way, name)
            if name not in expected:
                hint = did_you_mean(name, expected) or f"; it takes {', '.join(expected)}"
                self.report(at, where, f"unknown parameter {name!r}{hint}", key=True)
                continue
            said = _refusal(random[name], cls, name, value) if name in random else None
            if said is not None:
                self.report(at, *_located(cls, where, said))
            elif name not in ("transforms", *random) and not fits(value, expected[name]):
                self.wrong(at, f"{where}.{name}", value, expected[name])

    def places(self, cls: type[Node], given: dict[str, Any], way: Way, where: str) -> None:
        """Files and folders (``format: path``) are named as seen from the file of the spec."""
        if not os.path.isfile(self.name) or not dataclasses.is_dataclass(cls):
            return
        for name, known in options_of(cls).items():
            value = given.get(name)
            if known.schema.get("format") != "path" or not isinstance(value, str):
                continue
            place = os.path.abspath(os.path.join(os.path.dirname(self.name), value))
            if not os.path.exists(place):
                message = f"there is no {value!r} beside the pipeline; looked for {place}"
                self.report((*way, name), f"{where}.{name}", message)
            given[name] = place

    def wrong(self, way: Way, where: str, value: Any, expected: Mapping[str, Any]) -> None:
        """A value that its schema does not allow."""
        near = ""
        if isinstance(value, str) and "enum" in expected:
            near = did_you_mean(value, [item for item in expected["enum"] if isinstance(item, str)])
        self.report(way, where, f"must be {words(expected)}, got {_short(value)}{near}")


def _not_a_step(step: Any) -> str:
    if isinstance(step, Mapping) and len(step) > 1:
        first, *rest = (repr(name) for name in step)
        return (
            f"a step has one name, but beside {first} stands {', '.join(rest)}; "
            "indent parameters below the name"
        )
    return f"a step is a name, or a name with its parameters, got {_short(step)}"


def _refusal(known: Parameter, cls: type[Node], name: str, value: Any) -> str | None:
    """What a random parameter says against a value; None where it takes it."""
    full = f"{cls.__name__}.{name}"
    try:
        known.canonical(full, value)
    except (ValueError, TypeError) as error:
        said = str(error)
        if said.startswith(full):
            return said
    else:
        if fits(value, random_schema(known)):
            return None
    return (
        f"{full} must be a number, a pair [low, high] or a distribution, {known.allowed()}, "
        f"got {_short(value)}"
    )


def _located(cls: type[Node], where: str, said: str) -> tuple[str, str]:
    """``Rotate.degrees must be ...`` as the place and the rest of the message."""
    name, _, rest = said.partition(" ")
    if name.startswith(cls.__name__ + "."):
        return where + name.removeprefix(cls.__name__).rstrip(":"), rest
    return where, _without(cls.__name__, said)


def _without(name: str, said: str) -> str:
    return said.removeprefix(f"{name} ")


def _short(value: Any) -> str:
    text = shown(value)
    return text if len(text) <= 60 else text[:57] + "..."
