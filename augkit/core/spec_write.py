"""The text of a spec, written as YAML, TOML or JSON; `augkit.core.spec_text` reads it back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = ["write"]


def write(spec: Mapping[str, Any], format: str, *, comments: Iterable[Sequence[str]] = ()) -> str:
    """The text of a spec: the same spec always gives the same text.

    ``comments`` are lines that stand above each step, in the order of the steps; of YAML alone.

    >>> print(write({"pipeline": [{"Rotate": {"degrees": [-20, 20]}}]}, "yaml"), end="")
    pipeline:
      - Rotate: {degrees: [-20, 20]}
    """
    if format == "json":
        return json.dumps(spec, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    lines = _yaml_lines(spec, "", iter(comments)) if format == "yaml" else _toml_lines(spec)
    return "\n".join(lines) + "\n"


# What YAML 1.1 or 1.2 would not read as a string.
_NOT_PLAIN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_NODE_NAME = re.compile(r"[A-Z]|\w[\w.]*:")  # a class, or module:Class
_PLAIN = re.compile(r"[A-Za-z_][\w./#-]*(:[A-Za-z_][\w./#-]*)?", re.ASCII)


def _quoted(text: str) -> str:
    """A string in double quotes, as both YAML and TOML read it."""

    def escaped(character: str) -> str:
        if character in '"\\':
            return "\\" + character
        if character.isprintable():
            return character
        code = ord(character)
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return '"' + "".join(map(escaped, text)) + '"'


def _yaml_string(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _NOT_PLAIN else _quoted(text)


def _number(value: float, infinity: str, nan: str) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return nan
        if math.isinf(value):
            return ("-" if value < 0 else "") + infinity
        # With a point, so that YAML 1.1 readers see a number in 1e-07 as well.
        mantissa, exponent, power = repr(value).partition("e")
        return (mantissa if "." in mantissa else mantissa + ".0") + exponent + power
    return str(value)


def _yaml_flow(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _yaml_string(value)
    if isinstance(value, Mapping):
        items = (f"{_yaml_string(key)}: {_yaml_flow(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml_flow, value)) + "]"
    return _number(value, ".inf", ".nan")


def _is_steps(value: Any) -> bool:
    """Whether a list holds steps, which stand one per line."""
    return isinstance(value, list) and bool(value) and all(map(_is_step, value))


def _is_step(value: Any) -> bool:
    if isinstance(value, Mapping):
        return len(value) == 1 and _NODE_NAME.match(next(iter(value))) is not None
    return isinstance(value, str)


Comments: TypeAlias = Iterator[Sequence[str]]


def _yaml_lines(mapping: Mapping[str, Any], indent: str, comments: Comments) -> Iterator[str]:
    for key, value in mapping.items():
        name = _yaml_string(key)
        if not _is_steps(value):
            yield f"{indent}{name}: {_yaml_flow(value)}"
            continue
        yield f"{indent}{name}:"
        for step in value:
            yield from _yaml_step(step, f"{indent}  ", comments)


def _yaml_step(step: Any, indent: str, comments: Comments) -> Iterator[str]:
    yield from (f"{indent}# {line}" for line in next(comments, ()))
    if isinstance(step, str):
        yield f"{indent}- {_yaml_string(step)}"
        return
    name, inner = next(iter(step.items()))
    shown = _yaml_string(name)
    if not inner:
        yield f"{indent}- {shown}" + (": []" if isinstance(inner, list) else "")
    elif _is_steps(inner):
        yield f"{indent}- {shown}:"
        for child in inner:
            yield from _yaml_step(child, f"{indent}    ", comments)
    elif isinstance(inner, Mapping) and any(_is_steps(value) for value in inner.values()):
        yield f"{indent}- {shown}:"
        yield from _yaml_lines(inner, f"{indent}    ", comments)
    else:
        yield f"{indent}- {shown}: {_yaml_flow(inner)}"


_TOML_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def _toml_lines(spec: Mapping[str, Any]) -> Iterator[str]:
    for key, value in spec.items():
        if _is_steps(value):
            yield f"{_toml_key(key)} = ["
            for step in value:
                yield f"  {_toml_value(step)},"
            yield "]"
        else:
            yield f"{_toml_key(key)} = {_toml_value(value)}"


def _toml_key(key: str) -> str:
    return key if _TOML_BARE.fullmatch(key) else _quoted(key)


def _toml_value(value: Any) -> str:
    if value is None:
        raise ValueError("TOML has no null; save the spec as .yaml or .json")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        items = (f"{_toml_key(key)} = {_toml_value(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return _number(value, "inf", "nan")
