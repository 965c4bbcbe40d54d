"""`augkit merge`: shards become one run."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("merge")
@click.argument("runs", nargs=-1, required=True, type=click.Path(), metavar="RUN...")
@click.option("--into", type=click.Path(), help="Default: the one folder the shards have shared.")
@click.option("--source", type=click.Path(), help="The samples' folder, if it has moved.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(runs: tuple[str, ...], into: str | None, source: str | None, as_json: bool) -> int:
    """Make one run of shards.

    RUN... are the destinations of `augkit run --shard i/n`, one or several. The result is the same,
    byte for byte, as if it had never been cut.
    """
    from augkit.batch import merge

    summary = merge(runs, into, source=source)
    if as_json:
        common.emit(summary.to_dict())
    else:
        common.say(str(summary))
    return summary.exit_code
