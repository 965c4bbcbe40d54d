"""One value against a JSON Schema: whether it fits, and in words what would.

It knows the keywords that the fields of transforms use; that is all a spec needs, without another
dependency.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["fits", "shown", "words"]


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether ``value`` is what a schema asks for; it knows the keywords that fields use.

    >>> fits([1, 2], {"type": "array", "items": {"type": "integer"}})
    True
    >>> fits(True, {"type": "number"})
    False
    """
    if "anyOf" in schema and not any(fits(value, form) for form in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, form) for form in schema["oneOf"]) != 1:
        return False
    if "enum" in schema and not any(_same(value, item) for item in schema["enum"]):
        return False
    if "const" in schema and not _same(value, schema["const"]):
        return False
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        return False
    if _TYPES["number"](value):
        return _in_range(value, schema)
    if isinstance(value, str):
        return len(value) >= int(schema.get("minLength", 0))
    if isinstance(value, Mapping):
        return _mapping_fits(value, schema)
    if isinstance(value, list | tuple):
        return _list_fits(value, schema)
    return True


_TYPES: dict[str, Any] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    ),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, Mapping),
}


def _same(value: Any, other: Any) -> bool:
    """Equality in which True is not 1."""
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _in_range(value: float, schema: Mapping[str, Any]) -> bool:
    return bool(
        value >= schema.get("minimum", -math.inf)
        and value <= schema.get("maximum", math.inf)
        and value > schema.get("exclusiveMinimum", -math.inf)
        and value < schema.get("exclusiveMaximum", math.inf)
    )


def _list_fits(value: Sequence[Any], schema: Mapping[str, Any]) -> bool:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf):
        return False
    first = schema.get("prefixItems", ())
    rest = schema.get("items", {})
    pairs = zip(value, [*first, *([rest] * len(value))], strict=False)
    return all(fits(item, expected) for item, expected in pairs)


def _mapping_fits(value: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    if len(value) < schema.get("minProperties", 0):
        return False
    if not all(name in value for name in schema.get("required", ())):
        return False
    for name, item in value.items():
        expected = known.get(name, others)
        if expected is False or (isinstance(expected, Mapping) and not fits(item, expected)):
            return False
    return True


def words(schema: Mapping[str, Any]) -> str:
    """What a schema asks for, in words.

    >>> words({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]})
    'a whole number of at least 1 or null'
    """
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(map(words, schema[key])))
    if "enum" in schema:
        return "one of " + ", ".join(map(shown, schema["enum"]))
    if "const" in schema:
        return shown(schema["const"])
    kinds = schema.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_type_words(kind, schema) for kind in kinds)


def shown(value: Any) -> str:
    """A value as it is written in a spec."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


def _type_words(kind: str, schema: Mapping[str, Any]) -> str:
    if kind in ("number", "integer"):
        name = "a whole number" if kind == "integer" else "a number"
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is not None and high is not None:
            return f"{name} within [{low:g}, {high:g}]"
        above = schema.get("exclusiveMinimum")
        if above is not None:
            return f"{name} above {above:g}"
        return name + (f" of at least {low:g}" if low is not None else "") + (
            f" of at most {high:g}" if high is not None else ""
        )  # fmt: skip
    if kind == "array":
        length = schema.get("minItems")
        some = f"a list of {length}" if length and length == schema.get("maxItems") else "a list"
        return f"{some}, each {words(schema['items'])}" if schema.get("items") else some
    if kind == "object":
        names = ", ".join(schema.get("properties", ()))
        each = schema.get("additionalProperties")
        if isinstance(each, Mapping):
            return f"a mapping, each value {words(each)}"
        return f"a mapping with {names}" if names else "a mapping"
    if kind == "string" and schema.get("minLength"):
        return "a text of at least 1 character"
    return {"null": "null", "boolean": "true or false", "string": "a text"}.get(kind, kind)
