"""The command `augkit`: its commands and what their exit codes mean."""

from __future__ import annotations

from collections.abc import Sequence

import click

from augkit import __version__
from augkit.cli.program import LazyGroup, run

__all__ = ["cli", "main"]

COMMANDS = (
    "run",
    "preview",
    "init",
    "import",
    "validate",
    "ops",
    "schema",
    "explain",
    "verify",
    "merge",
    "embeddings",
    "demo",
    "completion",
)
PROGRAM = "augkit"
COMPLETE = "_AUGKIT_COMPLETE"


class Augkit(LazyGroup):
    """The commands of `augkit.cli`."""

    package = "augkit.cli"
    names = COMMANDS


@click.group(
    cls=Augkit,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every option can stand in the environment: `run --jobs` as AUGKIT_RUN_JOBS. "
    "`augkit COMMAND --help` tells more.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Augment images, sounds and texts with their labels; one key gives the same bytes anywhere.

    `augkit demo` shows it on samples, `augkit init` writes a pipeline to start from.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code.

    0 done; 1 aborted; 2 usage or spec; 3 finished with quarantined files; 4 refused; 5 disk full;
    130 and 143 by a signal.

    >>> main(["ops", "--json", "HorizontalFlip"])  # doctest: +ELLIPSIS
    {"name": "HorizontalFlip", ...
    0
    """
    return run(cli, PROGRAM, args)
