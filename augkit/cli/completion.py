"""`augkit completion`: what a shell needs to complete augkit's commands."""

from __future__ import annotations

import click

from augkit.cli import common


@common.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script for completion in a shell.

    With it, Tab completes commands, options and presets.

    \b
    bash   eval "$(augkit completion bash)"     in ~/.bashrc
    zsh    eval "$(augkit completion zsh)"      in ~/.zshrc
    fish   augkit completion fish | source      in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    from augkit.cli.main import COMPLETE, PROGRAM, cli

    found = get_completion_class(shell)
    if found is None:
        raise click.BadParameter(f"there is no completion for {shell}", param_hint="SHELL")
    common.emit(found(cli, {}, PROGRAM, COMPLETE).source())
