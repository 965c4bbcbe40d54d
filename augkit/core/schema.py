"""JSON Schema of specs, made from what the fields of the transforms say about themselves.

`schema` is for editors and other programs. `build` checks single values against the same schemas,
so that the two cannot drift apart; what a schema cannot say (low <= high, one weight per value,
an id used once) is checked by `build` alone.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from augkit.core import registry
from augkit.core.combinators import Combinator
from augkit.core.fields import LARGEST, Option, Parameter, parameters_of
from augkit.core.recipe import FORMAT
from augkit.core.transform import Node, _json, defaults_of

__all__ = ["first_line", "properties_of", "random_schema", "required_by", "schema", "top_level"]

Schema = dict[str, Any]

P: Schema = {
    "type": "number",
    "minimum": 0,
    "maximum": 1,
    "default": 1.0,
    "description": "probability that it is applied",
}
ID: Schema = {
    "type": "string",
    "minLength": 1,
    "description": "a name of your choice, which keeps what is drawn when other steps change",
}
_STEPS: Schema = {"type": "array", "items": {"$ref": "#/$defs/step"}}
_SOME_STEPS: Schema = {**_STEPS, "minItems": 1}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_COMBINATORS: dict[str, Schema] = {
    "Compose": {"transforms": _STEPS},
    "OneOf": {
        "transforms": _SOME_STEPS,
        "weights": {
            "type": "array",
            "items": {"type": "number", "minimum": 0},
            "description": "one per transform (default: equal)",
        },
    },
    "SomeOf": {
        "transforms": _STEPS,
        "n": {
            "anyOf": [_COUNT, {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}],
            "default": 1,
            "description": "how many; a pair includes both ends",
        },
        "replace": {
            "type": "boolean",
            "default": False,
            "description": "whether the same one may be chosen again",
        },
    },
    "RandomOrder": {"transforms": _STEPS},
}
_CUSTOM = r"^[\w.]+:[\w.]+$"


def schema(modality: str = "image") -> Schema:
    """The JSON Schema (2020-12) of the specs of a modality.

    Args:
        modality: ``"image"``, ``"text"`` or ``"audio"``.

    >>> schema("image")["$defs"]["Rotate"]["anyOf"][1]["properties"]["degrees"]["default"]
    [-30.0, 30.0]
    """
    names = registry.names(modality)
    classes = {name: registry.find(name, modality) for name in (*registry.COMBINATORS, *names)}
    bare = [name for name in names if not required_by(classes[name])]
    definitions: Schema = {
        "step": {
            "description": "the name of a transform, or its name with its parameters",
            "anyOf": [
                {"type": "string", "enum": bare},
                {"type": "string", "pattern": _CUSTOM},
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "properties": {name: {"$ref": f"#/$defs/{name}"} for name in classes},
                    "patternProperties": {_CUSTOM: {"type": ["object", "null"]}},
                    "additionalProperties": False,
                },
            ],
        }
    }
    definitions.update({name: _node(cls) for name, cls in classes.items()})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"augkit pipeline ({modality})",
        "type": "object",
        "properties": {**top_level(modality), "pipeline": _STEPS},
        "required": ["augkit", "modality", "pipeline"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def top_level(modality: str) -> dict[str, Schema]:
    """The schemas of what stands beside ``pipeline``."""
    return {
        "augkit": {"const": FORMAT, "description": "the version of the format"},
        "modality": {"const": modality},
        "seed": {
            "type": "integer",
            "minimum": 0,
            "description": "what all draws come from (default: a fresh one, which is reported)",
        },
        "targets": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "extra names and what they are, as {depth: image, left_mask: mask}",
        },
        "fuse": {
            "type": "boolean",
            "default": True,
            "description": "run neighbouring steps of one kind as one pass (false: for debugging)",
        },
        **settings_of(modality),
    }


def settings_of(modality: str) -> dict[str, Schema]:
    """The schemas of a modality's own settings, such as ``box_format``."""
    settings = registry.modality(modality).settings({})
    return {item.name: _field(item, item.default) for item in dataclasses.fields(settings)}


# -- transforms --------------------------------------------------------------------------------


def properties_of(cls: type[Node]) -> dict[str, Schema]:
    """The schema of each parameter: what is drawn, what is plain, then ``p`` and ``id``."""
    if issubclass(cls, Combinator):
        return {**_COMBINATORS[cls.__name__], "p": P, "id": ID}
    defaults = defaults_of(cls)
    random = parameters_of(cls)

    def rank(item: dataclasses.Field[Any]) -> int:
        return 2 if item.name in ("p", "id") else item.name not in random

    return {
        item.name: _field(item, defaults.get(item.name, dataclasses.MISSING))
        for item in sorted(dataclasses.fields(cls), key=rank)
        if item.init
    }


def required_by(cls: type[Node]) -> list[str]:
    """The parameters that have no default."""
    if issubclass(cls, Combinator):
        return ["transforms"]
    return [item.name for item in dataclasses.fields(cls) if item.name not in defaults_of(cls)]


def _node(cls: type[Node]) -> Schema:
    required = required_by(cls)
    mapping: Schema = {
        "type": "object",
        "properties": properties_of(cls),
        "additionalProperties": False,
    }
    if required:
        mapping["required"] = required
    shorthand = mapping["properties"].get("transforms", {"type": "null"})
    forms = [mapping] if required and "transforms" not in required else [shorthand, mapping]
    return {"description": first_line(cls), "anyOf": forms}


def first_line(cls: type) -> str:
    """The sentence that a docstring begins with, on one line."""
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


def _field(item: dataclasses.Field[Any], default: Any) -> Schema:
    """The schema of one field: what its metadata says, or else its annotation."""
    if item.name == "p":
        return P
    if item.name == "id":
        return ID
    known = item.metadata.get("augkit")
    if isinstance(known, Parameter):
        found = random_schema(known)
        said = known.doc + (f" ({known.unit})" if known.unit else "")
    elif isinstance(known, Option):
        found = {"enum": list(known.choices)} if known.choices is not None else dict(known.schema)
        said = known.doc
    else:
        found, said = dict(_ANNOTATED.get(str(item.type), {})), ""
    if said:
        found["description"] = said
    if default is not dataclasses.MISSING and default is not None:
        found["default"] = _json(default)
    return found


_ANNOTATED: dict[str, Schema] = {
    "str": {"type": "string"},
    "str | None": {"type": ["string", "null"]},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
}


def random_schema(known: Parameter) -> Schema:
    """What a random parameter takes: a number, a pair, a distribution, or one of these per axis."""
    forms = _forms(known)
    if known.axes:
        one = {"anyOf": forms}
        axes = _object(dict.fromkeys(known.axes, one))
        if known.neutral is not None:  # what an axis left out is
            axes = {**axes, "required": [], "minProperties": 1}
        forms = [*forms, axes]
    return {"anyOf": forms}


def _forms(known: Parameter) -> list[Schema]:
    number: Schema = {"type": "integer" if known.integer else "number"}
    if known.low != -LARGEST:
        number["minimum"] = known.low
    if known.high != LARGEST:
        number["maximum"] = known.high
    weights = {"type": "array", "items": {"type": "number", "minimum": 0}}
    values = {"type": "array", "items": number, "minItems": 1}
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    forms: list[Schema] = [
        number,
        {**pair, "description": "uniform between low and high"},
        {**_object({"choice": values, "weights": weights}), "required": ["choice"]},
    ]
    if known.integer:
        return forms
    normal = {"type": "array", "prefixItems": [number, {"type": "number", "minimum": 0}]}
    positive = {**number, "exclusiveMinimum": 0}
    forms.append(_object({"normal": {**normal, "minItems": 2, "maxItems": 2}}))
    forms.append(_object({"log_uniform": {**pair, "items": positive}}))
    if known.low <= 0 and known.high >= 1:  # where all that a beta distribution gives is allowed
        above_zero = {"type": "number", "exclusiveMinimum": 0}
        forms.append(_object({"beta": {**pair, "items": above_zero}}))
    return forms


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
