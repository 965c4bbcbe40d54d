"""`augkit embeddings`: word vectors in a form that is opened, not read."""

from __future__ import annotations

import click

from augkit.cli import common


@click.group("embeddings")
def command() -> None:
    """Word vectors for EmbeddingReplacement and EmbeddingNoise."""


@common.command("convert")
@click.argument("source", type=click.Path(), metavar="IN")
@click.argument("target", type=click.Path(), metavar="OUT")
@click.option(
    "--format", "given", type=click.Choice(["text", "binary"]), help="Of IN.  [default: found out]"
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16", "int8"]),
    default="float32",
    show_default=True,
    help="Of the numbers in OUT: exact, half, or a quarter of the size.",
)
@click.option("--limit", type=click.IntRange(min=1), help="So many words at most, the first ones.")
@click.option("--overwrite", is_flag=True, help="Replace OUT where it exists.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def convert(
    source: str,
    target: str,
    given: str | None,
    dtype: str,
    limit: int | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Convert word vectors once, so that they open at once.

    IN is GloVe's text, word2vec's text or binary form, or fastText's .vec, also with .gz. OUT is
    mapped into memory by `EmbeddingReplacement(source="OUT")`.
    """
    from augkit.text.embeddings import convert

    summary = convert(source, target, format=given, dtype=dtype, limit=limit, overwrite=overwrite)
    if as_json:
        common.emit(summary)
    else:
        twice = f", {summary['twice']:,} of them twice" if summary["twice"] else ""
        common.say(
            f"{target}: {summary['words']:,} words{twice} × {summary['width']} {dtype}, "
            f"{summary['bytes'] / 1e6:.1f} MB"
        )


command.add_command(convert)
