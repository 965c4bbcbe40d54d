"""`augkit import`: a pipeline of another library as one of this."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from augkit.cli import common
from augkit.core.errors import SpecError

if TYPE_CHECKING:
    from augkit.adapters.imports import Imported


@common.command("import")
@click.argument("pipeline", metavar="FILE|MODULE:NAME")
@click.option(
    "-o", "--output", type=click.Path(), help="Where the pipeline goes.  [default: standard output]"
)
@click.option(
    "--missing",
    type=click.Choice(["error", "skip"]),
    default="error",
    show_default=True,
    help="What to do with transforms that have no counterpart.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Of the new pipeline.")
@click.option("-q", "--quiet", is_flag=True, help="No report on stderr.")
def command(pipeline: str, output: str | None, missing: Any, seed: int | None, quiet: bool) -> None:
    """Turn a pipeline of another library into one of this.

    Every difference stands as a comment above its step, and in a report on standard error.

    FILE is what A.save of albumentations has written, JSON or YAML; it need not be installed.
    MODULE:NAME is a pipeline of albumentations or audiomentations in Python, such as
    train.augment:pipeline, which is imported from the current folder.
    """
    imported = _imported(pipeline, missing, seed)
    if not quiet:
        common.say(str(imported))
    text = imported.to_yaml()
    if output is None:
        common.emit(text.rstrip("\n"))
        return
    common.write_new(output, text, "pipeline")


def _imported(pipeline: str, missing: Any, seed: int | None) -> Imported:
    from augkit.adapters import imports

    if os.path.isfile(pipeline):
        return imports.load_albumentations(pipeline, missing=missing, seed=seed)
    if ":" not in pipeline:
        raise click.BadParameter(f"there is no {pipeline!r}", param_hint="FILE")
    found = _object(pipeline)
    library = type(found).__module__.partition(".")[0]
    readers = {
        "albumentations": imports.from_albumentations,
        "audiomentations": imports.from_audiomentations,
    }
    if library not in readers:
        raise SpecError(
            f"{pipeline} is a {type(found).__name__} of {library}, not a pipeline of "
            + " or ".join(readers)
        )
    return readers[library](found, missing=missing, seed=seed)


def _object(name: str) -> Any:
    from augkit.batch.protocol import resolve

    sys.path.insert(0, os.getcwd())
    try:
        return resolve(name)
    finally:
        sys.path.remove(os.getcwd())
