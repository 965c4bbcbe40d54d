"""`augkit ops`: the transforms there are, and what they take."""

from __future__ import annotations

import json
from typing import Any

import click

from augkit.cli import common


@common.command("ops")
@click.argument("name", required=False)
@click.option("--modality", default="image", show_default=True, help="image, text or audio.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: one object per line.")
def command(name: str | None, modality: str, as_json: bool) -> None:
    """List the transforms, or tell what one of them takes.

    NAME is a transform or combinator as it stands in a pipeline, or module:Class for one of your
    own.
    """
    from augkit.core import registry
    from augkit.core.schema import first_line

    try:
        names = [*registry.names(modality), *registry.COMBINATORS] if name is None else [name]
        found = [(one, registry.find(one, modality)) for one in names]
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if name is None and not as_json:
        width = max(map(len, names))
        common.emit("\n".join(f"{one:{width}}  {first_line(cls)}" for one, cls in found))
        return
    for one, cls in found:
        described = describe(one, cls)
        common.emit(described if as_json else "\n".join(_lines(described)))


def describe(name: str, cls: type[Any]) -> dict[str, Any]:
    """What is known of a transform, as JSON-able data."""
    from augkit.core.fields import options_of, parameters_of
    from augkit.core.schema import first_line, properties_of, required_by

    random, plain = parameters_of(cls), options_of(cls)
    parameters = []
    for field, schema in properties_of(cls).items():
        known: dict[str, Any] = {"name": field, "doc": schema.get("description", "")}
        if "default" in schema:
            known["default"] = schema["default"]
        if field in random:
            one = random[field]
            known |= {"random": True, "doc": one.doc, "unit": one.unit, "allowed": one.allowed()}
            known |= {"integer": True} if one.integer else {}
            known |= {"axes": list(one.axes)} if one.axes else {}
            known |= {"neutral": one.neutral} if one.neutral is not None else {}
        elif field in plain:
            choices = plain[field].choices
            known |= {"doc": plain[field].doc}
            known |= {"choices": list(choices)} if choices is not None else {}
        parameters.append(known)
    return {
        "name": name,
        "modality": cls.modality,
        "doc": first_line(cls),
        "required": required_by(cls),
        "parameters": parameters,
    }


def _lines(described: dict[str, Any]) -> list[str]:
    lines = [described["name"], f"  {described['doc']}", ""]
    width = max(len(parameter["name"]) for parameter in described["parameters"])
    for parameter in described["parameters"]:
        name = f"  {parameter['name']:{width}}  "
        default = f"default {_value(parameter['default'])}" if "default" in parameter else ""
        facts = [parameter.get("allowed", ""), default]
        if "choices" in parameter:
            facts.append("one of " + ", ".join(map(_value, parameter["choices"])))
        if parameter["name"] in described["required"]:
            facts.append("has to be given")
        if "axes" in parameter:
            facts.append(f"also per axis: {', '.join(parameter['axes'])}")
        if "neutral" in parameter:
            facts.append(f"{parameter['neutral']:g} changes nothing")
        if parameter["doc"]:
            lines.append(f"{name}{parameter['doc']}")
            name = " " * len(name)
        if any(facts):
            lines.append(f"{name}{'; '.join(filter(None, facts))}")
    if any(parameter.get("random") for parameter in described["parameters"]):
        lines += [
            "",
            "  What is drawn can be a number, [low, high], {choice: [...]}, {normal: [mean, std]},",
            "  {log_uniform: [low, high]} or {beta: [a, b]}.",
        ]
    return lines


def _value(value: Any) -> str:
    """A value as it is written in a spec."""
    return value if isinstance(value, str) else json.dumps(value)
