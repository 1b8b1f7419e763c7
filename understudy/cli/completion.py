"""`understudy completion`: the shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    Examples:
      understudy completion bash > ~/.local/share/bash-completion/completions/understudy
      understudy completion zsh  > "${fpath[1]}/_understudy"
      understudy completion fish > ~/.config/fish/completions/understudy.fish
    """
    from . import cli

    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(completer(cli, {}, "understudy", "_UNDERSTUDY_COMPLETE").source())
