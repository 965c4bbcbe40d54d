"""`regtrain test`: the one look at the test data."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("test", program="regtrain")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object, on stdout.")
def command(folder: str, as_json: bool) -> None:
    """Measure the run in FOLDER on the test data.

    Looks are counted: choices made after one make the figure of the next too good.
    """
    from pathlib import Path

    from regtrain.experiment.folder import RunFolder

    figures, looks = RunFolder(Path(folder)).test()
    if as_json:
        common.emit({**figures, "looks": looks})
    else:
        common.emit(", ".join(f"test {name} {value:.4f}" for name, value in figures.items()))
    if looks > 1:
        common.say(
            f"the test data have now been looked at {looks} times; choose with validation data, or this "
            "figure is too good"
        )
