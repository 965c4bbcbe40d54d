"""`regtrain ablate`: what helps this data."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("ablate", program="regtrain")
@click.argument("file", type=click.Path())
@click.option("--seeds", default=5, show_default=True, help="Runs per setting.")
@click.option("--output", help="Folder for outcomes and report; default: OUTPUT-ablate.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per lever, on stdout.")
def command(file: str, seeds: int, output: str | None, as_json: bool) -> None:
    """Tell which augmentations and regularizers help, each added and left out in turn, over seeds.

    Outcomes are kept in the output folder, so an interrupted ablation goes on where it was.
    """
    from pathlib import Path

    from regtrain.ablate import ablate
    from regtrain.experiment import load
    from regtrain.experiment.build import Runner
    from regtrain.experiment.notebook import Notebook
    from regtrain.page import write

    experiment = load(file)
    folder = Path(experiment.folder) / (output or f"{experiment.output}-ablate")
    notebook = Notebook(folder / "outcomes.jsonl", Runner())
    found = ablate(experiment, notebook, seeds=seeds, progress=common.say)
    facts = f"{seeds} seeds, {len(found.levers)} levers, {experiment.data['train']}"
    page = write(folder / "ablate.html", f"{Path(file).stem}: ablation", facts, [found.section()])
    if as_json:
        for at, lever in enumerate(found.levers):
            common.emit(
                {
                    "lever": lever.name, "on": lever.mine, "alone": vars(found.added[at]),
                    "switched": vars(found.left_out[at]), "advice": found.advice(at),
                }
            )  # fmt: skip
    else:
        common.emit(found.section().text())
    common.say(f"report: {page}")
