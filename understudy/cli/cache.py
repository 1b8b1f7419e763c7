"""`understudy cache`: what the response cache holds, and clearing it."""

from __future__ import annotations

import click

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
