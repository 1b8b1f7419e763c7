"""How commands speak: results on stdout, messages on stderr, JSON where asked."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["json_option", "print_json", "say", "stdout", "warn"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def stdout() -> Console:
    """Console for results; wide enough for tables when it is not a terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=100)
    return console


def say(message: str) -> None:
    """Print a message for people on stderr."""
    click.echo(message, err=True)


def warn(messages: Iterable[str]) -> None:
    """Print warnings on stderr, one line each."""
    for message in messages:
        click.echo(f"{click.style('!', fg='yellow', bold=True)} {message}", err=True)


def print_json(value: Any) -> None:
    """Print plain data as JSON; numbers that do not exist (NaN) become null."""
    click.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (str, int, bool)):
        return _plain(value.item())
    return value
