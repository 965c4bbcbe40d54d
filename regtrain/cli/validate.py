"""`regtrain validate`: everything that is wrong with experiment files."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("validate", program="regtrain")
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per problem, on stdout.")
def command(files: tuple[str, ...], as_json: bool) -> int:
    """Tell everything that is wrong with experiment files.

    Exit code 2 if anything is. Every mistake of every file is told, as `file:line:column
    section.field: what is wrong`.
    """
    from regtrain.experiment import check

    return common.tell_problems(files, check, as_json)
