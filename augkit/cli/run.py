"""`augkit run`: a folder through a pipeline."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from augkit.cli import common
from augkit.cli.folders import FILE_OPTIONS, LABEL_OPTIONS, folder_of
from augkit.cli.job import make_job, processors
from augkit.core.errors import AugkitError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from augkit.batch import LabelSpec, Progress

WHOLE = click.IntRange(min=0)
ABOVE_ZERO = click.IntRange(min=1)


@common.command("run")
@click.argument("pipeline", type=common.PIPELINE)
@click.argument("source", type=click.Path(), metavar="SRC")
@click.argument("destination", type=click.Path(), metavar="DST")
# What is made.
@click.option("-n", "--variants", default=1, show_default=True, type=WHOLE, help="Per file.")
@click.option("--seed", type=WHOLE, help="Default: the pipeline's, or a fresh one.")
@click.option("--limit", type=ABOVE_ZERO, help="Only the first so many files.")
@click.option("--split", help="Augment this part (train) and pass the others through.")
@click.option("--per-class", type=ABOVE_ZERO, help="As many variants as give each class N outputs.")
@click.option("--originals", is_flag=True, help="Copy the augmented files themselves as well.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only these files (repeatable).")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Not these files (repeatable).")
@click.option("--fuse/--no-fuse", default=None, help="Neighbouring steps as one pass.")
# How it is written.
@click.option("--name", help="Template of the output names.  [default: the mirrored layout]")
@click.option(
    "--format",
    help="keep; of images jpg, png, webp, tiff, bmp; of sounds wav, flac, ogg, opus, mp3, aiff; "
    "npy of spectrograms.",
)
@click.option("--quality", type=int, help="Of JPEG, WebP, Vorbis and MP3, 1 to 100.")
@click.option("--alpha", help="Where a format has none: error, flatten[:COLOR] or png.")
@click.option("--metadata", help="strip or keep.")
@click.option("--bits", help="Of sounds: keep, 16, 24, 32 or float.")
@click.option("--sample-rate", help="Of sounds: keep, or a rate in Hz they are brought to.")
# Files of texts.
@common.text_file_options
@click.option("--label-column", help="Of a table: --per-class counts its rows by this column.")
@click.option("--split-column", help="Of a table: --split means its rows, by this column.")
@click.option("--together", is_flag=True, default=None, help="All variants of a row in one file.")
# Labels.
@click.option(
    "--labels",
    multiple=True,
    default=["auto"],
    show_default=True,
    metavar="FORMAT[:PATH]",
    help="auto, none; of images coco:FILE, yolo[:DIR], voc[:DIR], csv:FILE, masks[:DIR]... "
    "(repeatable); of sounds jsonl:FILE, csv:FILE, audacity[:DIR], textgrid[:DIR].",
)
@click.option("--voc-zero-based", is_flag=True, help="VOC files that count pixels from 0.")
@click.option("--csv-fractions", is_flag=True, help="CSV files in fractions of the size.")
@click.option(
    "--keypoints-at",
    type=click.Choice(["edges", "centers"]),
    help="What whole numbers mean in COCO keypoints.",
)
# How it is run: nothing of it changes the results.
@click.option("-j", "--jobs", type=WHOLE, help="Worker processes; 0 for none.  [default: all CPUs]")
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    help="processes, threads, inprocess, dask or dask:ADDRESS.",
)
@click.option("--chunk", type=ABOVE_ZERO, help="Files per chunk of work.  [default: 1 to 64]")
@click.option("--shard", metavar="I/N", help="Only every N-th chunk; then `augkit merge`.")
@click.option(
    "--durability",
    type=click.Choice(["none", "chunk", "file"]),
    default="chunk",
    show_default=True,
    help="What a power cut may cost.",
)
@click.option(
    "--resume/--no-resume", default=True, help="Go on with an earlier run in DST (default)."
)
@click.option(
    "--update",
    is_flag=True,
    help="Where files of SRC have changed or are gone since: make anew, or remove, their outputs.",
)
@click.option("--retry-failed", is_flag=True, help="Try quarantined files again.")
@click.option("--max-failures", type=WHOLE, help="Stop after more quarantined files than this.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Set a file aside when one output of it takes longer; 0: never.  [default: 3600]",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
# What is said.
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON, on stdout.")
@click.option("--no-progress", is_flag=True, help="No progress on stderr.")
@click.option("-q", "--quiet", is_flag=True, help="Errors only.")
@click.option(
    "-v", "--verbose", is_flag=True, callback=common.show_traceback, help="More, and tracebacks."
)
def command(source: str, destination: str, **given: Any) -> int:
    """Augment a folder of images, text or audio with their labels.

    PIPELINE is a file or a preset, such as image-light or text-light. SRC is a folder, or one file;
    DST is another folder, which mirrors its layout. The same command goes on where an earlier run
    has ended, and takes in files that were added since.

    Exit codes: 0 done, 1 aborted, 2 usage or pipeline, 3 done but some files could not be processed
    (see DST/quarantine.jsonl), 4 refused, 5 disk full, 130 Ctrl-C, 143 terminated.
    """
    from augkit import batch

    if not os.path.exists(source):
        raise click.BadParameter(f"there is no {source!r}", param_hint="SRC")
    job = make_job(
        given["pipeline"],
        source,
        fuse=given["fuse"],
        options={name: given[name] for name in FILE_OPTIONS},
        labels=given["labels"],
        label_options={name: given[name] for name in LABEL_OPTIONS},
        variants=given["variants"],
        seed=given["seed"],
        limit=given["limit"],
        split=given["split"],
        per_class=given["per_class"],
        originals="copy" if given["originals"] else "none",
        include=given["include"],
        exclude=given["exclude"],
        **({"name": given["name"]} if given["name"] else {}),
    )
    if not given["quiet"] and folder_of(job.pipeline["modality"]).label_files:
        common.say(_said(job.labels, given["labels"]))
    if not given["resume"] and batch.Layout(destination).run.exists():
        raise RefusedError(
            f"{destination} holds a run; leave --no-resume out, or take another folder"
        )
    how = {
        "chunk_size": given["chunk"],
        "shard": given["shard"],
        "retry_failed": given["retry_failed"],
        "update": given["update"],
    }
    if given["dry_run"]:
        plan = batch.dry_run(job, source, destination, **how)
        common.emit(plan.to_dict() if given["as_json"] else str(plan))
        return 0
    try:
        summary = batch.run(
            job,
            source,
            destination,
            workers=processors() if given["jobs"] is None else given["jobs"],
            engine=given["engine"],
            max_failures=given["max_failures"],
            timeout=given["timeout"],
            durability=given["durability"],
            progress=_progress(quiet=given["quiet"] or given["no_progress"]),
            **how,
        )
    except AugkitError as error:
        reached = getattr(error, "summary", None)
        if given["as_json"] and reached is not None:
            common.emit(reached.to_dict())
        raise
    if given["as_json"]:
        common.emit(summary.to_dict())
    elif not given["quiet"]:
        common.say(str(summary))
        if given["verbose"]:
            common.say(f"fingerprint {summary.fingerprint}")
    return summary.exit_code


def _said(labels: LabelSpec | None, wanted: Sequence[str]) -> str:
    """Which labels travel with the samples."""
    if labels is not None:
        return f"labels: {', '.join(labels.options['specs'])}"
    return (
        "labels: none" if "none" in wanted else "labels: none found (--labels says where they are)"
    )


def _progress(*, quiet: bool) -> Progress:
    from augkit.batch import NoProgress, choose_progress

    return NoProgress() if quiet else choose_progress()
