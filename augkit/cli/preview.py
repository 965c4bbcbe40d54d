"""`augkit preview`: a contact sheet of what a pipeline does."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from augkit.cli import common


@common.command("preview")
@click.argument("pipeline", type=common.PIPELINE)
@click.argument("source", type=click.Path(), metavar="SRC")
@click.option(
    "-o",
    "--output",
    default="preview.html",
    show_default=True,
    type=click.Path(),
    help="NAME.html, a page that needs nothing but itself, or NAME.png; NAME alone for both; of "
    "texts also - for this terminal.",
)
@click.option("--count", type=click.IntRange(min=1), default=6, show_default=True, help="Samples.")
@click.option(
    "-n", "--variants", type=click.IntRange(min=1), default=4, show_default=True, help="Of each."
)
@click.option("--seed", type=click.IntRange(min=0), help="Default: the pipeline's.")
@click.option(
    "--labels",
    multiple=True,
    default=["auto"],
    show_default=True,
    metavar="FORMAT[:PATH]",
    help="As for `augkit run`; drawn on the pictures.",
)
@click.option("--columns", type=click.IntRange(min=1), help="Samples in a row.")
@common.text_file_options
def command(
    pipeline: str,
    source: str,
    output: str,
    count: int,
    variants: int,
    seed: int | None,
    labels: tuple[str, ...],
    columns: int | None,
    **options: str | None,
) -> None:
    """Show what a pipeline does, with the labels drawn on.

    With the same seed, this is what `augkit run` writes.
    """
    if not os.path.exists(source):
        raise click.BadParameter(f"there is no {source!r}", param_hint="SRC")
    from augkit.cli.labelled import label_mistakes
    from augkit.core.spec import load
    from augkit.preview import plain_preview, preview

    given = {name: value for name, value in options.items() if value is not None}
    shown: dict[str, Any] = {
        "count": count,
        "variants": variants,
        "seed": seed,
        "labels": list(labels),
        "options": given,
    }
    with label_mistakes():
        if output == "-":
            color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
            common.emit(plain_preview(load(pipeline), source, **shown, color=color).rstrip("\n"))
            return
        written = preview(load(pipeline), source, output, **shown, columns=columns)
    for path in written:
        common.emit(str(path))
