"""What every command line of the project does: find the command, turn each ending into a code."""

from __future__ import annotations

import importlib
import keyword
import os
import sys
import traceback
from collections.abc import Sequence

import click

from augkit.cli.common import say, wants_traceback
from augkit.core.errors import DISK_FULL, AugkitError, DiskFullError, SpecError

__all__ = ["BROKEN_PIPE", "INTERRUPTED", "LazyGroup", "run"]

INTERRUPTED = 130
BROKEN_PIPE = 141


class LazyGroup(click.Group):
    """A group whose commands are modules of a package, imported when they are asked for.

    Subclasses name the ``package`` and its ``names``.
    """

    package: str
    names: tuple[str, ...]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.names:
            return None
        module = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        found: click.Command = importlib.import_module(f"{self.package}.{module}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from augkit.core.registry import did_you_mean

        name = args[0]
        if name not in self.names and not name.startswith("-"):
            ctx.fail(f"no such command {name!r}{did_you_mean(name, self.names)}")
        return super().resolve_command(ctx, args)


def run(cli: click.Group, program: str, args: Sequence[str] | None = None) -> int:
    """Run a command line; the exit code."""
    complete = f"_{program}_COMPLETE".upper()
    if complete in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, program, complete, os.environ[complete])
    try:
        with cli.make_context(
            program,
            list(sys.argv[1:] if args is None else args),
            color=False if os.environ.get("NO_COLOR") else None,
        ) as context:
            code = cli.invoke(context)
        if sys.stdout is not None:  # closed by the caller: >&-
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
    except OSError as error:
        full = error.errno in DISK_FULL
        where = "" if error.filename is None else f"{error.filename}: "
        said = f"{where}{error.strerror or error}"
        _tell(error, said + ("; free some space and run it again" if full else ""))
        return DiskFullError.exit_code if full else 1
    except Exception as error:
        _tell(error, f"{type(error).__name__}: {error}", "--traceback shows where")
        return 1


def _tell(error: BaseException, message: str, hint: str = "") -> None:
    if wants_traceback():
        traceback.print_exception(error)
        return
    say(f"{click.style('error:', fg='red')} {message}" + (f"\n({hint})" if hint else ""))
