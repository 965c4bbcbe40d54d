"""`regtrain resume`: go on with a run that was interrupted."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("resume", program="regtrain")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option(
    "--max-epochs", type=click.IntRange(1), help="Make the run longer than its file says."
)
@click.option("--json", "as_json", is_flag=True, help="The outcome as one JSON object, on stdout.")
def command(folder: str, max_epochs: int | None, as_json: bool) -> int:
    """Go on with the run in FOLDER from its checkpoint.

    The result is the same, bit for bit, as if it had never been interrupted. A run that early stopping
    has ended stays ended.
    """
    from pathlib import Path

    from regtrain.cli.ending import end_gently, tell
    from regtrain.experiment.folder import RunFolder

    found = RunFolder(Path(folder))
    end_gently()
    if max_epochs is not None:
        found.longer(max_epochs)
    before = found.epochs()
    run, data = found.fit(resume=True)
    if run.epochs == before and not as_json:
        common.say(f"the run had ended already: {run.stop_reason}")
    return tell(found, run, data, as_json)
