"""`regtrain doctor`: what is wrong before training."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("doctor", program="regtrain")
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="One JSON object per check, on stdout.")
def command(file: str, as_json: bool) -> int:
    """Examine the experiment in FILE before training it.

    Inputs, gradients, the loss at the start, one batch by heart, symmetry, dead and saturated units.
    Exit code 1 if something is wrong.
    """
    from regtrain.diagnose import doctor
    from regtrain.experiment import load
    from regtrain.experiment.build import trainer_of
    from regtrain.experiment.data import read_training, wrong_input

    experiment = load(file)
    data = read_training(experiment)
    with wrong_input():
        checkup = doctor(trainer_of(experiment, data.facts, len(data.train[0])), data.train)
    for finding in checkup.findings:
        common.emit(vars(finding) if as_json else str(finding))
    return 0 if checkup.healthy else 1
