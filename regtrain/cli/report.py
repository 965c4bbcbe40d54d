"""`regtrain report`: write the report of a run again."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("report", program="regtrain")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="The outcome as one JSON object, on stdout.")
def command(folder: str, as_json: bool) -> None:
    """Write report.html of the run in FOLDER, finished or interrupted, and say how it stands."""
    from pathlib import Path

    from regtrain.cli.ending import tell
    from regtrain.experiment.folder import RunFolder

    found = RunFolder(Path(folder))
    run, data = found.run()
    tell(found, run, data, as_json)
