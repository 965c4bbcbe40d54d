"""`augkit verify`: are the outputs of a run what the manifest says?"""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("verify")
@click.argument("run", type=click.Path(), metavar="RUN")
@click.option(
    "--sample", type=click.IntRange(min=0), default=100, show_default=True, help="How many."
)
@click.option("--all", "everything", is_flag=True, help="Every output.")
@click.option("--source", type=click.Path(), help="The samples' folder, if it has moved.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(run: str, sample: int, everything: bool, source: str | None, as_json: bool) -> int:
    """Make outputs of a run again and compare every byte.

    RUN is the destination of a run. Exit code 1 if anything differs.
    """
    from augkit.batch import verify

    found = verify(run, sample=None if everything else sample, source=source)
    common.emit(found.to_dict() if as_json else str(found))
    return found.exit_code
