"""`augkit demo`: the main job, on photographs that come with augkit."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from augkit.cli import common
from augkit.core.errors import MissingPartError, SpecError


@common.command("demo")
@click.argument("folder", default="augkit-demo", type=click.Path())
@click.option("-n", "--variants", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("-j", "--jobs", type=click.IntRange(min=0), help="Worker processes; 0 for none.")
def command(folder: str, variants: int, jobs: int | None) -> int:
    """Augment photographs that come with augkit.

    With their boxes and masks, and with a contact sheet. Everything goes into FOLDER (default:
    augkit-demo). The command that does it is shown, to be used on photographs of your own.
    """
    from augkit.cli.run import command as run
    from augkit.core.spec import load
    from augkit.preview import preview

    out = Path(folder)
    if out.exists() and not out.is_dir():
        raise SpecError(f"{folder} is a file; name a folder")
    samples = _samples()
    photos, pipeline = samples / "photos", samples / "pipelines" / "detection.yaml"
    labels = [f"coco:{samples / 'labels' / 'coco.json'}", f"masks:{samples / 'masks'}"]
    results = out / "photos"
    arguments = [str(pipeline), str(photos), str(results), "-n", str(variants), "--alpha", "png"]
    for spec in labels:
        arguments += ["--labels", spec]
    if jobs is not None:
        arguments += ["-j", str(jobs)]
    common.say(f"$ {shlex.join(['augkit', 'run', *arguments])}")
    code = run.main(arguments, standalone_mode=False)
    sheets = [out / "contact-sheet.html", out / "contact-sheet.png"]
    for sheet in sheets:
        preview(load(pipeline), photos, sheet, count=6, variants=variants, labels=labels)
    common.emit(f"results        {results}")
    common.emit(f"their recipes  {results / 'manifest.jsonl'}")
    for sheet in sheets:
        common.emit(f"contact sheet  {sheet}")
    return int(code)


def _samples() -> Path:
    """The sample photographs: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "samples", package.parent / "samples"):
        if (place / "photos").is_dir():
            return place
    raise MissingPartError(
        "the sample photographs are not part of this installation; they are in the folder "
        "samples/ of augkit's source"
    )
