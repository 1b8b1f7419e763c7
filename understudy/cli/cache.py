"""`understudy cache`: what the response cache holds, and clearing it."""

from __future__ import annotations

import dataclasses
import datetime

import click

from .output import json_option, print_json, say, stdout

__all__ = ["command"]


@click.group("cache")
def command() -> None:
    """Look at the cache of model responses, or clear it.

    A response that was paid for once is not paid for again: runs that ask the same model the same
    thing, with the same seed and replicate, are answered from here.

    \b
    Examples:
      understudy cache stats
      understudy cache clear --older-than 30
    """


@command.command("stats")
@json_option
def stats(as_json: bool) -> None:
    """Say how many responses are kept, of which models, and how often they were used."""
    from ..twins.llm.response_cache import ResponseCache

    cache = ResponseCache()
    try:
        found = cache.stats()
    finally:
        cache.close()
    if as_json:
        print_json({**dataclasses.asdict(found), "path": str(found.path)})
        return
    from rich.table import Table

    console = stdout()
    if not found.entries:
        console.print(f"The response cache is empty ({found.path}).", soft_wrap=True)
        return
    console.print(
        f"{found.entries:,} responses, {found.bytes / 1e6:,.1f} MB, used {found.hits:,} times "
        f"({found.path})",
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("model", "endpoint", "responses", "oldest", "newest"):
        table.add_column(name, justify="right" if name == "responses" else "left")
    for model in found.models:
        table.add_row(
            model.name,
            model.endpoint,
            f"{model.entries:,}",
            _day(model.oldest),
            _day(model.newest),
        )
    console.print(table)


@command.command("clear")
@click.option("--model", metavar="NAME", help="Only responses of this model.")
@click.option(
    "--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="Only those stored before."
)
def clear(model: str | None, older_than: float | None) -> None:
    """Delete responses; what they answered would have to be paid for again."""
    from ..data.errors import UnreadableFileError
    from ..twins.llm.cache_file import default_path, remove
    from ..twins.llm.response_cache import ResponseCache

    try:
        cache = ResponseCache()
    except UnreadableFileError:
        if model is not None or older_than is not None:
            raise
        # One that is refused cannot be looked into; what is no cache at all is left alone.
        freed = remove(default_path())
        say(f"The response cache could not be used and was deleted ({freed / 1e6:,.1f} MB).")
        return
    try:
        seconds = None if older_than is None else older_than * 86_400
        gone = cache.clear(model=model, older_than=seconds)
    finally:
        cache.close()
    say(f"{gone:,} response{'' if gone == 1 else 's'} deleted.")


def _day(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d")
