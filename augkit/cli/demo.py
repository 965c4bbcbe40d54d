"""`augkit demo`: the main job, on photographs, speech, music and texts that come with augkit."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import NamedTuple

import click

from augkit.cli import common
from augkit.core.errors import MissingPartError, SpecError


class Part(NamedTuple):
    """One folder of samples.

    Attributes:
        folder: of the samples; results and page get the same name.
        pipeline: the file in ``samples/pipelines``.
        labels: where its labels are, as ``--labels`` says it, below the samples.
        arguments: what else the run is told.
    """

    folder: str
    pipeline: str
    labels: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


PARTS = (
    Part("photos", "detection.yaml", ("coco:labels/coco.json", "masks:masks"), ("--alpha", "png")),
    Part("speech", "speech.yaml"),
    Part("music", "music.yaml", ("csv:labels/music/notes.csv",)),
    Part("text", "reviews.yaml", (), ("--include", "*.csv")),
)


@common.command("demo")
@click.argument("folder", default="augkit-demo", type=click.Path())
@click.option("-n", "--variants", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("-j", "--jobs", type=click.IntRange(min=0), help="Worker processes; 0 for none.")
def command(folder: str, variants: int, jobs: int | None) -> int:
    """Augment photographs, sounds and texts that come with augkit.

    With their boxes and masks, words, notes and columns, and with a page of each that shows what
    was done. Everything goes into FOLDER (default: augkit-demo). The commands that do it are shown,
    to be used on samples of your own.
    """
    out = Path(folder)
    if out.exists() and not out.is_dir():
        raise SpecError(f"{folder} is a file; name a folder")
    samples = _samples()
    codes = [_run(part, samples, out, variants, jobs) for part in PARTS]
    pages = [_show(part, samples, out, variants) for part in PARTS]
    for part, page in zip(PARTS, pages, strict=True):
        common.emit(f"{part.folder:8} results  {out / part.folder}")
        common.emit(f"{'':8} recipes  {out / part.folder / 'manifest.jsonl'}")
        common.emit(f"{'':8} page     {page}")
    return max(codes)


def _labels(part: Part, samples: Path) -> list[str]:
    return [f"{kind}:{samples / place}" for kind, place in (one.split(":") for one in part.labels)]


def _run(part: Part, samples: Path, out: Path, variants: int, jobs: int | None) -> int:
    from augkit.cli.run import command as run

    pipeline = samples / "pipelines" / part.pipeline
    arguments = [str(pipeline), str(samples / part.folder), str(out / part.folder)]
    arguments += ["-n", str(variants), *part.arguments]
    for spec in _labels(part, samples):
        arguments += ["--labels", spec]
    if jobs is not None:
        arguments += ["-j", str(jobs)]
    common.say(f"$ {shlex.join(['augkit', 'run', *arguments])}")
    return int(run.main(arguments, standalone_mode=False) or 0)


def _show(part: Part, samples: Path, out: Path, variants: int) -> Path:
    from augkit.core.spec import load
    from augkit.preview import preview

    pipeline = load(samples / "pipelines" / part.pipeline)
    source = samples / part.folder
    if part.folder == "text":
        source /= "reviews.csv"
    labels = _labels(part, samples) or "auto"
    page = out / f"{part.folder}.html"
    return preview(pipeline, source, page, count=6, variants=variants, labels=labels)[0]


def _samples() -> Path:
    """The samples: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "samples", package.parent / "samples"):
        if (place / "photos").is_dir():
            return place
    raise MissingPartError(
        "the samples are not part of this installation; they are in the folder samples/ of "
        "augkit's source"
    )
