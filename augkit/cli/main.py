"""The command `augkit`: finds the command asked for, and turns every ending into an exit code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click

from augkit import __version__
from augkit.cli.common import say, wants_traceback
from augkit.core.errors import AugkitError, SpecError

__all__ = ["cli", "main"]

COMMANDS = (
    "run",
    "preview",
    "init",
    "validate",
    "ops",
    "schema",
    "explain",
    "verify",
    "merge",
    "demo",
    "completion",
)
PROGRAM = "augkit"
COMPLETE = "_AUGKIT_COMPLETE"

INTERRUPTED = 130
BROKEN_PIPE = 141


class LazyGroup(click.Group):
    """A group whose commands are modules of `augkit.cli`, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"augkit.cli.{cmd_name}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from augkit.core.registry import did_you_mean

        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            ctx.fail(f"no such command {name!r}{did_you_mean(name, COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every option can stand in the environment: `run --jobs` as AUGKIT_RUN_JOBS. "
    "`augkit COMMAND --help` tells more.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Augment images together with their labels; the same key gives the same bytes anywhere.

    `augkit demo` shows it on sample photographs, `augkit init` writes a pipeline to start from.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code.

    0 done; 1 aborted; 2 usage or spec; 3 finished with quarantined files; 4 refused; 5 disk full;
    130 and 143 by a signal.

    >>> main(["ops", "--json", "HorizontalFlip"])  # doctest: +ELLIPSIS
    {"name": "HorizontalFlip", ...
    0
    """
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, PROGRAM, COMPLETE, os.environ[COMPLETE])
    try:
        with cli.make_context(
            PROGRAM,
            list(sys.argv[1:] if args is None else args),
            color=False if os.environ.get("NO_COLOR") else None,
        ) as context:
            code = cli.invoke(context)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; what is left in the buffer must not raise again at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except SpecError as error:
        several = f"{len(error.problems)} problems\n" if len(error.problems) > 1 else ""
        _tell(error, several + str(error))
        return error.exit_code
    except AugkitError as error:
        _tell(error, str(error))
        return error.exit_code
    except Exception as error:
        _tell(error, f"{type(error).__name__}: {error}", "--traceback shows where")
        return 1


def _tell(error: BaseException, message: str, hint: str = "") -> None:
    if wants_traceback():
        traceback.print_exception(error)
        return
    say(f"{click.style('error:', fg='red')} {message}" + (f"\n({hint})" if hint else ""))
