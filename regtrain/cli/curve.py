"""`regtrain curve`: errors against the number of training examples."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("curve", program="regtrain")
@click.argument("file", type=click.Path())
@click.option("--seeds", default=3, show_default=True, help="Runs at each size.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write a page with the chart.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per size, on stdout.")
def command(file: str, seeds: int, html: str | None, as_json: bool) -> None:
    """Train the experiment in FILE on an eighth, a quarter, half and all of its data.

    Tells whether more data would help.
    """
    from regtrain.diagnose.learning_curve import learning_curve
    from regtrain.experiment import load
    from regtrain.experiment.build import trainer_of
    from regtrain.experiment.data import read_training, wrong_input
    from regtrain.page import write

    experiment = load(file)
    data = read_training(experiment)
    with wrong_input():
        found = learning_curve(
            trainer_of(experiment, data.facts, len(data.train[0])),
            data.train,
            data.valid,
            seeds=range(experiment.seed, experiment.seed + seeds),
            progress=common.say,
        )
    if as_json:
        for size, point in zip(found.sizes, found.points, strict=True):
            common.emit({"examples": size, "train": point.train, "valid": point.valid})
    else:
        common.emit(found.section().text())
    if html is not None:
        common.say(
            f"wrote {write(html, f'{file}: learning curve', f'{seeds} seeds', [found.section()])}"
        )
