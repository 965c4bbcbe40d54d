"""`augkit schema`: the JSON Schema of pipelines."""

from __future__ import annotations

import json

import click

from augkit.cli import common


@common.command("schema")
@click.argument("modality", default="image")
def command(modality: str) -> None:
    """Print the JSON Schema of a pipeline file.

    Editors check and complete a YAML file that begins with

        # yaml-language-server: $schema=augkit.schema.json

    after `augkit schema > augkit.schema.json`.
    """
    from augkit.core.schema import schema

    try:
        found = schema(modality)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="MODALITY") from None
    common.emit(json.dumps(found, indent=2, ensure_ascii=False))
