"""The command `regtrain`: its commands and what their exit codes mean."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import click

from augkit import __version__
from augkit.cli.program import LazyGroup, run

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = (
    "init",
    "validate",
    "fit",
    "resume",
    "test",
    "report",
    "predict",
    "export",
    "doctor",
    "curve",
    "tune",
    "ablate",
    "lesson",
)
PROGRAM = "regtrain"


class Regtrain(LazyGroup):
    """The commands of `regtrain.cli`."""

    package = "regtrain.cli"
    names = COMMANDS


@click.group(
    cls=Regtrain,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every option can stand in the environment: `lesson --seed` as REGTRAIN_LESSON_SEED. "
    "`regtrain COMMAND --help` tells more.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Train small networks, see what is wrong with them, and learn why.

    `regtrain lesson` lists the lessons of the course, `regtrain init` writes an experiment to
    start from.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code.

    0 done; 1 failed (`doctor`, `lesson`: something does not hold); 2 usage, experiment file, data or
    checkpoint; 4 refused; 5 disk full; 130 and 143 by a signal.
    """
    usual = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
    try:
        return run(cli, PROGRAM, args)
    finally:
        warnings.formatwarning = usual


if __name__ == "__main__":
    raise SystemExit(main())
