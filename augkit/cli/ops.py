"""`augkit ops`: the transforms there are, and what they take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from augkit.cli import common


@common.command("ops")
@click.argument("name", required=False, type=common.TRANSFORM)
@click.option("--modality", help="image, text or audio.  [default: all]")
@click.option("--json", "as_json", is_flag=True, help="As JSON: one object per line.")
def command(name: str | None, modality: str | None, as_json: bool) -> None:
    """List the transforms, or tell what one of them takes.

    NAME is a transform or combinator as it stands in a pipeline, or module:Class for one of your
    own.
    """
    from augkit.core import registry
    from augkit.core.schema import first_line

    modalities = registry.available() if modality is None else [modality]
    try:
        found = _found(name, modalities)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        for title in found.values():
            for one, cls in title:
                common.emit(describe(one, cls))
    elif name is None:
        width = max(len(one) for title in found.values() for one, _ in title)
        common.emit(
            "\n\n".join(
                "\n".join(
                    [f"{title}:", *(f"  {one:{width}}  {first_line(cls)}" for one, cls in listed)]
                )
                for title, listed in found.items()
            )
        )
    else:
        common.emit(
            "\n\n".join(
                "\n".join(_lines(describe(one, cls), title if len(found) > 1 else ""))
                for title, listed in found.items()
                for one, cls in listed
            )
        )


def _found(name: str | None, modalities: Sequence[str]) -> dict[str, list[tuple[str, type[Any]]]]:
    """What there is of that name (of any name: all) by modality, combinators by themselves."""
    from augkit.core import registry

    if name is None:
        found = {
            modality: [(one, registry.find(one, modality)) for one in registry.names(modality)]
            for modality in modalities
        }
        combinators = [(one, registry.find(one, modalities[0])) for one in registry.COMBINATORS]
        return found | {"combinators": combinators}
    having = [modality for modality in modalities if name in registry.names(modality)]
    if having:
        return {modality: [(name, registry.find(name, modality))] for modality in having}
    if len(modalities) == 1 or name in registry.COMBINATORS or ":" in name:
        return {"": [(name, registry.find(name, modalities[0]))]}
    known = [*(one for each in modalities for one in registry.names(each)), *registry.COMBINATORS]
    hint = registry.elsewhere(name) or registry.did_you_mean(name, known)
    raise ValueError(f"unknown transform {name!r}{hint}")


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


def _lines(described: dict[str, Any], modality: str = "") -> list[str]:
    lines = [
        described["name"] + (f" ({modality})" if modality else ""),
        f"  {described['doc']}",
        "",
    ]
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
