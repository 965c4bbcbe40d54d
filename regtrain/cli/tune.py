"""`regtrain tune`: search the course's hyper-parameters."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("tune", program="regtrain")
@click.argument("file", type=click.Path())
@click.option("--trials", default=50, show_default=True, help="Settings tried in the end.")
@click.option(
    "--output", help="Folder for journal, report and best experiment; default: OUTPUT-tune."
)
@click.option(
    "--json", "as_json", is_flag=True, help="The best settings as one JSON object, on stdout."
)
def command(file: str, trials: int, output: str | None, as_json: bool) -> None:
    """Search algorithm, strategy, architecture, initialization, activation and regularization.

    Trials that fall behind are given up early. Run again to go on, or with more trials. Needs Optuna:
    pip install 'augkit[tune]'.
    """
    from pathlib import Path

    from augkit.core.spec_write import write as as_text
    from regtrain.experiment import load
    from regtrain.experiment.build import Runner, kind_of
    from regtrain.page import write
    from regtrain.tune import tune

    experiment = load(file)
    folder = Path(experiment.folder) / (output or f"{experiment.output}-tune")
    runner = Runner()
    data = runner.data(experiment)
    if experiment.model["layers"] is None:  # what of the architecture there is to choose
        experiment = experiment.changed(model__kind=kind_of(experiment, data.facts))
    found = tune(
        experiment,
        runner,
        trials=trials,
        examples=len(data.train[0]),
        journal=folder / "journal.log",
        progress=common.say,
    )
    best = found.best.moved(folder).to_dict()
    (folder / "best.yaml").write_text(as_text(best, "yaml"), "utf-8")
    facts = f"{len(found.trials)} trials on {experiment.data['train']}"
    page = write(folder / "tune.html", f"{Path(file).stem}: tuning", facts, [found.section()])
    common.emit(best if as_json else found.section().text())
    common.say(f"report: {page}   best experiment: {folder / 'best.yaml'}")
