"""Recipes: the flat list of what fired, as plain data.

A recipe is enough to make an output again: planner, replay, manifest and workers see only recipes.
Combinators have vanished from it; what stands there are resolved numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from augkit.core.errors import ReplayError
from augkit.core.random import Key, key_from_json, key_to_json
from augkit.core.registry import find, name_of
from augkit.core.transform import Step, Transform

__all__ = ["FORMAT", "Recipe", "steps_from_dicts", "steps_to_dicts"]

FORMAT = 1
"""The version of the recipe format, and of the spec format."""


@dataclass(frozen=True)
class Recipe:
    """How one output was (or will be) made.

    Attributes:
        modality: ``"image"``, ``"text"`` or ``"audio"``.
        seed, key, variant: what the draw came from.
        input: facts about the input (size, channels, dtype).
        steps: what fired, in order.
        fuse: whether neighbouring steps run as one pass.
    """

    modality: str
    seed: int
    key: Key
    variant: int
    input: Mapping[str, Any]
    steps: tuple[Step, ...]
    fuse: bool = True

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data; `from_dict` gives the recipe back."""
        return {
            "augkit": FORMAT,
            "modality": self.modality,
            "seed": self.seed,
            "key": key_to_json(self.key),
            "variant": self.variant.__index__(),
            "fuse": self.fuse,
            "input": dict(self.input),
            "steps": steps_to_dicts(self.steps),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """A recipe from what `to_dict` gave, perhaps by way of JSON.

        Raises:
            ReplayError: another format, an unknown transform, a missing part.
        """
        if not isinstance(data, Mapping):
            hint = ": read it with Recipe.from_json" if isinstance(data, str | bytes) else ""
            raise ReplayError(f"this is not a recipe but a {type(data).__name__}{hint}")
        if data.get("augkit") != FORMAT:
            raise ReplayError(
                f"this is not a recipe of format {FORMAT}: augkit is {data.get('augkit')!r}"
            )
        try:
            key = data["key"]
            return cls(
                modality=data["modality"],
                seed=data["seed"],
                key=key_from_json(key),
                variant=data["variant"],
                input=dict(data["input"]),
                steps=steps_from_dicts(data["steps"], data["modality"]),
                fuse=data.get("fuse", True),
            )
        except KeyError as error:
            raise ReplayError(f"the recipe has no {error.args[0]!r}") from None

    def to_json(self) -> str:
        """One line of JSON, keys in a fixed order."""
        return json.dumps(self.to_dict(), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """The recipe of `to_json`; `ReplayError` where it is none."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise ReplayError(f"this is not a recipe: it is no JSON ({error})") from None
        return cls.from_dict(data)

    def __str__(self) -> str:
        lines = [f"{self.modality}, seed {self.seed}, key {self.key!r}, variant {self.variant}"]
        for step in self.steps:
            params = ", ".join(f"{name}={_short(value)}" for name, value in step.params.items())
            lines.append(f"  {step.id}({params})")
        return "\n".join(lines)


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def steps_to_dicts(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as JSON-able data."""
    written = []
    for step in steps:
        entry: dict[str, Any] = {
            "op": name_of(type(step.transform)),
            "id": step.id,
            "params": step.params,
        }
        options = step.transform.options()
        if options:
            entry["options"] = options
        if step.measured is not None:
            entry["measured"] = step.measured
        written.append(entry)
    return written


def steps_from_dicts(entries: Sequence[Mapping[str, Any]], modality: str) -> tuple[Step, ...]:
    """Steps from what `steps_to_dicts` gave."""
    steps = []
    for entry in entries:
        try:
            transform = _transform(entry["op"], modality, json.dumps(entry.get("options", {})))
        except (ValueError, TypeError) as error:
            raise ReplayError(
                f"the recipe's step {entry.get('id')!r} cannot be made: {error}"
            ) from None
        steps.append(Step(transform, entry["id"], entry["params"], entry.get("measured")))
    return tuple(steps)


@lru_cache(maxsize=1024)
def _transform(op: str, modality: str, options: str) -> Transform:
    cls = find(op, modality)
    if not issubclass(cls, Transform):
        raise ValueError(f"{op} is a combinator; a recipe holds transforms only")
    return cls(**json.loads(options))
