"""`regtrain init`: a commented experiment to start from."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("init", program="regtrain")
@click.argument("file", default="experiment.yaml", type=click.Path(allow_dash=True))
@click.option(
    "--format",
    "kind",
    type=click.Choice(("csv", "idx", "npz", "images", "sounds", "texts")),
    default="csv",
    show_default=True,
    help="What the data are.",
)
def command(file: str, kind: str) -> None:
    """Write a commented experiment to start from.

    FILE is experiment.yaml unless told otherwise; - is standard output.
    """
    from regtrain.experiment.starter import starter

    text = starter(kind)
    if file == "-":
        common.emit(text.rstrip("\n"))
        return
    common.write_new(file, text, "experiment")
    common.say(f"Name your files in it, then: regtrain doctor {file}   and: regtrain fit {file}")
