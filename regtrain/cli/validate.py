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

    wrong = False
    for file in files:
        problems = check(file)
        wrong = wrong or bool(problems)
        for problem in problems:
            if as_json:
                common.emit({**problem._asdict(), "file": file})
            else:
                common.say(str(problem))
        if not problems and not as_json:
            common.emit(f"{file}: ok")
    return 2 if wrong else 0
