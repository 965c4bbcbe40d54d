"""`regtrain fit`: train an experiment."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("fit", program="regtrain")
@click.argument("file", type=click.Path())
@click.option("--output", help="Folder for checkpoint and report; default: the file's.")
@click.option("--seed", type=int, help="Another seed than the file's.")
@click.option("--json", "as_json", is_flag=True, help="The outcome as one JSON object, on stdout.")
def command(file: str, output: str | None, seed: int | None, as_json: bool) -> int:
    """Train the experiment in FILE, and write its report.

    The output folder gets the experiment, a checkpoint after every epoch, and report.html. A run that
    was interrupted (Ctrl-C and SIGTERM wait for the running step; so does it survive a kill) goes on
    with `regtrain resume FOLDER`, to the same bits.
    """
    from regtrain.cli.ending import end_gently, tell
    from regtrain.experiment import load
    from regtrain.experiment.folder import RunFolder

    experiment = load(file)
    if output is not None:
        experiment = experiment.changed(output=output)
    if seed is not None:
        experiment = experiment.changed(seed=seed)
    folder = RunFolder.of(experiment)
    end_gently()
    folder.begin(experiment)
    run, data = folder.fit(resume=False)
    return tell(folder, run, data, as_json)
