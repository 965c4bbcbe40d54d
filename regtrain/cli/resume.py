"""`regtrain resume`: go on with a run that was interrupted."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("resume", program="regtrain")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="The outcome as one JSON object, on stdout.")
def command(folder: str, as_json: bool) -> None:
    """Go on with the run in FOLDER from its checkpoint.

    The result is the same, bit for bit, as if it had never been interrupted.
    """
    from pathlib import Path

    from regtrain.cli.ending import tell
    from regtrain.experiment.folder import RunFolder

    found = RunFolder(Path(folder))
    run, data = found.fit(resume=True)
    tell(found, run, data, as_json)
