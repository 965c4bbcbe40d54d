"""`regtrain predict`: what a trained model says about new data."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("predict", program="regtrain")
@click.argument("folder", type=click.Path(file_okay=False))
@click.argument("data", type=click.Path(exists=True))
@click.option("--probabilities", is_flag=True, help="The probability of each class as well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per example, on stdout.")
def command(folder: str, data: str, probabilities: bool, as_json: bool) -> None:
    """Predict DATA with the run in FOLDER: one line per example.

    DATA is of the experiment's format (csv and tables of texts without the target column, idx images,
    npz with x), or a folder of images, sounds or texts, or one of them. With --probabilities the first
    line names the columns.
    """
    from pathlib import Path

    from regtrain.experiment.data import wrong_input
    from regtrain.experiment.folder import RunFolder
    from regtrain.experiment.new import read_new

    found = RunFolder(Path(folder))
    trainer, known = found.trained()
    x, keys = read_new(found.experiment(), known, Path(data))
    with wrong_input():
        predicted = trainer.predict(x)
        chances = trainer.probabilities(x) if probabilities and known.names else None
    if chances is not None and not as_json:
        common.emit("\t".join(["example", "prediction", *known.names]))
    for row, key in enumerate(keys):
        value = predicted[row]
        said = known.names[int(value)] if known.names else value.ravel().tolist()
        if not known.names and len(said) == 1:
            said = said[0]
        if as_json:
            more = {}
            if chances is not None:
                more = {"probabilities": dict(zip(known.names, chances[row].tolist(), strict=True))}
            common.emit({"example": key, "prediction": said, **more})
        else:
            shares = "" if chances is None else "".join(f"\t{p:.4f}" for p in chances[row])
            common.emit(f"{key}\t{said}{shares}")
