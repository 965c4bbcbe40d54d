"""`regtrain export`: the weights of a run for other programs."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("export", program="regtrain")
@click.argument("folder", type=click.Path(file_okay=False))
@click.argument("file", type=click.Path(dir_okay=False))
def command(folder: str, file: str) -> None:
    """Write the weights of the run in FOLDER to FILE, a safetensors file.

    Names, shapes and the layers stand in it, and what the run knows of its data: classes, columns,
    the scale of its inputs. Needs the package: pip install 'augkit[safetensors]'.
    """
    import json
    from pathlib import Path

    from regtrain.experiment.folder import RunFolder
    from regtrain.weights import export_weights

    trainer, facts = RunFolder(Path(folder)).trained()
    notes = {"facts": json.dumps(facts.to_json())}
    if trainer.normalizer is not None:
        scale = {name: getattr(trainer.normalizer, name).tolist() for name in ("shift", "scale")}
        notes["normalizer"] = json.dumps(scale)
    export_weights(trainer.model, file, notes=notes)
    common.say(f"wrote {trainer.model.parameters.size:,} parameters to {file}")
