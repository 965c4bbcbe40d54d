"""`augkit init`: a commented pipeline to start from."""

from __future__ import annotations

from pathlib import Path

import click

from augkit.cli import common
from augkit.core.errors import RefusedError, SpecError


@common.command("init")
@click.argument("file", default="pipeline.yaml", type=click.Path(allow_dash=True))
def command(file: str) -> None:
    """Write a commented pipeline to start from.

    FILE is pipeline.yaml unless told otherwise; - is standard output.
    """
    text = Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
    if file == "-":
        common.emit(text.rstrip("\n"))
        return
    path = Path(file)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise SpecError(f"{file}: the pipeline is written as YAML; let the name end in .yaml")
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except FileExistsError:
        raise RefusedError(f"{file} exists and is not overwritten; give another name") from None
    except OSError as error:
        raise SpecError(f"{file} cannot be written: {error.strerror}") from None
    common.emit(file)
    common.say(f"Try it: augkit preview {file} PHOTOS   then: augkit run {file} PHOTOS OUT -n 5")
