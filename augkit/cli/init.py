"""`augkit init`: a commented pipeline to start from."""

from __future__ import annotations

from pathlib import Path

import click

from augkit.cli import common
from augkit.cli.folders import FOLDERS


@common.command("init")
@click.argument("file", default="pipeline.yaml", type=click.Path(allow_dash=True))
@click.option(
    "--modality",
    type=click.Choice(list(FOLDERS)),
    default="image",
    show_default=True,
    help="What it is for.",
)
def command(file: str, modality: str) -> None:
    """Write a commented pipeline to start from.

    FILE is pipeline.yaml unless told otherwise; - is standard output.
    """
    text = Path(__file__).with_name(f"starter-{modality}.yaml").read_text(encoding="utf-8")
    if file == "-":
        common.emit(text.rstrip("\n"))
        return
    common.write_new(file, text, "pipeline")
    common.say(f"Try it: augkit preview {file} FOLDER   then: augkit run {file} FOLDER OUT -n 5")
